//! From a password to a key: the parameters, their limits, and (in the modules below) the functions.
//!
//! Parameters come from files and servers, so they are hostile until checked. If they are too small, the password is
//! easily guessed. If they are too large, one file takes the machine. A [`Kdf`] is the proof that they were checked
//! against [`KdfLimits`]. Nothing else is accepted where a key is derived.

use serde::{Deserialize, Serialize};

use crate::error::KdfError;

pub(crate) mod argon2;
pub(crate) mod hkdf;
pub(crate) mod new_password;
pub(crate) mod pbkdf2;
pub(crate) mod salt;
pub(crate) mod stretch;

/// Holds parameters as a file or a server states them, not yet checked.
///
/// They are serialised with the name of the function: `{"function": "pbkdf2", "iterations": 600000}`, `{"function":
/// "argon2id", "iterations": 3, "memory_mib": 64, "parallelism": 4}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "function", rename_all = "lowercase")]
#[non_exhaustive]
pub enum KdfSettings {
    /// PBKDF2-HMAC-SHA256 (RFC 8018 section 5.2), Bitwarden's `kdfType` 0.
    Pbkdf2 {
        /// Rounds.
        iterations: u32,
    },
    /// Argon2id version 0x13 (RFC 9106), Bitwarden's `kdfType` 1. The salt is hashed with SHA-256 first.
    Argon2id {
        /// Passes over the memory.
        iterations: u32,
        /// Memory in MiB.
        memory_mib: u32,
        /// Lanes.
        parallelism: u32,
    },
}

impl KdfSettings {
    /// Reads what Bitwarden's servers and exports state. `memory_mib` and `parallelism` are parameters of Argon2id
    /// alone.
    ///
    /// ```
    /// use strongroom::{Kdf, passwords::KdfSettings};
    ///
    /// let kdf = Kdf::try_from(KdfSettings::from_bitwarden(1, 3, Some(64), Some(4))?)?;
    /// assert_eq!(kdf, Kdf::argon2id(3, 64, 4)?);
    /// # Ok::<_, strongroom::errors::KdfError>(())
    /// ```
    ///
    /// # Errors
    /// - [`KdfError::UnknownFunction`]: `kdf_type` is neither 0 nor 1.
    /// - [`KdfError::Missing`]: a parameter of Argon2id is missing.
    pub fn from_bitwarden(
        kdf_type: u32,
        iterations: u32,
        memory_mib: Option<u32>,
        parallelism: Option<u32>,
    ) -> Result<Self, KdfError> {
        match kdf_type {
            0 => Ok(Self::Pbkdf2 { iterations }),
            1 => Ok(Self::Argon2id {
                iterations,
                memory_mib: memory_mib.ok_or(KdfError::Missing { parameter: "memory" })?,
                parallelism: parallelism.ok_or(KdfError::Missing { parameter: "parallelism" })?,
            }),
            found => Err(KdfError::UnknownFunction { found }),
        }
    }
}

/// Bounds the parameters that are accepted. The bounds themselves are accepted.
///
/// # The default
/// The default limits are for parameters of a password that is set already. For a new password there are
/// [stricter ones](Self::for_new_passwords).
///
/// Bitwarden's own software refuses what is below the minimums. The maximums are at or above what its clients let a
/// user choose (2,000,000 rounds of PBKDF2; 10 passes over 1,024 MiB in 16 lanes). They bound what one hostile file can
/// cost. At the maximum, one core of a current server processor takes 1 s for PBKDF2 (several times that without SHA
/// instructions), and 6 to 9 s and 1 GiB of memory for Argon2id. A slow machine takes several times as long.
///
/// | | minimum | maximum |
/// | --- | --- | --- |
/// | PBKDF2 rounds | 5,000 | 10,000,000 |
/// | Argon2id passes | 2 | 64 |
/// | Argon2id memory, MiB | 16 | 1,024 |
/// | Argon2id lanes | 1 | 16 |
/// | Argon2id passes x memory, MiB | 0 | 10,240 |
///
/// # Other limits
/// A program can move every bound. For example, files with 1,000 rounds exist:
///
/// ```
/// use strongroom::{Kdf, passwords::{KdfLimits, KdfSettings}};
///
/// let found = KdfSettings::Pbkdf2 { iterations: 1_000 };
/// assert!(Kdf::within(found, &KdfLimits::default()).is_err());
/// let lenient = KdfLimits { min_pbkdf2_iterations: 1, ..KdfLimits::default() };
/// assert!(Kdf::within(found, &lenient).is_ok());
/// ```
///
/// What the functions themselves cannot do is refused whatever the limits say: no rounds, no passes, no lanes, less
/// than 8 KiB of memory for each lane, 4 TiB of memory or more, and more than 16,777,215 lanes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KdfLimits {
    /// Fewest rounds of PBKDF2.
    pub min_pbkdf2_iterations: u32,
    /// Most rounds of PBKDF2.
    pub max_pbkdf2_iterations: u32,
    /// Fewest passes of Argon2id.
    pub min_argon2id_iterations: u32,
    /// Most passes of Argon2id.
    pub max_argon2id_iterations: u32,
    /// Least memory of Argon2id, in MiB.
    pub min_argon2id_memory_mib: u32,
    /// Most memory of Argon2id, in MiB.
    pub max_argon2id_memory_mib: u32,
    /// Fewest lanes of Argon2id.
    pub min_argon2id_parallelism: u32,
    /// Most lanes of Argon2id.
    pub max_argon2id_parallelism: u32,
    /// Least passes times memory of Argon2id, in MiB.
    pub min_argon2id_work_mib: u64,
    /// Most passes times memory of Argon2id, in MiB: what bounds its time.
    pub max_argon2id_work_mib: u64,
}

impl KdfLimits {
    /// Returns the limits for a password that is set now. The maximums are those of the default.
    ///
    /// The minimums are such that the defaults of the official clients pass: 600,000 rounds of PBKDF2, and Argon2id
    /// with 3 passes over 64 MiB in 4 lanes, or on iOS with 6 passes over 32 MiB.
    ///
    /// | | minimum | maximum |
    /// | --- | --- | --- |
    /// | PBKDF2 rounds | 600,000 | 10,000,000 |
    /// | Argon2id passes | 2 | 64 |
    /// | Argon2id memory, MiB | 32 | 1,024 |
    /// | Argon2id lanes | 1 | 16 |
    /// | Argon2id passes x memory, MiB | 192 | 10,240 |
    #[must_use]
    pub fn for_new_passwords() -> Self {
        Self {
            min_pbkdf2_iterations: 600_000,
            min_argon2id_memory_mib: 32,
            min_argon2id_work_mib: 192,
            ..Self::default()
        }
    }
}

impl Default for KdfLimits {
    fn default() -> Self {
        Self {
            min_pbkdf2_iterations: 5_000,
            max_pbkdf2_iterations: 10_000_000,
            min_argon2id_iterations: 2,
            max_argon2id_iterations: 64,
            min_argon2id_memory_mib: 16,
            max_argon2id_memory_mib: 1_024,
            min_argon2id_parallelism: 1,
            max_argon2id_parallelism: 16,
            min_argon2id_work_mib: 0,
            max_argon2id_work_mib: 10 * 1_024,
        }
    }
}

/// Holds parameters that were found within limits.
///
/// These are the parameters of a password that is set already, as a file or a server states them. Where a password is
/// set, the parameters are a [`NewKdf`](crate::passwords::NewKdf).
///
/// It is serialised as its [`settings`](Self::settings). Deserialised parameters have to be within the default limits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "KdfSettings", into = "KdfSettings")]
pub struct Kdf(KdfSettings);

/// Checks the parameters against the default limits.
impl TryFrom<KdfSettings> for Kdf {
    type Error = KdfError;

    fn try_from(settings: KdfSettings) -> Result<Self, KdfError> {
        Self::within(settings, &KdfLimits::default())
    }
}

impl From<Kdf> for KdfSettings {
    fn from(kdf: Kdf) -> Self {
        kdf.0
    }
}

impl Kdf {
    /// Checks `settings` against `limits`.
    ///
    /// # Errors
    /// [`KdfError`]: a parameter is out of bounds. The error names the first such parameter, with its bounds.
    pub fn within(settings: KdfSettings, limits: &KdfLimits) -> Result<Self, KdfError> {
        match settings {
            KdfSettings::Pbkdf2 { iterations } => {
                let (min, max) = (limits.min_pbkdf2_iterations, limits.max_pbkdf2_iterations);
                check(iterations, min.max(1), max, |found, min, max| KdfError::Pbkdf2Iterations { found, min, max })?;
            }
            KdfSettings::Argon2id { iterations, memory_mib, parallelism } => {
                let (min, max) = (limits.min_argon2id_iterations, limits.max_argon2id_iterations);
                check(iterations, min.max(1), max, |found, min, max| KdfError::Argon2idIterations { found, min, max })?;
                let (min, max) = (limits.min_argon2id_parallelism, limits.max_argon2id_parallelism);
                check(parallelism, min.max(1), max.min(MAX_LANES), |found, min, max| KdfError::Argon2idParallelism {
                    found,
                    min,
                    max,
                })?;
                let (min, max) = (limits.min_argon2id_memory_mib, limits.max_argon2id_memory_mib);
                // RFC 9106 section 3.1: at least 8 KiB a lane, so 128 lanes need a MiB.
                let min = min.max(parallelism.div_ceil(128));
                check(memory_mib, min, max.min(MAX_MEMORY_MIB), |found, min, max| KdfError::Argon2idMemory {
                    found,
                    min,
                    max,
                })?;
                let work_mib = u64::from(iterations) * u64::from(memory_mib);
                let (min, max) = (limits.min_argon2id_work_mib, limits.max_argon2id_work_mib);
                if work_mib < min {
                    return Err(KdfError::Argon2idTooLittleWork { iterations, memory_mib, min });
                }
                if work_mib > max {
                    return Err(KdfError::Argon2idWork { iterations, memory_mib, max });
                }
            }
        }
        Ok(Self(settings))
    }

    /// Returns PBKDF2-HMAC-SHA256 with this number of rounds, if that is within the default limits.
    ///
    /// # Errors
    /// As for [`within`](Self::within).
    pub fn pbkdf2(iterations: u32) -> Result<Self, KdfError> {
        Self::within(KdfSettings::Pbkdf2 { iterations }, &KdfLimits::default())
    }

    /// Returns Argon2id with these parameters, if they are within the default limits.
    ///
    /// # Errors
    /// As for [`within`](Self::within).
    pub fn argon2id(iterations: u32, memory_mib: u32, parallelism: u32) -> Result<Self, KdfError> {
        let settings = KdfSettings::Argon2id { iterations, memory_mib, parallelism };
        Self::within(settings, &KdfLimits::default())
    }

    /// Returns true if guessing a password is cheaper with these parameters than with `other`.
    ///
    /// - Of two PBKDF2, the one with fewer rounds is weaker.
    /// - Of two Argon2id, the one with less memory, or with less memory times passes, is weaker. Lanes do not count: an
    ///   attacker guesses many passwords at once anyway.
    /// - PBKDF2 with 600,000 rounds counts as much as Argon2id with 2 passes over 19 MiB, as OWASP's Password Storage
    ///   Cheat Sheet puts them side by side. The rest is in proportion.
    ///
    /// So of two Argon2id each may be weaker than the other.
    ///
    /// ```
    /// use strongroom::Kdf;
    ///
    /// let [low, usual] = [Kdf::pbkdf2(5_000)?, Kdf::pbkdf2(600_000)?];
    /// assert!(low.is_weaker_than(&usual) && !usual.is_weaker_than(&low) && !low.is_weaker_than(&low));
    /// assert!(usual.is_weaker_than(&Kdf::argon2id(3, 64, 4)?));
    /// # Ok::<_, strongroom::errors::KdfError>(())
    /// ```
    #[must_use]
    pub fn is_weaker_than(&self, other: &Self) -> bool {
        use KdfSettings::{Argon2id, Pbkdf2};

        let memory = match (self.0, other.0) {
            (Argon2id { memory_mib, .. }, Argon2id { memory_mib: other, .. }) => memory_mib < other,
            (Pbkdf2 { .. }, _) | (_, Pbkdf2 { .. }) => false,
        };
        memory || self.cost() < other.cost()
    }

    /// Returns what a guess costs: rounds of PBKDF2 times 38, or MiB that Argon2id goes over times 600,000.
    fn cost(&self) -> u128 {
        match self.0 {
            KdfSettings::Pbkdf2 { iterations } => u128::from(iterations) * EQUAL_WORK_MIB,
            KdfSettings::Argon2id { iterations, memory_mib, .. } => {
                u128::from(iterations) * u128::from(memory_mib) * EQUAL_ROUNDS
            }
        }
    }

    /// Returns the parameters.
    #[must_use]
    pub const fn settings(&self) -> KdfSettings {
        self.0
    }
}

/// Rounds of PBKDF2 that cost an attacker as much as [`EQUAL_WORK_MIB`]: OWASP's Password Storage Cheat Sheet.
const EQUAL_ROUNDS: u128 = 600_000;
/// Passes times memory of Argon2id, in MiB: 2 over 19.
const EQUAL_WORK_MIB: u128 = 2 * 19;
/// Argon2 counts memory in KiB with 32 bits.
const MAX_MEMORY_MIB: u32 = u32::MAX / 1024;
/// RFC 9106 section 3.1.
const MAX_LANES: u32 = 0x00FF_FFFF;

fn check(found: u32, min: u32, max: u32, error: impl FnOnce(u32, u32, u32) -> KdfError) -> Result<(), KdfError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(error(found, min, max)) }
}

#[cfg(test)]
mod tests;
