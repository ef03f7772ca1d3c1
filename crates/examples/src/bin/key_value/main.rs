//! A key-value server, with tokio: values are encrypted under a key in the store, and lie encrypted in a file.
//!
//! It shows a handle of the store cloned into tasks, a key derivation on a thread for blocking work, a lock that any
//! connection may set for all, and a file that is replaced in one step and opened again by the next process.
//!
//! ```text
//! key_value create FILE            makes the file, with a password that is read from standard input
//! key_value serve FILE SOCKET      serves it on a Unix socket; lay that in a folder that nobody else may enter
//! ```
//!
//! Requests are lines, and so are the answers: `UNLOCK password`, `SET name value`, `GET name`, `LOCK`.
#![forbid(unsafe_code)]

#[cfg(unix)]
mod lines;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod values;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;

    match server::run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("key_value: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(unix))]
fn main() {
    eprintln!("key_value: it needs Unix sockets");
}
