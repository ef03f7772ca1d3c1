//! The command as a whole: what it prints, what it writes, how it ends.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod command;
mod forge;

mod comma_separated;
mod decrypting;
mod doctor;
mod files_of_others;
mod freed;
mod hostile;
mod json_rules;
mod large;
mod listing;
mod multiplied;
mod passwords;
mod plain_outputs;
mod searching;
mod several_files;
mod showing;
mod small_stack;
mod standard_input;
mod terminal;
mod writing;
