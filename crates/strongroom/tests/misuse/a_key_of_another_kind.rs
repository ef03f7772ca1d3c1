//! A key of one kind where another is asked for.
use strongroom::{Asymmetric, Error, KeyStore, KeyUses, Symmetric, algorithms::AsymmetricAlgorithm, encapsulation::Encapsulate, signatures::SignObjects};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
    asymmetric PrivateKey { User }
    asymmetric SigningKey { Device }
}

fn f(store: &KeyStore<Keys>) -> Result<(), Error> {
    store.transaction(|tx| {
        let (key, device) = (tx.generate(KeyUses::CONTENTS_AND_KEYS)?, tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?);
        tx.sign(device, b"milk")?;
        #[cfg(misuse)]
        tx.sign(key, b"milk")?; //~ E0308
        #[cfg(misuse)]
        tx.sign(tx.key(Key::User)?, b"milk")?; //~ E0308
        #[cfg(misuse)]
        tx.encrypt_text(tx.key(SigningKey::Device)?, "milk")?; //~ E0308
        tx.insert(SigningKey::Device, device)?;
        #[cfg(misuse)]
        tx.insert(Key::User, device)?; //~ E0308
        let wrapped = tx.wrap_key(key, device)?;
        let again: strongroom::Key<'_, Asymmetric> = tx.unwrap_key(key, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        #[cfg(misuse)]
        let again: strongroom::Key<'_, Asymmetric> = tx.unwrap_key::<Symmetric>(key, &wrapped, KeyUses::CONTENTS_AND_KEYS)?; //~ E0308
        tx.public_key(tx.key(PrivateKey::User).unwrap())?;
        #[cfg(misuse)]
        tx.public_key(tx.key(Key::User)?)?; //~ E0308
        tx.verifying_key(again)?;
        let _: strongroom::Key<'_, Symmetric> = key;
        Ok(())
    })
}

fn main() {
    let _ = f;
}
