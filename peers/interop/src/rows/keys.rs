//! Symmetric keys as bytes, and their ids.

use serde_json::json;
use strongroom::{
    ExposeSecret, KeyUses,
    algorithms::SymmetricAlgorithm,
    inspection::{Inspect, KeyOperations},
};

use crate::{
    bench::{Bench, give, same, take},
    matrix::{Direction, Row},
    node::{Answer, Outcome, bytes},
    rows::{V1, XAES, XCHACHA},
};

pub(crate) fn rows() -> Vec<Row> {
    const ENCRYPT: &str = "PureCrypto.symmetric_encrypt_string";
    const ROUND: &[&str] = &[ENCRYPT, "PureCrypto.symmetric_decrypt_string"];
    const ID: &[&str] = &["CryptoClient.get_key_id_for_symmetric_key"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    let (v1, xchacha, xaes) = (
        "symmetric key, AES-256-CBC-HMAC: 64 bytes",
        "symmetric key, XChaCha20-Poly1305: COSE_Key",
        "symmetric key, XAES-256-GCM: COSE_Key",
    );
    vec![
        Row::live(v1, theirs, &["PureCrypto.make_user_key_aes256_cbc_hmac", ENCRYPT], |b| opened(b, V1)),
        Row::live(
            "symmetric key, AES-256-CBC-HMAC: base64",
            theirs,
            &["PureCrypto.make_aes256_cbc_hmac_key"],
            opened_base64,
        ),
        Row::live(v1, ours, ROUND, |b| taken(b, V1)),
        Row::live(xchacha, theirs, &["PureCrypto.make_user_key_xchacha20_poly1305", ENCRYPT], |b| opened(b, XCHACHA)),
        Row::live(xchacha, ours, ROUND, |b| taken(b, XCHACHA)),
        Row::live(xaes, theirs, &["CryptoClient.make_keys_for_user_crypto_v2", ENCRYPT], |b| opened(b, XAES)),
        Row::live(xaes, ours, ROUND, |b| taken(b, XAES)),
        Row::live("key id, derived from an AES-256-CBC-HMAC key", Direction::Same, ID, |b| id(b, V1)),
        Row::live("key id of an XChaCha20-Poly1305 key", Direction::Same, ID, |b| id(b, XCHACHA)),
        Row::live("key id of an XAES-256-GCM key", Direction::Same, ID, |b| id(b, XAES)),
    ]
}

/// Theirs means the same to us: it opens what they encrypt with it, and comes back as it was.
fn opened(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    agrees(b, &b.their_key(algorithm)?, algorithm)
}

fn opened_base64(b: &Bench<'_>) -> Outcome<()> {
    agrees(b, &b.call("PureCrypto.make_aes256_cbc_hmac_key", json!([]))?.base64()?, V1)
}

fn agrees(b: &Bench<'_>, encoded: &[u8], algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let word = b.chance.word();
    let text = b.call("PureCrypto.symmetric_encrypt_string", json!([word, bytes(encoded)]))?.text()?;
    b.store.try_context(|ctx| {
        let key = take(ctx, encoded)?;
        same("algorithm", ctx.key_info(key)?.algorithm(), algorithm)?;
        same("operations", ctx.key_info(key)?.operations(), KeyOperations::SYMMETRIC)?;
        same("text", ctx.decrypt_text(key, &text.parse()?)?.expose_secret(), word.as_str())?;
        same("encoded", give(ctx, key)?, encoded)
    })
}

/// Ours means the same to them.
fn taken(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let word = b.chance.word();
    let (encoded, text) = b.store.try_context(|ctx| -> Outcome<_> {
        let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
        Ok((give(ctx, key)?, ctx.encrypt_text(key, &word)?.to_string()))
    })?;
    let found = b.call("PureCrypto.symmetric_decrypt_string", json!([text, bytes(&encoded)]))?;
    same("text", found.text()?, word.as_str())?;
    let theirs = b.call("PureCrypto.symmetric_encrypt_string", json!([word, bytes(&encoded)]))?.text()?;
    b.store.try_context(|ctx| {
        let key = take(ctx, &encoded)?;
        same("their text", ctx.decrypt_text(key, &theirs.parse()?)?.expose_secret(), word.as_str())
    })
}

fn id(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let encoded = b.any_key(algorithm)?;
    let theirs = b.call("CryptoClient.get_key_id_for_symmetric_key", json!([bytes(&encoded)]))?.bytes()?;
    b.store.try_context(|ctx| {
        let key = take(ctx, &encoded)?;
        let ours = match ctx.key_info(key)?.id() {
            Some(id) => id.as_bytes().to_vec(),
            None => ctx.derived_id(key)?.ok_or("no id")?.as_bytes().to_vec(),
        };
        same("key id", ours, theirs)
    })
}
