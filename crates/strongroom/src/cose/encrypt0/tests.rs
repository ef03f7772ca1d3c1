use hex_literal::hex;

use super::{HEADER, PREFIX, write_aad, write_prefix, write_protected};
use crate::labels::ContentType;

/// The longest header we write and all that stands around it have room.
#[test]
fn whatever_is_written_has_room() {
    for content in [ContentType::Utf8Padded, ContentType::Spki, ContentType::CborPadded, ContentType::Octets] {
        let mut header = [0; HEADER];
        let length = write_protected(&mut header, -70_010, content, &[7; 16]).unwrap();
        let mut prefix = [0; PREFIX];
        assert!(write_prefix(&mut prefix, &header[..length], &[9; 24], usize::MAX).is_some());
        let mut aad = vec![0; length + super::AAD_MORE];
        assert!(write_aad(&mut aad, &header[..length]).is_some());
    }
}

/// RFC 9052 section 5.3.
#[test]
fn what_is_authenticated() {
    let mut out = [0; 64];
    let length = write_aad(&mut out, &hex!("a10103")).unwrap();
    assert_eq!(out[..length], hex!("8368456e63727970743043a1010340"));
}
