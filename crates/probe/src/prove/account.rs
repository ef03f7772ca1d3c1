//! What the attacker knows: secrets that it chose itself, and what follows from them, computed without the code under
//! attack.

use std::path::Path;
use std::{fs, io};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rsa::traits::PrivateKeyParts;
use strongroom_probe::{Cost, Needles, RsaNumbers, TooPlain};
use zeroize::Zeroizing;

use crate::cose::{self, Aead};
use crate::failure::Failure;
use crate::operation::Operation;
use crate::reference::{self, Pair};
use crate::sealed::{ARGON2ID, ED25519_FILE, KEY_FILES, ML_DSA_FILE, RSA_FILE, SLEEPERS, Sealed, TEXT};

/// The password, the salt and the keys that a victim is to hold.
pub(crate) struct Account {
    pub(crate) password: String,
    salt: String,
    user: Pair,
    other: Pair,
    sleepers: [Pair; SLEEPERS],
    xchacha: [u8; 32],
    xaes: [u8; 32],
    gcm: [u8; 32],
    /// Of the texts under these, and of the key under the first.
    nonces: [[u8; 24]; 4],
    rsa: RsaPrivateKey,
    ed25519: [u8; 32],
    ml_dsa: [u8; 32],
}

impl Account {
    /// A new one.
    pub(crate) fn random(rsa_bits: usize) -> Result<Self, Failure> {
        let (mut password, mut salt, mut nonces) = ([0; 24], [0; 12], [[0; 24]; 4]);
        let (mut halves, mut sleepers) = ([[0; 32]; 9], [Pair::default(); SLEEPERS]);
        for part in [&mut password[..], &mut salt, nonces.as_flattened_mut(), halves.as_flattened_mut()] {
            getrandom::fill(part)?;
        }
        getrandom::fill(sleepers.as_flattened_mut().as_flattened_mut())?;
        let [user_enc, user_mac, other_enc, other_mac, xchacha, xaes, gcm, ed25519, ml_dsa] = halves;
        Ok(Self {
            password: BASE64_STANDARD.encode(password),
            salt: BASE64_STANDARD.encode(salt),
            user: [user_enc, user_mac],
            other: [other_enc, other_mac],
            sleepers,
            xchacha,
            xaes,
            gcm,
            nonces,
            rsa: reference::new_rsa(rsa_bits).ok_or(Failure::Account)?,
            ed25519,
            ml_dsa,
        })
    }

    pub(crate) fn sealed(&self) -> Result<Sealed, Failure> {
        let under_user = |contents: &[u8]| reference::seal(&self.user, contents);
        let [first, second, third, fourth] = &self.nonces;
        let sealed = |text: Option<String>| text.ok_or(Failure::Account);
        let (short, _) = third.split_at(Aead::Aes256Gcm.nonce_len());
        let sleepers = self.sleepers.iter();
        Ok(Sealed {
            salt: self.salt.clone(),
            user: reference::seal(&reference::stretch(&self.master()), self.user.as_flattened())?,
            text: under_user(TEXT.as_bytes())?,
            other: under_user(self.other.as_flattened())?,
            xchacha: under_user(&Aead::XChaCha20Poly1305.encoded(&self.xchacha))?,
            xaes: under_user(&Aead::Xaes256Gcm.encoded(&self.xaes))?,
            gcm: under_user(&Aead::Aes256Gcm.encoded(&self.gcm))?,
            rsa: under_user(&self.rsa_der()?)?,
            ed25519: under_user(&cose::ed25519(&self.ed25519))?,
            ml_dsa: under_user(&cose::ml_dsa_44(&self.ml_dsa))?,
            sleepers: sleepers.clone().map(|key| under_user(key.as_flattened())).collect::<Result<_, _>>()?,
            xchacha_text: sealed(Aead::XChaCha20Poly1305.seal_text(&self.xchacha, first, TEXT))?,
            xaes_text: sealed(Aead::Xaes256Gcm.seal_text(&self.xaes, second, TEXT))?,
            gcm_text: sealed(Aead::Aes256Gcm.seal_text(&self.gcm, short, TEXT))?,
            sleepers_texts: sleepers.map(|key| reference::seal(key, TEXT.as_bytes())).collect::<Result<_, _>>()?,
            cose_wrapped: sealed(Aead::XChaCha20Poly1305.seal_key(&self.xchacha, fourth, self.other.as_flattened()))?,
            encapsulated: sealed(reference::encapsulate(self.rsa.as_ref(), self.other.as_flattened()))?,
        })
    }

    /// Writes the files that keys are imported from.
    pub(crate) fn write_files(&self, directory: &Path) -> Result<(), Failure> {
        let write = |name: &str, bytes: &[u8]| -> io::Result<()> { fs::write(directory.join(name), bytes) };
        let raw = self.other.as_flattened();
        let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = [hex.clone(), hex.to_uppercase(), BASE64_STANDARD.encode(raw)];
        let contents = [raw, text[0].as_bytes(), text[1].as_bytes(), text[2].as_bytes()];
        KEY_FILES.iter().zip(contents).try_for_each(|(name, bytes)| write(name, bytes))?;
        write(RSA_FILE, pem(&self.rsa_der()?).as_bytes())?;
        write(ED25519_FILE, pem(&self.ed25519_der()).as_bytes())?;
        Ok(write(ML_DSA_FILE, &cose::ml_dsa_44(&self.ml_dsa))?)
    }

    fn master(&self) -> [u8; 32] {
        reference::pbkdf2(self.password.as_bytes(), self.salt.as_bytes())
    }

    fn rsa_der(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        Ok(self.rsa.to_pkcs8_der().map_err(|_| Failure::Account)?.to_bytes())
    }

    /// PKCS#8, RFC 8410 section 7.
    fn ed25519_der(&self) -> Vec<u8> {
        const HEAD: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
        [HEAD, &self.ed25519].concat()
    }

    /// Everything that must not be found.
    pub(crate) fn needles(&self, sealed: &Sealed) -> Result<Needles, Failure> {
        let mut needles = Needles::new();
        let (password, salt) = (self.password.as_bytes(), self.salt.as_bytes());
        let (iterations, memory_kib, lanes) = ARGON2ID;
        needles.bytes("password", password)?;
        needles.hmac_sha256_key("password", password)?;
        let cost = Cost { iterations, memory_kib, lanes };
        needles.argon2id_password("password", password, &reference::argon2id_salt(salt), cost)?;
        for (name, master) in [("PBKDF2", Some(self.master())), ("Argon2id", reference::argon2id(password, salt))] {
            let Some(master) = master else { continue };
            needles.bytes(&format!("master key by {name}"), &master)?;
            needles.hmac_sha256_key(&format!("master key by {name}"), &master)?;
            key(&mut needles, &format!("stretched key by {name}"), &reference::stretch(&master))?;
        }
        key(&mut needles, "user key", &self.user)?;
        key(&mut needles, "other key", &self.other)?;
        for sleeper in &self.sleepers {
            key(&mut needles, "sleeping key", sleeper)?;
        }
        let [first, second, _, fourth] = &self.nonces;
        aead_key(&mut needles, "XChaCha20 key", Aead::XChaCha20Poly1305, &self.xchacha)?;
        needles.xchacha20_poly1305_message("XChaCha20 key, of a text", &self.xchacha, first)?;
        needles.xchacha20_poly1305_message("XChaCha20 key, of a wrapped key", &self.xchacha, fourth)?;
        aead_key(&mut needles, "XAES key", Aead::Xaes256Gcm, &self.xaes)?;
        needles.xaes256_gcm_message("XAES key", &self.xaes, second)?;
        aead_key(&mut needles, "GCM key", Aead::Aes256Gcm, &self.gcm)?;
        rsa_key(&mut needles, "RSA key", &self.rsa)?;
        let der = self.rsa_der()?;
        let private = self.rsa.d().to_be_bytes();
        let at = der.windows(private.len()).position(|window| window == &*private).ok_or(Failure::Account)?;
        needles.base64_of_part("RSA key, PEM", &der, at..der.len())?;
        let padded = reference::encapsulated(&sealed.encapsulated).map(|sealed| numbers(&self.rsa).open(&sealed));
        needles.oaep_message("encapsulated key", &padded.ok_or(Failure::Account)?)?;
        ed25519_key(&mut needles, "Ed25519 key", &self.ed25519)?;
        let der = self.ed25519_der();
        needles.base64_of_part("Ed25519 key, PEM", &der, der.len() - self.ed25519.len()..der.len())?;
        ml_dsa_key(&mut needles, "ML-DSA key", &self.ml_dsa)?;
        Ok(needles)
    }

    /// What follows from what a victim made, a text each.
    pub(crate) fn made(&self, operation: Operation, texts: &str) -> Result<Needles, Failure> {
        let mut needles = Needles::new();
        for (number, text) in texts.split(' ').enumerate() {
            self.one_made(&mut needles, operation, number, text)?;
        }
        Ok(needles)
    }

    fn one_made(&self, needles: &mut Needles, operation: Operation, number: usize, text: &str) -> Result<(), Failure> {
        let nonce = |aead: Aead| aead.nonce(text).and_then(|nonce| nonce.try_into().ok()).ok_or(Failure::WrongKey);
        let unwrapped = || reference::open(&self.user, text).ok_or(Failure::WrongKey);
        match operation {
            Operation::EncryptXChaCha | Operation::WrapCose => {
                let nonce: [u8; 24] = nonce(Aead::XChaCha20Poly1305)?;
                needles.xchacha20_poly1305_message("XChaCha20 key, of a text made", &self.xchacha, &nonce)?;
            }
            Operation::EncryptXaes => {
                needles.xaes256_gcm_message("XAES key, of a text made", &self.xaes, &nonce(Aead::Xaes256Gcm)?)?;
            }
            Operation::Encapsulate => {
                let sealed = reference::encapsulated(text).ok_or(Failure::WrongKey)?;
                needles.oaep_message("key that was encapsulated", &numbers(&self.rsa).open(&sealed))?;
            }
            Operation::GenerateRsa => {
                let made = RsaPrivateKey::from_pkcs8_der(&unwrapped()?).map_err(|_| Failure::WrongKey)?;
                rsa_key(needles, "generated RSA key", &made)?;
            }
            Operation::GenerateEd25519 => {
                let seed = cose::secret_of(&unwrapped()?).ok_or(Failure::WrongKey)?;
                ed25519_key(needles, "generated Ed25519 key", &seed)?;
            }
            Operation::GenerateMlDsa => {
                let seed = cose::secret_of(&unwrapped()?).ok_or(Failure::WrongKey)?;
                ml_dsa_key(needles, "generated ML-DSA key", &seed)?;
            }
            Operation::SignMlDsa => {
                let signature = BASE64_STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
                let signature = signature.ok_or(Failure::WrongKey)?;
                needles.ml_dsa_44_signature("ML-DSA key", &self.ml_dsa, &signature)?;
            }
            Operation::Rotate => {
                let made = reference::open_key(&self.other, text).ok_or(Failure::WrongKey)?;
                key(needles, "rotated key", &made)?;
            }
            // Every algorithm in turn.
            _ => match (reference::pair(&unwrapped()?), number % 4) {
                (Some(made), _) => key(needles, "generated key", &made)?,
                (None, algorithm) => {
                    let made = cose::secret_of(&unwrapped()?).ok_or(Failure::WrongKey)?;
                    let algorithm = match algorithm {
                        1 => Aead::XChaCha20Poly1305,
                        2 => Aead::Xaes256Gcm,
                        _ => Aead::Aes256Gcm,
                    };
                    aead_key(needles, "generated COSE key", algorithm, &made)?;
                }
            },
        }
        Ok(())
    }
}

/// Looks for a key of two halves.
fn key(needles: &mut Needles, name: &str, [enc, mac]: &Pair) -> Result<(), TooPlain> {
    let halves = [format!("{name}, AES half"), format!("{name}, HMAC half")];
    let [aes_half, hmac_half] = &halves;
    needles.bytes(aes_half, enc)?;
    needles.aes256_key(aes_half, enc)?;
    needles.bytes(hmac_half, mac)?;
    needles.hmac_sha256_key(hmac_half, mac)
}

fn aead_key(needles: &mut Needles, name: &str, aead: Aead, key: &[u8; 32]) -> Result<(), TooPlain> {
    needles.bytes(name, key)?;
    match aead {
        Aead::XChaCha20Poly1305 => Ok(()),
        Aead::Xaes256Gcm => needles.xaes256_gcm_key(name, key),
        Aead::Aes256Gcm => needles.aes256_gcm_key(name, key),
    }
}

fn ed25519_key(needles: &mut Needles, name: &str, seed: &[u8; 32]) -> Result<(), TooPlain> {
    needles.bytes(name, seed)?;
    needles.ed25519_seed(name, seed, TEXT.as_bytes())
}

fn ml_dsa_key(needles: &mut Needles, name: &str, seed: &[u8; 32]) -> Result<(), TooPlain> {
    needles.bytes(name, seed)?;
    needles.ml_dsa_44_seed(name, seed)
}

fn rsa_key(needles: &mut Needles, name: &str, key: &RsaPrivateKey) -> Result<(), TooPlain> {
    needles.rsa_key(name, &numbers(key))
}

fn numbers(key: &RsaPrivateKey) -> RsaNumbers {
    let primes: Vec<Vec<u8>> = key.primes().iter().map(|prime| prime.to_be_bytes().to_vec()).collect();
    #[expect(clippy::expect_used, reason = "a prime that is missing makes needles that are never found")]
    let [prime1, prime2] = primes.try_into().expect("a key of two primes");
    RsaNumbers { prime1, prime2, exponent: key.d().to_be_bytes().to_vec() }
}

/// RFC 7468.
fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).filter_map(|at| text.get(at..text.len().min(at + 64))).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}
