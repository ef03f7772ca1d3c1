//! The keys, and what is done with them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use strongroom::{
    EncString, Error, Kdf, KeyStore, KeyUses, Salt, algorithms::AsymmetricAlgorithm, hazmat, signatures::SignObjects,
};

use crate::wire::Public;

strongroom::key_ids! {
    /// The keys of the agent.
    enum Keys;
    asymmetric Identity { Ed25519(Public) }
}

pub(crate) struct Agent {
    store: KeyStore<Keys>,
    state: Mutex<State>,
}

struct State {
    /// The public half of each key, whether the key is in the store or wrapped, with its comment.
    comments: BTreeMap<Public, Vec<u8>>,
    locked: Option<Locked>,
}

/// Holds the keys, wrapped, while the agent is locked.
struct Locked {
    kdf: Kdf,
    salt: Salt,
    /// Under the key that the passphrase gives; it wraps the keys. So an agent without keys knows its passphrase too.
    wrapping: EncString,
    keys: BTreeMap<Public, EncString>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("it is locked")]
    Locked,
    #[error("it is not locked")]
    NotLocked,
    #[error("the public key belongs to another private key")]
    Mismatch,
    #[error(transparent)]
    Store(#[from] Error),
}

impl Agent {
    pub(crate) fn new() -> Result<Self, strongroom::errors::OpenError> {
        let state = Mutex::new(State { comments: BTreeMap::new(), locked: None });
        Ok(Self { store: KeyStore::open()?, state })
    }

    /// A locked agent says that it has none.
    pub(crate) fn list(&self) -> Vec<(Public, Vec<u8>)> {
        let Ok(state) = self.unlocked() else { return Vec::new() };
        state.comments.iter().map(|(&key, comment)| (key, comment.clone())).collect()
    }

    pub(crate) fn sign(&self, key: Public, data: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.store.context(|ctx| ctx.sign(ctx.key(Identity::Ed25519(key))?, data))?)
    }

    /// Takes over a private key, the seed of which is erased where it was received.
    pub(crate) fn add(&self, public: Public, seed: &mut [u8], comment: &[u8]) -> Result<(), Failure> {
        let mut state = self.unlocked()?;
        self.store.try_transaction(|tx| {
            let import = hazmat::import_bytes(tx, AsymmetricAlgorithm::Ed25519, seed, KeyUses::CONTENTS);
            let key = import.map_err(Error::from)?;
            if tx.verifying_key(key)?.as_bytes() != public {
                return Err(Failure::Mismatch);
            }
            Ok(tx.replace(Identity::Ed25519(public), key)?)
        })?;
        state.comments.insert(public, comment.to_owned());
        Ok(())
    }

    pub(crate) fn remove(&self, key: Public) -> Result<(), Failure> {
        let mut state = self.unlocked()?;
        self.store.remove(Identity::Ed25519(key))?;
        state.comments.remove(&key);
        Ok(())
    }

    pub(crate) fn remove_all(&self) -> Result<(), Failure> {
        let mut state = self.unlocked()?;
        self.store.transaction(|tx| state.comments.keys().try_for_each(|&key| tx.remove(Identity::Ed25519(key))))?;
        state.comments.clear();
        Ok(())
    }

    /// Wraps the keys, and erases them.
    pub(crate) fn lock(&self, passphrase: &str) -> Result<(), Failure> {
        let mut state = self.unlocked()?;
        let passphrase = self.store.secret_text(passphrase)?;
        let locked = self.store.context(|ctx| {
            let (kdf, salt) = (Kdf::argon2id(3, 64, 4)?, Salt::random()?);
            let by = ctx.derive_from_password(&passphrase, &kdf, salt, KeyUses::KEYS)?;
            let wrapping = ctx.generate(KeyUses::KEYS)?;
            let wrap = |&key: &Public| Ok((key, ctx.wrap_key(wrapping, ctx.key(Identity::Ed25519(key))?)?));
            let keys = state.comments.keys().map(wrap).collect::<Result<_, Error>>()?;
            Ok(Locked { kdf, salt, wrapping: ctx.wrap_key(by, wrapping)?, keys })
        })?;
        self.store.lock();
        state.locked = Some(locked);
        Ok(())
    }

    /// Gives the store its keys back.
    pub(crate) fn unlock(&self, passphrase: &str) -> Result<(), Failure> {
        let mut state = self.state();
        let Some(Locked { kdf, salt, wrapping, keys }) = &state.locked else { return Err(Failure::NotLocked) };
        let passphrase = self.store.secret_text(passphrase)?;
        self.store.transaction(|tx| {
            let by = tx.derive_from_password(&passphrase, kdf, salt, KeyUses::KEYS)?;
            let wrapping = tx.unwrap_key(by, wrapping, KeyUses::KEYS)?;
            for (&name, key) in keys {
                let key = tx.unwrap_key(wrapping, key, KeyUses::CONTENTS)?;
                tx.insert(Identity::Ed25519(name), key)?;
            }
            Ok(())
        })?;
        state.locked = None;
        Ok(())
    }

    /// Nothing of the state is half changed when somebody panics with it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unlocked(&self) -> Result<MutexGuard<'_, State>, Failure> {
        let state = self.state();
        if state.locked.is_some() { Err(Failure::Locked) } else { Ok(state) }
    }
}
