//! What the attacker knows: secrets that it chose itself, and what follows from them, computed without the code under attack.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use strongroom_probe::{Needles, TooPlain};

use crate::reference::{self, COST, Pair};

/// What the victim encrypts and decrypts.
pub(crate) const TEXT: &str = "the victim has the key, and the key has not the victim";

/// The password, the salt and the keys that a victim is to hold.
pub(crate) struct Account {
    pub(crate) password: String,
    pub(crate) salt: String,
    pub(crate) user: Pair,
    pub(crate) other: Pair,
}

/// What a victim is given in the open.
pub(crate) struct Sealed {
    pub(crate) salt: String,
    /// The user key under the stretched master key.
    pub(crate) user: String,
    /// Another key under the user key.
    pub(crate) other: String,
    /// [`TEXT`] under the user key.
    pub(crate) text: String,
}

impl Sealed {
    /// From the arguments of a victim.
    pub(crate) fn of([salt, user, other, text]: [&str; 4]) -> Self {
        let [salt, user, other, text] = [salt, user, other, text].map(str::to_owned);
        Self { salt, user, other, text }
    }

    pub(crate) fn arguments(&self) -> [&str; 4] {
        [&self.salt, &self.user, &self.other, &self.text]
    }
}

impl Account {
    /// A new one.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let (mut password, mut salt, mut keys) = ([0; 24], [0; 12], [Pair::default(); 2]);
        getrandom::fill(&mut password)?;
        getrandom::fill(&mut salt)?;
        getrandom::fill(keys.as_flattened_mut().as_flattened_mut())?;
        let [user, other] = keys;
        Ok(Self { password: BASE64_STANDARD.encode(password), salt: BASE64_STANDARD.encode(salt), user, other })
    }

    pub(crate) fn sealed(&self) -> Result<Sealed, getrandom::Error> {
        Ok(Sealed {
            salt: self.salt.clone(),
            user: reference::seal(&reference::stretch(&self.master()), self.user.as_flattened())?,
            other: reference::seal(&self.user, self.other.as_flattened())?,
            text: reference::seal(&self.user, TEXT.as_bytes())?,
        })
    }

    fn master(&self) -> [u8; 32] {
        reference::pbkdf2(self.password.as_bytes(), self.salt.as_bytes())
    }

    /// Everything that must not be found.
    pub(crate) fn needles(&self) -> Result<Needles, TooPlain> {
        let mut needles = Needles::new();
        let (password, salt) = (self.password.as_bytes(), self.salt.as_bytes());
        needles.bytes("password", password)?;
        needles.hmac_sha256_key("password", password)?;
        needles.argon2id_password("password", password, &reference::argon2id_salt(salt), COST)?;
        let argon2id = reference::argon2id(password, salt);
        for (name, master) in [("PBKDF2", Some(self.master())), ("Argon2id", argon2id)] {
            let Some(master) = master else { continue };
            needles.bytes(&format!("master key by {name}"), &master)?;
            needles.hmac_sha256_key(&format!("master key by {name}"), &master)?;
            key(&mut needles, &format!("stretched key by {name}"), &reference::stretch(&master))?;
        }
        key(&mut needles, "user key", &self.user)?;
        key(&mut needles, "other key", &self.other)?;
        Ok(needles)
    }
}

/// Looks for a key of two halves.
pub(crate) fn key(needles: &mut Needles, name: &str, [enc, mac]: &Pair) -> Result<(), TooPlain> {
    let halves = [format!("{name}, AES half"), format!("{name}, HMAC half")];
    let [aes_half, hmac_half] = &halves;
    needles.bytes(aes_half, enc)?;
    needles.aes256_key(aes_half, enc)?;
    needles.bytes(hmac_half, mac)?;
    needles.hmac_sha256_key(hmac_half, mac)
}
