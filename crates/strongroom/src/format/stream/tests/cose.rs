//! Bodies of type 7.

use super::*;
use crate::cose::encrypt0::{Encrypt0, Front};
use crate::cose::key_ops::{KeyOperation, KeyOperations};
use crate::error::{EncStringError, Error, ErrorKind, Limit, Malformed, WrongKey};
use crate::format::cose_encrypt0::CoseFacts;
use crate::format::external::External;
use crate::format::stream::encrypt::cose::{encrypt as encrypt_up_to, most_sought_back};
use crate::key::symmetric::{SymmetricKey, TAG};

const AEADS: [SymmetricAlgorithm; 3] =
    [SymmetricAlgorithm::XChaCha20Poly1305, SymmetricAlgorithm::Xaes256Gcm, SymmetricAlgorithm::Aes256Gcm];

/// Where the ciphertext of a body begins.
fn front_len(body: &[u8]) -> usize {
    1 + Front::parse(&body[1..]).ok().unwrap().length
}

/// A body with the nonce put out: what two of one key have in common before their ciphertext.
fn front_without_nonce(body: &[u8]) -> Vec<u8> {
    let (nonce, front_len) = (Encrypt0::parse(&body[1..]).ok().unwrap().nonce, front_len(body));
    let at = nonce.as_ptr().addr() - body.as_ptr().addr();
    let mut front = body[..front_len].to_vec();
    front[at..at + nonce.len()].fill(0);
    front
}

/// Every length round a border, of a piece and of the head that says how long the ciphertext is: the bytes are those of
/// what is encrypted at once.
#[test]
fn lengths_at_the_borders() {
    for algorithm in AEADS {
        let key = Key::new(algorithm);
        for (border, round) in [(0, 18), (256 - TAG, 2), (65_536 - TAG, 2), (PIECE, 2), (PIECE + 64, 1), (2 * PIECE, 1)]
        {
            for length in border.max(round) - round..=border + round {
                let (plain, what) = (numbered(length), format!("{algorithm}: {length}"));
                let at_once = key.seal(&plain);
                let mut body = Cursor::new(Vec::new());
                let written = encrypt(&key, &External::NONE, &mut &plain[..], &mut body).unwrap();
                assert_eq!((written, body.position()), (body.get_ref().len() as u64, written), "{what}");
                let mut spooled = Vec::new();
                let spool = &mut Cursor::new(Vec::new());
                assert_eq!(
                    encrypt_spooled(&key, &External::NONE, &mut &plain[..], spool, &mut spooled).unwrap(),
                    written,
                    "{what}"
                );
                for body in [body.get_ref(), &spooled] {
                    assert_eq!(front_without_nonce(body), front_without_nonce(&at_once), "{what}");
                    assert_eq!(body.len(), at_once.len(), "{what}");
                    assert!(key.open(body) == plain, "{what}");
                }
                let (written, out) = key.decrypt(&at_once);
                assert_eq!(written.unwrap(), length as u64, "{what}");
                assert!(out == plain, "{what}");
            }
        }
    }
}

/// Cut at every length: its head says that it is longer, and not a byte comes out.
#[test]
fn cut_bodies() {
    for algorithm in AEADS {
        let key = Key::new(algorithm);
        let body = key.seal(&numbered(100));
        for length in 0..body.len() {
            let (error, out) = key.decrypt(&body[..length]);
            let error = error.unwrap_err();
            assert!(out.is_empty(), "{length}");
            let short = EncStringError::TooShort { of: EncStringType::Cose, found: 1, min: 2 };
            match length {
                0 => assert!(matches!(error.kind(), ErrorKind::Malformed(Malformed::EncString(EncStringError::Empty)))),
                1 => assert!(
                    matches!(error.kind(), ErrorKind::Malformed(Malformed::EncString(found)) if *found == short),
                    "{error}"
                ),
                _ => assert!(matches!(error.kind(), ErrorKind::Malformed(Malformed::Cose)), "{length}: {error}"),
            }
        }
    }
}

/// Writes the length that it has now into the head of a body, as who cuts one would.
fn say_length(body: &mut [u8]) {
    let front = front_len(body);
    let length = u32::try_from(body.len() - front).unwrap();
    body[front - 4..front].copy_from_slice(&length.to_be_bytes());
}

/// Changes of a body of two pieces and a bit, whose head says what is there. Each gives the one error, and not a byte
/// comes out.
#[test]
fn tampered_bodies() {
    type Tamper = fn(&mut Vec<u8>, usize);
    let table: [(&str, Tamper); 17] = [
        ("first bit of the nonce", |body, front| body[front - 5 - 12] ^= 0x80),
        ("last bit of the nonce", |body, front| body[front - 6] ^= 1),
        ("first bit of the data", |body, front| body[front] ^= 0x80),
        ("last bit of the data", |body, _| {
            let at = body.len() - TAG - 1;
            body[at] ^= 1;
        }),
        ("last bit of the first piece", |body, front| body[front + PIECE - 1] ^= 1),
        ("first bit of the second piece", |body, front| body[front + PIECE] ^= 0x80),
        ("first bit of the tag", |body, _| {
            let at = body.len() - TAG;
            body[at] ^= 0x80;
        }),
        ("last bit of the tag", |body, _| *body.last_mut().unwrap() ^= 1),
        ("tag of zeros", |body, _| {
            let at = body.len() - TAG;
            body[at..].fill(0);
        }),
        ("first block cut out", |body, front| drop(body.drain(front..front + 64))),
        ("last byte cut off", |body, _| body.truncate(body.len() - 1)),
        ("cut at the end of the first piece", |body, front| body.truncate(front + PIECE)),
        ("the second piece cut out", |body, front| drop(body.drain(front + PIECE..front + 2 * PIECE))),
        ("nothing left but the tag", |body, front| drop(body.drain(front..body.len() - TAG))),
        ("pieces swapped", |body, front| body[front..front + 2 * PIECE].rotate_left(PIECE)),
        ("second piece a copy of the first", |body, front| body.copy_within(front..front + PIECE, front + PIECE)),
        ("a byte appended", |body, _| body.push(0)),
    ];
    for algorithm in AEADS {
        let key = Key::new(algorithm);
        let body = key.seal(&numbered(2 * PIECE + 1000));
        assert_eq!(key.decrypt(&body).1.len(), 2 * PIECE + 1000, "the body itself opens");
        for (name, tamper) in table {
            let mut tampered = body.clone();
            tamper(&mut tampered, front_len(&body));
            say_length(&mut tampered);
            assert_ne!(tampered, body, "{name}");
            let mut spooled = Vec::new();
            let spool = &mut Cursor::new(Vec::new());
            let by_spool = decrypt_spooled(&key, &External::NONE, &mut &tampered[..], spool, &mut spooled);
            let (at_once, out) = key.decrypt(&tampered);
            for error in [at_once.unwrap_err(), by_spool.unwrap_err()] {
                let is_it = matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged));
                assert!(is_it, "{algorithm}, {name}: {error}");
            }
            assert!(out.is_empty() && spooled.is_empty(), "{algorithm}, {name}");
        }
    }
}

/// The source changes between the passes: what comes out is a beginning of what was authenticated, by whole pieces.
#[test]
fn a_source_that_changes_between_the_passes() {
    type Change = fn(&mut Vec<u8>, usize);
    let table: [(&str, Change, Option<usize>); 12] = [
        ("nothing", |_, _| {}, None),
        ("all before the data, which is not read again", |body, front| body[..front].fill(0), None),
        ("the tag, which is not read again", |body, _| drop(body.split_off(body.len() - TAG)), None),
        ("appended", |body, _| body.extend([1; 100]), None),
        ("first bit of the data", |body, front| body[front] ^= 0x80, Some(0)),
        ("last bit of the first piece", |body, front| body[front + PIECE - 1] ^= 1, Some(0)),
        ("first bit of the second piece", |body, front| body[front + PIECE] ^= 0x80, Some(1)),
        ("pieces swapped", |body, front| body[front..front + 2 * PIECE].rotate_left(PIECE), Some(0)),
        (
            "second piece a copy of the first",
            |body, front| body.copy_within(front..front + PIECE, front + PIECE),
            Some(1),
        ),
        (
            "last bit",
            |body, _| {
                let at = body.len() - TAG - 1;
                body[at] ^= 1;
            },
            Some(2),
        ),
        ("cut at the end of the first piece", |body, front| body.truncate(front + PIECE), Some(1)),
        ("all cut off", |body, _| body.clear(), Some(0)),
    ];
    let plain = numbered(2 * PIECE + 1000);
    for algorithm in AEADS {
        let key = Key::new(algorithm);
        let body = key.seal(&plain);
        for (name, change, pieces) in table {
            let what = format!("{algorithm}, {name}");
            let mut other = body.clone();
            change(&mut other, front_len(&body));
            // To the start, behind the type, to the data, to the data again.
            let mut source = Changing { inner: Cursor::new(&body), other: &other, seeks: 4 };
            let mut out = Vec::new();
            let result = decrypt(&key, &External::NONE, &mut source, &mut out);
            assert_eq!(source.seeks, 0, "{what}: it was sought so often");
            match pieces {
                None => assert_eq!((result.unwrap(), out.len()), (plain.len() as u64, plain.len()), "{what}"),
                Some(pieces) => {
                    assert!(
                        matches!(&result, Err(error) if matches!(error.kind(), ErrorKind::Malformed(Malformed::SourceChanged))),
                        "{what}: {result:?}"
                    );
                    assert_eq!(out.len(), pieces * PIECE, "{what}");
                }
            }
            assert!(plain.starts_with(&out), "{what}");
            // Before the first pass it is another body, and judged as one; with the front that was read.
            for seeks in [2, 3] {
                let mut source = Changing { inner: Cursor::new(&body), other: &other, seeks };
                let mut out = Vec::new();
                if decrypt(&key, &External::NONE, &mut source, &mut out).is_err() {
                    assert!(out.is_empty(), "{what}");
                }
                assert!(plain.starts_with(&out), "{what}");
            }
        }
    }
}

/// Whatever stands before the ciphertext, it is judged as it is at once.
#[test]
fn fronts_that_others_write() {
    let key = Key::new(SymmetricAlgorithm::Aes256Gcm);
    let sealed = key.seal(&[7; 200]);
    let front = front_len(&sealed);
    // a3, alg 3, content 42, kid; then the nonce and the ciphertext's head of two bytes.
    assert_eq!(sealed[..4], [7, 0x83, 0x58, 0x18]);
    assert_eq!(sealed[4..10], [0xa3, 1, 3, 3, 0x18, 0x2a]);
    assert_eq!(sealed[28..32], [0xa1, 5, 0x4c, sealed[31]]);
    assert_eq!(sealed[front - 2..front], [0x58, 216]);
    let with = |at: usize, cut: usize, put: &[u8]| [&sealed[..at], put, &sealed[at + cut..]].concat();
    let table: [(&str, Vec<u8>, &str); 26] = [
        ("as it is", sealed.clone(), ""),
        ("a head of three bytes", with(front - 2, 2, &[0x59, 0, 216]), ""),
        ("a head of nine bytes", with(front - 2, 2, &[0x5b, 0, 0, 0, 0, 0, 0, 0, 216]), ""),
        ("an unknown parameter, unprotected", with(28, 1, &[0xa2, 0x18, 99, 0x43, 1, 2, 3]), ""),
        ("a name there", with(28, 1, &[0xa2, 0x61, b'x', 0xf6]), ""),
        ("a long one there", with(28, 1, &[&[0xa2, 0x18, 99, 0x59, 0x40, 0][..], &[0; 0x4000]].concat()), ""),
        ("an alg, unprotected, which is read over", with(28, 1, &[0xa2, 1, 7]), ""),
        ("an array of two", with(1, 1, &[0x82]), "read"),
        ("an array of four", with(1, 1, &[0x84]), "read"),
        ("an array without end", with(1, 1, &[0x9f]), "read"),
        ("a map", with(1, 1, &[0xa3]), "read"),
        ("a tag before it", with(1, 0, &[0xd0]), "read"),
        ("no nonce", with(28, 15, &[0xa0]), "read"),
        ("a nonce twice", with(28, 15, &[&[0xa2][..], &sealed[29..43], &sealed[29..43]].concat()), "read"),
        ("a nonce of eleven", with(30, 2, &[0x4b]), "read"),
        ("a nonce of thirteen", with(30, 1, &[0x4d, 9]), "read"),
        ("text as ciphertext", with(front - 2, 1, &[0x78]), "read"),
        ("ciphertext without end", with(front - 2, 2, &[0x5f, 0x58, 216]), "read"),
        ("ciphertext that says it is shorter", with(front - 1, 1, &[215]), "read"),
        ("ciphertext that says it is longer", with(front - 1, 1, &[217]), "read"),
        ("ciphertext without a length", with(front - 2, 2, &[0x5b; 9].map(|_| 0xff)), "read"),
        ("less than a tag", [&sealed[..front - 2], &[0x4f], &[0; 15]].concat(), "read"),
        ("no alg", with(2, 28 - 2, &[0x44, 0xa1, 3, 0x18, 0x2a]), "read"),
        ("another alg", with(6, 1, &[1]), "AES-256-GCM"),
        ("another kid", with(27, 1, &[!sealed[27]]), "not with key"),
        ("another content type", with(9, 1, &[0x2b]), "read"),
    ];
    for (name, body, says) in table {
        let text = EncString::from_buffer(&body).unwrap();
        let mut out = vec![0; text.max_contents_len()];
        let at_once = contents::decrypt_into(&key.memory, &key.key, &text, &External::NONE, &mut out);
        let (streamed, written) = key.decrypt(&body);
        match at_once {
            Ok(length) => {
                assert_eq!(says, "", "{name}");
                assert_eq!((streamed.unwrap(), &written[..]), (length as u64, &[7; 200][..]), "{name}");
            }
            Err(error) => {
                assert!(!says.is_empty() && error.to_string().contains(says), "{name}: {error}");
                assert_eq!(streamed.unwrap_err().to_string(), error.to_string(), "{name}");
                assert!(written.is_empty(), "{name}");
            }
        }
    }
    // The one difference: what stands before the ciphertext is held in memory, so it has a bound.
    let long = with(28, 1, &[&[0xa2, 0x18, 99, 0x5a, 0, 1, 0, 0][..], &[0; 0x1_0000]].concat());
    assert_eq!(key.open(&long), [7; 200]);
    let (streamed, written) = key.decrypt(&long);
    assert!(matches!(&streamed, Err(error) if matches!(error.kind(), ErrorKind::Malformed(Malformed::Cose))));
    assert!(written.is_empty());
}

/// Zeros behind a beginning: longer than any memory, and never read to the end.
struct Vast {
    begin: Vec<u8>,
    length: u64,
    at: u64,
}

impl Read for Vast {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let begin = self.begin.iter().skip(usize::try_from(self.at).unwrap());
        out.iter_mut().zip(begin.chain(std::iter::repeat(&0))).for_each(|(to, from)| *to = *from);
        self.at += out.len() as u64;
        assert!(self.at < 1 << 20, "it is read");
        Ok(out.len())
    }
}

impl Seek for Vast {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(_) => self.length,
            SeekFrom::Current(_) => self.at,
        };
        Ok(self.at)
    }
}

/// Longer than the counter of the algorithm reaches: refused before it is read.
#[test]
fn bodies_have_a_bound() {
    for (algorithm, most) in AEADS.into_iter().zip([(1 << 38) - 128, (1 << 36) - 32, (1 << 36) - 32]) {
        let key = Key::new(algorithm);
        let sealed = key.seal(b"");
        for length in [most + 1, 1 << 62] {
            let said = (length + TAG as u64).to_be_bytes();
            let begin = [&sealed[..front_len(&sealed) - 1], &[0x5b], &said].concat();
            let mut source = Vast { length: begin.len() as u64 + length + TAG as u64, begin, at: 0 };
            let result = decrypt(&key, &External::NONE, &mut source, &mut Vec::new());
            assert!(matches!(&result, Err(error) if *error == ErrorKind::Limit(Limit::Body { most })), "{result:?}");
        }
    }
}

/// With an output that is sought back in, the length has room for four bytes. The bound here is a smaller one.
#[test]
fn what_is_sought_back_has_a_bound() {
    assert_eq!(AEADS.map(most_sought_back), [u64::from(u32::MAX) - 16; 3]);
    let key = Key::new(SymmetricAlgorithm::Xaes256Gcm);
    let facts = operation::facts::<Symmetric>(&key.memory, &key.key).unwrap();
    let facts = CoseFacts::of(&facts).unwrap();
    let most = 2 * PIECE as u64 + 100;
    for length in [0, 1, PIECE, 2 * PIECE, 2 * PIECE + 99, 2 * PIECE + 100, 2 * PIECE + 101, 3 * PIECE, 4 * PIECE] {
        let (plain, mut body) = (numbered(length), Cursor::new(Vec::new()));
        let result = encrypt_up_to(&key, (&facts, &External::NONE), most, &mut &plain[..], &mut body);
        if length as u64 <= most {
            assert_eq!(result.unwrap(), body.get_ref().len() as u64);
            assert!(key.open(body.get_ref()) == plain, "{length}");
        } else {
            assert!(
                matches!(&result, Err(error) if *error == ErrorKind::Limit(Limit::Body { most })),
                "{length}: {result:?}"
            );
            let error = result.unwrap_err().to_string();
            assert_eq!(error, "such a body of type 7 (COSE_Encrypt0) may have 131172 bytes at most");
            let (opened, out) = key.decrypt(body.get_ref());
            assert!(
                matches!(&opened, Err(error) if matches!(error.kind(), ErrorKind::Malformed(Malformed::Cose))),
                "{opened:?}"
            );
            assert!(out.is_empty());
        }
    }
}

/// Texts are padded, and the padding may go over the border of a piece: what comes out is the text.
#[test]
fn bodies_that_are_texts() {
    for algorithm in AEADS {
        let key = Key::new(algorithm);
        for length in [0, 1, 31, 32, 33, PIECE - 33, PIECE - 32, PIECE - 1, PIECE, PIECE + 1] {
            let plain = vec![b'x'; length];
            let text =
                contents::encrypt(&key.memory, &key.key, ContentType::Utf8Padded, &plain, &External::NONE).unwrap();
            let (written, out) = key.decrypt(&text.to_buffer().unwrap());
            assert_eq!((written.unwrap(), out.len()), (length as u64, length), "{algorithm}");
            assert!(out == plain, "{algorithm}: {length}");
        }
    }
}

/// A genuine tag over a text whose padding cannot be, as only a key holder can make: nothing comes out.
#[test]
fn wrong_padding_gives_no_byte() {
    let key = Key::new(SymmetricAlgorithm::Aes256Gcm);
    let body = |plain: &[u8]| {
        let text = contents::encrypt(&key.memory, &key.key, ContentType::Utf8Padded, &[], &External::NONE)
            .unwrap()
            .to_buffer()
            .unwrap();
        let front = Front::parse(&text[1..]).ok().unwrap();
        let (aad, mut data) =
            (crate::format::message::aad_of("Encrypt0", front.header.bytes, &External::NONE), plain.to_vec());
        let tag = operation::encrypt_aead(&key.memory, &key.key, front.nonce, &aad, &mut data).unwrap().unwrap();
        let length = u8::try_from(data.len() + TAG).unwrap();
        [&text[..front.length - 1], &[0x58, length], &data, &tag].concat()
    };
    assert_eq!(key.decrypt(&body(&[9, 9, 1])).1, [9, 9], "it is read so");
    for plain in [&[][..], &[0], &[2], &[9, 9, 0], &[1, 2, 4], &[255]] {
        let (error, out) = key.decrypt(&body(plain));
        assert!(
            matches!(&error, Err(error) if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged))),
            "{plain:?}: {error:?}"
        );
        assert!(out.is_empty());
    }
}

#[test]
fn another_key() {
    for algorithm in AEADS {
        let key = Key::new(algorithm);
        let body = key.seal(&numbered(1000));
        let error = |key: Key, body: &[u8]| {
            let (error, out) = key.decrypt(body);
            assert!(out.is_empty());
            error.unwrap_err()
        };
        assert!(matches!(error(Key::new(algorithm), &body).kind(), ErrorKind::WrongKey(WrongKey::Id { .. })));
        for other in SymmetricAlgorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            let wrong = WrongKey::Algorithm { text: EncStringType::Cose, key: other };
            assert_eq!(error(Key::new(other), &body), ErrorKind::from(wrong));
        }
        let wrapped = crate::format::wrap::<Symmetric>(&key.memory, &key.key, &key.key).unwrap();
        assert_eq!(error(key, &wrapped.to_buffer().unwrap()), ErrorKind::Malformed(Malformed::IsKey));
    }
}

/// A key that may only encrypt, and one that may only decrypt.
#[test]
fn what_a_key_does_not_permit() {
    let made = |operation: KeyOperation| {
        let memory = memory();
        type Input<'i> = (u8, &'i [u8; 32]);
        let make = |_: &strongroom_memory::ScopeToken<'_>, (bits, secret): Input<'_>| {
            let operations = KeyOperations::from_bits(bits);
            SymmetricKey::aead([1; 16], SymmetricAlgorithm::Xaes256Gcm, operations, secret)
                .ok_or(strongroom_memory::Status(0))
        };
        let bits = KeyOperations::of(&[operation]).bits();
        let key = strongroom_memory::SecretBox::try_make(&memory, make, (bits, &[2; 32])).unwrap().into();
        Key { memory, key }
    };
    let (encrypts, decrypts) = (made(KeyOperation::Encrypt), made(KeyOperation::Decrypt));
    let mut body = Cursor::new(Vec::new());
    encrypt(&encrypts, &External::NONE, &mut &b"text"[..], &mut body).unwrap();
    assert_eq!(decrypts.decrypt(body.get_ref()).1, b"text");
    let error = encrypts.decrypt(body.get_ref()).0.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotPermitted(_)), "{error}");
    let error = encrypt(&decrypts, &External::NONE, &mut &b"text"[..], &mut Cursor::new(Vec::new())).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotPermitted(_)), "{error}");
}

#[test]
fn failures_say_which_side() {
    let key = Key::new(SymmetricAlgorithm::XChaCha20Poly1305);
    let plain = numbered(2 * PIECE);
    let body = key.seal(&plain);
    let (read, write) =
        ("the input or output cannot be read: the cable", "the input or output cannot be written: the cable");
    let said = |result: Result<u64, Error>, message| assert_eq!(result.unwrap_err().to_string(), message);
    let nothing = || Cursor::new(Vec::new());
    for most in [0, 20, 70, PIECE, 2 * PIECE - 1] {
        said(encrypt(&key, &External::NONE, &mut Failing(&plain[..], most.min(PIECE)), &mut nothing()), read);
        said(encrypt(&key, &External::NONE, &mut &plain[..], &mut Failing(nothing(), most)), write);
        said(
            encrypt_spooled(&key, &External::NONE, &mut &plain[..], &mut Failing(nothing(), most), &mut Vec::new()),
            write,
        );
        said(
            encrypt_spooled(&key, &External::NONE, &mut &plain[..], &mut nothing(), &mut Failing(Vec::new(), most)),
            write,
        );
        let mut out = Vec::new();
        said(decrypt(&key, &External::NONE, &mut Failing(Cursor::new(&body[..]), most), &mut out), read);
        assert!(out.is_empty(), "in the first pass");
        said(
            decrypt(&key, &External::NONE, &mut Cursor::new(&body[..]), &mut Failing(Vec::new(), most.min(PIECE))),
            write,
        );
        said(decrypt_spooled(&key, &External::NONE, &mut Failing(&body[..], most), &mut nothing(), &mut out), read);
        said(decrypt_spooled(&key, &External::NONE, &mut &body[..], &mut Failing(nothing(), most), &mut out), write);
        assert!(out.is_empty());
    }
}

/// A file that is opened for appending would take the front at its end; a body of one piece has it before it is
/// written.
#[test]
fn a_file_that_appends_is_refused() {
    let (directory, key) = (tempfile::tempdir().unwrap(), Key::new(SymmetricAlgorithm::Xaes256Gcm));
    let path = directory.path().join("body");
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
    encrypt(&key, &External::NONE, &mut &b"text"[..], &mut file).unwrap();
    assert_eq!(key.open(&std::fs::read(&path).unwrap()), b"text");
    let error = encrypt(&key, &External::NONE, &mut &numbered(PIECE)[..], &mut file).unwrap_err();
    assert_eq!(error.to_string(), "the input or output cannot be written: it does not write where it stands");
}
