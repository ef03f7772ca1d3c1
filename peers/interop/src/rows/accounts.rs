//! Whole accounts of both versions: their keys, what they signed, rotation and upgrade.

use serde_json::{Value, json};
use strongroom::{
    EncString, ExposeSecret, KeyUses,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::Encapsulate,
    inspection::Inspect,
    signatures::{SecurityState, SignObjects, SignedPublicKey},
};
use strongroom_account::{self as account, AccountIds, AccountKeys, UnderUserKey, UpgradeToken};

use crate::{
    bench::{Bench, IDS, Key, SigningKey, give, refused, same, take},
    matrix::{Direction, Row},
    node::{Answer, Client, Outcome, Sdk, base64, bytes},
    rows::{V1, XAES, XCHACHA},
};

pub(crate) fn rows() -> Vec<Row> {
    const MAKE: &[&str] = &["CryptoClient.make_keys_for_user_crypto_v2"];
    const UNLOCK: &[&str] = &["CryptoClient.initialize_user_crypto", "FoldersClient.encrypt"];
    const ROTATE: &[&str] = &["CryptoClient.get_v2_rotated_account_keys"];
    const UPGRADE: &[&str] = &["CryptoClient.make_keys_for_user_crypto_v2", "PureCrypto.wrap_symmetric_key"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    let (xaes, xchacha) = ("V2 account of XAES-256-GCM", "V2 account of XChaCha20-Poly1305");
    vec![
        Row::live("V1 account", theirs, &["PureCrypto.wrap_decapsulation_key"], v1_theirs),
        Row::live("V1 account", ours, UNLOCK, v1_ours),
        Row::live(xaes, theirs, MAKE, |b| v2_theirs(b, XAES)),
        Row::live(xaes, ours, UNLOCK, |b| v2_ours(b, XAES)),
        Row::live(xchacha, theirs, MAKE, |b| v2_theirs(b, XCHACHA)).of(Sdk::Between),
        Row::live(xchacha, ours, UNLOCK, |b| v2_ours(b, XCHACHA)).of(Sdk::Between),
        Row::not_offered(xchacha, ours, "version 1054 unlocks no such account, not even of an older version"),
        Row::live("V2 account that signs with ML-DSA-44", theirs, ROTATE, ml_dsa_theirs),
        Row::live("V2 account that signs with ML-DSA-44", ours, UNLOCK, ml_dsa_ours),
        Row::live("V2 account whose security state names the user", theirs, MAKE, |b| v2_theirs(b, XCHACHA))
            .of(Sdk::Older),
        Row::live("V2 account whose security state names the user", ours, UNLOCK, v2_naming_ours).of(Sdk::Older),
        Row::live("V2 account after rotation of its user key", theirs, ROTATE, rotated_theirs),
        Row::live("V2 account after rotation of its user key", ours, UNLOCK, rotated_ours),
        // Their client upgrades only while it talks to a server; the account and both halves of the token are public.
        Row::live("V1 account upgraded to V2, with the token for other devices", theirs, UPGRADE, upgraded_theirs),
        Row::live("V1 account upgraded to V2, with the token for other devices", ours, UNLOCK, upgraded_ours),
    ]
}

/// What the server keeps, as their client takes it.
fn state_of(keys: &AccountKeys) -> Outcome<Value> {
    match keys {
        AccountKeys::V1 { private_key } => Ok(json!({"V1": {"private_key": private_key.to_string()}})),
        AccountKeys::V2 { private_key, signing_key, signed_public_key, security_state } => Ok(json!({"V2": {
            "private_key": private_key.to_string(), "signing_key": signing_key.to_string(),
            "signed_public_key": signed_public_key.as_ref().map(|signed| base64(signed.as_bytes())),
            "security_state": base64(security_state.as_bytes()),
        }})),
        _ => Err("another version".into()),
    }
}

/// What their client made, as we take it.
fn keys_of(account: &Value) -> Outcome<AccountKeys> {
    Ok(AccountKeys::V2 {
        private_key: account.at("privateKey")?.text()?.parse()?,
        signing_key: account.at("signingKey")?.text()?.parse()?,
        signed_public_key: Some(SignedPublicKey::from_bytes(&account.at("signedPublicKey")?.base64()?)?),
        security_state: SecurityState::from_bytes(&account.at("securityState")?.base64()?)?,
    })
}

/// Their client with this account and user key.
fn unlock<'n>(b: &Bench<'n>, keys: &AccountKeys, user: &[u8]) -> Outcome<Client<'n>> {
    let method = json!({"decryptedKey": {"decrypted_user_key": base64(user)}});
    b.unlock(&b.chance.email(), &state_of(keys)?, &method)
}

/// Their client has the user key that our store has: what it encrypts opens here.
fn agrees(b: &Bench<'_>, client: &Client<'_>) -> Outcome<()> {
    let name = b.chance.word();
    let folder = json!({"id": null, "name": name, "revisionDate": "2026-01-30T17:55:36.150Z"});
    let text: EncString = client.call("vault.folders.encrypt", json!([folder]))?.at("name")?.text()?.parse()?;
    let found = b.store.context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, &text))?;
    same("name of a folder", found.expose_secret(), name.as_str())
}

fn v1_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, (pkcs8, spki)) = (b.their_key(V1)?, b.our_pair()?);
    let wrapped = b.call("PureCrypto.wrap_decapsulation_key", json!([bytes(&pkcs8), bytes(&user)]))?;
    let keys = AccountKeys::V1 { private_key: wrapped.text()?.parse()? };
    let account = b.store.try_transaction(|tx| -> Outcome<_> {
        let user = take(tx, &user)?;
        Ok(account::unlock(tx, &AccountIds { signing: None, ..IDS }, user, &keys)?)
    })?;
    same("version", account.version, 1)?;
    same("public key", account.public_key.to_spki(), spki)?;
    agrees(b, &unlock(b, &keys, &user)?)
}

fn v1_ours(b: &Bench<'_>) -> Outcome<()> {
    let (user, keys) = b.store.try_transaction(|tx| -> Outcome<_> {
        let made = account::create_v1(tx, &AccountIds { signing: None, ..IDS })?;
        Ok((give(tx, made.user)?, made.keys))
    })?;
    agrees(b, &unlock(b, &keys, &user)?)
}

/// A new account of theirs.
fn their_account(b: &Bench<'_>) -> Outcome<Value> {
    b.v1_client()?.1.call("crypto.make_keys_for_user_crypto_v2", json!([]))
}

/// Signatures verified, keys unwrapped, and the public ones are those that they name.
fn opened(b: &Bench<'_>, account: &Value, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (keys, user) = (keys_of(account)?, account.at("userKey")?.base64()?);
    let found = b.store.try_transaction(|tx| -> Outcome<_> {
        let user = take(tx, &user)?;
        same("algorithm", tx.key_info(user)?.algorithm(), algorithm)?;
        Ok(account::unlock(tx, &IDS, user, &keys)?)
    })?;
    same("version", found.version, 2)?;
    same("security version", found.security_version, account.at("securityVersion")?.as_u64())?;
    same("public key", found.public_key.to_spki(), account.at("publicKey")?.base64()?)?;
    let verifying = found.verifying_key.ok_or("no verifying key")?;
    same("verifying key", verifying.to_cose(), account.at("verifyingKey")?.base64()?)
}

fn v2_theirs(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let account = their_account(b)?;
    opened(b, &account, algorithm)?;
    agrees(b, &unlock(b, &keys_of(&account)?, &account.at("userKey")?.base64()?)?)
}

/// Their client takes none whose state names nobody.
fn v2_naming_ours(b: &Bench<'_>) -> Outcome<()> {
    let id = b.chance.uuid();
    let bytes = u128::from_str_radix(&id.replace('-', ""), 16)?.to_be_bytes();
    let (user, nobody, named) = b.store.try_transaction(|tx| -> Outcome<_> {
        let made = account::create_v2(tx, &IDS, XCHACHA)?;
        let nobody = made.keys.clone();
        let mut named = made.keys;
        if let AccountKeys::V2 { security_state, .. } = &mut named {
            *security_state = tx.sign_security_state_of(tx.key(SigningKey::User)?, &bytes, 2)?;
        }
        Ok((give(tx, made.user)?, nobody, named))
    })?;
    let unlock = |keys: &AccountKeys| -> Outcome<_> {
        let method = json!({"decryptedKey": {"decrypted_user_key": base64(&user)}});
        b.unlock_as(&id, &b.chance.email(), &state_of(keys)?, &method)
    };
    agrees(b, &unlock(&named)?)?;
    refused("a state that names nobody", unlock(&nobody))
}

/// Their client takes none whose state has one bit changed.
fn v2_ours(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (user, mut keys) = b.store.try_transaction(|tx| -> Outcome<_> {
        let made = account::create_v2(tx, &IDS, algorithm)?;
        Ok((give(tx, made.user)?, made.keys))
    })?;
    agrees(b, &unlock(b, &keys, &user)?)?;
    if let AccountKeys::V2 { security_state, .. } = &mut keys {
        let mut changed = security_state.as_bytes().to_vec();
        // In the signature, its last 64 bytes: elsewhere we would refuse to read it ourselves.
        let at = changed.len().checked_sub(1 + b.chance.below(64)).ok_or("too short")?;
        *changed.get_mut(at).ok_or("too short")? ^= 1 << b.chance.below(8);
        *security_state = SecurityState::from_bytes(&changed)?;
    }
    refused("a state with one bit changed", unlock(b, &keys, &user).map(drop))
}

/// An account of ours whose signing key is of ML-DSA-44.
fn ml_dsa_account(b: &Bench<'_>) -> Outcome<(Vec<u8>, AccountKeys)> {
    b.store.try_transaction(|tx| -> Outcome<_> {
        let user = tx.generate_with(XAES, KeyUses::CONTENTS_AND_KEYS)?;
        let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        let signing = tx.generate_with(AsymmetricAlgorithm::MlDsa44, KeyUses::CONTENTS_AND_KEYS)?;
        let public = tx.public_key(private)?;
        let keys = AccountKeys::V2 {
            private_key: tx.wrap_key(user, private)?,
            signing_key: tx.wrap_key(user, signing)?,
            signed_public_key: Some(tx.sign_public_key(signing, &public)?),
            security_state: tx.sign_security_state(signing, 2)?,
        };
        account::unlock(tx, &IDS, user, &keys)?;
        Ok((give(tx, user)?, keys))
    })
}

/// Their client makes no such account, but signs and wraps with its key when it rotates one of ours.
fn ml_dsa_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, keys) = ml_dsa_account(b)?;
    let account = unlock(b, &keys, &user)?.call("crypto.get_v2_rotated_account_keys", json!([]))?;
    refused("the old user key", same("user key", account.at("userKey")?.text()?, base64(&user)))?;
    let made = keys_of(&account)?;
    if let (AccountKeys::V2 { security_state: old, .. }, AccountKeys::V2 { security_state: new, .. }) = (&keys, &made) {
        // Hedged: what they signed anew has other bytes.
        refused("the old signature", same("security state", new.as_bytes(), old.as_bytes()))?;
    }
    opened(b, &account, XAES)
}

fn ml_dsa_ours(b: &Bench<'_>) -> Outcome<()> {
    let (user, mut keys) = ml_dsa_account(b)?;
    agrees(b, &unlock(b, &keys, &user)?)?;
    if let AccountKeys::V2 { security_state, .. } = &mut keys {
        let mut changed = security_state.as_bytes().to_vec();
        // In the signature, its last 2,420 bytes: elsewhere we would refuse to read it ourselves.
        let at = changed.len().checked_sub(1 + b.chance.below(2420)).ok_or("too short")?;
        *changed.get_mut(at).ok_or("too short")? ^= 1 << b.chance.below(8);
        *security_state = SecurityState::from_bytes(&changed)?;
    }
    refused("a state with one bit changed", unlock(b, &keys, &user).map(drop))
}

fn rotated_theirs(b: &Bench<'_>) -> Outcome<()> {
    let before = their_account(b)?;
    let client = unlock(b, &keys_of(&before)?, &before.at("userKey")?.base64()?)?;
    let account = client.call("crypto.get_v2_rotated_account_keys", json!([]))?;
    same("public key before and after", account.at("publicKey")?, before.at("publicKey")?)?;
    same("verifying key before and after", account.at("verifyingKey")?, before.at("verifyingKey")?)?;
    refused("the old user key", same("user key", account.at("userKey")?, before.at("userKey")?))?;
    opened(b, &account, XAES)
}

/// Theirs, rotated here, unlocked there.
fn rotated_ours(b: &Bench<'_>) -> Outcome<()> {
    let before = their_account(b)?;
    let (keys, user) = (keys_of(&before)?, before.at("userKey")?.base64()?);
    let (user, keys) = b.store.try_transaction(|tx| -> Outcome<_> {
        let user = take(tx, &user)?;
        let last = account::unlock(tx, &IDS, user, &keys)?;
        let under = UnderUserKey::<EncString> { last: &last, keys: &keys, key_sets: &[], things: &[] };
        let rotated = account::rotate(tx, &IDS, under)?;
        Ok((give(tx, rotated.user)?, rotated.keys))
    })?;
    refused("the old user key", same("user key", base64(&user), before.at("userKey")?.text()?))?;
    agrees(b, &unlock(b, &keys, &user)?)
}

/// From the first user key to the second and back, and to all that lies under it.
fn upgraded_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (first, client) = b.v1_client()?;
    let account = client.call("crypto.make_keys_for_user_crypto_v2", json!([]))?;
    let (keys, second) = (keys_of(&account)?, account.at("userKey")?.base64()?);
    let wrap = |key: &[u8], by: &[u8]| -> Outcome<EncString> {
        Ok(b.call("PureCrypto.wrap_symmetric_key", json!([bytes(key), bytes(by)]))?.text()?.parse()?)
    };
    let token = UpgradeToken { wrapped_user_key_1: wrap(&first, &second)?, wrapped_user_key_2: wrap(&second, &first)? };
    let (up, down) = b.store.try_transaction(|tx| -> Outcome<_> {
        let v1 = take(tx, &first)?;
        let v2 = token.upgrade(tx, v1)?;
        let back = token.downgrade(tx, v2)?;
        account::unlock(tx, &IDS, v2, &keys)?;
        Ok((give(tx, v2)?, give(tx, back)?))
    })?;
    same("user key of version 2", up, second.clone())?;
    same("user key of version 1", down, first)?;
    agrees(b, &unlock(b, &keys, &second)?)
}

/// A device of theirs that still has the first user key comes to the second by the token.
fn upgraded_ours(b: &Bench<'_>) -> Outcome<()> {
    let ids = &IDS;
    let first = b.store.try_transaction(|tx| -> Outcome<_> {
        let made = account::create_v1(tx, &AccountIds { signing: None, ..IDS })?;
        Ok((give(tx, made.user)?, made.keys, made.account))
    })?;
    let upgraded = b.store.try_transaction(|tx| -> Outcome<_> {
        let under = UnderUserKey::<EncString> { last: &first.2, keys: &first.1, key_sets: &[], things: &[] };
        let upgraded = account::upgrade(tx, ids, under, XAES)?;
        Ok((upgraded.rotated.keys, upgraded.token))
    })?;
    let (keys, token) = upgraded;
    let client = b.node.client(b.sdk)?;
    client.call(
        "crypto.initialize_user_crypto",
        json!([{
            "userId": b.chance.uuid(), "kdfParams": {"pBKDF2": {"iterations": 5000}}, "email": b.chance.email(),
            "accountCryptographicState": state_of(&keys)?,
            "method": {"decryptedKey": {"decrypted_user_key": base64(&first.0)}},
            "upgradeToken": {
                "wrapped_user_key_1": token.wrapped_user_key_1.to_string(),
                "wrapped_user_key_2": token.wrapped_user_key_2.to_string(),
            },
        }]),
    )?;
    agrees(b, &client)
}
