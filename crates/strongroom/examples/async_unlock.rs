//! An async program unlocks: it derives a key from the password on a thread for blocking work while it fetches from a
//! server, and commits when it has both.
//!
//! The store has no async calls, and needs none: what takes long is the password, half a second of computation, which
//! belongs on a thread for blocking work in any case; encrypting and decrypting take a microsecond and wait for nobody.
//!
//! A context is handed to an ordinary closure, so that no `await` can stand inside. That is meant. A future may be held
//! back for hours, moved to another thread, or forgotten without being dropped; the local keys of a context inside
//! would lie in memory all that time, and might never be erased. The end of a closure comes for certain. So: fetch
//! first, then use; or, as below, hand the closure a channel.
//!
//! Run it with `cargo run -p strongroom --example async_unlock`.

use strongroom::{
    EncString, Error, ErrorKind, ExposeSecret, Kdf, KeyStore, KeyUses, ProtectedBytes, Salt, errors::WrongKey,
    list::Lists,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task;

strongroom::key_ids! {
    /// The keys of a client of the server below.
    enum Keys;
    symmetric Key { User }
}

/// What the server keeps for a user. It can read none of it.
#[derive(Clone)]
struct Account {
    kdf: Kdf,
    salt: Salt,
    user_key: EncString,
    notes: Vec<EncString>,
}

/// Stands in for a server across the network: a task that answers questions, until it goes away.
#[derive(Clone)]
struct Server(mpsc::Sender<oneshot::Sender<Account>>);

impl Server {
    fn start(account: Account) -> Self {
        let (ask, mut asked) = mpsc::channel::<oneshot::Sender<Account>>(1);
        task::spawn(async move {
            while let Some(answer) = asked.recv().await {
                let _ = answer.send(account.clone()); // nobody may be waiting any more
            }
        });
        Self(ask)
    }

    fn unreachable() -> Self {
        Self(mpsc::channel(1).0)
    }

    async fn account(&self) -> Result<Account, Failure> {
        let (send, receive) = oneshot::channel();
        self.0.send(send).await.map_err(|_| Failure::Offline)?;
        receive.await.map_err(|_| Failure::Offline)
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Strongroom(#[from] Error),
    #[error("the server cannot be reached")]
    Offline,
    #[error("the thread of the password ended early")]
    Thread(#[from] task::JoinError),
}

/// Derives and fetches at the same time. Where the fetch fails, or this future is dropped because the user lost
/// patience, the channel closes, the transaction ends with an error, and the store is as it was.
async fn unlock(
    store: &KeyStore<Keys>,
    password: ProtectedBytes,
    (kdf, salt): (Kdf, Salt),
    server: &Server,
) -> Result<(), Failure> {
    let (send, fetched) = oneshot::channel::<EncString>();
    let unlocking = task::spawn_blocking({
        let store = store.clone();
        move || {
            store.try_transaction(|tx| {
                let master = tx.derive_from_password(&password, &kdf, salt, KeyUses::KEYS)?;
                let wrapped = fetched.blocking_recv().map_err(|_| Failure::Offline)?;
                let user = tx.unwrap_key(master, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
                tx.insert(Key::User, user)?;
                Ok(()) // committed here: from now on every context sees the key
            })
        }
    });
    match server.account().await {
        Ok(account) => drop(send.send(account.user_key)),
        Err(_) => drop(send),
    }
    unlocking.await?
}

/// An async function that uses keys: the context lies between two `await`s and across none.
async fn read_notes(store: &KeyStore<Keys>, server: &Server) -> Result<Vec<String>, Failure> {
    let notes = server.account().await?.notes;
    let texts = store.context(|ctx| {
        let texts = ctx.decrypt_list(ctx.key(Key::User)?, &notes).into_iter();
        texts.map(|text| Ok(text?.expose_secret().to_owned())).collect::<Result<Vec<String>, Error>>()
    })?;
    task::yield_now().await; // and on it goes
    Ok(texts)
}

/// What another device has put on the server.
fn account() -> Result<Account, Error> {
    let store = KeyStore::<Keys>::open()?;
    let (kdf, salt, password) = (Kdf::pbkdf2(600_000)?, Salt::random()?, store.secret_text("correct horse")?);
    store.context(|ctx| {
        let (master, user) = (
            ctx.derive_from_password(&password, &kdf, salt, KeyUses::KEYS)?,
            ctx.generate(KeyUses::CONTENTS_AND_KEYS)?,
        );
        let notes = ["milk", "eggs"].map(|text| ctx.encrypt_text(user, text));
        let notes = notes.into_iter().collect::<Result<_, _>>()?;
        Ok(Account { kdf, salt, user_key: ctx.wrap_key(master, user)?, notes })
    })
}

async fn story() -> Result<(), Box<dyn std::error::Error>> {
    let account = account()?;
    let derived_by = (account.kdf, account.salt);
    let (server, nobody) = (Server::start(account), Server::unreachable());
    let store = KeyStore::<Keys>::open()?;

    match unlock(&store, store.secret_text("correct horse")?, derived_by, &nobody).await {
        Err(error @ Failure::Offline) => println!("{error}; keys: {}", store.keys().named),
        other => unreachable!("{other:?}"),
    }
    match unlock(&store, store.secret_text("battery staple")?, derived_by, &server).await {
        Err(Failure::Strongroom(error)) if error == ErrorKind::WrongKey(WrongKey::OrChanged) => {
            println!("wrong password; keys: {}", store.keys().named);
        }
        other => unreachable!("{other:?}"),
    }
    unlock(&store, store.secret_text("correct horse")?, derived_by, &server).await?;
    println!("unlocked; keys: {}", store.keys().named);

    // On a task of its own, which the runtime may move from thread to thread: the store goes with it, contexts stay.
    let reading = task::spawn({
        let (store, server) = (store.clone(), server.clone());
        async move { read_notes(&store, &server).await }
    });
    println!("notes: {}", reading.await??.join(", "));

    // The screen locks. Whoever comes later is told.
    store.lock();
    match read_notes(&store, &server).await {
        Err(Failure::Strongroom(error)) => println!("{error}"),
        other => unreachable!("{other:?}"),
    }
    Ok(())
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().build()?.block_on(story())
}
