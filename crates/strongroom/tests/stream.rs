//! Bodies that are streamed through a store: what they take of memory, and what a lock or a full store does to them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use strongroom::{
    Error, ErrorKind, KeyStore, KeyUses, Policy, algorithms::SymmetricAlgorithm, errors::Operation, streams::Streams,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Only, Missing }
}

type Store = KeyStore<Keys>;

fn store() -> Store {
    store_with(SymmetricAlgorithm::Aes256CbcHmacSha256)
}

fn store_with(algorithm: SymmetricAlgorithm) -> Store {
    let store = Store::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::Only, key)
    });
    named.unwrap();
    store
}

/// So many bytes, made up as they are read.
fn made_up(length: u64) -> impl Read {
    io::repeat(0x5A).take(length)
}

/// Counts what is written, and looks at it.
#[derive(Default)]
struct Counted {
    bytes: u64,
    others: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        if bytes != &[0x5A; 1 << 20][..bytes.len().min(1 << 20)] {
            self.others += 1;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Does something when so many bytes have passed.
struct At<'f, T> {
    inner: T,
    left: usize,
    then: &'f dyn Fn(),
}

impl<T> At<'_, T> {
    fn pass(&mut self, length: usize) {
        let before = self.left;
        self.left = before.saturating_sub(length);
        if before > 0 && self.left == 0 {
            (self.then)();
        }
    }
}

impl<T: Read> Read for At<'_, T> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(out)?;
        self.pass(length);
        Ok(length)
    }
}

impl<T: Seek> Seek for At<'_, T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

const MIB: usize = 1 << 20;

/// A lock comes between two pieces: it does not wait for the body, and the body is not finished.
#[test]
fn a_lock_ends_a_body() {
    let locked = store();
    let mut body = Cursor::new(Vec::new());
    let lock = || locked.lock();
    let mut source = At { inner: made_up(MIB as u64), left: MIB / 2, then: &lock };
    let error = locked.try_context(|ctx| ctx.encrypt_stream(ctx.key(Key::Only)?, &mut source, &mut body)).unwrap_err();
    assert_eq!((error.operation(), error.kind()), (Some(Operation::Encrypt), &ErrorKind::Locked));
    assert!(body.get_ref().len() < MIB);
    assert_eq!(body.get_ref()[17..49], [0; 32], "what was written has no MAC");
    let locked = store_with(SymmetricAlgorithm::Xaes256Gcm);
    let mut body = Cursor::new(Vec::new());
    let lock = || locked.lock();
    let mut source = At { inner: made_up(MIB as u64), left: MIB / 2, then: &lock };
    let error = locked.try_context(|ctx| ctx.encrypt_stream(ctx.key(Key::Only)?, &mut source, &mut body)).unwrap_err();
    assert_eq!((error.operation(), error.kind()), (Some(Operation::Encrypt), &ErrorKind::Locked));
    assert!(body.get_ref().len() < MIB);
    assert_eq!(body.get_ref()[..65], [&[7][..], &[0; 64]].concat(), "what was written has no front");
    for (in_pass, algorithm) in [1, 2].into_iter().flat_map(|pass| SymmetricAlgorithm::ALL.map(|each| (pass, each))) {
        let store = store_with(algorithm);
        let mut body = Cursor::new(Vec::new());
        store.try_context(|ctx| ctx.encrypt_stream(ctx.key(Key::Only)?, &mut made_up(MIB as u64), &mut body)).unwrap();
        body.rewind().unwrap();
        let lock = || store.lock();
        let mut source = At { inner: body, left: in_pass * MIB - MIB / 2, then: &lock };
        let mut out = Counted::default();
        let error =
            store.try_context(|ctx| ctx.decrypt_stream(ctx.key(Key::Only)?, &mut source, &mut out)).unwrap_err();
        assert_eq!((error.operation(), error.kind()), (Some(Operation::Decrypt), &ErrorKind::Locked));
        assert!(out.bytes < MIB as u64 && (out.bytes > 0) == (in_pass == 2), "pass {in_pass}: {}", out.bytes);
        assert_eq!(out.others, 0);
    }
}

#[test]
fn keys_that_are_not_there_or_of_another_algorithm() {
    let store = store();
    store.try_context(|ctx| {
        let mut out = Vec::new();
        assert_eq!(ctx.key(Key::Missing).unwrap_err().to_string(), "the store holds no key Missing (find)");
        let cose = ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let mut body = Cursor::new(Vec::new());
        ctx.encrypt_stream(cose, &mut &b"text"[..], &mut body).unwrap();
        assert_eq!(body.get_ref()[0], 7);
        body.rewind().unwrap();
        ctx.decrypt_stream(cose, &mut body, &mut out).unwrap();
        assert_eq!(out, b"text");
        body.rewind().unwrap();
        assert!(ctx.key(Key::Only).and_then(|key| ctx.decrypt_stream(key, &mut body, &mut out)).is_err());
        assert_eq!(out, b"text", "nothing more");
    });
}

/// With more keys than there is room for, the states of a body find theirs.
#[test]
fn a_full_store_streams() {
    let store = Store::open_bounded(Policy::best_available(), 64 << 10).unwrap();
    store.try_context(|ctx| {
        let algorithms = SymmetricAlgorithm::ALL.into_iter().cycle().take(500);
        let keys: Vec<_> =
            algorithms.map(|algorithm| ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap()).collect();
        for key in [keys[0], keys[1], keys[250], keys[251], keys[499]] {
            let mut body = Cursor::new(Vec::new());
            ctx.encrypt_stream(key, &mut made_up(300_000), &mut body).unwrap();
            body.rewind().unwrap();
            let mut out = Counted::default();
            assert_eq!(ctx.decrypt_stream(key, &mut body, &mut out).unwrap(), 300_000);
            assert_eq!((out.bytes, out.others), (300_000, 0));
        }
    });
}

/// The most memory that this process has had, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// Both ways through a file of many MiB, in a process of its own. The control holds a part of it, which must be seen.
#[cfg(target_os = "linux")]
fn memory_of_a_long_body(algorithm: SymmetricAlgorithm, mib: u64) {
    let length = mib << 20;
    let store = store_with(algorithm);
    let mut file = tempfile::tempfile().unwrap();
    // What a first piece takes, code pages included, is not the body's.
    let mut small = Cursor::new(Vec::new());
    store.try_context(|ctx| ctx.encrypt_stream(ctx.key(Key::Only)?, &mut made_up(200_000), &mut small)).unwrap();
    small.rewind().unwrap();
    store.try_context(|ctx| ctx.decrypt_stream(ctx.key(Key::Only)?, &mut small, &mut Counted::default())).unwrap();

    let before = peak();
    let written =
        store.try_context(|ctx| ctx.encrypt_stream(ctx.key(Key::Only)?, &mut made_up(length), &mut file)).unwrap();
    assert!((length + 64..length + 90).contains(&written), "{written}");
    file.rewind().unwrap();
    let mut out = Counted::default();
    assert_eq!(store.try_context(|ctx| ctx.decrypt_stream(ctx.key(Key::Only)?, &mut file, &mut out)).unwrap(), length);
    assert_eq!((out.bytes, out.others), (length, 0));
    // The kernel counts in batches, so that a peak may seem to fall by some pages.
    let grown = peak().saturating_sub(before);
    println!("{algorithm}: {grown} bytes more at the most");
    assert!(grown < 1 << 20, "{grown}");

    let control = std::hint::black_box(vec![1_u8; 6 << 20]);
    assert!(peak().saturating_sub(before) > 5 << 20, "the control is not seen");
    drop(control);
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_body() {
    // Unoptimised, the AEADs take a second for 2 MiB.
    for (algorithm, mib) in SymmetricAlgorithm::ALL.into_iter().zip([64, 16, 16, 16]) {
        let victim = strongroom_testkit::victim!().named(algorithm.to_string());
        victim.run(|| memory_of_a_long_body(algorithm, mib)).assert_exit(0);
    }
}
