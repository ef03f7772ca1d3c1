use aes::cipher::array::Array;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use hex_literal::hex;
use proptest::prelude::*;

use super::{AesCbcKey, BLOCK, pad, padded_length, padding};

/// NIST SP 800-38A, F.2.5 and F.2.6: CBC-AES256.
#[test]
fn nist_sp_800_38a_vectors() {
    let key = AesCbcKey::new(&hex!("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"));
    let iv = hex!("000102030405060708090a0b0c0d0e0f");
    let plain = [
        hex!("6bc1bee22e409f96e93d7e117393172a"),
        hex!("ae2d8a571e03ac9c9eb76fac45af8e51"),
        hex!("30c81c46a35ce411e5fbc1191a0a52ef"),
        hex!("f69f2445df4f9b17ad2b417be66c3710"),
    ];
    let cipher = [
        hex!("f58c4c04d6e5f1ba779eabfb5f7bfbd6"),
        hex!("9cfc4e967edb808d679f777bc6702c7d"),
        hex!("39f23369a9d9bacfa530e26304231461"),
        hex!("b2eb05e2c39be9fcda6c19078c6a9d1b"),
    ];
    let mut blocks = plain;
    key.encrypt(&iv, &mut blocks);
    assert_eq!(blocks, cipher);
    key.decrypt(&iv, &mut blocks);
    assert_eq!(blocks, plain);
}

#[test]
fn padded_lengths() {
    for (length, expected) in [(0, 16), (1, 16), (15, 16), (16, 32), (17, 32), (47, 48), (48, 64)] {
        assert_eq!(padded_length(length), Some(expected));
    }
    assert_eq!(padded_length(usize::MAX - 16), Some(usize::MAX - 15));
    assert_eq!(padded_length(usize::MAX - 15), None);
    assert_eq!(padded_length(usize::MAX), None);
}

/// The padding of a block, written without thought of time.
fn plain_padding(block: &[u8; BLOCK]) -> Option<usize> {
    let count = usize::from(block[15]);
    let tail = block.len().checked_sub(count).filter(|_| count > 0)?;
    block[tail..].iter().all(|byte| usize::from(*byte) == count).then_some(count)
}

#[test]
fn padding_of_every_count() {
    for count in 0..=255 {
        let block = [count; BLOCK];
        let expected = (1..=16).contains(&count).then_some(usize::from(count));
        assert_eq!(padding(&block), expected);
        for at in 0..BLOCK {
            for other in [0, count.wrapping_add(1), 0xff] {
                let mut block = block;
                block[at] = other;
                assert_eq!(padding(&block), plain_padding(&block), "{block:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn padding_is_found_again(length in 0..100_usize) {
        let padded = padded_length(length).unwrap();
        let mut buffer = vec![0xee; padded];
        pad(&mut buffer, length);
        prop_assert!(buffer[..length].iter().all(|byte| *byte == 0xee));
        prop_assert_eq!(padding(buffer.last_chunk().unwrap()), Some(padded - length));
    }

    /// Our chain of few blocks against the `cbc` crate, over the length where the one gives way to the other.
    #[test]
    fn chains_are_those_of_the_cbc_crate(
        key in any::<[u8; 32]>(),
        iv in any::<[u8; BLOCK]>(),
        blocks in prop::collection::vec(any::<[u8; BLOCK]>(), 0..20),
    ) {
        let ours = AesCbcKey::new(&key);
        let (mut one, mut other) = (blocks.clone(), blocks.clone());
        ours.encrypt(&iv, &mut one);
        let cipher = aes::Aes256::new(&key.into());
        cbc::Encryptor::inner_iv_init(&cipher, &iv.into()).encrypt_blocks(Array::cast_slice_from_core_mut(&mut other));
        prop_assert_eq!(&one, &other);
        ours.decrypt(&iv, &mut one);
        prop_assert_eq!(&one, &blocks);
        let mut other = blocks.clone();
        ours.decrypt(&iv, &mut one);
        cbc::Decryptor::inner_iv_init(&cipher, &iv.into()).decrypt_blocks(Array::cast_slice_from_core_mut(&mut other));
        prop_assert_eq!(&one, &other);
    }

    #[test]
    fn padding_of_any_block(block in any::<[u8; BLOCK]>(), last in 0..20_u8, from in 0..BLOCK) {
        let mut block = block;
        block[from..].fill(last);
        prop_assert_eq!(padding(&block), plain_padding(&block));
    }
}

/// Broken here on purpose: contents longer than their padded length are no contents without padding.
#[test]
fn a_buffer_without_room_for_the_padding_is_an_error() {
    let padded = |length: usize| crate::vectors::memory().scope(|_, length: usize| pad(&mut [0; 16], length), length);
    assert_eq!(padded(15), Ok(()));
    assert_eq!(padded(17), Err(strongroom_memory::EnterError::Panicked));
}
