//! What is wrong with the parameters of a password-to-key function.

/// The parameters of a password-to-key function are out of bounds.
///
/// A caller that trusts the source of the parameters accepts more with other
/// [`KdfLimits`](crate::passwords::KdfLimits).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KdfError {
    /// Rounds of PBKDF2.
    #[error("PBKDF2 with {found} iterations; accepted are {min} to {max}")]
    Pbkdf2Iterations {
        /// As stated.
        found: u32,
        /// The least that is accepted.
        min: u32,
        /// The most that is accepted.
        max: u32,
    },
    /// Passes of Argon2id.
    #[error("Argon2id with {found} iterations; accepted are {min} to {max}")]
    Argon2idIterations {
        /// As stated.
        found: u32,
        /// The least that is accepted.
        min: u32,
        /// The most that is accepted.
        max: u32,
    },
    /// Memory of Argon2id.
    #[error("Argon2id with {found} MiB of memory; accepted are {min} to {max} MiB")]
    Argon2idMemory {
        /// As stated, in MiB.
        found: u32,
        /// The least that is accepted, in MiB.
        min: u32,
        /// The most that is accepted, in MiB.
        max: u32,
    },
    /// Lanes of Argon2id.
    #[error("Argon2id with parallelism {found}; accepted are {min} to {max}")]
    Argon2idParallelism {
        /// As stated.
        found: u32,
        /// The least that is accepted.
        min: u32,
        /// The most that is accepted.
        max: u32,
    },
    /// Passes times memory of Argon2id: each is within its own bounds, together they take too long.
    #[error(
        "Argon2id with {iterations} iterations over {memory_mib} MiB takes too long; iterations times \
         memory may be {max} MiB at most"
    )]
    Argon2idWork {
        /// Passes as stated.
        iterations: u32,
        /// Memory as stated, in MiB.
        memory_mib: u32,
        /// The most that their product may be, in MiB.
        max: u64,
    },
    /// Passes times memory of Argon2id: each is within its own bounds, together they are too little work.
    #[error(
        "Argon2id with {iterations} iterations over {memory_mib} MiB is too little work; iterations times \
         memory must be {min} MiB at least"
    )]
    Argon2idTooLittleWork {
        /// Passes as stated.
        iterations: u32,
        /// Memory as stated, in MiB.
        memory_mib: u32,
        /// The least that their product may be, in MiB.
        min: u64,
    },
    /// A function that has no number of Bitwarden's that is known.
    #[error("unknown key derivation function: kdfType {found}; known are 0 (PBKDF2) and 1 (Argon2id)")]
    UnknownFunction {
        /// Its number.
        found: u32,
    },
    /// A parameter of Argon2id is not stated.
    #[error("Argon2id without {parameter}")]
    Missing {
        /// What is missing.
        parameter: &'static str,
    },
}

/// A text is not that of a [`Salt`](crate::Salt).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaltError {
    /// It is not base64.
    #[error("not base64")]
    NotBase64,
    /// It is that of another number of bytes.
    #[error("{found} bytes; a salt has 16")]
    Length {
        /// How many.
        found: usize,
    },
}
