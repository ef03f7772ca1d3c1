//! A kernel that charges secret pages when they are first touched: a store seals keys instead of dying of SIGBUS.
#![cfg(target_os = "linux")]

use strongroom::{Demand, Error, ExposeSecret, KeyStore, KeyUses, Policy, Protection, algorithms::SymmetricAlgorithm};
use strongroom_testkit::{charge, needs_secret_memory, victim};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Number(u32) }
}

const KEYS: u32 = 1000;

#[test]
fn a_thousand_keys_work_where_64_kib_may_be_touched() {
    needs_secret_memory!();
    let outcome = victim!().run(|| {
        charge::at_first_touch(64 << 10);
        let level = Demand::AtLeast(Protection::Secret);
        let store = KeyStore::<Keys>::open_with(Policy::at_rest(level).in_use(level)).unwrap();
        let made: Result<Vec<_>, Error> = store.transaction(|tx| {
            let make = |n| {
                let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                tx.replace(Key::Number(n), key)?;
                tx.encrypt_text(key, &format!("text {n}"))
            };
            (0..KEYS).map(make).collect()
        });
        for (text, n) in made.unwrap().iter().zip(0..) {
            let opened = store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::Number(n))?, text));
            assert_eq!(opened.unwrap().expose_secret(), format!("text {n}"));
        }
        let keys = store.keys();
        assert_eq!(keys.prepared + keys.sealed, KEYS as usize);
        assert!(keys.prepared > 0 && keys.sealed > 900, "{keys:?}");
        assert!(charge::mapped_secret_bytes() <= 64 << 10);
        store.lock();
        assert_eq!(charge::mapped_secret_bytes(), 0);
        println!("alive");
    });
    outcome.assert_exit(0);
    assert!(outcome.stdout.contains("alive"), "{outcome:?}");
}
