use super::{MessageKey, Running, most};
use crate::key::algorithm::SymmetricAlgorithm;

const AEADS: [SymmetricAlgorithm; 3] =
    [SymmetricAlgorithm::XChaCha20Poly1305, SymmetricAlgorithm::Xaes256Gcm, SymmetricAlgorithm::Aes256Gcm];

fn message(algorithm: SymmetricAlgorithm) -> MessageKey {
    MessageKey::new(algorithm, &[1; 32], &[2; 24][..algorithm.nonce_len()]).unwrap()
}

#[test]
fn nonces_of_other_lengths() {
    for algorithm in SymmetricAlgorithm::ALL {
        for length in [0, 11, 12, 13, 16, 23, 24, 25] {
            let made = MessageKey::new(algorithm, &[1; 32], &[2; 25][..length]);
            assert_eq!(made.is_some(), AEADS.contains(&algorithm) && length == algorithm.nonce_len(), "{algorithm}");
        }
    }
}

/// NIST SP 800-38D section 5.2.1.1; RFC 8439 section 2.8, less the last block.
#[test]
fn the_most_that_a_counter_reaches() {
    assert_eq!(AEADS.map(most), [(1 << 38) - 128, (1 << 36) - 32, (1 << 36) - 32]);
    for algorithm in AEADS {
        let (key, most) = (message(algorithm), most(algorithm));
        for (at, length, reaches) in
            [(most - 64, 64, true), (most - 64, 65, false), (most - 1, 1, true), (most, 1, false), (u64::MAX, 1, false)]
        {
            let mut data = vec![3; length];
            assert_eq!(key.apply(at, &mut data).is_some(), reaches, "{algorithm}: {length} at {at}");
            assert_eq!(data != vec![3; length], reaches, "{algorithm}: {length} at {at}");
        }
        let whole = most / 64 * 64;
        let rest = usize::try_from(most - whole).unwrap();
        let state = |length| Running { length, ..key.begin(b"") };
        assert!(state(whole).after(&vec![0; rest]).is_some(), "{algorithm}");
        assert!(state(whole).after(&vec![0; rest + 1]).is_none(), "{algorithm}");
        assert!(state(u64::MAX / 64 * 64).after(&[0; 64]).is_none(), "{algorithm}");
    }
}

/// Behind a piece that has not whole blocks nothing can stand.
#[test]
fn the_last_piece_is_the_last() {
    for algorithm in AEADS {
        let begin = message(algorithm).begin(b"aad");
        for length in [1, 15, 16, 63, 65, 100] {
            let ended = begin.after(&vec![0; length]).unwrap();
            assert!(ended.after(&[0]).is_none(), "{algorithm}: {length}");
            assert_eq!(ended.after(&[]).unwrap().tag(), ended.tag());
        }
        assert!(begin.after(&[0; 64]).unwrap().after(&[0]).is_some());
    }
}
