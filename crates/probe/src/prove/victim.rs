//! The processes under attack: this program once more, in a role.
//!
//! The secrets come through standard input; what is public comes as arguments. A victim says one line when it is ready and then
//! rests until its input ends.

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use strongroom::{Demand, EncString, Kdf, KeyStore, Policy, Protection};

use crate::known::{Known, ROUNDS};

/// The role of the victim that holds its keys in a store, as well protected as the machine can.
pub(crate) const PROTECTED: &str = "--as-protected-victim";
/// The role of the victim that does the same with a store that protects nothing.
pub(crate) const UNPROTECTED: &str = "--as-unprotected-victim";
/// The role of the victim that holds every needle in ordinary memory.
pub(crate) const PLANTED: &str = "--as-planted-victim";

/// What the protected victim encrypts and decrypts before it rests.
pub(crate) const TEXT: &str = "the victim has the key";

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Master, User }
}

/// The policy of the unprotected victim.
pub(crate) fn unprotected() -> Policy {
    let plain = Demand::Exactly(Protection::Plain);
    Policy::at_rest(plain).in_use(plain)
}

/// Derives a key from the password on standard input, unwraps another by it, uses it, names both, and rests, with the
/// password still in its slot.
pub(crate) fn with_store(policy: Policy, salt: &str, wrapped_key: &str) -> Result<(), Box<dyn Error>> {
    let store = KeyStore::<Keys>::open(policy)?;
    let input = io::stdin();
    let password = store.read_secret_line(input.as_fd())?;
    let wrapped_key: EncString = wrapped_key.parse()?;
    let kdf = Kdf::pbkdf2(ROUNDS)?;
    let text = store.transaction(|tx| -> Result<_, Box<dyn Error>> {
        let master = tx.derive_from_password(&password, &kdf, salt.as_bytes())?;
        let user = tx.unwrap(master, &wrapped_key)?;
        tx.name(Key::Master, master)?;
        tx.name(Key::User, user)?;
        Ok(tx.encrypt_text(user, TEXT)?)
    })?;
    store.context(|ctx| ctx.decrypt_text(Key::User, &text))?;
    rest(&format!("{text} {}", store.protection()))?;
    drop(password);
    Ok(())
}

/// Holds every needle in ordinary memory, and rests. On standard input: password, salt, user key in base64, a line each.
pub(crate) fn planted() -> Result<(), Box<dyn Error>> {
    let [password, salt, user] = [read_line()?, read_line()?, read_line()?];
    let user = BASE64_STANDARD.decode(user)?;
    let ([enc, mac], []) = user.as_chunks() else { return Err("the user key is not 64 bytes long".into()) };
    let needles = Known { password, salt, user: [*enc, *mac] }.needles()?;
    let planted: Vec<Vec<u8>> = needles.patterns().map(<[u8]>::to_vec).collect();
    rest("planted")?;
    black_box(planted);
    Ok(())
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn rest(ready: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{ready}")?;
    out.flush()?;
    drop(out);
    // One byte at a time, until the attacker closes the pipe.
    while io::stdin().read(&mut [0])? > 0 {}
    Ok(())
}
