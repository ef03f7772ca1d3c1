//! What the leak tests share: a process under attack, told by lines what it is to do, and the attacker that halts it
//! and reads all of its memory.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use strongroom::{Context, KeyStore, KeyUses, Protection, algorithms::Algorithm, hazmat, names::KeySet};
use strongroom_probe::{Hold, Needles, ScanReport, Scanner, secret_ranges};

/// The role of a process under attack, and the public things that it opens.
const ROLE: &str = "STRONGROOM_LEAK_ROLE";
const SEALED: &str = "STRONGROOM_LEAK_SEALED";
/// What the processes under attack say begins with this; the rest of a line is the test runner's.
const SAYS: &str = "under attack: ";

/// Time that the stops inside an operation may take.
const LATE: Duration = Duration::from_secs(120);

/// The control looks so many times as often, at most, before what it did not find counts as missing: some values live
/// for a moment only, and a machine that does other things may meet none of these.
pub(crate) const CONTROL_ROUNDS: usize = 16;

// The process under attack.

/// The role of this process; none for the attacker.
pub(crate) fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// The public things that it was given.
pub(crate) fn sealed() -> Value {
    serde_json::from_str(&env::var(SEALED).unwrap()).unwrap()
}

pub(crate) fn say(what: &str) {
    println!("{SAYS}{what}");
    stdout().flush().unwrap();
}

pub(crate) fn next_line() -> String {
    let mut line = String::new();
    stdin().lock().read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// Does it on a thread of its own until it is told to stop.
fn until_told(work: impl Fn() + Sync) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                work();
            }
        });
        say("running");
        next_line();
        stop.store(true, Ordering::Relaxed);
    });
    say("stopped");
}

/// Does the operations that it is told to, then locks the store.
pub(crate) fn serve<S: KeySet>(store: &KeyStore<S>, operate: impl Fn(&str) + Sync) -> ! {
    let protection = store.protection();
    say(&format!("{} {}", protection.at_rest, protection.in_use));
    loop {
        match next_line() {
            operation if operation.is_empty() => break,
            operation => until_told(|| operate(&operation)),
        }
    }
    store.lock();
    say("locked");
    next_line();
    exit(0)
}

/// So many lines, in ordinary memory.
pub(crate) fn ordinary_lines(count: usize) -> Vec<Vec<u8>> {
    let line = |_| {
        let mut line = Vec::new();
        stdin().lock().read_until(b'\n', &mut line).unwrap();
        line.pop();
        line
    };
    (0..count).map(line).collect()
}

/// The control: does this with what it was told in ordinary memory.
pub(crate) fn serve_in_ordinary_memory(work: impl Fn() + Sync) -> ! {
    say("plain plain");
    next_line();
    until_told(work);
    next_line();
    exit(0)
}

// The attacker.

/// What it made: a line of secrets each, the public things, and what it looks for.
pub(crate) struct Made {
    pub(crate) lines: Vec<Vec<u8>>,
    pub(crate) sealed: Value,
    pub(crate) needles: Needles,
}

/// A key whose bytes fit on a line, and these.
pub(crate) fn fresh<'c, S: KeySet, A: Algorithm>(
    ctx: &Context<'c, S>,
    algorithm: A,
) -> (strongroom::Key<'c, A::Kind>, Vec<u8>) {
    loop {
        let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let bytes = hazmat::expose_encoded::<_, A::Kind>(ctx, key).unwrap();
        if !bytes.contains(&b'\n') {
            return (key, bytes.to_vec());
        }
    }
}

pub(crate) fn add_v1(needles: &mut Needles, name: &str, key: &[u8]) {
    let (enc, mac) = key.split_first_chunk::<32>().unwrap();
    add_aes(needles, &format!("{name}, for AES"), enc);
    needles.bytes(&format!("{name}, for HMAC"), mac).unwrap();
    needles.hmac_sha256_key(&format!("{name}, for HMAC"), mac).unwrap();
}

pub(crate) fn add_aes(needles: &mut Needles, name: &str, key: &[u8; 32]) {
    needles.bytes(name, key).unwrap();
    needles.aes256_key(name, key).unwrap();
}

/// The 32 bytes of a COSE_Key: behind label -1 and their length.
pub(crate) fn secret_of(cose: &[u8]) -> [u8; 32] {
    let at = cose.windows(3).position(|window| window == [0x20, 0x58, 0x20]).unwrap() + 3;
    cose[at..at + 32].try_into().unwrap()
}

pub(crate) struct Victim {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Victim {
    /// Starts this test again in a role; says what protects its secrets, too.
    pub(crate) fn start(test: &str, role: &str, made: &Made) -> (Self, String) {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
        command.env(ROLE, role).env(SEALED, made.sealed.to_string());
        strongroom_testkit::make_victim(&mut command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut victim = Self { child, input, output: BufReader::new(output) };
        victim.tell(made);
        let protection = victim.heard();
        (victim, protection)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it the secrets.
    pub(crate) fn tell(&mut self, made: &Made) {
        for line in &made.lines {
            self.input.write_all(&[&line[..], b"\n"].concat()).unwrap();
        }
    }

    pub(crate) fn heard(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended");
            if let Some((_, said)) = line.split_once(SAYS) {
                return said.trim_end().to_owned();
            }
        }
    }

    pub(crate) fn ask(&mut self, what: &str) -> String {
        writeln!(self.input, "{what}").unwrap();
        self.heard()
    }

    pub(crate) fn scan(&self, scanner: &Scanner) -> ScanReport {
        let _hold = Hold::of(self.pid()).unwrap();
        scanner.process(self.pid()).unwrap()
    }

    /// Scans it at a halt, if it has its stack in secret memory there.
    fn scan_inside(&self, scanner: &Scanner) -> Option<ScanReport> {
        let hold = Hold::of(self.pid()).unwrap();
        let inside = hold.is_within(&secret_ranges(self.pid()).unwrap()).unwrap();
        inside.then(|| scanner.process(self.pid()).unwrap())
    }

    /// So many looks in the middle of an operation.
    fn attack(&mut self, scanner: &Scanner, operation: &str, stops: usize) -> Vec<ScanReport> {
        self.ask(operation);
        let (start, mut looks) = (Instant::now(), Vec::new());
        while looks.len() < stops && start.elapsed() < LATE {
            thread::sleep(Duration::from_micros(200 + 37 * looks.len() as u64));
            looks.extend(self.scan_inside(scanner));
        }
        self.ask("stop");
        looks
    }
}

/// The control: looks in the middle of its work until it has found all that is expected, each by its label or the first
/// words of one. What is missing after as many looks as are reasonable.
pub(crate) fn never_found(mut victim: Victim, scanner: &Scanner, stops: usize, expected: &[String]) -> Vec<String> {
    victim.ask("");
    let (start, mut looks, mut missing) = (Instant::now(), 0, expected.to_vec());
    let most = CONTROL_ROUNDS * stops;
    while (looks < stops || !missing.is_empty()) && looks < most && start.elapsed() < LATE {
        thread::sleep(Duration::from_micros(200 + 37 * (looks % 100) as u64));
        let found = found(&[victim.scan(scanner)]);
        missing.retain(|start| !found.iter().any(|label| label == start || label.starts_with(&format!("{start} "))));
        looks += 1;
    }
    missing
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub(crate) fn found(reports: &[ScanReport]) -> BTreeSet<String> {
    reports.iter().flat_map(|report| &report.hits).map(|hit| hit.label.to_string()).collect()
}

/// Attacks the protected process: at rest, at so many stops inside each operation, after each, and after the lock.
/// Nothing is found. `false`: this machine grants too little protection for that.
pub(crate) fn finds_nothing(test: &str, made: &Made, scanner: &Scanner, operations: &[&str], stops: usize) -> bool {
    let (mut victim, protection) = Victim::start(test, "secret", made);
    if protection != format!("{0} {0}", Protection::Secret) {
        return false;
    }
    let mut looks = vec![victim.scan(scanner)];
    for operation in operations {
        let during = victim.attack(scanner, operation, stops);
        assert_eq!(during.len(), stops, "stops inside {operation}");
        assert_eq!(found(&during), BTreeSet::new(), "in the middle of {operation}");
        looks.extend(during);
        looks.push(victim.scan(scanner));
        assert_eq!(found(&looks), BTreeSet::new(), "after {operation}");
    }
    assert_eq!(victim.ask(""), "locked");
    looks.push(victim.scan(scanner));
    assert_eq!(found(&looks), BTreeSet::new(), "after the lock");
    assert!(looks.iter().all(|report| report.bytes > 1 << 20));
    true
}
