//! The command `strongroom-prove`: attacks a process of its own that holds keys in a Strongroom store, and shows what it
//! found there and in a control.
#![forbid(unsafe_code)]

mod attack;
mod known;
mod table;
mod victim;

use std::process::ExitCode;

use attack::Verdict;
use strongroom::Policy;

const USAGE: &str = "\
strongroom-prove: looks for keys in the memory of a process that holds them in a Strongroom store

It starts a victim, which derives and unwraps keys, uses them once and then rests, and reads all of its memory: for the
keys, their text forms, their AES schedules and HMAC states, and the password they came from.

Two controls are attacked in the same way: a victim whose store protects nothing, in which the keys must be found in the
forms that the store gives them, and one that holds every form in ordinary memory, in which each must be found. Where they
are not, finding nothing in the first victim proves nothing.

This version looks at keys AT REST only: not while an operation runs, not at registers, core files or swap.

Usage: strongroom-prove [--help | --version]

Exit codes: 0 nothing was found, and the controls show that it would have been; 1 something was found; 2 usage;
3 nothing is proven, because the victims could not be run or read, or a control was not found.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => prove(),
        ["--help" | "-h"] => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        ["--version" | "-V"] => {
            println!("strongroom-prove {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        [victim::PROTECTED, salt, key] => finish(victim::with_store(Policy::best_available(), salt, key)),
        [victim::UNPROTECTED, salt, key] => finish(victim::with_store(victim::unprotected(), salt, key)),
        [victim::PLANTED] => finish(victim::planted()),
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn prove() -> ExitCode {
    match attack::run() {
        Ok(findings) => {
            print!("{findings}");
            ExitCode::from(match findings.verdict() {
                Verdict::Proven => 0,
                Verdict::Leak => 1,
                Verdict::Unproven => 3,
            })
        }
        Err(error) => {
            eprintln!("strongroom-prove: unproven: {error}");
            ExitCode::from(3)
        }
    }
}

/// A victim's end.
fn finish(result: Result<(), Box<dyn std::error::Error>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("strongroom-prove: the victim failed: {error}");
            ExitCode::FAILURE
        }
    }
}
