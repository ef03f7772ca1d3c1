//! SSH keys of items.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use strongroom::{LocalKey, Signing, hazmat};

use crate::{
    bench::{Bench, same},
    matrix::{Direction, Row},
    node::{Answer, Outcome},
};

pub(crate) fn rows() -> Vec<Row> {
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::live("SSH key, Ed25519, OpenSSH's form", theirs, &["generate_ssh_key", "import_ssh_key"], ed25519),
        Row::pending(
            "SSH key, Ed25519, OpenSSH's form",
            ours,
            &["import_ssh_key"],
            "such keys are taken in and not handed out in this form",
        ),
    ]
}

/// The key that we take in is the one whose public half they wrote beside it (RFC 8709, section 4).
fn ed25519(b: &Bench<'_>) -> Outcome<()> {
    let made = b.call("generate_ssh_key", json!(["Ed25519"]))?;
    let read = b.call("import_ssh_key", json!([made.at("privateKey")?, null]))?;
    same("public key, twice by them", read.at("publicKey")?, made.at("publicKey")?)?;
    let line = made.at("publicKey")?.text()?;
    let blob = BASE64_STANDARD.decode(line.strip_prefix("ssh-ed25519 ").ok_or("another kind of key")?.trim())?;
    let mut pem = made.at("privateKey")?.text()?.into_bytes();
    b.store.context(|ctx| {
        let key: LocalKey<'_, Signing> = hazmat::import_pem(ctx, pem.as_mut_slice())?;
        let expected =
            [&[0, 0, 0, 11], &b"ssh-ed25519"[..], &[0, 0, 0, 32], ctx.verifying_key(key)?.as_bytes()].concat();
        same("public key", blob, expected)
    })
}
