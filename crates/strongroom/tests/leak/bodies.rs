//! Bodies of type 7 that are opened as streams: what is made of their keys for the nonces that the attacker knows, as
//! needles, and by the control in ordinary memory.

use std::any::Any;
use std::fs;

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use chacha20::cipher::{KeyIvInit, StreamCipher};
use chacha20::{ChaCha20, R20, hchacha};
use ghash::GHash;
use poly1305::Poly1305;
use serde_json::{Value, json};
use strongroom_probe::{Form, Needles};
use tempfile::TempDir;

use super::attack::secret_of;

const XCHACHA: &str = "XChaCha20-Poly1305";
const XAES: &str = "XAES-256-GCM";
const XAES_MESSAGE: &str = "XAES-256-GCM, message key";
const GCM: &str = "AES-256-GCM";

/// Of which secret the control finds which form: the same primitives leave these where nothing protects them.
pub(crate) const FOUND_BY_THE_CONTROL: [(&str, Form); 12] = [
    (XCHACHA, Form::Raw),
    (XCHACHA, Form::ChaChaSubkey),
    (XCHACHA, Form::Poly1305Key),
    (XCHACHA, Form::Poly1305Limbs),
    (XAES, Form::XaesMask),
    (XAES_MESSAGE, Form::Raw),
    (XAES_MESSAGE, Form::AesEncryption),
    (XAES_MESSAGE, Form::GhashKey),
    (XAES_MESSAGE, Form::PolyvalKey),
    (GCM, Form::AesEncryption),
    (GCM, Form::GhashKey),
    (GCM, Form::PolyvalKey),
];

/// The algorithm of a body, by its header, and the nonce: behind label 5.
fn about(body: &[u8]) -> (&'static str, Vec<u8>) {
    let nonce = |head: &[u8], length: usize| {
        let at = body[..100].windows(head.len()).position(|window| window == head)? + head.len();
        Some(body[at..at + length].to_vec())
    };
    // The header's alg stands behind `83 58 length, map of 3, label 1`.
    let number = &body[6..];
    match number {
        [0x3a, 0, 1, 0x11, 0x6f, ..] => (XCHACHA, nonce(&[0xa1, 5, 0x58, 24], 24).unwrap()),
        [0x3a, 0, 1, 0x11, 0x79, ..] => (XAES, nonce(&[0xa1, 5, 0x58, 24], 24).unwrap()),
        _ => (GCM, nonce(&[0xa1, 5, 0x4c], 12).unwrap()),
    }
}

/// Writes a body down for the process under attack, and adds what its key becomes.
pub(crate) fn add(needles: &mut Needles, sealed: &mut Value, directory: &TempDir, key: &[u8; 32], body: &[u8]) {
    let (algorithm, nonce) = about(body);
    let (name, path) = (format!("body under {algorithm}"), directory.path().join(algorithm));
    fs::write(&path, body).unwrap();
    sealed[&name] = json!(path.to_str().unwrap());
    match algorithm {
        XCHACHA => {
            needles.bytes(&name, key).unwrap();
            needles.xchacha20_poly1305_message(&name, key, nonce[..].try_into().unwrap()).unwrap();
        }
        XAES => {
            needles.xaes256_gcm_key(&name, key).unwrap();
            needles.xaes256_gcm_message(&name, key, nonce[..].try_into().unwrap()).unwrap();
        }
        _ => {
            needles.bytes(&name, key).unwrap();
            needles.aes256_gcm_key(&name, key).unwrap();
        }
    }
}

/// The control: the same, by the same libraries, on the ordinary heap.
pub(crate) fn in_ordinary_memory(lines: &[Vec<u8>], sealed: &Value) -> Vec<Box<dyn Any>> {
    // As the process under attack hears them.
    let keys = [(XCHACHA, &lines[6]), (XAES, &lines[4]), (GCM, &lines[7])];
    let mut held: Vec<Box<dyn Any>> = Vec::new();
    for (algorithm, key) in keys {
        let key = secret_of(key);
        let (found, nonce) = about(&fs::read(sealed[format!("body under {algorithm}")].as_str().unwrap()).unwrap());
        assert_eq!(found, algorithm);
        match algorithm {
            XCHACHA => {
                let subkey: [u8; 32] = hchacha::<R20>(&key.into(), nonce[..16].try_into().unwrap()).into();
                let mut one_time = Box::new([0; 32]);
                let rest: [u8; 12] = [&[0; 4], &nonce[16..]].concat().try_into().unwrap();
                ChaCha20::new(&subkey.into(), &rest.into()).apply_keystream(&mut *one_time);
                held.push(Box::new(Poly1305::new(&(*one_time).into())));
                held.extend([Box::new(key) as Box<dyn Any>, Box::new(subkey), one_time]);
            }
            XAES => {
                let outer = Aes256::new(&key.into());
                let mut block = [0; 16].into();
                outer.encrypt_block(&mut block);
                let block = u128::from_be_bytes(block.into());
                let mask = Box::new(((block << 1) ^ ((block >> 127) * 0x87)).to_be_bytes());
                let mut message = [[0; 16]; 2];
                for (half, number) in message.iter_mut().zip(1..) {
                    let prefix = [0, number, b'X', 0].into_iter().chain(nonce.iter().copied());
                    half.iter_mut().zip(*mask).zip(prefix).for_each(|((to, mask), byte)| *to = mask ^ byte);
                    outer.encrypt_block(half.into());
                }
                held.push(mask);
                hold_gcm(&mut held, message.as_flattened().try_into().unwrap());
            }
            _ => hold_gcm(&mut held, &key),
        }
    }
    held
}

fn hold_gcm(held: &mut Vec<Box<dyn Any>>, key: &[u8; 32]) {
    let aes = Box::new(Aes256::new(key.into()));
    let mut hash = [0; 16].into();
    aes.encrypt_block(&mut hash);
    held.extend([Box::new(*key) as Box<dyn Any>, aes, Box::new(GHash::new(&hash)), Box::new(hash)]);
}
