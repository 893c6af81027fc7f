//! Weights that a package ships as base64 inside program text, as bundles for browsers do.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Most bytes that such a file may have, where its data has `data_bytes`: base64 with a margin for the program around it.
pub(crate) fn text_limit_bytes(data_bytes: u64) -> u64 {
    const PROGRAM_BYTES: u64 = 64 << 10;
    (data_bytes / 3 + 1) * 4 + PROGRAM_BYTES
}

/// What the longest string in double quotes of a program text holds. The text is only ever read, never run; that the data is
/// the right one is for the pinned hash to say.
///
/// # Errors
/// Why there is none, in lower case without a full stop.
pub(crate) fn longest_string(text: &[u8]) -> Result<Vec<u8>, String> {
    // What lies between an odd and an even quotation mark; a program that counts otherwise gives what does not decode.
    let strings = text.split(|byte| *byte == b'"').skip(1).step_by(2);
    let longest = strings.max_by_key(|string| string.len()).unwrap_or_default();
    STANDARD.decode(longest).map_err(|error| format!("its longest string is no base64: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_string_of_a_bundle_is_its_data() {
        let bundle = b"!function(e){\"object\"==typeof exports}(function(){e.exports=\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5\"})";
        assert_eq!(longest_string(bundle).as_deref(), Ok(b"012345678901234567890123456789".as_slice()));
    }

    #[test]
    fn text_without_base64_is_refused() {
        let refused = longest_string(b"throw new Error(\"Cannot find module, and this is long\")");
        assert!(refused.is_err_and(|reason| reason.contains("no base64")));
    }

    #[test]
    fn a_bundle_fits_its_limit() {
        let data = vec![7_u8; 100_000];
        let bundle = format!("e.exports=\"{}\"", STANDARD.encode(&data));
        assert!(bundle.len() as u64 <= text_limit_bytes(data.len() as u64));
    }
}
