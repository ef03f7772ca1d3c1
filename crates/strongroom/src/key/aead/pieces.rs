//! A message in pieces that is checked, and then checked again and decrypted.
//!
//! The mark of a piece is a MAC, under a secret of this one decryption, of the tag that the message would have if it
//! ended with the piece. In the second pass a piece is decrypted only if that tag is the same again. So whatever came
//! out so far is what the AEAD itself takes for the beginning of the authentic message, and at the end for the whole of
//! it:
//!
//! - A source that changes between the passes has to hit the tag of a beginning, which nobody has seen. Each piece is
//!   one attempt at a forgery, as hard as one at the message (of n blocks 8n in 2^106 for Poly1305, n in 2^128 for
//!   GHASH).
//! - The tags of beginnings must not be seen, since two tags under one nonce give away the hash's key: hence the MAC.
//! - Who knows the key can make two messages with the same tags. Either is authentic then, at once as well as in
//!   pieces.

use strongroom_memory::NoHeap;
use subtle::ConstantTimeEq;

use super::{MessageKey, Running, TAG};
use crate::key::hmac::HmacSha256Key;
use crate::key::mark::{Mark, is_same_mark, mark_of};

/// The state of a message that is encrypted.
pub(crate) struct Sealing {
    running: Running,
}

/// Numbers and bytes in the value itself.
impl NoHeap for Sealing {}

/// The state of a message that is checked, and then checked again and decrypted.
pub(crate) struct Checking {
    running: Running,
    marks: HmacSha256Key,
}

/// Numbers and bytes in the value itself.
impl NoHeap for Checking {}

impl Sealing {
    pub(crate) fn begin(key: &MessageKey, aad: &[u8]) -> Self {
        Self { running: key.begin(aad) }
    }

    /// Encrypts a piece in place; the state after it. `None`, and `piece` is not to be used: the message would be
    /// longer than one may be, or its last piece was there before.
    pub(crate) fn seal(&self, key: &MessageKey, piece: &mut [u8]) -> Option<Self> {
        key.apply(self.running.length(), piece)?;
        Some(Self { running: self.running.after(piece)? })
    }

    /// The tag of all pieces.
    pub(crate) fn end(&self) -> [u8; TAG] {
        self.running.tag()
    }
}

impl Checking {
    /// At the beginning; `secret` is of this one decryption.
    pub(crate) fn begin(key: &MessageKey, aad: &[u8], secret: &[u8; 32]) -> Self {
        Self { running: key.begin(aad), marks: HmacSha256Key::new(secret) }
    }

    /// At the beginning once more, with the same marks.
    pub(crate) fn rewound(&self, key: &MessageKey, aad: &[u8]) -> Self {
        Self { running: key.begin(aad), marks: self.marks.again() }
    }

    /// The state after a piece; `None` as in [`Sealing::seal`].
    pub(crate) fn pass(&self, data: &[u8]) -> Option<Self> {
        Some(Self { running: self.running.after(data)?, marks: self.marks.again() })
    }

    /// The mark of all pieces up to here.
    pub(crate) fn mark(&self) -> Mark {
        mark_of(&self.marks.mac(&[&self.running.tag()]))
    }

    /// At the end: whether `tag` is that of all. If so, gives the last byte of the contents, whose ciphertext is
    /// `last`; of no meaning if there are none.
    pub(crate) fn end(&self, key: &MessageKey, tag: &[u8; TAG], last: u8) -> Option<u8> {
        if !bool::from(self.running.tag().ct_eq(tag)) {
            return None;
        }
        let mut last = [last];
        key.apply(self.running.length().saturating_sub(1), &mut last)?;
        let [last] = last;
        Some(last)
    }

    /// The second time: checks that this is the piece that was marked so, and only then decrypts it in place; the state
    /// after it. `None` if it is another, and `piece` is unchanged then.
    pub(crate) fn open(&self, key: &MessageKey, mark: &Mark, piece: &mut [u8]) -> Option<Self> {
        let after = self.pass(piece)?;
        if !is_same_mark(&after.mark(), mark) {
            return None;
        }
        key.apply(self.running.length(), piece)?;
        Some(after)
    }
}

#[cfg(test)]
mod tests;
