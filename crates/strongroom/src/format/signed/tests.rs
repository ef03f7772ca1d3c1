use hex_literal::hex;
use serde_json::Value;
use strongroom_memory::SecretMemory;

use super::public_key::{SignedPublicKey, sign_public_key};
use super::security_state::{SecurityState, sign_security_state};
use super::{DetachedSignature, SignedObject, sign_detached, sign_object};
use crate::cose::cbor::encoded;
use crate::error::{ErrorKind, MessageError, VerifyError};
use crate::key::algorithm::{AsymmetricAlgorithm, SigningAlgorithm};
use crate::kind::Asymmetric;
use crate::labels::SignatureNamespace;
use crate::operation::{self, Boxed};
use crate::public::{PublicKey, VerifyingKey};
use crate::vectors::{bytes, key, key_of, memory, of_format};

const SECURITY: SignatureNamespace = SignatureNamespace::SecurityState;
const PUBLIC: SignatureNamespace = SignatureNamespace::SignedPublicKey;

fn verifying(memory: &SecretMemory, key: &Boxed<Asymmetric>) -> VerifyingKey {
    let (kid, half) = operation::verifying_key(memory, operation::signing(memory, key).unwrap()).unwrap();
    VerifyingKey::new(kid, half)
}

fn signing(memory: &SecretMemory) -> Boxed<Asymmetric> {
    signing_with(memory, AsymmetricAlgorithm::Ed25519)
}

fn signing_with(memory: &SecretMemory, algorithm: AsymmetricAlgorithm) -> Boxed<Asymmetric> {
    operation::generate::<Asymmetric>(memory, algorithm).unwrap()
}

/// The accounts of the official software, of two generations.
fn accounts() -> Vec<Value> {
    let mut accounts: Vec<Value> =
        of_format("v2-account").into_iter().map(|vector| vector["outputs"].clone()).collect();
    let older = include_str!("../../../tests/data/v2-account-older-sdk.json");
    accounts.push(serde_json::from_str(older).unwrap());
    accounts
}

#[test]
fn what_the_official_software_signed() {
    let memory = memory();
    let accounts = accounts();
    assert_eq!(accounts.len(), 3);
    for account in accounts {
        let verifying = VerifyingKey::from_cose(&bytes(&account["verifyingKey"])).unwrap();
        let signed: SignedPublicKey = account["signedPublicKey"].as_str().unwrap().parse().unwrap();
        assert_eq!(signed.key_id(), Some(verifying.id()));
        let public = signed.verify(&verifying).unwrap();
        assert_eq!(public.to_spki(), bytes(&account["publicKey"]));
        let state: SecurityState = account["securityState"].as_str().unwrap().parse().unwrap();
        assert_eq!(state.verify(&verifying).unwrap(), account["securityVersion"].as_u64().unwrap());

        // Ed25519 has one signature for a message: with its signing key the same bytes come out.
        let user = key(&memory, &bytes(&account["userKey"]));
        let wrapped = account["signingKey"].as_str().unwrap().parse().unwrap();
        let signing = crate::format::unwrap::<Asymmetric>(&memory, &user, &wrapped).unwrap();
        assert_eq!(self::verifying(&memory, &signing).to_cose(), bytes(&account["verifyingKey"]));
        assert_eq!(sign_public_key(&memory, &signing, &public).unwrap(), signed);
        assert_eq!(sign_security_state(&memory, &signing, None, 2).unwrap(), state);
        assert_eq!(state.user_id(&verifying).unwrap(), None);

        // And what is signed for one purpose says nothing for another.
        let state = SignedObject::from_bytes(state.as_bytes()).unwrap();
        let error = state.verify(&verifying, PUBLIC).unwrap_err();
        assert_eq!(error, VerifyError::WrongNamespace { found: Some(2), expected: PUBLIC });
    }
}

/// Older software says whose the state is. The same bytes come out.
#[test]
fn what_names_the_user() {
    let memory = memory();
    let account: Value =
        serde_json::from_str(include_str!("../../../tests/data/security-state-older-sdk.json")).unwrap();
    let verifying = VerifyingKey::from_cose(&bytes(&account["verifyingKey"])).unwrap();
    let user = key(&memory, &bytes(&account["userKey"]));
    let wrapped = account["signingKey"].as_str().unwrap().parse().unwrap();
    let signing = crate::format::unwrap::<Asymmetric>(&memory, &user, &wrapped).unwrap();
    let id = u128::from_str_radix(&account["userId"].as_str().unwrap().replace('-', ""), 16).unwrap().to_be_bytes();

    let state: SecurityState = account["securityState"].as_str().unwrap().parse().unwrap();
    assert_eq!(state.verify(&verifying).unwrap(), 2);
    assert_eq!(state.user_id(&verifying).unwrap(), Some(id));
    assert_eq!(sign_security_state(&memory, &signing, Some(&id), 2).unwrap(), state);
    let other = self::verifying(&memory, &self::signing(&memory));
    assert!(matches!(state.user_id(&other), Err(VerifyError::WrongKeyId { .. })));
    let largest = sign_security_state(&memory, &signing, Some(&[255; 16]), u32::MAX).unwrap();
    assert_eq!(largest.verify(&verifying).unwrap(), u64::from(u32::MAX));
    assert_eq!(largest.user_id(&verifying).unwrap(), Some([255; 16]));
}

/// The official software makes no account that signs with ML-DSA-44, but rotates one.
#[cfg(feature = "ml-dsa")]
#[test]
fn what_the_official_software_signed_with_ml_dsa_44() {
    let memory = memory();
    let account = include_str!("../../../tests/data/v2-account-ml-dsa-44.json");
    let account: Value = serde_json::from_str(account).unwrap();
    let verifying = VerifyingKey::from_cose(&bytes(&account["verifyingKey"])).unwrap();
    assert_eq!(verifying.algorithm(), AsymmetricAlgorithm::MlDsa44);
    assert_eq!(verifying.to_cose(), bytes(&account["verifyingKey"]));
    let signed: SignedPublicKey = account["signedPublicKey"].as_str().unwrap().parse().unwrap();
    assert_eq!(signed.key_id(), Some(verifying.id()));
    assert_eq!(signed.verify(&verifying).unwrap().to_spki(), bytes(&account["publicKey"]));
    let state: SecurityState = account["securityState"].as_str().unwrap().parse().unwrap();
    assert_eq!(state.verify(&verifying), Ok(2));

    let user = key(&memory, &bytes(&account["userKey"]));
    let wrapped = account["signingKey"].as_str().unwrap().parse().unwrap();
    let signing = crate::format::unwrap::<Asymmetric>(&memory, &user, &wrapped).unwrap();
    assert_eq!(self::verifying(&memory, &signing), verifying);
    assert_eq!(sign_security_state(&memory, &signing, None, 2).unwrap().verify(&verifying), Ok(2));
}

/// `negative/security-state`: a bit of the signature flipped. Here every bit of every part, with its error.
#[test]
fn no_flipped_bit_verifies() {
    let account = &accounts()[0];
    let verifying = VerifyingKey::from_cose(&bytes(&account["verifyingKey"])).unwrap();
    let good = bytes(&account["securityState"]);
    let mut verified = 0;
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        // Refused when it is read, or when it is verified.
        if let Ok(state) = SecurityState::from_bytes(&changed) {
            assert!(state.verify(&verifying).is_err(), "bit {bit}");
            verified += 1;
        }
    }
    let last = good.len() - 1;
    let mut changed = good.clone();
    changed[last] ^= 1;
    assert_eq!(SecurityState::from_bytes(&changed).unwrap().verify(&verifying), Err(VerifyError::WrongSignature));
    assert!(verified > 64 * 8, "{verified}");
    for length in 0..good.len() {
        let error = SecurityState::from_bytes(&good[..length]).unwrap_err();
        assert_eq!(error, MessageError::Malformed { expected: "security state" }, "{length}");
    }
    let error = SecurityState::from_bytes(&[&good[..], &[0]].concat()).unwrap_err();
    assert_eq!(error, MessageError::Malformed { expected: "security state" });
}

#[test]
fn no_flipped_bit_of_other_signatures_verifies() {
    let memory = memory();
    let key = signing(&memory);
    let verifying = verifying(&memory, &key);
    let account = &accounts()[0];
    let theirs = VerifyingKey::from_cose(&bytes(&account["verifyingKey"])).unwrap();
    let public = bytes(&account["signedPublicKey"]);
    let detached = sign_detached(&memory, &key, SECURITY, b"milk").unwrap();
    let is_public = |bytes: &[u8]| SignedPublicKey::from_bytes(bytes).is_ok_and(|read| read.verify(&theirs).is_ok());
    let is_detached = |bytes: &[u8]| {
        DetachedSignature::from_bytes(bytes).is_ok_and(|read| read.verify(&verifying, SECURITY, b"milk").is_ok())
    };
    assert_none_verifies(&public, is_public);
    assert_none_verifies(detached.as_bytes(), is_detached);
}

/// It verifies as it is, with no bit flipped and not when it is cut.
fn assert_none_verifies(good: &[u8], verifies: impl Fn(&[u8]) -> bool) {
    assert!(verifies(good));
    for bit in 0..good.len() * 8 {
        let mut changed = good.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!verifies(&changed), "{} bytes, bit {bit}", good.len());
    }
    for length in 0..good.len() {
        assert!(!verifies(&good[..length]), "{length} of {} bytes", good.len());
    }
}

#[test]
fn round_trip_embedded_and_detached() {
    let memory = memory();
    let of_both = [(SigningAlgorithm::Ed25519, 101), (SigningAlgorithm::MlDsa44, 2459)];
    for (algorithm, empty) in of_both.into_iter().filter(|(algorithm, _)| algorithm.is_there()) {
        let algorithm = AsymmetricAlgorithm::from(algorithm);
        let key = signing_with(&memory, algorithm);
        let verifying = verifying(&memory, &key);
        assert_eq!(verifying.algorithm(), algorithm);
        for message in [&b""[..], b"\xa0", &[0x42; 100_000]] {
            let signed = sign_object(&memory, &key, SECURITY, message).unwrap();
            let again: SignedObject = signed.to_string().parse().unwrap();
            assert_eq!(again, signed);
            assert_eq!(again.key_id(), Some(verifying.id()));
            assert_eq!(again.verify(&verifying, SECURITY).unwrap(), message);
            let detached = sign_detached(&memory, &key, SECURITY, message).unwrap();
            let again: DetachedSignature = detached.to_string().trim_end_matches('=').parse().unwrap();
            assert_eq!(again, detached);
            again.verify(&verifying, SECURITY, message).unwrap();
            let other = [message, b"x"].concat();
            assert_eq!(again.verify(&verifying, SECURITY, &other), Err(VerifyError::WrongSignature));
            let elsewhere = VerifyError::WrongNamespace { found: Some(2), expected: PUBLIC };
            assert_eq!(again.verify(&verifying, PUBLIC, message), Err(elsewhere));
            let json = serde_json::to_string(&detached).unwrap();
            assert_eq!(serde_json::from_str::<DetachedSignature>(&json).unwrap(), detached);
        }
        let signed = sign_object(&memory, &key, SECURITY, b"").unwrap();
        assert_eq!(format!("{signed:?}"), format!("SignedObject({empty} bytes)"));
    }
}

#[test]
fn a_public_key_and_a_security_state_are_signed_with_either() {
    let memory = memory();
    let public = PublicKey::from_spki(&bytes(&accounts()[0]["publicKey"])).unwrap();
    for algorithm in
        SigningAlgorithm::ALL.into_iter().filter(|algorithm| algorithm.is_there()).map(AsymmetricAlgorithm::from)
    {
        let key = signing_with(&memory, algorithm);
        let verifying = verifying(&memory, &key);
        let signed = sign_public_key(&memory, &key, &public).unwrap();
        assert_eq!(SignedPublicKey::from_bytes(signed.as_bytes()).unwrap().verify(&verifying), Ok(public.clone()));
        let state = sign_security_state(&memory, &key, None, 2).unwrap();
        assert_eq!(SecurityState::from_bytes(state.as_bytes()).unwrap().verify(&verifying), Ok(2));
        // The header says which algorithm: {1: -8 or -48, 3: 60, 4: kid, -80000: 2}.
        let alg = if algorithm == AsymmetricAlgorithm::Ed25519 { &hex!("a40127")[..] } else { &hex!("a401382f") };
        assert!(state.as_bytes()[3..].starts_with(alg), "{algorithm}");
    }
}

/// Of ML-DSA-44 each bit of header, payload and challenge, and of the rest one in 61.
#[cfg(feature = "ml-dsa")]
#[test]
fn no_flipped_bit_of_ml_dsa_44_verifies() {
    let memory = memory();
    let key = signing_with(&memory, AsymmetricAlgorithm::MlDsa44);
    let verifying = verifying(&memory, &key);
    let good = sign_object(&memory, &key, SECURITY, b"milk").unwrap();
    let verifies =
        |bytes: &[u8]| SignedObject::from_bytes(bytes).is_ok_and(|read| read.verify(&verifying, SECURITY).is_ok());
    let good = good.as_bytes();
    assert!(verifies(good));
    let early = (good.len() - 2420 + 32) * 8;
    let mut looked = 0;
    for bit in (0..early).chain((early..good.len() * 8).step_by(61)) {
        let mut changed = good.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!verifies(&changed), "bit {bit}");
        looked += 1;
    }
    assert!(looked > 800, "{looked}");
    for length in (0..good.len()).step_by(7) {
        assert!(!verifies(&good[..length]), "{length}");
    }
}

/// What says one algorithm and is signed with the other, and keys of the one for signatures of the other.
#[cfg(feature = "ml-dsa")]
#[test]
fn algorithms_are_not_confused() {
    let memory = memory();
    let version = &hex!("a16776657273696f6e02")[..];
    let purpose = &hex!("3a0001387f02")[..];
    let header = |algorithm| {
        let alg = if algorithm == AsymmetricAlgorithm::Ed25519 { &hex!("a20127")[..] } else { &hex!("a201382f") };
        [alg, purpose].concat()
    };
    for (own, other) in [
        (AsymmetricAlgorithm::Ed25519, AsymmetricAlgorithm::MlDsa44),
        (AsymmetricAlgorithm::MlDsa44, AsymmetricAlgorithm::Ed25519),
    ] {
        let (key, foreign) = (signing_with(&memory, own), signing_with(&memory, other));
        let (verifying, theirs) = (verifying(&memory, &key), verifying(&memory, &foreign));
        let read = |by: &Boxed<Asymmetric>, says| {
            let message = forged(&memory, by, &header(says), &[0xa0], version);
            SecurityState::from_bytes(&message).unwrap()
        };
        // The control: header, key and signature of one algorithm.
        assert_eq!(read(&key, own).verify(&verifying), Ok(2));
        let wrong = VerifyError::WrongAlgorithm { found: other, key: own };
        assert_eq!(read(&key, other).verify(&verifying), Err(wrong), "the other header, signed by the key");
        assert_eq!(read(&foreign, other).verify(&verifying), Err(wrong), "the other header and its key");
        assert_eq!(read(&foreign, own).verify(&verifying), Err(VerifyError::WrongSignature), "signed by the other key");
        let wrong = VerifyError::WrongAlgorithm { found: own, key: other };
        assert_eq!(read(&key, own).verify(&theirs), Err(wrong), "verified with the other key");
        assert_eq!(wrong.to_string(), format!("signed with {own}, and the key is one of {other}"));
    }
}

/// A COSE_Sign1 of `protected`, an unprotected header, a payload (CBOR of it) and a signature that is good for them.
fn forged(
    memory: &SecretMemory,
    key: &Boxed<Asymmetric>,
    protected: &[u8],
    unprotected: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let signed = super::to_be_signed(protected, payload).unwrap();
    let signature = operation::sign(memory, operation::signing(memory, key).unwrap(), &signed).unwrap().unwrap();
    encoded(|writer| {
        writer.array(4).bytes(protected).raw(unprotected).bytes(payload).bytes(&signature);
    })
}

/// The hostile table: each message is signed well, by the right key, and refused for what it says.
#[test]
fn hostile_messages_with_good_signatures() {
    let memory = memory();
    let key = signing(&memory);
    let verifying = verifying(&memory, &key);
    let id = verifying.id();
    let kid = [&hex!("0450")[..], id.as_bytes()].concat();
    let header = |count: u8, parts: &[&[u8]]| [&[0xa0 + count][..], &parts.concat()].concat();
    let (alg, content, purpose) = (&hex!("0127")[..], &hex!("03183c")[..], &hex!("3a0001387f02")[..]);
    let malformed = MessageError::Malformed { expected: "security state" };
    let version = &hex!("a16776657273696f6e02")[..];

    let read = |protected: &[u8], unprotected: &[u8]| {
        SecurityState::from_bytes(&forged(&memory, &key, protected, unprotected, version))
    };
    for (name, protected, unprotected, error) in [
        (
            "no algorithm",
            header(3, &[content, &kid, purpose]),
            vec![0xa0],
            MessageError::Missing { of: "security state", part: "algorithm" },
        ),
        (
            "a kid of 15 bytes",
            header(2, &[alg, &hex!("044f"), &[1; 15]]),
            vec![0xa0],
            MessageError::Length { of: "security state", part: "key id", found: 15, expected: 16 },
        ),
        ("two algorithms", header(2, &[alg, alg]), vec![0xa0], malformed),
        ("two key ids", header(3, &[alg, &kid, &kid]), vec![0xa0], malformed),
        ("two purposes", header(3, &[alg, purpose, purpose]), vec![0xa0], malformed),
        ("something critical", header(2, &[alg, &hex!("028101")]), vec![0xa0], malformed),
        ("a header of 17 parameters", header(17, &[&hex!("181801").repeat(17)]), vec![0xa0], malformed),
        ("a header that is an array", hex!("80").to_vec(), vec![0xa0], malformed),
        ("a header with a tail", header(1, &[alg, &[0]]), vec![0xa0], malformed),
        ("an indefinite header", hex!("bf0127ff").to_vec(), vec![0xa0], malformed),
        ("a header that is 2^64 long", hex!("bbffffffffffffffff").to_vec(), vec![0xa0], malformed),
        ("an unprotected header that is 2^64 long", header(1, &[alg]), hex!("bbffffffffffffffff").to_vec(), malformed),
        ("unprotected arrays of 2^32", header(1, &[alg]), hex!("a118639affffffff").to_vec(), malformed),
        ("nesting", header(1, &[alg]), [&hex!("a11863")[..], &[0x81; 40], &[0]].concat(), malformed),
    ] {
        assert_eq!(read(&protected, &unprotected).unwrap_err(), error, "{name}");
    }

    let other = VerifyError::WrongNamespace { found: None, expected: SECURITY };
    let named = crate::key::facts::CoseKeyId::new([9; 16]);
    let wrong_kid = [&hex!("0450")[..], &[9; 16]].concat();
    for (name, protected, expected) in [
        ("all well", header(4, &[alg, content, &kid, purpose]), Ok(2)),
        ("no key id, no content type", header(2, &[alg, purpose]), Ok(2)),
        ("no purpose", header(3, &[alg, content, &kid]), Err(other)),
        (
            "a purpose of 64 bits",
            header(2, &[alg, &hex!("3a0001387f1b7fffffffffffffff")]),
            Err(VerifyError::WrongNamespace { found: Some(i64::MAX), expected: SECURITY }),
        ),
        ("another key's id", header(3, &[alg, &wrong_kid, purpose]), Err(VerifyError::WrongKeyId { named, given: id })),
        (
            "ML-DSA-44",
            header(3, &[&hex!("01382f"), &kid, purpose]),
            Err(VerifyError::WrongAlgorithm { found: AsymmetricAlgorithm::MlDsa44, key: AsymmetricAlgorithm::Ed25519 }),
        ),
        (
            "ML-DSA-65",
            header(3, &[&hex!("013830"), &kid, purpose]),
            Err(VerifyError::UnsupportedAlgorithm { found: -49 }),
        ),
        ("ES256", header(3, &[&hex!("0126"), &kid, purpose]), Err(VerifyError::UnsupportedAlgorithm { found: -7 })),
    ] {
        assert_eq!(read(&protected, &[0xa0]).unwrap().verify(&verifying), expected, "{name}");
    }

    // What was signed is not what is wanted.
    let protected = header(4, &[alg, content, &kid, purpose]);
    for (name, payload) in [
        ("nothing", &[][..]),
        ("no version", &hex!("a0")),
        ("two versions", &hex!("a26776657273696f6e026776657273696f6e02")),
        ("a version below nothing", &hex!("a16776657273696f6e20")),
        ("a version in text", &hex!("a16776657273696f6e6132")),
        ("a tail", &hex!("a16776657273696f6e0200")),
        ("a bomb", &hex!("bbffffffffffffffff")),
        (
            "two users",
            &hex!(
                "a368656e746974794964500000000000000000000000000000000068656e74697479496450000000000000000000000000000000006776657273696f6e02"
            ),
        ),
        ("a user of 15 bytes", &hex!("a268656e7469747949644f0000000000000000000000000000006776657273696f6e02")),
        ("a user of 17 bytes", &hex!("a268656e7469747949645100000000000000000000000000000000006776657273696f6e02")),
        ("a user in text", &hex!("a268656e746974794964706162636465666768696a6b6c6d6e6f706776657273696f6e02")),
        ("a user without a version", &hex!("a168656e7469747949645000000000000000000000000000000000")),
    ] {
        let state = SecurityState::from_bytes(&forged(&memory, &key, &protected, &[0xa0], payload)).unwrap();
        assert_eq!(state.verify(&verifying), Err(VerifyError::Payload { expected: "security state" }), "{name}");
    }
    let protected = header(4, &[alg, content, &kid, &hex!("3a0001387f01")]);
    for (name, payload) in [
        ("no key", hex!("a269616c676f726974686d006d636f6e74656e74466f726d617400").to_vec()),
        (
            "another algorithm",
            hex!("a369616c676f726974686d016d636f6e74656e74466f726d617400697075626c69634b65794100").to_vec(),
        ),
        ("not SPKI", hex!("a369616c676f726974686d006d636f6e74656e74466f726d617400697075626c69634b65794100").to_vec()),
    ] {
        let signed = SignedPublicKey::from_bytes(&forged(&memory, &key, &protected, &[0xa0], &payload)).unwrap();
        assert_eq!(signed.verify(&verifying), Err(VerifyError::Payload { expected: "public key" }), "{name}");
    }
}

#[test]
fn embedded_is_not_detached() {
    let memory = memory();
    let key = signing(&memory);
    let embedded = sign_object(&memory, &key, SECURITY, b"m").unwrap();
    let detached = sign_detached(&memory, &key, SECURITY, b"m").unwrap();
    let error = DetachedSignature::from_bytes(embedded.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "not a detached COSE_Sign1 that can be read");
    let error = SignedObject::from_bytes(detached.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "not a COSE_Sign1 that can be read");
    let error = "AA=A".parse::<SignedObject>().unwrap_err();
    assert_eq!(error.to_string(), "the COSE_Sign1 is not base64");
}

/// A signing key whose `key_ops` leave out signing does not sign.
#[test]
fn a_key_that_may_not_sign() {
    let memory = memory();
    let vectors = of_format("signing");
    let mut cose = bytes(&vectors[0]["outputs"]["signing_key_cose_b64"]);
    let at = cose.windows(3).position(|window| window == hex!("048101")).unwrap();
    cose[at + 2] = 2;
    let key: Boxed<Asymmetric> = key_of(&memory, &cose);
    let error = sign_object(&memory, &key, SECURITY, b"m").unwrap_err();
    assert!(matches!(error, ErrorKind::NotPermitted(_)), "{error}");
    let public = PublicKey::from_spki(&bytes(&accounts()[0]["publicKey"])).unwrap();
    assert!(matches!(sign_public_key(&memory, &key, &public), Err(ErrorKind::NotPermitted(_))));
}
