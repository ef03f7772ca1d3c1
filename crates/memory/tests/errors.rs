//! What each error says, and what it advises.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use strongroom_memory::{
    Call, Demand, EnterError, MakeError, MemoryError, OpenError, Policy, Protection, RandomError, ReadError, Refusal,
};
use strongroom_testkit::libc;

const CALLS: [Call; 15] = [
    Call::MemfdSecret,
    Call::Ftruncate,
    Call::MmapSecret,
    Call::Mmap,
    Call::Mprotect,
    Call::DontFork,
    Call::DontDump,
    Call::Mlock,
    Call::Random,
    Call::SetDumpable,
    Call::SetCoreLimit,
    Call::SignalStack,
    Call::SignalAction,
    Call::Unsupported,
    Call::Verification,
];

fn refusal(call: Call, errno: i32) -> Refusal {
    Refusal { call, errno }
}

#[test]
fn a_refusal_advises_what_lifts_it() {
    for (call, errno, advice) in [
        (Call::MemfdSecret, libc::ENOSYS, "secretmem.enable=1"),
        (Call::MemfdSecret, libc::EPERM, "seccomp"),
        (Call::MemfdSecret, libc::EACCES, "seccomp"),
        (Call::MemfdSecret, libc::EMFILE, "RLIMIT_NOFILE"),
        (Call::MmapSecret, libc::EMFILE, "RLIMIT_NOFILE"),
        (Call::MemfdSecret, libc::ENFILE, "fs.file-max"),
        (Call::MmapSecret, libc::EAGAIN, "RLIMIT_MEMLOCK"),
        (Call::Mlock, libc::ENOMEM, "RLIMIT_MEMLOCK"),
        (Call::Mlock, libc::EPERM, "RLIMIT_MEMLOCK"),
        (Call::Mmap, libc::ENOMEM, "vm.max_map_count"),
        (Call::Mprotect, libc::ENOMEM, "vm.max_map_count"),
        (Call::Unsupported, 0, "run on Linux"),
        (Call::Verification, 0, "do not rely on this level"),
        (Call::Random, libc::EPERM, "allow getrandom"),
        (Call::SignalStack, libc::EPERM, "manual page"),
        (Call::SignalStack, libc::EAGAIN, "drop some"),
        (Call::DontFork, libc::EINVAL, "manual page"),
    ] {
        let refusal = refusal(call, errno);
        assert!(refusal.advice().contains(advice), "{refusal}");
        let text = refusal.to_string();
        assert!(text.starts_with(call.name()) && text.ends_with(refusal.advice()), "{text}");
        assert_eq!(text.contains(&format!("(os error {errno})")), errno != 0, "{text}");
    }
}

#[test]
fn every_call_has_a_name_of_its_own_and_comes_back_from_json() {
    let names: BTreeSet<&str> = CALLS.iter().map(|call| call.name()).collect();
    assert_eq!(names.len(), CALLS.len());
    for call in CALLS {
        let text = serde_json::to_string(&refusal(call, 7)).unwrap();
        assert_eq!(serde_json::from_str::<Refusal>(&text).ok(), Some(refusal(call, 7)), "{text}");
    }
}

#[test]
fn an_error_of_entering_is_the_same_as_one_of_memory() {
    let limit = refusal(Call::MmapSecret, libc::EAGAIN);
    let (asked, has) = (16384, 0);
    for (enter, memory, words) in [
        (EnterError::ForkedChild, MemoryError::ForkedChild, "open its own store"),
        (EnterError::Panicked, MemoryError::Panicked, "the operation panicked"),
        (EnterError::NoWorkspace(limit), MemoryError::Refused(limit), "RLIMIT_MEMLOCK"),
        (EnterError::Allocates, MemoryError::Allocates, "uses the heap, which is not protected"),
        (
            EnterError::NoRoom { asked, has },
            MemoryError::NoRoom { asked, has },
            "needs 16384 bytes of stack, and 0 are",
        ),
        (
            EnterError::Internal { invariant: "a lease has a workspace" },
            MemoryError::Internal { invariant: "a lease has a workspace" },
            "internal error, please report it; broken invariant: a lease has a workspace",
        ),
    ] {
        assert_eq!(MemoryError::from(enter), memory);
        for text in [enter.to_string(), memory.to_string()] {
            assert!(text.contains(words), "{text}");
        }
        assert_eq!(MakeError::<u8>::from(memory).to_string(), memory.to_string());
        assert_eq!(ReadError::from(memory).to_string(), memory.to_string());
    }
}

#[test]
fn levels_and_demands_are_named() {
    let shown: Vec<String> = Protection::BEST_FIRST.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["secret", "locked", "plain"]);
    for (demand, words) in [
        (Demand::BestAvailable, "best available"),
        (Demand::AtLeast(Protection::Locked), "at least locked"),
        (Demand::Exactly(Protection::Plain), "exactly plain"),
    ] {
        assert_eq!(demand.to_string(), words);
        assert_eq!(Policy::from(demand), Policy::at_rest(demand));
    }
}

#[test]
fn the_rest_say_what_they_count_in_bytes() {
    let limit = refusal(Call::Mlock, libc::ENOMEM);
    assert_eq!(
        MemoryError::Bound { bytes: 4096 }.to_string(),
        "the program's own bound of 4096 bytes of secret memory is reached"
    );
    assert_eq!(
        MemoryError::TooLarge { asked: 5000, most: 4096 }.to_string(),
        "a secret of 5000 bytes is too large: at most 4096"
    );
    assert_eq!(MakeError::Failed(7u8).to_string(), "the secret could not be made");
    assert_eq!(ReadError::TooLong { most: 4095 }.to_string(), "longer than 4095 bytes");
    assert_eq!(RandomError(limit).to_string(), format!("no random bytes: {limit}"));
    let demand = Demand::AtLeast(Protection::Secret);
    let refusals = vec![refusal(Call::MemfdSecret, libc::ENOSYS), limit];
    let text = OpenError::AtRest { demand, refusals: refusals.clone() }.to_string();
    assert_eq!(text, format!("protection at rest: {demand} was demanded; {}; {limit}", refusals[0]));
    let text = OpenError::NotBuilt { name: "ML-DSA-44", feature: "ml-dsa" }.to_string();
    assert_eq!(text, "this build does not have ML-DSA-44; the feature `ml-dsa` adds it");
    let text = OpenError::InUse { demand, at_rest: Protection::Locked, floor: 36864, refusals: vec![] }.to_string();
    assert_eq!(
        text,
        format!(
            "protection in use: {demand} was demanded, with keys at rest {}; it needs 36864 bytes of locked memory on Linux",
            Protection::Locked
        )
    );
}
