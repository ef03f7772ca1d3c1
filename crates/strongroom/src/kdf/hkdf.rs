//! HKDF-SHA256, RFC 5869.

use crate::key::hmac::HmacSha256Key;

/// Bytes of one block of output.
const BLOCK: usize = 32;

/// HKDF-Extract (section 2.2): the PRK of `ikm`. An empty `salt` is one of zeros.
pub(crate) fn extract(salt: &[u8], ikm: &[u8]) -> [u8; BLOCK] {
    HmacSha256Key::new(salt).mac(&[ikm])
}

/// HKDF-Expand (section 2.3): `N` bytes from `prk`, which may have any length. More than 255 blocks of 32 bytes do not
/// compile.
pub(crate) fn expand<const N: usize>(prk: &[u8], info: &[u8]) -> [u8; N] {
    const { assert!(N <= u8::MAX as usize * BLOCK, "HKDF-Expand gives at most 255 blocks") };
    let prk = HmacSha256Key::new(prk);
    let (mut out, mut block) = ([0; N], [0; BLOCK]);
    for (number, place) in (1_u8..=u8::MAX).zip(out.chunks_mut(BLOCK)) {
        let before = if number == 1 { &[][..] } else { &block };
        block = prk.mac(&[before, info, &[number]]);
        place.iter_mut().zip(block).for_each(|(to, from)| *to = from);
    }
    out
}

#[cfg(test)]
mod tests;
