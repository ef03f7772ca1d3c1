//! Integers of bytes, and of random ones.

use crypto_bigint::{Uint, Word};

/// Bytes of a word.
pub(super) const WORD: usize = size_of::<Word>();

/// Words that are drawn at once.
const BATCH: usize = 16;

/// Fills bytes with random ones; `None` if there are none.
pub(crate) trait Random: FnMut(&mut [u8]) -> Option<()> {}
impl<T: FnMut(&mut [u8]) -> Option<()>> Random for T {}

/// The number with these bytes, big-endian. `None`: it does not fit.
pub(crate) fn read<const L: usize>(bytes: &[u8]) -> Option<Uint<L>> {
    let mut number = Uint::ZERO;
    let mut words = number.as_mut_words().iter_mut();
    for chunk in bytes.rchunks(WORD) {
        let word = chunk.iter().fold(0, |word, byte| word << 8 | Word::from(*byte));
        *words.next()? = word;
    }
    Some(number)
}

/// The bytes of the number, big-endian, with all zeros in front.
pub(crate) fn bytes<const L: usize>(number: &Uint<L>) -> impl Iterator<Item = u8> {
    number.as_words().iter().rev().flat_map(|word| word.to_be_bytes())
}

/// Writes the bytes of the number to all of `out`. `None`: it has another length.
pub(super) fn write<const L: usize>(number: &Uint<L>, out: &mut [u8]) -> Option<()> {
    (out.len() == L * WORD).then(|| out.iter_mut().zip(bytes(number)).for_each(|(to, from)| *to = from))
}

/// Draws a number, each of all its bits at random. `None`: no random bytes.
pub(super) fn draw<const L: usize>(random: &mut impl Random) -> Option<Uint<L>> {
    let mut number = Uint::ZERO;
    for words in number.as_mut_words().chunks_mut(BATCH) {
        let mut bytes = [[0; WORD]; BATCH];
        random(bytes.get_mut(..words.len())?.as_flattened_mut())?;
        words.iter_mut().zip(bytes).for_each(|(word, bytes)| *word = Word::from_ne_bytes(bytes));
    }
    Some(number)
}

/// The product of two numbers of half the size.
pub(super) fn product<const H: usize, const F: usize>(one: &Uint<H>, other: &Uint<H>) -> Uint<F> {
    let (low, high) = one.widening_mul(other);
    low.concat_resize(&high)
}

#[cfg(test)]
mod tests;
