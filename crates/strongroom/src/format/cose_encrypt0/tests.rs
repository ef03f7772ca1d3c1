use serde_json::Value;
use strongroom_memory::SecretMemory;

use crate::error::{ErrorKind, Malformed, WrongKey};
use crate::format::enc_string::EncString;
use crate::format::external::External;
use crate::format::{decrypt_into, encrypt, unwrap, wrap};
use crate::key::algorithm::{AsymmetricAlgorithm, SigningAlgorithm, SymmetricAlgorithm};
use crate::kind::{Asymmetric, Symmetric};
use crate::labels::{ContentType, EncStringType};
use crate::operation::{self, SymmetricBox};
use crate::vectors::{bytes, encoded, key, key_of, memory, of_format, same};

fn decrypt(memory: &SecretMemory, key: &SymmetricBox, text: &EncString) -> Result<Vec<u8>, ErrorKind> {
    let mut out = vec![0xee; text.max_contents_len()];
    let length = decrypt_into(memory, key, text, &External::NONE, &mut out).inspect_err(|_| ())?;
    out.truncate(length);
    Ok(out)
}

fn text(vector: &Value) -> EncString {
    vector.as_str().unwrap().parse().unwrap()
}

const COSE: [SymmetricAlgorithm; 3] =
    [SymmetricAlgorithm::XChaCha20Poly1305, SymmetricAlgorithm::Xaes256Gcm, SymmetricAlgorithm::Aes256Gcm];

fn new(memory: &SecretMemory, algorithm: SymmetricAlgorithm) -> SymmetricBox {
    operation::generate::<Symmetric>(memory, algorithm).unwrap()
}

#[test]
fn opens_what_the_official_software_wrote() {
    let memory = memory();
    let vectors = of_format("encstring/7");
    assert_eq!(vectors.len(), 7);
    for vector in vectors {
        let key = key(&memory, &bytes(&vector["inputs"]["key_b64"]));
        let contents = match vector["inputs"]["plaintext_utf8"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => bytes(&vector["inputs"]["plaintext_b64"]),
        };
        assert_eq!(decrypt(&memory, &key, &text(&vector["outputs"]["enc_string"])).unwrap(), contents);
    }
}

#[test]
fn refuses_what_the_official_software_refuses() {
    let memory = memory();
    let vectors = of_format("negative/encstring7");
    let [flipped, other] = &vectors[..] else { panic!("two") };
    let right = key(&memory, &bytes(&flipped["inputs"]["key_b64"]));
    assert_eq!(
        decrypt(&memory, &right, &text(&flipped["inputs"]["enc_string"])),
        Err(ErrorKind::WrongKey(WrongKey::OrChanged))
    );
    let another = new(&memory, SymmetricAlgorithm::XChaCha20Poly1305);
    let error = decrypt(&memory, &another, &text(&other["inputs"]["enc_string"])).unwrap_err();
    let ErrorKind::WrongKey(WrongKey::Id { named, .. }) = error else { panic!("{error}") };
    assert_eq!(named.to_string(), "8aa9d418e70649f7767e966fdbc99e92");
}

#[test]
fn contents_that_were_not_encrypted_are_not_left_in_the_buffer() {
    let memory = memory();
    let facts = operation::facts::<Symmetric>(&memory, &new(&memory, SymmetricAlgorithm::Xaes256Gcm)).unwrap();
    let other = new(&memory, SymmetricAlgorithm::Aes256CbcHmacSha256);
    let mut out = [0xAA; 120];
    let made = super::encrypt_into(&memory, &other, &super::CoseFacts::of(&facts).unwrap(), &[0x77; 20], &mut out);
    assert!(matches!(made, Err(ErrorKind::Internal { .. })), "{made:?}");
    // The head, 20 bytes of contents, room for the tag.
    assert!(!out.windows(4).any(|bytes| bytes == [0x77; 4]), "{out:?}");
    assert_eq!(out[out.len() - 23..], [0xAA; 23]);
}

#[test]
fn contents_come_back_under_every_algorithm_and_length() {
    let memory = memory();
    for algorithm in COSE {
        let key = new(&memory, algorithm);
        for length in [0_usize, 1, 15, 16, 31, 32, 33, 63, 64, 1000, 100_000] {
            let contents = vec![b'x'; length];
            for content in [ContentType::Octets, ContentType::Utf8Padded] {
                let sealed = encrypt(&memory, &key, content, &contents, &External::NONE).unwrap();
                assert_eq!(sealed.enc_type(), EncStringType::Cose);
                assert_eq!(decrypt(&memory, &key, &sealed).unwrap(), contents, "{algorithm} {length}");
                let again = sealed.to_string().parse().unwrap();
                assert_eq!(decrypt(&memory, &key, &again).unwrap(), contents);
            }
        }
    }
}

/// Texts of 0 to 31 bytes, and of 32 to 63, cannot be told apart by their length.
#[test]
fn text_is_padded_to_whole_32_bytes() {
    let memory = memory();
    let key = new(&memory, SymmetricAlgorithm::Xaes256Gcm);
    let length = |text: &str| {
        encrypt(&memory, &key, ContentType::Utf8Padded, text.as_bytes(), &External::NONE).unwrap().data().len()
    };
    let (short, long) = (length(""), length(&"x".repeat(32)));
    assert_eq!(length(&"x".repeat(31)), short);
    assert_eq!(length(&"x".repeat(63)), long);
    // A byte more for the length of 80 bytes of ciphertext as of 48.
    assert_eq!(long, short + 32);
}

/// The same bytes come out, byte for byte, as the official software wrote, but for the nonce.
#[test]
fn messages_are_laid_out_as_the_official_ones() {
    let memory = memory();
    let vector = &of_format("encstring/7")[3];
    let key = key(&memory, &bytes(&vector["inputs"]["key_b64"]));
    let contents = vector["inputs"]["plaintext_utf8"].as_str().unwrap();
    let ours = encrypt(&memory, &key, ContentType::Utf8Padded, contents.as_bytes(), &External::NONE).unwrap();
    let theirs = text(&vector["outputs"]["enc_string"]);
    assert_eq!(ours.data().len(), theirs.data().len());
    // Up to the nonce, of 24 bytes behind its head; then the head of the ciphertext.
    assert_eq!(ours.data()[..70], theirs.data()[..70]);
    assert_eq!(ours.data()[94..96], theirs.data()[94..96]);
    assert_ne!(ours.data()[70..94], theirs.data()[70..94], "a fresh nonce");
}

#[test]
fn any_changed_byte_and_any_length_is_refused() {
    let memory = memory();
    for algorithm in COSE {
        let key = new(&memory, algorithm);
        let sealed = encrypt(&memory, &key, ContentType::Octets, b"some bytes", &External::NONE).unwrap();
        let refused = |bytes: &[u8]| {
            let text = EncString::from_cose(bytes.into());
            let mut out = vec![0; bytes.len()];
            let result = decrypt_into(&memory, &key, &text, &External::NONE, &mut out);
            assert!(result.is_err());
            assert!(!out.windows(10).any(|seen| seen == b"some bytes"));
        };
        for at in 0..sealed.data().len() {
            for bit in [1, 0x80] {
                let mut bytes = sealed.data().to_vec();
                bytes[at] ^= bit;
                refused(&bytes);
            }
            refused(&sealed.data()[..at]);
        }
        refused(&[sealed.data(), &[0]].concat());
    }
}

#[test]
fn no_changed_key_is_unwrapped() {
    let memory = memory();
    for algorithm in COSE {
        let by = new(&memory, algorithm);
        let key = new(&memory, SymmetricAlgorithm::Xaes256Gcm);
        let wrapped = wrap::<Symmetric>(&memory, &by, &key).unwrap();
        let unwrapped = |bytes: &[u8]| unwrap::<Symmetric>(&memory, &by, &EncString::from_cose(bytes.into())).map(drop);
        assert_eq!(unwrapped(wrapped.data()), Ok(()));
        for at in 0..wrapped.data().len() {
            for bit in 0..8 {
                let mut bytes = wrapped.data().to_vec();
                bytes[at] ^= 1 << bit;
                assert!(unwrapped(&bytes).is_err(), "{algorithm}, byte {at}, bit {bit}");
            }
            assert!(unwrapped(&wrapped.data()[..at]).is_err(), "{algorithm}, {at} bytes");
        }
        let last = wrapped.data().len() - 1;
        let mut bytes = wrapped.data().to_vec();
        bytes[last] ^= 1;
        assert_eq!(unwrapped(&bytes), Err(ErrorKind::WrongKey(WrongKey::OrChanged)));
        assert!(unwrapped(&[wrapped.data(), &[0]].concat()).is_err());
    }
}

#[test]
fn a_key_of_another_algorithm_is_the_wrong_one() {
    let memory = memory();
    let v1 = new(&memory, SymmetricAlgorithm::Aes256CbcHmacSha256);
    for algorithm in COSE {
        let key = new(&memory, algorithm);
        let sealed = encrypt(&memory, &key, ContentType::Octets, b"x", &External::NONE).unwrap();
        let wrong = |result: Result<Vec<u8>, ErrorKind>| match result.unwrap_err() {
            ErrorKind::WrongKey(WrongKey::Algorithm { text, key }) => (text, key),
            other => panic!("{other}"),
        };
        assert_eq!(
            wrong(decrypt(&memory, &v1, &sealed)),
            (EncStringType::Cose, SymmetricAlgorithm::Aes256CbcHmacSha256)
        );
        for other in COSE.into_iter().filter(|other| *other != algorithm) {
            assert_eq!(wrong(decrypt(&memory, &new(&memory, other), &sealed)), (EncStringType::Cose, other));
        }
        let old = encrypt(&memory, &v1, ContentType::Octets, b"x", &External::NONE).unwrap();
        assert_eq!(old.enc_type(), EncStringType::AesCbcHmac);
        assert_eq!(wrong(decrypt(&memory, &key, &old)), (EncStringType::AesCbcHmac, algorithm));
        let error = unwrap::<Symmetric>(&memory, &key, &wrap::<Symmetric>(&memory, &v1, &key).unwrap()).unwrap_err();
        assert!(matches!(error, ErrorKind::WrongKey(WrongKey::Algorithm { key, .. }) if key == algorithm), "{error}");
    }
}

/// Every symmetric key under every other, and a signing key under each.
#[test]
fn keys_come_back_under_every_algorithm() {
    let memory = memory();
    for outer in SymmetricAlgorithm::ALL {
        let by = new(&memory, outer);
        for inner in SymmetricAlgorithm::ALL {
            let key = new(&memory, inner);
            let wrapped = wrap::<Symmetric>(&memory, &by, &key).unwrap();
            let back = unwrap::<Symmetric>(&memory, &by, &wrapped).unwrap();
            assert!(same(&memory, &back, &key), "{inner} under {outer}");
            assert!(
                unwrap::<Asymmetric>(&memory, &by, &wrapped)
                    .is_err_and(|error| error == ErrorKind::Malformed(Malformed::NotAKey))
            );
            if outer != SymmetricAlgorithm::Aes256CbcHmacSha256 {
                assert_eq!(decrypt(&memory, &by, &wrapped), Err(ErrorKind::Malformed(Malformed::IsKey)));
            }
        }
        for algorithm in
            SigningAlgorithm::ALL.into_iter().filter(|algorithm| algorithm.is_there()).map(AsymmetricAlgorithm::from)
        {
            let signing = operation::generate::<Asymmetric>(&memory, algorithm).unwrap();
            let wrapped = wrap::<Asymmetric>(&memory, &by, &signing).unwrap();
            let back = unwrap::<Asymmetric>(&memory, &by, &wrapped).unwrap();
            assert_eq!(encoded(&memory, &back), encoded(&memory, &signing), "{algorithm} under {outer}");
            assert!(
                unwrap::<Symmetric>(&memory, &by, &wrapped)
                    .is_err_and(|error| error == ErrorKind::Malformed(Malformed::NotAKey))
            );
        }
    }
}

#[test]
fn opens_keys_that_the_official_software_wrapped() {
    let memory = memory();
    let vectors = of_format("wrapped-symmetric-key");
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let by = key(&memory, &bytes(&vector["inputs"]["wrapping_key_b64"]));
        let expected = bytes(&vector["inputs"]["key_b64"]);
        let unwrapped = unwrap::<Symmetric>(&memory, &by, &text(&vector["outputs"]["enc_string"])).unwrap();
        assert_eq!(encoded(&memory, &unwrapped), expected);
    }
    let vectors = of_format("wrapped-private-key");
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let by = key(&memory, &bytes(&vector["inputs"]["wrapping_key_b64"]));
        let expected = bytes(&vector["inputs"]["private_pkcs8_b64"]);
        let unwrapped = unwrap::<Asymmetric>(&memory, &by, &text(&vector["outputs"]["enc_string"])).unwrap();
        assert_eq!(encoded(&memory, &unwrapped), expected);
        let again = wrap::<Asymmetric>(&memory, &by, &unwrapped).unwrap();
        assert_eq!(encoded(&memory, &unwrap::<Asymmetric>(&memory, &by, &again).unwrap()), expected);
    }
    let vector = &of_format("signing")[0];
    let by = key(&memory, &bytes(&vector["inputs"]["user_key_b64"]));
    let signing = unwrap::<Asymmetric>(&memory, &by, &text(&vector["inputs"]["signing_key_enc"])).unwrap();
    assert_eq!(encoded(&memory, &signing), bytes(&vector["outputs"]["signing_key_cose_b64"]));
}

/// A content-encryption key that may only decrypt, and one that may nothing.
#[test]
fn permitted_operations_are_honoured() {
    let memory = memory();
    let make = |operations: &str| {
        let kid = "02500102030405060708090a0b0c0d0e0f10";
        let hex = format!("a50104{kid}0303{operations}205820{}", "5a".repeat(32));
        let mut cbor: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let padding = 65_usize.saturating_sub(cbor.len()).max(1);
        cbor.resize(cbor.len() + padding, u8::try_from(padding).unwrap());
        key_of::<Symmetric>(&memory, &cbor)
    };
    let all = make("048403040506");
    let (decrypts, wraps, nothing) = (make("048104"), make("048105"), make("0480"));
    let sealed = encrypt(&memory, &all, ContentType::Octets, b"x", &External::NONE).unwrap();
    let wrapped = wrap::<Symmetric>(&memory, &all, &all).unwrap();
    assert_eq!(decrypt(&memory, &decrypts, &sealed).unwrap(), b"x");
    assert!(unwrap::<Symmetric>(&memory, &make("048106"), &wrapped).is_ok());
    for key in [&decrypts, &wraps, &nothing] {
        let error = encrypt(&memory, key, ContentType::Octets, b"x", &External::NONE).unwrap_err();
        assert!(matches!(error, ErrorKind::NotPermitted(_)), "{error}");
        let error = unwrap::<Symmetric>(&memory, key, &wrapped).unwrap_err();
        assert!(matches!(error, ErrorKind::NotPermitted(_)), "{error}");
    }
    for key in [&wraps, &nothing] {
        let error = decrypt(&memory, key, &sealed).unwrap_err();
        assert!(matches!(error, ErrorKind::NotPermitted(_)), "{error}");
    }
    assert!(wrap::<Symmetric>(&memory, &wraps, &all).is_ok());
    let error = wrap::<Symmetric>(&memory, &decrypts, &all).unwrap_err();
    assert!(matches!(error, ErrorKind::NotPermitted(_)));
    assert_eq!(error.to_string(), "the key may not wrap: it permits decrypt");
    let error = wrap::<Symmetric>(&memory, &nothing, &all).unwrap_err();
    assert_eq!(error.to_string(), "the key may not wrap: it permits nothing");
}

/// What a message may not say, each with the error it gives.
#[test]
fn hostile_messages() {
    let memory = memory();
    let key = new(&memory, SymmetricAlgorithm::Aes256Gcm);
    let good = encrypt(&memory, &key, ContentType::Octets, b"x", &External::NONE).unwrap();
    // 83 58 lengths: the protected header begins with a3 01 03 03 18 2a 04 50 kid.
    let bytes = good.data().to_vec();
    assert_eq!(bytes[..9], [0x83, 0x58, 0x18, 0xa3, 1, 3, 3, 0x18, 0x2a]);
    let with = |at: usize, byte: u8| {
        let mut changed = bytes.clone();
        changed[at] = byte;
        changed
    };
    let malformed = ErrorKind::Malformed(Malformed::Cose);
    let cases: Vec<(&str, Vec<u8>, ErrorKind)> = vec![
        ("an array of four", with(0, 0x84), malformed.clone()),
        ("a map", with(0, 0xa3), malformed.clone()),
        ("an indefinite array", with(0, 0x9f), malformed.clone()),
        ("a header longer than all", with(2, 0xff), malformed.clone()),
        ("a header of indefinite length", with(3, 0xbf), malformed.clone()),
        ("no alg", with(4, 7), malformed.clone()),
        ("no content type", with(6, 7), malformed.clone()),
        ("a content type that nobody knows", with(8, 0x2b), malformed.clone()),
        ("a key", with(8, 0x65), ErrorKind::Malformed(Malformed::IsKey)),
        ("alg twice", with(6, 1), malformed.clone()),
        ("something critical", with(6, 2), malformed.clone()),
        ("a nonce in the protected header", with(9, 5), malformed.clone()),
        ("the map in the header a bomb", with(3, 0xbb), malformed.clone()),
        ("empty", vec![0x80], malformed.clone()),
        ("nested", [vec![0x83], vec![0x81; 1000]].concat(), malformed.clone()),
        ("lengths of 2^63", vec![0x83, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], malformed),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(decrypt(&memory, &key, &EncString::from_cose(bytes.into())), Err(expected), "{name}");
    }
}
