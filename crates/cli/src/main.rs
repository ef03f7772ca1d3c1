//! Placeholder until its rooms are built.
#![forbid(unsafe_code)]
fn main() {}
