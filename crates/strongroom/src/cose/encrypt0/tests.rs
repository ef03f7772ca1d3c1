use hex_literal::hex;

use super::{AAD_MORE, PREFIX, write_enc_structure, write_prefix};
use crate::cose::cbor::{Writer, encoded, encoded_in};
use crate::cose::header::Parameters;
use crate::labels::ContentType;
use crate::labels::cose::{ENCRYPT, ENCRYPT0};
use crate::written::Written;

/// The longest header we write and all that stands around it have room.
#[test]
fn whatever_is_written_has_room() {
    for content in [ContentType::Utf8Padded, ContentType::Spki, ContentType::CborPadded, ContentType::Octets] {
        let parameters = Parameters {
            alg: Some(-70_010),
            content: Some(content),
            kid: Some(&[7; 16]),
            contained: Some(&[8; 16]),
            object: Some(i64::MAX),
            namespace: Some(i64::MAX),
            ..Parameters::default()
        };
        let (mut header, mut prefix) = (Written::empty(), Written::<PREFIX>::empty());
        let header = parameters.encode(&mut header).unwrap();
        let write = |writer: &mut Writer<'_>| write_prefix(writer, 4, header, &[9; 24], u64::MAX);
        assert!(encoded_in(&mut prefix, write).is_some());
        for context in [ENCRYPT0, ENCRYPT] {
            let written = encoded(|writer| write_enc_structure(writer, context, header, &[7; 32]));
            assert!(written.len() <= header.len() + AAD_MORE);
        }
    }
}

/// RFC 9052 section 5.3.
#[test]
fn what_is_authenticated() {
    let written = |context| encoded(|writer| write_enc_structure(writer, context, &hex!("a10103"), &[]));
    assert_eq!(written(ENCRYPT0), hex!("8368456e63727970743043a1010340"));
    assert_eq!(written(ENCRYPT), hex!("8367456e637279707443a1010340"));
    let bound = encoded(|writer| write_enc_structure(writer, ENCRYPT, &hex!("a10103"), &hex!("0102")));
    assert_eq!(bound, hex!("8367456e637279707443a10103420102"));
}
