//! Keys sealed for passwords and for secrets.

use aes_gcm::aead::{AeadInOut, KeyInit};
use hex_literal::hex;
use serde_json::Value;
use strongroom_memory::SecretMemory;

use super::super::password::{self, PasswordProtectedKeyEnvelope};
use super::super::secret::{self, SecretProtectedKeyEnvelope};
use super::{AES_GCM, LEGACY, NONCE_12, NONCE_24, V1, V1_ID, aad, entropy, map, message, text, told, truncations, v1};
use crate::error::{Error, ErrorKind, KdfError, Malformed, MessageError, Operation, WrongKey};
use crate::kdf::{Kdf, KdfLimits, KdfSettings};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::KeyThumbprint;
use crate::kind::Symmetric;
use crate::labels::{PasswordEnvelopeNamespace, SecretEnvelopeNamespace};
use crate::operation::{self, SymmetricBox};
use crate::vectors::{bytes, encoded, memory, of_format, same};

pub(super) const PIN: PasswordEnvelopeNamespace = PasswordEnvelopeNamespace::PinUnlock;
const INVITE: SecretEnvelopeNamespace = SecretEnvelopeNamespace::RegistrationOpenOrgInvite;

fn parse(text: &Value) -> PasswordProtectedKeyEnvelope {
    text.as_str().unwrap().parse().unwrap()
}

pub(super) fn unseal(
    memory: &SecretMemory,
    envelope: &PasswordProtectedKeyEnvelope,
    password: &str,
) -> Result<SymmetricBox, ErrorKind> {
    password::unseal(memory, envelope, &text(memory, password), &KdfLimits::default(), PIN, None)
}

#[test]
fn what_the_official_software_sealed_for_a_password() {
    let memory = memory();
    let vectors = of_format("password-protected-key-envelope");
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let envelope = parse(&vector["outputs"]["envelope_b64"]);
        assert_eq!(envelope.to_string(), vector["outputs"]["envelope_b64"].as_str().unwrap());
        let settings = KdfSettings::Argon2id { iterations: 3, memory_mib: 64, parallelism: 4 };
        assert_eq!(envelope.kdf(), Some(settings));
        let key = unseal(&memory, &envelope, vector["inputs"]["pin"].as_str().unwrap()).unwrap();
        assert_eq!(encoded(&memory, &key), bytes(&vector["outputs"]["user_key_b64"]));
        assert_eq!(envelope.contained_key_id(), Some(super::super::id_of(&memory, &key).unwrap()));
    }
    let wrong = &of_format("negative/key-envelope")[0]["inputs"];
    let error = unseal(&memory, &parse(&wrong["envelope_b64"]), wrong["pin"].as_str().unwrap()).unwrap_err();
    assert_eq!(error, ErrorKind::WrongKey(WrongKey::OrChanged));
    let error = Error::of(Operation::Unseal, error);
    assert_eq!(error.to_string(), "wrong password, secret or key, or the envelope was changed (unseal)");
}

#[test]
fn every_key_comes_back_under_every_function() {
    let memory = memory();
    let pin = text(&memory, "4321");
    for kdf in [Kdf::pbkdf2(5_000).unwrap(), Kdf::argon2id(2, 16, 1).unwrap()] {
        for algorithm in SymmetricAlgorithm::ALL {
            let key = operation::generate::<Symmetric>(&memory, algorithm).unwrap();
            let sealed = password::seal(&memory, &key, &pin, &kdf, PIN).unwrap();
            let read: PasswordProtectedKeyEnvelope = sealed.to_string().parse().unwrap();
            assert_eq!(read, sealed);
            assert_eq!(read.kdf(), Some(kdf.settings()));
            assert!(same(&memory, &unseal(&memory, &read, "4321").unwrap(), &key), "{algorithm}");
            assert_eq!(unseal(&memory, &read, "4322").unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
            assert_ne!(password::seal(&memory, &key, &pin, &kdf, PIN).unwrap(), sealed, "salt and nonce are new");
        }
    }
}

/// All but what is random, byte for byte.
#[test]
fn headers_are_written_as_the_official_software_does() {
    let memory = memory();
    let vector = &of_format("password-protected-key-envelope")[0]["outputs"];
    let key = crate::vectors::key(&memory, &bytes(&vector["user_key_b64"]));
    let kdf = Kdf::argon2id(3, 64, 4).unwrap();
    let ours = password::seal(&memory, &key, &text(&memory, "4321"), &kdf, PIN).unwrap();
    let theirs = bytes(&vector["envelope_b64"]);
    assert_eq!(ours.as_bytes().len(), theirs.len());
    // Nonce, ciphertext and salt are other ones.
    let nonce = 3 + 74 + 3..3 + 74 + 3 + 12;
    let sealed = nonce.end + 2..nonce.end + 2 + 80;
    let salt = theirs.len() - 17..theirs.len() - 1;
    let mut differ: Vec<usize> = Vec::new();
    for (at, (ours, theirs)) in ours.as_bytes().iter().zip(&theirs).enumerate() {
        if ours != theirs && !nonce.contains(&at) && !sealed.contains(&at) && !salt.contains(&at) {
            differ.push(at);
        }
    }
    assert_eq!(differ, [0_usize; 0], "outside nonce, ciphertext and salt");
}

/// The recipient that official software writes where only approved functions may be used.
pub(super) fn pbkdf2_recipient(iterations: u32, salt: &[u8]) -> Vec<u8> {
    [
        &hex!("818347a1013a00011561")[..],
        &hex!("a3013a000115613a00011562"),
        &[0x1a],
        &iterations.to_be_bytes(),
        &hex!("3a00011563"),
        &[0x40 + u8::try_from(salt.len()).unwrap()],
        salt,
        &[0xf6],
    ]
    .concat()
}

fn argon2id_recipient(parameters: [&[u8]; 3], salt: &[u8]) -> Vec<u8> {
    let [iterations, memory, parallelism] = parameters;
    [
        &hex!("818347a1013a00011557a5013a00011557")[..],
        &hex!("3a00011559"),
        iterations,
        &hex!("3a0001155a"),
        memory,
        &hex!("3a0001155b"),
        parallelism,
        &hex!("3a00011558"),
        &[0x40 + u8::try_from(salt.len()).unwrap()],
        salt,
        &[0xf6],
    ]
    .concat()
}

pub(super) const SALT: [u8; 16] = *b"a salt of 16 by.";

/// The old generation, made here by other implementations: no algorithm, no kind, no purpose, no id.
#[test]
fn the_old_generation_is_read() {
    let memory = memory();
    let mut kek = [0; 32];
    let params = argon2::Params::new(16 * 1024, 2, 1, Some(32)).unwrap();
    let function = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params.clone());
    let mut matrix = vec![argon2::Block::default(); params.block_count()];
    function.hash_password_into_with_memory(b"4321", &SALT, &mut kek, &mut matrix).unwrap();
    let protected = map(&[LEGACY]);
    let mut sealed = V1;
    let nonce: [u8; 24] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let tag = chacha20poly1305::XChaCha20Poly1305::new(&kek.into())
        .encrypt_inout_detached(&nonce.into(), &aad("Encrypt", &protected), (&mut sealed[..]).into())
        .unwrap();
    let recipients = argon2id_recipient([&[2], &hex!("194000"), &[1]], &SALT);
    let bytes = message(&protected, NONCE_24, &[&sealed[..], &tag].concat(), Some(&recipients));
    let envelope = PasswordProtectedKeyEnvelope::from_bytes(&bytes).unwrap();
    assert_eq!(envelope.contained_key_id(), None);
    assert_eq!(encoded(&memory, &unseal(&memory, &envelope, "4321").unwrap()), V1);
    assert_eq!(unseal(&memory, &envelope, "1234").unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
}

/// An envelope with PBKDF2, its contents sealed by other implementations.
fn forged(protected: &[u8], contents: &[u8]) -> PasswordProtectedKeyEnvelope {
    let mut kek = [0; 32];
    ::pbkdf2::pbkdf2_hmac::<sha2::Sha256>(b"4321", &SALT, 5_000, &mut kek);
    let mut sealed = contents.to_vec();
    let nonce: [u8; 12] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let tag = aes_gcm::Aes256Gcm::new(&kek.into())
        .encrypt_inout_detached(&nonce.into(), &aad("Encrypt", protected), (&mut sealed[..]).into())
        .unwrap();
    let recipients = pbkdf2_recipient(5_000, &SALT);
    let bytes = message(protected, NONCE_12, &[&sealed[..], &tag].concat(), Some(&recipients));
    PasswordProtectedKeyEnvelope::from_bytes(&bytes).unwrap()
}

/// The hostile table of what is sealed well, for the right password, and refused for what it says or is. What is known
/// only after the password was tried has the answer of a wrong password.
#[test]
fn hostile_envelopes_that_are_authentic() {
    let memory = memory();
    let contained = [&hex!("3a0001155c50")[..], &V1_ID].concat();
    let (object, pin) = (&hex!("3a0001388101")[..], &hex!("3a0001388001")[..]);
    let cose: &[u8] = &hex!("031865");
    // One of AES-256-GCM would be 64 bytes long, and good for 64 raw ones.
    let long = SymmetricAlgorithm::XChaCha20Poly1305;
    let good = encoded(&memory, &operation::generate::<Symmetric>(&memory, long).unwrap());
    // Without its padding, which is a byte.
    let good = &good[..good.len() - 1];
    let (kid, rest, key) = (&good[3..21], &good[21..33], &good[33..]);
    assert_eq!((kid[0], rest[0], key[0]), (2, 3, 0x20));
    let wrong = Err(ErrorKind::WrongKey(WrongKey::OrChanged));
    for (name, protected, contents, expected) in [
        ("all well", map(&[AES_GCM, LEGACY, &contained, object, pin]), &V1[..], Ok(())),
        ("in another order", map(&[pin, &contained, LEGACY, object, AES_GCM]), &V1, Ok(())),
        ("before there were purposes", map(&[AES_GCM, LEGACY]), &V1, Ok(())),
        ("a COSE key", map(&[AES_GCM, cose]), good, Ok(())),
        (
            "for another purpose",
            map(&[AES_GCM, LEGACY, &hex!("3a0001388002")]),
            &V1,
            Err(ErrorKind::Malformed(Malformed::Purpose { found: 2, expected: 1 })),
        ),
        (
            "another key than it names",
            map(&[AES_GCM, LEGACY, &[&hex!("3a0001155c50")[..], &[7; 16]].concat()]),
            &V1,
            wrong.clone(),
        ),
        ("nothing for a key", map(&[AES_GCM, cose]), &[], wrong.clone()),
        ("64 raw bytes called a COSE key", map(&[AES_GCM, cose]), &V1, wrong.clone()),
        ("a COSE key with a tail", map(&[AES_GCM, cose]), &[good, &[0]].concat(), wrong.clone()),
        ("a COSE key cut", map(&[AES_GCM, cose]), &good[..good.len() - 1], wrong.clone()),
        ("a COSE key in another order", map(&[AES_GCM, cose]), &[&good[..3], rest, kid, key].concat(), wrong.clone()),
        (
            "a COSE key with something else in it",
            map(&[AES_GCM, cose]),
            &[&hex!("a6")[..], &good[1..], &hex!("0600")].concat(),
            wrong.clone(),
        ),
        (
            "a COSE key with a length in a byte more",
            map(&[AES_GCM, cose]),
            &[&good[..3], &hex!("025810"), &kid[2..], rest, key].concat(),
            wrong.clone(),
        ),
        ("a bomb for a key", map(&[AES_GCM, cose]), &hex!("bbffffffffffffffff"), wrong.clone()),
        ("arrays in arrays", map(&[AES_GCM, cose]), &[0x81; 70], wrong.clone()),
    ] {
        let opened = unseal(&memory, &forged(&protected, contents), "4321").map(drop);
        assert_eq!(opened, expected, "{name}");
    }
}

/// Every kind of key that envelopes hold, whatever it permits, is as long as is allowed at most.
#[test]
fn the_longest_cose_key_comes_back() {
    let memory = memory();
    let long = SymmetricAlgorithm::Xaes256Gcm;
    let raw = encoded(&memory, &operation::generate::<Symmetric>(&memory, long).unwrap());
    let all = [&raw[..27], &hex!("0486010203040506"), &raw[33..68]].concat();
    assert_eq!((all.len(), &raw[27..29]), (70, &hex!("0484")[..]));
    let key = crate::vectors::key(&memory, &[&all[..], &[1]].concat());
    let kdf = Kdf::pbkdf2(5_000).unwrap();
    let sealed = password::seal(&memory, &key, &text(&memory, "4321"), &kdf, PIN).unwrap();
    assert!(same(&memory, &unseal(&memory, &sealed, "4321").unwrap(), &key));
}

/// What is demanded is the thumbprint of the key inside, whatever the envelope says and whatever id the key carries.
#[test]
fn a_key_can_be_demanded() {
    let memory = memory();
    let pin = text(&memory, "4321");
    let (v1, cose) = (v1(&memory), operation::generate::<Symmetric>(&memory, SymmetricAlgorithm::Xaes256Gcm).unwrap());
    let print = |key| KeyThumbprint::new(operation::thumbprint(&memory, key).unwrap());
    // Another COSE key that carries the id of the first.
    let mut bytes = encoded(&memory, &cose);
    let at = bytes.windows(3).position(|window| window == hex!("205820")).unwrap();
    bytes[at + 3] ^= 1;
    let namesake = crate::vectors::key(&memory, &bytes);
    assert_eq!(super::super::id_of(&memory, &namesake).unwrap(), super::super::id_of(&memory, &cose).unwrap());

    let kdf = Kdf::pbkdf2(5_000).unwrap();
    let sealed = |key| password::seal(&memory, key, &pin, &kdf, PIN).unwrap();
    let unnamed = forged(&map(&[AES_GCM, LEGACY]), &V1);
    for (envelope, inside) in
        [(sealed(&v1), &v1), (unnamed, &v1), (sealed(&cose), &cose), (sealed(&namesake), &namesake)]
    {
        for demanded in [&v1, &cose, &namesake] {
            let found = password::unseal(&memory, &envelope, &pin, &KdfLimits::default(), PIN, Some(&print(demanded)));
            match found {
                Ok(key) => assert!(same(&memory, &key, inside) && same(&memory, &key, demanded)),
                Err(error) => {
                    assert_eq!(error, ErrorKind::WrongKey(WrongKey::OrChanged));
                    assert!(!same(&memory, inside, demanded));
                }
            }
        }
    }
}

/// The hostile table of what is not even tried.
#[test]
fn hostile_envelopes_that_are_refused_when_read() {
    let of = "password-protected key envelope";
    let malformed = MessageError::Malformed { expected: of };
    let missing = |part| MessageError::Missing { of, part };
    let length = |part, found, expected| MessageError::Length { of, part, found, expected };
    let surplus = |found, max| MessageError::Surplus { of, part: "protected header", found, max };
    let sealed = [0; 80];
    let good = map(&[AES_GCM, LEGACY]);
    let kdf = pbkdf2_recipient(5_000, &SALT);
    let (two, one) = (&[2][..], &[1][..]);
    let argon = |parameters| argon2id_recipient(parameters, &SALT);
    let cases: Vec<(&str, Vec<u8>, MessageError)> = vec![
        (
            "another kind of object",
            message(&map(&[AES_GCM, LEGACY, &hex!("3a0001388102")]), NONCE_12, &sealed, Some(&kdf)),
            MessageError::WrongObject { found: 2, expected: of },
        ),
        ("an algorithm in text", message(&map(&[&hex!("016133"), LEGACY]), NONCE_12, &sealed, Some(&kdf)), malformed),
        ("AES-128-GCM", message(&map(&[&hex!("0101"), LEGACY]), NONCE_12, &sealed, Some(&kdf)), missing("algorithm")),
        ("no content type", message(&map(&[AES_GCM]), NONCE_12, &sealed, Some(&kdf)), missing("content type")),
        (
            "text for a key",
            message(&map(&[AES_GCM, &hex!("03182a")]), NONCE_12, &sealed, Some(&kdf)),
            missing("content type"),
        ),
        (
            "PKCS#8 for a key",
            message(&map(&[AES_GCM, &hex!("0319011c")]), NONCE_12, &sealed, Some(&kdf)),
            missing("content type"),
        ),
        ("two algorithms", message(&map(&[AES_GCM, AES_GCM, LEGACY]), NONCE_12, &sealed, Some(&kdf)), malformed),
        (
            "two purposes",
            message(&map(&[AES_GCM, &hex!("3a0001388001"), &hex!("3a0001388001")]), NONCE_12, &sealed, Some(&kdf)),
            malformed,
        ),
        (
            "two kinds",
            message(&map(&[AES_GCM, &hex!("3a0001388101"), &hex!("3a0001388101")]), NONCE_12, &sealed, Some(&kdf)),
            malformed,
        ),
        (
            "something critical",
            message(&map(&[AES_GCM, LEGACY, &hex!("028101")]), NONCE_12, &sealed, Some(&kdf)),
            malformed,
        ),
        (
            "a nonce that is authenticated",
            message(&map(&[AES_GCM, LEGACY, &hex!("054100")]), NONCE_12, &sealed, Some(&kdf)),
            malformed,
        ),
        (
            "an id of 15 bytes",
            message(
                &map(&[AES_GCM, LEGACY, &[&hex!("3a0001155c4f")[..], &[0; 15]].concat()]),
                NONCE_12,
                &sealed,
                Some(&kdf),
            ),
            length("id of the sealed key", 15, 16),
        ),
        (
            "XAES-256-GCM",
            message(&map(&[&hex!("013a00011179"), LEGACY]), NONCE_24, &sealed, Some(&kdf)),
            missing("algorithm"),
        ),
        (
            "an unknown number",
            message(&map(&[AES_GCM, LEGACY, &hex!("0600")]), NONCE_12, &sealed, Some(&kdf)),
            surplus(42, 40),
        ),
        (
            "an unknown text",
            message(&map(&[AES_GCM, LEGACY, &hex!("6000")]), NONCE_12, &sealed, Some(&kdf)),
            surplus(42, 40),
        ),
        (
            "a key id",
            message(&map(&[AES_GCM, LEGACY, &[&hex!("0450")[..], &[0; 16]].concat()]), NONCE_12, &sealed, Some(&kdf)),
            surplus(58, 40),
        ),
        (
            "the purpose of a signature",
            message(&map(&[AES_GCM, LEGACY, &hex!("3a0001387f01")]), NONCE_12, &sealed, Some(&kdf)),
            surplus(46, 40),
        ),
        (
            "a number in a byte more",
            message(&map(&[&hex!("011803"), LEGACY]), NONCE_12, &sealed, Some(&kdf)),
            surplus(41, 40),
        ),
        (
            "a label in 4 bytes more",
            message(&map(&[&hex!("1a0000000103"), LEGACY]), NONCE_12, &sealed, Some(&kdf)),
            surplus(44, 40),
        ),
        (
            "a count in a byte more",
            message(&[&hex!("b802")[..], AES_GCM, LEGACY].concat(), NONCE_12, &sealed, Some(&kdf)),
            surplus(41, 40),
        ),
        (
            "a text with a length in a byte more",
            message(&map(&[AES_GCM, &[&hex!("03790022")[..], &LEGACY[3..]].concat()]), NONCE_12, &sealed, Some(&kdf)),
            surplus(41, 40),
        ),
        ("63 bytes for a key", message(&good, NONCE_12, &[0; 79], Some(&kdf)), length("ciphertext", 79, 80)),
        ("65 bytes for a key", message(&good, NONCE_12, &[0; 81], Some(&kdf)), length("ciphertext", 81, 80)),
        (
            "more than a COSE key",
            message(&map(&[AES_GCM, &hex!("031865")]), NONCE_12, &[0; 87], Some(&kdf)),
            MessageError::Surplus { of, part: "ciphertext", found: 87, max: 86 },
        ),
        ("no nonce", message(&good, &[0xa0], &sealed, Some(&kdf)), malformed),
        (
            "two nonces",
            message(&good, &[&[0xa2], &NONCE_12[1..], &NONCE_12[1..]].concat(), &sealed, Some(&kdf)),
            malformed,
        ),
        ("a nonce of 24 bytes", message(&good, NONCE_24, &sealed, Some(&kdf)), length("nonce", 24, 12)),
        (
            "no algorithm, a nonce of 12 bytes",
            message(&map(&[LEGACY]), NONCE_12, &sealed, Some(&kdf)),
            length("nonce", 12, 24),
        ),
        ("15 bytes of ciphertext", message(&good, NONCE_12, &[0; 15], Some(&kdf)), length("ciphertext", 15, 16)),
        ("a COSE_Encrypt0", message(&good, NONCE_12, &sealed, None), malformed),
        ("no recipient", message(&good, NONCE_12, &sealed, Some(&[0x80])), malformed),
        (
            "two recipients",
            message(&good, NONCE_12, &sealed, Some(&[&[0x82], &kdf[1..], &kdf[1..]].concat())),
            malformed,
        ),
        (
            "2^64 recipients",
            message(&good, NONCE_12, &sealed, Some(&[&hex!("9bffffffffffffffff")[..], &kdf[1..]].concat())),
            malformed,
        ),
        (
            "a recipient with a key of its own",
            message(&good, NONCE_12, &sealed, Some(&[&kdf[..kdf.len() - 1], &[0x41, 0]].concat())),
            malformed,
        ),
        (
            "a recipient for a secret",
            message(&good, NONCE_12, &sealed, Some(&hex!("818340a10129f6"))),
            missing("function for the password"),
        ),
        (
            "a recipient of no kind",
            message(&good, NONCE_12, &sealed, Some(&hex!("818340a0f6"))),
            missing("function for the password"),
        ),
        (
            "a recipient of two kinds",
            message(&good, NONCE_12, &sealed, Some(&hex!("818343a10129a1013a00011561f6"))),
            malformed,
        ),
        (
            "a salt of 15 bytes",
            message(&good, NONCE_12, &sealed, Some(&pbkdf2_recipient(5_000, &SALT[1..]))),
            length("salt", 15, 16),
        ),
        (
            "no salt at all",
            message(&good, NONCE_12, &sealed, Some(&hex!("818347a1013a00011561a2013a000115613a0001156201f6"))),
            missing("salt"),
        ),
        (
            "a salt that is 2^63 long",
            message(&good, NONCE_12, &sealed, Some(&hex!("818340a2013a000115613a000115635b7fffffffffffffff"))),
            malformed,
        ),
        (
            "iterations below nothing",
            message(&good, NONCE_12, &sealed, Some(&argon([&[0x20], two, one]))),
            missing("number of iterations"),
        ),
        (
            "iterations of 64 bits",
            message(&good, NONCE_12, &sealed, Some(&argon([&hex!("1b7fffffffffffffff"), two, one]))),
            missing("number of iterations"),
        ),
        (
            "memory of 64 bits",
            message(&good, NONCE_12, &sealed, Some(&argon([two, &hex!("1b0000000100000000"), one]))),
            missing("size of memory"),
        ),
        ("memory in text", message(&good, NONCE_12, &sealed, Some(&argon([two, &hex!("6132"), one]))), malformed),
        (
            "parallelism of 64 bits",
            message(&good, NONCE_12, &sealed, Some(&argon([two, two, &hex!("1b0000000100000000")]))),
            missing("parallelism"),
        ),
        ("nesting", message(&good, &[&hex!("a11863")[..], &[0x81; 64], &[0]].concat(), &sealed, Some(&kdf)), malformed),
        ("a header that is an array", message(&[0x80], NONCE_12, &sealed, Some(&kdf)), malformed),
        (
            "17 parameters",
            message(&[&[0xb1][..], &hex!("181801").repeat(17)].concat(), NONCE_12, &sealed, Some(&kdf)),
            malformed,
        ),
        ("a tag before it", [&[0xd8, 0x60][..], &message(&good, NONCE_12, &sealed, Some(&kdf))].concat(), malformed),
    ];
    for (name, bytes, error) in &cases {
        assert_eq!(PasswordProtectedKeyEnvelope::from_bytes(bytes).unwrap_err(), *error, "{name}");
    }
    truncations(&message(&good, NONCE_12, &sealed, Some(&kdf)), PasswordProtectedKeyEnvelope::from_bytes);
    for (text, shown) in [
        ("AAA", "not a password-protected key envelope that can be read"),
        ("AA A", "the password-protected key envelope is not base64"),
        ("hB==", "the password-protected key envelope is not base64"),
    ] {
        assert_eq!(text.parse::<PasswordProtectedKeyEnvelope>().unwrap_err().to_string(), shown);
    }
}

/// Hostile work is refused before any of it is done: the whole table takes no time.
#[test]
fn work_is_bounded() {
    let memory = memory();
    let good = map(&[AES_GCM, LEGACY]);
    let envelope = |recipients: &[u8]| {
        PasswordProtectedKeyEnvelope::from_bytes(&message(&good, NONCE_12, &[0; 80], Some(recipients))).unwrap()
    };
    let argon = |iterations: u32, memory: u32, parallelism: u32| {
        let [iterations, memory, parallelism] =
            [iterations, memory, parallelism].map(|number| [&[0x1a][..], &number.to_be_bytes()].concat());
        envelope(&argon2id_recipient([&iterations, &memory, &parallelism], &SALT))
    };
    let began = std::time::Instant::now();
    for (name, envelope, error) in [
        (
            "2^32 rounds",
            envelope(&pbkdf2_recipient(u32::MAX, &SALT)),
            KdfError::Pbkdf2Iterations { found: u32::MAX, min: 5_000, max: 10_000_000 },
        ),
        (
            "1 round",
            envelope(&pbkdf2_recipient(1, &SALT)),
            KdfError::Pbkdf2Iterations { found: 1, min: 5_000, max: 10_000_000 },
        ),
        (
            "no round",
            envelope(&pbkdf2_recipient(0, &SALT)),
            KdfError::Pbkdf2Iterations { found: 0, min: 5_000, max: 10_000_000 },
        ),
        (
            "2^32 passes",
            argon(u32::MAX, 16 << 10, 1),
            KdfError::Argon2idIterations { found: u32::MAX, min: 2, max: 64 },
        ),
        ("4 TiB", argon(2, u32::MAX, 1), KdfError::Argon2idMemory { found: 4_194_303, min: 16, max: 1_024 }),
        ("a KiB too much", argon(2, (1 << 20) + 1, 1), KdfError::Argon2idMemory { found: 1_025, min: 16, max: 1_024 }),
        ("a KiB too little", argon(2, (16 << 10) - 1, 1), KdfError::Argon2idMemory { found: 15, min: 16, max: 1_024 }),
        ("no lanes", argon(2, 16 << 10, 0), KdfError::Argon2idParallelism { found: 0, min: 1, max: 16 }),
        (
            "2^32 lanes",
            argon(2, 16 << 10, u32::MAX),
            KdfError::Argon2idParallelism { found: u32::MAX, min: 1, max: 16 },
        ),
        (
            "both at their bounds",
            argon(64, 1 << 20, 1),
            KdfError::Argon2idWork { iterations: 64, memory_mib: 1_024, max: 10_240 },
        ),
    ] {
        assert_eq!(unseal(&memory, &envelope, "4321").unwrap_err(), error.into(), "{name}");
    }
    assert!(began.elapsed().as_secs() < 2, "{:?}", began.elapsed());
    // Between whole MiB there is nothing wrong.
    assert_eq!(
        unseal(&memory, &argon(2, (16 << 10) + 7, 1), "4321").unwrap_err(),
        ErrorKind::WrongKey(WrongKey::OrChanged)
    );
}

/// One bit in each byte. The recipient is not authenticated (RFC 9052 section 5.1): what it says decides the key. But
/// the algorithm stands in both of its headers, so that one of the two may be unreadable.
#[test]
fn no_flipped_bit_opens() {
    let memory = memory();
    let pin = text(&memory, "4321");
    let key = v1(&memory);
    let limits = KdfLimits { max_pbkdf2_iterations: 6_000, ..KdfLimits::default() };
    let good = password::seal(&memory, &key, &pin, &Kdf::pbkdf2(5_000).unwrap(), PIN).unwrap();
    let good = good.as_bytes();
    // The lengths of the array, of the protected header and of the iterations do not change.
    let recipient = good.len() - pbkdf2_recipient(5_000, &SALT).len() + 2;
    let (protected_label, label) = (recipient + 4, recipient + 4 + 6 + 1);
    assert_eq!((good[protected_label], good[label]), (1, 1));
    let mut tried = 0;
    for at in 0..good.len() {
        let mut changed = good.to_vec();
        changed[at] ^= 1 << (at % 8);
        if let Ok(envelope) = PasswordProtectedKeyEnvelope::from_bytes(&changed) {
            match password::unseal(&memory, &envelope, &pin, &limits, PIN, None) {
                Ok(opened) => {
                    assert!(at == protected_label || at == label, "byte {at}");
                    assert!(same(&memory, &opened, &key));
                }
                Err(_) => tried += 1,
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn secrets_open_what_was_sealed_for_them() {
    let memory = memory();
    for algorithm in SymmetricAlgorithm::ALL {
        let key = operation::generate::<Symmetric>(&memory, algorithm).unwrap();
        let secret = operation::generate_entropy(&memory, 32).unwrap().unwrap();
        let sealed = secret::seal(&memory, &key, &secret, INVITE).unwrap();
        let read: SecretProtectedKeyEnvelope = sealed.to_string().parse().unwrap();
        let told = entropy(&memory, &told(&memory, &secret));
        assert!(same(&memory, &secret::unseal(&memory, &read, &told, INVITE).unwrap(), &key), "{algorithm}");
        let other = operation::generate_entropy(&memory, 32).unwrap().unwrap();
        let error = secret::unseal(&memory, &read, &other, INVITE).unwrap_err();
        assert_eq!(error, ErrorKind::WrongKey(WrongKey::OrChanged));

        let good = sealed.as_bytes();
        let mut tried = 0;
        for bit in 0..good.len() * 8 {
            let mut changed = good.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(envelope) = SecretProtectedKeyEnvelope::from_bytes(&changed) {
                assert!(secret::unseal(&memory, &envelope, &told, INVITE).is_err(), "bit {bit}");
                tried += 1;
            }
        }
        assert!(tried > 1000, "{tried}");
        truncations(good, SecretProtectedKeyEnvelope::from_bytes);
    }
}

/// The hostile table of envelopes for secrets: as that of those for passwords, where they differ.
#[test]
fn hostile_envelopes_for_secrets() {
    let of = "secret-protected key envelope";
    let missing = |part| MessageError::Missing { of, part };
    let salt = [&hex!("335820")[..], &[7; 32]].concat();
    let recipient = |parameters: &[&[u8]]| [&hex!("818340")[..], &map(parameters), &[0xf6]].concat();
    let good = recipient(&[&hex!("0129"), &salt]);
    let protected = map(&[AES_GCM, LEGACY]);
    let sealed = [0; 80];
    for (name, bytes, error) in [
        (
            "a password's kind",
            message(&map(&[AES_GCM, LEGACY, &hex!("3a0001388101")]), NONCE_12, &sealed, Some(&good)),
            MessageError::WrongObject { found: 1, expected: of },
        ),
        ("no algorithm", message(&map(&[LEGACY]), NONCE_24, &sealed, Some(&good)), missing("algorithm")),
        (
            "XChaCha20-Poly1305",
            message(&map(&[&hex!("013a0001116f"), LEGACY]), NONCE_24, &sealed, Some(&good)),
            missing("algorithm"),
        ),
        (
            "no function",
            message(&protected, NONCE_12, &sealed, Some(&recipient(&[&salt]))),
            missing("function for the secret"),
        ),
        (
            "HKDF with SHA-512",
            message(&protected, NONCE_12, &sealed, Some(&recipient(&[&hex!("012a"), &salt]))),
            missing("function for the secret"),
        ),
        ("no salt", message(&protected, NONCE_12, &sealed, Some(&recipient(&[&hex!("0129")]))), missing("salt")),
        (
            "a salt of 31 bytes",
            message(
                &protected,
                NONCE_12,
                &sealed,
                Some(&recipient(&[&hex!("0129"), &[&hex!("33581f")[..], &[7; 31]].concat()])),
            ),
            MessageError::Length { of, part: "salt", found: 31, expected: 32 },
        ),
        (
            "two salts",
            message(&protected, NONCE_12, &sealed, Some(&recipient(&[&hex!("0129"), &salt, &salt]))),
            MessageError::Malformed { expected: of },
        ),
    ] {
        assert_eq!(SecretProtectedKeyEnvelope::from_bytes(&bytes).unwrap_err(), error, "{name}");
    }
    let memory = memory();
    let other = SecretProtectedKeyEnvelope::from_bytes(&message(
        &map(&[AES_GCM, LEGACY, &hex!("3a0001388009")]),
        NONCE_12,
        &sealed,
        Some(&good),
    ))
    .unwrap();
    let secret = operation::generate_entropy(&memory, 16).unwrap().unwrap();
    let error = secret::unseal(&memory, &other, &secret, INVITE).unwrap_err();
    assert_eq!(error, ErrorKind::Malformed(Malformed::Purpose { found: 9, expected: 3 }));
    assert_eq!(error.to_string(), "sealed for the purpose of number 9, not for that of number 3");
}
