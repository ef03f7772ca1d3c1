//! EMSA-PKCS1-v1_5 (RFC 8017 section 9.2).

use sha2::{Digest, Sha256, Sha384, Sha512};

/// The shortest padding between the fixed bytes.
const MIN_PADDING_LEN: usize = 8;

/// A hash and the DER of its `DigestInfo` up to the digest itself (RFC 8017 section 9.2, note 1).
pub(super) trait NamedHash: Digest {
    const DIGEST_INFO: [u8; 19];
}

impl NamedHash for Sha256 {
    const DIGEST_INFO: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
        0x20,
    ];
}

impl NamedHash for Sha384 {
    const DIGEST_INFO: [u8; 19] = [
        0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04,
        0x30,
    ];
}

impl NamedHash for Sha512 {
    const DIGEST_INFO: [u8; 19] = [
        0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04,
        0x40,
    ];
}

/// Encodes `message` into all of `out`. `None`: `out` is too short for the hash.
pub(super) fn encode<D: NamedHash>(message: &[u8], out: &mut [u8]) -> Option<()> {
    let (rest, digest) = out.split_at_mut_checked(out.len().checked_sub(<D as Digest>::output_size())?)?;
    let (rest, info) = rest.split_at_mut_checked(rest.len().checked_sub(D::DIGEST_INFO.len())?)?;
    let [zero, one, padding @ .., end] = rest else { return None };
    if padding.len() < MIN_PADDING_LEN {
        return None;
    }
    (*zero, *one, *end) = (0, 1, 0);
    padding.fill(0xff);
    info.copy_from_slice(&D::DIGEST_INFO);
    digest.copy_from_slice(&D::digest(message));
    Some(())
}
