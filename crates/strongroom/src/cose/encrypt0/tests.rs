use hex_literal::hex;

use super::{PREFIX, write_aad_of, write_prefix};
use crate::cose::header::{HEADER, Parameters};
use crate::labels::ContentType;
use crate::labels::cose::{ENCRYPT, ENCRYPT0};

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
        let mut header = [0; HEADER];
        let length = parameters.write(&mut header).unwrap();
        let mut prefix = [0; PREFIX];
        assert!(write_prefix(&mut prefix, 4, &header[..length], &[9; 24], u64::MAX).is_some());
        let mut aad = vec![0; length + super::AAD_MORE];
        assert!(write_aad_of(ENCRYPT0, &mut aad, &header[..length]).is_some());
    }
}

/// RFC 9052 section 5.3.
#[test]
fn what_is_authenticated() {
    let mut out = [0; 64];
    let length = write_aad_of(ENCRYPT0, &mut out, &hex!("a10103")).unwrap();
    assert_eq!(out[..length], hex!("8368456e63727970743043a1010340"));
    let length = write_aad_of(ENCRYPT, &mut out, &hex!("a10103")).unwrap();
    assert_eq!(out[..length], hex!("8367456e637279707443a1010340"));
}
