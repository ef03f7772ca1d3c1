//! The attack on operations that make keys: at each halt that counts the process's memory is copied, and looked through
//! when it has handed out what it was making, under a key that the attacker knows or as the secret that is told.

use std::collections::{BTreeSet, VecDeque};
use std::thread;
use std::time::{Duration, Instant};

use strongroom::{KeyStore, names::KeySet};
use strongroom_probe::{Dump, Flag, Form, Hold, Needles, Scanner, secret_ranges};

use crate::attack::{Made, Victim, next_line, say};

// The process under attack.

/// Raised by the attacker: what is being made is the last.
static ENOUGH: Flag = Flag::new();

/// What was made, as it is told afterwards: not before, because a secret comes out in ordinary memory.
pub(crate) type Kept = Box<dyn FnOnce() -> String>;

/// So much of what it made last is handed out: it may have gone on between two halts.
const LAST: usize = 32;

pub(crate) fn kept(text: &impl ToString) -> Kept {
    let text = text.to_string();
    Box::new(move || text)
}

/// Makes what it is told to, again and again. `make` calls back with what it made while it still holds that.
pub(crate) fn serve<S: KeySet>(store: &KeyStore<S>, make: impl Fn(&str, &mut dyn FnMut(Vec<Kept>))) -> ! {
    let protection = store.protection();
    say(&format!("{} {} {}", protection.at_rest, protection.in_use, ENOUGH.address()));
    let mut last = VecDeque::new();
    loop {
        match next_line().as_str() {
            "hand out" => {
                let tell = |made: Vec<Kept>| made.into_iter().map(|kept| kept()).collect::<Vec<_>>().join(" ");
                say(&last.drain(..).map(tell).collect::<Vec<_>>().join(";"));
            }
            "lock" => {
                store.lock();
                say("locked");
            }
            operation => {
                ENOUGH.lower();
                say("making");
                let mut met = false;
                while !met {
                    make(operation, &mut |made| {
                        last.truncate(LAST - 1);
                        last.push_front(made);
                        if ENOUGH.is_raised() {
                            say("made");
                            next_line();
                            met = true;
                        }
                    });
                }
                say("dropped");
            }
        }
    }
}

// The attacker.

/// What an operation makes, and how it is attacked.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) operation: &'static str,
    /// Halts before it hands out what it made: one where it is quick, several where it takes a while.
    pub(crate) halts: u32,
}

/// What was found in one process.
#[derive(Default)]
pub(crate) struct Course {
    pub(crate) stops: usize,
    pub(crate) halts: usize,
    /// What was looked for and what was found in any copy: whose secret, and the kind.
    pub(crate) sought: BTreeSet<(String, &'static str)>,
    pub(crate) found: BTreeSet<(String, &'static str)>,
    pub(crate) hits: usize,
}

impl Course {
    /// Adds what another process showed.
    pub(crate) fn add(&mut self, other: Course) {
        self.stops += other.stops;
        self.halts += other.halts;
        self.sought.extend(other.sought);
        self.found.extend(other.found);
        self.hits += other.hits;
    }
}

/// Forms that show the same: one of them found shows that the look finds the kind.
pub(crate) fn kind(form: Form) -> &'static str {
    match form {
        Form::AesEncryption | Form::AesEncryptionWords | Form::AesDecryption | Form::AesDecryptionWords => "AES",
        Form::HmacMidstates | Form::HmacMidstatesWords | Form::HmacMidstatesRegisters => "HMAC midstates",
        Form::HmacPadded | Form::HmacPaddedWords => "HMAC padded",
        Form::GhashKey | Form::PolyvalKey => "GHASH",
        Form::XaesMask => "XAES K1",
        Form::ChaChaSubkey => "HChaCha subkey",
        Form::Poly1305Key | Form::Poly1305Limbs => "Poly1305",
        Form::Limbs => "RSA limbs",
        Form::Montgomery => "RSA Montgomery",
        Form::OaepMessage => "OAEP",
        Form::Ed25519Expanded => "Ed25519 SHA-512",
        Form::Scalar | Form::ScalarLimbs => "Ed25519 scalar",
        _ => "bytes",
    }
}

/// Attacks a process in one operation until so many stops count, then locks it. `learn`: what there was to be found,
/// from what was handed out.
pub(crate) fn attack(
    victim: &mut Victim,
    flag: u64,
    row: Row,
    (stops, in_workspace): (usize, bool),
    known: &Needles,
    learn: &dyn Fn(&str, &[&str]) -> Needles,
) -> Course {
    let (mut course, start) = (Course::default(), Instant::now());
    let known = Scanner::new(known).unwrap();
    while course.stops < stops {
        assert_eq!(victim.ask(row.operation), "making");
        let mut copies = Vec::new();
        for more in (0..row.halts).rev() {
            loop {
                assert!(start.elapsed() < Duration::from_secs(60), "{}: it is never inside", row.operation);
                let most = if more + 1 < row.halts { 20_000 } else { 2_000 };
                thread::sleep(Duration::from_micros((course.halts as u64 * 617) % most));
                let hold = Hold::of(victim.pid()).unwrap();
                course.halts += 1;
                if in_workspace && !hold.is_within(&secret_ranges(victim.pid()).unwrap()).unwrap() {
                    continue;
                }
                copies.push(Dump::of_process(victim.pid()).unwrap());
                course.stops += 1;
                if more == 0 {
                    Flag::raise_in(victim.pid(), flag).unwrap();
                }
                break;
            }
        }
        let copy = |victim: &Victim| {
            let _hold = Hold::of(victim.pid()).unwrap();
            Dump::of_process(victim.pid()).unwrap()
        };
        assert_eq!(victim.heard(), "made");
        copies.push(copy(victim));
        assert_eq!(victim.ask("go on"), "dropped");
        copies.push(copy(victim));
        if course.stops >= stops {
            assert_eq!(victim.ask("lock"), "locked");
            copies.push(copy(victim));
        }
        let told = victim.ask("hand out");
        let told: Vec<_> = told.split(';').collect();
        // After one halt it is the last, or the one before if that was as good as made; after several it may be any.
        let of_interest = if row.halts == 1 { 2 } else { LAST };
        assert!(told.len() < LAST || row.halts == 1, "{}: what it made at the first halt is gone", row.operation);
        for made in told.into_iter().take(of_interest) {
            let needles = learn(row.operation, &made.split(' ').collect::<Vec<_>>());
            let name = |label: &strongroom_probe::Label| (label.secret.clone(), kind(label.form));
            course.sought.extend(needles.labels().map(name));
            let scanner = Scanner::new(&needles).unwrap();
            for report in copies.iter().map(|copy| scanner.dump(copy)) {
                course.hits += report.hits.len();
                course.found.extend(report.hits.iter().map(|hit| name(&hit.label)));
            }
        }
        for report in copies.iter().map(|copy| known.dump(copy)) {
            assert!(report.bytes > 1 << 18, "{} bytes", report.bytes);
            course.hits += report.hits.len();
            course.found.extend(report.hits.iter().map(|hit| (hit.label.secret.clone(), kind(hit.label.form))));
        }
    }
    course
}

/// Starts a process in a role; says what protects it, and where its flag lies.
pub(crate) fn start(test: &str, role: &str, made: &Made) -> (Victim, String, u64) {
    let (victim, said) = Victim::start(test, role, made);
    let (protection, flag) = said.rsplit_once(' ').unwrap();
    (victim, protection.to_owned(), flag.parse().unwrap())
}
