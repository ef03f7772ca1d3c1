//! From a master password to the user key.

use serde_json::{Value, json};
use strongroom::{
    Kdf, KeyUses, Symmetric,
    inspection::Inspect,
    master_keys::{HashPurpose, MasterKeys},
};

use crate::{
    bench::{Bench, give, refused, same, take},
    matrix::{Direction, Row},
    node::{Answer, Outcome, base64, bytes},
    rows::{ALL, V1},
};

const WRAP: &[&str] = &["PureCrypto.encrypt_user_key_with_master_password"];
const UNWRAP: &[&str] = &["PureCrypto.decrypt_user_key_with_master_password"];
const MATERIAL: &[&str] = &["PureCrypto.derive_kdf_material", "PureCrypto.decrypt_user_key_with_master_key"];

pub(crate) fn rows() -> Vec<Row> {
    const CHANGE: &[&str] = &["CryptoClient.make_update_kdf"];
    const UNLOCK: &[&str] = &["CryptoClient.initialize_user_crypto", "CryptoClient.get_user_encryption_key"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::live("user key under a master password, PBKDF2", theirs, WRAP, |b| wrapped_by_them(b, false)).times(6),
        Row::live("user key under a master password, PBKDF2", ours, UNWRAP, |b| wrapped_by_us(b, false)).times(6),
        Row::live("user key under a master password, Argon2id", theirs, WRAP, |b| wrapped_by_them(b, true)).times(6),
        Row::live("user key under a master password, Argon2id", ours, UNWRAP, |b| wrapped_by_us(b, true)).times(6),
        Row::live("master key, PBKDF2", Direction::Same, MATERIAL, |b| material(b, false)),
        Row::live("master key, Argon2id", Direction::Same, MATERIAL, |b| material(b, true)),
        Row::live("unlock data, change of KDF", theirs, CHANGE, unlock_data_theirs),
        Row::live("unlock data", ours, UNLOCK, unlock_data_ours).times(6),
        Row::live("authentication hash", Direction::Same, CHANGE, hash).times(6),
        Row::live("EncString 0, user key under the unstretched master key", Direction::Third, MATERIAL, unstretched)
            .times(6),
    ]
}

/// Parameters near the smallest that both sides take: what they cost is not the question here.
fn kdf(b: &Bench<'_>, argon2: bool) -> Outcome<(Kdf, Value)> {
    let few = |end| u32::try_from(b.chance.below(end));
    if argon2 {
        let (iterations, memory, parallelism) = (2 + few(2)?, 16 + few(4)?, 1 + few(4)?);
        let theirs = json!({"iterations": iterations, "memory": memory, "parallelism": parallelism});
        Ok((Kdf::argon2id(iterations, memory, parallelism)?, json!({"argon2id": theirs})))
    } else {
        let iterations = 5_000 + few(5_000)?;
        Ok((Kdf::pbkdf2(iterations)?, json!({"pBKDF2": {"iterations": iterations}})))
    }
}

/// The account's salt: its address as the server has it (trimmed, in lower case).
fn salt(email: &str) -> String {
    email.trim().to_lowercase()
}

fn user_key(b: &Bench<'_>) -> Outcome<Vec<u8>> {
    b.any_key(*ALL.get(b.case % ALL.len()).ok_or("no kind")?)
}

fn unwrap(b: &Bench<'_>, password: &str, kdf: &Kdf, salt: &str, wrapped: &str) -> Outcome<Vec<u8>> {
    let secret = b.store.secret_text(password)?;
    b.store.try_context(|ctx| {
        let master = ctx.derive_from_password(&secret, kdf, salt.as_bytes(), KeyUses::CONTENTS_AND_KEYS)?;
        let user = ctx.unwrap_key::<Symmetric>(master, &wrapped.parse()?, KeyUses::CONTENTS_AND_KEYS)?;
        give(ctx, user)
    })
}

fn wrap(b: &Bench<'_>, password: &str, kdf: &Kdf, salt: &str, user: &[u8]) -> Outcome<String> {
    let secret = b.store.secret_text(password)?;
    b.store.try_context(|ctx| {
        let master = ctx.derive_from_password(&secret, kdf, salt.as_bytes(), KeyUses::CONTENTS_AND_KEYS)?;
        let user = take(ctx, user)?;
        Ok(ctx.wrap_key(master, user)?.to_string())
    })
}

fn wrapped_by_them(b: &Bench<'_>, argon2: bool) -> Outcome<()> {
    let ((ours, theirs), password, email, user) = (kdf(b, argon2)?, b.chance.word(), b.chance.email(), user_key(b)?);
    let args = json!([bytes(&user), password, email, theirs]);
    let wrapped = b.call("PureCrypto.encrypt_user_key_with_master_password", args)?.text()?;
    same("user key", unwrap(b, &password, &ours, &salt(&email), &wrapped)?, user)?;
    refused("another password", unwrap(b, &format!("{password}x"), &ours, &salt(&email), &wrapped))
}

fn wrapped_by_us(b: &Bench<'_>, argon2: bool) -> Outcome<()> {
    let ((ours, theirs), password, email, user) = (kdf(b, argon2)?, b.chance.word(), b.chance.email(), user_key(b)?);
    let wrapped = wrap(b, &password, &ours, &salt(&email), &user)?;
    let open = |password: &str| {
        let args = json!([wrapped, password, email, theirs]);
        b.call("PureCrypto.decrypt_user_key_with_master_password", args)
    };
    same("user key", open(&password)?.bytes()?, user)?;
    refused("another password", open(&format!("{password}x")))
}

/// The master key itself never leaves our side: a user key that we wrap under what we derive is opened with what they
/// derive.
fn material(b: &Bench<'_>, argon2: bool) -> Outcome<()> {
    let ((ours, theirs), password, user) = (kdf(b, argon2)?, b.chance.word(), user_key(b)?);
    let salt = b.chance.text(8 + b.chance.below(40));
    let wrapped = wrap(b, &password, &ours, &salt, &user)?;
    let material =
        b.call("PureCrypto.derive_kdf_material", json!([bytes(&password), bytes(&salt), theirs]))?.bytes()?;
    same("length", material.len(), 32)?;
    let args = json!([wrapped, bytes(&material)]);
    same("user key", b.call("PureCrypto.decrypt_user_key_with_master_key", args)?.bytes()?, user)
}

/// What a change of the KDF sends to the server: the user key wrapped anew.
fn unlock_data_theirs(b: &Bench<'_>) -> Outcome<()> {
    let ((ours, theirs), password) = (kdf(b, !b.case.is_multiple_of(2))?, b.chance.word());
    let (user, client) = b.v1_client()?;
    let data = client.call("crypto.make_update_kdf", json!([password, theirs]))?;
    let data = data.at("masterPasswordUnlockData")?;
    same("kdf", data.at("kdf")?, &theirs)?;
    let (salt, wrapped) = (data.at("salt")?.text()?, data.at("masterKeyWrappedUserKey")?.text()?);
    let id = b.store.try_context(|ctx| -> Outcome<_> {
        let key = take(ctx, &user)?;
        Ok(*ctx.derived_id(key)?.ok_or("no id")?.as_bytes())
    })?;
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    same("contained key id", data.at("containedKeyId")?.text()?, hex)?;
    // The salt is the address as they were given it: what they derive from it, they derive from the trimmed one in
    // lower case.
    same("user key", unwrap(b, &password, &ours, &self::salt(&salt), &wrapped)?, user)
}

/// Their client unlocks itself with ours.
fn unlock_data_ours(b: &Bench<'_>) -> Outcome<()> {
    let ((ours, theirs), password, email) = (kdf(b, !b.case.is_multiple_of(2))?, b.chance.word(), b.chance.email());
    let user = b.any_key(V1)?;
    let account = b.v1_account(&user)?;
    let wrapped = wrap(b, &password, &ours, &salt(&email), &user)?;
    let unlock = |password: &str| {
        let data = json!({"kdf": theirs, "masterKeyWrappedUserKey": wrapped, "salt": email});
        let method = json!({"masterPasswordUnlock": {"password": password, "master_password_unlock": data}});
        b.unlock(&email, &account, &method)
    };
    let client = unlock(&password)?;
    same("user key", client.call("crypto.get_user_encryption_key", json!([]))?.text()?, base64(&user))?;
    refused("another password", unlock(&format!("{password}x")))
}

/// What the server is shown, with the salt that the master key had.
fn hash(b: &Bench<'_>) -> Outcome<()> {
    let ((ours, theirs), password) = (kdf(b, !b.case.is_multiple_of(2))?, b.chance.word());
    let data = b.v1_client()?.1.call("crypto.make_update_kdf", json!([password, theirs]))?;
    let data = data.at("masterPasswordAuthenticationData")?;
    let (salt, expected) = (salt(&data.at("salt")?.text()?), data.at("masterPasswordAuthenticationHash")?.text()?);
    let secret = b.store.secret_text(&password)?;
    b.store.try_context(|ctx| {
        let master = ctx.derive_master_key(&secret, &ours, salt.as_bytes())?;
        let found = ctx.authentication_hash(&master, &secret, HashPurpose::ServerAuthorization)?;
        same("hash", found.expose(), expected.as_str())
    })
}

/// The oldest accounts. Of the first generation: a key of the second was never wrapped so.
fn unstretched(b: &Bench<'_>) -> Outcome<()> {
    let ((ours, theirs), password, user) = (kdf(b, !b.case.is_multiple_of(2))?, b.chance.word(), b.any_key(V1)?);
    let salt = salt(&b.chance.email());
    let material = b.call("PureCrypto.derive_kdf_material", json!([bytes(&password), bytes(&salt), theirs]))?;
    let iv = b.chance.bytes(16);
    let data = b.node.third("aesCbc", json!([material, bytes(&iv), bytes(&user)]))?;
    let text = format!("0.{}|{}", base64(iv), base64(data));
    let found = b.call("PureCrypto.decrypt_user_key_with_master_key", json!([text, material]))?.bytes()?;
    same("user key, by them", found, user.as_slice())?;
    let secret = b.store.secret_text(&password)?;
    b.store.try_context(|ctx| {
        let master = ctx.derive_master_key(&secret, &ours, salt.as_bytes())?;
        let key = ctx.unwrap_legacy_user_key(&master, &text.parse()?)?;
        same("user key, by us", give(ctx, key)?, user)
    })
}
