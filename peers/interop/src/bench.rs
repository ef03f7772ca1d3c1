//! What a case works with: both sides, and keys that pass between them.

use std::fmt::Debug;

use serde_json::{Value, json};
use strongroom::{
    Asymmetric, Context, KeyStore, KeyUses, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::Encapsulate,
    hazmat,
};
use strongroom_account::AccountIds;

use crate::{
    chance::Chance,
    node::{Answer, Client, Node, Outcome, Sdk, base64, bytes},
};

strongroom::key_ids! {
    pub(crate) enum Keys;
    symmetric Key { User, Organization }
    asymmetric PrivateKey { User, Request }
    asymmetric SigningKey { User }
}

/// What the keys of an account are called here.
pub(crate) const IDS: AccountIds<Key, PrivateKey, SigningKey> =
    AccountIds { user: Key::User, private: PrivateKey::User, signing: Some(SigningKey::User) };

pub(crate) type Ctx<'c> = Context<'c, Keys>;

/// One case: its number in the row, chance of its own, a store of its own.
pub(crate) struct Bench<'n> {
    pub(crate) node: &'n Node,
    pub(crate) sdk: Sdk,
    pub(crate) case: usize,
    pub(crate) chance: Chance,
    pub(crate) store: KeyStore<Keys>,
}

impl<'n> Bench<'n> {
    pub(crate) fn new(node: &'n Node, sdk: Sdk, seed: u64, case: usize) -> Outcome<Self> {
        let chance = Chance::new(seed.wrapping_add(case as u64));
        Ok(Bench { node, sdk, case, chance, store: KeyStore::open()? })
    }

    /// Calls a static function of the row's SDK.
    pub(crate) fn call(&self, path: &str, args: Value) -> Outcome<Value> {
        self.node.call(self.sdk, path, args)
    }

    /// A new key of theirs, in its encoded form.
    pub(crate) fn their_key(&self, algorithm: SymmetricAlgorithm) -> Outcome<Vec<u8>> {
        match algorithm {
            SymmetricAlgorithm::Aes256CbcHmacSha256 => {
                self.call("PureCrypto.make_user_key_aes256_cbc_hmac", json!([]))?.bytes()
            }
            SymmetricAlgorithm::XChaCha20Poly1305 => {
                self.call("PureCrypto.make_user_key_xchacha20_poly1305", json!([]))?.bytes()
            }
            // They hand out such a key only with a whole account.
            SymmetricAlgorithm::Xaes256Gcm => {
                let account = self.v1_client()?.1.call("crypto.make_keys_for_user_crypto_v2", json!([]))?;
                account.at("userKey")?.base64()
            }
            other => Err(format!("the SDK hands out no key of {other:?}").into()),
        }
    }

    /// A key of either side, by turns, as they take it.
    pub(crate) fn any_key(&self, algorithm: SymmetricAlgorithm) -> Outcome<Vec<u8>> {
        if self.case.is_multiple_of(2) && algorithm != SymmetricAlgorithm::Xaes256Gcm {
            return self.their_key(algorithm);
        }
        self.store.try_context(|ctx| {
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
            give(ctx, key)
        })
    }

    /// A client with the keys of a V1 account, and the user key, which is theirs.
    pub(crate) fn v1_client(&self) -> Outcome<(Vec<u8>, Client<'n>)> {
        self.v1_client_with(&quick_kdf())
    }

    /// Unlocks a client with a new account of version 1 whose master key is derived by `kdf`.
    pub(crate) fn v1_client_with(&self, kdf: &Value) -> Outcome<(Vec<u8>, Client<'n>)> {
        let user = self.their_key(SymmetricAlgorithm::Aes256CbcHmacSha256)?;
        let method = json!({"decryptedKey": {"decrypted_user_key": base64(&user)}});
        let (account, client) = (self.v1_account(&user)?, self.node.client(self.sdk)?);
        initialize(&client, &self.chance.uuid(), &self.chance.email(), &account, &method, kdf)?;
        Ok((user, client))
    }

    /// A client of a new V2 account of theirs, and its user key.
    pub(crate) fn v2_client(&self) -> Outcome<(Vec<u8>, Client<'n>)> {
        let account = self.v1_client()?.1.call("crypto.make_keys_for_user_crypto_v2", json!([]))?;
        let state = json!({"V2": {
            "private_key": account.at("privateKey")?, "signed_public_key": account.at("signedPublicKey")?,
            "signing_key": account.at("signingKey")?, "security_state": account.at("securityState")?,
        }});
        let method = json!({"decryptedKey": {"decrypted_user_key": account.at("userKey")?}});
        Ok((account.at("userKey")?.base64()?, self.unlock(&self.chance.email(), &state, &method)?))
    }

    /// What a V1 account has besides this user key: a private key, ours, wrapped by them.
    pub(crate) fn v1_account(&self, user: &[u8]) -> Outcome<Value> {
        let (private, _) = self.our_pair()?;
        let wrapped = self.call("PureCrypto.wrap_decapsulation_key", json!([bytes(private), bytes(user)]))?;
        Ok(json!({"V1": {"private_key": wrapped}}))
    }

    /// A new RSA key of theirs in PKCS#8, and its public key as SPKI.
    pub(crate) fn their_pair(&self) -> Outcome<(Vec<u8>, Vec<u8>)> {
        let pkcs8 = self.call("PureCrypto.rsa_generate_keypair", json!([]))?.bytes()?;
        let spki = self.call("PureCrypto.rsa_extract_public_key", json!([bytes(&pkcs8)]))?.bytes()?;
        Ok((pkcs8, spki))
    }

    /// One of ours. It takes us a fifth of the time.
    pub(crate) fn our_pair(&self) -> Outcome<(Vec<u8>, Vec<u8>)> {
        self.store.try_context(|ctx| {
            let key = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
            Ok((hazmat::expose_encoded(ctx, key)?.to_vec(), ctx.public_key(key)?.to_spki()))
        })
    }

    /// A client unlocked with these keys by this method.
    pub(crate) fn unlock(&self, email: &str, account: &Value, method: &Value) -> Outcome<Client<'n>> {
        self.unlock_as(&self.chance.uuid(), email, account, method)
    }

    /// As [`Bench::unlock`], for the user of this id.
    pub(crate) fn unlock_as(&self, id: &str, email: &str, account: &Value, method: &Value) -> Outcome<Client<'n>> {
        self.unlock_in(self.node.client(self.sdk)?, id, email, account, method)
    }

    /// As [`Bench::unlock_as`], this client.
    pub(crate) fn unlock_in(
        &self,
        client: Client<'n>,
        id: &str,
        email: &str,
        account: &Value,
        method: &Value,
    ) -> Outcome<Client<'n>> {
        initialize(&client, id, email, account, method, &quick_kdf())?;
        Ok(client)
    }
}

fn quick_kdf() -> Value {
    json!({"pBKDF2": {"iterations": 5000}})
}

/// Unlocks a client. Until 2025 the private key was a member of its own.
fn initialize(client: &Client<'_>, id: &str, email: &str, account: &Value, method: &Value, kdf: &Value) -> Outcome<()> {
    let request = json!({
        "userId": id, "kdfParams": kdf, "email": email, "accountCryptographicState": account,
        "privateKey": account.pointer("/V1/private_key"), "method": method,
    });
    client.call("crypto.initialize_user_crypto", json!([request]))?;
    Ok(())
}

/// Takes over a symmetric key in its encoded form.
pub(crate) fn take<'c>(ctx: &Ctx<'c>, encoded: &[u8]) -> Outcome<strongroom::Key<'c, Symmetric>> {
    let mut copy = encoded.to_vec();
    Ok(hazmat::import_encoded(ctx, copy.as_mut_slice(), KeyUses::CONTENTS_AND_KEYS)?)
}

/// Hands out a symmetric key in its encoded form.
pub(crate) fn give<'c>(ctx: &Ctx<'c>, key: strongroom::Key<'c, Symmetric>) -> Outcome<Vec<u8>> {
    Ok(hazmat::expose_encoded(ctx, key)?.to_vec())
}

/// Takes over a private key in PKCS#8.
pub(crate) fn take_private<'c>(ctx: &Ctx<'c>, pkcs8: &[u8]) -> Outcome<strongroom::Key<'c, Asymmetric>> {
    let mut copy = pkcs8.to_vec();
    Ok(hazmat::import_pkcs8(ctx, copy.as_mut_slice(), KeyUses::CONTENTS_AND_KEYS)?)
}

/// Compares. The values are shown: they are thrown away with the case.
pub(crate) fn same<T: PartialEq<U> + Debug, U: Debug>(what: &str, found: T, expected: U) -> Outcome<()> {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}").into()) }
}

/// What must not work.
pub(crate) fn refused<T>(what: &str, outcome: Outcome<T>) -> Outcome<()> {
    outcome.map_or(Ok(()), |_| Err(format!("{what} was accepted").into()))
}
