//! HMAC-SHA256 (RFC 2104) on a prepared key.
//!
//! The two first compressions of every HMAC, those of `key ^ ipad` and `key ^ opad`, depend on the key alone.
//! They are done once and their chaining values kept: a field of 48 bytes then costs three compressions, not
//! five. The compression function is that of `sha2`; around it stands only the padding of FIPS 180-4.

use sha2::block_api::compress256;
use strongroom_memory::NoHeap;
use subtle::ConstantTimeEq;

/// Bytes in one block of SHA-256.
const BLOCK: usize = 64;

/// The initial hash value of SHA-256, FIPS 180-4 section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// An HMAC-SHA256 key as its two midstates.
pub(crate) struct HmacSha256Key {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl HmacSha256Key {
    /// Prepares `key`. Longer than a block of 64 bytes, it is hashed first, as RFC 2104 section 2 says.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut padded = [0; BLOCK];
        if key.len() > BLOCK {
            let mut hash = Running::new(INITIAL, 0);
            hash.update(key);
            write_front(&mut padded, &hash.finish());
        } else {
            write_front(&mut padded, key);
        }
        let midstate = |pad: u8| {
            let mut state = INITIAL;
            compress256(&mut state, &[padded.map(|byte| byte ^ pad)]);
            state
        };
        Self { inner: midstate(0x36), outer: midstate(0x5c) }
    }

    /// The MAC of `parts` one after the other.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut running = self.begin();
        for part in parts {
            running.update(part);
        }
        self.end(running)
    }

    /// Whether `expected` is the MAC of `parts`, in time that does not depend on where they differ.
    pub(crate) fn verify(&self, parts: &[&[u8]], expected: &[u8; 32]) -> bool {
        is_same(&self.mac(parts), expected)
    }

    /// A MAC that is taken piece by piece: its state before the first.
    pub(crate) fn begin(&self) -> Running {
        Running::new(self.inner, BLOCK as u64)
    }

    /// It once more: a secret is copied only on purpose.
    pub(crate) fn again(&self) -> Self {
        Self { inner: self.inner, outer: self.outer }
    }

    /// The MAC of all pieces.
    pub(crate) fn end(&self, running: Running) -> [u8; 32] {
        let mut state = self.outer;
        compress256(&mut state, &[digest_block(&running.finish())]);
        to_bytes(&state)
    }

    /// `count` further rounds of `MAC(MAC(..))`, each result added (xor) to `sum`: the loop of PBKDF2.
    pub(crate) fn iterate(&self, first: &[u8; 32], count: u32, sum: &mut [u8; 32]) {
        let mut total = to_words(sum);
        let mut block = [0; BLOCK];
        put_digest_padding(&mut block);
        let mut value = to_words(first);
        for _ in 0..count {
            for midstate in [&self.inner, &self.outer] {
                put_words(&mut block, &value);
                value = *midstate;
                compress256(&mut value, std::slice::from_ref(&block));
            }
            for (total, word) in total.iter_mut().zip(value) {
                *total ^= word;
            }
        }
        *sum = to_bytes(&total);
    }
}

/// Whether two MACs are the same, in time that does not depend on where they differ.
pub(crate) fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    // By words of 64 bits: `subtle` puts a barrier behind each element.
    let words = |mac: &[u8; 32]| -> [u64; 4] {
        let mut words = [0; 4];
        words.iter_mut().zip(mac.as_chunks().0).for_each(|(word, bytes)| *word = u64::from_ne_bytes(*bytes));
        words
    };
    words(one).ct_eq(&words(other)).into()
}

/// The inner hash of an HMAC between two pieces: SHA-256 from a given state on, which a hash library does not offer.
///
/// Whoever has it can go on with the inner hash, so it is kept as a key is.
///
/// # Invariants
/// 1. `state` is that after all whole blocks of the `length` bytes; the rest of them is the front of `block`.
pub(crate) struct Running {
    state: [u32; 8],
    block: [u8; BLOCK],
    /// Bytes hashed so far, those behind the first state included: these are whole blocks.
    length: u64,
}

/// Numbers and bytes in the value itself.
impl NoHeap for Running {}

impl Running {
    fn new(state: [u32; 8], length: u64) -> Self {
        Self { state, block: [0; BLOCK], length }
    }

    /// It once more: a secret is changed by making another.
    pub(crate) fn again(&self) -> Self {
        Self { state: self.state, block: self.block, length: self.length }
    }

    /// Its own MAC under another key: two of equal marks went through the same bytes.
    pub(crate) fn mark(&self, by: &HmacSha256Key) -> [u8; 32] {
        let (open, _) = self.block.split_at(self.filled());
        by.mac(&[&to_bytes(&self.state), &self.length.to_be_bytes(), open])
    }

    /// Bytes in the open block: fewer than it has.
    fn filled(&self) -> usize {
        (self.length % BLOCK as u64) as usize
    }

    pub(crate) fn update(&mut self, mut data: &[u8]) {
        let filled = self.filled();
        self.length = self.length.wrapping_add(data.len() as u64);
        if filled > 0 {
            let (_, open) = self.block.split_at_mut(filled);
            let (head, rest) = data.split_at(data.len().min(open.len()));
            let (place, open) = open.split_at_mut(head.len());
            place.copy_from_slice(head);
            if !open.is_empty() {
                return;
            }
            compress256(&mut self.state, std::slice::from_ref(&self.block));
            data = rest;
        }
        let (blocks, rest) = data.as_chunks::<BLOCK>();
        compress256(&mut self.state, blocks);
        let (place, _) = self.block.split_at_mut(rest.len());
        place.copy_from_slice(rest);
    }

    /// Pads as FIPS 180-4 section 5.1.1 says and returns the digest.
    #[expect(clippy::indexing_slicing, reason = "a block has a place for each remainder of its length")]
    fn finish(mut self) -> [u8; 32] {
        let filled = self.filled();
        let bits = self.length.wrapping_mul(8).to_be_bytes();
        let (_, open) = self.block.split_at_mut(filled);
        open.fill(0);
        self.block[filled] = 0x80;
        if filled >= BLOCK - bits.len() {
            compress256(&mut self.state, std::slice::from_ref(&self.block));
            self.block = [0; BLOCK];
        }
        if let Some(place) = self.block.last_chunk_mut::<8>() {
            *place = bits;
        }
        compress256(&mut self.state, std::slice::from_ref(&self.block));
        to_bytes(&self.state)
    }
}

/// Copies `source` over the front of `block`; it must not be longer than the block.
fn write_front(block: &mut [u8; BLOCK], source: &[u8]) {
    for (to, from) in block.iter_mut().zip(source) {
        *to = *from;
    }
}

/// The second and last block of an inner or outer hash over a 32-byte message: message, padding, length.
fn digest_block(message: &[u8; 32]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    write_front(&mut block, message);
    put_digest_padding(&mut block);
    block
}

/// Padding and length of a 64-byte key block followed by 32 bytes: 96 bytes, 768 bits.
fn put_digest_padding(block: &mut [u8; BLOCK]) {
    block[32] = 0x80;
    if let Some(length) = block.last_chunk_mut::<8>() {
        *length = 768_u64.to_be_bytes();
    }
}

fn put_words(block: &mut [u8; BLOCK], words: &[u32; 8]) {
    for (to, word) in block.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *to = word.to_be_bytes();
    }
}

fn to_words(bytes: &[u8; 32]) -> [u32; 8] {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    words
}

fn to_bytes(words: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
    bytes
}

#[cfg(test)]
mod tests;
