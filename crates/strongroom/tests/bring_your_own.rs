//! The example of an algorithm of one's own, attacked: another process reads all memory of one that holds and uses the
//! wallet's key, at rest and in the middle of signing, and of a control that uses the same key without the scope.
//!
//! The attacker chose the key, so it knows all that ECDSA computes on the way to a known signature: key, nonce, its
//! inverse and the halves that it is multiplied in, the product and the sum from which the key follows.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};
use k256::elliptic_curve::PrimeField;
use k256::elliptic_curve::scalar::IsHigh;
use k256::{Scalar, U256};
use sha2::{Digest, Sha256};
use strongroom_memory::process::CountingAlloc;
use strongroom_memory::{Policy, ProtectedBytes, Protection, ScopeToken, SecretMemory, random};
use strongroom_probe::{Hold, Needles, ScanReport, Scanner, secret_ranges};

#[expect(dead_code, reason = "what only the example's own story uses")]
#[path = "../examples/bring_your_own.rs"]
mod bring_your_own;

use bring_your_own::WalletKey;

/// Counts what operations take from the heap, in the processes under attack too.
#[global_allocator]
static ALLOCATOR: CountingAlloc = CountingAlloc::new();

/// The role of a process under attack, and the test that it runs in.
const ROLE: &str = "STRONGROOM_WALLET";
const TEST: &str = "no_part_of_a_foreign_key_leaves_secret_memory";
/// What the processes under attack say begins with this; the rest of a line is the test runner's.
const SAYS: &str = "wallet: ";
const MESSAGE: &[u8] = b"pay 3 to Ben";

/// Stops that count, those of the control, and the time they may take.
const STOPS: usize = 50;
const STOPS_OF_CONTROL: usize = 10;
const LATE: Duration = Duration::from_secs(90);

// The process under attack.

fn say(what: &str) {
    println!("{SAYS}{what}");
    stdout().flush().unwrap();
}

/// Signs on a thread of its own until it is told to stop.
fn sign_until_told(signer: &(impl Signer<Signature> + Sync)) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                signer.sign(MESSAGE);
            }
        });
        say("running");
        stdin().lock().read_line(&mut String::new()).unwrap();
        stop.store(true, Ordering::Relaxed);
    });
}

fn serve(role: &str) -> ! {
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    // One line from the descriptor, not a byte more: what follows is for the buffered reader.
    let bytes = ProtectedBytes::read_line(&memory, stdin().as_fd()).unwrap();
    let wallet = WalletKey::import(&memory, &bytes).unwrap();
    let ordinary = (role == "ordinary").then(|| {
        let mut copy =
            memory.scope(|inside, bytes: &ProtectedBytes| bytes.expose(inside).first_chunk().copied(), &bytes);
        Box::new(SigningKey::from_slice(&copy.as_mut().unwrap().take().unwrap_or([1; 32])).unwrap())
    });
    assert_eq!(wallet.to_bytes().unwrap().len(), 32);
    drop(bytes);
    let protection = memory.protection();
    say(&format!("{} {}", protection.at_rest, protection.in_use));
    stdin().lock().read_line(&mut String::new()).unwrap();
    match &ordinary {
        Some(signer) => sign_until_told(&**signer),
        None => sign_until_told(&wallet),
    }
    let usage = memory.usage();
    assert_eq!((usage.deep_exits, usage.secrets), (0, 1));
    say("stopped");
    stdin().lock().read_line(&mut String::new()).unwrap();
    drop((wallet, ordinary));
    say("dropped");
    stdin().lock().read_line(&mut String::new()).unwrap();
    exit(0)
}

// The attacker.

struct Victim {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Victim {
    fn start(role: &str, key: &[u8; 32]) -> (Self, String) {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", TEST, "--nocapture", "--test-threads=1"]).env(ROLE, role);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        input.write_all(key).unwrap();
        let mut victim = Self { child, input, output: BufReader::new(output) };
        let protection = victim.ask("");
        (victim, protection)
    }

    fn ask(&mut self, what: &str) -> String {
        writeln!(self.input, "{what}").unwrap();
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended");
            if let Some((_, said)) = line.split_once(SAYS) {
                return said.trim_end().to_owned();
            }
        }
    }

    /// Halts it. A thread that has just ended may be in the way for a moment.
    fn hold(&self) -> Hold {
        let tries = (0..20).map(|_| Hold::of(self.child.id()).inspect_err(|_| thread::sleep(Duration::from_millis(5))));
        tries.flatten().next().unwrap()
    }

    fn scan(&self, scanner: &Scanner) -> ScanReport {
        let _hold = self.hold();
        scanner.process(self.child.id()).unwrap()
    }

    /// Scans it at a halt, if it has its stack in secret memory there or need not.
    fn scan_inside(&self, scanner: &Scanner, in_workspace: bool) -> Option<ScanReport> {
        let hold = self.hold();
        let inside = hold.is_within(&secret_ranges(self.child.id()).unwrap()).unwrap();
        (inside || !in_workspace).then(|| scanner.process(self.child.id()).unwrap())
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A key that is the attacker's to know: without the byte that ends its line.
fn chosen() -> SigningKey {
    loop {
        let mut bytes = [0; 32];
        random::public(&mut bytes).unwrap();
        if let (false, Ok(key)) = (bytes.contains(&b'\n'), SigningKey::from_slice(&bytes)) {
            return key;
        }
    }
}

/// `round(k * g / 2^384)`, as k256 splits a scalar by the endomorphism of the curve (its `arithmetic/mul/glv.rs`).
fn scaled(k: &Scalar, g: &str) -> Scalar {
    let words = |number: &U256| number.to_words().map(u128::from);
    let (a, b) = (words(&U256::from(k)), words(&U256::from_be_hex(g)));
    let mut product = [0_u128; 8];
    for (i, a) in a.iter().enumerate() {
        let mut carry = 0;
        for (j, b) in b.iter().enumerate() {
            let sum = product[i + j] + a * b + carry;
            (product[i + j], carry) = (sum & u128::from(u64::MAX), sum >> 64);
        }
        product[i + b.len()] = carry;
    }
    let rounded = (product[6] | product[7] << 64) + (product[5] >> 63);
    Scalar::from(rounded)
}

/// The halves of `k`: `k = r1 + r2 * lambda`, each below 2^128 or its negative is.
fn halves(k: &Scalar) -> [Scalar; 2] {
    let number = |hex: &str| Scalar::from_repr(U256::from_be_hex(hex).to_be_bytes().into()).unwrap();
    let lambda = -number("ac9c52b33fa3cf1f5ad9e3fd77ed9ba4a880b9fc8ec739c2e0cfc810b51283cf");
    let minus_b1 = number("00000000000000000000000000000000e4437ed6010e88286f547fa90abfe4c3");
    let minus_b2 = number("fffffffffffffffffffffffffffffffe8a280ac50774346dd765cda83db1562c");
    let c1 = scaled(k, "3086d221a7d46bcde86c90e49284eb153daa8a1471e8ca7fe893209a45dbb031") * minus_b1;
    let c2 = scaled(k, "e4437ed6010e88286f547fa90abfe4c4221208ac9df506c61571b4ae8ac47f71") * minus_b2;
    let r2 = c1 + c2;
    let r1 = *k - r2 * lambda;
    assert_eq!(r1 + r2 * lambda, *k);
    [r1, r2].map(|half| {
        let size = if bool::from(half.is_high()) { -half } else { half };
        assert_eq!(size.to_repr()[..15], [0; 15], "not a half");
        size
    })
}

/// All that the key follows from, in the orders that software has numbers in.
fn needles(key: &SigningKey) -> Needles {
    let d = *key.as_nonzero_scalar().as_ref();
    let signature: Signature = key.sign(MESSAGE);
    let (r, s) = (*signature.r().as_ref(), *signature.s().as_ref());
    let z = Scalar::from_repr(Sha256::digest(MESSAGE)).unwrap();
    // Of a signature that was brought below half of the order, this is the nonce or its negative.
    let k = s.invert().unwrap() * (z + r * d);
    let mut needles = Needles::new();
    let mut add = |name: &str, number: Scalar| {
        let big: [u8; 32] = number.to_repr().into();
        let little: Vec<u8> = big.iter().rev().copied().collect();
        let words: Vec<u8> = big.chunks(4).flat_map(|word| word.iter().rev().copied()).collect();
        for (order, bytes) in [("big", &big[..]), ("little", &little), ("words", &words)] {
            needles.bytes(&format!("{name}, {order}"), bytes).unwrap();
        }
    };
    add("key", d);
    for (sign, k) in [("", k), ("-", -k)] {
        add(&format!("{sign}nonce"), k);
        add(&format!("{sign}inverse"), k.invert().unwrap());
        for (which, half) in halves(&k).into_iter().enumerate() {
            add(&format!("{sign}half {which}"), half);
        }
    }
    for (which, half) in halves(&d).into_iter().enumerate() {
        add(&format!("key's half {which}"), half);
    }
    add("product", r * d);
    add("sum", z + r * d);
    needles
}

fn secrets(reports: &[ScanReport]) -> BTreeSet<String> {
    reports.iter().flat_map(|report| &report.hits).map(|hit| hit.label.to_string()).collect()
}

#[test]
fn no_part_of_a_foreign_key_leaves_secret_memory() {
    if let Ok(role) = env::var(ROLE) {
        serve(&role);
    }
    let key = chosen();
    let scanner = Scanner::new(&needles(&key)).unwrap();
    let bytes: [u8; 32] = key.to_bytes().into();

    let attack = |role: &str, stops: usize| {
        let (mut victim, protection) = Victim::start(role, &bytes);
        let protected = protection == format!("{0} {0}", Protection::Secret);
        let before = victim.scan(&scanner);
        victim.ask("run");
        let (start, mut during) = (Instant::now(), Vec::new());
        while during.len() < stops && start.elapsed() < LATE {
            thread::sleep(Duration::from_micros(200 + 37 * during.len() as u64));
            during.extend(victim.scan_inside(&scanner, role == "secret"));
        }
        victim.ask("stop");
        let after = victim.scan(&scanner);
        victim.ask("drop");
        let dropped = victim.scan(&scanner);
        (protected, before, during, after, dropped)
    };

    let (protected, before, during, after, dropped) = attack("secret", STOPS);
    if !protected {
        strongroom_testkit::skip!("this machine grants less than secret memory at rest and in use");
    }
    assert_eq!(during.len(), STOPS, "stops inside an operation");
    let all: Vec<ScanReport> = [before, after, dropped].into_iter().chain(during).collect();
    assert_eq!(secrets(&all), BTreeSet::new());
    assert!(all.iter().all(|report| report.bytes > 1 << 20));

    let (_, before, during, after, dropped) = attack("ordinary", STOPS_OF_CONTROL);
    let (at_rest, in_use) = (secrets(&[before, after]), secrets(&during));
    eprintln!("control, at rest: {at_rest:?}\nin use: {in_use:?}\ndropped: {:?}", secrets(&[dropped]));
    assert!(at_rest.contains("key, little, raw"), "{at_rest:?}");
    assert!(in_use.contains("key, little, raw"), "{in_use:?}");
    assert!(in_use.iter().any(|label| label.contains("nonce")), "{in_use:?}");
}

/// What an algorithm takes from the heap is not protected. This one takes nothing.
#[test]
fn the_algorithm_takes_nothing_from_the_heap() {
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    let wallet = WalletKey::generate(&memory).unwrap();
    wallet.sign(MESSAGE);
    let again = WalletKey::import(&memory, &wallet.to_bytes().unwrap()).unwrap();
    assert!(again.public() == wallet.public());
    assert_eq!(ALLOCATOR.blocks(), 0);

    // The control: an operation that takes one is counted.
    let copy = |inside: &ScopeToken<'_>, bytes: &ProtectedBytes| bytes.expose(inside).to_vec().len();
    assert_eq!(memory.scope(copy, &wallet.to_bytes().unwrap()), Ok(32));
    assert_eq!(ALLOCATOR.blocks(), 1);
}
