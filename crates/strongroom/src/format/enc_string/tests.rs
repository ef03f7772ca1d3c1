use proptest::prelude::*;

use super::EncString;
use crate::error::{EncStringError, EncStringPart};
use crate::labels::EncStringType;

const IV: &str = "AAAAAAAAAAAAAAAAAAAAAA==";
const DATA: &str = "AQEBAQEBAQEBAQEBAQEBAQ==";
const MAC: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

fn parse(text: &str) -> Result<EncString, EncStringError> {
    let parsed = EncString::parse(text);
    assert_eq!(text.parse(), parsed);
    parsed
}

#[test]
fn every_type_is_read_and_printed() {
    use EncStringType::*;
    for (text, enc_type, data_len) in [
        (format!("0.{IV}|{DATA}"), AesCbc, 16),
        (format!("2.{IV}|{DATA}|{MAC}"), AesCbcHmac, 16),
        (format!("3.{DATA}"), RsaOaepSha256, 16),
        ("4.AQ==".into(), RsaOaepSha1, 1),
        (format!("5.{DATA}|{MAC}"), RsaOaepSha256Mac, 16),
        (format!("6.{DATA}|{MAC}"), RsaOaepSha1Mac, 16),
        (format!("7.{DATA}"), Cose, 16),
    ] {
        let enc = parse(&text).unwrap();
        assert_eq!(enc.enc_type(), enc_type);
        assert_eq!(enc.to_string(), text);
        assert_eq!(format!("{enc:?}"), format!("EncString(type {}, {data_len} bytes)", enc_type.number()));
        let json = serde_json::to_string(&enc).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<EncString>(&json).unwrap(), enc);
    }
}

#[test]
fn texts_without_header_are_of_type_0() {
    let legacy = parse(&format!("{IV}|{DATA}")).unwrap();
    assert_eq!(legacy, parse(&format!("0.{IV}|{DATA}")).unwrap());
    assert_eq!(legacy.to_string(), format!("0.{IV}|{DATA}"));
}

#[test]
fn missing_padding_is_accepted() {
    let canonical = format!("2.{IV}|{DATA}|{MAC}");
    let bare = canonical.replace('=', "");
    assert_ne!(bare, canonical);
    assert_eq!(parse(&bare).unwrap(), parse(&canonical).unwrap());
    assert_eq!(parse(&bare).unwrap().to_string(), canonical);
}

/// The hostile table: each text has its own error, which says what is wrong and where.
#[test]
fn malformed_texts() {
    use EncStringError::*;
    use EncStringPart::*;
    let parts = |of, found, expected| Parts { of, found, expected };
    let base64 = |part| Base64 { part };
    let length = |part, found, expected| Length { part, found, expected };
    let (cbc, hmac) = (EncStringType::AesCbc, EncStringType::AesCbcHmac);
    let cases: Vec<(String, EncStringError)> = vec![
        ("".into(), Empty),
        (".".into(), UnknownType),
        ("8.AAAA".into(), UnknownType),
        ("9.AAAA".into(), UnknownType),
        ("02.AAAA".into(), UnknownType),
        ("+2.AAAA".into(), UnknownType),
        (" 2.AAAA".into(), UnknownType),
        ("٢.AAAA".into(), UnknownType),
        ("18446744073709551618.AAAA".into(), UnknownType),
        (format!("2.{IV}.{DATA}"), Dots),
        ("2..".into(), Dots),
        (format!("1.{IV}|{DATA}|{MAC}"), WithdrawnType),
        (format!("{IV}|{DATA}|{MAC}"), WithdrawnType),
        ("1.".into(), WithdrawnType),
        ("hello".into(), parts(cbc, 1, 2)),
        ("a|b|c|d".into(), parts(cbc, 4, 2)),
        ("2.".into(), parts(hmac, 1, 3)),
        (format!("2.{IV}|{DATA}"), parts(hmac, 2, 3)),
        (format!("2.{IV}|{DATA}|{MAC}|"), parts(hmac, 4, 3)),
        (format!("0.{IV}|{DATA}|{MAC}"), parts(cbc, 3, 2)),
        (format!("4.{DATA}|{MAC}"), parts(EncStringType::RsaOaepSha1, 2, 1)),
        (format!("6.{DATA}"), parts(EncStringType::RsaOaepSha1Mac, 1, 2)),
        (format!("7.{DATA}|{MAC}"), parts(EncStringType::Cose, 2, 1)),
        (format!("2.*{IV}|{DATA}|{MAC}"), base64(Iv)),
        (format!("2.{IV}|A{DATA}|{MAC}"), base64(Data)),
        (format!("2.{IV}|{DATA}|{MAC}="), base64(Mac)),
        (format!("2.{IV}|{DATA}|{MAC}\n"), base64(Mac)),
        (format!("2.{IV} |{DATA}|{MAC}"), base64(Iv)),
        (format!("2.{}|{DATA}|{MAC}", IV.replace("A=", "B=")), base64(Iv)),
        (format!("2.{IV}|{}|{MAC}", DATA.replace('A', "-")), base64(Data)),
        (format!("2.|{DATA}|{MAC}"), length(Iv, 0, 16)),
        (format!("2.AAAA{IV}|{DATA}|{MAC}"), length(Iv, 19, 16)),
        (format!("0.AAAA|{DATA}"), length(Iv, 3, 16)),
        (format!("2.{IV}|{DATA}|"), length(Mac, 0, 32)),
        (format!("2.{IV}|{DATA}|{DATA}"), length(Mac, 16, 32)),
        (format!("5.{DATA}|{DATA}"), length(Mac, 16, 32)),
        (format!("2.{IV}||{MAC}"), NoData),
        (format!("0.{IV}|"), NoData),
        ("|".into(), length(Iv, 0, 16)),
        ("3.".into(), NoData),
        ("7.=".into(), base64(Data)),
        ("5.|".into(), length(Mac, 0, 32)),
        (format!("5.|{MAC}"), NoData),
        (format!("2.{IV}|AAAA{DATA}|{MAC}"), Blocks { found: 19 }),
        (format!("0.{IV}|AAAA"), Blocks { found: 3 }),
        (format!("2.{IV}|AA|{MAC}"), Blocks { found: 1 }),
    ];
    for (text, error) in cases {
        assert_eq!(parse(&text), Err(error), "{text:?}");
        let json = serde_json::to_string(&text).unwrap();
        let message = serde_json::from_str::<EncString>(&json).unwrap_err().to_string();
        assert!(message.starts_with(&error.to_string()), "{message}");
    }
    assert!(serde_json::from_str::<EncString>("2").is_err());
}

/// Cut off at every character: never accepted, except where only padding was cut.
#[test]
fn truncated_texts() {
    let text = format!("2.{IV}|{DATA}|{MAC}");
    for end in 0..text.len() - 1 {
        assert!(parse(&text[..end]).is_err(), "{}", &text[..end]);
    }
    assert!(parse(&text[..text.len() - 1]).is_ok());
}

#[test]
fn display_obeys_width() {
    let enc = parse("4.AQ==").unwrap();
    assert_eq!(format!("{enc:>8}|{enc:<8}|"), "  4.AQ==|4.AQ==  |");
}

#[test]
fn texts_of_the_official_software() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/data/official-sdk.json")).unwrap();
    let mut types = [0; 8];
    for vector in vectors["vectors"].as_array().unwrap() {
        for side in ["inputs", "outputs"] {
            let Some(text) = vector[side]["enc_string"].as_str() else {
                continue;
            };
            if text.starts_with("1.") {
                assert_eq!(parse(text), Err(EncStringError::WithdrawnType));
                types[1] += 1;
                continue;
            }
            let enc = parse(text).unwrap();
            types[usize::from(enc.enc_type().number())] += 1;
            let canonical = match text.contains('.') {
                true => text.to_owned(),
                false => format!("0.{text}"),
            };
            assert_eq!(enc.to_string(), canonical);
        }
    }
    assert_eq!(types, [3, 1, 27, 1, 4, 1, 1, 13]);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let _ = parse(&text);
    }

    /// Texts of the right alphabet and shape, most of them slightly wrong: what is accepted prints as itself
    /// but for the padding and the header.
    #[test]
    fn what_is_accepted_is_printed_the_same(
        text in "([0-9][.])?[A-D+/]{0,6}([A-D]{16}){0,2}={0,2}([|][A-D]{0,2}([A-D]{21}){0,2}={0,2}){0,3}"
    ) {
        if let Ok(enc) = parse(&text) {
            let printed = enc.to_string();
            prop_assert_eq!(parse(&printed).unwrap(), enc);
            let body = text.split_once('.').map_or(&*text, |(_, body)| body);
            let printed = printed.split_once('.').unwrap().1;
            prop_assert_eq!(printed.replace('=', ""), body.replace('=', ""));
        }
    }

    #[test]
    fn type_2_round_trip(
        iv in any::<[u8; 16]>(),
        mac in any::<[u8; 32]>(),
        blocks in prop::collection::vec(any::<[u8; 16]>(), 1..20),
    ) {
        let base64 = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
        let text = format!("2.{}|{}|{}", base64(&iv), base64(blocks.as_flattened()), base64(&mac));
        let enc = parse(&text).unwrap();
        prop_assert_eq!(&*enc.bytes, [&iv[..], &mac, blocks.as_flattened()].concat());
        prop_assert_eq!(enc.to_string(), text);
    }
}

/// What lacks a part of fixed length is no text with an empty one.
#[test]
fn type_2_has_its_iv_and_its_mac() {
    let made = |length: usize| EncString::from_aes_cbc_hmac(vec![7; length].into());
    assert_eq!([0, 16, 47].map(|length| made(length).is_some()), [false; 3]);
    assert_eq!(made(48).unwrap().max_contents_len(), 0);
    assert_eq!(made(64).unwrap().max_contents_len(), 16);
}
