//! A message in pieces. Between two of them CBC needs the last block of ciphertext, which is public; the MAC's state is
//! not.

use strongroom_memory::NoHeap;

use super::AesCbcHmacKey;
use crate::key::aes_cbc::{BLOCK, padding};
use crate::key::hmac::{HmacSha256Key, Running, is_same};
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
    pub(crate) fn begin(key: &AesCbcHmacKey, iv: &[u8; BLOCK]) -> Self {
        let mut running = key.mac.begin();
        running.update(iv);
        Self { running }
    }

    /// Encrypts a piece in place, whose block before is `before`, the initialisation vector at first; the state after
    /// it.
    pub(crate) fn seal(&self, key: &AesCbcHmacKey, before: &[u8; BLOCK], blocks: &mut [[u8; BLOCK]]) -> Self {
        key.cipher.encrypt(before, blocks);
        let mut running = self.running.again();
        running.update(blocks.as_flattened());
        Self { running }
    }

    /// The MAC of all.
    pub(crate) fn end(&self, key: &AesCbcHmacKey) -> [u8; 32] {
        key.mac.end(self.running.again())
    }
}

impl Checking {
    /// At the beginning; `secret` is of this one message.
    pub(crate) fn begin(key: &AesCbcHmacKey, iv: &[u8; BLOCK], secret: &[u8; 32]) -> Self {
        let mut running = key.mac.begin();
        running.update(iv);
        Self { running, marks: HmacSha256Key::new(secret) }
    }

    /// At the beginning once more, with the same marks.
    pub(crate) fn rewound(&self, key: &AesCbcHmacKey, iv: &[u8; BLOCK]) -> Self {
        let mut running = key.mac.begin();
        running.update(iv);
        Self { running, marks: self.marks.again() }
    }

    /// The state after a piece.
    pub(crate) fn pass(&self, data: &[u8]) -> Self {
        let mut running = self.running.again();
        running.update(data);
        Self { running, marks: self.marks.again() }
    }

    /// The mark of all pieces up to here.
    pub(crate) fn mark(&self) -> Mark {
        mark_of(&self.running.mark(&self.marks))
    }

    /// At the end: whether `mac` is that of all, and how many bytes of the last block are padding, whose block before
    /// is `before`. `None` if either is wrong, which are one and the same to the caller.
    pub(crate) fn end(
        &self,
        key: &AesCbcHmacKey,
        mac: &[u8; 32],
        before: &[u8; BLOCK],
        last: &[u8; BLOCK],
    ) -> Option<usize> {
        if !is_same(&key.mac.end(self.running.again()), mac) {
            return None;
        }
        let mut last = [*last];
        key.cipher.decrypt(before, &mut last);
        let [last] = &last;
        padding(last)
    }

    /// The second time: checks that this is the piece that was marked so, and only then decrypts it in place; the state
    /// after it. `None` if it is another, and `blocks` are unchanged then.
    pub(crate) fn open(
        &self,
        key: &AesCbcHmacKey,
        mark: &Mark,
        before: &[u8; BLOCK],
        blocks: &mut [[u8; BLOCK]],
    ) -> Option<Self> {
        let after = self.pass(blocks.as_flattened());
        if !is_same_mark(&after.mark(), mark) {
            return None;
        }
        key.cipher.decrypt(before, blocks);
        Some(after)
    }
}

#[cfg(test)]
mod tests;
