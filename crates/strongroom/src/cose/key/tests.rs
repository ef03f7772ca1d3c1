use hex_literal::hex;

use super::super::key_ops::KeyOperations;
use super::{CoseKey, SymmetricParts, write_symmetric};

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
