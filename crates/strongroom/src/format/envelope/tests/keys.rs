//! Keys sealed under keys.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use hex_literal::hex;
use hmac::{KeyInit, Mac};

use super::super::symmetric::{self, SymmetricKeyEnvelope};
use super::{LEGACY, V1, V1_ID, aad, map, message, truncations, v1};
use crate::error::{ErrorKind, Malformed, MessageError, WrongKey};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::CoseKeyId;
use crate::kind::Symmetric;
use crate::labels::SymmetricEnvelopeNamespace;
use crate::operation;
use crate::vectors::{encoded, key, memory, same};

const SESSION: SymmetricEnvelopeNamespace = SymmetricEnvelopeNamespace::SessionKey;

#[test]
fn every_key_comes_back_under_every_key() {
    let memory = memory();
    for outer in SymmetricAlgorithm::ALL {
        let by = operation::generate::<Symmetric>(&memory, outer).unwrap();
        for inner in SymmetricAlgorithm::ALL {
            let key = operation::generate::<Symmetric>(&memory, inner).unwrap();
            let sealed = symmetric::seal(&memory, &by, &key, SESSION).unwrap();
            let read: SymmetricKeyEnvelope = sealed.to_string().parse().unwrap();
            assert!(same(&memory, &symmetric::unseal(&memory, &by, &read, SESSION).unwrap(), &key), "{inner} {outer}");
            assert_eq!(read.key_id(), Some(super::super::id_of(&memory, &by).unwrap()));
            assert_eq!(read.contained_key_id(), Some(super::super::id_of(&memory, &key).unwrap()));

            let error = symmetric::unseal(&memory, &by, &read, SymmetricEnvelopeNamespace::OrganizationInvite);
            assert_eq!(error.unwrap_err(), ErrorKind::Malformed(Malformed::Purpose { found: 1, expected: 2 }));
            let other = operation::generate::<Symmetric>(&memory, outer).unwrap();
            let error = symmetric::unseal(&memory, &other, &read, SESSION).unwrap_err();
            assert!(matches!(error, ErrorKind::WrongKey(WrongKey::Id { .. })), "{error}");
        }
    }
}

#[test]
fn no_flipped_bit_opens() {
    let memory = memory();
    for outer in SymmetricAlgorithm::ALL {
        let by = operation::generate::<Symmetric>(&memory, outer).unwrap();
        let sealed = symmetric::seal(&memory, &by, &v1(&memory), SESSION).unwrap();
        let good = sealed.as_bytes();
        let mut tried = 0;
        for bit in 0..good.len() * 8 {
            let mut changed = good.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(envelope) = SymmetricKeyEnvelope::from_bytes(&changed) {
                assert!(symmetric::unseal(&memory, &by, &envelope, SESSION).is_err(), "{outer}, bit {bit}");
                tried += 1;
            }
        }
        assert!(tried > 1000, "{tried}");
        truncations(good, SymmetricKeyEnvelope::from_bytes);
    }
}

#[test]
fn keys_of_another_algorithm_do_not_open() {
    let memory = memory();
    for outer in SymmetricAlgorithm::ALL {
        let by = operation::generate::<Symmetric>(&memory, outer).unwrap();
        let sealed = symmetric::seal(&memory, &by, &v1(&memory), SESSION).unwrap();
        for other in SymmetricAlgorithm::ALL.into_iter().filter(|other| *other != outer) {
            let with = operation::generate::<Symmetric>(&memory, other).unwrap();
            let error = symmetric::unseal(&memory, &with, &sealed, SESSION).unwrap_err();
            assert_eq!(error, ErrorKind::WrongKey(WrongKey::EnvelopeAlgorithm { key: other }));
        }
    }
}

/// A key that may only decrypt neither wraps nor unwraps.
#[test]
fn permitted_operations_are_honoured() {
    let memory = memory();
    let by = operation::content_key(&memory).unwrap();
    let error = symmetric::seal(&memory, &by, &v1(&memory), SESSION).unwrap_err();
    assert_eq!(error.to_string(), "the key may not wrap: it permits decrypt");
    let mut raw = encoded(&memory, &by);
    let at = raw.windows(3).position(|window| window == hex!("048104")).unwrap();
    raw[at + 2] = 5;
    let wraps = key(&memory, &raw);
    let sealed = symmetric::seal(&memory, &wraps, &v1(&memory), SESSION).unwrap();
    let error = symmetric::unseal(&memory, &wraps, &sealed, SESSION).unwrap_err();
    assert_eq!(error.to_string(), "the key may not unwrap: it permits wrap");
}

/// The AEAD of AES-256-CBC and HMAC, sealed here by other implementations: what the MAC covers, in which order.
#[test]
fn cbc_and_hmac_as_an_aead() {
    let memory = memory();
    let by = v1(&memory);
    let inner = [7; 64];
    let protected = map(&[
        &hex!("013a0001117a"),
        LEGACY,
        &[&hex!("0450")[..], &V1_ID].concat(),
        &hex!("3a0001388103"),
        &hex!("3a0001388001"),
    ]);
    let iv = [9; 16];
    let mut sealed = vec![0; 80];
    sealed[..64].copy_from_slice(&inner);
    let encryptor = cbc::Encryptor::<aes::Aes256>::new(V1[..32].try_into().unwrap(), &iv.into());
    encryptor.encrypt_padded::<Pkcs7>(&mut sealed, 64).unwrap();
    let aad = aad("Encrypt0", &protected);
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&V1[32..]).unwrap();
    mac.update(b"bitwarden.aes256-cbc-hmac-sha256-aead.v1");
    mac.update(&iv);
    mac.update(&(sealed.len() as u64).to_be_bytes());
    mac.update(&sealed);
    mac.update(&(aad.len() as u64).to_be_bytes());
    mac.update(&aad);
    sealed.extend_from_slice(&mac.finalize().into_bytes());
    let nonce = [&hex!("a10550")[..], &iv].concat();
    let envelope = SymmetricKeyEnvelope::from_bytes(&message(&protected, &nonce, &sealed, None)).unwrap();
    let opened = symmetric::unseal(&memory, &by, &envelope, SESSION).unwrap();
    assert_eq!(encoded(&memory, &opened), inner);

    // Not whole blocks, no block, a nonce of another length: the same answer as for a wrong MAC.
    for (name, nonce, sealed) in [
        ("a byte less", &nonce[..], &sealed[1..]),
        ("a MAC alone", &nonce, &sealed[80..]),
        ("half a MAC", &nonce, &sealed[96..]),
        ("an iv of 12 bytes", super::NONCE_12, &sealed),
    ] {
        let envelope = SymmetricKeyEnvelope::from_bytes(&message(&protected, nonce, sealed, None)).unwrap();
        let error = symmetric::unseal(&memory, &by, &envelope, SESSION).unwrap_err();
        assert_eq!(error, ErrorKind::WrongKey(WrongKey::OrChanged), "{name}");
    }
}

/// The hostile table: as that of the other envelopes, where they differ.
#[test]
fn hostile_envelopes() {
    let of = "symmetric key envelope";
    let (alg, nonce) = (&hex!("0103")[..], super::NONCE_12);
    let sealed = [0; 80];
    for (name, bytes, error) in [
        (
            "a data envelope",
            message(&map(&[alg, LEGACY, &hex!("3a0001388102")]), nonce, &sealed, None),
            MessageError::WrongObject { found: 2, expected: of },
        ),
        (
            "no content type",
            message(&map(&[alg]), nonce, &sealed, None),
            MessageError::Missing { of, part: "content type" },
        ),
        (
            "a kid of 17 bytes",
            message(&map(&[alg, LEGACY, &[&hex!("0451")[..], &[0; 17]].concat()]), nonce, &sealed, None),
            MessageError::Length { of, part: "key id", found: 17, expected: 16 },
        ),
        (
            "15 bytes",
            message(&map(&[alg, LEGACY]), nonce, &[0; 15], None),
            MessageError::Length { of, part: "ciphertext", found: 15, expected: 16 },
        ),
        (
            "a COSE_Encrypt",
            message(&map(&[alg, LEGACY]), nonce, &sealed, Some(&hex!("80"))),
            MessageError::Malformed { expected: of },
        ),
    ] {
        assert_eq!(SymmetricKeyEnvelope::from_bytes(&bytes).unwrap_err(), error, "{name}");
    }
    let memory = memory();
    let by = operation::generate::<Symmetric>(&memory, SymmetricAlgorithm::Aes256Gcm).unwrap();
    let given = super::super::id_of(&memory, &by).unwrap();
    let kid = [&hex!("0450")[..], &[5; 16]].concat();
    let envelope =
        SymmetricKeyEnvelope::from_bytes(&message(&map(&[alg, LEGACY, &kid]), nonce, &sealed, None)).unwrap();
    let error = symmetric::unseal(&memory, &by, &envelope, SESSION).unwrap_err();
    let named = CoseKeyId::new([5; 16]);
    assert_eq!(error, crate::error::WrongKey::Id { named, given }.into());
}
