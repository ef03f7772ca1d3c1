use super::*;
use crate::pass::Status;
use crate::protection::Policy;
use std::cell::Cell;
use std::os::fd::AsFd;

fn memory() -> SecretMemory {
    SecretMemory::open(Policy::best_available()).unwrap()
}

#[test]
fn a_box_shows_its_value_inside_and_nothing_outside() {
    let memory = memory();
    let secret = SecretBox::make(&memory, |_, seed: u8| [seed; 32], 0x41).unwrap();
    assert_eq!(format!("{secret:?}"), "SecretBox(..)");
    let seen = memory.scope(|inside, secret: &SecretBox<[u8; 32]>| **secret.expose(inside), &secret).unwrap();
    assert_eq!(seen, [0x41; 32]);
}

#[test]
fn a_maker_that_says_no_leaves_nothing_behind() {
    let memory = memory();
    let before = memory.usage().secrets;
    let error = SecretBox::<u64>::try_make(&memory, |_, code: u8| Err(Status(code)), 9).unwrap_err();
    assert_eq!(error, MakeError::Failed(Status(9)));
    assert_eq!(memory.usage().secrets, before);
}

#[test]
fn a_maker_that_panics_leaves_nothing_behind_and_no_message() {
    let memory = memory();
    let before = memory.usage().secrets;
    let error = SecretBox::<u64>::make(&memory, |_, ()| panic!("quoting a secret"), ()).unwrap_err();
    assert_eq!(error, MemoryError::Panicked);
    assert!(!format!("{error} {error:?}").contains("quoting"));
    assert_eq!(memory.usage().secrets, before);
}

#[test]
fn bytes_are_made_in_place_and_as_long_as_their_maker_says() {
    let memory = memory();
    let make = |most: usize, write: u8| {
        ProtectedBytes::try_make(
            &memory,
            most,
            |inside, write: u8, out| {
                let len = out.len();
                out.fill(write);
                let _ = inside;
                if write == 0 { Err(Status(7)) } else { Ok(len + usize::from(write) - 2) }
            },
            write,
        )
    };
    let before = memory.usage().secrets;
    let secret = make(100, 1).unwrap();
    assert_eq!((secret.len(), secret.is_empty()), (99, false));
    let same = memory.scope(|inside, secret: &ProtectedBytes| **secret.expose(inside) == [1; 99], &secret).unwrap();
    assert!(same);
    let too_large = MemoryError::TooLarge { asked: 107, most: 100 };
    assert_eq!(make(100, 9).unwrap_err(), MakeError::Memory(too_large), "no more than it was given");
    assert_eq!(make(ProtectedBytes::MAX, 1).unwrap().len(), ProtectedBytes::MAX - 1);
    drop(secret);
    assert_eq!(make(100, 0).unwrap_err(), MakeError::Failed(Status(7)));
    let too_large = MemoryError::TooLarge { asked: ProtectedBytes::MAX + 1, most: ProtectedBytes::MAX };
    assert_eq!(make(ProtectedBytes::MAX + 1, 1).unwrap_err(), MakeError::Memory(too_large));
    assert_eq!(memory.usage().secrets, before);
}

struct Noisy([u8; 64]);
thread_local! {
    static DROPPED: Cell<u32> = const { Cell::new(0) };
}
impl NoHeap for Noisy {}
impl Drop for Noisy {
    fn drop(&mut self) {
        DROPPED.set(DROPPED.get() + u32::from(self.0[0]));
    }
}

#[test]
fn the_value_is_erased_and_not_dropped() {
    let memory = memory();
    let make = || SecretBox::make(&memory, |_, ()| Noisy([1; 64]), ()).unwrap();
    let (secret, _keeps_the_page) = (make(), make());
    let at = secret.slot.at().cast::<[u8; 64]>();
    // SAFETY: the slot holds the value.
    assert_eq!(unsafe { at.read() }, [1; 64]);
    drop(secret);
    assert_eq!(DROPPED.get(), 0);
    // SAFETY: the page is mapped as long as another slot of it is taken.
    assert_eq!(unsafe { at.read() }, [0; 64]);
}

#[test]
fn boxes_and_bytes_compare_in_constant_time() {
    let memory = memory();
    let make = |seed: u8| SecretBox::make(&memory, |_, seed: u8| [seed; 64], seed).unwrap();
    type Key = SecretBox<[u8; 64]>;
    let same = |one: Key, two: Key| {
        memory.scope(|inside, (one, two): (&Key, &Key)| one.equals(two, inside), (&one, &two)).unwrap()
    };
    assert!(same(make(1), make(1)));
    assert!(!same(make(1), make(2)));
    let same = |one: &str, two: &str| {
        let copy = |text: &str| ProtectedBytes::copy_from(&memory, text.as_bytes()).unwrap();
        let equal = |inside: &ScopeToken<'_>, (one, two): (&ProtectedBytes, &ProtectedBytes)| one.equals(two, inside);
        memory.scope(equal, (&copy(one), &copy(two))).unwrap()
    };
    assert!(same("one", "one"));
    assert!(!same("one", "two"));
    assert!(!same("one", "on"));
}

#[test]
fn bytes_of_every_length_come_back() {
    let memory = memory();
    for len in [0, 1, 63, 64, 65, 640, 4095] {
        let text = vec![b'x'; len];
        let secret = ProtectedBytes::copy_from(&memory, &text).unwrap();
        assert_eq!((secret.len(), secret.is_empty()), (len, len == 0));
        let mut out = vec![0; len];
        let input = (&secret, &mut out[..]);
        memory
            .scope(
                |inside, (secret, out): (&ProtectedBytes, &mut [u8])| out.copy_from_slice(secret.expose(inside)),
                input,
            )
            .unwrap();
        assert_eq!(out, text);
    }
    let error = ProtectedBytes::copy_from(&memory, &[0; 4096]).unwrap_err();
    assert_eq!(error, MemoryError::TooLarge { asked: 4096, most: 4095 });
}

#[cfg(unix)]
mod descriptors {
    use super::*;
    use std::io::{Read, Write, pipe};
    use std::os::fd::AsFd;

    fn shown(memory: &SecretMemory, secret: &ProtectedBytes) -> Vec<u8> {
        let mut out = vec![0; secret.len()];
        let show = |inside: &ScopeToken<'_>, (secret, out): (&ProtectedBytes, &mut [u8])| {
            out.copy_from_slice(secret.expose(inside))
        };
        memory.scope(show, (secret, &mut out[..])).unwrap();
        out
    }

    #[test]
    fn a_descriptor_is_read_to_its_end_in_pieces() {
        let memory = memory();
        let (reader, mut writer) = pipe().unwrap();
        let thread = std::thread::spawn(move || {
            for piece in ["open ", "sesame", "\r\n"] {
                writer.write_all(piece.as_bytes()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        let mut secret = ProtectedBytes::read_to_end(&memory, reader.as_fd()).unwrap();
        thread.join().unwrap();
        assert_eq!(shown(&memory, &secret), b"open sesame\r\n");
        secret.strip_trailing_newline();
        assert_eq!(shown(&memory, &secret), b"open sesame");
        secret.strip_trailing_newline();
        assert_eq!(secret.len(), 11);
    }

    #[test]
    fn one_newline_is_stripped_and_no_more() {
        let memory = memory();
        for (text, left) in [("a\n\n", "a\n"), ("a\r\n", "a"), ("\n", ""), ("", ""), ("a\r", "a\r"), ("a\n ", "a\n ")] {
            let mut secret = ProtectedBytes::copy_from(&memory, text.as_bytes()).unwrap();
            secret.strip_trailing_newline();
            assert_eq!(shown(&memory, &secret), left.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn what_stands_around_a_text_is_told_and_stays() {
        let memory = memory();
        // A mark, UTF-16, white space.
        for (text, mark, wide, space) in [
            (&b""[..], false, false, false),
            (b"a", false, false, false),
            (b"a b", false, false, false),
            (b"\xef\xbb\xbf", true, false, false),
            (b"\xef\xbb\xbfa ", true, false, true),
            (b"a\xef\xbb\xbf", false, false, false),
            (b"\xef\xbb", false, false, false),
            (b"\xff\xfea\0", false, true, false),
            (b"\xfe\xff\0a", false, true, false),
            (b"a\0b\0", false, true, false),
            (b"\0a", false, true, false),
            (b"\0\0", false, false, false),
            (b"ab\0", false, false, false),
            (b" a", false, false, true),
            (b"a\t", false, false, true),
            (b"a\r", false, false, true),
            (b"\n", false, false, true),
        ] {
            let secret = ProtectedBytes::copy_from(&memory, text).unwrap();
            let told = (secret.has_byte_order_mark(), secret.looks_like_utf16(), secret.has_outer_white_space());
            assert_eq!(told, (mark, wide, space), "{text:?}");
            assert_eq!(shown(&memory, &secret), text);
        }
    }

    #[test]
    fn a_line_is_read_and_not_a_byte_more() {
        let memory = memory();
        let (mut reader, mut writer) = pipe().unwrap();
        writer.write_all(b"first\nsecond").unwrap();
        drop(writer);
        let secret = ProtectedBytes::read_line(&memory, reader.as_fd()).unwrap();
        assert_eq!(shown(&memory, &secret), b"first");
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "second");
        assert!(ProtectedBytes::read_line(&memory, reader.as_fd()).unwrap().is_empty());
    }

    #[test]
    fn a_secret_that_is_too_long_is_refused_at_its_first_byte_too_many() {
        let memory = memory();
        let before = memory.usage().secrets;
        for (len, fits) in [(4095, true), (4096, false), (10_000, false)] {
            let (reader, mut writer) = pipe().unwrap();
            writer.write_all(&vec![b'k'; len]).unwrap();
            drop(writer);
            match ProtectedBytes::read_to_end(&memory, reader.as_fd()) {
                Ok(secret) => assert!(fits && secret.len() == len, "{len}"),
                Err(ReadError::TooLong { most: 4095 }) => assert!(!fits, "{len}"),
                Err(error) => panic!("{len}: {error}"),
            }
        }
        assert_eq!(memory.usage().secrets, before);
    }

    #[test]
    fn a_descriptor_that_cannot_be_read_is_an_error() {
        let memory = memory();
        let folder = std::fs::File::open("/").unwrap();
        let error = ProtectedBytes::read_to_end(&memory, folder.as_fd()).unwrap_err();
        assert!(matches!(error, ReadError::Io(_)), "{error}");
    }
}

/// Broken here on purpose: no caller reaches these states.
#[test]
fn a_broken_invariant_is_named_and_no_shorter_secret() {
    let memory = memory();
    let internal = |invariant| MemoryError::Internal { invariant };
    assert_eq!(
        Place::<u64>::new(&memory).unwrap().into_box().unwrap_err(),
        internal("an operation that returned has filled its place")
    );
    let (from, to) = std::io::pipe().unwrap();
    drop(to);
    let mut end = ProtectedBytes { slot: memory.pool().take(64).unwrap(), len: 63 };
    assert_eq!(end.read_more(from.as_fd(), 1).unwrap(), 0, "the control: the end of the pipe");
    let mut secret = ProtectedBytes { slot: memory.pool().take(64).unwrap(), len: 64 };
    let Err(ReadError::Memory(error)) = secret.read_more(from.as_fd(), 1) else { panic!("taken for the end") };
    assert_eq!(error, internal("a slot is at least as long as what was asked for"));
}
