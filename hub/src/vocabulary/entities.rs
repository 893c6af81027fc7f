//! Entities of an XML document type: a few bytes that stand for many, and so can make gigabytes of a small file.

/// Most bytes that the text of a file may become.
const MAX_EXPANDED_MIB: u64 = 256;

/// What the entities of `text` may make of it at most, where that is more than is allowed: each reference to an entity as long
/// as the longest, and that for each level on which one entity is made of others.
pub(super) fn too_large(text: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(text);
    let definitions: Vec<&str> = text.split("<!ENTITY").skip(1).filter_map(|rest| rest.split('>').next()).collect();
    let longest = definitions.iter().map(|it| it.len() as u64).max()?;
    let nested: u64 = definitions.iter().map(|it| it.matches('&').count() as u64).sum();
    let references = text.matches('&').count() as u64;
    let most = MAX_EXPANDED_MIB << 20;
    // Definitions that use others multiply; vocabularies have no need of them.
    let expanded = if nested > 0 { most + 1 } else { references.saturating_mul(longest) };
    (expanded > most).then_some(MAX_EXPANDED_MIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_vocabularies_are_fine_and_what_multiplies_is_not() {
        let owl = "<!DOCTYPE rdf:RDF [<!ENTITY owl \"http://www.w3.org/2002/07/owl#\">]><a b=\"&owl;Class\"/>";
        assert_eq!(too_large(owl.as_bytes()), None);
        assert_eq!(too_large(b"<a>&amp;</a>"), None);
        let nested = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><a>&b;</a>";
        assert_eq!(too_large(nested.as_bytes()), Some(MAX_EXPANDED_MIB));
        let long = format!("<!DOCTYPE a [<!ENTITY a \"{}\">]><a>{}</a>", "a".repeat(1 << 20), "&a;".repeat(300));
        assert_eq!(too_large(long.as_bytes()), Some(MAX_EXPANDED_MIB));
    }
}
