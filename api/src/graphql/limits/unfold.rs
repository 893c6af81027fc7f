//! How large a document is once its fragments are unfolded, counted without unfolding them.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::exceeded;
use crate::graphql::error::{Code, PublicError};
use crate::settings::Limits;

/// Levels of selections, fragments unfolded; async-graphql's own walks recurse on them and allow no more.
pub(in crate::graphql) const UNFOLDED_LEVELS: usize = 32;

/// Checks aliases, unfolded fields and unfolded levels of every operation. The recursion is as deep as the levels allowed,
/// and each fragment is counted once.
pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), PublicError> {
    let mut count = Count { document, done: HashMap::new(), open: Vec::new(), aliases: 0, limits };
    for (name, fragment) in &document.fragments {
        count.fragment(name, &fragment.node.selection_set.node, 0)?;
    }
    for (_, operation) in document.operations.iter() {
        let size = count.selections(&operation.node.selection_set.node, 0)?;
        if size.fields > limits.unfolded_fields {
            return Err(exceeded("operation", limits.unfolded_fields, "fields, fragments unfolded"));
        }
    }
    Ok(())
}

/// How large a selection is, fragments unfolded.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    fields: usize,
    /// Levels of selections in it, itself included; 0 without any.
    levels: usize,
}

struct Count<'a> {
    document: &'a ExecutableDocument,
    done: HashMap<&'a Name, Size>,
    open: Vec<&'a Name>,
    aliases: usize,
    limits: &'a Limits,
}

impl<'a> Count<'a> {
    fn fragment(&mut self, name: &'a Name, set: &'a SelectionSet, level: usize) -> Result<Size, PublicError> {
        if let Some(&known) = self.done.get(name) {
            return Ok(known);
        }
        if self.open.contains(&name) {
            return Err(PublicError::new(Code::ValidationFailed, format!("fragment \"{name}\" spreads itself")));
        }
        self.open.push(name);
        let size = self.selections(set, level);
        self.open.pop();
        let size = size?;
        self.done.insert(name, size);
        Ok(size)
    }

    fn selections(&mut self, set: &'a SelectionSet, level: usize) -> Result<Size, PublicError> {
        if set.items.is_empty() {
            return Ok(Size::default());
        }
        let too_deep = || exceeded("nesting of the document", UNFOLDED_LEVELS, "levels, fragments unfolded");
        if level >= UNFOLDED_LEVELS {
            return Err(too_deep());
        }
        let mut total = Size { fields: 0, levels: 1 };
        for selection in &set.items {
            let inner = match &selection.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    if self.aliases > self.limits.aliases {
                        return Err(exceeded("document", self.limits.aliases, "aliases"));
                    }
                    self.selections(&field.node.selection_set.node, level + 1)?
                }
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node, level + 1)?,
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get_key_value(&spread.node.fragment_name.node) {
                        Some((name, fragment)) => self.fragment(name, &fragment.node.selection_set.node, level + 1)?,
                        None => Size::default(),
                    }
                }
            };
            total.fields = total.fields.saturating_add(inner.fields).saturating_add(1);
            total.levels = total.levels.max(inner.levels + 1);
        }
        if level + total.levels > UNFOLDED_LEVELS {
            return Err(too_deep());
        }
        Ok(total)
    }
}
