//! The schema that clients build against.

use std::path::Path;

/// Set to write `schema.graphql` anew instead of comparing: `UPDATE_SCHEMA=1 cargo nextest run -p reelgraph-api`.
const UPDATE: &str = "UPDATE_SCHEMA";

#[test]
fn the_checked_in_schema_is_the_schema_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema.graphql");
    let served = reelgraph_api::graphql::sdl();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &served).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = served.lines().zip(checked_in.lines().chain(std::iter::repeat(""))).find(|(new, old)| new != old);
    assert!(
        served == checked_in,
        "schema.graphql is not what is served (first difference: {difference:?}); review the change, then write it anew with {UPDATE}=1"
    );
}

#[test]
fn every_type_field_argument_and_value_is_documented() {
    let sdl = reelgraph_api::graphql::sdl();
    let mut undocumented = Vec::new();
    let mut before = "";
    let mut is_inside_description = false;
    for line in sdl.lines() {
        let text = line.trim();
        let is_mark = text == "\"\"\"";
        let is_description = is_inside_description || text.starts_with('"');
        if !is_description && needs_description(line) && !before.ends_with('"') {
            undocumented.push(line);
        }
        is_inside_description ^= is_mark;
        before = text;
    }
    assert!(undocumented.is_empty(), "without a description: {undocumented:#?}");
}

/// Everything but punctuation, and the directives and root names that GraphQL itself defines.
fn needs_description(line: &str) -> bool {
    let text = line.trim();
    let is_own = |word: &str| !text.starts_with(word);
    !text.is_empty()
        && ["}", ")", "schema", "query:", "mutation:", "subscription:", "directive @"].into_iter().all(is_own)
}
