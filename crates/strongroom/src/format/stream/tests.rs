mod cose;

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use proptest::prelude::*;
use strongroom_memory::SecretMemory;

use super::pieces::PIECE;
use super::{Keyed, decrypt, decrypt_spooled, encrypt, encrypt_spooled};
use crate::error::{EncStringError, Error, ErrorKind, Malformed, WrongKey};
use crate::format::contents;
use crate::format::enc_string::EncString;
use crate::format::external::External;
use crate::key::algorithm::SymmetricAlgorithm;
use crate::kind::Symmetric;
use crate::labels::{ContentType, EncStringType};
use crate::operation::{self, SymmetricBox};
use crate::vectors::{bytes, key, memory, of_format};

/// A key of no store.
struct Key {
    memory: SecretMemory,
    key: SymmetricBox,
}

impl Keyed for Key {
    fn run<R>(
        &self,
        mut operation: impl FnMut(&SecretMemory, &SymmetricBox) -> Result<R, ErrorKind>,
    ) -> Result<R, Error> {
        Ok(operation(&self.memory, &self.key)?)
    }
}

impl Key {
    fn of(encoded: &[u8]) -> Self {
        let memory = memory();
        Self { key: key(&memory, encoded), memory }
    }

    fn new(algorithm: SymmetricAlgorithm) -> Self {
        let memory = memory();
        Self { key: operation::generate::<Symmetric>(&memory, algorithm).unwrap(), memory }
    }

    /// As it is encrypted at once.
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        contents::encrypt(&self.memory, &self.key, ContentType::Octets, plain, &External::NONE)
            .unwrap()
            .to_buffer()
            .unwrap()
    }

    /// As it is decrypted at once.
    fn open(&self, body: &[u8]) -> Vec<u8> {
        let text = EncString::from_buffer(body).unwrap();
        let mut out = vec![0; text.max_contents_len()];
        let length = contents::decrypt_into(&self.memory, &self.key, &text, &External::NONE, &mut out).unwrap();
        out.truncate(length);
        out
    }

    fn decrypt(&self, body: &[u8]) -> (Result<u64, Error>, Vec<u8>) {
        let mut out = Vec::new();
        (decrypt(self, &External::NONE, &mut Cursor::new(body), &mut out), out)
    }
}

fn v1() -> Key {
    Key::of(&std::array::from_fn::<u8, 64, _>(|at| u8::try_from(at).unwrap()))
}

fn numbered(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at / 7 % 251).unwrap()).collect()
}

/// Gives few bytes at a time, and is interrupted.
struct Sluggish<R> {
    inner: R,
    steps: Vec<usize>,
    at: usize,
}

impl<R> Sluggish<R> {
    fn new(inner: R, steps: &[usize]) -> Self {
        Self { inner, steps: steps.to_vec(), at: 0 }
    }
}

impl<R: Read> Read for Sluggish<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.at += 1;
        let most = out.len();
        match self.steps.get(self.at % (self.steps.len() + 1)) {
            Some(0) => Err(io::ErrorKind::Interrupted.into()),
            Some(step) => self.inner.read(&mut out[..(*step).min(most)]),
            None => self.inner.read(out),
        }
    }
}

impl<R: Seek> Seek for Sluggish<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[test]
fn bodies_of_the_official_software() {
    for vector in of_format("encbuffer/2").into_iter().chain(of_format("encbuffer/7")) {
        let key = Key::of(&bytes(&vector["inputs"]["key_b64"]));
        let plain = bytes(&vector["inputs"]["plaintext_b64"]);
        let (written, out) = key.decrypt(&bytes(&vector["outputs"]["enc_buffer_b64"]));
        assert_eq!((written.unwrap(), out), (plain.len() as u64, plain), "{}", vector["name"]);
    }
}

/// Every length round a border, whole and in parts.
#[test]
fn lengths_at_the_borders() {
    let key = v1();
    for border in [0, 16, PIECE, 2 * PIECE] {
        for length in border.saturating_sub(17)..border + 18 {
            let plain = numbered(length);
            let mut body = Cursor::new(Vec::new());
            let written = encrypt(&key, &External::NONE, &mut &plain[..], &mut body).unwrap();
            assert_eq!((written, body.position()), (body.get_ref().len() as u64, written));
            assert_eq!(written, 49 + length as u64 / 16 * 16 + 16);
            assert!(key.open(body.get_ref()) == plain, "{length}");
            let (written, out) = key.decrypt(&key.seal(&plain));
            assert_eq!(written.unwrap(), length as u64);
            assert!(out == plain, "{length}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What is streamed and what is done at once open each other, however the source is read and whatever stands
    /// before.
    #[test]
    fn streams_are_what_is_done_at_once(
        length in prop_oneof![0..200_usize, 0..3 * PIECE],
        steps in prop::collection::vec(prop_oneof![Just(0), 1..100_usize, 1000..100_000_usize], 0..8),
        before in 0..40_usize,
        algorithm in prop::sample::select(SymmetricAlgorithm::ALL.to_vec()),
    ) {
        let key = Key::new(algorithm);
        let plain = numbered(length);
        let mut body = Cursor::new(vec![0xEE; before]);
        body.set_position(before as u64);
        let written = encrypt(&key, &External::NONE, &mut Sluggish::new(&plain[..], &steps), &mut body).unwrap();
        let body = body.into_inner();
        prop_assert!(body[..before] == vec![0xEE; before] && body.len() as u64 == before as u64 + written);
        prop_assert!(key.open(&body[before..]) == plain);

        let mut source = Sluggish::new(Cursor::new(&body), &steps);
        source.inner.set_position(before as u64);
        let mut out = Vec::new();
        prop_assert_eq!(decrypt(&key, &External::NONE, &mut source, &mut out).unwrap(), length as u64);
        prop_assert!(out == plain);

        // The spool need not be empty, and need not end where it stands.
        let mut spool = Cursor::new(vec![0xEE; before + 100]);
        spool.set_position(before as u64);
        let mut spooled = Vec::new();
        let written = encrypt_spooled(&key, &External::NONE, &mut Sluggish::new(&plain[..], &steps), &mut spool, &mut spooled).unwrap();
        prop_assert_eq!(written, spooled.len() as u64);
        prop_assert!(key.open(&spooled) == plain);
        let mut spool = Cursor::new(vec![0xEE; before + 100]);
        spool.set_position(before as u64);
        let mut out = Vec::new();
        let mut source = Sluggish::new(&spooled[..], &steps);
        prop_assert_eq!(decrypt_spooled(&key, &External::NONE, &mut source, &mut spool, &mut out).unwrap(), length as u64);
        prop_assert!(out == plain);
        let held = spool.into_inner();
        let without_plaintext = plain.len() < 32 || !held.windows(32).any(|window| window == &plain[..32]);
        prop_assert!(without_plaintext, "the spool holds ciphertext alone");
    }
}

/// Cut at every length: what the length itself tells is said, all else is one error, and not a byte comes out.
#[test]
fn cut_bodies() {
    let key = v1();
    let body = key.seal(&numbered(100));
    for length in 0..body.len() {
        let (error, out) = key.decrypt(&body[..length]);
        let error = error.unwrap_err();
        assert!(out.is_empty(), "{length}");
        match length {
            0 => assert!(matches!(error.kind(), ErrorKind::Malformed(Malformed::EncString(EncStringError::Empty)))),
            1..65 => {
                let short = EncStringError::TooShort { of: EncStringType::AesCbcHmac, found: length, min: 65 };
                assert!(
                    matches!(error.kind(), ErrorKind::Malformed(Malformed::EncString(found)) if *found == short),
                    "{length}: {error}"
                );
            }
            _ if length % 16 == 1 => {
                assert!(matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged)), "{length}: {error}");
            }
            _ => {
                let blocks = EncStringError::Blocks { found: length - 49 };
                assert!(
                    matches!(error.kind(), ErrorKind::Malformed(Malformed::EncString(found)) if *found == blocks),
                    "{length}: {error}"
                );
            }
        }
    }
}

/// Changes that leave the length as it is or one of whole blocks. Each gives the one error, and not a byte comes out.
#[test]
fn tampered_bodies() {
    type Tamper = fn(&mut Vec<u8>);
    let table: [(&str, Tamper); 21] = [
        ("first bit of the iv", |body| body[1] ^= 0x80),
        ("last bit of the iv", |body| body[16] ^= 1),
        ("first bit of the mac", |body| body[17] ^= 0x80),
        ("last bit of the mac", |body| body[48] ^= 1),
        ("mac of zeros", |body| body[17..49].fill(0)),
        ("iv and front of the mac swapped", |body| body[1..33].rotate_left(16)),
        ("first bit of the data", |body| body[49] ^= 0x80),
        ("last bit of the data", |body| *body.last_mut().unwrap() ^= 1),
        ("last bit of the first piece", |body| body[49 + PIECE - 1] ^= 1),
        ("first bit of the second piece", |body| body[49 + PIECE] ^= 0x80),
        ("padding made longer through the block before", |body| {
            let at = body.len() - 17;
            body[at] ^= 3;
        }),
        ("first block cut out", |body| drop(body.drain(49..65))),
        ("last block cut off", |body| body.truncate(body.len() - 16)),
        ("cut at the end of the first piece", |body| body.truncate(49 + PIECE)),
        ("cut at the end of the second piece", |body| body.truncate(49 + 2 * PIECE)),
        ("one block left", |body| body.truncate(65)),
        ("pieces swapped", |body| body[49..49 + 2 * PIECE].rotate_left(PIECE)),
        ("second piece a copy of the first", |body| body.copy_within(49..49 + PIECE, 49 + PIECE)),
        ("a block appended", |body| body.extend([0; 16])),
        ("the last block twice", |body| body.extend_from_within(body.len() - 16..)),
        ("itself appended, but for its first byte", |body| body.extend_from_within(1..)),
    ];
    let key = v1();
    let body = key.seal(&numbered(2 * PIECE + 1000));
    assert_eq!(key.decrypt(&body).1.len(), 2 * PIECE + 1000, "the body itself opens");
    for (name, tamper) in table {
        let mut tampered = body.clone();
        tamper(&mut tampered);
        assert_ne!(tampered, body, "{name}");
        let (error, out) = key.decrypt(&tampered);
        let error = error.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged)), "{name}: {error}");
        assert!(out.is_empty(), "{name}");
        // The same by way of a spool.
        let mut out = Vec::new();
        let error = decrypt_spooled(&key, &External::NONE, &mut &tampered[..], &mut Cursor::new(Vec::new()), &mut out)
            .unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged)), "{name}: {error}");
        assert!(out.is_empty(), "{name}");
    }
}

/// A genuine MAC over contents that were not padded, as only a key holder can make: nothing comes out either.
#[test]
fn wrong_padding_gives_no_byte() {
    let key = v1();
    for last in [0, 17, 255] {
        let (iv, mut data) = ([7; 16], vec![last; PIECE + 32]);
        let mac = operation::encrypt(&key.memory, &key.key, &iv, &mut data).unwrap().unwrap();
        let (error, out) = key.decrypt(&[&[2][..], &iv, &mac, &data].concat());
        assert!(matches!(&error, Err(error) if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged))));
        assert!(out.is_empty());
    }
}

#[test]
fn other_beginnings() {
    let key = v1();
    let error = |body: &[u8]| {
        let (error, out) = key.decrypt(body);
        assert!(out.is_empty());
        error.unwrap_err().to_string()
    };
    assert_eq!(error(&[0; 49]), "encrypted text of type 0 (AES-256-CBC without MAC) cannot be opened");
    assert_eq!(error(&[1; 65]), EncStringError::WithdrawnType.to_string());
    for found in (3..7).chain(8..=255) {
        assert_eq!(error(&[found; 200]), EncStringError::UnknownDiscriminator { found }.to_string());
    }
}

#[test]
fn another_key() {
    let body = v1().seal(&numbered(1000));
    let other = Key::new(SymmetricAlgorithm::Aes256CbcHmacSha256);
    assert!(
        matches!(&other.decrypt(&body).0, Err(error) if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged)))
    );
    let other = Key::new(SymmetricAlgorithm::Xaes256Gcm);
    let wrong = WrongKey::Algorithm { text: EncStringType::AesCbcHmac, key: SymmetricAlgorithm::Xaes256Gcm };
    let error = other.decrypt(&body).0.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WrongKey(found) if *found == wrong));
}

/// Gives other bytes from its `seeks`-th seek on.
struct Changing<'b> {
    inner: Cursor<&'b [u8]>,
    other: &'b [u8],
    seeks: usize,
}

impl Read for Changing<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.inner.read(out)
    }
}

impl Seek for Changing<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(_) = to {
            self.seeks = self.seeks.wrapping_sub(1);
            if self.seeks == 0 {
                let position = self.inner.position();
                self.inner = Cursor::new(self.other);
                self.inner.set_position(position);
            }
        }
        self.inner.seek(to)
    }
}

/// The source changes between the passes: what comes out is a beginning of what was authenticated, by whole pieces.
#[test]
fn a_source_that_changes_between_the_passes() {
    type Change = fn(&mut Vec<u8>);
    let table: [(&str, Change, Option<usize>); 12] = [
        ("nothing", |_| {}, None),
        ("iv and mac, which are not read again", |body| body[1..49].fill(0), None),
        ("appended", |body| body.extend([1; 100]), None),
        ("first bit of the data", |body| body[49] ^= 0x80, Some(0)),
        ("last bit of the first piece", |body| body[49 + PIECE - 1] ^= 1, Some(0)),
        ("first bit of the second piece", |body| body[49 + PIECE] ^= 0x80, Some(1)),
        ("pieces swapped", |body| body[49..49 + 2 * PIECE].rotate_left(PIECE), Some(0)),
        ("second piece a copy of the first", |body| body.copy_within(49..49 + PIECE, 49 + PIECE), Some(1)),
        ("last bit", |body| *body.last_mut().unwrap() ^= 1, Some(2)),
        ("last byte cut off", |body| body.truncate(body.len() - 1), Some(2)),
        ("cut at the end of the first piece", |body| body.truncate(49 + PIECE), Some(1)),
        ("all cut off", Vec::clear, Some(0)),
    ];
    let key = v1();
    let plain = numbered(2 * PIECE + 1000);
    let body = key.seal(&plain);
    for (name, change, pieces) in table {
        let mut other = body.clone();
        change(&mut other);
        // To the start, to the data, to the data again.
        let mut source = Changing { inner: Cursor::new(&body), other: &other, seeks: 3 };
        let mut out = Vec::new();
        let result = decrypt(&key, &External::NONE, &mut source, &mut out);
        assert_eq!(source.seeks, 0, "{name}: it was sought so often");
        match pieces {
            None => assert_eq!((result.unwrap(), out.len()), (plain.len() as u64, plain.len()), "{name}"),
            Some(pieces) => {
                assert!(
                    matches!(&result, Err(error) if matches!(error.kind(), ErrorKind::Malformed(Malformed::SourceChanged))),
                    "{name}: {result:?}"
                );
                assert_eq!(out.len(), pieces * PIECE, "{name}");
            }
        }
        assert!(plain.starts_with(&out), "{name}");
        // Before the first pass it is another body, and judged as one.
        let mut source = Changing { inner: Cursor::new(&body), other: &other, seeks: 2 };
        let mut out = Vec::new();
        if decrypt(&key, &External::NONE, &mut source, &mut out).is_err() {
            assert!(out.is_empty(), "{name}");
        }
        assert!(plain.starts_with(&out), "{name}");
    }
}

/// Fails after so many bytes.
struct Failing<T>(T, usize);

impl<T> Failing<T> {
    fn take(&mut self, length: usize) -> io::Result<usize> {
        if self.1 == 0 {
            return Err(io::Error::other("the cable"));
        }
        let taken = length.min(self.1);
        self.1 -= taken;
        Ok(taken)
    }
}

impl<T: Read> Read for Failing<T> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.take(out.len())?;
        self.0.read(&mut out[..length])
    }
}

impl<T: io::Write> io::Write for Failing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.take(bytes.len())?;
        self.0.write(&bytes[..length])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<T: Seek> Seek for Failing<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn failures_say_which_side() {
    let key = v1();
    let plain = numbered(2 * PIECE);
    let body = key.seal(&plain);
    let (read, write) =
        ("the input or output cannot be read: the cable", "the input or output cannot be written: the cable");
    let said = |result: Result<u64, Error>, message| assert_eq!(result.unwrap_err().to_string(), message);
    let nothing = || Cursor::new(Vec::new());
    for most in [0, 20, 49, 60, PIECE, 2 * PIECE] {
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

/// A file that is opened for appending takes the MAC at its end.
#[test]
fn a_file_that_appends_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("body");
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
    let error = encrypt(&v1(), &External::NONE, &mut &b"text"[..], &mut file).unwrap_err();
    assert_eq!(error.to_string(), "the input or output cannot be written: it does not write where it stands");
}
