//! How large a document is once its fragments are unfolded, counted without unfolding them.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::exceeded;
use crate::graphql::error::{Code, PublicError};
use crate::settings::Limits;

/// Checks aliases and unfolded fields of every operation. The recursion is as deep as the brackets that the scan let pass,
/// per fragment, and each fragment is counted once.
pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), PublicError> {
    let mut count = Count { document, done: HashMap::new(), open: Vec::new(), aliases: 0, limits };
    for (name, fragment) in &document.fragments {
        count.fragment(name, &fragment.node.selection_set.node)?;
    }
    for (_, operation) in document.operations.iter() {
        let fields = count.selections(&operation.node.selection_set.node)?;
        if fields > limits.unfolded_fields {
            return Err(exceeded("operation", limits.unfolded_fields, "fields, fragments unfolded"));
        }
    }
    Ok(())
}

struct Count<'a> {
    document: &'a ExecutableDocument,
    done: HashMap<&'a Name, usize>,
    open: Vec<&'a Name>,
    aliases: usize,
    limits: &'a Limits,
}

impl<'a> Count<'a> {
    fn fragment(&mut self, name: &'a Name, selections: &'a SelectionSet) -> Result<usize, PublicError> {
        if let Some(&known) = self.done.get(name) {
            return Ok(known);
        }
        if self.open.contains(&name) {
            return Err(PublicError::new(Code::ValidationFailed, format!("fragment \"{name}\" spreads itself")));
        }
        // A chain of fragments recurses here; async-graphql's own walk allows 32 levels of everything together.
        if self.open.len() >= self.limits.nesting_levels {
            return Err(exceeded("nesting of fragments", self.limits.nesting_levels, "levels"));
        }
        self.open.push(name);
        let fields = self.selections(selections);
        self.open.pop();
        let fields = fields?;
        self.done.insert(name, fields);
        Ok(fields)
    }

    fn selections(&mut self, set: &'a SelectionSet) -> Result<usize, PublicError> {
        let mut total = 0_usize;
        for selection in &set.items {
            let inner = match &selection.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    if self.aliases > self.limits.aliases {
                        return Err(exceeded("document", self.limits.aliases, "aliases"));
                    }
                    self.selections(&field.node.selection_set.node)?
                }
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get_key_value(&spread.node.fragment_name.node) {
                        Some((name, fragment)) => self.fragment(name, &fragment.node.selection_set.node)?,
                        None => 0,
                    }
                }
            };
            total = total.saturating_add(inner).saturating_add(1);
        }
        Ok(total)
    }
}
