//! The command `strongroom-prove`: attacks processes of its own that hold keys in a Strongroom store, and shows what it
//! found there and in controls.
#![forbid(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!("strongroom-prove reads processes as Linux lets it");

mod account;
mod attack;
mod captive;
mod commits;
mod committing;
mod cores;
mod cose;
mod course;
mod failure;
mod findings;
mod forking;
mod forks;
mod halting;
mod holder;
mod inside;
mod lines;
mod makings;
mod operation;
mod reference;
mod samples;
mod sealed;
mod store;
mod storm;
mod table;
mod usual;
mod victim;
mod visit;

use std::process::ExitCode;

use attack::Order;
use captive::Way;
use findings::Verdict;
use holder::Failed;
use operation::Operation;
use store::Setting;
use strongroom_memory::process::harden;

const USAGE: &str = "\
strongroom-prove: looks for keys in the memory of processes that hold and use them

USAGE
  strongroom-prove [--quick | --stops N] [--threads N] [--operation NAME]... [--rsa-bits N] [--json]
                  [--control]
  strongroom-prove --help | --version

WHAT IT DOES
  It invents an account (password, keys) and starts victims that are given it: one that keeps its keys in a Strongroom
  store, and two controls. The first control keeps its keys the usual way, on the ordinary heap, erased when dropped. The
  second is a store whose operations do not switch to a secret stack. Each victim unlocks the account and works. For each
  operation the victim is read at rest, halted at random moments in the middle and read, read at rest again, and read after
  it locked. A halt counts only if the stack pointer lies in a workspace (in controls: if the victim is in the operation).

  It reads every mapping by /proc/PID/mem, and at every fifth stop by process_vm_readv; core files by gcore (package gdb)
  and by the kernel (where its pattern is `core`); and, apart, registers, the notes of core files, and stacks sampled by
  perf (package linux-perf), which are outside the promise.

  It looks for the password and all keys as bytes, hexadecimal and base64, as AES-256 schedules of both directions, HMAC
  midstates in three orders and padded keys; for what the AEADs make of a key and a nonce (subkeys of ChaCha20 and XAES, r
  and s of Poly1305, the keys of GHASH and POLYVAL); for the numbers of RSA in both orders and in Montgomery's form, and
  padded messages; for scalar, prefix and nonce of Ed25519; for what ML-DSA expands a seed to, and the masks of its
  signatures; and for the states of Argon2 that give its result away.

  One more control, of some operations: workspaces that others can read, whose keys show until they are wiped.

  Three operations are met otherwise. While a thread forks and others make secret memory, each child is halted before it
  runs: all are asked for secret files that they map and their parent goes on to use, every twentieth has its memory read.
  While a list is worked on, its threads are sent signals, whose frames lie on alternate stacks; one more control leaves
  these stacks to the standard library, where parts of keys show. A thread that commits is halted in the middle, its store
  is locked, and all memory is read once more when that is done; in memory that others can read, keys show until then.

  The victims are not hardened: a process that refuses to be read would prove nothing about its memory.

OPTIONS
  --quick           10 counted stops an operation, no core files, no samples
  --stops N         N counted stops an operation [50]
  --threads N       N threads run the operation [1]
  --operation NAME  this operation alone; may be repeated. Of a key of AES-256-CBC with HMAC-SHA256: encrypt, decrypt,
                    wrap, unwrap. Under XChaCha20-Poly1305, XAES-256-GCM, AES-256-GCM: encrypt-xchacha,
                    decrypt-xchacha, encrypt-xaes, decrypt-xaes, encrypt-gcm, decrypt-gcm; a key under the first:
                    wrap-cose, unwrap-cose. Of keys of RSA, Ed25519 and ML-DSA-44: wrap-rsa, unwrap-rsa,
                    wrap-ed25519, unwrap-ed25519, wrap-ml-dsa, unwrap-ml-dsa. Of new keys: generate (symmetric, of
                    all algorithms), generate-rsa, generate-ed25519, generate-ml-dsa. With RSA: encapsulate,
                    decapsulate; with Ed25519 and ML-DSA: sign, sign-ml-dsa. Ids and public keys: identify. From
                    files: import, import-rsa, import-ed25519, import-ml-dsa. Of many: rotate (under a new key), wake
                    (of keys that were sealed for want of room). Of a password: pbkdf2, argon2id. Of all of a program:
                    forks-under-load, list-under-signals, lock-during-commit
  --rsa-bits N      RSA keys have N bits: 2048, 3072 or 4096 [2048]
  --json            everything that was found, as JSON
  --control         attacks the usual way in the place of the protected victim: this must fail

EXIT STATUS
  0  nothing was found in the protected victim, and the controls show that it would have been
  1  something was found
  2  usage
  3  nothing is proven: victims could not be run or read, too few stops counted, or a control was not found
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--help" | "-h"] => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        ["--version" | "-V"] => {
            println!("strongroom-prove {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        [role, operation] if Way::of_role(role).is_some() => {
            let role = Way::of_role(role).zip(Operation::parse(operation)).ok_or_else(|| "no such victim".into());
            finish(role.and_then(|(way, operation)| be_victim(way, operation)))
        }
        options => match parse(options) {
            Some((order, json)) => prove(&order, json),
            None => {
                eprint!("{USAGE}");
                ExitCode::from(2)
            }
        },
    }
}

/// The order and whether JSON is asked for; `None` for what is no option.
fn parse(options: &[&str]) -> Option<(Order, bool)> {
    let mut order =
        Order { stops: 50, threads: 1, operations: Vec::new(), rsa_bits: 2048, control: false, files: true };
    let mut json = false;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let mut number = || options.next()?.parse().ok().filter(|number| *number > 0);
        match *option {
            "--quick" => (order.stops, order.files) = (10, false),
            "--stops" => order.stops = number()?,
            "--threads" => order.threads = number()?,
            "--operation" => order.operations.push(Operation::parse(options.next()?)?),
            "--rsa-bits" => order.rsa_bits = number().filter(|bits| [2048, 3072, 4096].contains(bits))?,
            "--json" => json = true,
            "--control" => order.control = true,
            _ => return None,
        }
    }
    if order.operations.is_empty() {
        order.operations = Operation::all().collect();
    }
    Some((order, json))
}

fn prove(order: &Order, json: bool) -> ExitCode {
    let findings = match attack::run(order) {
        Ok(findings) => findings,
        Err(error) => {
            eprintln!("strongroom-prove: unproven: {error}");
            return ExitCode::from(3);
        }
    };
    if json {
        let verdict = findings.verdict();
        let doubts = findings.doubts();
        println!("{}", serde_json::json!({ "verdict": verdict, "doubts": doubts, "findings": findings }));
    } else {
        print!("{findings}");
    }
    ExitCode::from(match findings.verdict() {
        Verdict::Proven => 0,
        Verdict::Leak => 1,
        Verdict::Unproven => 3,
    })
}

fn be_victim(way: Way, operation: Operation) -> Result<(), Failed> {
    match way {
        Way::ProtectionLevels => store::hold(Setting::protected(), operation),
        Way::Hardened => {
            harden()?;
            store::hold(Setting::protected(), operation)
        }
        Way::InPlace => store::hold(Setting::in_place(), operation),
        Way::Readable => store::hold(Setting::readable(), operation),
        Way::WithoutSignalStacks => store::hold(Setting::without_signal_stacks(), operation),
        Way::Usual => usual::hold(),
        Way::Planted => usual::plant(),
    }
}

/// A victim's end.
fn finish(result: Result<(), Failed>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("strongroom-prove: the victim failed: {error}");
            ExitCode::FAILURE
        }
    }
}
