//! Forks, spawns and thieves while secret memory is made: no child gets a page or a descriptor of it, and a process
//! that polls for descriptors fetches none.
#![cfg(target_os = "linux")]
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test"
)]

use std::collections::VecDeque;
use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use strongroom_memory::{Demand, MemoryError, OpenError, Policy, ProtectedBytes, Protection, Refusal, SecretMemory};
use strongroom_testkit::{libc, needs_secret_memory, victim};

fn secret() -> Policy {
    Policy::at_rest(Demand::AtLeast(Protection::Secret))
}

/// What a child has of secret memory, looked for by system calls alone: other threads of the parent may have held any
/// lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Inherited {
    mappings: u64,
    descriptors: u64,
    /// The file of the last mapping, by its inode number.
    file: u64,
}

const NAME: &[u8] = b"/secretmem";

/// What the child says before it has looked, and when it cannot.
const BLIND: Inherited = Inherited { mappings: u64::MAX, descriptors: u64::MAX, file: 0 };

fn look() -> Inherited {
    let Some((mappings, file)) = mappings() else { return BLIND };
    Inherited { mappings, descriptors: descriptors(), file }
}

/// Lines of `/proc/self/maps` that name it, and the number before the name in the last one.
fn mappings() -> Option<(u64, u64)> {
    // SAFETY: the path is a C string.
    let maps = unsafe { libc::open(c"/proc/self/maps".as_ptr(), libc::O_RDONLY) };
    if maps < 0 {
        return None;
    }
    let (mut found, mut file, mut number, mut matched) = (0, 0, 0u64, 0);
    let mut before = 0;
    let mut buffer = [0u8; 4096];
    loop {
        // SAFETY: the buffer is writable for its whole length.
        let got = unsafe { libc::read(maps, buffer.as_mut_ptr().cast(), buffer.len()) };
        let Ok(got @ 1..) = usize::try_from(got) else { break };
        for &byte in &buffer[..got] {
            match byte {
                b'0'..=b'9' if before == b' ' => number = u64::from(byte - b'0'),
                b'0'..=b'9' => number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
                _ => {}
            }
            before = byte;
            matched = if byte == NAME[matched] { matched + 1 } else { usize::from(byte == NAME[0]) };
            if matched == NAME.len() {
                (found, file, matched) = (found + 1, number, 0);
            }
        }
    }
    // SAFETY: the descriptor is ours.
    unsafe { libc::close(maps) };
    Some((found, file))
}

/// Descriptors below 64 that are of a secret file.
fn descriptors() -> u64 {
    let mut found = 0;
    for number in 0..64u8 {
        let mut path = *b"/proc/self/fd/00\0";
        (path[14], path[15]) = (b'0' + number / 10, b'0' + number % 10);
        if number < 10 {
            (path[14], path[15]) = (b'0' + number, 0);
        }
        let Ok(path) = CStr::from_bytes_until_nul(&path) else { return u64::MAX };
        let mut link = [0u8; 64];
        // SAFETY: the path is a C string, the buffer writable for its whole length.
        let len = unsafe { libc::readlink(path.as_ptr(), link.as_mut_ptr().cast(), link.len()) };
        if usize::try_from(len).is_ok_and(|len| link[..len].windows(NAME.len()).any(|part| part == NAME)) {
            found += 1;
        }
    }
    found
}

/// How a child is made.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// By the C library, which runs the handlers of forks.
    Fork,
    /// By the system call alone, as `vfork` and `posix_spawn` copy descriptors: with the memory copied too, so that
    /// this test can go on looking.
    Clone,
}

/// Makes a child that looks, and tells what it saw.
fn child(way: Way) -> Inherited {
    let shared = SharedAnswer::new();
    let pid = match way {
        // SAFETY: the child makes system calls only, and leaves by `_exit`.
        Way::Fork => unsafe { libc::fork() },
        // SAFETY: as above.
        Way::Clone => unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as libc::pid_t },
    };
    match pid {
        -1 => panic!("{way:?}: {}", std::io::Error::last_os_error()),
        0 => {
            shared.put(look());
            // SAFETY: takes a number and does not return.
            unsafe { libc::_exit(0) }
        }
        child => {
            let mut status = 0;
            // SAFETY: the status is writable.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0, "the child ended by itself");
            shared.take()
        }
    }
}

/// Three numbers on a page that parent and child share.
struct SharedAnswer(&'static [AtomicU64; 3]);

impl SharedAnswer {
    fn new() -> Self {
        static PAGE: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
        let page = PAGE.get_or_init(|| {
            let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
            // SAFETY: a mapping at an address that the kernel chooses replaces nothing.
            let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, access, flags, -1, 0) };
            assert_ne!(page, libc::MAP_FAILED);
            page.expose_provenance()
        });
        // SAFETY: the page is zeroed and never unmapped.
        let answer = Self(unsafe { &*std::ptr::with_exposed_provenance(*page) });
        answer.put(BLIND);
        answer
    }

    fn put(&self, seen: Inherited) {
        for (place, number) in self.0.iter().zip([seen.mappings, seen.descriptors, seen.file]) {
            place.store(number, Ordering::SeqCst);
        }
    }

    fn take(&self) -> Inherited {
        let [mappings, descriptors, file] = self.0.each_ref().map(|place| place.load(Ordering::SeqCst));
        Inherited { mappings, descriptors, file }
    }
}

const NOTHING: Inherited = Inherited { mappings: 0, descriptors: 0, file: 0 };

/// A secret file's descriptor and a mapping of it, made as a program would that knows nothing of forks.
fn made_by_hand() -> (libc::c_int, *mut libc::c_void) {
    // SAFETY: the call takes one number.
    let fd = unsafe { libc::syscall(libc::SYS_memfd_secret, 0) } as i32;
    assert!(fd >= 0);
    // SAFETY: the descriptor was just made.
    assert_eq!(unsafe { libc::ftruncate(fd, 4096) }, 0);
    // SAFETY: a mapping at an address that the kernel chooses replaces nothing.
    let at = unsafe { libc::mmap(std::ptr::null_mut(), 4096, libc::PROT_READ, libc::MAP_SHARED, fd, 0) };
    assert_ne!(at, libc::MAP_FAILED, "{}", std::io::Error::last_os_error());
    (fd, at)
}

#[test]
fn the_look_finds_what_a_child_inherits() {
    needs_secret_memory!();
    victim!()
        .run(|| {
            assert_eq!(child(Way::Fork), NOTHING);
            made_by_hand();
            for way in [Way::Fork, Way::Clone] {
                let seen = child(way);
                assert_eq!((seen.mappings, seen.descriptors), (1, 1), "{way:?}");
                assert!(is_mapped_here(seen.file), "{way:?}: {seen:?}");
                assert!(!is_mapped_here(seen.file + 1_000_000));
            }
        })
        .assert_exit(0);
}

/// Whether this process maps a secret file of this inode number.
fn is_mapped_here(file: u64) -> bool {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let number = file.to_string();
    maps.lines().any(|line| line.contains("/secretmem") && line.split_whitespace().nth(4) == Some(&number))
}

static STOP: AtomicBool = AtomicBool::new(false);
static MADE: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);

/// Opens stores one after another, each with a secret in it, until told to stop. Some of the last stay open, so that a
/// mapping of theirs that a child has too is still there.
fn make_over_and_over() {
    let mut open = VecDeque::new();
    while !STOP.load(Ordering::Relaxed) {
        match SecretMemory::open(secret()) {
            Ok(memory) => match ProtectedBytes::copy_from(&memory, &[0x5a; 4000]) {
                Ok(bytes) => {
                    MADE.fetch_add(1, Ordering::Relaxed);
                    open.push_back((memory, bytes));
                }
                Err(MemoryError::Refused(refusal)) => refused(refusal),
                Err(other) => panic!("{other}"),
            },
            Err(OpenError::AtRest { refusals, .. }) => refused(refusals[0]),
            Err(other) => panic!("{other}"),
        };
        if open.len() > 50 {
            open.pop_front();
        }
    }
}

fn refused(refusal: Refusal) {
    assert_eq!(refusal.call, strongroom_memory::Call::Forks, "{refusal}");
    REFUSED.fetch_add(1, Ordering::Relaxed);
}

/// What children had in sum.
#[derive(PartialEq, Eq, Debug, Default)]
struct Sum {
    /// Mappings that the parent went on to use.
    kept: u64,
    descriptors: u64,
}

/// Makes `count` children beside a thread that makes secret memory.
fn children_beside_mappings(way: Way, count: u32) -> Sum {
    let (mut sum, mut thrown_away) = (Sum::default(), 0);
    std::thread::scope(|threads| {
        let maker = threads.spawn(make_over_and_over);
        let forker = threads.spawn(|| {
            for _ in 0..count {
                let seen = child(way);
                assert_ne!(seen.mappings, BLIND.mappings, "the child could look");
                sum.descriptors += seen.descriptors;
                // A mapping that was being made is thrown away in a moment, and nothing was ever stored in it.
                let is_kept = seen.mappings > 0 && is_mapped_here(seen.file) && {
                    std::thread::sleep(Duration::from_millis(50));
                    is_mapped_here(seen.file)
                };
                sum.kept += u64::from(is_kept);
                thrown_away += seen.mappings - u64::from(is_kept);
            }
        });
        let done = forker.join();
        STOP.store(true, Ordering::Relaxed);
        assert!(done.is_ok() && maker.join().is_ok());
    });
    println!("{MADE:?} made, {REFUSED:?} refused; {count} children by {way:?}: {sum:?}, thrown away: {thrown_away}");
    assert!(MADE.load(Ordering::Relaxed) > 0, "the mapping thread came to its turn");
    sum
}

#[test]
fn no_forked_child_gets_a_page_or_a_descriptor() {
    needs_secret_memory!();
    let outcome = victim!().run(|| assert_eq!(children_beside_mappings(Way::Fork, 3000), Sum::default()));
    outcome.assert_exit(0);
    eprint!("{}", outcome.stdout);
}

/// The bare system call runs no handler. Of copied memory the test has the control for the one above: a child made so
/// may get a page in that instant, see SECURITY.md.
#[test]
fn no_child_gets_a_descriptor_however_it_was_made() {
    needs_secret_memory!();
    let outcome = victim!().run(|| {
        let mut kept = 0;
        for _ in 0..20 {
            STOP.store(false, Ordering::Relaxed);
            let sum = children_beside_mappings(Way::Clone, 1000);
            assert_eq!(sum.descriptors, 0);
            kept += sum.kept;
            if kept > 0 {
                break;
            }
        }
        assert!(kept > 0, "the look finds a mapping that the parent goes on to use");
    });
    outcome.assert_exit(0);
    eprint!("{}", outcome.stdout);
}

/// Tries for a second to fetch descriptors of the parent, as who may attach with ptrace can: how many were of secret
/// files.
fn fetch_from(parent: libc::pid_t) -> u8 {
    // SAFETY: the call takes two numbers.
    let process = unsafe { libc::syscall(libc::SYS_pidfd_open, parent, 0) };
    let (mut fetched, start) = (0u8, Instant::now());
    while start.elapsed() < Duration::from_secs(1) {
        for number in 0..12 {
            // SAFETY: the call takes three numbers.
            let copy = unsafe { libc::syscall(libc::SYS_pidfd_getfd, process, number, 0) } as libc::c_int;
            if copy < 0 {
                continue;
            }
            let name = std::fs::read_link(format!("/proc/self/fd/{copy}")).unwrap();
            fetched = fetched.saturating_add(u8::from(name.to_string_lossy().contains("secretmem")));
            // SAFETY: the descriptor is ours.
            unsafe { libc::close(copy) };
        }
    }
    fetched
}

/// What a child fetches from this process while it does `work` over and over.
fn fetched_while(work: impl Fn()) -> u8 {
    let parent = libc::pid_t::try_from(std::process::id()).unwrap();
    // SAFETY: this process has one thread that does anything, so the child may use what it likes.
    let thief = unsafe { libc::fork() };
    if thief == 0 {
        let fetched = fetch_from(parent);
        // SAFETY: takes a number and does not return.
        unsafe { libc::_exit(fetched.into()) }
    }
    let mut status = 0;
    loop {
        // SAFETY: the status is writable.
        let ended = unsafe { libc::waitpid(thief, &raw mut status, libc::WNOHANG) };
        if ended == thief {
            assert!(libc::WIFEXITED(status));
            return u8::try_from(libc::WEXITSTATUS(status)).unwrap();
        }
        work();
    }
}

#[test]
fn a_process_that_polls_fetches_no_descriptor() {
    needs_secret_memory!();
    let outcome = victim!().run(|| {
        let by_hand = fetched_while(|| {
            let (file, at) = made_by_hand();
            // A fast machine does this so often that a mapping left behind each time would reach the limit.
            // SAFETY: the mapping is ours, and nothing refers to it.
            assert_eq!(unsafe { libc::munmap(at, 4096) }, 0);
            // SAFETY: the descriptor is ours.
            unsafe { libc::close(file) };
        });
        let ours = fetched_while(|| drop(SecretMemory::open(secret()).unwrap()));
        println!("fetched: {by_hand} made by hand, {ours} of ours");
        assert!(by_hand > 0, "the control");
        assert_eq!(ours, 0);
    });
    outcome.assert_exit(0);
    eprint!("{}", outcome.stdout);
}
