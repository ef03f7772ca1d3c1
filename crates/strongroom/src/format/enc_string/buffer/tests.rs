use proptest::prelude::*;

use super::EncString;
use crate::error::EncStringError;
use crate::labels::EncStringType;
use crate::vectors::{bytes, of_format};

fn buffer(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn what_the_official_software_wrote() {
    let mut handled = 0;
    for (format, enc_type) in [("encbuffer/2", EncStringType::AesCbcHmac), ("encbuffer/7", EncStringType::Cose)] {
        for vector in of_format(format) {
            let buffer = bytes(&vector["outputs"]["enc_buffer_b64"]);
            let enc = EncString::from_buffer(&buffer).unwrap();
            assert_eq!(enc.enc_type(), enc_type);
            assert_eq!(enc.to_buffer().unwrap(), buffer);
            // The same thing as text.
            assert_eq!(EncString::parse(&enc.to_string()).unwrap(), enc);
            handled += 1;
        }
    }
    assert_eq!(handled, 12);
}

/// The hostile table: every truncation, every first byte, everything that is not whole blocks.
#[test]
fn malformed_buffers() {
    use EncStringError::*;
    let (cbc, hmac, cose) = (EncStringType::AesCbc, EncStringType::AesCbcHmac, EncStringType::Cose);
    let short = |of, found, min| TooShort { of, found, min };
    let mut cases: Vec<(String, Vec<u8>, EncStringError)> = vec![
        ("nothing".into(), vec![], Empty),
        ("type 1".into(), buffer(&[&[1], &[0; 64]]), WithdrawnType),
        ("type 7 without a message".into(), vec![7], short(cose, 1, 2)),
        ("type 0, half a block more".into(), buffer(&[&[0], &[0; 16 + 24]]), Blocks { found: 24 }),
        ("type 2, a byte more".into(), buffer(&[&[2], &[0; 48 + 17]]), Blocks { found: 17 }),
        ("type 2, a byte less".into(), buffer(&[&[2], &[0; 48 + 31]]), Blocks { found: 31 }),
        ("text".into(), b"2.AAAA".to_vec(), UnknownDiscriminator { found: b'2' }),
    ];
    for number in (3..=6).chain(8..=255) {
        let case = (format!("type {number}"), buffer(&[&[number], &[0; 256]]), UnknownDiscriminator { found: number });
        cases.push(case);
    }
    for (number, of, min) in [(0, cbc, 33), (2, hmac, 65)] {
        for length in 1..min {
            cases.push((format!("type {number}, cut to {length}"), [vec![number], vec![0; length - 1]].concat(), {
                short(of, length, min)
            }));
        }
    }
    for (name, buffer, error) in &cases {
        assert_eq!(EncString::from_buffer(buffer), Err(*error), "{name}");
    }
    assert_eq!(cases.len(), 7 + 252 + 32 + 64);
}

#[test]
fn the_errors_say_what_is_wrong() {
    let error = |buffer: &[u8]| EncString::from_buffer(buffer).unwrap_err().to_string();
    assert_eq!(error(&[9]), "the encrypted buffer begins with 9, which is no type that buffers have");
    assert_eq!(
        error(&[2; 64]),
        "an encrypted buffer of type 2 (AES-256-CBC, HMAC-SHA256) has 65 bytes at least; this one has 64"
    );
}

#[test]
fn keys_under_rsa_keys_have_no_buffer() {
    for text in ["3.AQ==", "4.AQ=="] {
        assert_eq!(EncString::parse(text).unwrap().to_buffer(), None);
    }
}

proptest! {
    /// Whatever comes in, it is refused or comes out again as it was.
    #[test]
    fn any_bytes(number in 0..10_u8, rest in prop::collection::vec(any::<u8>(), 0..200)) {
        let buffer = [&[number], &rest[..]].concat();
        if let Ok(enc) = EncString::from_buffer(&buffer) {
            prop_assert_eq!(enc.to_buffer().unwrap(), buffer);
            prop_assert_eq!(EncString::parse(&enc.to_string()).unwrap(), enc);
        }
    }
}
