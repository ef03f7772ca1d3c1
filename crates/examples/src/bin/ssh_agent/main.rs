//! An SSH agent for keys of Ed25519, as `ssh`, `ssh-add` and `ssh-keygen -Y sign` ask it.
//!
//! It shows private keys that come in from other software, sign by name, and are gone while the agent is locked: they
//! are then only there wrapped, under a key that the passphrase gives. So whoever reads the memory of a locked agent,
//! or makes it answer in spite of its lock, has no key.
//!
//! ```text
//! ssh_agent SOCKET                 serves a Unix socket; lay that in a folder that nobody else may enter
//! SSH_AUTH_SOCK=SOCKET ssh-add     hands it a key
//! SSH_AUTH_SOCK=SOCKET ssh-add -x  locks it
//! ```
//!
//! Keys of other algorithms, and with conditions (`ssh-add -t`, `ssh-add -c`), are refused.
#![forbid(unsafe_code)]

#[cfg(unix)]
mod agent;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod wire;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;

    match server::run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ssh_agent: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(unix))]
fn main() {
    eprintln!("ssh_agent: it needs Unix sockets");
}
