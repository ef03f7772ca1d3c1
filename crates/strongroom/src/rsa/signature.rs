//! Signatures with appendix (RFC 8017 section 8).

mod pkcs1v15;
mod pss;

use sha2::{Sha256, Sha384, Sha512};

use super::PrivateNumbers;
use super::integer::{Random, WORD, read, write};

/// A signature scheme, which says how a message becomes the number that is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "no key of the store signs with RSA yet"))]
pub(crate) enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2), which gives a message the same signature each time.
    Pkcs1v15,
    /// RSASSA-PSS (RFC 8017 section 8.1) with MGF1 of the same hash and a salt as long as the hash.
    Pss,
}

/// The hash of a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "no key of the store signs with RSA yet"))]
pub(crate) enum SignatureHash {
    Sha256,
    Sha384,
    Sha512,
}

impl<const H: usize, const F: usize> PrivateNumbers<H, F> {
    /// Signs `message` and writes the signature to all of `out`, which is as long as the modulus.
    ///
    /// It takes the message, not its digest: `signature::Signer`, TLS and SSH have messages, and a digest does not say
    /// which hash made it, or whether any did.
    ///
    /// `out` may lie in ordinary memory: nothing but the signature is ever written to it.
    ///
    /// `None`: `out` has another length; the modulus is too short for the hash; or what [`apply`](Self::apply) says.
    #[cfg_attr(not(test), expect(dead_code, reason = "no key of the store signs with RSA yet"))]
    pub(crate) fn sign(
        &self,
        scheme: SignatureScheme,
        hash: SignatureHash,
        message: &[u8],
        out: &mut [u8],
        random: &mut impl Random,
    ) -> Option<()> {
        let mut encoded = [[0; WORD]; F];
        let encoded = encoded.as_flattened_mut();
        encode(scheme, hash, message, encoded, random)?;
        write(&self.apply(&read(encoded)?, random)?, out)
    }
}

/// Encodes `message` into all of `out`. `None`: `out` is too short for the hash, or there are no random bytes.
fn encode(
    scheme: SignatureScheme,
    hash: SignatureHash,
    message: &[u8],
    out: &mut [u8],
    random: &mut impl Random,
) -> Option<()> {
    match (scheme, hash) {
        (SignatureScheme::Pkcs1v15, SignatureHash::Sha256) => pkcs1v15::encode::<Sha256>(message, out),
        (SignatureScheme::Pkcs1v15, SignatureHash::Sha384) => pkcs1v15::encode::<Sha384>(message, out),
        (SignatureScheme::Pkcs1v15, SignatureHash::Sha512) => pkcs1v15::encode::<Sha512>(message, out),
        (SignatureScheme::Pss, SignatureHash::Sha256) => pss::encode::<Sha256>(message, out, random),
        (SignatureScheme::Pss, SignatureHash::Sha384) => pss::encode::<Sha384>(message, out, random),
        (SignatureScheme::Pss, SignatureHash::Sha512) => pss::encode::<Sha512>(message, out, random),
    }
}

#[cfg(test)]
mod tests;
