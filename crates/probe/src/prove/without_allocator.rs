//! A victim of `strongroom-prove` that does not install the allocator: the heap of an operation would be an ordinary one. RSA is
//! to have none. It is started by that command alone.
#![forbid(unsafe_code)]
#![expect(dead_code, reason = "what the attacker and other victims need of these rooms")]

#[cfg(not(target_os = "linux"))]
compile_error!("strongroom-prove reads processes as Linux lets it");

mod committing;
mod forking;
mod holder;
mod inside;
mod lines;
mod operation;
mod sealed;
mod store;
mod victim;

use std::process::ExitCode;

use operation::Operation;
use store::Setting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let operation = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--as-victim-without-allocator", name] => Operation::parse(name),
        _ => None,
    };
    let Some(operation) = operation else {
        eprintln!("strongroom-prove-without-allocator: a victim of strongroom-prove, which starts it");
        return ExitCode::from(2);
    };
    match store::hold(Setting::protected(), operation) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("strongroom-prove-without-allocator: the victim failed: {error}");
            ExitCode::FAILURE
        }
    }
}
