//! Checksums of addresses, and what they are for.

use serde_json::Value;
use strongroom::{EncString, ExposeSecret, KeyStore, KeyUses, Sealed, algorithms::SymmetricAlgorithm};
use strongroom_vault::{has_uri_checksum, uri_checksum};

/// By the official SDK, run as a black box: `crates/strongroom/tests/data/README.md`.
const VECTORS: &str = include_str!("../../strongroom/tests/data/official-sdk.json");

/// Every object with `uri` and `uriChecksum` in the views that the official software decrypted.
fn addresses<'v>(value: &'v Value, found: &mut Vec<(&'v str, &'v str)>) {
    match value {
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            if let (Some(uri), Some(checksum)) = (text("uri"), text("uriChecksum")) {
                found.push((uri, checksum));
            }
            members.values().for_each(|value| addresses(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| addresses(value, found)),
        _ => {}
    }
}

#[test]
fn checksums_are_those_of_the_official_software() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let mut found = Vec::new();
    addresses(&vectors, &mut found);
    // Of the encrypted items, address and checksum are encrypted.
    found.retain(|(uri, _)| !uri.starts_with("2.") && !uri.starts_with("7."));
    for (uri, checksum) in &found {
        assert_eq!(uri_checksum(uri), *checksum, "{uri}");
        assert!(has_uri_checksum(uri, Some(checksum)));
    }
    assert!(found.iter().any(|(_, checksum)| *checksum == "Mfkq+q6L372NbFZHDVZqC3xoIG/YoLtsaF0363Ato4c="));
    assert!(found.len() >= 4, "{}", found.len());
}

#[test]
fn nothing_else_is_a_checksum() {
    let uri = "https://exämple.com/";
    let right = uri_checksum(uri);
    assert!(has_uri_checksum(uri, Some(&right)), "the control");
    for wrong in [None, Some(""), Some(right.trim_end_matches('=')), Some(&right.to_lowercase()), Some(uri)] {
        assert!(!has_uri_checksum(uri, wrong), "{wrong:?}");
    }
    for other in ["", "https://example.com/", "https://exämple.com", "https://EXÄMPLE.com/"] {
        assert!(!has_uri_checksum(other, Some(&right)), "{other}");
    }
    assert_eq!(uri_checksum(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

/// Nothing binds a text to its place: a password that is moved into an address opens there, under a key of either
/// version. The checksum tells.
#[test]
fn a_password_that_is_moved_opens_as_an_address_and_has_no_checksum() {
    let store: KeyStore = KeyStore::open().unwrap();
    for algorithm in SymmetricAlgorithm::ALL {
        store.try_context(|ctx| {
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS).unwrap();
            let address = "https://example.com/login";
            let [password, uri, checksum] = ["hunter2", address, &uri_checksum(address)]
                .map(|text| Sealed::<String>::from(ctx.encrypt_text(key, text).unwrap()));
            let read =
                |text: &Sealed<String>| ctx.decrypt_text(key, text.as_enc_string()).unwrap().expose_secret().to_owned();
            assert!(has_uri_checksum(&read(&uri), Some(&read(&checksum))), "as written");
            let moved: EncString = password.to_string().parse().unwrap();
            let moved = read(&moved.into());
            assert_eq!(moved, "hunter2", "{algorithm}");
            assert!(!has_uri_checksum(&moved, Some(&read(&checksum))));
            assert!(!has_uri_checksum(&moved, Some(&read(&password))), "the password again");
        });
    }
}
