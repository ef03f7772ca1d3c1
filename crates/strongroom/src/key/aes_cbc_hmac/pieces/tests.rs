use proptest::prelude::*;

use super::{Checking, Sealing};
use crate::key::aes_cbc_hmac::AesCbcHmacKey;

fn key() -> AesCbcHmacKey {
    AesCbcHmacKey::new(&[[1; 32], [2; 32]])
}

/// The states take a slot each.
#[test]
fn the_states_are_small() {
    assert!(size_of::<Sealing>() <= 128, "{}", size_of::<Sealing>());
    assert!(size_of::<Checking>() <= 192, "{}", size_of::<Checking>());
}

/// Cuts `blocks` into pieces of the given lengths, the rest being one more.
fn cut<'b>(mut blocks: &'b mut [[u8; 16]], lengths: &[usize]) -> Vec<&'b mut [[u8; 16]]> {
    let mut pieces = Vec::new();
    for length in lengths {
        let (piece, rest) = std::mem::take(&mut blocks).split_at_mut(*length.min(&blocks.len()));
        pieces.push(piece);
        blocks = rest;
    }
    pieces.push(blocks);
    pieces
}

proptest! {
    /// However it is cut, it is what it is as a whole.
    #[test]
    fn pieces_are_the_whole(
        blocks in prop::collection::vec(any::<[u8; 16]>(), 1..60),
        lengths in prop::collection::vec(0..20_usize, 0..6),
        iv in any::<[u8; 16]>(),
        count in 1..=16_u8,
    ) {
        let key = key();
        let mut plain = blocks;
        plain.last_mut().unwrap()[16 - usize::from(count)..].fill(count);
        let mut whole = plain.clone();
        let mac = key.encrypt(&iv, &mut whole);

        let mut pieces = plain.clone();
        let (mut state, mut before) = (Sealing::begin(&key, &iv), iv);
        for piece in cut(&mut pieces, &lengths) {
            state = state.seal(&key, &before, piece);
            before = piece.last().copied().unwrap_or(before);
        }
        prop_assert_eq!(state.end(&key), mac);
        prop_assert_eq!(&pieces, &whole);

        let mut state = Checking::begin(&key, &iv, &[3; 32]);
        let mut marks = Vec::new();
        for piece in cut(&mut pieces, &lengths) {
            state = state.pass(piece.as_flattened());
            marks.push(state.mark());
        }
        let last = *whole.last().unwrap();
        let before_last = whole.len().checked_sub(2).map_or(iv, |at| whole[at]);
        prop_assert_eq!(state.end(&key, &mac, &before_last, &last), Some(usize::from(count)));

        let (mut state, mut before) = (state.rewound(&key, &iv), iv);
        for (piece, mark) in cut(&mut pieces, &lengths).into_iter().zip(&marks) {
            let next = piece.last().copied().unwrap_or(before);
            state = state.open(&key, mark, &before, piece).unwrap();
            before = next;
        }
        prop_assert_eq!(pieces, plain);
    }
}

/// A mark is that of its piece, behind the pieces before, under the secret of its pass.
#[test]
fn another_piece_is_not_opened() {
    let key = key();
    let first = [[4; 16], [5; 16], [6; 16]];
    let begin = Checking::begin(&key, &[7; 16], &[8; 32]);
    let mark = begin.pass(first.as_flattened()).mark();
    let refused = |state: &Checking, mut blocks: Vec<[u8; 16]>| {
        let unchanged = blocks.clone();
        assert!(state.open(&key, &mark, &[7; 16], &mut blocks).is_none());
        assert_eq!(blocks, unchanged);
    };
    assert!(begin.open(&key, &mark, &[7; 16], &mut first.clone()).is_some());
    for bit in 0..384 {
        let mut changed = first;
        changed.as_flattened_mut()[bit / 8] ^= 1 << (bit % 8);
        refused(&begin, changed.to_vec());
    }
    refused(&begin, first[..2].to_vec());
    refused(&begin, vec![]);
    refused(&begin, [&first[..], &[[0; 16]]].concat());
    refused(&begin, [&first[..], &first].concat());
    refused(&begin.pass(first.as_flattened()), first.to_vec());
    refused(&Checking::begin(&key, &[9; 16], &[8; 32]), first.to_vec());
    refused(&Checking::begin(&key, &[7; 16], &[9; 32]), first.to_vec());
}

#[test]
fn a_wrong_mac_and_a_wrong_padding_are_one() {
    let key = key();
    let mut blocks = [[16; 16]];
    let mac = key.encrypt(&[7; 16], &mut blocks);
    let state = Checking::begin(&key, &[7; 16], &[8; 32]).pass(blocks.as_flattened());
    assert_eq!(state.end(&key, &mac, &[7; 16], &blocks[0]), Some(16));
    for bit in 0..256 {
        let mut wrong = mac;
        wrong[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(state.end(&key, &wrong, &[7; 16], &blocks[0]), None, "bit {bit}");
    }
    for last in [0, 17, 255] {
        let mut blocks = [[last; 16]];
        let mac = key.encrypt(&[7; 16], &mut blocks);
        let state = Checking::begin(&key, &[7; 16], &[8; 32]).pass(blocks.as_flattened());
        assert_eq!(state.end(&key, &mac, &[7; 16], &blocks[0]), None, "{last}");
    }
}
