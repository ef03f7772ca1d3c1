//! What is signed.

use serde_json::json;
use strongroom::{
    KeyUses,
    algorithms::AsymmetricAlgorithm,
    encapsulation::PublicKey,
    inspection::CoseKeyId,
    signatures::{SecurityState, SignObjects, SignedPublicKey, VerifyingKey},
};

use crate::{
    bench::{Bench, refused, same},
    matrix::{Direction, Row},
    node::{Answer, Outcome, Sdk, bytes},
};

pub(crate) fn rows() -> Vec<Row> {
    const VERIFY: &[&str] = &["PureCrypto.verify_and_unwrap_signed_public_key"];
    const MAKE: &[&str] = &["CryptoClient.make_keys_for_user_crypto_v2"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::live("signed public key", theirs, MAKE, public_key_theirs),
        Row::live("signed public key", ours, VERIFY, public_key_ours),
        Row::live("signed public key, ML-DSA-44", ours, VERIFY, |b| public_key_by(b, AsymmetricAlgorithm::MlDsa44)),
        Row::live("security state", theirs, MAKE, security_state_theirs),
        Row::live("security state that names the user", theirs, MAKE, security_state_theirs).of(Sdk::Older),
        Row::not_offered("security state", ours, "read only as a part of an account: see V2 account"),
        Row::not_offered("fingerprint phrase", Direction::Same, "no function of the package computes it"),
    ]
}

/// With one bit changed, anywhere.
fn flip(b: &Bench<'_>, bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let at = b.chance.below(changed.len());
    if let Some(byte) = changed.get_mut(at) {
        *byte ^= 1 << b.chance.below(8);
    }
    changed
}

fn id_of(key: &VerifyingKey) -> Option<CoseKeyId> {
    Some(key.id())
}

fn public_key_theirs(b: &Bench<'_>) -> Outcome<()> {
    let account = b.v1_client()?.1.call("crypto.make_keys_for_user_crypto_v2", json!([]))?;
    let verifying = VerifyingKey::from_cose(&account.at("verifyingKey")?.base64()?)?;
    let bytes = account.at("signedPublicKey")?.base64()?;
    let open = |bytes: &[u8]| -> Outcome<_> { Ok(SignedPublicKey::from_bytes(bytes)?.verify(&verifying)?.to_spki()) };
    same("key id", SignedPublicKey::from_bytes(&bytes)?.key_id(), id_of(&verifying))?;
    same("public key", open(&bytes)?, account.at("publicKey")?.base64()?)?;
    refused("one bit changed", open(&flip(b, &bytes)))
}

fn public_key_ours(b: &Bench<'_>) -> Outcome<()> {
    public_key_by(b, AsymmetricAlgorithm::Ed25519)
}

fn public_key_by(b: &Bench<'_>, algorithm: AsymmetricAlgorithm) -> Outcome<()> {
    let (_, spki) = b.our_pair()?;
    let (signed, verifying) = b.store.try_context(|ctx| -> Outcome<_> {
        let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
        let signed = ctx.sign_public_key(key, &PublicKey::from_spki(&spki)?)?;
        Ok((signed.as_bytes().to_vec(), ctx.verifying_key(key)?.to_cose()))
    })?;
    let open = |signed: &[u8]| {
        b.call("PureCrypto.verify_and_unwrap_signed_public_key", json!([bytes(signed), bytes(&verifying)]))
    };
    same("public key", open(&signed)?.bytes()?, spki)?;
    refused("one bit changed", open(&flip(b, &signed)))
}

fn security_state_theirs(b: &Bench<'_>) -> Outcome<()> {
    let account = b.v1_client()?.1.call("crypto.make_keys_for_user_crypto_v2", json!([]))?;
    let verifying = VerifyingKey::from_cose(&account.at("verifyingKey")?.base64()?)?;
    let bytes = account.at("securityState")?.base64()?;
    let open = |bytes: &[u8]| -> Outcome<_> { Ok(SecurityState::from_bytes(bytes)?.verify(&verifying)?) };
    same("version", Some(open(&bytes)?), account.at("securityVersion")?.as_u64())?;
    refused("one bit changed", open(&flip(b, &bytes)))
}
