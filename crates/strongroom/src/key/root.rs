//! The key that resting keys are sealed under: ChaCha20-Poly1305 (RFC 8439), numbered nonces.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
use strongroom_memory::NoHeap;

use super::symmetric::SymmetricKey;

/// Bytes of an authentication tag.
pub(crate) const TAG: usize = 16;

/// 32 random bytes that live as long as a session and never leave it. Each message has a number of its own, which makes
/// the nonce: 2^64 of them do not repeat.
pub struct RootKey {
    key: [u8; 32],
    /// As large as a symmetric key, so that it lies among those and needs no page of its own.
    _size: [u8; size_of::<SymmetricKey>() - 32],
}

impl NoHeap for RootKey {}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey(..)")
    }
}

impl RootKey {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key, _size: [0; size_of::<SymmetricKey>() - 32] }
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&self.key.into())
    }

    /// Encrypts in place and returns the tag; `None` only for more bytes than the cipher takes (256 GiB).
    pub(crate) fn seal(&self, number: u64, bytes: &mut [u8]) -> Option<[u8; TAG]> {
        let tag = self.cipher().encrypt_inout_detached(&nonce(number), &[], bytes.into()).ok()?;
        Some(tag.into())
    }

    /// Checks the tag and decrypts in place.
    pub(crate) fn open(&self, number: u64, tag: &[u8; TAG], bytes: &mut [u8]) -> Option<()> {
        let tag = Tag::from(*tag);
        self.cipher().decrypt_inout_detached(&nonce(number), &[], bytes.into(), &tag).ok()
    }
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce.iter_mut().zip(number.to_le_bytes()).for_each(|(to, from)| *to = from);
    nonce.into()
}

#[cfg(test)]
mod tests {
    use super::RootKey;

    #[test]
    fn what_is_sealed_opens_with_its_number_and_tag_alone() {
        let key = RootKey::new([7; 32]);
        let mut bytes = *b"the raw bytes of a key";
        let tag = key.seal(1, &mut bytes).unwrap();
        assert_ne!(&bytes, b"the raw bytes of a key");
        let opened =
            |number: u64, tag: [u8; 16], mut bytes: [u8; 22]| key.open(number, &tag, &mut bytes).map(|()| bytes);
        assert_eq!(opened(1, tag, bytes).unwrap(), *b"the raw bytes of a key");
        assert!(opened(2, tag, bytes).is_none());
        let mut other = tag;
        other[15] ^= 1;
        assert!(opened(1, other, bytes).is_none());
        bytes[0] ^= 1;
        assert!(opened(1, tag, bytes).is_none());
        assert!(RootKey::new([8; 32]).open(1, &tag, &mut bytes).is_none());
    }
}
