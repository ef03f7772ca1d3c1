//! Bodies from file to file: whole or not at all.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Cursor;
use std::path::Path;

use strongroom::{
    Error, ErrorKind, KeyStore, KeyUses,
    algorithms::SymmetricAlgorithm,
    errors::{Malformed, Operation, WrongKey},
};
use strongroom_vault::body::{BodyError, decrypt_file, decrypt_to_file, encrypt_file};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Attachment }
}

fn store() -> KeyStore<Keys> {
    store_with(SymmetricAlgorithm::Aes256CbcHmacSha256)
}

fn store_with(algorithm: SymmetricAlgorithm) -> KeyStore<Keys> {
    let store = KeyStore::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
        tx.insert(Key::Attachment, key)
    });
    named.unwrap();
    store
}

/// Names in a directory, hidden ones too.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn there_and_back() {
    SymmetricAlgorithm::ALL.into_iter().for_each(there_and_back_under);
}

fn there_and_back_under(algorithm: SymmetricAlgorithm) {
    let (store, directory) = (store_with(algorithm), tempfile::tempdir().unwrap());
    let [plain, body, again, once] = ["plain", "body", "again", "once"].map(|name| directory.path().join(name));
    for length in [0, 1, 100_000] {
        let contents = vec![9; length];
        fs::write(&plain, &contents).unwrap();
        store.try_context(|ctx| {
            let written = encrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), &plain, &body).unwrap();
            assert_eq!(written, fs::metadata(&body).unwrap().len());
            let written = decrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), &body, &again).unwrap();
            assert_eq!(written, length as u64);
            let mut read = Cursor::new(fs::read(&body).unwrap());
            decrypt_to_file(ctx, ctx.key(Key::Attachment).unwrap(), &mut read, &once).unwrap();
        });
        assert!(fs::read(&again).unwrap() == contents && fs::read(&once).unwrap() == contents);
        assert_eq!(names(directory.path()), ["again", "body", "once", "plain"]);
        #[cfg(unix)]
        for file in [&body, &again, &once] {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        for file in [&body, &again, &once] {
            fs::remove_file(file).unwrap();
        }
    }
}

/// A body that was cut at every border or changed, a full house of ways to fail: no file appears, hidden or not.
#[test]
fn what_fails_leaves_nothing() {
    let (store, directory) = (store(), tempfile::tempdir().unwrap());
    let [plain, body, bad, out] = ["plain", "body", "bad", "out"].map(|name| directory.path().join(name));
    fs::write(&plain, vec![9; 200_000]).unwrap();
    store.try_context(|ctx| encrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), &plain, &body)).unwrap();
    let whole = fs::read(&body).unwrap();
    let before = ["bad", "body", "plain"];
    for length in [0, 1, 17, 49, 64, 65, 49 + 65_536, whole.len() - 16, whole.len() - 1, whole.len()] {
        let mut bytes = whole.clone();
        bytes.truncate(length);
        if length == whole.len() {
            *bytes.last_mut().unwrap() ^= 1;
        }
        fs::write(&bad, &bytes).unwrap();
        store.try_context(|ctx| {
            let error = decrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), &bad, &out).unwrap_err();
            assert!(matches!(error, BodyError::Stream(_)), "{length}: {error}");
            if length >= 65 && length % 16 == 1 {
                let BodyError::Stream(error) = error else { unreachable!("{error}") };
                let expected = (&ErrorKind::WrongKey(WrongKey::OrChanged), Some(Operation::Decrypt));
                assert_eq!((error.kind(), error.operation()), expected, "{length}");
            }
            assert_eq!(names(directory.path()), before, "{length}");
            let error =
                decrypt_to_file(ctx, ctx.key(Key::Attachment).unwrap(), &mut Cursor::new(&bytes), &out).unwrap_err();
            assert!(matches!(error, BodyError::Stream(_)), "{length}: {error}");
            assert_eq!(names(directory.path()), before, "{length}");
        });
    }
    store.try_context(|ctx| {
        let key = ctx.key(Key::Attachment).unwrap();
        store.lock();
        encrypt_file(ctx, key, &plain, &out).unwrap_err();
        decrypt_file(ctx, key, &body, &out).unwrap_err();
    });
    assert_eq!(names(directory.path()), before);
}

/// The same of type 7, which says how long it is: who cuts it says so there, too.
#[test]
fn what_fails_of_type_7_leaves_nothing() {
    for algorithm in SymmetricAlgorithm::ALL.into_iter().skip(1) {
        let (store, directory) = (store_with(algorithm), tempfile::tempdir().unwrap());
        let [plain, body, bad, out] = ["plain", "body", "bad", "out"].map(|name| directory.path().join(name));
        fs::write(&plain, vec![9; 200_000]).unwrap();
        store.try_context(|ctx| encrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), &plain, &body)).unwrap();
        let whole = fs::read(&body).unwrap();
        let front = whole.len() - 200_016;
        for length in [0, 1, 17, front, front + 16, front + 17, front + 65_552, whole.len() - 1, whole.len()] {
            for told in [false, true] {
                let mut bytes = whole[..length].to_vec();
                if told && length >= front {
                    // The length of the ciphertext: the last four bytes before it.
                    bytes[front - 4..front].copy_from_slice(&u32::try_from(length - front).unwrap().to_be_bytes());
                }
                if length == whole.len() {
                    *bytes.last_mut().unwrap() ^= 1;
                }
                fs::write(&bad, &bytes).unwrap();
                store.try_context(|ctx| {
                    let by_file = decrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), &bad, &out).unwrap_err();
                    let once = decrypt_to_file(ctx, ctx.key(Key::Attachment).unwrap(), &mut Cursor::new(&bytes), &out)
                        .unwrap_err();
                    for error in [by_file, once] {
                        let BodyError::Stream(error) = error else { unreachable!("{error}") };
                        let wrong = error == ErrorKind::WrongKey(WrongKey::OrChanged);
                        let malformed = error == ErrorKind::Malformed(Malformed::Cose);
                        assert_eq!(error.operation(), Some(Operation::Decrypt), "{length}: {error}");
                        let is_whole = length == whole.len() || told && length >= front + 16;
                        assert_eq!((wrong, malformed), (is_whole, !is_whole && length > 1), "{length}: {error}");
                    }
                });
                assert_eq!(names(directory.path()), ["bad", "body", "plain"], "{length}");
            }
        }
    }
}

#[test]
fn inputs_and_outputs_that_cannot_be() {
    let (store, directory) = (store(), tempfile::tempdir().unwrap());
    let [plain, body] = ["plain", "body"].map(|name| directory.path().join(name));
    fs::write(&plain, "text").unwrap();
    store.try_context(|ctx| {
        let error = encrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), &plain, &plain).unwrap_err();
        assert!(matches!(error, BodyError::Exists), "{error}");
        assert_eq!(fs::read(&plain).unwrap(), b"text");
        let error =
            encrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), &body, &directory.path().join("other")).unwrap_err();
        assert!(matches!(error, BodyError::Input(_)), "{error}");
        let error = encrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), &plain, &directory.path().join("no/body"))
            .unwrap_err();
        assert!(matches!(error, BodyError::Output(_)), "{error}");
    });
    assert_eq!(names(directory.path()), ["plain"]);
}

/// A process that is killed while it writes leaves nothing, under any name: until then the file has none.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_is_killed_leaves_nothing() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    const DIRECTORY: &str = "STRONGROOM_TEST_DIRECTORY";
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        // The child: it writes what it is told, which does not end.
        let out = Path::new(&directory).join("body");
        let store = store();
        store
            .try_context(|ctx| encrypt_file(ctx, ctx.key(Key::Attachment).unwrap(), Path::new("/dev/stdin"), &out))
            .unwrap();
        unreachable!("the input ended");
    }
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_process_that_is_killed_leaves_nothing", "--nocapture"])
        .env(DIRECTORY, directory.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe holds and than is encrypted at a time.
    let mut input = child.stdin.take().unwrap();
    input.write_all(&[9; 1 << 20]).unwrap();
    let fds = format!("/proc/{}/fd", child.id());
    let is_ours = |fd: &std::path::PathBuf| {
        fs::read_link(fd).is_ok_and(|path| path.starts_with(directory.path()))
            && fs::metadata(fd).unwrap().len() > 65_536
    };
    let written = || fs::read_dir(&fds).unwrap().map(|fd| fd.unwrap().path()).any(|fd| is_ours(&fd));
    let start = Instant::now();
    while !written() && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(written(), "the control: it has such a file open");
    let meanwhile = names(directory.path());
    child.kill().unwrap();
    child.wait().unwrap();
    if let [name] = &meanwhile[..]
        && name.starts_with(".strongroom-")
    {
        strongroom_testkit::skip!("files here cannot be without a name");
    }
    assert_eq!((meanwhile, names(directory.path())), (vec![], vec![]));
}
