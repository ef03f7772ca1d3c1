//! A store that is locked while sixteen threads use it, and an attacker who chose the keys and reads all memory of that
//! process: as soon as `lock` returns no form of any key is left, even if readers still are inside their contexts.
//!
//! And a store that is locked while a thread stands still in the middle of a commit, at a moment that differs each
//! time.
//!
//! The controls do the same in memory that can be read: there the attacker finds every key until the lock, and none
//! after it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "single operations are attacked elsewhere")]
#[path = "leak/attack.rs"]
mod attack;

use std::collections::BTreeSet;
use std::io::stdin;
use std::os::fd::AsFd;
use std::process::exit;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::Digest;
use strongroom::{
    Asymmetric, Demand, EncString, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Policy, Protection, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    errors::Operation,
    hazmat,
    list::Lists,
};
use strongroom_probe::{Needles, Scanner};
use strongroom_testkit::stall;

use attack::{Made, Victim, add_aes, add_v1, found, fresh, next_line, say, secret_of};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Chosen(usize), Own(usize) }
    asymmetric SigningName { Chosen }
}

type Store = KeyStore<Keys>;

const TEST: &str = "no_key_is_left_after_a_lock_under_load";

/// The symmetric keys that the attacker chose; a signing key comes behind them.
const CHOSEN: [SymmetricAlgorithm; 8] = [
    SymmetricAlgorithm::Aes256CbcHmacSha256,
    SymmetricAlgorithm::Aes256CbcHmacSha256,
    SymmetricAlgorithm::Aes256CbcHmacSha256,
    SymmetricAlgorithm::Aes256CbcHmacSha256,
    SymmetricAlgorithm::Xaes256Gcm,
    SymmetricAlgorithm::Xaes256Gcm,
    SymmetricAlgorithm::Aes256Gcm,
    SymmetricAlgorithm::XChaCha20Poly1305,
];

const THREADS: usize = 16;

/// What a process says to which this machine does not grant its level of protection.
const REFUSED: &str = "refused";

/// Unlocked and locked so many times.
const ROUNDS: usize = 3;

/// Commits that are locked in the middle.
const COMMITS: usize = 60;

/// As many at most: a machine that is busy elsewhere meets a commit less often, so it looks on.
const MOST_COMMITS: usize = 16 * COMMITS;

/// What a process says that has locked its store while a commit stands still.
const IN_A_COMMIT: &str = "locked in a commit";

// The process under attack.

/// Names the keys that it is told, a line each, straight into secret memory.
fn unlock(store: &Store) {
    let line = || store.read_secret_line(stdin().as_fd());
    let named: Result<(), Error> = store.transaction(|tx| {
        for n in 0..CHOSEN.len() {
            let key = hazmat::import_encoded::<_, Symmetric>(tx, line()?, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Chosen(n), key)?;
        }
        let key = hazmat::import_encoded::<_, Asymmetric>(tx, line()?, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(SigningName::Chosen, key)
    });
    named.unwrap();
}

/// What the threads of a round share.
struct Round<'s> {
    store: &'s Store,
    /// All of them work.
    working: Barrier,
    /// They have seen the lock, and stay where they are until they were looked at.
    locked: AtomicUsize,
    looked_at: AtomicBool,
}

/// Whether a key is missing, as those that the locked store does not hold, or the store is locked; in a list, for an
/// item.
fn is_missing_or_locked(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Item { error, .. } => is_missing_or_locked(error),
        kind => matches!(kind, ErrorKind::Locked | ErrorKind::UnknownKey),
    }
}

impl Round<'_> {
    /// Does it until it finds the store locked, then waits right there.
    fn until_locked(&self, mut work: impl FnMut() -> Result<(), Error>) {
        let mut is_first = true;
        loop {
            match work() {
                Ok(()) if is_first => {
                    is_first = false;
                    self.working.wait();
                }
                // Another thread named it meanwhile.
                Ok(()) => {}
                Err(error) if error == ErrorKind::Conflict => {}
                Err(error) => {
                    assert!(is_missing_or_locked(&error), "{error}");
                    break;
                }
            }
        }
        self.locked.fetch_add(1, Ordering::SeqCst);
        while !self.looked_at.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// In one context, with local copies of the keys, which it does not leave when the store is locked.
    fn read(&self) {
        self.store.try_context(|ctx| {
            let wrapped = ctx.wrap_key(ctx.key(Key::Chosen(0)).unwrap(), ctx.key(Key::Chosen(1)).unwrap()).unwrap();
            let copy = ctx
                .unwrap_key::<Symmetric>(ctx.key(Key::Chosen(0)).unwrap(), &wrapped, KeyUses::CONTENTS_AND_KEYS)
                .unwrap();
            // Looked up before, so that it is the operations that meet the lock.
            let chosen: Vec<_> = (0..CHOSEN.len()).map(|n| ctx.key(Key::Chosen(n)).unwrap()).collect();
            let signing = ctx.key(SigningName::Chosen).unwrap();
            self.until_locked(|| {
                for &key in &chosen {
                    let text = ctx.encrypt_text(key, "milk")?;
                    assert_eq!(ctx.decrypt_text(key, &text)?.expose_secret(), "milk");
                }
                ctx.sign(signing, b"milk")?;
                let text = ctx.encrypt_text(copy, "milk")?;
                assert_eq!(ctx.decrypt_text(chosen[1], &text)?.expose_secret(), "milk");
                Ok(())
            });
        });
    }

    /// In a context each time.
    fn read_again(&self, n: usize) {
        self.until_locked(|| {
            self.store.try_context(|ctx| {
                let outer = ctx.key(Key::Chosen(n % CHOSEN.len()))?;
                for inner in 0..CHOSEN.len() {
                    let wrapped = ctx.wrap_key(outer, ctx.key(Key::Chosen(inner))?)?;
                    let copy = ctx.unwrap_key::<Symmetric>(outer, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
                    ctx.encrypt_text(copy, "milk")?;
                }
                Ok(())
            })
        });
    }

    fn list(&self) {
        self.until_locked(|| {
            self.store.try_context(|ctx| {
                let keys = (0..16).map(|n| ctx.key(Key::Chosen(n % CHOSEN.len()))).collect::<Result<Vec<_>, _>>()?;
                let listed = ctx.try_map_list(&keys, |child, parent, key| -> Result<EncString, Error> {
                    child.encrypt_text(parent.lend(*key), "milk")
                });
                listed.map(drop).map_err(|error| error.error)
            })
        });
    }

    /// Names a key of its own and a copy of a chosen one.
    fn transact(&self, n: usize) {
        self.until_locked(|| {
            self.store.transaction(|tx| {
                let wrapped = tx.wrap_key(tx.key(Key::Chosen(2))?, tx.key(Key::Chosen(3))?)?;
                let copy = tx.unwrap_key::<Symmetric>(tx.key(Key::Chosen(2))?, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
                tx.replace(Key::Chosen(3), copy)?;
                let own = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                tx.replace(Key::Own(n), own)
            })
        });
    }
}

fn serve(level: Protection) -> ! {
    let Ok(store) = Store::open_with(Policy::at_rest(Demand::Exactly(level)).in_use(Demand::Exactly(level))) else {
        say(REFUSED);
        exit(0)
    };
    say("granted");
    for _ in 0..ROUNDS {
        unlock(&store);
        let round = Round {
            store: &store,
            working: Barrier::new(THREADS + 1),
            locked: AtomicUsize::new(0),
            looked_at: AtomicBool::new(false),
        };
        thread::scope(|threads| {
            for n in 0..THREADS {
                let round = &round;
                threads.spawn(move || match n {
                    0..4 => round.read(),
                    4..8 => round.read_again(n),
                    8..12 => round.list(),
                    _ => round.transact(n),
                });
            }
            round.working.wait();
            say("running");
            next_line();
            store.lock();
            say("locked");
            next_line();
            while round.locked.load(Ordering::SeqCst) < THREADS {
                thread::sleep(Duration::from_millis(1));
            }
            assert_eq!((store.keys().named, store.usage().secrets, store.usage().mapped), (0, 0, 0));
            say("all know");
            next_line();
            round.looked_at.store(true, Ordering::SeqCst);
        });
        // What is told now is not to be read ahead with the line before it.
        say("ended");
    }
    next_line();
    exit(0)
}

/// Commits a key that it is told, stops the commit anywhere, and locks the store meanwhile.
fn serve_commits(level: Protection) -> ! {
    let Ok(store) = Store::open_with(Policy::at_rest(Demand::Exactly(level)).in_use(Demand::Exactly(level))) else {
        say(REFUSED);
        exit(0)
    };
    say("granted");
    let (begun, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (keys, told) = mpsc::channel();
    let (this, thread) = mpsc::channel();
    thread::scope(|threads| {
        let (store, begun, ended) = (&store, &begun, &ended);
        threads.spawn(move || {
            this.send(stall::Thread::this()).unwrap();
            for key in told {
                let committed: Result<(), Error> = store.transaction(|tx| {
                    let key = hazmat::import_encoded::<_, Symmetric>(tx, key, KeyUses::CONTENTS_AND_KEYS)?;
                    (0..2000).try_for_each(|n| tx.replace(Key::Own(n), key))?;
                    begun.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                });
                ended.fetch_add(1, Ordering::SeqCst);
                if let Err(error) = committed {
                    let where_it_failed = (error.operation(), error.kind());
                    assert_eq!(where_it_failed, (Some(Operation::Commit), &ErrorKind::Locked));
                }
            }
        });
        let thread = thread.recv().unwrap();
        for round in 0..MOST_COMMITS {
            if round > 0 {
                say("ready");
            }
            keys.send(store.read_secret_line(stdin().as_fd()).unwrap()).unwrap();
            while begun.load(Ordering::SeqCst) == round {
                std::hint::spin_loop();
            }
            let until = Instant::now() + Duration::from_micros(7) * (round % COMMITS) as u32;
            while Instant::now() < until {
                std::hint::spin_loop();
            }
            let stalled = thread.stall().unwrap();
            let inside = ended.load(Ordering::SeqCst) == round;
            say("stands still");
            next_line();
            let (locked, locks) = mpsc::channel();
            threads.spawn(move || {
                store.lock();
                locked.send(()).unwrap();
            });
            // It may stand where a lock waits for it.
            let early = locks.recv_timeout(Duration::from_millis(50));
            say(if inside && early.is_ok() { IN_A_COMMIT } else { "locked" });
            next_line();
            drop(stalled);
            early.or_else(|_| locks.recv()).unwrap();
            while ended.load(Ordering::SeqCst) == round {
                std::hint::spin_loop();
            }
            store.lock();
        }
    });
    exit(0)
}

// The attacker.

fn made() -> Made {
    let store = Store::open().unwrap();
    store.try_context(|ctx| {
        let (mut lines, mut needles) = (Vec::new(), Needles::new());
        for (n, algorithm) in CHOSEN.into_iter().enumerate() {
            let (_, key) = fresh(ctx, algorithm);
            let name = format!("key {n}");
            match algorithm {
                SymmetricAlgorithm::Aes256CbcHmacSha256 => add_v1(&mut needles, &name, &key),
                _ => add_aes(&mut needles, &name, &secret_of(&key)),
            }
            lines.push(key);
        }
        let (_, signing) = fresh(ctx, AsymmetricAlgorithm::Ed25519);
        // The seed stands behind label -4; the prefix is the half of its hash that is not clamped (RFC 8032 section
        // 5.1.5).
        let at = signing.windows(3).position(|window| window == [0x23, 0x58, 0x20]).unwrap() + 3;
        let hash: [u8; 64] = sha2::Sha512::digest(&signing[at..at + 32]).into();
        needles.bytes("seed", &signing[at..at + 32]).unwrap();
        needles.bytes("seed, its prefix", &hash[32..]).unwrap();
        lines.push(signing);
        Made { lines, sealed: Value::Null, needles }
    })
}

/// What was found while the threads worked, when `lock` had returned, and when every thread knew, each of all rounds.
/// `None`: this machine does not grant the protection.
fn looks(role: &str, made: &Made, scanner: &Scanner) -> Option<[BTreeSet<String>; 3]> {
    let (mut victim, answer) = Victim::start(TEST, role, made);
    if answer == REFUSED {
        return None;
    }
    let mut looks = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        if round > 0 {
            victim.tell(made);
        }
        assert_eq!(victim.heard(), "running");
        thread::sleep(Duration::from_millis(50 + 7 * round as u64));
        looks[0].push(victim.scan(scanner));
        assert_eq!(victim.ask(""), "locked");
        looks[1].push(victim.scan(scanner));
        assert_eq!(victim.ask(""), "all know");
        looks[2].push(victim.scan(scanner));
        assert_eq!(victim.ask(""), "ended");
    }
    assert!(looks.iter().flatten().all(|report| report.bytes > 1 << 20));
    Some(looks.map(|looks| found(&looks)))
}

#[test]
fn no_key_is_left_after_a_lock_under_load() {
    match attack::role().as_deref() {
        Some("locked") => serve(Protection::Locked),
        Some(_) => serve(Protection::Secret),
        None => {}
    }
    let made = made();
    let scanner = Scanner::new(&made.needles).unwrap();
    let none = BTreeSet::new;

    // The control, in memory that is erased but can be read.
    let Some([working, locked, known]) = looks("locked", &made, &scanner) else {
        strongroom_testkit::skip!("this machine does not grant locked memory");
    };
    for n in 0..CHOSEN.len() {
        assert!(working.iter().any(|label| label.starts_with(&format!("key {n},"))), "key {n}: {working:?}");
    }
    assert!(working.iter().any(|label| label.starts_with("seed,")), "{working:?}");
    assert_eq!((locked, known), (none(), none()), "after the lock, in memory that can be read");

    let Some([working, locked, known]) = looks("secret", &made, &scanner) else {
        strongroom_testkit::skip!("this machine grants less than secret memory at rest and in use");
    };
    assert_eq!(working, none(), "while sixteen threads work");
    assert_eq!((locked, known), (none(), none()), "after the lock");
}

/// What was found while a commit stood still, and when `lock` had returned meanwhile, each of all rounds; and how many
/// rounds these were. `None`: this machine does not grant the protection.
fn looks_at_commits(role: &str, made: &Made, scanner: &Scanner) -> Option<([BTreeSet<String>; 2], usize)> {
    let (mut victim, answer) = Victim::start(COMMIT_TEST, role, made);
    if answer == REFUSED {
        return None;
    }
    let (mut looks, mut in_a_commit) = ([const { Vec::new() }; 2], 0);
    for round in 0..MOST_COMMITS {
        if round >= COMMITS && in_a_commit > COMMITS / 4 {
            break;
        }
        if round > 0 {
            assert_eq!(victim.ask(""), "ready");
            victim.tell(made);
        }
        assert_eq!(victim.heard(), "stands still");
        if round < ROUNDS {
            looks[0].push(victim.scan(scanner));
        }
        if victim.ask("") == IN_A_COMMIT {
            in_a_commit += 1;
            looks[1].push(victim.scan(scanner));
        }
    }
    Some((looks.map(|looks| found(&looks)), in_a_commit))
}

const COMMIT_TEST: &str = "no_key_is_left_by_a_lock_in_the_middle_of_a_commit";

#[test]
fn no_key_is_left_by_a_lock_in_the_middle_of_a_commit() {
    match attack::role().as_deref() {
        Some("locked") => serve_commits(Protection::Locked),
        Some(_) => serve_commits(Protection::Secret),
        None => {}
    }
    let store = Store::open().unwrap();
    let key = store.try_context(|ctx| fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256).1);
    let mut needles = Needles::new();
    add_v1(&mut needles, "key", &key);
    let made = Made { lines: vec![key], sealed: Value::Null, needles };
    let scanner = Scanner::new(&made.needles).unwrap();

    let Some(([still, locked], rounds)) = looks_at_commits("locked", &made, &scanner) else {
        strongroom_testkit::skip!("this machine does not grant locked memory");
    };
    assert!(still.iter().any(|label| label.starts_with("key,")), "the control: {still:?}");
    assert!(rounds > COMMITS / 4, "the control: {rounds} locks in a commit");
    assert_eq!(locked, BTreeSet::new(), "after the lock, in memory that can be read");

    let Some(([still, locked], rounds)) = looks_at_commits("secret", &made, &scanner) else {
        strongroom_testkit::skip!("this machine grants less than secret memory at rest and in use");
    };
    assert!(rounds > COMMITS / 4, "the control: {rounds} locks in a commit");
    assert_eq!((still, locked), (BTreeSet::new(), BTreeSet::new()));
}
