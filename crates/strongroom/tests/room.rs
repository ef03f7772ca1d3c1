//! No operation goes deeper than the stack it reserves, on the processor this runs on: what lies deeper would be noticed
//! only by a sample in a release build. And symmetric operations allocate nothing: every block that an operation takes
//! is counted by the allocator (`crates/memory/tests/scope.rs` shows that it counts).

use strongroom::{Error, Kdf, KeyStore, Policy};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Only }
}

#[global_allocator]
static ALLOCATOR: strongroom_memory::process::SecretAlloc = strongroom_memory::process::SecretAlloc::new();

#[test]
fn no_operation_uses_more_stack_than_it_reserves() -> Result<(), Error> {
    let store = KeyStore::<Keys>::open(Policy::best_available())?;
    let password = store.secret_text("correct horse")?;
    let kdfs = [Kdf::pbkdf2(5000)?, Kdf::argon2id(2, 16, 1)?, Kdf::argon2id(3, 16, 4)?];
    let depth = |what: &str| {
        let usage = store.report().usage;
        eprintln!("{what}: {usage:?}");
        assert_eq!((usage.deep_exits, usage.heap_blocks), (0, 0), "{what}");
    };
    depth("open");
    for kdf in kdfs {
        store.context(|ctx| ctx.derive_from_password(&password, &kdf, b"salt").map(drop))?;
        depth(&format!("{kdf:?}"));
    }
    let wrapped = store.transaction(|tx| {
        let (outer, key) = (tx.generate()?, tx.generate()?);
        tx.name(Key::Only, outer)?;
        Ok::<_, Error>(tx.wrap(outer, key)?)
    })?;
    depth("generate and wrap");
    store.context(|ctx| ctx.unwrap(Key::Only, &wrapped).map(drop))?;
    depth("unwrap");
    for len in [0, 16, 48, 1000, 100_000] {
        let text = "x".repeat(len);
        let sealed = store.context(|ctx| ctx.encrypt_text(Key::Only, &text))?;
        depth("encrypt");
        store.context(|ctx| ctx.decrypt_text(Key::Only, &sealed).map(drop))?;
        depth("decrypt");
    }
    Ok(())
}
