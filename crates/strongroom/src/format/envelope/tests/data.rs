//! Contents sealed with keys of their own, and the invitation that is made of both.

use aes_gcm::aead::{AeadInOut, KeyInit};
use hex_literal::hex;
use serde_json::Value;
use strongroom_memory::{EnterError, SecretMemory};

use super::super::data::{self, DataEnvelope};
use super::super::invite::OpenOrgInvite;
use super::super::secret;
use super::{AES_GCM, NONCE_12, PADDED, aad, entropy, map, message, truncations, v1};
use crate::cose::key_ops::{KeyOperation, KeyOperations};
use crate::error::{ErrorKind, Malformed, MessageError, WrongKey};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::kind::Symmetric;
use crate::labels::{DataEnvelopeNamespace, SecretEnvelopeNamespace};
use crate::operation::{self, SymmetricBox};
use crate::vectors::{bytes, encoded, key, memory, of_format};

const ITEM: DataEnvelopeNamespace = DataEnvelopeNamespace::VaultItem;

fn unseal(memory: &SecretMemory, key: &SymmetricBox, envelope: &DataEnvelope) -> Result<Vec<u8>, ErrorKind> {
    data::unseal(memory, key, envelope, ITEM).map(|plain| plain.to_vec())
}

/// Items of the official software: the key in an `EncString` under the item's, the item in an envelope.
#[test]
fn what_the_official_software_sealed() {
    let memory = memory();
    let mut handled = 0;
    for vector in of_format("cipher/v2-blob").into_iter().chain(of_format("cipher/v2-blob/cipher-key")) {
        let user = key(&memory, &bytes(&vector["inputs"]["user_key_b64"]));
        let cipher = &vector["outputs"]["cipher"];
        let wrapped = cipher["key"].as_str().unwrap().parse().unwrap();
        let own = crate::format::unwrap::<Symmetric>(&memory, &user, &wrapped).unwrap();
        let blob: Value = serde_json::from_str(cipher["data"].as_str().unwrap()).unwrap();
        let wrapped = blob["wrapped_cek"].as_str().unwrap().parse().unwrap();
        let cek = crate::format::unwrap::<Symmetric>(&memory, &own, &wrapped).unwrap();
        let facts = operation::facts::<Symmetric>(&memory, &cek).unwrap();
        assert_eq!(facts.operations(), KeyOperations::of(&[KeyOperation::Decrypt]));
        assert_eq!(facts.algorithm(), SymmetricAlgorithm::Aes256Gcm);
        let envelope: DataEnvelope = blob["envelope"].as_str().unwrap().parse().unwrap();
        assert_eq!(envelope.key_id(), facts.id());
        let plain = unseal(&memory, &cek, &envelope).unwrap();
        assert!(plain.starts_with(&hex!("a26776657273696f6e613167636f6e74656e74")), "version 1 and content");
        let name = vector["inputs"]["view"]["name"].as_str().unwrap();
        let named = [&hex!("646e616d65")[..], &[0x60 + u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
        assert!(plain.windows(named.len()).any(|window| window == named), "its name");
        handled += 1;
    }
    assert_eq!(handled, 18);
}

#[test]
fn the_invitation_of_the_official_software() {
    let memory = memory();
    let vectors = of_format("secret-protected-key-envelope+data-envelope");
    let [vector] = &vectors[..] else { panic!("one") };
    let sealed = &vector["outputs"]["sealed"];
    let text = sealed["sealedData"].as_str().unwrap();
    let invite: OpenOrgInvite = text.parse().unwrap();
    assert_eq!(invite.to_string(), text);
    let secret = entropy(&memory, sealed["highEntropySecret"].as_str().unwrap());
    let purpose = SecretEnvelopeNamespace::RegistrationOpenOrgInvite;
    let cek = secret::unseal(&memory, &invite.key, &secret, purpose).unwrap();
    assert_eq!(invite.key.contained_key_id(), invite.data.key_id());
    let purpose = DataEnvelopeNamespace::RegistrationOpenOrgInvite;
    let plain = data::unseal(&memory, &cek, &invite.data, purpose).unwrap();
    let link = vector["inputs"]["invite"]["inviteSecret"].as_str().unwrap();
    assert!(plain.windows(link.len()).any(|window| window == link.as_bytes()));
    assert_eq!(
        unseal(&memory, &cek, &invite.data),
        Err(ErrorKind::Malformed(Malformed::Purpose { found: 3, expected: 1 }))
    );
}

#[test]
fn contents_come_back_and_short_ones_look_alike() {
    let memory = memory();
    for length in [0, 1, 62, 63, 64, 65, 1_000, 100_000] {
        let contents = vec![b'x'; length];
        let key = operation::content_key(&memory).unwrap();
        let sealed = data::seal(&memory, &key, &contents, ITEM).unwrap();
        let read: DataEnvelope = sealed.to_string().parse().unwrap();
        assert_eq!(unseal(&memory, &key, &read).unwrap(), contents);
        let around = sealed.as_bytes().len() - contents.len();
        // 16 of tag; the head of the byte string is 2 to 5 bytes long.
        let padding = if length < 64 { 64 - length } else { 1 };
        assert_eq!(
            around - padding - 16,
            1 + 2
                + 71
                + 15
                + if length < 240 {
                    2
                } else if length < 65_000 {
                    3
                } else {
                    5
                }
        );
    }
}

#[test]
fn no_flipped_bit_opens() {
    let memory = memory();
    let key = operation::content_key(&memory).unwrap();
    let sealed = data::seal(&memory, &key, b"contents", ITEM).unwrap();
    let good = sealed.as_bytes();
    let mut tried = 0;
    for bit in 0..good.len() * 8 {
        let mut changed = good.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(envelope) = DataEnvelope::from_bytes(&changed) {
            assert!(unseal(&memory, &key, &envelope).is_err(), "bit {bit}");
            tried += 1;
        }
    }
    assert!(tried > 800, "{tried}");
    truncations(good, DataEnvelope::from_bytes);
}

/// A key that may not decrypt, of another algorithm, or another one.
#[test]
fn wrong_keys() {
    let memory = memory();
    let right = operation::content_key(&memory).unwrap();
    let sealed = data::seal(&memory, &right, b"contents", ITEM).unwrap();
    let other = operation::content_key(&memory).unwrap();
    assert!(matches!(unseal(&memory, &other, &sealed), Err(ErrorKind::WrongKey(WrongKey::Id { .. }))));
    let error = unseal(&memory, &v1(&memory), &sealed).unwrap_err();
    assert_eq!(
        error,
        ErrorKind::WrongKey(WrongKey::EnvelopeAlgorithm { key: SymmetricAlgorithm::Aes256CbcHmacSha256 })
    );
    let mut raw = encoded(&memory, &right);
    let at = raw.windows(3).position(|window| window == hex!("048104")).unwrap();
    raw[at + 2] = 3;
    let error = unseal(&memory, &key(&memory, &raw), &sealed).unwrap_err();
    assert_eq!(error.to_string(), "the key may not decrypt: it permits encrypt");
    // And no `key_ops` at all permit nothing.
    raw.drain(at..at + 3);
    raw[0] = 0xa4;
    raw.truncate(raw.len() - usize::from(raw[raw.len() - 1]));
    let padding = 65_usize.saturating_sub(raw.len()).max(1);
    raw.extend(std::iter::repeat_n(u8::try_from(padding).unwrap(), padding));
    let error = unseal(&memory, &key(&memory, &raw), &sealed).unwrap_err();
    assert_eq!(error.to_string(), "the key may not decrypt: it permits nothing");
}

/// The old generation: XChaCha20-Poly1305, sealed here by another implementation. And what is authentic, but not
/// padded.
#[test]
fn the_old_generation_and_bad_padding() {
    let memory = memory();
    let secret = [5; 32];
    let kid = [6; 16];
    let cose = |alg: &[u8]| {
        let map = [&hex!("a501040250")[..], &kid, &[3], alg, &hex!("048104205820"), &secret].concat();
        let padding = 65_usize.saturating_sub(map.len()).max(1);
        key(&memory, &[&map[..], &vec![u8::try_from(padding).unwrap(); padding]].concat())
    };
    let named = [&hex!("0450")[..], &kid].concat();
    let old = cose(&hex!("3a0001116f"));
    let nonce: [u8; 24] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    for alg in [Some(&hex!("013a0001116f")[..]), None] {
        let protected = match alg {
            Some(alg) => map(&[alg, PADDED, &named, &hex!("3a0001388102"), &hex!("3a0001388001")]),
            None => map(&[PADDED, &named]),
        };
        let mut sealed = *b"contents\x01";
        let tag = chacha20poly1305::XChaCha20Poly1305::new(&secret.into())
            .encrypt_inout_detached(&nonce.into(), &aad("Encrypt0", &protected), (&mut sealed[..]).into())
            .unwrap();
        let bytes = message(&protected, super::NONCE_24, &[&sealed[..], &tag].concat(), None);
        assert_eq!(unseal(&memory, &old, &DataEnvelope::from_bytes(&bytes).unwrap()).unwrap(), b"contents");
    }

    let new = cose(&hex!("03"));
    let protected = map(&[AES_GCM, PADDED, &named]);
    let nonce: [u8; 12] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    for (name, contents) in [("none", &b""[..]), ("of 0 bytes", &[1, 0]), ("longer than all", &[1, 2, 200])] {
        let mut sealed = contents.to_vec();
        let tag = aes_gcm::Aes256Gcm::new(&secret.into())
            .encrypt_inout_detached(&nonce.into(), &aad("Encrypt0", &protected), (&mut sealed[..]).into())
            .unwrap();
        let bytes = message(&protected, NONCE_12, &[&sealed[..], &tag].concat(), None);
        let opened = unseal(&memory, &new, &DataEnvelope::from_bytes(&bytes).unwrap());
        assert_eq!(opened, Err(ErrorKind::WrongKey(WrongKey::OrChanged)), "{name}");
    }
}

/// The hostile tables of data envelopes and of invitations.
#[test]
fn hostile_envelopes() {
    let of = "data envelope";
    let malformed = MessageError::Malformed { expected: of };
    let sealed = [0; 80];
    let good = map(&[AES_GCM, PADDED]);
    for (name, bytes, error) in [
        (
            "a key envelope",
            message(&map(&[AES_GCM, PADDED, &hex!("3a0001388103")]), NONCE_12, &sealed, None),
            MessageError::WrongObject { found: 3, expected: of },
        ),
        (
            "bytes",
            message(&map(&[AES_GCM, &hex!("03182a")]), NONCE_12, &sealed, None),
            MessageError::Missing { of, part: "content type" },
        ),
        (
            "no content type",
            message(&map(&[AES_GCM]), NONCE_12, &sealed, None),
            MessageError::Missing { of, part: "content type" },
        ),
        (
            "a nonce of 11 bytes",
            message(&good, &[&hex!("a1054b")[..], &[0; 11]].concat(), &sealed, None),
            MessageError::Length { of, part: "nonce", found: 11, expected: 12 },
        ),
        (
            "no tag",
            message(&good, NONCE_12, &[], None),
            MessageError::Length { of, part: "ciphertext", found: 0, expected: 16 },
        ),
        (
            "a ciphertext that is 2^63 long",
            [&[0x83, 0x58, u8::try_from(good.len()).unwrap()][..], &good, NONCE_12, &hex!("5b7fffffffffffffff")]
                .concat(),
            malformed,
        ),
        ("indefinite", hex!("9fff").to_vec(), malformed),
        ("nothing", vec![], malformed),
    ] {
        assert_eq!(DataEnvelope::from_bytes(&bytes).unwrap_err(), error, "{name}");
    }

    let of = "open invitation to an organisation";
    let malformed = MessageError::Malformed { expected: of };
    let memory = memory();
    let cek = operation::content_key(&memory).unwrap();
    let secret = operation::generate_entropy(&memory, 32).unwrap().unwrap();
    let data = data::seal(&memory, &cek, b"x", DataEnvelopeNamespace::RegistrationOpenOrgInvite).unwrap();
    let key = secret::seal(&memory, &cek, &secret, SecretEnvelopeNamespace::RegistrationOpenOrgInvite).unwrap();
    let invite = OpenOrgInvite { data, key };
    let good = invite.to_bytes();
    assert_eq!(OpenOrgInvite::from_bytes(&good).unwrap(), invite);
    assert_eq!(invite.to_string().parse::<OpenOrgInvite>().unwrap(), invite);
    for length in 0..good.len() {
        assert_eq!(OpenOrgInvite::from_bytes(&good[..length]), Err(malformed), "cut to {length}");
    }
    for (name, bytes, error) in [
        ("a tail", [&good[..], &[0]].concat(), malformed),
        ("nothing in it", hex!("a0").to_vec(), MessageError::Missing { of, part: "data envelope" }),
        ("no data", hex!("a1616b40").to_vec(), MessageError::Missing { of, part: "data envelope" }),
        ("data twice", hex!("a2616440616440").to_vec(), malformed),
        ("data that are none", hex!("a2616440616b40").to_vec(), MessageError::Malformed { expected: "data envelope" }),
        ("arrays of numbers for bytes", hex!("a26164820102616b40").to_vec(), malformed),
        ("a bomb", hex!("bbffffffffffffffff").to_vec(), malformed),
    ] {
        assert_eq!(OpenOrgInvite::from_bytes(&bytes), Err(error), "{name}");
    }
    for text in ["A", "om+k", "om/k", "omFk ", "omFk=A"] {
        assert_eq!(text.parse::<OpenOrgInvite>(), Err(MessageError::Base64 { expected: of }), "{text}");
    }
}

/// Broken here on purpose: a message that was written and cannot be read does not go out.
#[test]
fn what_is_written_is_read_before_it_goes_out() {
    let written = |bytes: &[u8]| DataEnvelope::written(bytes.to_vec());
    let invariant = "what is written as DataEnvelope is read";
    assert_eq!(written(b"\x83\x40\xa0\x40"), Err(EnterError::Internal { invariant }));
    let memory = memory();
    let key = operation::content_key(&memory).unwrap();
    let sealed = data::seal(&memory, &key, b"milk", ITEM).unwrap();
    assert_eq!(written(sealed.as_bytes()).as_ref(), Ok(&sealed), "the control");
}
