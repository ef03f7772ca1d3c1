//! Contents encrypted into a buffer of the caller's.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use strongroom::{
    EncString, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses,
    algorithms::{EncStringType, SymmetricAlgorithm},
    errors::{Limit, WrongKey},
    streams::Streams,
};
use strongroom_testkit::allocations::{Counting, Taken, taken};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

strongroom::key_ids! {
    enum Keys;
    #[derive(Copy)]
    symmetric Key { Of(SymmetricAlgorithm) }
}

type Store = KeyStore<Keys>;

/// What a buffer holds before, and what it holds behind the encrypted contents.
const BEFORE: u8 = 0xa5;

/// Lengths of contents, in bytes: around whole blocks, and around those at which the length of a ciphertext, which is
/// 16 bytes more, takes a byte more to write.
const LENGTHS: [usize; 18] = [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 239, 240, 255, 256, 4096, 65_519, 65_520, 100_000];

fn store() -> Store {
    let store = Store::open().unwrap();
    let named: Result<(), strongroom::Error> = store.transaction(|tx| {
        SymmetricAlgorithm::ALL.into_iter().try_for_each(|algorithm| {
            let key = tx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Of(algorithm), key)
        })
    });
    named.unwrap();
    store
}

/// What the documentation says: the bytes that contents of `length` bytes become.
fn encrypted_length(algorithm: SymmetricAlgorithm, length: usize) -> usize {
    let head = match length + 16 {
        ..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        _ => 5,
    };
    match algorithm {
        SymmetricAlgorithm::Aes256CbcHmacSha256 => 49 + (length / 16 + 1) * 16,
        SymmetricAlgorithm::Aes256Gcm => length + 59 + head,
        SymmetricAlgorithm::XChaCha20Poly1305 | SymmetricAlgorithm::Xaes256Gcm => length + 76 + head,
        _ => unreachable!("{algorithm:?}"),
    }
}

/// Every algorithm with contents of every length.
fn each(mut what: impl FnMut(SymmetricAlgorithm, &[u8])) {
    for algorithm in SymmetricAlgorithm::ALL {
        for length in LENGTHS {
            let contents: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            what(algorithm, &contents);
        }
    }
}

#[test]
fn what_is_encrypted_into_a_buffer_is_decrypted() {
    let store = store();
    each(|algorithm, contents| {
        store.try_context(|ctx| {
            let key = Key::Of(algorithm);
            let mut out = vec![BEFORE; contents.len() + 100];
            let length = ctx.encrypt_into(ctx.key(key).unwrap(), contents, &mut out).unwrap();
            assert_eq!(length, encrypted_length(algorithm, contents.len()), "{algorithm:?} {}", contents.len());
            assert!(out[length..].iter().all(|byte| *byte == BEFORE), "{algorithm:?} {}", contents.len());

            let text = EncString::from_buffer(&out[..length]).unwrap();
            let enc_type = match algorithm {
                SymmetricAlgorithm::Aes256CbcHmacSha256 => EncStringType::AesCbcHmac,
                _ => EncStringType::Cose,
            };
            assert_eq!(text.enc_type(), enc_type);
            assert_eq!(ctx.decrypt_bytes(ctx.key(key).unwrap(), &text).unwrap().expose_secret(), contents);
            // The form is that of `encrypt_bytes`.
            let bytes = ctx.encrypt_bytes(ctx.key(key).unwrap(), contents).unwrap().to_buffer().unwrap();
            assert_eq!(bytes.len(), length);
            assert_ne!(bytes, out[..length], "the nonce is another each time");
        });
    });
}

#[test]
fn a_buffer_that_is_too_short_is_left_as_it_was() {
    let store = store();
    each(|algorithm, contents| {
        let needed = encrypted_length(algorithm, contents.len());
        store.try_context(|ctx| {
            for given in [0, 1, 2, 17, 49, needed - 17, needed - 16, needed - 1] {
                let mut out = vec![BEFORE; given];
                let made = ctx.encrypt_into(ctx.key(Key::Of(algorithm)).unwrap(), contents, &mut out);
                assert_eq!(
                    made.map_err(Error::into_kind),
                    Err(ErrorKind::Limit(Limit::Buffer { needed, given })),
                    "{algorithm:?}"
                );
                assert!(out.iter().all(|byte| *byte == BEFORE), "{algorithm:?} {given}");
            }
            assert_eq!(
                ctx.encrypt_into(ctx.key(Key::Of(algorithm)).unwrap(), contents, &mut vec![0; needed]),
                Ok(needed)
            );
        });
    });
}

/// Both ways, with the buffers on the stack.
#[test]
fn it_takes_no_memory() {
    let store = store();
    store.try_context(|ctx| {
        for algorithm in SymmetricAlgorithm::ALL {
            let mut out = [0; 256];
            // The first use makes ready what later ones find.
            let key = ctx.key(Key::Of(algorithm)).unwrap();
            ctx.encrypt_into(key, b"milk", &mut out).unwrap();
            let (length, took) = taken(|| ctx.encrypt_into(key, &[7; 100], &mut out));
            assert_eq!(took, Taken { blocks: 0, bytes: 0 }, "{algorithm:?}");
            // Nor does looking up the first keys of a context.
            assert_eq!(
                taken(|| store.try_context(|ctx| ctx.key(Key::Of(algorithm)).is_ok())),
                (true, Taken { blocks: 0, bytes: 0 })
            );
            // The control: this has to.
            let (text, took) = taken(|| EncString::from_buffer(&out[..length.unwrap()]).unwrap());
            assert_eq!(took.blocks, 1);
            let mut opened = [0; 128];
            assert_eq!(ctx.decrypt_into(ctx.key(Key::Of(algorithm)).unwrap(), &text, &mut opened), Ok(100));
            assert_eq!(opened[..100], [7; 100]);
        }
    });
}

#[test]
fn another_key_does_not_open_it_and_after_a_lock_nothing_is_written() {
    let (store, other) = (store(), store());
    for algorithm in SymmetricAlgorithm::ALL {
        let mut out = [BEFORE; 128];
        let length =
            store.try_context(|ctx| ctx.encrypt_into(ctx.key(Key::Of(algorithm))?, b"milk", &mut out)).unwrap();
        let text = EncString::from_buffer(&out[..length]).unwrap();
        let opened = other.try_context(|ctx| ctx.decrypt_bytes(ctx.key(Key::Of(algorithm))?, &text)).unwrap_err();
        assert!(
            matches!(
                opened.kind(),
                ErrorKind::WrongKey(WrongKey::OrChanged) | ErrorKind::WrongKey(WrongKey::Id { .. })
            ),
            "{opened}"
        );
    }
    store.try_context(|ctx| {
        let keys = SymmetricAlgorithm::ALL.map(|algorithm| ctx.key(Key::Of(algorithm)).unwrap());
        store.lock();
        for key in keys {
            let mut out = [BEFORE; 128];
            let made = ctx.encrypt_into(key, b"milk", &mut out);
            assert_eq!((made.map_err(Error::into_kind), out), (Err(ErrorKind::Locked), [BEFORE; 128]));
        }
    });
}
