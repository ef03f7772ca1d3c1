//! The kit tried on itself: what it reports about victims is what happened to them.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{Write as _, stdout},
    panic::catch_unwind,
    process::exit,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use strongroom_testkit::secret_memory::{self, Page};
use strongroom_testkit::storm::Storm;
use strongroom_testkit::{
    End, Limit, Victim, area::Area, filter, fork, is_victim, libc, limit, needs_secret_memory, skip, stall, victim,
};

/// The lines of /proc/self/status that begin with one of these words.
fn status(word: &str) -> String {
    let all = fs::read_to_string("/proc/self/status").unwrap();
    all.lines().find_map(|line| line.strip_prefix(word)).unwrap().trim().to_owned()
}

/// Maps `bytes` and locks them: 0 or an errno.
fn lock_pages(bytes: usize) -> i32 {
    // SAFETY: a fresh anonymous mapping at an address of the kernel's choice.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    assert_ne!(start, libc::MAP_FAILED);
    // SAFETY: the mapping just made, whole; nobody unmaps it.
    let result = unsafe { libc::mlock(start, bytes) };
    if result == 0 { 0 } else { errno() }
}

fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap()
}

fn memfd_secret() -> i32 {
    // SAFETY: takes a plain flag and makes a descriptor.
    let result = unsafe { libc::syscall(libc::SYS_memfd_secret, 0) };
    if result < 0 { errno() } else { 0 }
}

#[test]
fn a_victim_ends_as_its_closure_does() {
    let outcome = victim!().named("returns").run(|| println!("to stdout"));
    outcome.assert_exit(0);
    assert_eq!(outcome.stdout, "to stdout\n");
    assert_eq!(outcome.stderr, "");

    let outcome = victim!().named("exits").run(|| {
        eprintln!("to stderr");
        exit(7)
    });
    outcome.assert_exit(7);
    assert_eq!(outcome.stdout, "");
    assert_eq!(outcome.stderr, "to stderr\n");

    let outcome = victim!().named("panics").run(|| panic!("for a reason"));
    outcome.assert_exit(101);
    assert!(outcome.stderr.contains("for a reason"), "{}", outcome.stderr);

    let outcome = victim!().named("aborts").run(|| std::process::abort());
    outcome.assert_signal(libc::SIGABRT);
    assert_eq!(outcome.end.to_string(), "SIGABRT");
}

#[test]
fn a_victim_dies_of_a_forbidden_page() {
    let outcome = victim!().run(|| {
        // SAFETY: a fresh anonymous mapping without any right.
        let start = unsafe {
            libc::mmap(std::ptr::null_mut(), 4096, libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
        };
        // SAFETY: none: the read faults, and that is the point.
        println!("{}", unsafe { start.cast::<u8>().read_volatile() });
    });
    outcome.assert_signal(libc::SIGSEGV);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_child_gets_past_the_earlier_victims_with_their_outcomes() {
    static BODIES_RUN: AtomicU32 = AtomicU32::new(0);
    for (name, code) in [("first", 3), ("second", 4), ("third", 5)] {
        let outcome = victim!().named(name).run(|| {
            println!("{}", BODIES_RUN.fetch_add(1, Ordering::Relaxed));
            exit(code)
        });
        outcome.assert_exit(code);
        assert_eq!(outcome.stdout, "0\n", "only its own body runs in a child");
    }
    assert_eq!(BODIES_RUN.load(Ordering::Relaxed), 0, "no body runs in the parent");
}

#[test]
fn a_victim_leaves_no_core() {
    let outcome = victim!().run(|| {
        let limits = fs::read_to_string("/proc/self/limits").unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"]);
    });
    outcome.assert_exit(0);
}

fn message(body: impl FnOnce() + std::panic::UnwindSafe) -> String {
    *catch_unwind(body).unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn a_victim_that_is_never_reached_is_told() {
    let message = message(|| drop(Victim::of("no::such_test").run(|| {})));
    assert!(message.contains("before it reached it; is \"no::such_test\""), "{message}");
}

#[test]
fn a_victim_that_hangs_is_killed() {
    let victim = victim!().deadline(Duration::from_millis(500));
    let message = message(|| {
        drop(victim.run(|| {
            println!("so far");
            thread::sleep(Duration::from_secs(600));
        }))
    });
    assert!(message.contains("was killed after 500ms"), "{message}");
    assert!(message.contains("so far\n"), "{message}");
}

#[test]
fn two_victims_of_one_name_are_told() {
    victim!().named("twin").run(|| {}).assert_exit(0);
    let message = message(|| drop(victim!().named("twin").run(|| {})));
    assert!(message.contains("two victims named \"twin\""), "{message}");
}

#[test]
fn a_victim_that_should_have_died_fails_its_test() {
    let outcome = victim!().run(|| println!("alive"));
    let message = message(move || outcome.assert_signal(libc::SIGSEGV));
    assert!(message.starts_with("the victim ended by exit code 0, not by SIGSEGV\n"), "{message}");
    assert!(message.contains("alive"), "{message}");
}

#[test]
fn what_would_strike_other_tests_is_refused_outside_a_victim() {
    let misuses: [fn(); 5] = [
        || limit::set(Limit::OpenFiles, 64),
        || filter::deny_syscall(libc::SYS_mlock, libc::EPERM),
        || filter::deny_syscall_with(libc::SYS_mlock, 0, libc::EPERM),
        || filter::kill_on_syscall(libc::SYS_mlock),
        || _ = fork::child(|| 0),
    ];
    for misuse in misuses {
        let message = message(misuse);
        assert!(message.ends_with("only inside a victim: it would strike every test of this process"), "{message}");
    }
    assert_eq!(lock_pages(4096), 0, "the filters were not installed");
}

#[test]
fn an_unprivileged_victim_is_an_ordinary_process_of_an_ordinary_user() {
    let outcome = victim!().unprivileged().run(|| {
        let ids = |line: String| line.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<u32>>();
        let (users, groups) = (ids(status("Uid:")), ids(status("Gid:")));
        assert!(users.iter().chain(&groups).all(|&id| id != 0), "{users:?} {groups:?}");
        for set in ["CapPrm:", "CapEff:", "CapAmb:"] {
            assert_eq!(status(set), "0000000000000000", "{set}");
        }
        // Readable only if the process is dumpable, as one that changed its user in place is not.
        assert!(fs::read_to_string("/proc/self/smaps").unwrap().contains("Locked:"));
        fs::File::open("/proc/self/mem").unwrap();
        assert!(fs::read_to_string("/proc/self/maps").unwrap().contains("[stack]"));
    });
    outcome.assert_exit(0);
}

#[test]
fn an_unprivileged_victim_starts_from_where_only_root_may_read() {
    use std::io::Write as _;
    // SAFETY: asks for a number.
    if unsafe { libc::geteuid() } != 0 {
        // No `skip!`, which CI forbids: no machine lets an ordinary user do it, and root does.
        writeln!(std::io::stderr(), "SKIPPED {}: for root alone", strongroom_testkit::test_path!()).unwrap();
        return;
    }
    let place = tempfile::tempdir().unwrap(); // mode 0700
    let copy = place.path().join("kit");
    // By another process: what this one holds open for writing, a child of another test's may hold open too, and then
    // it cannot be executed.
    let copied = std::process::Command::new("install")
        .args(["-m", "700"])
        .arg(std::env::current_exe().unwrap())
        .arg(&copy)
        .status();
    assert!(copied.unwrap().success());
    let run = std::process::Command::new(&copy)
        .args(["--exact", "an_unprivileged_victim_is_an_ordinary_process_of_an_ordinary_user"])
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&run.stdout);
    assert!(stdout.contains("test result: ok. 1 passed"), "{stdout}");
}

#[test]
fn an_unprivileged_victim_feels_the_limit_of_locked_memory() {
    const LIMIT: u64 = 64 * 1024;
    let before_exec = victim!().named("before exec").unprivileged().limit(Limit::LockedMemory, LIMIT);
    let outcome = before_exec.run(|| {
        assert_eq!(lock_pages(128 * 1024), libc::ENOMEM);
        assert_eq!(lock_pages(32 * 1024), 0, "within the limit");
    });
    outcome.assert_exit(0);

    let outcome = victim!().named("by itself").unprivileged().run(|| {
        limit::set(Limit::LockedMemory, 0);
        assert_eq!(lock_pages(4096), libc::EPERM, "a limit of 0 is a prohibition");
    });
    outcome.assert_exit(0);
}

#[test]
fn secret_memory_is_had_up_to_the_limit() {
    needs_secret_memory!();
    let outcome = victim!().unprivileged().limit(Limit::LockedMemory, 64 * 1024).run(|| {
        match secret_memory::binds(64 * 1024) {
            Ok(()) => {}
            Err(reason) => return println!("no test: {reason}"),
        }
        let areas = || Area::all().into_iter().filter(Area::is_secret).count();
        assert_eq!(areas(), 0, "all was given back");
        let held = Page::take_many(10);
        assert_eq!((held.len(), areas()), (10, 10));
        let more = Page::take_many(10);
        assert_eq!(more.len(), 6, "16 pages are the limit");
        assert!(Page::take().is_err());
        assert!(secret_memory::binds(64 * 1024).is_err_and(|reason| reason.starts_with("other processes")));
        drop(held);
        assert_eq!(areas(), 6);
        assert_eq!(Page::take_many(20).len(), 10);
    });
    outcome.assert_exit(0);
    if let Some(reason) = outcome.stdout.trim_end().strip_prefix("no test: ") {
        skip!("{reason}");
    }
    // The control: with room for more than is asked for nothing binds.
    let outcome = victim!().named("control").run(|| {
        let reason = secret_memory::binds(64 * 1024).unwrap_err();
        assert!(reason.starts_with("this kernel does not count"), "{reason}");
    });
    outcome.assert_exit(0);
}

/// Kernels count secret memory for the user: where victims can be users of their own, one takes no room from another.
#[test]
fn unprivileged_victims_are_users_of_their_own() {
    // SAFETY: asks for a number.
    if unsafe { libc::geteuid() } != 0 && !is_victim() {
        skip!("not root, so all victims are of one user");
    }
    let user = |name| {
        let outcome = victim!().named(name).unprivileged().run(|| println!("{}", status("Uid:")));
        outcome.assert_exit(0);
        outcome.stdout
    };
    assert_ne!(user("one"), user("other"));
}

#[test]
fn a_victim_runs_out_of_descriptors() {
    let outcome = victim!().limit(Limit::OpenFiles, 16).run(|| {
        let mut files = Vec::new();
        let error = loop {
            match fs::File::open("/dev/null") {
                Ok(file) => files.push(file),
                Err(error) => break error,
            }
        };
        assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
        assert!(files.len() < 16);
    });
    outcome.assert_exit(0);
}

#[test]
fn a_filtered_call_fails_as_asked_on_every_thread() {
    let outcome = victim!().run(|| {
        assert_eq!(lock_pages(4096), 0, "the control: the call works before the filter");
        let (ready, start) = std::sync::mpsc::channel();
        let older = thread::spawn(move || {
            start.recv().unwrap();
            lock_pages(4096)
        });
        filter::deny_syscall(libc::SYS_mlock, libc::EPERM);
        filter::deny_syscall(libc::SYS_memfd_secret, libc::ENOSYS);
        assert_eq!(lock_pages(4096), libc::EPERM);
        assert_eq!(memfd_secret(), libc::ENOSYS);
        ready.send(()).unwrap();
        assert_eq!(older.join().unwrap(), libc::EPERM, "a thread older than the filter");
    });
    outcome.assert_exit(0);
}

#[test]
fn a_call_is_denied_for_one_first_argument_alone() {
    let outcome = victim!().run(|| {
        // SAFETY: an option without pointers, and one that there is not.
        let get = |option| unsafe { libc::prctl(option, 0, 0, 0, 0) };
        filter::deny_syscall_with(libc::SYS_prctl, libc::PR_GET_DUMPABLE, libc::EXDEV);
        assert_eq!((get(libc::PR_GET_DUMPABLE), errno()), (-1, libc::EXDEV));
        assert_eq!(get(libc::PR_GET_NO_NEW_PRIVS), 1, "another argument");
    });
    outcome.assert_exit(0);
}

#[test]
fn a_storm_comes_to_every_other_thread_while_it_lasts() {
    let outcome = victim!().run(|| {
        let storm = Storm::begin();
        let worker = thread::spawn(|| thread::sleep(Duration::from_secs(1)));
        while storm.count() < 2000 {
            thread::yield_now();
        }
        worker.join().unwrap();
        drop(storm);
        // What is under way arrives.
        thread::sleep(Duration::from_millis(20));
        let count = Storm::begin().count();
        assert!(count >= 2000, "{count}");
    });
    outcome.assert_exit(0);
}

#[test]
fn a_forbidden_call_kills() {
    let outcome = victim!().run(|| {
        filter::kill_on_syscall(libc::SYS_memfd_secret);
        println!("other calls go on");
        stdout().flush().unwrap();
        memfd_secret();
        println!("never");
    });
    outcome.assert_signal(libc::SIGSYS);
    assert_eq!(outcome.stdout, "other calls go on\n");
}

#[test]
fn a_forked_child_tells_how_it_ended() {
    let outcome = victim!().run(|| {
        let mine = std::process::id();
        assert_eq!(fork::child(|| 9), End::Exit(9));
        assert_eq!(fork::child(|| u8::from(std::process::id() == mine)), End::Exit(0));
        assert_eq!(fork::child(|| panic!("in the child")), End::Exit(101));
        assert_eq!(fork::child(|| std::process::abort()), End::Signal(libc::SIGABRT));
        assert_eq!(fork::child(|| status("Threads:").parse().unwrap()), End::Exit(1));
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let other = thread::spawn(move || stopped.recv());
        let threads: u8 = status("Threads:").parse().unwrap();
        assert!(threads >= 2);
        assert_eq!(
            fork::child(|| status("Threads:").parse().unwrap()),
            End::Exit(1),
            "other threads do not exist there"
        );
        drop(stop);
        other.join().unwrap().unwrap_err();
        println!("the parent lives");
    });
    outcome.assert_exit(0);
    assert_eq!(outcome.stdout, "the parent lives\n");
}

#[test]
fn a_skip_is_heard_or_fails() {
    let outcome = victim!().named("heard").env("STRONGROOM_NO_SKIP", "0").run(|| {
        fn needs_a_moon() {
            skip!("there is no {}", "moon");
        }
        needs_a_moon();
    });
    outcome.assert_exit(0);
    let line = "SKIPPED a_skip_is_heard_or_fails::{{closure}}::needs_a_moon: there is no moon\n";
    assert_eq!(outcome.stderr, line);

    let outcome = victim!().named("fails").env("STRONGROOM_NO_SKIP", "1").run(|| {
        skip!("there is no moon");
    });
    outcome.assert_exit(101);
    assert!(outcome.stderr.contains("cannot run on this machine: there is no moon"), "{}", outcome.stderr);
}

mod nested {
    use super::*;

    #[test]
    fn the_path_of_a_test_in_a_module_is_found() {
        assert_eq!(strongroom_testkit::test_path!(), "nested::the_path_of_a_test_in_a_module_is_found");
        victim!().run(|| exit(7)).assert_exit(7);
    }
}

#[test]
fn a_thread_stands_still_until_it_is_let_go() {
    let outcome = victim!().run(|| {
        let (count, ends) = (AtomicU32::new(0), AtomicU32::new(0));
        let (count, ends) = (&count, &ends);
        let moves = || {
            let before = count.load(Ordering::SeqCst);
            thread::sleep(Duration::from_millis(50));
            count.load(Ordering::SeqCst) != before
        };
        let (this, other) = std::sync::mpsc::channel();
        thread::scope(|threads| {
            let counting = threads.spawn(move || {
                this.send(stall::Thread::this()).unwrap();
                while ends.load(Ordering::SeqCst) == 0 {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
            let other = other.recv().unwrap();
            assert!(moves());
            for _ in 0..3 {
                let stalled = other.stall().unwrap();
                assert!(!moves());
                drop(stalled);
                assert!(moves());
            }
            ends.store(1, Ordering::SeqCst);
            counting.join().unwrap();
            // The thread is joined when its work has ended, which is before it is gone.
            while other.stall().is_some() {}
        });
    });
    outcome.assert_exit(0);
}
