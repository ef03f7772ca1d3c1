use super::{Kdf, KdfLimits, KdfSettings};
use crate::error::KdfError;

fn argon2id(iterations: u32, memory_mib: u32, parallelism: u32) -> KdfSettings {
    KdfSettings::Argon2id { iterations, memory_mib, parallelism }
}

fn default(settings: KdfSettings) -> Result<Kdf, KdfError> {
    Kdf::within(settings, &KdfLimits::default())
}

#[test]
fn pbkdf2_bounds() {
    let refused = |found| Err(KdfError::Pbkdf2Iterations { found, min: 5_000, max: 10_000_000 });
    for iterations in [0, 1, 1_000, 4_999, 10_000_001, u32::MAX] {
        assert_eq!(Kdf::pbkdf2(iterations), refused(iterations));
    }
    for iterations in [5_000, 100_000, 600_000, 2_000_000, 10_000_000] {
        let settings = KdfSettings::Pbkdf2 { iterations };
        assert_eq!(Kdf::pbkdf2(iterations).unwrap().settings(), settings);
    }
}

#[test]
fn argon2id_bounds() {
    let iterations = |found| KdfError::Argon2idIterations { found, min: 2, max: 64 };
    let memory = |found| KdfError::Argon2idMemory { found, min: 16, max: 1_024 };
    let parallelism = |found| KdfError::Argon2idParallelism { found, min: 1, max: 16 };
    let work = |iterations, memory_mib| KdfError::Argon2idWork { iterations, memory_mib, max: 10_240 };
    for (settings, error) in [
        (argon2id(0, 64, 4), iterations(0)),
        (argon2id(1, 64, 4), iterations(1)),
        (argon2id(65, 16, 4), iterations(65)),
        (argon2id(u32::MAX, u32::MAX, u32::MAX), iterations(u32::MAX)),
        (argon2id(3, 0, 4), memory(0)),
        (argon2id(3, 15, 4), memory(15)),
        (argon2id(3, 1_025, 4), memory(1_025)),
        (argon2id(3, u32::MAX, 4), memory(u32::MAX)),
        (argon2id(3, 64, 0), parallelism(0)),
        (argon2id(3, 64, 17), parallelism(17)),
        (argon2id(11, 1_024, 4), work(11, 1_024)),
        (argon2id(64, 161, 4), work(64, 161)),
    ] {
        assert_eq!(default(settings), Err(error), "{settings:?}");
    }
    // The usual, the least, and the most that the official clients let a user choose.
    for (i, m, p) in [(3, 64, 4), (6, 32, 4), (2, 16, 1), (10, 1_024, 16), (64, 160, 1)] {
        assert_eq!(Kdf::argon2id(i, m, p).unwrap().settings(), argon2id(i, m, p));
    }
}

#[test]
fn limits_can_be_moved_both_ways() {
    let wide = KdfLimits {
        min_pbkdf2_iterations: 0,
        max_pbkdf2_iterations: u32::MAX,
        min_argon2id_iterations: 0,
        max_argon2id_iterations: u32::MAX,
        min_argon2id_memory_mib: 0,
        max_argon2id_memory_mib: u32::MAX,
        min_argon2id_parallelism: 0,
        max_argon2id_parallelism: u32::MAX,
        min_argon2id_work_mib: 0,
        max_argon2id_work_mib: u64::MAX,
    };
    for settings in [
        KdfSettings::Pbkdf2 { iterations: 1 },
        KdfSettings::Pbkdf2 { iterations: u32::MAX },
        argon2id(1, 1, 1),
        argon2id(1, 1_025, 17),
        argon2id(1, 1, 128),
        argon2id(u32::MAX, 4_194_303, 0x00FF_FFFF),
    ] {
        assert_eq!(Kdf::within(settings, &wide).map(|kdf| kdf.settings()), Ok(settings));
    }
    // What the functions cannot do stays refused.
    for settings in [
        KdfSettings::Pbkdf2 { iterations: 0 },
        argon2id(0, 16, 1),
        argon2id(1, 0, 1),
        argon2id(1, 16, 0),
        argon2id(1, 1, 129),
        argon2id(1, 4_194_304, 1),
        argon2id(1, 4_194_303, 0x0100_0000),
    ] {
        assert!(Kdf::within(settings, &wide).is_err(), "{settings:?}");
    }
    let strict = KdfLimits { min_pbkdf2_iterations: 600_000, ..KdfLimits::default() };
    assert!(Kdf::within(KdfSettings::Pbkdf2 { iterations: 599_999 }, &strict).is_err());
}

#[test]
fn messages_say_what_and_the_bounds() {
    assert_eq!(
        Kdf::pbkdf2(1_000).unwrap_err().to_string(),
        "PBKDF2 with 1000 iterations; accepted are 5000 to 10000000"
    );
    assert_eq!(
        Kdf::argon2id(20, 1_000, 4).unwrap_err().to_string(),
        "Argon2id with 20 iterations over 1000 MiB takes too long; iterations times memory may be 10240 MiB at most"
    );
}

#[test]
fn what_is_weaker() {
    let pbkdf2 = |rounds| Kdf::pbkdf2(rounds).unwrap();
    let argon2id = |(passes, mib, lanes)| Kdf::argon2id(passes, mib, lanes).unwrap();
    let weaker = |one: Kdf, other: Kdf| (one.is_weaker_than(&other), other.is_weaker_than(&one));
    for (one, other, expected) in [
        (pbkdf2(5_000), pbkdf2(600_000), (true, false)),
        (pbkdf2(600_000), pbkdf2(600_000), (false, false)),
        (argon2id((3, 64, 4)), argon2id((3, 64, 1)), (false, false)),
        (argon2id((2, 64, 4)), argon2id((3, 64, 4)), (true, false)),
        (argon2id((6, 32, 4)), argon2id((3, 64, 4)), (true, false)),
        (argon2id((64, 16, 4)), argon2id((3, 64, 4)), (true, true)),
        // The two that count the same, and what lies on both sides of it.
        (pbkdf2(600_000), argon2id((2, 19, 1)), (false, false)),
        (pbkdf2(599_999), argon2id((2, 19, 1)), (true, false)),
        (pbkdf2(600_001), argon2id((2, 19, 1)), (false, true)),
        (pbkdf2(10_000_000), argon2id((2, 16, 1)), (false, true)),
        (pbkdf2(600_000), argon2id((3, 64, 4)), (true, false)),
    ] {
        assert_eq!(weaker(one, other), expected, "{one:?}, {other:?}");
    }
    let widest = KdfLimits {
        max_argon2id_work_mib: u64::MAX,
        max_argon2id_iterations: u32::MAX,
        max_argon2id_memory_mib: u32::MAX,
        ..KdfLimits::default()
    };
    let most = KdfSettings::Argon2id { iterations: u32::MAX, memory_mib: 4_194_303, parallelism: 1 };
    let most = Kdf::within(most, &widest).unwrap();
    assert!(!most.is_weaker_than(&pbkdf2(10_000_000)), "no overflow");
}
