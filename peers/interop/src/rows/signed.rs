//! What is signed, and the envelopes that are not for unlocking.

use crate::matrix::{Direction, Row};

pub(crate) fn rows() -> Vec<Row> {
    const SIGNED: &str = "signed objects are not landed";
    const ENVELOPES: &str = "envelopes are not landed";
    const VERIFY: &[&str] = &["PureCrypto.verify_and_unwrap_signed_public_key"];
    const MAKE: &[&str] = &["CryptoClient.make_keys_for_user_crypto_v2"];
    const UNLOCK: &[&str] = &["CryptoClient.initialize_user_crypto"];
    const SEAL: &[&str] = &["RegistrationClient.seal_open_org_invite_data"];
    const UNSEAL: &[&str] = &["RegistrationClient.unseal_open_org_invite_data"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::pending("signed public key", theirs, MAKE, SIGNED),
        Row::pending("signed public key", ours, VERIFY, SIGNED),
        Row::pending("security state", theirs, MAKE, SIGNED),
        Row::pending("security state", ours, UNLOCK, SIGNED),
        Row::pending("open invitation: data envelope and secret-protected key envelope", theirs, SEAL, ENVELOPES),
        Row::pending("open invitation: data envelope and secret-protected key envelope", ours, UNSEAL, ENVELOPES),
        Row::not_offered("symmetric key envelope", theirs, "their client makes it only while it talks to a server"),
        Row::not_offered("fingerprint phrase", Direction::Same, "no function of the package computes it"),
    ]
}
