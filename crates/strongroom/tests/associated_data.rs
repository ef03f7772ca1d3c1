//! Contents that are bound to data of the program's own open with the same data alone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Cursor;

use strongroom::{
    EncString, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses,
    algorithms::SymmetricAlgorithm,
    errors::{Operation, Unsupported, WrongKey},
    protected::ProtectedContents,
    streams::Streams,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Own }
}

const COSE: [SymmetricAlgorithm; 3] =
    [SymmetricAlgorithm::XChaCha20Poly1305, SymmetricAlgorithm::Xaes256Gcm, SymmetricAlgorithm::Aes256Gcm];

/// Data that run together if nothing tells where they begin and end, the longest a mebibyte; and none.
fn data() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = ["", "a", "b", "ab", "\0", "\0\0", "record 7", "record 77"]
        .iter()
        .map(|data| data.as_bytes().to_vec())
        .collect();
    all.push(vec![7; 1 << 20]);
    all.push(vec![7; (1 << 20) - 1]);
    // What stands in the message for another.
    all.push([b"strongroom associated data".as_slice(), b"\0a"].concat());
    all
}

fn store() -> KeyStore<Keys> {
    let store = KeyStore::open().unwrap();
    assert!(!store.try_context(|ctx| ctx.contains(Key::Own)));
    store
}

#[test]
fn contents_open_with_the_same_data_and_no_others() {
    store().try_context(|ctx| {
        for algorithm in COSE {
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS).unwrap();
            for sealed_with in data() {
                let text = ctx.with_associated_data(&sealed_with).encrypt_text(key, "milk").unwrap();
                let bytes = ctx.with_associated_data(&sealed_with).encrypt_bytes(key, b"milk").unwrap();
                let text: EncString = text.to_string().parse().unwrap();
                for opened_with in data() {
                    let opens = ctx.with_associated_data(&opened_with);
                    let (text, bytes) = (opens.decrypt_text(key, &text), opens.decrypt_bytes(key, &bytes));
                    if opened_with == sealed_with {
                        assert_eq!(text.unwrap().expose_secret(), "milk");
                        assert_eq!(bytes.unwrap().expose_secret(), b"milk");
                    } else {
                        assert_eq!(text.unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
                        assert_eq!(bytes.unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
                    }
                }
            }
        }
    });
}

/// Messages of Bitwarden's formats have none, and ours with none are theirs.
#[test]
fn empty_data_are_none() {
    store().try_context(|ctx| {
        for algorithm in SymmetricAlgorithm::ALL {
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS).unwrap();
            let (plain, empty) = (ctx.encrypt_text(key, "milk").unwrap(), ctx.with_associated_data(b""));
            assert_eq!(empty.decrypt_text(key, &plain).unwrap().expose_secret(), "milk");
            let sealed = empty.encrypt_text(key, "milk").unwrap();
            assert_eq!(ctx.decrypt_text(key, &sealed).unwrap().expose_secret(), "milk");
            let mut body = Cursor::new(Vec::new());
            empty.encrypt_stream(key, &mut &b"milk"[..], &mut body).unwrap();
            let mut out = Vec::new();
            ctx.decrypt_stream(key, &mut Cursor::new(body.into_inner()), &mut out).unwrap();
            assert_eq!(out, b"milk");
        }
        // What is bound does not open without, by any call.
        let key = ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS).unwrap();
        let bound = ctx.with_associated_data(b"a").encrypt_text(key, "milk").unwrap();
        assert_eq!(ctx.decrypt_text(key, &bound).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
        assert_eq!(ctx.decrypt_into(key, &bound, &mut [0; 100]).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
        assert_eq!(ctx.decrypt_secret(key, &bound).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
    });
}

/// The MAC of type 2 covers none.
#[test]
fn a_key_that_cannot_bind_says_so() {
    store().try_context(|ctx| {
        let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS).unwrap();
        let bound = ctx.with_associated_data(b"a");
        let refuses = |operation, error: Error| {
            let unsupported = ErrorKind::Unsupported(Unsupported::AssociatedData);
            assert_eq!((error.operation(), error.kind()), (Some(operation), &unsupported));
        };
        refuses(Operation::Encrypt, bound.encrypt_text(key, "milk").unwrap_err());
        refuses(Operation::Encrypt, bound.encrypt_bytes(key, b"milk").unwrap_err());
        let text = ctx.encrypt_text(key, "milk").unwrap();
        refuses(Operation::Decrypt, bound.decrypt_text(key, &text).unwrap_err());
        refuses(Operation::Decrypt, bound.decrypt_bytes(key, &text).unwrap_err());
        let mut body = Cursor::new(Vec::new());
        refuses(Operation::Encrypt, bound.encrypt_stream(key, &mut &b"milk"[..], &mut body).unwrap_err());
        let refused =
            bound.encrypt_stream_spooled(key, &mut &b"milk"[..], &mut Cursor::new(Vec::new()), &mut Vec::new());
        refuses(Operation::Encrypt, refused.unwrap_err());
        ctx.encrypt_stream(key, &mut &b"milk"[..], &mut body).unwrap();
        let mut out = Vec::new();
        let refused = bound.decrypt_stream(key, &mut Cursor::new(body.get_ref()), &mut out);
        refuses(Operation::Decrypt, refused.unwrap_err());
        assert!(out.is_empty());
    });
}

/// Bodies of every length about a piece, by both ways.
#[test]
fn bodies_open_with_the_same_data_and_no_others() {
    const PIECE: usize = 64 << 10;
    store().try_context(|ctx| {
        for algorithm in COSE {
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS).unwrap();
            for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
                let contents = vec![0x5a; length];
                let bound = ctx.with_associated_data(b"attachment 7");
                let mut bodies = [Cursor::new(Vec::new()), Cursor::new(Vec::new())];
                bound.encrypt_stream(key, &mut &contents[..], &mut bodies[0]).unwrap();
                let mut spool = Cursor::new(Vec::new());
                bound.encrypt_stream_spooled(key, &mut &contents[..], &mut spool, &mut bodies[1]).unwrap();
                for body in bodies.map(Cursor::into_inner) {
                    let mut out = Vec::new();
                    bound.decrypt_stream(key, &mut Cursor::new(&body), &mut out).unwrap();
                    assert!(out == contents, "{algorithm}, {length}");
                    let mut out = Vec::new();
                    let mut spool = Cursor::new(Vec::new());
                    bound.decrypt_stream_spooled(key, &mut &body[..], &mut spool, &mut out).unwrap();
                    assert!(out == contents, "{algorithm}, {length}");
                    for other in [&b""[..], b"attachment 8"] {
                        let mut out = Vec::new();
                        let other = ctx.with_associated_data(other);
                        let refused = other.decrypt_stream(key, &mut Cursor::new(&body), &mut out);
                        let wrong = ErrorKind::WrongKey(WrongKey::OrChanged);
                        assert!(matches!(&refused, Err(error) if *error == wrong), "{refused:?}");
                        assert!(out.is_empty());
                    }
                }
            }
        }
    });
}
