//! Ada shares an album with Ben: its key goes to him under his public key. Eve, who has a private key too, gets
//! nothing.
//!
//! Run it with `cargo run -p strongroom --example share`.

use strongroom::{
    EncString, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    errors::{Malformed, Unsupported, WrongKey},
};

strongroom::key_ids! {
    /// The keys of a program that shares albums.
    enum Keys;
    symmetric Key { Album }
    asymmetric PrivateKey { Own }
}

/// Each person runs the program on a machine of their own. The private key never leaves it in the clear.
fn person() -> Result<(KeyStore<Keys>, PublicKey), Error> {
    let store = KeyStore::<Keys>::open()?;
    let public = store.transaction(|tx| {
        let own = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS)?;
        tx.insert(PrivateKey::Own, own)?;
        tx.public_key(own)
    })?;
    Ok((store, public))
}

/// Takes the key of an album over from what somebody sent.
fn accept(store: &KeyStore<Keys>, sent: &EncString) -> Result<(), Error> {
    store.transaction(|tx| {
        let album = tx.decapsulate(tx.key(PrivateKey::Own)?, sent, KeyUses::CONTENTS)?;
        tx.insert(Key::Album, album)
    })
}

pub(crate) fn main() -> Result<(), Error> {
    let ((ada, _), (ben, bens_public), (eve, _)) = (person()?, person()?, person()?);

    // What travels: Ben's public key to Ada, as SPKI in DER. Whether it is Ben's she has to find out otherwise, for
    // example by comparing fingerprints: a server that hands out a key of its own would read everything.
    let received = Confirmed::without_check(PublicKey::from_spki(&bens_public.to_spki())?);

    // Ada makes the album's key, and encapsulates it for Ben. Neither of these is secret.
    let (sent, caption) = ada.transaction(|tx| {
        let album = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS)?;
        tx.insert(Key::Album, album)?;
        Ok((tx.encapsulate(album, &received)?, tx.encrypt_text(album, "The analytical engine")?))
    })?;

    accept(&ben, &sent)?;
    let text = ben.context(|ctx| ctx.decrypt_text(ctx.key(Key::Album)?, &caption))?;
    println!("Ben reads: {}", text.expose_secret());

    // The wrong private key opens nothing, and the transaction leaves no trace.
    match accept(&eve, &sent) {
        Err(error) if error == ErrorKind::WrongKey(WrongKey::OrChanged) => println!("Eve is told: {error}"),
        other => unreachable!("{other:?}"),
    }
    assert!(!eve.try_context(|ctx| ctx.contains(Key::Album)));

    // What was wrapped is not what was encapsulated: types say which is which, and the error too.
    let wrapped = ada.context(|ctx| {
        let vault = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::KEYS)?;
        ctx.wrap_key(vault, ctx.key(Key::Album)?)
    })?;
    match accept(&ben, &wrapped) {
        Err(error) => match error.kind() {
            ErrorKind::Unsupported(Unsupported::Type(_)) => println!("Ben is told: {error}"),
            other => unreachable!("{other:?}"),
        },
        Ok(()) => unreachable!("what was wrapped was not encapsulated"),
    }

    // Encapsulation says nothing about who sent it: anybody has Ben's public key. Eve sends Ben an album of hers.
    let (forged, forgery) = eve.context(|ctx| {
        let own = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS)?;
        Ok((ctx.encapsulate(own, &received)?, ctx.encrypt_text(own, "The difference engine")?))
    })?;
    let text = ben.context(|ctx| {
        let album = ctx.decapsulate(ctx.key(PrivateKey::Own)?, &forged, KeyUses::CONTENTS)?;
        ctx.decrypt_text(album, &forgery)
    })?;
    println!("Ben reads, from he does not know whom: {}", text.expose_secret());

    // The private key itself is kept like any other: wrapped under a symmetric one, which is for keys.
    ben.context(|ctx| {
        let vault = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::KEYS)?;
        let kept = ctx.wrap_key(vault, ctx.key(PrivateKey::Own)?)?;
        match ctx.unwrap_key::<Symmetric>(vault, &kept, KeyUses::CONTENTS) {
            Err(error) if error == ErrorKind::Malformed(Malformed::NotAKey) => println!("as a symmetric key: {error}"),
            other => unreachable!("{other:?}"),
        }
        Ok(())
    })?;
    Ok(())
}
