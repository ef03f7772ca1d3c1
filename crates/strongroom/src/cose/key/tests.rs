use hex_literal::hex;

use super::super::key_ops::{KeyOperation, KeyOperations};
use super::{CoseKey, Ed25519Parts, SymmetricParts, write_ed25519_private, write_symmetric};
#[cfg(feature = "ml-dsa")]
use super::{MlDsa44Parts, write_ml_dsa_44};

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

/// An ML-DSA-44 key with both halves, written here byte by byte, and what each change of it is.
#[cfg(feature = "ml-dsa")]
#[test]
fn hostile_ml_dsa_44_keys() {
    let public = [3; 1312];
    let (operations, kid, seed) = (KeyOperations::of(&[KeyOperation::Sign]), [9; 16], [7; 32]);
    let mut good = [0; 1408];
    let parts = MlDsa44Parts { kid: &kid, operations, public: Some(&public), seed: Some(&seed) };
    let length = write_ml_dsa_44(&mut good, &parts).unwrap();
    let good = good[..length].to_vec();
    // RFC 9964: key type 7, algorithm -48, the public key at -1, the seed at -2.
    let head = [&hex!("a601070250")[..], &kid, &hex!("03382f048101")].concat();
    let (at_1, at_2) = ([&hex!("20590520")[..], &public].concat(), [&hex!("215820")[..], &seed].concat());
    assert_eq!(good, [&head[..], &at_1, &at_2].concat());
    assert!(write_ml_dsa_44(&mut [0; 1377], &parts).is_none());

    let read = |bytes: &[u8]| {
        let key = CoseKey::parse(bytes).ok()?;
        let key = key.as_ml_dsa_44()?;
        Some((key.public.copied(), key.seed.copied(), key.operations))
    };
    assert_eq!(read(&good), Some((Some(public), Some(seed), operations)));
    let five = |rest: &[&[u8]]| [&hex!("a5")[..], &head[1..], &rest.concat()].concat();
    assert_eq!(read(&five(&[&at_1])), Some((Some(public), None, operations)), "a public key");
    assert_eq!(read(&five(&[&at_2])), Some((None, Some(seed), operations)), "a seed alone");
    let permits_nothing = [&hex!("a501070250")[..], &kid, &hex!("03382f"), &at_1, &at_2].concat();
    assert_eq!(read(&permits_nothing), Some((Some(public), Some(seed), KeyOperations::of(&[]))));

    let headed = |head: &[u8]| [head, &at_1[..], &at_2].concat();
    let with = |from: &[u8], to: &[u8]| {
        let at = head.windows(from.len()).position(|window| window == from).unwrap();
        headed(&[&head[..at], to, &head[at + from.len()..]].concat())
    };
    let six = |rest: &[&[u8]]| [&head[..], &rest.concat()].concat();
    for (name, bytes) in [
        ("an octet key pair", with(&hex!("a60107"), &hex!("a60101"))),
        ("a symmetric key", with(&hex!("a60107"), &hex!("a60104"))),
        ("ML-DSA-65", with(&hex!("03382f"), &hex!("033830"))),
        ("EdDSA", with(&hex!("03382f"), &hex!("0327"))),
        ("no algorithm", headed(&[&hex!("a501070250")[..], &kid, &hex!("048101")].concat())),
        ("no key id", headed(&hex!("a5010703382f048101"))),
        ("a kid of 15 bytes", headed(&[&hex!("a60107024f")[..], &[9; 15], &hex!("03382f048101")].concat())),
        ("a public key of 1,311 bytes", six(&[&hex!("2059051f"), &public[1..], &at_2])),
        ("a public key of 1,313 bytes", six(&[&hex!("20590521"), &public, &[0], &at_2])),
        ("a public key of no bytes", six(&[&hex!("2040"), &at_2])),
        ("the public key of ML-DSA-65", six(&[&hex!("205907a0"), &[3; 1952], &at_2])),
        ("a seed of 31 bytes", six(&[&at_1, &hex!("21581f"), &seed[1..]])),
        ("a seed of 33 bytes", six(&[&at_1, &hex!("215821"), &seed, &[0]])),
        ("the expanded key", six(&[&at_1, &hex!("21590a00"), &[7; 2560]])),
        ("a seed in text", six(&[&at_1, &hex!("217820"), &seed])),
        ("a curve for the public key", six(&[&hex!("2006"), &at_2])),
        ("a curve beside the public key", [&[0xa7], &head[1..], &hex!("2006")[..], &at_1, &at_2].concat()),
        ("two public keys", [&[0xa7], &head[1..], &at_1, &at_1, &at_2].concat()),
        ("two seeds", [&[0xa7], &head[1..], &at_1, &at_2, &at_2].concat()),
        ("a pair too few", [&[0xa7], &good[1..]].concat()),
        ("bytes behind it", [&good[..], &[0]].concat()),
        ("indefinite", [&[0xbf], &good[1..], &[0xff]].concat()),
    ] {
        assert_eq!(read(&bytes), None, "{name}");
    }
    for length in 0..good.len() {
        assert_eq!(read(&good[..length]), None, "{length}");
    }
    // And it is none of the others.
    let key = CoseKey::parse(&good).unwrap();
    assert!(key.as_symmetric().is_none() && key.as_ed25519_private().is_none() && key.as_ed25519_public().is_none());
}
