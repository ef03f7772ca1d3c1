//! The controls: a victim that keeps its keys the usual way, on the ordinary heap, erased when dropped; and one that
//! holds every needle there.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use ml_dsa::{Keypair as _, MlDsa44};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use rsa::traits::PublicKeyParts as _;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::cose::{self, Aead};
use crate::holder::{Another, Failed, Holder};
use crate::lines::{hear, say};
use crate::operation::Operation;
use crate::reference::{self, Pair};
use crate::sealed::{ED25519_FILE, ITEMS, KEY_FILES, ML_DSA_FILE, RSA_FILE, Sealed, TEXT};
use crate::victim::serve;

type Boxed<K> = Box<Zeroizing<K>>;

/// An expanded key, 40 KiB. Erased by itself.
type MlDsaKey = ml_dsa::SigningKey<MlDsa44>;

struct Usual {
    sealed: Sealed,
    password: Zeroizing<String>,
    master: Boxed<Pair>,
    user: Boxed<Pair>,
    other: Boxed<Pair>,
    xchacha: Boxed<[u8; 32]>,
    xaes: Boxed<[u8; 32]>,
    gcm: Boxed<[u8; 32]>,
    sleepers: Vec<Boxed<Pair>>,
    /// Erased by itself.
    rsa: RsaPrivateKey,
    ed25519: SigningKey,
    ml_dsa: Box<MlDsaKey>,
    turn: AtomicUsize,
}

/// Does what a store's victim does, by RustCrypto and dalek.
pub(crate) fn hold() -> Result<(), Failed> {
    let password = Zeroizing::new(hear()?.ok_or("no password")?);
    let sealed: Sealed = serde_json::from_str(&hear()?.ok_or("nothing to hold")?)?;
    let master = reference::stretch(&reference::pbkdf2(password.as_bytes(), sealed.salt.as_bytes()));
    let master = Box::new(Zeroizing::new(master));
    let unwrap = |by: &Pair, text: &str| {
        reference::open_key(by, text).map(|key| Box::new(Zeroizing::new(key))).ok_or("a key does not open")
    };
    let user = unwrap(&master, &sealed.user)?;
    let cose = |text: &str| {
        let key = reference::open(&user, text).and_then(|key| cose::secret_of(&key));
        key.map(|key| Box::new(Zeroizing::new(key))).ok_or("a COSE key does not open")
    };
    let holder = Usual {
        other: unwrap(&user, &sealed.other)?,
        xchacha: cose(&sealed.xchacha)?,
        xaes: cose(&sealed.xaes)?,
        gcm: cose(&sealed.gcm)?,
        sleepers: sealed.sleepers.iter().map(|text| unwrap(&user, text)).collect::<Result<_, _>>()?,
        rsa: unwrap_rsa(&user, &sealed.rsa)?,
        ed25519: unwrap_ed25519(&user, &sealed.ed25519)?,
        ml_dsa: unwrap_ml_dsa(&user, &sealed.ml_dsa)?,
        turn: AtomicUsize::new(0),
        sealed,
        password,
        master,
        user,
    };
    serve(holder, "at rest: ordinary heap; in use: ordinary stack and heap")
}

fn unwrap_rsa(by: &Pair, text: &str) -> Result<RsaPrivateKey, Failed> {
    let der = reference::open(by, text).ok_or("an RSA key does not open")?;
    Ok(RsaPrivateKey::from_pkcs8_der(&der)?)
}

fn unwrap_ed25519(by: &Pair, text: &str) -> Result<SigningKey, Failed> {
    let key = reference::open(by, text).and_then(|key| cose::secret_of(&key)).map(Zeroizing::new);
    Ok(SigningKey::from_bytes(&*key.ok_or("an Ed25519 key does not open")?))
}

fn unwrap_ml_dsa(by: &Pair, text: &str) -> Result<Box<MlDsaKey>, Failed> {
    let key = reference::open(by, text).and_then(|key| cose::secret_of(&key)).map(Zeroizing::new);
    Ok(ml_dsa_key(&*key.ok_or("an ML-DSA key does not open")?))
}

fn ml_dsa_key(seed: &[u8; 32]) -> Box<MlDsaKey> {
    Box::new(MlDsaKey::from_seed(seed.into()))
}

fn random<const N: usize>() -> Result<Boxed<[u8; N]>, getrandom::Error> {
    let mut key = Box::new(Zeroizing::new([0; N]));
    getrandom::fill(&mut **key)?;
    Ok(key)
}

fn nonce() -> Result<[u8; 24], getrandom::Error> {
    let mut nonce = [0; 24];
    getrandom::fill(&mut nonce)?;
    Ok(nonce)
}

impl Usual {
    fn encrypt(&self, aead: Aead) -> Result<String, Failed> {
        let (key, nonce) = (self.aead_key(aead), nonce()?);
        let (nonce, _) = nonce.split_at(aead.nonce_len());
        Ok(aead.seal_text(key, nonce, TEXT).ok_or("not encrypted")?)
    }

    fn decrypt(&self, aead: Aead, text: &str) -> Result<(), Failed> {
        black_box(aead.open(self.aead_key(aead), text).ok_or("not decrypted")?);
        Ok(())
    }

    fn aead_key(&self, aead: Aead) -> &[u8; 32] {
        match aead {
            Aead::XChaCha20Poly1305 => &self.xchacha,
            Aead::Xaes256Gcm => &self.xaes,
            Aead::Aes256Gcm => &self.gcm,
        }
    }

    fn wrap(&self, key: &[u8]) -> Result<String, Failed> {
        Ok(reference::seal(&self.user, key)?)
    }

    fn wrap_cose(&self) -> Result<String, Failed> {
        let sealed = Aead::XChaCha20Poly1305.seal_key(&self.xchacha, &nonce()?, self.other.as_flattened());
        Ok(sealed.ok_or("not wrapped")?)
    }

    fn wrap_rsa(&self, key: &RsaPrivateKey) -> Result<String, Failed> {
        self.wrap(key.to_pkcs8_der()?.as_bytes())
    }

    fn encapsulate(&self) -> Result<String, Failed> {
        Ok(reference::encapsulate(self.rsa.as_ref(), self.other.as_flattened()).ok_or("not encapsulated")?)
    }

    /// A new key, the keys that the old one wrapped under it, and itself under the other key.
    fn rotate(&self) -> Result<String, Failed> {
        let halves = random::<64>()?;
        let key = Box::new(Zeroizing::new(reference::pair(&**halves).ok_or("no key")?));
        for text in &self.sealed.sleepers {
            let moved = reference::open_key(&self.user, text).map(Zeroizing::new).ok_or("not moved")?;
            black_box(reference::seal(&key, moved.as_flattened())?);
        }
        Ok(reference::seal(&self.other, key.as_flattened())?)
    }

    /// The key of 64 bytes as files hold such: raw, in hexadecimal, in base64.
    fn import(&self) -> Result<(), Failed> {
        let [raw, hex, upper, base64] = KEY_FILES;
        black_box(Zeroizing::new(std::fs::read(raw)?));
        for file in [hex, upper] {
            let text = Zeroizing::new(std::fs::read_to_string(file)?);
            let byte = |pair: &[u8]| -> Result<u8, Failed> { Ok(u8::from_str_radix(str::from_utf8(pair)?, 16)?) };
            black_box(Zeroizing::new(text.as_bytes().chunks(2).map(byte).collect::<Result<Vec<u8>, _>>()?));
        }
        let text = Zeroizing::new(std::fs::read_to_string(base64)?);
        black_box(Zeroizing::new(BASE64_STANDARD.decode(text.as_bytes())?));
        Ok(())
    }

    fn identify(&self) {
        let mut hashed = Zeroizing::new(b"\xa2\x01\x04\x20\x58\x40".to_vec());
        hashed.extend(self.user.as_flattened());
        black_box(Sha256::digest(&*hashed));
        black_box((self.rsa.to_public_key(), self.ed25519.verifying_key(), self.ml_dsa.verifying_key()));
    }

    fn derive(master: [u8; 32]) {
        black_box(Zeroizing::new(reference::stretch(&master)));
    }
}

/// One key under many names, the usual way.
#[derive(Default)]
struct Names(Mutex<HashMap<usize, Arc<Zeroizing<Pair>>>>);

impl Names {
    fn put(&self, named: HashMap<usize, Arc<Zeroizing<Pair>>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = named;
    }
}

impl Another for Names {
    fn commit(&self, names: usize, begun: &mut dyn FnMut()) -> Result<(), Failed> {
        let [raw, ..] = KEY_FILES;
        let raw = Zeroizing::new(std::fs::read(raw)?);
        let key = Arc::new(Zeroizing::new(reference::pair(&raw).ok_or("no key")?));
        black_box(reference::seal(&key, TEXT.as_bytes())?);
        begun();
        self.put((0..names).map(|number| (number, Arc::clone(&key))).collect());
        Ok(())
    }

    fn lock(&self) {
        self.put(HashMap::new());
    }
}

impl Holder for Usual {
    type Locked = ();

    type Another = Names;

    fn open(&self) -> Result<Names, Failed> {
        Ok(Names::default())
    }

    fn lock(self) {}

    fn operate(&self, operation: Operation) -> Result<(), Failed> {
        black_box(&self.master);
        let sealed = &self.sealed;
        let (password, salt) = (self.password.as_bytes(), sealed.salt.as_bytes());
        match operation {
            Operation::Encrypt => drop(black_box(self.wrap(TEXT.as_bytes())?)),
            Operation::Decrypt => drop(black_box(reference::open(&self.user, &sealed.text))),
            Operation::DecryptXChaCha => self.decrypt(Aead::XChaCha20Poly1305, &sealed.xchacha_text)?,
            Operation::DecryptXaes => self.decrypt(Aead::Xaes256Gcm, &sealed.xaes_text)?,
            Operation::EncryptGcm => drop(black_box(self.encrypt(Aead::Aes256Gcm)?)),
            Operation::DecryptGcm => self.decrypt(Aead::Aes256Gcm, &sealed.gcm_text)?,
            Operation::Wrap => drop(black_box(self.wrap(self.other.as_flattened())?)),
            Operation::Unwrap => {
                drop(black_box(reference::open_key(&self.user, &sealed.other).map(Zeroizing::new)));
            }
            Operation::UnwrapCose => self.decrypt(Aead::XChaCha20Poly1305, &sealed.cose_wrapped)?,
            Operation::WrapRsa => drop(black_box(self.wrap_rsa(&self.rsa)?)),
            Operation::UnwrapRsa => drop(black_box(unwrap_rsa(&self.user, &sealed.rsa)?)),
            Operation::WrapEd25519 => drop(black_box(self.wrap(&cose::ed25519(self.ed25519.as_bytes()))?)),
            Operation::UnwrapEd25519 => drop(black_box(unwrap_ed25519(&self.user, &sealed.ed25519)?)),
            Operation::WrapMlDsa => drop(black_box(self.wrap(&cose::ml_dsa_44(self.ml_dsa.as_seed().as_ref()))?)),
            Operation::UnwrapMlDsa => drop(black_box(unwrap_ml_dsa(&self.user, &sealed.ml_dsa)?)),
            Operation::Decapsulate => drop(black_box(reference::decapsulate(&self.rsa, &sealed.encapsulated))),
            Operation::Sign => drop(black_box(self.ed25519.sign(TEXT.as_bytes()))),
            Operation::Identify => self.identify(),
            Operation::Import => self.import()?,
            Operation::ImportRsa => {
                let text = Zeroizing::new(std::fs::read_to_string(RSA_FILE)?);
                black_box(RsaPrivateKey::from_pkcs8_pem(&text)?);
            }
            Operation::ImportEd25519 => {
                let text = Zeroizing::new(std::fs::read_to_string(ED25519_FILE)?);
                black_box(SigningKey::from_pkcs8_pem(&text)?);
            }
            Operation::ImportMlDsa => {
                let key = Zeroizing::new(std::fs::read(ML_DSA_FILE)?);
                let seed = cose::secret_of(&key).map(Zeroizing::new).ok_or("no seed")?;
                black_box(ml_dsa_key(&seed));
            }
            Operation::Wake => {
                let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.sleepers.len().max(1);
                let (key, text) = (self.sleepers.get(turn), sealed.sleepers_texts.get(turn));
                black_box(reference::open(key.ok_or("no key")?, text.ok_or("no text")?));
            }
            Operation::Forks | Operation::Commit => Names::default().commit(1, &mut || {})?,
            Operation::List => {
                for _ in 0..ITEMS {
                    black_box(reference::open(&self.user, &sealed.text));
                }
            }
            Operation::Pbkdf2 => Self::derive(reference::pbkdf2(password, salt)),
            Operation::Argon2id => Self::derive(reference::argon2id(password, salt).ok_or("Argon2id failed")?),
            _ => self.make(operation, &mut |text| drop(black_box(text)))?,
        }
        Ok(())
    }

    fn make(&self, operation: Operation, made: &mut dyn FnMut(String)) -> Result<(), Failed> {
        match operation {
            Operation::Generate => {
                let (pair, [one, two, three]) = (random::<64>()?, [random::<32>()?, random()?, random()?]);
                let mut texts = vec![self.wrap(&**pair)?];
                let aeads = [Aead::XChaCha20Poly1305, Aead::Xaes256Gcm, Aead::Aes256Gcm];
                for (aead, key) in aeads.into_iter().zip([&one, &two, &three]) {
                    texts.push(self.wrap(&aead.encoded(key))?);
                }
                made(texts.join(" "));
            }
            Operation::GenerateRsa => {
                let key = Box::new(reference::new_rsa(8 * self.rsa.size()).ok_or("no key")?);
                made(self.wrap_rsa(&key)?);
            }
            Operation::GenerateEd25519 => {
                let key = Box::new(SigningKey::from_bytes(&**random()?));
                made(self.wrap(&cose::ed25519(key.as_bytes()))?);
            }
            Operation::GenerateMlDsa => {
                let key = ml_dsa_key(&*random()?);
                made(self.wrap(&cose::ml_dsa_44(key.as_seed().as_ref()))?);
            }
            Operation::SignMlDsa => {
                let random = random::<32>()?;
                let message = [&[0, 0], TEXT.as_bytes()];
                let signature = self.ml_dsa.expanded_key().sign_internal(&message, (&**random).into());
                made(BASE64_STANDARD.encode(signature.encode()));
            }
            Operation::EncryptXChaCha => made(self.encrypt(Aead::XChaCha20Poly1305)?),
            Operation::EncryptXaes => made(self.encrypt(Aead::Xaes256Gcm)?),
            Operation::WrapCose => made(self.wrap_cose()?),
            Operation::Encapsulate => made(self.encapsulate()?),
            Operation::Rotate => made(self.rotate()?),
            _ => return Err("nothing is made".into()),
        }
        Ok(())
    }
}

/// Holds every needle in ordinary memory, and rests. They come through standard input, a line in base64 each, behind
/// their number.
pub(crate) fn plant() -> Result<(), Failed> {
    let line = || hear()?.ok_or_else(|| Failed::from("it was not given all needles"));
    let number: usize = line()?.parse()?;
    let needles = (0..number).map(|_| Ok(BASE64_STANDARD.decode(line()?)?)).collect::<Result<Vec<_>, Failed>>()?;
    say("0 0 every needle in ordinary memory")?;
    while hear()?.is_some() {}
    black_box(needles);
    Ok(())
}
