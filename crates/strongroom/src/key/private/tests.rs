use super::{PrivateKey, read_spki};
use crate::key::prepared::{Form, Prepared};
use crate::key::resting::Resting;
use crate::vectors::{bytes, of_format};

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
    assert_eq!(read_spki(&spki).as_ref(), Some(key.modulus()));

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
}
