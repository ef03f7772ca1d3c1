//! The controls: a victim that keeps its keys the usual way, on the ordinary heap, erased when dropped; and one that holds
//! every needle there.

use std::hint::black_box;
use std::io;

use zeroize::Zeroizing;

use crate::account::{Account, Sealed, TEXT};
use crate::operation::Operation;
use crate::reference::{self, Pair};
use crate::victim::{BATCH, Failed, Holder, hear, say, serve};

struct Usual {
    password: Zeroizing<String>,
    salt: String,
    master: Box<Zeroizing<Pair>>,
    user: Box<Zeroizing<Pair>>,
    other: Box<Zeroizing<Pair>>,
    wrapped_other: String,
    text: String,
}

/// Does what a store's victim does, by RustCrypto.
pub(crate) fn hold(sealed: &Sealed) -> Result<(), Failed> {
    let password = Zeroizing::new(hear()?.ok_or("no password")?);
    let master = reference::stretch(&reference::pbkdf2(password.as_bytes(), sealed.salt.as_bytes()));
    let master = Box::new(Zeroizing::new(master));
    let unwrap = |by: &Pair, text: &str| {
        reference::open_key(by, text).map(|key| Box::new(Zeroizing::new(key))).ok_or("a key does not open")
    };
    let user = unwrap(&master, &sealed.user)?;
    let other = unwrap(&user, &sealed.other)?;
    let (wrapped_other, text) = (sealed.other.clone(), sealed.text.clone());
    let holder = Usual { password, salt: sealed.salt.clone(), master, user, other, wrapped_other, text };
    serve(holder, "at rest: ordinary heap; in use: ordinary stack and heap")
}

impl Holder for Usual {
    type Locked = ();

    fn lock(self) {}

    fn operate(&self, operation: Operation) -> Result<(), Failed> {
        black_box(&self.master);
        let derive = |master: [u8; 32]| drop(black_box(Zeroizing::new(reference::stretch(&master))));
        let (password, salt) = (self.password.as_bytes(), self.salt.as_bytes());
        match operation {
            Operation::Encrypt => drop(black_box(reference::seal(&self.user, TEXT.as_bytes())?)),
            Operation::Decrypt => drop(black_box(reference::open(&self.user, &self.text))),
            Operation::Wrap => drop(black_box(reference::seal(&self.user, self.other.as_flattened())?)),
            Operation::Unwrap => {
                drop(black_box(reference::open_key(&self.user, &self.wrapped_other).map(Zeroizing::new)))
            }
            Operation::Generate => drop(black_box(random()?)),
            Operation::Pbkdf2 => derive(reference::pbkdf2(password, salt)),
            Operation::Argon2id => derive(reference::argon2id(password, salt).ok_or("Argon2id failed")?),
        }
        Ok(())
    }

    fn generate(&self, made: &mut dyn FnMut() -> io::Result<()>) -> Result<Vec<String>, Failed> {
        let keys = (0..BATCH).map(|_| random()).collect::<Result<Vec<_>, _>>()?;
        made()?;
        keys.iter().map(|key| Ok(reference::seal(&self.user, key.as_flattened())?)).collect()
    }
}

fn random() -> Result<Box<Zeroizing<Pair>>, getrandom::Error> {
    let mut key = Box::new(Zeroizing::new(Pair::default()));
    getrandom::fill(key.as_flattened_mut())?;
    Ok(key)
}

/// Holds every needle in ordinary memory, and rests. On standard input, a line each: password, salt, both keys in base64.
pub(crate) fn plant() -> Result<(), Failed> {
    let line = || hear().map(Option::unwrap_or_default);
    let (password, salt) = (line()?, line()?);
    let key = || -> Result<Pair, Failed> {
        let raw = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, line()?)?;
        let ([enc, mac], []) = raw.as_chunks() else { return Err("a key is not 64 bytes long".into()) };
        Ok([*enc, *mac])
    };
    let (user, other) = (key()?, key()?);
    let needles = Account { password, salt, user, other }.needles()?;
    let planted: Vec<Vec<u8>> = needles.patterns().map(<[u8]>::to_vec).collect();
    say("0 every needle in ordinary memory")?;
    while hear()?.is_some() {}
    black_box(planted);
    Ok(())
}
