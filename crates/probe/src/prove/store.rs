//! The victims that hold their keys in a store.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use strongroom::{
    Asymmetric, Context, Demand, EncString, Error, ErrorKind, Kdf, KeyStore, KeyUses, Policy, ProtectedBytes,
    Protection, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate},
    hazmat,
    inspection::Inspect,
    list::Lists,
    signatures::SignObjects,
};

use crate::holder::{Another, Failed, Holder};
use crate::lines::hear;
use crate::operation::Operation;
use crate::sealed::{ARGON2ID, ED25519_FILE, ITEMS, KEY_FILES, ML_DSA_FILE, ROUNDS, RSA_FILE, Sealed, TEXT};
use crate::victim::serve;

/// Keys of the usual account are for both.
const BOTH: KeyUses = KeyUses::CONTENTS_AND_KEYS;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Master, User, Other, XChaCha, Xaes, Gcm, Sleeper(usize), Committed(usize) }
    asymmetric PrivateKey { Rsa }
    asymmetric SigningKey { Ed25519, MlDsa }
}

/// How a victim holds its keys in stores.
pub(crate) struct Setting {
    policy: Policy,
    /// The policy of the stores that it opens beside; if none, they demand what the first was granted.
    others: Option<Policy>,
    has_signal_stacks: bool,
}

impl Setting {
    /// As well protected as the machine can.
    pub(crate) fn protected() -> Self {
        Self { policy: Policy::best_available(), others: None, has_signal_stacks: true }
    }

    /// A store that does not switch stacks.
    pub(crate) fn in_place() -> Self {
        let policy = Policy::at_rest(Demand::AtLeast(Protection::Plain)).in_use(Demand::Exactly(Protection::Plain));
        Self { policy, others: Some(policy), has_signal_stacks: true }
    }

    /// A store whose workspaces can be read by others: what is wiped in them shows. In stores beside it keys can be
    /// read too: what is erased shows.
    pub(crate) fn readable() -> Self {
        let in_use = Demand::Exactly(Protection::Locked);
        Self {
            policy: Policy::at_rest(Demand::AtLeast(Protection::Locked)).in_use(in_use),
            others: Some(Policy::at_rest(in_use).in_use(in_use)),
            has_signal_stacks: true,
        }
    }

    /// A program that leaves the stacks that signals are handled on to the standard library, and shares its work out by
    /// itself.
    pub(crate) fn without_signal_stacks() -> Self {
        Self { has_signal_stacks: false, ..Self::protected() }
    }
}

/// Bytes of secret memory that do not suffice for all keys: some wait sealed.
const SCANT: usize = 3 * 4096;

struct Store {
    store: KeyStore<Keys>,
    others: Policy,
    has_signal_stacks: bool,
    password: ProtectedBytes,
    salt: String,
    pbkdf2: Kdf,
    argon2id: Kdf,
    text: EncString,
    other: EncString,
    rsa: EncString,
    ed25519: EncString,
    ml_dsa: EncString,
    xchacha_text: EncString,
    xaes_text: EncString,
    gcm_text: EncString,
    cose_wrapped: EncString,
    encapsulated: EncString,
    sleepers: Vec<EncString>,
    sleepers_texts: Vec<EncString>,
    turn: AtomicUsize,
    /// What a list decrypts.
    list: Vec<EncString>,
}

/// Reads the password from standard input, derives a key from it, unwraps others, uses them, names them, and serves.
/// `operation`: what it will be told to do.
pub(crate) fn hold(setting: Setting, operation: Operation) -> Result<(), Failed> {
    let Setting { policy, others, has_signal_stacks } = setting;
    let store = match operation {
        Operation::Wake => KeyStore::<Keys>::open_bounded(policy, SCANT)?,
        _ => KeyStore::<Keys>::open_with(policy)?,
    };
    let password = store.read_secret_line(io::stdin().as_fd())?;
    let sealed: Sealed = serde_json::from_str(&hear()?.ok_or("nothing to hold")?)?;
    let (iterations, memory_kib, lanes) = ARGON2ID;
    let texts = |texts: Vec<String>| texts.iter().map(|text| text.parse()).collect::<Result<Vec<EncString>, _>>();
    let granted = store.protection();
    let granted = Policy::at_rest(Demand::AtLeast(granted.at_rest)).in_use(Demand::AtLeast(granted.in_use));
    let text: EncString = sealed.text.parse()?;
    let holder = Store {
        store,
        others: others.unwrap_or(granted),
        has_signal_stacks,
        password,
        salt: sealed.salt,
        pbkdf2: Kdf::pbkdf2(ROUNDS)?,
        argon2id: Kdf::argon2id(iterations, memory_kib / 1024, lanes)?,
        list: vec![text.clone(); if operation == Operation::List { ITEMS } else { 0 }],
        text,
        other: sealed.other.parse()?,
        rsa: sealed.rsa.parse()?,
        ed25519: sealed.ed25519.parse()?,
        ml_dsa: sealed.ml_dsa.parse()?,
        xchacha_text: sealed.xchacha_text.parse()?,
        xaes_text: sealed.xaes_text.parse()?,
        gcm_text: sealed.gcm_text.parse()?,
        cose_wrapped: sealed.cose_wrapped.parse()?,
        encapsulated: sealed.encapsulated.parse()?,
        sleepers: texts(sealed.sleepers)?,
        sleepers_texts: texts(sealed.sleepers_texts)?,
        turn: AtomicUsize::new(0),
    };
    let user: EncString = sealed.user.parse()?;
    let cose = [(Key::XChaCha, sealed.xchacha), (Key::Xaes, sealed.xaes), (Key::Gcm, sealed.gcm)];
    holder.store.try_transaction(|tx| -> Result<_, Failed> {
        let master = tx.derive_from_password(&holder.password, &holder.pbkdf2, holder.salt.as_bytes(), BOTH)?;
        let user = tx.unwrap_key(master, &user, BOTH)?;
        tx.replace(Key::Master, master)?;
        tx.replace(Key::User, user)?;
        let other = tx.unwrap_key(user, &holder.other, BOTH)?;
        tx.replace(Key::Other, other)?;
        for (name, text) in cose {
            let key = tx.unwrap_key(user, &text.parse()?, BOTH)?;
            tx.replace(name, key)?;
        }
        let rsa = tx.unwrap_key(user, &holder.rsa, BOTH)?;
        tx.replace(PrivateKey::Rsa, rsa)?;
        let ed25519 = tx.unwrap_key(user, &holder.ed25519, BOTH)?;
        tx.replace(SigningKey::Ed25519, ed25519)?;
        let ml_dsa = tx.unwrap_key(user, &holder.ml_dsa, BOTH)?;
        tx.replace(SigningKey::MlDsa, ml_dsa)?;
        for (number, text) in holder.sleepers.iter().enumerate() {
            let key = tx.unwrap_key(user, text, BOTH)?;
            tx.replace(Key::Sleeper(number), key)?;
        }
        Ok(())
    })?;
    if operation == Operation::Wake && holder.store.keys().sealed == 0 {
        return Err("every key found room".into());
    }
    // What it cannot do is told before it is attacked.
    if operation != Operation::GenerateRsa {
        holder.operate(operation)?;
    }
    let protection = holder.store.protection().to_string();
    serve(holder, &protection)
}

impl Store {
    fn file(&self, name: &str) -> Result<ProtectedBytes, Failed> {
        Ok(self.store.read_secret(File::open(name)?.as_fd())?)
    }

    /// Decrypts all texts, by a list; or one after the other, on this thread.
    fn list(&self, ctx: &Context<'_, Keys>) -> Result<(), Failed> {
        if self.has_signal_stacks {
            for text in ctx.decrypt_list(ctx.key(Key::User)?, &self.list) {
                black_box(text?);
            }
        } else {
            for text in &self.list {
                black_box(ctx.decrypt_text(ctx.key(Key::User)?, text)?);
            }
        }
        Ok(())
    }

    /// A transaction that makes a new user key and moves the keys under the old one, and is given up: the next one
    /// begins where it began. `made` is given the new key, wrapped under the other key.
    fn rotate(&self, made: &mut dyn FnMut(String)) -> Result<(), Failed> {
        let given_up = self.store.try_transaction(|tx| -> Result<(), GivenUp> {
            let rotation = tx.rotate(Key::User, &self.sleepers)?;
            made(tx.wrap_key(tx.key(Key::Other)?, rotation.key)?.to_string());
            Err(GivenUp(None))
        });
        match given_up {
            Ok(()) | Err(GivenUp(None)) => Ok(()),
            Err(GivenUp(Some(error))) => Err(error.into()),
        }
    }

    fn in_context(&self, ctx: &Context<'_, Keys>, operation: Operation) -> Result<(), Failed> {
        match operation {
            Operation::Encrypt => drop(black_box(ctx.encrypt_text(ctx.key(Key::User)?, TEXT)?)),
            Operation::Decrypt => drop(black_box(ctx.decrypt_text(ctx.key(Key::User)?, &self.text)?)),
            Operation::DecryptXChaCha => drop(black_box(ctx.decrypt_text(ctx.key(Key::XChaCha)?, &self.xchacha_text)?)),
            Operation::DecryptXaes => drop(black_box(ctx.decrypt_text(ctx.key(Key::Xaes)?, &self.xaes_text)?)),
            Operation::EncryptGcm => drop(black_box(ctx.encrypt_text(ctx.key(Key::Gcm)?, TEXT)?)),
            Operation::DecryptGcm => drop(black_box(ctx.decrypt_text(ctx.key(Key::Gcm)?, &self.gcm_text)?)),
            Operation::Wrap => drop(black_box(ctx.wrap_key(ctx.key(Key::User)?, ctx.key(Key::Other)?)?)),
            Operation::Unwrap => {
                _ = black_box(ctx.unwrap_key::<Symmetric>(ctx.key(Key::User)?, &self.other, BOTH)?);
            }
            Operation::UnwrapCose => {
                _ = black_box(ctx.unwrap_key::<Symmetric>(ctx.key(Key::XChaCha)?, &self.cose_wrapped, BOTH)?);
            }
            Operation::WrapRsa => drop(black_box(ctx.wrap_key(ctx.key(Key::User)?, ctx.key(PrivateKey::Rsa)?)?)),
            Operation::UnwrapRsa => {
                _ = black_box(ctx.unwrap_key::<Asymmetric>(ctx.key(Key::User)?, &self.rsa, BOTH)?);
            }
            Operation::WrapEd25519 => {
                drop(black_box(ctx.wrap_key(ctx.key(Key::User)?, ctx.key(SigningKey::Ed25519)?)?))
            }
            Operation::UnwrapEd25519 => {
                _ = black_box(ctx.unwrap_key::<Asymmetric>(ctx.key(Key::User)?, &self.ed25519, BOTH)?);
            }
            Operation::WrapMlDsa => drop(black_box(ctx.wrap_key(ctx.key(Key::User)?, ctx.key(SigningKey::MlDsa)?)?)),
            Operation::UnwrapMlDsa => {
                _ = black_box(ctx.unwrap_key::<Asymmetric>(ctx.key(Key::User)?, &self.ml_dsa, BOTH)?);
            }
            Operation::Decapsulate => {
                _ = black_box(ctx.decapsulate(ctx.key(PrivateKey::Rsa)?, &self.encapsulated, BOTH)?);
            }
            Operation::Sign => drop(black_box(ctx.sign(ctx.key(SigningKey::Ed25519)?, TEXT.as_bytes())?)),
            Operation::Identify => {
                black_box((ctx.key_info(ctx.key(Key::XChaCha)?)?, ctx.derived_id(ctx.key(Key::User)?)?));
                black_box((
                    ctx.public_key(ctx.key(PrivateKey::Rsa)?)?,
                    ctx.verifying_key(ctx.key(SigningKey::Ed25519)?)?,
                ));
                black_box(ctx.verifying_key(ctx.key(SigningKey::MlDsa)?)?);
            }
            Operation::Import => {
                let [raw, ..] = KEY_FILES;
                let raw = self.file(raw)?;
                black_box(hazmat::import_bytes(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256, raw, BOTH)?);
            }
            Operation::ImportRsa => {
                black_box(hazmat::import_pem::<Keys, Asymmetric>(ctx, self.file(RSA_FILE)?, BOTH)?);
            }
            Operation::ImportEd25519 => {
                black_box(hazmat::import_pem::<Keys, Asymmetric>(ctx, self.file(ED25519_FILE)?, BOTH)?);
            }
            Operation::ImportMlDsa => {
                black_box(hazmat::import_encoded::<Keys, Asymmetric>(ctx, self.file(ML_DSA_FILE)?, BOTH)?);
            }
            Operation::Wake => {
                let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.sleepers_texts.len();
                let text = self.sleepers_texts.get(turn).ok_or("no text")?;
                black_box(ctx.decrypt_text(ctx.key(Key::Sleeper(turn))?, text)?);
            }
            Operation::List => self.list(ctx)?,
            Operation::Pbkdf2 | Operation::Argon2id => {
                let kdf = if operation == Operation::Pbkdf2 { &self.pbkdf2 } else { &self.argon2id };
                black_box(ctx.derive_from_password(&self.password, kdf, self.salt.as_bytes(), BOTH)?);
            }
            _ => self.make_in_context(ctx, operation, &mut |text| drop(black_box(text)))?,
        }
        Ok(())
    }

    fn make_in_context(
        &self,
        ctx: &Context<'_, Keys>,
        operation: Operation,
        made: &mut dyn FnMut(String),
    ) -> Result<(), Failed> {
        let text = match operation {
            Operation::EncryptXChaCha => ctx.encrypt_text(ctx.key(Key::XChaCha)?, TEXT)?,
            Operation::EncryptXaes => ctx.encrypt_text(ctx.key(Key::Xaes)?, TEXT)?,
            Operation::WrapCose => ctx.wrap_key(ctx.key(Key::XChaCha)?, ctx.key(Key::Other)?)?,
            Operation::Generate => {
                let keys = SymmetricAlgorithm::ALL.map(|algorithm| ctx.generate_with(algorithm, BOTH));
                let wrap = |key| -> Result<String, Failed> { Ok(ctx.wrap_key(ctx.key(Key::User)?, key?)?.to_string()) };
                made(keys.into_iter().map(wrap).collect::<Result<Vec<_>, _>>()?.join(" "));
                return Ok(());
            }
            Operation::GenerateRsa => {
                let like = ctx.public_key(ctx.key(PrivateKey::Rsa)?)?.algorithm();
                let key = ctx.generate_with(like, BOTH)?;
                ctx.wrap_key(ctx.key(Key::User)?, key)?
            }
            Operation::GenerateEd25519 => {
                let key = ctx.generate_with(AsymmetricAlgorithm::Ed25519, BOTH)?;
                ctx.wrap_key(ctx.key(Key::User)?, key)?
            }
            Operation::GenerateMlDsa => {
                let key = ctx.generate_with(AsymmetricAlgorithm::MlDsa44, BOTH)?;
                ctx.wrap_key(ctx.key(Key::User)?, key)?
            }
            Operation::SignMlDsa => {
                made(BASE64_STANDARD.encode(ctx.sign(ctx.key(SigningKey::MlDsa)?, TEXT.as_bytes())?));
                return Ok(());
            }
            Operation::Encapsulate => {
                let to = Confirmed::without_check(ctx.public_key(ctx.key(PrivateKey::Rsa)?)?);
                ctx.encapsulate(ctx.key(Key::Other)?, &to)?
            }
            Operation::Rotate => return self.rotate(made),
            _ => return Err("nothing is made".into()),
        };
        made(text.to_string());
        Ok(())
    }
}

/// Why a transaction was rolled back: by an error, or because all of it was done.
struct GivenUp(Option<Error>);

impl From<Error> for GivenUp {
    fn from(error: Error) -> Self {
        Self(Some(error))
    }
}

/// A store that holds one key.
struct OneKey(KeyStore<Keys>);

impl Another for OneKey {
    fn commit(&self, names: usize, begun: &mut dyn FnMut()) -> Result<(), Failed> {
        let [raw, ..] = KEY_FILES;
        let key = self.0.read_secret(File::open(raw)?.as_fd())?;
        let committed: Result<(), Error> = self.0.transaction(|tx| {
            let key = hazmat::import_bytes(tx, SymmetricAlgorithm::Aes256CbcHmacSha256, key, BOTH)?;
            black_box(tx.encrypt_text(key, TEXT)?);
            (0..names).try_for_each(|number| tx.replace(Key::Committed(number), key))?;
            begun();
            Ok(())
        });
        match committed {
            // Locked in the commit, or before it began.
            Err(error) if error == ErrorKind::Locked => Ok(()),
            committed => Ok(committed?),
        }
    }

    fn lock(&self) {
        self.0.lock();
    }
}

impl Holder for Store {
    /// The store itself: it is locked, not gone.
    type Locked = KeyStore<Keys>;

    type Another = OneKey;

    fn open(&self) -> Result<OneKey, Failed> {
        Ok(OneKey(KeyStore::open_with(self.others)?))
    }

    fn has_signal_stacks(&self) -> bool {
        self.has_signal_stacks
    }

    fn lock(self) -> KeyStore<Keys> {
        self.store.lock();
        self.store
    }

    fn operate(&self, operation: Operation) -> Result<(), Failed> {
        match operation {
            Operation::Forks | Operation::Commit => self.open()?.commit(1, &mut || {}),
            _ => self.store.try_context(|ctx| self.in_context(ctx, operation)),
        }
    }

    fn make(&self, operation: Operation, made: &mut dyn FnMut(String)) -> Result<(), Failed> {
        self.store.try_context(|ctx| self.make_in_context(ctx, operation, made))
    }
}
