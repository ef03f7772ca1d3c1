use super::NewKdf;
use crate::error::KdfError;
use crate::kdf::{Kdf, KdfLimits, KdfSettings};

fn pbkdf2(iterations: u32) -> KdfSettings {
    KdfSettings::Pbkdf2 { iterations }
}

fn argon2id((iterations, memory_mib, parallelism): (u32, u32, u32)) -> KdfSettings {
    KdfSettings::Argon2id { iterations, memory_mib, parallelism }
}

/// What the constructors of both functions and both conversions say, which has to be the same.
fn made(settings: KdfSettings) -> Result<Kdf, KdfError> {
    let made = NewKdf::try_from(settings);
    let by_name = match settings {
        KdfSettings::Pbkdf2 { iterations } => NewKdf::pbkdf2(iterations),
        KdfSettings::Argon2id { iterations, memory_mib, parallelism } => {
            NewKdf::argon2id(iterations, memory_mib, parallelism)
        }
    };
    assert_eq!(by_name, made);
    if let Ok(kdf) = Kdf::try_from(settings) {
        assert_eq!(NewKdf::try_from(kdf), made);
    }
    made.map(Kdf::from)
}

#[test]
fn what_official_clients_choose_passes() {
    // By default, on iOS, where only approved functions may be used; and the most that they let a user choose.
    for settings in [
        argon2id((3, 64, 4)),
        argon2id((6, 32, 4)),
        pbkdf2(600_000),
        argon2id((10, 1_024, 16)),
        pbkdf2(2_000_000),
        // The bounds themselves.
        argon2id((2, 96, 1)),
        argon2id((64, 160, 1)),
        pbkdf2(10_000_000),
    ] {
        assert_eq!(made(settings), Ok(Kdf::try_from(settings).unwrap()));
    }
    assert_eq!(NewKdf::default().kdf(), Kdf::argon2id(3, 64, 4).unwrap());
    assert_eq!(NewKdf::try_from(NewKdf::default().kdf()), Ok(NewKdf::default()), "it holds its own limits");
}

#[test]
fn what_is_too_little_or_too_much_does_not() {
    let rounds = |found| KdfError::Pbkdf2Iterations { found, min: 600_000, max: 10_000_000 };
    let iterations = |found| KdfError::Argon2idIterations { found, min: 2, max: 64 };
    let memory = |found| KdfError::Argon2idMemory { found, min: 32, max: 1_024 };
    let parallelism = |found| KdfError::Argon2idParallelism { found, min: 1, max: 16 };
    let little = |iterations, memory_mib| KdfError::Argon2idTooLittleWork { iterations, memory_mib, min: 192 };
    for (settings, error) in [
        (pbkdf2(0), rounds(0)),
        (pbkdf2(5_000), rounds(5_000)),
        (pbkdf2(599_999), rounds(599_999)),
        (pbkdf2(10_000_001), rounds(10_000_001)),
        (argon2id((1, 192, 4)), iterations(1)),
        (argon2id((65, 64, 4)), iterations(65)),
        (argon2id((2, 16, 1)), memory(16)),
        (argon2id((64, 16, 4)), memory(16)),
        (argon2id((7, 31, 4)), memory(31)),
        (argon2id((3, 1_025, 4)), memory(1_025)),
        (argon2id((3, 64, 0)), parallelism(0)),
        (argon2id((3, 64, 17)), parallelism(17)),
        (argon2id((2, 64, 4)), little(2, 64)),
        (argon2id((5, 32, 4)), little(5, 32)),
        (argon2id((2, 95, 1)), little(2, 95)),
        (argon2id((11, 1_024, 4)), KdfError::Argon2idWork { iterations: 11, memory_mib: 1_024, max: 10_240 }),
    ] {
        assert_eq!(made(settings), Err(error), "{settings:?}");
    }
    assert_eq!(
        NewKdf::argon2id(2, 64, 4).unwrap_err().to_string(),
        "Argon2id with 2 iterations over 64 MiB is too little work; iterations times memory must be 192 MiB at least"
    );
}

/// Parameters that wider limits let through are no better for a new password.
#[test]
fn limits_of_another_time_do_not_count() {
    let wide = KdfLimits { min_pbkdf2_iterations: 1, max_argon2id_parallelism: 17, ..KdfLimits::default() };
    for settings in [pbkdf2(1), argon2id((3, 64, 17))] {
        let kdf = Kdf::within(settings, &wide).unwrap();
        assert!(NewKdf::try_from(kdf).is_err());
        assert_eq!(NewKdf::even_if_weak(kdf).kdf(), kdf, "by name it is taken");
    }
}

#[test]
fn only_the_minimums_differ_from_those_of_logins() {
    let new = KdfLimits::for_new_passwords();
    let minimums = (new.min_pbkdf2_iterations, new.min_argon2id_memory_mib, new.min_argon2id_work_mib);
    assert_eq!(minimums, (600_000, 32, 192));
    let default = KdfLimits::default();
    let back = KdfLimits {
        min_pbkdf2_iterations: default.min_pbkdf2_iterations,
        min_argon2id_memory_mib: default.min_argon2id_memory_mib,
        min_argon2id_work_mib: default.min_argon2id_work_mib,
        ..new
    };
    assert_eq!((back, default.min_argon2id_work_mib), (default, 0));
}
