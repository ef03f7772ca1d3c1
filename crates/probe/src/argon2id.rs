//! Argon2id step by step (RFC 9106), so far as its states give the result away.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use blake2::{Blake2b512, Digest};

/// Bytes of a result, as everywhere in Bitwarden's formats.
const TAG: u32 = 32;
/// Bytes of a block.
const BLOCK: usize = 1024;

/// What Argon2id is asked to cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cost {
    /// Passes.
    pub iterations: u32,
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Lanes.
    pub lanes: u32,
}

pub(crate) struct States {
    pub(crate) initial: Vec<u8>,
    pub(crate) first: Vec<Vec<u8>>,
    ///
    /// `None` for a cost that Argon2 does not know.
    pub(crate) last: Option<Vec<Vec<u8>>>,
}

/// The states on the way to 32 bytes.
pub(crate) fn states(password: &[u8], salt: &[u8], cost: Cost) -> States {
    let initial = initial(password, salt, cost);
    let first = (0..cost.lanes).flat_map(|lane| [0, 1].map(|block| first_block(&initial, block, lane))).collect();
    States { initial, first, last: last_blocks(password, salt, cost) }
}

/// H0, section 3.2 step 1.
fn initial(password: &[u8], salt: &[u8], cost: Cost) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut hash = Blake2b512::new();
    // Version 0x13, type 2 (Argon2id).
    for number in [cost.lanes, TAG, cost.memory_kib, cost.iterations, 0x13, 2, length(password)] {
        hash.update(number.to_le_bytes());
    }
    hash.update(password);
    hash.update(length(salt).to_le_bytes());
    hash.update(salt);
    // Neither a secret nor associated data.
    hash.update([0; 8]);
    hash.finalize().to_vec()
}

/// H'(H0 || block || lane) of 1,024 bytes, sections 3.2 (steps 3 and 4) and 3.3.
fn first_block(initial: &[u8], block: u32, lane: u32) -> Vec<u8> {
    let mut hash = Blake2b512::new();
    hash.update(1024_u32.to_le_bytes());
    hash.update(initial);
    hash.update(block.to_le_bytes());
    hash.update(lane.to_le_bytes());
    let mut part = hash.finalize();
    let mut whole = Vec::with_capacity(BLOCK);
    // Halves of 32 bytes, and the last hash whole.
    while whole.len() < BLOCK - 64 {
        whole.extend(part.iter().take(32));
        part = Blake2b512::digest(part);
    }
    whole.extend(part);
    whole
}

/// The last block of each lane, and the sum of all where there are several.
fn last_blocks(password: &[u8], salt: &[u8], cost: Cost) -> Option<Vec<Vec<u8>>> {
    let params = Params::new(cost.memory_kib, cost.iterations, cost.lanes, Some(TAG as usize)).ok()?;
    let mut matrix = vec![Block::default(); params.block_count()];
    let lane = params.block_count().checked_div(usize::try_from(cost.lanes).ok()?)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password, salt, &mut [0; TAG as usize], &mut matrix).ok()?;
    let bytes = |block: &Block| block.as_ref().iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut blocks: Vec<Vec<u8>> = matrix.chunks(lane).filter_map(|lane| lane.last().map(bytes)).collect();
    if blocks.len() > 1 {
        let mut sum = vec![0; BLOCK];
        for block in &blocks {
            sum.iter_mut().zip(block).for_each(|(sum, byte)| *sum ^= byte);
        }
        blocks.push(sum);
    }
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Cost = Cost { iterations: 2, memory_kib: 64, lanes: 2 };

    #[test]
    fn the_last_blocks_give_the_result() {
        let mut expected = [0; 32];
        let params = Params::new(64, 2, 2, Some(32)).unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(b"password", b"salt of 16 bytes", &mut expected)
            .unwrap();
        let states = states(b"password", b"salt of 16 bytes", COST);
        // H' of at most 64 bytes is BLAKE2b of that length.
        let mut hash = blake2::Blake2b::<blake2::digest::consts::U32>::new();
        hash.update(32_u32.to_le_bytes());
        let last = states.last.unwrap();
        hash.update(last.last().unwrap());
        let tag: [u8; 32] = hash.finalize().into();
        assert_eq!(tag, expected);
        assert_eq!((states.first.len(), last.len()), (4, 3));
    }

    /// No needles are an error: the look for them would find none.
    #[test]
    fn a_cost_that_argon2_does_not_know_is_no_needle() {
        let look = |lanes| {
            let cost = Cost { lanes, ..COST };
            crate::Needles::new().argon2id_password("password", b"password", b"salt of 16 bytes", cost)
        };
        assert_eq!(look(2), Ok(()), "the control");
        // Eight blocks for each lane are the least.
        let error = look(9).unwrap_err();
        assert_eq!(error.label.form, crate::Form::Argon2Final);
    }

    #[test]
    fn the_first_blocks_stand_in_a_matrix_of_one_pass() {
        let cost = Cost { iterations: 1, ..COST };
        let states = states(b"password", b"salt of 16 bytes", cost);
        let direct: Vec<Vec<u8>> = {
            let mut hash = vec![Block::default(); 64];
            let params = Params::new(64, 1, 2, Some(32)).unwrap();
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into_with_memory(b"password", b"salt of 16 bytes", &mut [0; 32], &mut hash)
                .unwrap();
            [0, 1, 32, 33]
                .iter()
                .map(|&at| hash[at].as_ref().iter().flat_map(|word: &u64| word.to_le_bytes()).collect())
                .collect()
        };
        assert_eq!(states.first, direct);
    }
}
