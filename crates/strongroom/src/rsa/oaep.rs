//! OAEP (RFC 8017 section 7.1), with the empty label and MGF1 of the same hash.

use sha1::{Digest, Sha1};
use sha2::Sha256;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::integer::{Random, WORD, read, write};
use super::mgf1::mask;
use super::{PrivateNumbers, PublicNumbers};

/// The hash of OAEP, for the label and for MGF1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OaepHash {
    Sha1,
    Sha256,
}

impl<const F: usize> PublicNumbers<F> {
    /// Encrypts `message` into all of `out`, which is as long as the modulus. `None`: it is too long, or there are no
    /// random bytes.
    ///
    /// `out` may lie in ordinary memory: nothing but the ciphertext is ever written to it.
    pub(crate) fn seal(&self, hash: OaepHash, message: &[u8], out: &mut [u8], random: &mut impl Random) -> Option<()> {
        let mut padded = [[0; WORD]; F];
        let padded = padded.as_flattened_mut();
        match hash {
            OaepHash::Sha1 => pad::<Sha1>(message, padded, random)?,
            OaepHash::Sha256 => pad::<Sha256>(message, padded, random)?,
        }
        write(&self.apply(&read(padded)?)?, out)
    }
}

impl<const H: usize, const F: usize> PrivateNumbers<H, F> {
    /// Decrypts `ciphertext` into the front of `out`, which is as long as the modulus; returns how many bytes. `out`
    /// lies in secret memory: the padded message is written to it, too.
    ///
    /// `None`: the ciphertext was not made for this key with this hash, which are one and the same to whoever measures;
    /// or what [`apply`](Self::apply) says.
    pub(crate) fn open(
        &self,
        hash: OaepHash,
        ciphertext: &[u8],
        out: &mut [u8],
        random: &mut impl Random,
    ) -> Option<usize> {
        if ciphertext.len() != out.len() {
            return None;
        }
        write(&self.apply(&read(ciphertext)?, random)?, out)?;
        let at = match hash {
            OaepHash::Sha1 => unpad::<Sha1>(out)?,
            OaepHash::Sha256 => unpad::<Sha256>(out)?,
        };
        let length = out.len().checked_sub(at)?;
        out.copy_within(at.., 0);
        Some(length)
    }
}

/// Pads `message` to all of `out`. `None`: it is too long, or there are no random bytes.
fn pad<D: Digest>(message: &[u8], out: &mut [u8], random: &mut impl Random) -> Option<()> {
    let (zero, rest) = out.split_first_mut()?;
    let (seed, block) = rest.split_at_mut_checked(<D as Digest>::output_size())?;
    let (label, rest) = block.split_at_mut_checked(<D as Digest>::output_size())?;
    let (padding, place) = rest.split_at_mut_checked(rest.len().checked_sub(message.len())?)?;
    let (one, padding) = padding.split_last_mut()?;
    (*zero, *one) = (0, 1);
    random(seed)?;
    label.copy_from_slice(&D::digest([]));
    padding.fill(0);
    place.copy_from_slice(message);
    mask::<D>(seed, block);
    mask::<D>(block, seed);
    Some(())
}

/// Takes the masks off `padded` and returns where the message begins, which goes to its end. `None`: the padding is
/// wrong.
///
/// Where and how is not told by time: every byte is looked at, whatever those before it were (Manger, CRYPTO 2001).
fn unpad<D: Digest>(padded: &mut [u8]) -> Option<usize> {
    let length = padded.len();
    let (zero, rest) = padded.split_first_mut()?;
    let (seed, block) = rest.split_at_mut_checked(<D as Digest>::output_size())?;
    mask::<D>(block, seed);
    mask::<D>(seed, block);
    let (label, rest) = block.split_at_checked(<D as Digest>::output_size())?;
    let mut good = zero.ct_eq(&0) & label.ct_eq(&D::digest([]));
    let (mut in_padding, mut at) = (Choice::from(1), 0u64);
    for (index, byte) in (0u64..).zip(rest) {
        let is_one = byte.ct_eq(&1);
        at.conditional_assign(&index, in_padding & is_one);
        in_padding &= !is_one;
        good &= !in_padding | byte.ct_eq(&0);
    }
    let at = length.checked_sub(rest.len())?.checked_add(usize::try_from(at).ok()?)?.checked_add(1)?;
    bool::from(good & !in_padding).then_some(at)
}

/// As `unpad`, with SHA-1, for whoever measures time.
#[cfg(test)]
#[cfg(target_os = "linux")]
pub(crate) fn unpad_sha1(padded: &mut [u8]) -> Option<usize> {
    unpad::<Sha1>(padded)
}

#[cfg(test)]
mod tests;
