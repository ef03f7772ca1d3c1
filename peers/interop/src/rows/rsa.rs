//! Symmetric keys under RSA keys.

use serde_json::json;
use strongroom::{
    KeyUses, Symmetric,
    encapsulation::{Confirmed, Encapsulate},
    hazmat,
};

use crate::{
    bench::{Bench, give, same, take, take_private},
    matrix::{Direction, Row},
    node::{Answer, Outcome, base64, bytes},
    rows::ALL,
};

pub(crate) fn rows() -> Vec<Row> {
    const SEAL: &[&str] = &["PureCrypto.encapsulate_key_unsigned"];
    const OPEN: &[&str] = &["PureCrypto.decapsulate_key_unsigned"];
    let (theirs, ours, third) = (Direction::Theirs, Direction::Ours, Direction::Third);
    vec![
        Row::live("private key, PKCS#8, and its public key, SPKI", theirs, MADE, pair_theirs),
        Row::live(
            "private key, PKCS#8, and its public key, SPKI",
            ours,
            &["PureCrypto.rsa_extract_public_key"],
            pair_ours,
        ),
        Row::live("EncString 4, symmetric keys of three kinds", theirs, SEAL, by_them).times(6),
        Row::live("EncString 4, symmetric keys of three kinds", ours, OPEN, by_us).times(6),
        Row::live("RSA-OAEP of raw bytes", theirs, &["PureCrypto.rsa_encrypt_data"], raw_by_them),
        Row::live("RSA-OAEP of raw bytes", ours, &["PureCrypto.rsa_decrypt_data"], raw_by_us),
        Row::live("EncString 3, a symmetric key", third, OPEN, |b| by_third(b, 3)),
        Row::live("EncString 4, a symmetric key", third, OPEN, |b| by_third(b, 4)),
        Row::live("EncString 5, a symmetric key", third, OPEN, |b| by_third(b, 5)),
        Row::live("EncString 6, a symmetric key", third, OPEN, |b| by_third(b, 6)),
    ]
}

const MADE: &[&str] = &["PureCrypto.rsa_generate_keypair", "PureCrypto.rsa_extract_public_key"];

/// Some symmetric key, each kind by turns.
fn contents(b: &Bench<'_>) -> Outcome<Vec<u8>> {
    b.any_key(*ALL.get(b.case % ALL.len()).ok_or("no kind")?)
}

fn pair_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (pkcs8, spki) = b.their_pair()?;
    b.store.try_context(|ctx| {
        let key = take_private(ctx, &pkcs8)?;
        same("public key", ctx.public_key(key)?.to_spki(), spki)?;
        same("private key", hazmat::expose_encoded(ctx, key)?.to_vec(), pkcs8)
    })
}

fn pair_ours(b: &Bench<'_>) -> Outcome<()> {
    let (pkcs8, spki) = b.our_pair()?;
    same("public key", b.call("PureCrypto.rsa_extract_public_key", json!([bytes(&pkcs8)]))?.bytes()?, spki.as_slice())
}

fn open(b: &Bench<'_>, pkcs8: &[u8], text: &str) -> Outcome<Vec<u8>> {
    b.store.try_context(|ctx| {
        let private = take_private(ctx, pkcs8)?;
        let key: strongroom::Key<'_, Symmetric> =
            ctx.decapsulate(private, &text.parse()?, KeyUses::CONTENTS_AND_KEYS)?;
        give(ctx, key)
    })
}

fn seal(b: &Bench<'_>, spki: &[u8], key: &[u8]) -> Outcome<String> {
    b.store.try_context(|ctx| {
        let key = take(ctx, key)?;
        Ok(ctx
            .encapsulate(key, &Confirmed::without_check(strongroom::encapsulation::PublicKey::from_spki(spki)?))?
            .to_string())
    })
}

fn by_them(b: &Bench<'_>) -> Outcome<()> {
    let ((pkcs8, spki), key) = (b.our_pair()?, contents(b)?);
    let text = b.call("PureCrypto.encapsulate_key_unsigned", json!([bytes(&key), bytes(&spki)]))?.text()?;
    same("key", open(b, &pkcs8, &text)?, key)
}

fn by_us(b: &Bench<'_>) -> Outcome<()> {
    let ((pkcs8, spki), key) = (b.our_pair()?, contents(b)?);
    let text = seal(b, &spki, &key)?;
    same("key", b.call("PureCrypto.decapsulate_key_unsigned", json!([text, bytes(&pkcs8)]))?.bytes()?, key)
}

/// Without the head of an `EncString`; what it holds is a key all the same, for we take nothing else.
fn raw_by_them(b: &Bench<'_>) -> Outcome<()> {
    let ((pkcs8, spki), key) = (b.our_pair()?, contents(b)?);
    let data = b.call("PureCrypto.rsa_encrypt_data", json!([bytes(&key), bytes(&spki)]))?.bytes()?;
    same("key", open(b, &pkcs8, &format!("4.{}", base64(data)))?, key)
}

fn raw_by_us(b: &Bench<'_>) -> Outcome<()> {
    let ((pkcs8, spki), key) = (b.our_pair()?, contents(b)?);
    let text = seal(b, &spki, &key)?;
    let data = json!(text.strip_prefix("4.").ok_or("another type")?).base64()?;
    same("key", b.call("PureCrypto.rsa_decrypt_data", json!([bytes(data), bytes(&pkcs8)]))?.bytes()?, key)
}

/// The types that were written once. The MAC of types 5 and 6 is random: neither side checks it.
fn by_third(b: &Bench<'_>, number: u8) -> Outcome<()> {
    let ((pkcs8, spki), key) = (b.our_pair()?, contents(b)?);
    let hash = if number % 2 == 1 { "sha256" } else { "sha1" };
    let data = b.node.third("rsaOaep", json!([hash, bytes(&spki), bytes(&key)]))?;
    let mac = if number > 4 { format!("|{}", base64(b.chance.bytes(32))) } else { String::new() };
    let text = format!("{number}.{}{mac}", base64(data));
    same("key, by them", b.call("PureCrypto.decapsulate_key_unsigned", json!([text, bytes(&pkcs8)]))?.bytes()?, &*key)?;
    same("key, by us", open(b, &pkcs8, &text)?, key)
}
