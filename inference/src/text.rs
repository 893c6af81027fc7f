//! Vectors of text.
