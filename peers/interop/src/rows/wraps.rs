//! Keys under keys.

use serde_json::json;
use strongroom::{
    Asymmetric, ExposeSecret, KeyUses, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::Encapsulate,
    hazmat,
    signatures::SignObjects,
};

use crate::{
    bench::{Bench, Ctx, give, same, take},
    matrix::{Direction, Row},
    node::{Answer, Outcome, bytes},
    rows::{ALL, V1, XAES, XCHACHA},
};

pub(crate) fn rows() -> Vec<Row> {
    const WRAP: &[&str] = &["PureCrypto.wrap_symmetric_key"];
    const UNWRAP: &[&str] = &["PureCrypto.unwrap_symmetric_key"];
    const WRAP_PRIVATE: &[&str] = &["PureCrypto.wrap_decapsulation_key"];
    const UNWRAP_PRIVATE: &[&str] = &["PureCrypto.unwrap_decapsulation_key"];
    const WRAP_PUBLIC: &[&str] = &["PureCrypto.wrap_encapsulation_key"];
    const UNWRAP_PUBLIC: &[&str] = &["PureCrypto.unwrap_encapsulation_key"];
    const VERIFYING: &str = "PureCrypto.verifying_key_for_signing_key";
    const SIGNING: &[&str] = &[VERIFYING, "PureCrypto.key_algorithm_for_verifying_key"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::live("symmetric keys of three kinds under an AES-256-CBC-HMAC key", theirs, WRAP, |b| by_them(b, V1))
            .times(6),
        Row::live("symmetric keys of three kinds under an AES-256-CBC-HMAC key", ours, UNWRAP, |b| by_us(b, V1))
            .times(6),
        Row::live("symmetric keys of three kinds under an XChaCha20-Poly1305 key", theirs, WRAP, |b| {
            by_them(b, XCHACHA)
        })
        .times(6),
        Row::live("symmetric keys of three kinds under an XChaCha20-Poly1305 key", ours, UNWRAP, |b| by_us(b, XCHACHA))
            .times(6),
        Row::live("symmetric keys of three kinds under an XAES-256-GCM key", theirs, WRAP, |b| by_them(b, XAES))
            .times(6),
        Row::live("symmetric keys of three kinds under an XAES-256-GCM key", ours, UNWRAP, |b| by_us(b, XAES)).times(6),
        Row::live("private key under a symmetric key of three kinds", theirs, WRAP_PRIVATE, private_by_them).times(6),
        Row::live("private key under a symmetric key of three kinds", ours, UNWRAP_PRIVATE, private_by_us).times(6),
        Row::live("public key under an AES-256-CBC-HMAC key", theirs, WRAP_PUBLIC, public_by_them),
        Row::live("public key under an AES-256-CBC-HMAC key", ours, UNWRAP_PUBLIC, public_by_us),
        Row::live(
            "Ed25519 signing key under a COSE key, and its verifying key",
            theirs,
            &["CryptoClient.make_keys_for_user_crypto_v2", VERIFYING],
            signing_by_them,
        ),
        Row::live("Ed25519 signing key under a COSE key, and its verifying key", ours, SIGNING, signing_by_us),
        Row::live("ML-DSA-44 signing key under a COSE key, and its verifying key", ours, SIGNING, ml_dsa_by_us),
    ]
}

/// The kinds by turns.
fn kind(b: &Bench<'_>) -> Outcome<SymmetricAlgorithm> {
    Ok(*ALL.get(b.case % ALL.len()).ok_or("no kind")?)
}

fn by_them(b: &Bench<'_>, under: SymmetricAlgorithm) -> Outcome<()> {
    let (wrapping, contained) = (b.any_key(under)?, b.any_key(kind(b)?)?);
    let wrapped = b.call("PureCrypto.wrap_symmetric_key", json!([bytes(&contained), bytes(&wrapping)]))?.text()?;
    b.store.try_context(|ctx| {
        let wrapping = take(ctx, &wrapping)?;
        let key: strongroom::Key<'_, Symmetric> =
            ctx.unwrap_key(wrapping, &wrapped.parse()?, KeyUses::CONTENTS_AND_KEYS)?;
        same("key", give(ctx, key)?, contained)
    })
}

fn by_us(b: &Bench<'_>, under: SymmetricAlgorithm) -> Outcome<()> {
    let wrapping = b.any_key(under)?;
    let (wrapped, contained) = b.store.try_context(|ctx| -> Outcome<_> {
        let (wrapping, key) = (take(ctx, &wrapping)?, ctx.generate_with(kind(b)?, KeyUses::CONTENTS_AND_KEYS)?);
        Ok((ctx.wrap_key(wrapping, key)?.to_string(), give(ctx, key)?))
    })?;
    let found = b.call("PureCrypto.unwrap_symmetric_key", json!([wrapped, bytes(&wrapping)]))?.bytes()?;
    same("key", found, contained)
}

fn private_by_them(b: &Bench<'_>) -> Outcome<()> {
    let (wrapping, (pkcs8, spki)) = (b.any_key(kind(b)?)?, b.their_pair()?);
    let wrapped = b.call("PureCrypto.wrap_decapsulation_key", json!([bytes(&pkcs8), bytes(&wrapping)]))?.text()?;
    b.store.try_context(|ctx| {
        let wrapping = take(ctx, &wrapping)?;
        let key: strongroom::Key<'_, strongroom::Asymmetric> =
            ctx.unwrap_key(wrapping, &wrapped.parse()?, KeyUses::CONTENTS_AND_KEYS)?;
        same("public key", ctx.public_key(key)?.to_spki(), spki)?;
        same("private key", hazmat::expose_encoded(ctx, key)?.to_vec(), pkcs8)
    })
}

fn private_by_us(b: &Bench<'_>) -> Outcome<()> {
    let wrapping = b.any_key(kind(b)?)?;
    let (wrapped, pkcs8, spki) = b.store.try_context(|ctx| -> Outcome<_> {
        let key =
            ctx.generate_with(strongroom::algorithms::AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        let wrapping = take(ctx, &wrapping)?;
        let pkcs8 = hazmat::expose_encoded(ctx, key)?.to_vec();
        Ok((ctx.wrap_key(wrapping, key)?.to_string(), pkcs8, ctx.public_key(key)?.to_spki()))
    })?;
    let found = b.call("PureCrypto.unwrap_decapsulation_key", json!([wrapped, bytes(&wrapping)]))?.bytes()?;
    same("private key", &found, &pkcs8)?;
    same("public key", b.call("PureCrypto.rsa_extract_public_key", json!([bytes(&found)]))?.bytes()?, spki)
}

/// Under a key of the first generation there is nothing but the bytes.
fn public_by_them(b: &Bench<'_>) -> Outcome<()> {
    let (wrapping, (_, spki)) = (b.any_key(V1)?, b.our_pair()?);
    let wrapped = b.call("PureCrypto.wrap_encapsulation_key", json!([bytes(&spki), bytes(&wrapping)]))?.text()?;
    b.store.try_context(|ctx| {
        let wrapping = take(ctx, &wrapping)?;
        let found = ctx.decrypt_bytes(wrapping, &wrapped.parse()?)?;
        same("public key", strongroom::encapsulation::PublicKey::from_spki(found.expose_secret())?.to_spki(), spki)
    })
}

fn public_by_us(b: &Bench<'_>) -> Outcome<()> {
    let (wrapping, (_, spki)) = (b.any_key(V1)?, b.our_pair()?);
    let wrapped = b.store.try_context(|ctx| -> Outcome<_> {
        let wrapping = take(ctx, &wrapping)?;
        Ok(ctx.encrypt_bytes(wrapping, &strongroom::encapsulation::PublicKey::from_spki(&spki)?.to_spki())?.to_string())
    })?;
    same(
        "public key",
        b.call("PureCrypto.unwrap_encapsulation_key", json!([wrapped, bytes(&wrapping)]))?.bytes()?,
        spki,
    )
}

fn signing_by_them(b: &Bench<'_>) -> Outcome<()> {
    let account = b.v1_client()?.1.call("crypto.make_keys_for_user_crypto_v2", json!([]))?;
    let (user, wrapped) = (account.at("userKey")?.base64()?, account.at("signingKey")?.text()?);
    let named = b.call("PureCrypto.verifying_key_for_signing_key", json!([wrapped, bytes(&user)]))?.bytes()?;
    same("their two verifying keys", &account.at("verifyingKey")?.base64()?, &named)?;
    b.store.try_context(|ctx| {
        let user = take(ctx, &user)?;
        let key: strongroom::Key<'_, Asymmetric> =
            ctx.unwrap_key(user, &wrapped.parse()?, KeyUses::CONTENTS_AND_KEYS)?;
        same("verifying key", ctx.verifying_key(key)?.to_cose(), named)
    })
}

fn signing_by_us(b: &Bench<'_>) -> Outcome<()> {
    signing_key_by_us(b, AsymmetricAlgorithm::Ed25519, "ed25519")
}

fn ml_dsa_by_us(b: &Bench<'_>) -> Outcome<()> {
    signing_key_by_us(b, AsymmetricAlgorithm::MlDsa44, "mlDsa44")
}

fn signing_key_by_us(b: &Bench<'_>, algorithm: AsymmetricAlgorithm, name: &str) -> Outcome<()> {
    let under = if b.case.is_multiple_of(2) { XAES } else { XCHACHA };
    let user = b.any_key(under)?;
    let (wrapped, verifying) = b.store.try_context(|ctx: &Ctx<'_>| -> Outcome<_> {
        let (user, key) = (take(ctx, &user)?, ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?);
        Ok((ctx.wrap_key(user, key)?.to_string(), ctx.verifying_key(key)?.to_cose()))
    })?;
    let found = b.call("PureCrypto.verifying_key_for_signing_key", json!([wrapped, bytes(&user)]))?.bytes()?;
    same("verifying key", found, verifying.as_slice())?;
    let algorithm = b.call("PureCrypto.key_algorithm_for_verifying_key", json!([bytes(&verifying)]))?;
    same("algorithm", algorithm.text()?, name)
}
