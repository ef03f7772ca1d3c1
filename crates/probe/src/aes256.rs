//! The AES-256 key schedule by its formulas (FIPS 197), so that the attacker does not rely on the code it attacks.

/// Bytes of a round key.
const BLOCK: usize = 16;
/// Round keys of AES-256.
const ROUND_KEYS: usize = 15;

pub(crate) type RoundKeys = [[u8; BLOCK]; ROUND_KEYS];

/// The round keys of encryption, FIPS 197 section 5.2.
pub(crate) fn encryption_keys(key: &[u8; 32]) -> RoundKeys {
    let mut words: Vec<[u8; 4]> = key.as_chunks().0.to_vec();
    let mut constant = 1;
    while let (Some(&[.., last]), Some(&eight_back)) =
        (words.last_chunk::<8>(), words.last_chunk::<8>().map(|[first, ..]| first))
    {
        if words.len() == 4 * ROUND_KEYS {
            break;
        }
        let [a, b, c, d] = last;
        let mixed = match words.len() % 8 {
            0 => {
                let rotated = [substitute(b) ^ constant, substitute(c), substitute(d), substitute(a)];
                constant = double(constant);
                rotated
            }
            4 => last.map(substitute),
            _ => last,
        };
        words.push(xor(eight_back, mixed));
    }
    from_words(&words)
}

/// The round keys of decryption by the equivalent inverse cipher, in the order of their use, FIPS 197 section 5.3.5:
/// what hardware instructions and most software expand.
pub(crate) fn decryption_keys(key: &[u8; 32]) -> RoundKeys {
    let mut keys = encryption_keys(key);
    keys.reverse();
    let [_first, inner @ .., _last] = &mut keys;
    for key in inner {
        let (columns, _) = key.as_chunks_mut::<4>();
        columns.iter_mut().for_each(|column| *column = inverse_mix(*column));
    }
    keys
}

fn from_words(words: &[[u8; 4]]) -> RoundKeys {
    let mut keys = RoundKeys::default();
    let columns = keys.as_flattened_mut().as_chunks_mut::<4>().0;
    columns.iter_mut().zip(words).for_each(|(column, word)| *column = *word);
    keys
}

fn xor(one: [u8; 4], other: [u8; 4]) -> [u8; 4] {
    let mut sum = one;
    sum.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
    sum
}

/// Multiplication by x in GF(2^8), FIPS 197 section 4.2.
fn double(byte: u8) -> u8 {
    (byte << 1) ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

fn multiply(mut one: u8, mut other: u8) -> u8 {
    let mut product = 0;
    while other != 0 {
        if other & 1 == 1 {
            product ^= one;
        }
        one = double(one);
        other >>= 1;
    }
    product
}

/// SubBytes of one byte, FIPS 197 section 5.1.1: the inverse (the 254th power), then the affine map.
fn substitute(byte: u8) -> u8 {
    let inverse = (0..253).fold(byte, |power, _| multiply(power, byte));
    (1..5).fold(inverse ^ 0x63, |sum, turn| sum ^ inverse.rotate_left(turn))
}

/// InvMixColumns of one column, FIPS 197 section 5.3.3.
fn inverse_mix([a, b, c, d]: [u8; 4]) -> [u8; 4] {
    let row = |a, b, c, d| multiply(a, 14) ^ multiply(b, 11) ^ multiply(c, 13) ^ multiply(d, 9);
    [row(a, b, c, d), row(b, c, d, a), row(c, d, a, b), row(d, a, b, c)]
}

#[cfg(test)]
mod tests {
    use aes::Block;
    use aes::hazmat::{equiv_inv_cipher_round, mix_columns};
    use hex_literal::hex;

    use super::*;

    #[test]
    fn the_schedule_is_that_of_the_standard() {
        // FIPS 197 appendix A.3.
        let key = hex!("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        let keys = encryption_keys(&key);
        assert_eq!(keys[1], hex!("1f352c073b6108d72d9810a30914dff4"));
        assert_eq!(keys[2], hex!("9ba354118e6925afa51a8b5f2067fcde"));
        assert_eq!(keys[3], hex!("a8b09c1a93d194cdbe49846eb75d5b9a"));
        assert_eq!(keys[14], hex!("fe4890d1e6188d0b046df344706c631e"));
    }

    #[test]
    fn the_inverse_schedule_is_that_of_the_standard() {
        // FIPS 197 appendix C.3, equivalent inverse cipher.
        let key: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let keys = decryption_keys(&key);
        assert_eq!(keys[0], hex!("24fc79ccbf0979e9371ac23c6d68de36"));
        assert_eq!(keys[1], hex!("34f1d1ffbfceaa2ffce9e25f2558016e"));
        assert_eq!(keys[14], hex!("000102030405060708090a0b0c0d0e0f"));
        // With these keys the library's rounds turn the appendix's ciphertext into its plaintext.
        let mut block: Block = hex!("8ea2b7ca516745bfeafc49904b496089").into();
        let add = |block: &mut Block, key: &[u8; 16]| block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        add(&mut block, &keys[0]);
        for key in &keys[1..14] {
            equiv_inv_cipher_round(&mut block, &(*key).into());
        }
        // The last round is one without InvMixColumns.
        equiv_inv_cipher_round(&mut block, &Block::default());
        mix_columns(&mut block);
        add(&mut block, &keys[14]);
        assert_eq!(block[..], hex!("00112233445566778899aabbccddeeff"));
    }
}
