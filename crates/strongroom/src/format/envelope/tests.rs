mod data;
mod keys;
mod partitioning;
mod passwords;

use hex_literal::hex;
use strongroom_memory::{ProtectedBytes, SecretMemory};

use crate::cose::cbor::encoded as cbor;
use crate::error::MessageError;
use crate::operation::{EntropyBox, NotEntropy, SymmetricBox, entropy_of_base64};
use crate::vectors::{encoded, key};

const V1: [u8; 64] = [0x42; 64];
const V1_ID: [u8; 16] = hex!("4ec079e2d97268e714c3d2c8d1217598");

fn text(memory: &SecretMemory, text: &str) -> ProtectedBytes {
    ProtectedBytes::copy_from(memory, text.as_bytes()).unwrap()
}

fn v1(memory: &SecretMemory) -> SymmetricBox {
    key(memory, &V1)
}

fn entropy(memory: &SecretMemory, base64: &str) -> EntropyBox {
    let text = text(memory, base64);
    entropy_of_base64(memory, &text).unwrap_or_else(|_| panic!("a secret"))
}

/// The secret as it is told.
fn told(memory: &SecretMemory, secret: &EntropyBox) -> String {
    let mut out = [0; 88];
    let length = crate::operation::expose_base64(memory, secret, &mut out).unwrap().unwrap();
    String::from_utf8(out[..length].to_vec()).unwrap()
}

/// A map of parameters that are CBOR already, label before value.
fn map(parameters: &[&[u8]]) -> Vec<u8> {
    [&[0xa0 + u8::try_from(parameters.len()).unwrap()], &parameters.concat()[..]].concat()
}

const LEGACY: &[u8] = b"\x03\x78\x22application/x.bitwarden.legacy-key";
const PADDED: &[u8] = b"\x03\x78\x23application/x.bitwarden.cbor-padded";
const AES_GCM: &[u8] = &hex!("0103");
const NONCE_12: &[u8] = &hex!("a1054c000102030405060708090a0b");
const NONCE_24: &[u8] = &hex!("a1055818000102030405060708090a0b0c0d0e0f1011121314151617");

/// A COSE_Encrypt0, or with recipients a COSE_Encrypt.
fn message(protected: &[u8], unprotected: &[u8], ciphertext: &[u8], recipients: Option<&[u8]>) -> Vec<u8> {
    cbor(|writer| {
        writer.array(if recipients.is_some() { 4 } else { 3 }).bytes(protected).raw(unprotected).bytes(ciphertext);
        recipients.into_iter().for_each(|recipients| {
            writer.raw(recipients);
        });
    })
}

/// The Enc_structure, written by hand (RFC 9052 section 5.3).
fn aad(context: &str, protected: &[u8]) -> Vec<u8> {
    cbor(|writer| {
        writer.array(3).text(context).bytes(protected).bytes(&[]);
    })
}

/// What is wrong with every kind of envelope in the same way: cut at every place, and grown.
fn truncations<T: std::fmt::Debug>(good: &[u8], read: impl Fn(&[u8]) -> Result<T, MessageError>) {
    read(good).unwrap();
    for length in 0..good.len() {
        let error = read(&good[..length]).unwrap_err();
        assert!(matches!(error, MessageError::Malformed { .. }), "cut to {length}: {error}");
    }
    let error = read(&[good, &[0]].concat()).unwrap_err();
    assert!(matches!(error, MessageError::Malformed { .. }), "a byte more: {error}");
}

#[test]
fn secrets_are_told_in_base64() {
    let memory = crate::vectors::memory();
    for (text, bytes) in [
        ("oh5t+MrnJSM3uTmJMINa8TLSaT155KzaqxXGFysD3e0=", 32),
        ("oh5t+MrnJSM3uTmJMINa8TLSaT155KzaqxXGFysD3e0", 32),
        ("AAECAwQFBgcICQoLDA0ODw==", 16),
        (&"QUFB".repeat(21)[..], 63),
    ] {
        assert_eq!(told(&memory, &entropy(&memory, text)), text.trim_end_matches('='), "{bytes}");
    }
    let refused = |text: &str| match entropy_of_base64(&memory, &self::text(&memory, text)) {
        Ok(_) => "accepted",
        Err(NotEntropy::Base64) => "not base64",
        Err(NotEntropy::Length(_)) => "length",
        Err(NotEntropy::Memory(_)) => "memory",
    };
    for (text, error) in [
        ("", "length"),
        ("AAECAwQFBgcICQoLDA0O", "length"),
        (&"QUFB".repeat(22), "length"),
        ("AAECAwQFBgcICQoLDA0OD_", "not base64"),
        ("AAECAwQFBgcICQoLDA0ODx==", "not base64"),
        ("AAECAwQFBgcICQoLDA0ODw===", "not base64"),
        ("AAECAwQFBgcI CQoLDA0ODw==", "not base64"),
        ("=AECAwQFBgcICQoLDA0ODwAA", "not base64"),
    ] {
        assert_eq!(refused(text), error, "{text:?}");
    }
}

/// RFC 9679, by another implementation of SHA-256 and by hand.
#[test]
fn the_derived_id_of_the_key_of_these_tests() {
    use sha2::{Digest, Sha256};
    let memory = crate::vectors::memory();
    let digest = Sha256::digest([&hex!("a20104205840")[..], &V1].concat());
    assert_eq!(super::id_of(&memory, &v1(&memory)).unwrap().as_bytes()[..], digest[..16]);
    assert_eq!(encoded(&memory, &v1(&memory)), V1);
}
