//! Lists under signals: an attacker who chose the keys reads all memory of a process whose threads are interrupted some
//! thousand times a second, by a handler that runs on the thread's alternate stack, while lists are worked on by
//! threads that the library chose. A signal's frame holds every register.
//!
//! The control does the same work under the same signals on the same threads, and not by a list: there the frames are
//! written to the standard library's stacks, where the attacker finds parts of the keys.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "keys of COSE are attacked elsewhere")]
#[path = "leak/attack.rs"]
mod attack;

use std::collections::BTreeSet;
use std::io::stdin;
use std::os::fd::AsFd;

use rayon::prelude::*;
use serde_json::{Value, json};
use strongroom::{
    Context, EncString, Error, KeyStore, KeyUses, Symmetric, algorithms::SymmetricAlgorithm, hazmat, list::Lists,
};
use strongroom_probe::{Needles, Scanner};
use strongroom_testkit::storm::Storm;

use attack::{Made, Victim, add_v1, found, fresh};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

type Store = KeyStore<Keys>;

const TEST: &str = "no_list_leaks_under_signals";

/// Threads of rayon's global pool, and of the program's own.
const THREADS: usize = 4;

/// Items of a list.
const ITEMS: usize = 2000;

/// Looks inside each list.
const STOPS: usize = 60;

/// Signals that come in one call of an operation at least.
const SIGNALS: u64 = 20;

const OPERATIONS: [&str; 5] = ["decrypt", "encrypt", "unwrap", "stop at the first error", "a pool of its own"];

// The process under attack.

/// What it is given beside the user key.
struct Given {
    text: EncString,
    /// The key of an item, wrapped, and a text under it.
    item: EncString,
    text_of_item: EncString,
}

impl Given {
    fn hear() -> Self {
        let sealed = attack::sealed();
        let parse = |name: &str| sealed[name].as_str().unwrap().parse().unwrap();
        Self { text: parse("text"), item: parse("item"), text_of_item: parse("text of the item") }
    }

    /// Unwraps the key of the item and decrypts its text.
    fn open_item(&self, ctx: &Context<'_, Keys>) -> Result<(), Error> {
        let key = ctx.unwrap_key::<Symmetric>(ctx.key(Key::User)?, &self.item, KeyUses::CONTENTS_AND_KEYS)?;
        ctx.decrypt_text(key, &self.text_of_item)?;
        Ok(())
    }
}

fn unlocked() -> Store {
    let store = Store::open().unwrap();
    let line = store.read_secret_line(stdin().as_fd()).unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = hazmat::import_encoded::<_, Symmetric>(tx, line, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)
    });
    named.unwrap();
    rayon::ThreadPoolBuilder::new().num_threads(THREADS).build_global().unwrap();
    store
}

fn serve() -> ! {
    let (given, store) = (Given::hear(), unlocked());
    let own_pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build().unwrap();
    let texts = vec![given.text.clone(); ITEMS];
    let plain = vec!["sixteen bytes...".to_owned(); ITEMS];
    let decrypt = || {
        assert!(
            store.try_context(|ctx| ctx.decrypt_list(ctx.key(Key::User).unwrap(), &texts)).iter().all(Result::is_ok)
        )
    };
    let storm = Storm::begin();
    attack::serve(&store, |operation| {
        let before = storm.count();
        while storm.count() < before + SIGNALS {
            match operation {
                "decrypt" => decrypt(),
                "a pool of its own" => own_pool.install(decrypt),
                "encrypt" => {
                    let sealed = store.try_context(|ctx| ctx.encrypt_list(ctx.key(Key::User).unwrap(), &plain));
                    assert!(sealed.iter().all(Result::is_ok));
                }
                "unwrap" => {
                    let opened = store.try_context(|ctx| ctx.map_list(&texts, |child, _, _| given.open_item(child)));
                    assert!(opened.iter().all(Result::is_ok));
                }
                "stop at the first error" => {
                    store.try_context(|ctx| ctx.try_map_list(&texts, |child, _, _| given.open_item(child))).unwrap();
                }
                other => unreachable!("{other}"),
            }
        }
    })
}

/// The control: shares the work out by itself.
fn serve_without_lists() -> ! {
    let (given, store) = (Given::hear(), unlocked());
    let texts = vec![given.text.clone(); ITEMS];
    let _storm = Storm::begin();
    attack::serve_in_ordinary_memory(|| {
        texts.par_iter().for_each(|text| {
            store.try_context(|ctx| {
                ctx.decrypt_text(ctx.key(Key::User).unwrap(), text).unwrap();
                given.open_item(ctx).unwrap();
            });
        });
    })
}

// The attacker.

fn made() -> Made {
    let store = Store::open().unwrap();
    let mut needles = Needles::new();
    let (line, sealed): (Vec<u8>, Value) = store.try_context(|ctx| {
        let (user, bytes) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        let (item, of_item) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        add_v1(&mut needles, "user key", &bytes);
        add_v1(&mut needles, "item key", &of_item);
        let sealed = json!({
            "text": ctx.encrypt_text(user, "sixteen bytes...").unwrap().to_string(),
            "item": ctx.wrap_key(user, item).unwrap().to_string(),
            "text of the item": ctx.encrypt_text(item, "sixteen bytes...").unwrap().to_string(),
        });
        (bytes, sealed)
    });
    Made { lines: vec![line], sealed, needles }
}

#[test]
fn no_list_leaks_under_signals() {
    match attack::role().as_deref() {
        Some("secret") => serve(),
        Some(_) => serve_without_lists(),
        None => {}
    }
    let made = made();
    let scanner = Scanner::new(&made.needles).unwrap();
    if !attack::finds_nothing(TEST, &made, &scanner, &OPERATIONS, STOPS) {
        strongroom_testkit::skip!("this machine grants less than secret memory at rest and in use");
    }

    let (victim, _) = Victim::start(TEST, "without lists", &made);
    assert_eq!(found(&[victim.scan(&scanner)]), BTreeSet::new(), "the control, at rest");
    // As bytes, as a schedule of either direction, as midstates: in whatever order this processor's instructions have
    // them.
    let forms = ["for AES, raw", "for AES, AES", "for HMAC, HMAC"];
    let of_both = |form: &str| ["user key", "item key"].map(|key| format!("{key}, {form}"));
    let expected: Vec<String> = forms.into_iter().flat_map(of_both).collect();
    let missing = attack::never_found(victim, &scanner, STOPS, &expected);
    // Of one of the keys at least: a compiler that optimises for size leaves the AES key of the other in no register.
    for form in forms {
        assert!(!of_both(form).iter().all(|label| missing.contains(label)), "the control: {missing:?}");
    }
}
