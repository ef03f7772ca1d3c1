//! A key of AES-256-CBC-HMAC-SHA256 makes two kinds of MACs with one MAC key: that of type 2 covers an initialisation
//! vector and blocks, that of COSE's algorithm -70011 a label of 40 bytes, a vector, two lengths, blocks and the
//! header. Neither may be taken for the other: as type 2, a sealed key would come out as contents.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Cursor;

use aes::Aes256;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use strongroom::{
    EncString, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Symmetric,
    algorithms::SymmetricAlgorithm,
    envelopes::{Envelopes, SymmetricEnvelopeNamespace},
    errors::WrongKey,
    hazmat,
    protected::ProtectedContents,
    streams::Streams,
};
use zeroize::Zeroizing;

const LABEL: &[u8; 40] = b"bitwarden.aes256-cbc-hmac-sha256-aead.v1";
const ENC: [u8; 32] = [1; 32];
const MAC: [u8; 32] = [2; 32];
const BLOCK: usize = 16;
const WRONG: ErrorKind = ErrorKind::WrongKey(WrongKey::OrChanged);

/// What the MAC of -70011 covers.
fn mac_input(iv: &[u8], data: &[u8], protected: &[u8]) -> Vec<u8> {
    // The Enc_structure (RFC 9052 section 5.3) about a header of 24 to 255 bytes, without external data.
    let aad = [b"\x83\x68Encrypt0\x58", &[u8::try_from(protected.len()).unwrap()][..], protected, b"\x40"].concat();
    let length = |part: &[u8]| (part.len() as u64).to_be_bytes();
    [&LABEL[..], iv, &length(data), data, &length(&aad), &aad].concat()
}

fn mac(input: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(&MAC).unwrap().chain_update(input).finalize().into_bytes().to_vec()
}

/// The only messages under -70011 that we write are keys sealed under a key. What they cover has a length that depends
/// on the algorithm of the sealed key alone, and it is no whole number of blocks. Type 2 covers whole blocks.
///
/// Only the length of the header counts, because all other parts together are 8 bytes more than whole blocks. A header
/// of 11 bytes more than whole blocks would be the distance 0. Ours have even lengths. A namespace of 24 or more has an
/// odd one: where this fails, read [`what_other_software_may_write_is_refused`].
#[test]
fn no_sealed_key_covers_whole_blocks() {
    let store: KeyStore = KeyStore::open().unwrap();
    store.try_context(|ctx| {
        let by = hazmat::import_bytes(
            ctx,
            SymmetricAlgorithm::Aes256CbcHmacSha256,
            Zeroizing::new([ENC, MAC].concat()),
            KeyUses::KEYS,
        );
        let by = by.unwrap();
        for algorithm in SymmetricAlgorithm::ALL {
            for namespace in [SymmetricEnvelopeNamespace::SessionKey, SymmetricEnvelopeNamespace::OrganizationInvite] {
                let key = ctx.generate_with(algorithm, KeyUses::CONTENTS).unwrap();
                let envelope = ctx.seal_key(by, key, namespace).unwrap();
                // [bstr header, {5: iv}, bstr data || mac]
                let (front, rest) = envelope.as_bytes().split_at(3);
                assert_eq!(front[..2], [0x83, 0x58]);
                let (protected, rest) = rest.split_at(front[2].into());
                let (iv, rest) = rest.strip_prefix(b"\xa1\x05\x50").unwrap().split_at(BLOCK);
                let (data, tag) = rest.strip_prefix(b"\x58").unwrap()[1..].split_last_chunk::<32>().unwrap();
                let input = mac_input(iv, data, protected);
                assert_eq!(mac(&input), tag, "this is what is covered");
                let length = if algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256 { 261 } else { 227 };
                assert_eq!(input.len(), length, "{algorithm}, {namespace:?}");
                assert_ne!(input.len() % BLOCK, 0);
            }
        }
    });
}

/// A header of 75 bytes, as software may write it that has 24 namespaces and names no contained key.
fn header(kid: u128) -> Vec<u8> {
    let kid = kid.to_be_bytes();
    [
        &b"\xa5\x01\x3a\x00\x01\x11\x7a\x03\x78\x22application/x.bitwarden.legacy-key\x04\x50"[..],
        &kid,
        b"\x3a\x00\x01\x38\x81\x03\x3a\x00\x01\x38\x80\x18\x18",
    ]
    .concat()
}

/// A message under -70011 that covers whole blocks has the MAC of a text of type 2. It is refused all the same, by the
/// initialisation vector, which is the begin of the label.
#[test]
fn what_other_software_may_write_is_refused() {
    let store: KeyStore = KeyStore::open().unwrap();
    let sealed: [u8; 64] = std::array::from_fn(|at| 100 + at as u8);
    let iv = [3; BLOCK];
    let mut data = [0; 80];
    cbc::Encryptor::<Aes256>::new(&ENC.into(), &iv.into()).encrypt_padded_b2b::<Pkcs7>(&sealed, &mut data).unwrap();
    let mut shown = 0;
    store.try_context(|ctx| {
        let algorithm = SymmetricAlgorithm::Aes256CbcHmacSha256;
        let uses = KeyUses::CONTENTS_AND_KEYS;
        let key = hazmat::import_bytes(ctx, algorithm, Zeroizing::new([ENC, MAC].concat()), uses).unwrap();
        for kid in 0..1_000 {
            let input = mac_input(&iv, &data, &header(kid));
            assert_eq!(input.len(), 240);
            let (vector, blocks) = input.split_first_chunk::<BLOCK>().unwrap();

            // The control: decrypted as type 2 is, some end as padding does, and all but the first block of the key is
            // in them.
            let mut plain = blocks.to_vec();
            let cipher = cbc::Decryptor::<Aes256>::new(&ENC.into(), vector.into());
            cipher.decrypt_padded::<NoPadding>(&mut plain).unwrap();
            assert!(plain.windows(48).any(|window| window == &sealed[16..]));
            let cipher = cbc::Decryptor::<Aes256>::new(&ENC.into(), vector.into());
            shown += usize::from(cipher.decrypt_padded::<Pkcs7>(&mut blocks.to_vec()).is_ok());

            let buffer = [&[2], &vector[..], &mac(&input), blocks].concat();
            let text = EncString::from_buffer(&buffer).unwrap();
            let kind = Error::into_kind;
            assert_eq!(ctx.decrypt_bytes(key, &text).map(drop).map_err(kind), Err(WRONG), "{kid}");
            assert_eq!(ctx.decrypt_secret(key, &text).map(drop).map_err(kind), Err(WRONG), "{kid}");
            assert_eq!(ctx.unwrap_key::<Symmetric>(key, &text, uses).map(drop).map_err(kind), Err(WRONG), "{kid}");
            let mut out = Vec::new();
            let streamed = ctx.decrypt_stream(key, &mut Cursor::new(&buffer), &mut out);
            assert_eq!((streamed.map(drop).map_err(kind), out.len()), (Err(WRONG), 0), "{kid}");
        }
        let ours = ctx.encrypt_bytes(key, b"milk").unwrap();
        assert_eq!(ctx.decrypt_bytes(key, &ours).unwrap().expose_secret(), b"milk");
    });
    assert!(shown > 0, "{shown}");
}
