use base64_simd::STANDARD;
use strongroom_memory::{Inside, SecretBox, SecretBytes};

use super::{Alphabet, Fixed, SecretFailure, decode, encode, raw_key, shareable_key};
use crate::vectors::{encoded, memory};

/// Two vectors of `derive_shareable_key`, as its documentation gives them.
#[test]
fn shareable_keys() {
    let memory = memory();
    for (secret, name, info, expected) in [
        (
            b"&/$%F1a895g67HlX",
            "bitwarden-test_key",
            "",
            "4PV6+PcmF2w7YHRatvyMcVQtI7zvCyssv/wFWmzjiH6Iv9altjmDkuBD1aagLVaLezbthbSe+ktR+U6qswxNnQ==",
        ),
        (
            b"67t9b5g67$%Dh89n",
            "bitwarden-test_key",
            "test",
            "F9jVQmrACGx9VUPjuzfMYDjr726JtL300Y3Yg+VYUnVQtQ1s8oImJ5xtp1KALC9h2nav04++1LDW4iFD+infng==",
        ),
    ] {
        let secret: Fixed<16> = SecretBox::make(&memory, |_: &Inside<'_>, bytes: &[u8; 16]| *bytes, secret).unwrap();
        let key = shareable_key(&memory, &secret, name.as_bytes(), info.as_bytes()).unwrap();
        assert_eq!(STANDARD.encode_to_string(encoded(&memory, &key)), expected);
    }
}

#[test]
fn raw_keys_are_their_bytes() {
    let memory = memory();
    let bytes: [u8; 64] = std::array::from_fn(|n| n as u8);
    let secret: Fixed<64> = SecretBox::make(&memory, |_: &Inside<'_>, bytes: &[u8; 64]| *bytes, &bytes).unwrap();
    assert_eq!(encoded(&memory, &raw_key(&memory, &secret).unwrap()), bytes);
}

/// Every length, both alphabets, against the other implementation of base64.
#[test]
fn encodings() {
    fn check<const N: usize>() {
        let memory = memory();
        let bytes: [u8; N] = std::array::from_fn(|n| (n * 91 + 250) as u8);
        let secret: Fixed<N> = SecretBox::make(&memory, |_: &Inside<'_>, bytes: &[u8; N]| *bytes, &bytes).unwrap();
        let encode = |alphabet, room: usize| {
            let mut out = vec![0; room];
            let length = encode(&memory, &secret, alphabet, &mut out).unwrap()?;
            out.truncate(length);
            String::from_utf8(out).ok()
        };
        let room = N.div_ceil(3) * 4;
        let standard = encode(Alphabet::Standard, room).unwrap();
        assert_eq!(standard, STANDARD.encode_to_string(bytes));
        assert_eq!(encode(Alphabet::Standard, room - 1), None);
        let url = encode(Alphabet::Url, room).unwrap();
        assert_eq!(url, base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes));
        for (text, alphabet) in [(standard, Alphabet::Standard), (url, Alphabet::Url)] {
            let text = SecretBytes::copy_from(&memory, text.as_bytes()).unwrap();
            let read = decode::<N>(&memory, &text, alphabet).map_err(|_| ()).unwrap();
            let read = memory.scope(|inside, read: &Fixed<N>| **read.expose(inside), &read).unwrap();
            assert_eq!(read, bytes);
        }
    }
    check::<16>();
    check::<32>();
    check::<64>();
    check::<1>();
}

#[test]
fn what_is_no_secret() {
    let memory = memory();
    for text in ["", "=", "==", "A", "AA", "AAA", "AAAAA", "AAAA====", "AAA=", "AB==", "?A==", "AA==="] {
        let secret = SecretBytes::copy_from(&memory, text.as_bytes()).unwrap();
        let read = decode::<1>(&memory, &secret, Alphabet::Standard);
        assert_eq!(matches!(read, Err(SecretFailure::Malformed)), text != "AA", "{text:?}");
    }
}
