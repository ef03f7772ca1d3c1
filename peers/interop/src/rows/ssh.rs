//! SSH keys of items.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use strongroom::{
    Asymmetric, KeyUses,
    algorithms::AsymmetricAlgorithm,
    hazmat,
    signatures::{SignObjects, VerifyingKey},
};

use crate::{
    bench::{Bench, refused, same},
    matrix::{Direction, Row},
    node::{Answer, Outcome},
};

pub(crate) fn rows() -> Vec<Row> {
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::live("SSH key, Ed25519, OpenSSH's form", theirs, &["generate_ssh_key", "import_ssh_key"], ed25519),
        Row::live("SSH key, Ed25519, OpenSSH's form", ours, &["import_ssh_key"], ed25519_ours),
    ]
}

/// A public key as the text beside it has it (RFC 8709, section 4).
fn blob(key: &VerifyingKey) -> Vec<u8> {
    [&[0, 0, 0, 11], &b"ssh-ed25519"[..], &[0, 0, 0, 32], key.as_bytes()].concat()
}

fn blob_of(line: &str) -> Outcome<Vec<u8>> {
    let line = line.strip_prefix("ssh-ed25519 ").ok_or("another kind of key")?;
    let blob = line.split_once(' ').map_or(line, |(blob, _comment)| blob);
    Ok(BASE64_STANDARD.decode(blob.trim())?)
}

/// The key that we take in is the one whose public half they wrote beside it.
fn ed25519(b: &Bench<'_>) -> Outcome<()> {
    let made = b.call("generate_ssh_key", json!(["Ed25519"]))?;
    let read = b.call("import_ssh_key", json!([made.at("privateKey")?, null]))?;
    same("public key, twice by them", read.at("publicKey")?, made.at("publicKey")?)?;
    let mut pem = made.at("privateKey")?.text()?.into_bytes();
    b.store.try_context(|ctx| {
        let key: strongroom::Key<'_, Asymmetric> =
            hazmat::import_pem(ctx, pem.as_mut_slice(), KeyUses::CONTENTS_AND_KEYS)?;
        same("public key", blob_of(&made.at("publicKey")?.text()?)?, blob(&ctx.verifying_key(key)?))
    })
}

/// What they read has our public half, and they write the private one again as we wrote it.
fn ed25519_ours(b: &Bench<'_>) -> Outcome<()> {
    let (text, public) = b.store.try_context(|ctx| -> Outcome<_> {
        let key = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
        Ok((hazmat::expose_open_ssh(ctx, key)?, blob(&ctx.verifying_key(key)?)))
    })?;
    let read = b.call("import_ssh_key", json!([text.as_str(), null]))?;
    same("public key", blob_of(&read.at("publicKey")?.text()?)?, public.clone())?;
    let mut again = read.at("privateKey")?.text()?.into_bytes();
    b.store.try_context(|ctx| -> Outcome<_> {
        let key: strongroom::Key<'_, Asymmetric> =
            hazmat::import_pem(ctx, again.as_mut_slice(), KeyUses::CONTENTS_AND_KEYS)?;
        same("public key, written again by them", blob(&ctx.verifying_key(key)?), public)
    })?;
    let changed = text.replacen("b3BlbnNzaC1rZXktdjEA", "b3BlbnNzaC1rZXktdjIA", 1);
    refused("another version of the file", b.call("import_ssh_key", json!([changed, null])))
}
