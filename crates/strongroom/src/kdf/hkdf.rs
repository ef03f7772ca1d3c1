//! HKDF-SHA256, RFC 5869.

use crate::key::hmac::HmacSha256Key;

/// Bytes of one block of output.
const BLOCK: usize = 32;

/// HKDF-Extract (section 2.2): the PRK of `ikm`. An empty `salt` is one of zeros.
pub(crate) fn extract(salt: &[u8], ikm: &[u8]) -> [u8; BLOCK] {
    HmacSha256Key::new(salt).mac(&[ikm])
}

/// HKDF-Expand (section 2.3): fills `out` from `prk`, which may have any length. `None` for more than 255 blocks of 32
/// bytes.
pub(crate) fn expand(prk: &[u8], info: &[u8], out: &mut [u8]) -> Option<()> {
    let prk = HmacSha256Key::new(prk);
    let mut block = [0; BLOCK];
    for (index, place) in out.chunks_mut(BLOCK).enumerate() {
        let number = u8::try_from(index + 1).ok()?;
        let before = if index == 0 { &[][..] } else { &block };
        block = prk.mac(&[before, info, &[number]]);
        place.iter_mut().zip(block).for_each(|(to, from)| *to = from);
    }
    Some(())
}

#[cfg(test)]
mod tests;
