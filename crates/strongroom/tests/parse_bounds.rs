//! What comes from outside takes no more memory than it is long, whatever lengths it names: a parser takes one block
//! for what it keeps, and none for what it refuses. Every block is counted by the allocator.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use base64_simd::STANDARD;
use serde_json::Value;
use strongroom::{
    EncString, KeyStore, KeyUses,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::PublicKey,
    envelopes::{
        DataEnvelope, Envelopes, OpenOrgInvite, PasswordProtectedKeyEnvelope, SecretProtectedKeyEnvelope,
        SymmetricEnvelopeNamespace, SymmetricKeyEnvelope,
    },
    errors::MessageError,
    signatures::{
        DetachedSignature, SecurityState, SignObjects, SignatureNamespace, SignedObject, SignedPublicKey, VerifyingKey,
    },
};
use strongroom_testkit::allocations::{Counting, Taken, taken};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn vector(id: u64) -> Value {
    let all: Value = serde_json::from_str(include_str!("data/official-sdk.json")).unwrap();
    all["vectors"].as_array().unwrap().iter().find(|vector| vector["id"] == id).unwrap().clone()
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode_to_vec(value.as_str().unwrap()).unwrap()
}

/// Reads a message in its two forms.
type Read = fn(&[u8]) -> Result<(), MessageError>;
type ReadText = fn(&str) -> Result<(), MessageError>;

macro_rules! readers {
    ($($name:ident)*) => {
        [$((
            stringify!($name),
            (|bytes| $name::from_bytes(bytes).map(drop)) as Read,
            (|text| text.parse::<$name>().map(drop)) as ReadText,
        )),*]
    };
}

/// Each kind of message, as a good one of it and its readers.
fn messages() -> Vec<(Vec<u8>, &'static str, Read, ReadText)> {
    let account = vector(117)["outputs"].clone();
    let blob: Value = serde_json::from_str(vector(119)["outputs"]["cipher"]["data"].as_str().unwrap()).unwrap();
    let invite: OpenOrgInvite = vector(116)["outputs"]["sealed"]["sealedData"].as_str().unwrap().parse().unwrap();
    let store = KeyStore::<Keys>::open().unwrap();
    let (symmetric, detached) = store.try_context(|ctx| {
        let (by, key) = (
            ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS_AND_KEYS).unwrap(),
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap(),
        );
        let signing = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let detached = ctx.sign_detached(signing, SignatureNamespace::SecurityState, b"message").unwrap();
        (ctx.seal_key(by, key, SymmetricEnvelopeNamespace::SessionKey).unwrap(), detached)
    });
    let good = [
        bytes(&vector(80)["outputs"]["envelope_b64"]),
        invite.key.as_bytes().to_vec(),
        symmetric.as_bytes().to_vec(),
        bytes(&blob["envelope"]),
        bytes(&account["securityState"]),
        bytes(&account["signedPublicKey"]),
        bytes(&account["securityState"]),
        detached.as_bytes().to_vec(),
    ];
    let readers = readers!(PasswordProtectedKeyEnvelope SecretProtectedKeyEnvelope SymmetricKeyEnvelope DataEnvelope
        SignedObject SignedPublicKey SecurityState DetachedSignature);
    good.into_iter().zip(readers).map(|(good, (name, read, text))| (good, name, read, text)).collect()
}

/// CBOR that promises more than it holds, in every way that there is.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let within = |head: &[u8], tail: &[u8]| [head, tail].concat();
    vec![
        ("an array of 2^64", within(&[0x9b], &[0xff; 8])),
        ("a map of 2^64", within(&[0xbb], &[0xff; 8])),
        ("bytes of 2^64", within(&[0x5b], &[0xff; 8])),
        ("a header of 2^63", within(&[0x83, 0x5b, 0x7f], &[0xff; 7])),
        ("a header of 4 GiB in a signature", within(&[0x84, 0x5a], &[0xff; 4])),
        ("an unprotected header of 2^64", within(&[0x84, 0x40, 0xbb], &[0xff; 8])),
        ("a ciphertext of 2^63", within(&[0x83, 0x40, 0xa1, 0x05, 0x40, 0x5b, 0x7f], &[0xff; 7])),
        ("2^32 recipients", within(&[0x84, 0x40, 0xa1, 0x05, 0x40, 0x40, 0x9a], &[0xff; 4])),
        ("a thousand arrays in arrays", vec![0x81; 1000]),
        ("a thousand arrays in a header", within(&[0x83, 0x40, 0xa1, 0x18, 0x63], &[0x81; 1000])),
        ("indefinite everything", vec![0x9f; 1000]),
        ("tags on tags", vec![0xc0; 1000]),
        ("a megabyte of zeros", vec![0; 1 << 20]),
        ("a megabyte of maps", vec![0xa1; 1 << 20]),
    ]
}

#[test]
fn the_count_counts() {
    let (kept, one) = taken(|| vec![7_u8; 1000]);
    assert_eq!((kept.len(), one), (1000, Taken { blocks: 1, bytes: 1000 }));
    assert_eq!(taken(|| 1 + 1).1, Taken::default());
}

#[test]
fn messages_take_their_own_length() {
    let messages = messages();
    assert_eq!(messages.len(), 8);
    for (good, name, read, read_text) in messages {
        let (result, one) = taken(|| read(&good));
        result.unwrap();
        assert_eq!(one, Taken { blocks: 1, bytes: good.len() }, "{name}");
        let text = STANDARD.encode_to_string(&good);
        let (result, one) = taken(|| read_text(&text));
        result.unwrap();
        assert_eq!(one, Taken { blocks: 1, bytes: good.len() }, "{name}, of base64");

        for length in 0..good.len() {
            let (result, none) = taken(|| read(&good[..length]));
            assert!(result.is_err(), "{name}, cut to {length}");
            assert_eq!(none, Taken::default(), "{name}, cut to {length}");
        }
        for (bomb, bytes) in bombs() {
            let (result, none) = taken(|| read(&bytes));
            assert!(result.is_err(), "{name}: {bomb}");
            assert_eq!(none, Taken::default(), "{name}: {bomb}");
            let text = STANDARD.encode_to_string(&bytes);
            let (result, one) = taken(|| read_text(&text));
            assert!(result.is_err(), "{name}: {bomb}, of base64");
            assert!(one.blocks == 1 && one.bytes == bytes.len(), "{name}: {bomb}, of base64: {one:?}");
        }
    }
}

#[test]
fn an_invitation_takes_three_times_its_length_at_most() {
    let text = vector(116)["outputs"]["sealed"]["sealedData"].as_str().unwrap().to_owned();
    let (result, some) = taken(|| text.parse::<OpenOrgInvite>());
    result.unwrap();
    assert!(some.blocks == 3 && some.bytes < 3 * text.len(), "{some:?}");
    for (bomb, bytes) in bombs() {
        let (result, none) = taken(|| OpenOrgInvite::from_bytes(&bytes));
        assert!(result.is_err(), "{bomb}");
        assert_eq!(none, Taken::default(), "{bomb}");
    }
}

#[test]
fn enc_strings_take_their_own_length() {
    let (iv, block, mac) = (STANDARD.encode_to_string([0; 16]), STANDARD.encode_to_string(vec![1; 1600]), [2; 32]);
    let mac = STANDARD.encode_to_string(mac);
    for (text, length) in [
        (format!("0.{iv}|{block}"), 1616),
        (format!("{iv}|{block}"), 1616),
        (format!("2.{iv}|{block}|{mac}"), 1648),
        (format!("4.{block}"), 1600),
        (format!("6.{block}|{mac}"), 1632),
        (format!("7.{block}"), 1600),
    ] {
        let (parsed, one) = taken(|| EncString::parse(&text));
        assert_eq!(one, Taken { blocks: 1, bytes: length }, "{text}");
        let Some(buffer) = parsed.unwrap().to_buffer() else { continue };
        let (parsed, one) = taken(|| EncString::from_buffer(&buffer));
        parsed.unwrap();
        assert_eq!(one, Taken { blocks: 1, bytes: length });
    }
    for text in ["", "2.", "9.AAAA", &"|".repeat(10_000), &".".repeat(10_000), &format!("2.{iv}|{block}|{mac}|{mac}")] {
        let (parsed, none) = taken(|| EncString::parse(text));
        assert!(parsed.is_err());
        assert_eq!(none, Taken::default(), "{text}");
    }
    for buffer in [&[][..], &[2], &[9; 10_000], &[1; 10_000], &[2; 10_000]] {
        let (parsed, none) = taken(|| EncString::from_buffer(buffer));
        assert!(parsed.is_err());
        assert_eq!(none, Taken::default(), "{} bytes", buffer.len());
    }
}

#[test]
fn public_keys_take_nothing() {
    let account = vector(117)["outputs"].clone();
    let (spki, cose) = (bytes(&account["publicKey"]), bytes(&account["verifyingKey"]));
    assert_eq!(taken(|| PublicKey::from_spki(&spki).is_ok()), (true, Taken::default()));
    assert_eq!(taken(|| VerifyingKey::from_cose(&cose).is_ok()), (true, Taken::default()));
    for (bomb, bytes) in bombs() {
        assert_eq!(taken(|| PublicKey::from_spki(&bytes).is_ok()), (false, Taken::default()), "{bomb}");
        assert_eq!(taken(|| VerifyingKey::from_cose(&bytes).is_ok()), (false, Taken::default()), "{bomb}");
    }
}

/// To be decrypted it is copied, with what is authenticated beside it: three times its length and a little more.
#[test]
fn a_bomb_of_type_7_is_refused_before_it_is_copied() {
    let store = KeyStore::<Keys>::open().unwrap();
    store.try_context(|ctx| {
        let key = ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS_AND_KEYS).unwrap();
        for (bomb, bytes) in bombs() {
            let text = EncString::from_buffer(&[&[7][..], &bytes].concat()).unwrap();
            let (result, some) = taken(|| ctx.decrypt_bytes(key, &text));
            assert!(result.is_err(), "{bomb}");
            assert!(some.bytes <= bytes.len() + 256, "{bomb}: {some:?} for {} bytes", bytes.len());
        }
        assert!(!ctx.contains(Key::User));
        let text = ctx.encrypt_bytes(key, &[7; 100_000]).unwrap();
        let (result, some) = taken(|| ctx.decrypt_bytes(key, &text));
        result.unwrap();
        assert!(some.bytes < 3 * 100_000, "{some:?}");
    });
}
