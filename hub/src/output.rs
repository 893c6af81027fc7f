//! What a person or a script reads on the terminal.

use std::io::Write;

/// Prints an error with its causes to standard error: each on its own line for people, as one line of JSON for programs.
pub fn print_error(error: &anyhow::Error, is_json: bool) {
    let mut stderr = std::io::stderr().lock();
    if is_json {
        let because: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
        let _ = writeln!(stderr, "{}", serde_json::json!({ "error": error.to_string(), "because": because }));
        return;
    }
    let _ = writeln!(stderr, "error: {error}");
    for cause in error.chain().skip(1) {
        let _ = writeln!(stderr, "  because: {cause}");
    }
}

/// Prints one line to standard output; a closed pipe is no error.
pub fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a value as one line of JSON.
pub fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?);
    Ok(())
}
