//! Bitwarden's operations by RustCrypto, on ordinary memory: what the attacker computes by, and what the control victim
//! does.

use aes::Aes256;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use getrandom::SysRng;
use hmac::{Hmac, KeyInit, Mac};
use rsa::rand_core::UnwrapErr;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::sealed::{ARGON2ID, ROUNDS};

/// A key of 32 bytes for AES-256-CBC and 32 for HMAC-SHA256.
pub(crate) type Pair = [[u8; 32]; 2];

pub(crate) fn pbkdf2(password: &[u8], salt: &[u8]) -> [u8; 32] {
    pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, salt, ROUNDS)
}

/// The salt that Bitwarden gives to Argon2id.
pub(crate) fn argon2id_salt(salt: &[u8]) -> [u8; 32] {
    Sha256::digest(salt).into()
}

pub(crate) fn argon2id(password: &[u8], salt: &[u8]) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    let (iterations, memory_kib, lanes) = ARGON2ID;
    let params = Params::new(memory_kib, iterations, lanes, Some(32)).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(password, &argon2id_salt(salt), &mut key).ok()?;
    Some(key)
}

/// HKDF-Expand (RFC 5869 section 2.3) of one block each, with the infos `enc` and `mac`.
pub(crate) fn stretch(master: &[u8; 32]) -> Pair {
    [b"enc\x01", b"mac\x01"].map(|info| hmac(master, &[info]))
}

/// A text of type 2.
pub(crate) fn seal(key: &Pair, contents: &[u8]) -> Result<String, getrandom::Error> {
    let mut iv = [0; 16];
    getrandom::fill(&mut iv)?;
    let [enc, mac] = key;
    let data = cbc::Encryptor::<Aes256>::new(enc.into(), &iv.into()).encrypt_padded_vec::<Pkcs7>(contents);
    let mac = hmac(mac, &[&iv, &data]);
    let [iv, data, mac] = [&iv[..], &data, &mac].map(|part| BASE64_STANDARD.encode(part));
    Ok(format!("2.{iv}|{data}|{mac}"))
}

/// The contents of a text of type 2 under this key, if it is one.
pub(crate) fn open(key: &Pair, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let parts: Vec<Vec<u8>> =
        text.strip_prefix("2.")?.split('|').map(|part| BASE64_STANDARD.decode(part).ok()).collect::<Option<_>>()?;
    let [iv, data, mac] = parts.as_slice() else { return None };
    let [enc_key, mac_key] = key;
    if hmac(mac_key, &[iv, data]) != mac.as_slice() {
        return None;
    }
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(enc_key, iv).ok()?;
    cipher.decrypt_padded_vec::<Pkcs7>(data).ok().map(Zeroizing::new)
}

/// The key of 64 bytes that such a text holds.
pub(crate) fn open_key(key: &Pair, text: &str) -> Option<Pair> {
    pair(&open(key, text)?)
}

/// 64 bytes as halves.
pub(crate) fn pair(raw: &[u8]) -> Option<Pair> {
    let ([enc, mac], []) = raw.as_chunks() else { return None };
    Some([*enc, *mac])
}

/// Makes a new RSA key whose modulus has this number of bits.
pub(crate) fn new_rsa(bits: usize) -> Option<RsaPrivateKey> {
    RsaPrivateKey::new(&mut UnwrapErr(SysRng), bits).ok()
}

/// A text of type 4: RSA-OAEP with SHA-1.
pub(crate) fn encapsulate(to: &RsaPublicKey, key: &[u8]) -> Option<String> {
    let sealed = to.encrypt(&mut UnwrapErr(SysRng), Oaep::<sha1::Sha1>::new(), key).ok()?;
    Some(format!("4.{}", BASE64_STANDARD.encode(sealed)))
}

/// The key that such a text holds.
pub(crate) fn decapsulate(by: &RsaPrivateKey, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let sealed = encapsulated(text)?;
    by.decrypt_blinded(&mut UnwrapErr(SysRng), Oaep::<sha1::Sha1>::new(), &sealed).ok().map(Zeroizing::new)
}

/// The bytes of such a text.
pub(crate) fn encapsulated(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text.strip_prefix("4.")?).ok()
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of every length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
