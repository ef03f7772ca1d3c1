use hex_literal::hex;

use super::super::key_ops::{KeyOperation, KeyOperations};
use super::{CoseKey, Ed25519Parts, SymmetricParts, write_ed25519_private, write_symmetric};

/// `symmetric-key/xchacha20-poly1305` of the official vectors, without its padding.
const OFFICIAL: [u8; 68] = hex!(
    "a5010402508aa9d418e70649f7767e966fdbc99e92033a0001116f048403040506205820ee71a7de5d33530714ca2264f1f109ca6b3100b6afcd0eef16b5f64fe54f005b"
);

#[test]
fn the_official_key_is_read_and_written() {
    let key = CoseKey::parse(&OFFICIAL).unwrap();
    let parts = key.as_symmetric().unwrap();
    assert_eq!((parts.alg, parts.operations), (-70_000, KeyOperations::SYMMETRIC));
    let mut out = [0; 128];
    let length = write_symmetric(&mut out, &parts).unwrap();
    assert_eq!(out[..length], OFFICIAL);
    assert!(key.as_ed25519_private().is_none() && key.as_ed25519_public().is_none());
    let mut short = [0; 67];
    assert!(write_symmetric(&mut short, &parts).is_none());
}

#[test]
fn no_key_loses_a_byte_or_gains_one() {
    for length in 0..OFFICIAL.len() {
        assert!(CoseKey::parse(&OFFICIAL[..length]).is_err(), "{length}");
    }
    assert!(CoseKey::parse(&[&OFFICIAL[..], &[1]].concat()).is_err());
}

#[test]
fn hostile_keys() {
    let symmetric = |bytes: &[u8]| -> bool { CoseKey::parse(bytes).is_ok_and(|key| key.as_symmetric().is_some()) };
    let with = |at: usize, byte: u8| {
        let mut changed = OFFICIAL;
        changed[at] = byte;
        changed
    };
    assert!(symmetric(&OFFICIAL));
    assert!(!symmetric(&with(2, 1)), "another key type");
    assert!(!symmetric(&with(3, 1)), "a label twice");
    assert!(!symmetric(&with(4, 0x4f)), "a kid of 15 bytes");
    assert!(!symmetric(&with(0, 0xa4)), "bytes behind it");
    assert!(!symmetric(&with(0, 0xa6)), "a pair too few");
    assert!(!symmetric(&with(0, 0xbf)), "indefinite");
    assert!(!symmetric(&with(35, 0x1f)), "a key of 31 bytes");
    // key_ops missing: it is a key, and permits nothing.
    let mut without = OFFICIAL.to_vec();
    without.drain(27..33);
    without[0] = 0xa4;
    let key = CoseKey::parse(&without).unwrap();
    let SymmetricParts { operations, .. } = key.as_symmetric().unwrap();
    assert_eq!(operations, KeyOperations::of(&[]));
}

/// A private Ed25519 key, written here, and what each change of it is.
#[test]
fn hostile_signing_keys() {
    let mut good = [0; 128];
    let operations = KeyOperations::of(&[KeyOperation::Sign, KeyOperation::Verify]);
    let length = write_ed25519_private(&mut good, &Ed25519Parts { kid: &[9; 16], operations, key: &[7; 32] }).unwrap();
    let good = good[..length].to_vec();
    let private = |bytes: &[u8]| CoseKey::parse(bytes).is_ok_and(|key| key.as_ed25519_private().is_some());
    let changed = |from: &[u8], to: &[u8]| {
        let at = good.windows(from.len()).position(|window| window == from).unwrap();
        [&good[..at], to, &good[at + from.len()..]].concat()
    };
    assert!(private(&good));
    let d = [&hex!("235820")[..], &[7; 32]].concat();
    let kid = [&hex!("0250")[..], &[9; 16]].concat();
    let short_d = [&hex!("23581f")[..], &[7; 31]].concat();
    let short_kid = [&hex!("024f")[..], &[9; 15]].concat();
    for (name, bytes) in [
        ("X25519", changed(&hex!("2006"), &hex!("2004"))),
        ("a symmetric key", changed(&hex!("a60101"), &hex!("a60104"))),
        ("an elliptic curve of two coordinates", changed(&hex!("a60101"), &hex!("a60102"))),
        ("ES256", changed(&hex!("0327"), &hex!("0326"))),
        ("a d of 31 bytes", changed(&d, &short_d)),
        ("a public key alone", changed(&hex!("235820"), &hex!("215820"))),
        ("a kid of 15 bytes", changed(&kid, &short_kid)),
        ("a label twice", changed(&hex!("0327"), &hex!("0101"))),
        ("a curve that is bytes", changed(&hex!("2006"), &hex!("204106"))),
        ("a pair too few", changed(&hex!("a60101"), &hex!("a70101"))),
        ("bytes behind it", [&good[..], &[0]].concat()),
    ] {
        assert!(!private(&bytes), "{name}");
    }
    for length in 0..good.len() {
        assert!(!private(&good[..length]), "{length}");
    }
    // key_ops missing: it is a key, and permits nothing.
    let at = good.windows(2).position(|window| window == hex!("0327")).unwrap() + 2;
    let end = good.windows(3).position(|window| window == hex!("235820")).unwrap();
    let without = [&[0xa5], &good[1..at], &good[end..]].concat();
    let key = CoseKey::parse(&without).unwrap();
    assert_eq!(key.as_ed25519_private().unwrap().operations, KeyOperations::of(&[]));
}
