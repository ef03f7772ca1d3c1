//! A key in the store, as rustls and rcgen want one to be: something that signs.

use std::sync::Arc;

use rustls::{
    OtherError, SignatureAlgorithm, SignatureScheme,
    pki_types::{SubjectPublicKeyInfoDer, alg_id},
    sign::public_key_to_spki,
};
use strongroom::{
    Error, KeyStore, KeyUses,
    algorithms::AsymmetricAlgorithm,
    signatures::{SignObjects, VerifyingKey},
};

strongroom::key_ids! {
    /// The keys of the server.
    pub(crate) enum Keys;
    asymmetric Key { Server }
}

#[derive(Clone, Debug)]
pub(crate) struct StoredKey {
    store: KeyStore<Keys>,
    public: VerifyingKey,
}

impl StoredKey {
    pub(crate) fn generate(store: KeyStore<Keys>) -> Result<Self, Error> {
        let public = store.transaction(|tx| {
            let key = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
            tx.insert(Key::Server, key)?;
            tx.verifying_key(key)
        })?;
        Ok(Self { store, public })
    }

    fn signed(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.store.context(|ctx| ctx.sign(ctx.key(Key::Server)?, message))
    }
}

impl rustls::sign::SigningKey for StoredKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        offered.contains(&SignatureScheme::ED25519).then(|| Box::new(self.clone()) as _)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(public_key_to_spki(&alg_id::ED25519, self.public.as_bytes()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl rustls::sign::Signer for StoredKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.signed(message).map_err(|error| OtherError(Arc::new(error)).into())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

impl rcgen::PublicKeyData for StoredKey {
    fn der_bytes(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

impl rcgen::SigningKey for StoredKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.signed(message).map_err(|_| rcgen::Error::RemoteKeyError) // it has no place for more
    }
}

#[cfg(test)]
mod tests {
    use rustls::sign::Signer;
    use strongroom::KeyStore;

    use super::StoredKey;

    #[test]
    fn a_locked_store_signs_nothing_more() {
        let store = KeyStore::open().unwrap();
        let key = StoredKey::generate(store.clone()).unwrap();
        let signature = key.sign(b"milk").unwrap();
        assert!(key.public.verify(b"milk", &signature).is_ok());
        store.lock();
        let error = key.sign(b"milk").unwrap_err();
        assert_eq!(error.to_string(), "other error: the store is locked (find, key Server)");
    }
}
