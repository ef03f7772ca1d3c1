//! Fingerprint phrases, against those of the official command line.

use strongroom::encapsulation::PublicKey;
use strongroom_account::fingerprint_phrase;

use super::{bytes, command_line};

#[test]
fn the_phrase_is_that_of_the_official_command() {
    let account = command_line();
    let key = PublicKey::from_spki(&bytes(&account["public_spki_b64"])).unwrap();
    let id = account["user_id"].as_str().unwrap();
    assert_eq!(fingerprint_phrase(&key, id), account["fingerprint"].as_str().unwrap());
    let other = fingerprint_phrase(&key, "alice@example.com");
    assert_ne!(other, fingerprint_phrase(&key, id));
    assert_eq!(other.split('-').count(), 5, "{other}");
}
