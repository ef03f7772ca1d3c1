//! The values, their key in the store, and their file.

use std::{
    collections::BTreeMap,
    fs, io,
    os::fd::BorrowedFd,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use strongroom::{EncString, Error, ErrorKind, Kdf, KeyStore, KeyUses, Plaintext, Salt, errors::WrongKey};
use tempfile::NamedTempFile;
use tokio::{sync::Mutex, task};

strongroom::key_ids! {
    /// The keys of the server.
    enum Keys;
    symmetric Key { Values }
}

/// The file. It shows names and lengths of values to anybody. The values themselves are encrypted.
#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    kdf: Kdf,
    salt: Salt,
    key: EncString,
    values: BTreeMap<String, EncString>,
}

/// A handle, which every connection has.
#[derive(Clone)]
pub(crate) struct Values {
    store: KeyStore<Keys>,
    file: Arc<File>,
}

struct File {
    path: PathBuf,
    saved: Mutex<Saved>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("it is locked")]
    Locked,
    #[error("the password is wrong")]
    Password,
    #[error("there is no such value")]
    NoValue,
    #[error("there is no such request")]
    Request,
    #[error(transparent)]
    Store(Error),
    #[error("the store cannot be opened: {0}")]
    Open(#[from] strongroom::errors::OpenError),
    #[error("the file: {0}")]
    File(#[from] io::Error),
    #[error("the file: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a thread ended early: {0}")]
    Thread(#[from] task::JoinError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if error == ErrorKind::Locked { Self::Locked } else { Self::Store(error) }
    }
}

impl Values {
    /// Makes a new file without values. The password goes from the descriptor straight into secret memory.
    pub(crate) fn create(path: PathBuf, password: BorrowedFd<'_>) -> Result<(), Failure> {
        let store = KeyStore::<Keys>::open()?;
        let password = store.read_secret_line(password)?;
        let (kdf, salt, key) = store.context(|ctx| {
            let (kdf, salt) = (Kdf::argon2id(3, 64, 4)?, Salt::random()?);
            let by = ctx.derive_from_password(&password, &kdf, salt, KeyUses::KEYS)?;
            Ok((kdf, salt, ctx.wrap_key(by, ctx.generate(KeyUses::CONTENTS)?)?))
        })?;
        let new = written(&path, &Saved { kdf, salt, key, values: BTreeMap::new() })?;
        new.persist_noclobber(&path).map_err(io::Error::from)?;
        Ok(())
    }

    /// Opens a file. It is locked.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Failure> {
        let saved = Mutex::new(serde_json::from_slice(&fs::read(&path)?)?);
        let store = KeyStore::open()?;
        store.lock();
        Ok(Self { store, file: Arc::new(File { path, saved }) })
    }

    /// Gives the store the key back, for every connection.
    pub(crate) async fn unlock(&self, password: &str) -> Result<(), Failure> {
        let password = self.store.secret_text(password)?;
        let Saved { kdf, salt, key, .. } = self.file.saved.lock().await.clone();
        let store = self.store.clone();
        // A part of a second of computation: not on a thread that serves others.
        let unlocked = task::spawn_blocking(move || {
            store.transaction(|tx| {
                let by = tx.derive_from_password(&password, &kdf, salt, KeyUses::KEYS)?;
                let values = tx.unwrap_key(by, &key, KeyUses::CONTENTS)?;
                tx.replace(Key::Values, values) // another connection may have unlocked it already
            })
        });
        match unlocked.await? {
            Err(error) if error == ErrorKind::WrongKey(WrongKey::OrChanged) => Err(Failure::Password),
            other => Ok(other?),
        }
    }

    /// Erases the key, for every connection. It waits for a key derivation that is under way.
    pub(crate) async fn lock(&self) -> Result<(), Failure> {
        let store = self.store.clone();
        Ok(task::spawn_blocking(move || store.lock()).await?)
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Plaintext, Failure> {
        let saved = self.file.saved.lock().await;
        self.store.try_context(|ctx| {
            let key = ctx.key(Key::Values)?;
            let sealed = saved.values.get(name).ok_or(Failure::NoValue)?;
            Ok(ctx.with_associated_data(name.as_bytes()).decrypt_text(key, sealed)?)
        })
    }

    pub(crate) async fn set(&self, name: &str, value: &str) -> Result<(), Failure> {
        let sealed = self.store.context(|ctx| {
            let key = ctx.key(Key::Values)?;
            // Bound to its name: whoever may write the file cannot put one value in the place of another.
            ctx.with_associated_data(name.as_bytes()).encrypt_text(key, value)
        })?;
        let (file, name) = (Arc::clone(&self.file), name.to_owned());
        task::spawn_blocking(move || file.put(name, sealed)).await?
    }
}

impl File {
    /// The new file takes the old one's place when it is on the disk as a whole, and not before.
    fn put(&self, name: String, sealed: EncString) -> Result<(), Failure> {
        let mut saved = self.saved.blocking_lock();
        let mut new = saved.clone();
        new.values.insert(name, sealed);
        written(&self.path, &new)?.persist(&self.path).map_err(io::Error::from)?;
        *saved = new;
        Ok(())
    }
}

/// A file beside `path`, which only its owner may read.
fn written(path: &Path, saved: &Saved) -> Result<NamedTempFile, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let new = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    serde_json::to_writer_pretty(new.as_file(), saved)?;
    new.as_file().sync_all()?;
    Ok(new)
}
