//! A laptop was lost. Its owner replaces the key that wraps the keys of all documents: everything moves under the new
//! key, or nothing does.
//!
//! Run it with `cargo run -p strongroom --example rotate`.
#![expect(clippy::indexing_slicing, reason = "it knows how many documents it has made")]

use strongroom::{
    Context, EncString, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Symmetric, algorithms::SymmetricAlgorithm,
    errors::WrongKey, rotation::Rewrap,
};

strongroom::key_ids! {
    /// The keys of a document store.
    enum Keys;
    symmetric Key { Master, Owner }
}

/// A document as it lies on the server: its own key, wrapped under the owner's, and its text under its own key.
#[derive(Clone)]
struct Document {
    key: EncString,
    text: EncString,
}

/// How it moves: its key goes under another, and its text, however long, stays as it is.
impl Rewrap<Keys> for Document {
    type Error = Error;

    fn rewrap<'c>(
        &self,
        ctx: &Context<'c, Keys>,
        from: strongroom::Key<'c>,
        to: strongroom::Key<'c>,
    ) -> Result<Self, Error> {
        Ok(Self { key: self.key.rewrap(ctx, from, to)?, text: self.text.clone() })
    }
}

fn write(store: &KeyStore<Keys>, text: &str) -> Result<Document, Error> {
    store.context(|ctx| {
        let own = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS)?;
        Ok(Document { key: ctx.wrap_key(ctx.key(Key::Owner)?, own)?, text: ctx.encrypt_text(own, text)? })
    })
}

fn read(store: &KeyStore<Keys>, document: &Document) -> Result<String, Error> {
    store.context(|ctx| {
        let own = ctx.unwrap_key::<Symmetric>(ctx.key(Key::Owner)?, &document.key, KeyUses::CONTENTS)?;
        Ok(ctx.decrypt_text(own, &document.text)?.expose_secret().to_owned())
    })
}

/// The server: the owner's key, wrapped under the master key, and the documents. It changes both at once, and may
/// refuse.
struct Server {
    owner: EncString,
    documents: Vec<Document>,
    online: bool,
}

impl Server {
    fn replace(&mut self, owner: EncString, documents: Vec<Document>) -> Result<(), Failure> {
        if !self.online {
            return Err(Failure::Offline);
        }
        (self.owner, self.documents) = (owner, documents);
        Ok(())
    }
}

/// Why a rotation did not happen: an error of the program's own, into which the store's converts.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Strongroom(#[from] Error),
    #[error("the server is offline")]
    Offline,
}

/// One transaction: a new key, every document moved under it in parallel, the server's yes; then the new key has the
/// name. Whatever fails, the store keeps the old one. No lock is held meanwhile: others read and write as ever.
fn rotate(store: &KeyStore<Keys>, server: &mut Server) -> Result<(), Failure> {
    store.try_transaction(|tx| {
        let rotation = tx.rotate(Key::Owner, &server.documents)?;
        let owner = tx.wrap_key(tx.key(Key::Master)?, rotation.key)?;
        server.replace(owner, rotation.wrapped)
    })
}

/// Takes the owner's key over as the server has it.
fn reload(store: &KeyStore<Keys>, server: &Server) -> Result<(), Error> {
    store.transaction(|tx| {
        let owner = tx.unwrap_key(tx.key(Key::Master)?, &server.owner, KeyUses::KEYS)?;
        tx.replace(Key::Owner, owner)
    })
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = KeyStore::<Keys>::open()?;
    let owner = store.transaction(|tx| {
        let (master, owner) = (
            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::KEYS)?,
            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::KEYS)?,
        );
        tx.replace(Key::Master, master)?;
        tx.replace(Key::Owner, owner)?;
        tx.wrap_key(master, owner)
    })?;
    let texts: Vec<String> = (1..=1000).map(|n| format!("document {n}")).collect();
    let documents: Result<Vec<Document>, Error> = texts.iter().map(|text| write(&store, text)).collect();
    let mut server = Server { owner, documents: documents?, online: false };
    let all_readable = |server: &Server| -> Result<(), Error> {
        let read: Result<Vec<String>, Error> = server.documents.iter().map(|document| read(&store, document)).collect();
        assert_eq!(read?, texts);
        Ok(())
    };

    // The server is away: nothing has changed.
    match rotate(&store, &mut server) {
        Err(error @ Failure::Offline) => println!("{error}"),
        other => unreachable!("{other:?}"),
    }
    all_readable(&server)?;

    // One document is damaged: rotation says which, and moves none.
    server.online = true;
    let healthy = server.documents[41].clone();
    server.documents[41].key = server.documents[0].text.clone();
    match rotate(&store, &mut server) {
        Err(Failure::Strongroom(error)) => match error.kind() {
            ErrorKind::Item { index, error } if *error.kind() == ErrorKind::WrongKey(WrongKey::OrChanged) => {
                println!("document {}: {error}", index + 1);
            }
            other => unreachable!("{other:?}"),
        },
        other => unreachable!("{other:?}"),
    }
    server.documents[41] = healthy;
    all_readable(&server)?;

    // It goes well. The key on the lost laptop opens no key of the server any more, nor the new key an old copy of one.
    // What rotation does not take back: who has unwrapped a document's own key before, and kept it, still reads it.
    let copy = server.documents[0].clone();
    rotate(&store, &mut server)?;
    all_readable(&server)?;
    match read(&store, &copy) {
        Err(error) if error == ErrorKind::WrongKey(WrongKey::OrChanged) => {
            println!("rotated; a copy from before: {error}");
        }
        other => unreachable!("{other:?}"),
    }

    // Two threads rotate at the same time. The first to end wins in the store; the other is told, after it has talked
    // to the server, which now has the other's key. Nothing is lost, because the server was sent that key, wrapped.
    let slower = store.try_transaction(|tx| {
        let rotation = tx.rotate(Key::Owner, &server.documents)?;
        let faster = std::thread::scope(|scope| scope.spawn(|| rotate(&store, &mut server)).join());
        faster.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let owner = tx.wrap_key(tx.key(Key::Master)?, rotation.key)?;
        server.replace(owner, rotation.wrapped)
    });
    match slower {
        Err(Failure::Strongroom(error)) if error == ErrorKind::Conflict => println!("conflict: {error}"),
        other => unreachable!("{other:?}"),
    }
    reload(&store, &server)?;
    all_readable(&server)?;
    println!("reloaded: all readable");
    Ok(())
}
