//! A process that ends with a store unlocked, while other threads are in the middle of contexts, transactions and
//! operations: it ends as it should, by itself, and says nothing.
//!
//! This test has a `main` of its own, because that is what is to return; it is also the child, if the environment says
//! so.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::{Command, Stdio, exit};
use std::sync::{Arc, Barrier, OnceLock};
use std::time::{Duration, Instant};

use strongroom::{
    Error, Kdf, KeyStore, KeyUses,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate},
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
    asymmetric Opens { User }
}

type Store = KeyStore<Keys>;

const CHILD: &str = "STRONGROOM_EXIT_OF_A_CHILD";

/// How a child ends, and with which code.
const ENDS: [(&str, i32); 6] = [
    ("main returns, the store in a static", 0),
    ("main returns, the store on its stack", 0),
    ("exit, called in main", 3),
    ("exit, called in a context", 4),
    ("exit, called in a transaction of another thread", 5),
    ("a panic in main", 101),
];

fn main() {
    match std::env::var(CHILD) {
        Ok(how) => child(&how),
        // A runner that asks for the names of tests.
        Err(_) if std::env::args().any(|argument| argument == "--list") => println!("exit: test"),
        Err(_) => parent(),
    }
}

fn parent() {
    for (how, code) in ENDS {
        for round in 0..5 {
            let mut child = Command::new(std::env::current_exe().unwrap());
            let child = child.env(CHILD, how).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = child.spawn().unwrap();
            let begun = Instant::now();
            while child.try_wait().unwrap().is_none() {
                if begun.elapsed() > Duration::from_secs(60) {
                    child.kill().unwrap();
                    panic!("{how}: it does not end");
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            // No code: a signal ended it.
            assert_eq!(output.status.code(), Some(code), "{how}, round {round}: {:?}\n{said}", output.status);
            assert_eq!(String::from_utf8_lossy(&output.stdout), "unlocked, and everybody at work\n", "{how}\n{said}");
            assert!(said.is_empty() || how.starts_with("a panic"), "{how}: {said}");
            assert_eq!(said.contains("the end of main"), how.starts_with("a panic"), "{how}: {said}");
        }
    }
    println!("each of {} ways to end: ok", ENDS.len());
}

fn store() -> Store {
    let store = Store::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)?;
        let key = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Opens::User, key)
    });
    named.unwrap();
    store
}

type Work = Box<dyn FnOnce(&Store, &Barrier) + Send>;

/// Threads that never end by themselves: at rest in a context, in a transaction, in operations of each length.
fn others(store: &Arc<Store>) {
    let begun = Arc::new(Barrier::new(6));
    let password = store.secret_text("correct horse").unwrap();
    let work: [Work; 5] = [
        Box::new(|store, begun| {
            store.try_context(|ctx| {
                ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                begun.wait();
                loop {
                    std::thread::park();
                }
            });
        }),
        Box::new(|store, begun| {
            let _: Result<(), Error> = store.transaction(|tx| {
                let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                tx.replace(Key::User, key)?;
                begun.wait();
                loop {
                    std::thread::park();
                }
            });
        }),
        Box::new(|store, begun| {
            begun.wait();
            loop {
                store.try_context(|ctx| {
                    let key =
                        ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                    let wrapped = ctx.wrap_key(ctx.key(Key::User).unwrap(), key).unwrap();
                    ctx.unwrap_key::<strongroom::Symmetric>(
                        ctx.key(Key::User).unwrap(),
                        &wrapped,
                        KeyUses::CONTENTS_AND_KEYS,
                    )
                    .unwrap();
                });
            }
        }),
        Box::new(|store, begun| {
            let sent = store.try_context(|ctx| {
                let public = Confirmed::without_check(ctx.public_key(ctx.key(Opens::User).unwrap()).unwrap());
                ctx.encapsulate(ctx.key(Key::User).unwrap(), &public).unwrap()
            });
            begun.wait();
            loop {
                store
                    .try_context(|ctx| {
                        ctx.decapsulate(ctx.key(Opens::User).unwrap(), &sent, KeyUses::CONTENTS_AND_KEYS).map(drop)
                    })
                    .unwrap();
            }
        }),
        Box::new(move |store, begun| {
            begun.wait();
            loop {
                let kdf = Kdf::pbkdf2(2_000_000).unwrap();
                store
                    .try_context(|ctx| {
                        ctx.derive_from_password(&password, &kdf, b"salt", KeyUses::CONTENTS_AND_KEYS).map(drop)
                    })
                    .unwrap();
            }
        }),
    ];
    for work in work {
        let (store, begun) = (Arc::clone(store), Arc::clone(&begun));
        std::thread::spawn(move || work(&store, &begun));
    }
    begun.wait();
    println!("unlocked, and everybody at work");
}

fn child(how: &str) {
    static STORE: OnceLock<Arc<Store>> = OnceLock::new();
    let store = Arc::new(store());
    others(&store);
    assert!(!store.is_locked());
    match how {
        "main returns, the store in a static" => assert!(STORE.set(store).is_ok()),
        "main returns, the store on its stack" => drop(store),
        "exit, called in main" => exit(3),
        "exit, called in a context" => store.try_context(|ctx| {
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
            exit(4)
        }),
        "exit, called in a transaction of another thread" => {
            let thread = std::thread::spawn(move || {
                let _: Result<(), Error> = store.transaction(|tx| {
                    let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                    tx.replace(Key::User, key)?;
                    exit(5)
                });
            });
            thread.join().unwrap();
        }
        "a panic in main" => panic!("the end of main"),
        other => panic!("{other:?} is no way to end"),
    }
}
