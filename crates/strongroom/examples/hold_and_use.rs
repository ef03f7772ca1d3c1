//! A diary program holds its keys, uses them by name, locks, and unlocks with a password.
//!
//! It never has the bytes of a key: it has names (`Key::Diary`), local keys that end with their context, and wrapped
//! keys, which may be stored anywhere. Run it with `cargo run -p strongroom --example hold_and_use`.

use strongroom::{EncString, Error, ErrorKind, ExposeSecret, Kdf, KeyStore, KeyUses, Salt, errors::WrongKey};

// The program's own names for its long-lived keys. A key of another set of names does not compile.
strongroom::key_ids! {
    /// The keys of the diary program.
    enum Keys;
    symmetric Key { Diary, Letters(u16) }
}

/// What the program keeps on disk: nothing in it is secret without the password.
struct Saved {
    kdf: Kdf,
    salt: Salt,
    diary: EncString,
    letters: EncString,
}

/// First start: new keys, wrapped for later under a key that is derived from the password.
fn set_up(store: &KeyStore<Keys>, password: &str) -> Result<Saved, Error> {
    // 600,000 rounds take a twentieth of a second to half a second; whoever guesses passwords pays it for each guess.
    let (kdf, salt) = (Kdf::pbkdf2(600_000)?, Salt::random()?);
    // A program that reads it from a terminal or a file lets the store do that: `read_secret_line`, `read_secret`.
    let password = store.secret_text(password)?;
    store.transaction(|tx| {
        let master = tx.derive_from_password(&password, &kdf, salt, KeyUses::KEYS)?; // local: erased at the end
        // The first wraps the second, and encrypts. So it could open the wrapped key as contents: see `KeyUses`.
        let (diary, letters) = (tx.generate(KeyUses::CONTENTS_AND_KEYS)?, tx.generate(KeyUses::CONTENTS)?);
        tx.insert(Key::Diary, diary)?;
        tx.insert(Key::Letters(1843), letters)?; // both get their names when the closure returns Ok, or neither does
        Ok(Saved { kdf, salt, diary: tx.wrap_key(master, diary)?, letters: tx.wrap_key(diary, letters)? })
    })
}

/// Every later start.
fn unlock(store: &KeyStore<Keys>, saved: &Saved, password: &str) -> Result<(), Error> {
    let password = store.secret_text(password)?;
    store.transaction(|tx| {
        let master = tx.derive_from_password(&password, &saved.kdf, saved.salt, KeyUses::KEYS)?;
        let diary = tx.unwrap_key(master, &saved.diary, KeyUses::CONTENTS_AND_KEYS)?; // a wrong password shows here
        let letters = tx.unwrap_key(diary, &saved.letters, KeyUses::CONTENTS)?;
        tx.insert(Key::Diary, diary)?;
        tx.insert(Key::Letters(1843), letters)
    })
}

pub(crate) fn main() -> Result<(), Error> {
    // The best this machine grants. `Demand::AtLeast(Protection::Secret)` instead is an error where that is less.
    let store = KeyStore::<Keys>::open()?;
    eprintln!("{}", store.protection());
    let saved = set_up(&store, "correct horse")?;

    // Use: a context reads the named keys as they are now. It waits for nobody and nobody waits for it.
    let entry = store.context(|ctx| ctx.encrypt_text(ctx.key(Key::Diary)?, "5 July. Rain."))?;
    let text = store.context(|ctx| ctx.decrypt_text(ctx.key(Key::Diary)?, &entry))?;
    println!("the diary says: {}", text.expose_secret());

    // A key for one attachment: it lives in the context, and leaves it wrapped.
    let (wrapped, photograph) = store.context(|ctx| {
        let own = ctx.generate(KeyUses::CONTENTS)?;
        Ok((ctx.wrap_key(ctx.key(Key::Diary)?, own)?, ctx.encrypt_bytes(own, &[0xff, 0xd8])?))
    })?;
    let photograph = store.context(|ctx| {
        let own = ctx.unwrap_key(ctx.key(Key::Diary)?, &wrapped, KeyUses::CONTENTS)?;
        ctx.decrypt_bytes(own, &photograph)
    })?;
    println!("the photograph has {} bytes", photograph.expose_secret().len());

    // A key that is not there, and a key that is the wrong one, are errors that say so.
    match store.context(|ctx| ctx.encrypt_text(ctx.key(Key::Letters(1852))?, "Dear Charles")) {
        Err(error) if error == ErrorKind::UnknownKey => println!("{error}"),
        other => unreachable!("{other:?}"),
    }
    match store.context(|ctx| ctx.decrypt_text(ctx.key(Key::Letters(1843))?, &entry)) {
        Err(error) if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::Id { .. })) => {
            println!("with the key of the letters: another one encrypted it");
        }
        other => unreachable!("{other:?}"),
    }

    // Lock: when this returns no key is left in memory.
    store.lock();
    match store.context(|ctx| ctx.decrypt_text(ctx.key(Key::Diary)?, &entry)) {
        Err(error) if error == ErrorKind::Locked => println!("locked"),
        other => unreachable!("{other:?}"),
    }

    // Unlock: with a wrong password no key gets a name, and the store stays locked.
    match unlock(&store, &saved, "battery staple") {
        Err(error) if error == ErrorKind::WrongKey(WrongKey::OrChanged) => {
            println!("wrong password; locked: {}", store.is_locked());
        }
        other => unreachable!("{other:?}"),
    }
    unlock(&store, &saved, "correct horse")?;
    let text = store.context(|ctx| ctx.decrypt_text(ctx.key(Key::Diary)?, &entry))?;
    println!("unlocked, the diary says: {}", text.expose_secret());
    Ok(())
}
