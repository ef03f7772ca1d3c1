//! EMSA-PSS (RFC 8017 section 9.1.1), for moduli of whole bytes with their highest bit.

use sha2::Digest;

use crate::rsa::integer::Random;
use crate::rsa::mgf1::mask;

/// The last byte of what is encoded.
const TRAILER: u8 = 0xbc;

/// Zeros before the digest of the message where it is hashed again.
const ZEROS: [u8; 8] = [0; 8];

/// Encodes `message` with a new salt into all of `out`. `None`: `out` is too short for the hash, or there are no random
/// bytes.
pub(super) fn encode<D: Digest>(message: &[u8], out: &mut [u8], random: &mut impl Random) -> Option<()> {
    let (trailer, rest) = out.split_last_mut()?;
    let (block, digest) = rest.split_at_mut_checked(rest.len().checked_sub(<D as Digest>::output_size())?)?;
    let (padding, salt) = block.split_at_mut_checked(block.len().checked_sub(<D as Digest>::output_size())?)?;
    let (one, padding) = padding.split_last_mut()?;
    (*one, *trailer) = (1, TRAILER);
    padding.fill(0);
    random(salt)?;
    let salted = D::new().chain_update(ZEROS).chain_update(D::digest(message)).chain_update(&*salt);
    digest.copy_from_slice(&salted.finalize());
    mask::<D>(digest, block);
    // The standard encodes into one bit less than the modulus has, so that the number is below it.
    *block.first_mut()? &= 0x7f;
    Some(())
}
