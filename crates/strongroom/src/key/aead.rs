//! The AEADs of COSE keys, in pieces. The libraries take a message at once; here it is made of their stream ciphers and
//! universal hashes, and held to them in the tests.
//!
//! The two with long nonces make a key and a nonce of 12 bytes for each message, and go on as the one that has such
//! nonces: so there are two AEADs.

mod chacha20_poly1305;
mod extended;
mod gcm;
pub(crate) mod pieces;

use super::algorithm::SymmetricAlgorithm;

/// Bytes of a tag.
const TAG: usize = 16;

/// Every piece but the last has whole blocks of the ciphers and hashes: of ChaCha20, the longest.
const WHOLE: u64 = 64;

/// The most bytes of contents that a message under a key of this algorithm has: no more counters than there are.
pub(crate) const fn most(algorithm: SymmetricAlgorithm) -> u64 {
    match algorithm {
        SymmetricAlgorithm::XChaCha20Poly1305 => chacha20_poly1305::MOST,
        SymmetricAlgorithm::Xaes256Gcm | SymmetricAlgorithm::Aes256Gcm => gcm::MOST,
        SymmetricAlgorithm::Aes256CbcHmacSha256 => u64::MAX,
    }
}

/// What encrypts one message: a key of it alone, but for AES-256-GCM, and the rest of the nonce. Made anew for each
/// piece, on the secret stack, and kept nowhere.
pub(crate) enum MessageKey {
    ChaCha20Poly1305 { key: [u8; 32], nonce: [u8; 12] },
    Aes256Gcm { key: [u8; 32], nonce: [u8; 12] },
}

impl MessageKey {
    /// That of a key of this algorithm for this nonce; `None` if the nonce is not of the algorithm's length.
    pub(crate) fn new(algorithm: SymmetricAlgorithm, secret: &[u8; 32], nonce: &[u8]) -> Option<Self> {
        match algorithm {
            SymmetricAlgorithm::XChaCha20Poly1305 => {
                let (key, nonce) = extended::xchacha20(secret, nonce.try_into().ok()?);
                Some(Self::ChaCha20Poly1305 { key, nonce })
            }
            SymmetricAlgorithm::Xaes256Gcm => {
                let (key, nonce) = extended::xaes_256(secret, nonce.try_into().ok()?);
                Some(Self::Aes256Gcm { key, nonce })
            }
            SymmetricAlgorithm::Aes256Gcm => Some(Self::Aes256Gcm { key: *secret, nonce: nonce.try_into().ok()? }),
            SymmetricAlgorithm::Aes256CbcHmacSha256 => None,
        }
    }

    /// The hash of a message with this associated data, before its contents.
    pub(crate) fn begin(&self, aad: &[u8]) -> Running {
        let mut hash = match self {
            Self::ChaCha20Poly1305 { key, nonce } => Hash::Poly1305(chacha20_poly1305::begin(key, nonce)),
            Self::Aes256Gcm { key, nonce } => Hash::Ghash(gcm::begin(key, nonce)),
        };
        hash.update(aad);
        Running { hash, aad_len: aad.len() as u64, length: 0 }
    }

    /// Encrypts or decrypts in place what stands at this offset of the contents. `None`, and nothing is done, if the
    /// counter does not reach so far.
    pub(crate) fn apply(&self, at: u64, data: &mut [u8]) -> Option<()> {
        match self {
            Self::ChaCha20Poly1305 { key, nonce } => chacha20_poly1305::apply(key, nonce, at, data),
            Self::Aes256Gcm { key, nonce } => gcm::apply(key, nonce, at, data),
        }
    }
}

/// The universal hash of a message between two pieces, with all that makes a tag of it. Whoever has it can forge a tag
/// for the nonce, so it is kept as a key is.
pub(crate) struct Running {
    hash: Hash,
    aad_len: u64,
    /// Of the contents so far, in bytes.
    length: u64,
}

#[expect(clippy::large_enum_variant, reason = "a box would be on the heap, where no secret lies")]
enum Hash {
    Poly1305(chacha20_poly1305::Running),
    Ghash(gcm::Running),
}

impl Hash {
    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Poly1305(hash) => hash.update(data),
            Self::Ghash(hash) => hash.update(data),
        }
    }
}

impl Running {
    /// It once more: a secret is changed by making another.
    pub(crate) fn again(&self) -> Self {
        let hash = match &self.hash {
            Hash::Poly1305(hash) => Hash::Poly1305(hash.again()),
            Hash::Ghash(hash) => Hash::Ghash(hash.again()),
        };
        Self { hash, ..*self }
    }

    /// Of the contents so far, in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The state after a piece of ciphertext. `None`: the message would be longer than one may be, or goes on behind a
    /// piece that was its last, because it had not whole blocks.
    pub(crate) fn after(&self, data: &[u8]) -> Option<Self> {
        let most = match self.hash {
            Hash::Poly1305(_) => chacha20_poly1305::MOST,
            Hash::Ghash(_) => gcm::MOST,
        };
        let length = self.length.checked_add(data.len() as u64).filter(|length| *length <= most)?;
        if !self.length.is_multiple_of(WHOLE) && !data.is_empty() {
            return None;
        }
        let mut after = self.again();
        after.hash.update(data);
        after.length = length;
        Some(after)
    }

    /// The tag of the message if it ends here. To be shown only if it does: two tags under one nonce give away the key
    /// of the hash.
    pub(crate) fn tag(&self) -> [u8; TAG] {
        match &self.hash {
            Hash::Poly1305(hash) => hash.again().tag(self.aad_len, self.length),
            Hash::Ghash(hash) => hash.again().tag(self.aad_len, self.length),
        }
    }
}

#[cfg(test)]
mod tests;
