//! What protects the keys, as a value that can be compared, demanded and verified.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How far out of reach memory is. A higher level includes what the lower ones give.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Ordinary memory, erased when it is given back. Whoever can read the process can read it.
    Plain,
    /// `mlock(2)` or `VirtualLock`: also never written to swap, and left out of core dumps where the system can do
    /// that. Root and debuggers still read it.
    Locked,
    /// `memfd_secret(2)`, Linux: also taken out of the kernel's own map, so that no other process, not even root's,
    /// finds it by `/proc/PID/mem`, `process_vm_readv`, `ptrace`, core dumps or `/proc/kcore`.
    Secret,
}

impl Protection {
    /// Every level, the best first.
    pub const BEST_FIRST: [Self; 3] = [Self::Secret, Self::Locked, Self::Plain];

    /// The name in reports: `secret`, `locked` or `plain`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Locked => "locked",
            Self::Secret => "secret",
        }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a caller demands of one of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// The best level this machine grants; never refused.
    #[default]
    BestAvailable,
    /// The best level, but an error below this one.
    AtLeast(Protection),
    /// This level and no other. No call of a higher level is made: a seccomp filter may kill instead of refusing.
    Exactly(Protection),
}

impl Demand {
    /// Whether `level` meets the demand.
    #[must_use]
    pub fn accepts(self, level: Protection) -> bool {
        match self {
            Self::BestAvailable => true,
            Self::AtLeast(least) => level >= least,
            Self::Exactly(only) => level == only,
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BestAvailable => f.write_str("best available"),
            Self::AtLeast(level) => write!(f, "at least {level}"),
            Self::Exactly(level) => write!(f, "exactly {level}"),
        }
    }
}

/// What a caller demands, of keys at rest and of keys in use apart.
///
/// ```
/// use strongroom_memory::{Demand, Policy, Protection};
/// let policy = Policy::at_rest(Demand::AtLeast(Protection::Locked));
/// assert_eq!(policy.in_use, Demand::BestAvailable);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Policy {
    /// Where keys lie between operations.
    pub at_rest: Demand,
    /// Where an operation's stack lies, with the key schedules and states in them.
    pub in_use: Demand,
}

impl Policy {
    /// The best this machine grants, for both.
    #[must_use]
    pub fn best_available() -> Self {
        Self::default()
    }

    /// Demands a level at rest; in use the best available.
    #[must_use]
    pub fn at_rest(demand: Demand) -> Self {
        Self { at_rest: demand, in_use: Demand::BestAvailable }
    }

    /// The same policy with a demand on keys in use.
    #[must_use]
    pub fn in_use(self, demand: Demand) -> Self {
        Self { in_use: demand, ..self }
    }
}

/// The demand on keys at rest alone, as [`Policy::at_rest`].
impl From<Demand> for Policy {
    fn from(demand: Demand) -> Self {
        Self::at_rest(demand)
    }
}

/// What was granted, and verified.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProtectionLevels {
    /// Keys between operations.
    pub at_rest: Protection,
    /// Keys during an operation.
    pub in_use: Protection,
}

impl fmt::Display for ProtectionLevels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at rest: {}; in use: {}", self.at_rest, InUse(self.in_use))
    }
}

/// In use, `plain` is said as what it means.
struct InUse(Protection);

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Protection::Plain => f.write_str("not protected"),
            level => level.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demands_accept_what_they_say() {
        use Protection::{Locked, Plain, Secret};
        assert!(Plain < Locked && Locked < Secret);
        let rows = [
            (Demand::BestAvailable, [true, true, true]),
            (Demand::AtLeast(Plain), [true, true, true]),
            (Demand::AtLeast(Locked), [false, true, true]),
            (Demand::AtLeast(Secret), [false, false, true]),
            (Demand::Exactly(Plain), [true, false, false]),
            (Demand::Exactly(Locked), [false, true, false]),
            (Demand::Exactly(Secret), [false, false, true]),
        ];
        for (demand, expected) in rows {
            assert_eq!([Plain, Locked, Secret].map(|level| demand.accepts(level)), expected, "{demand}");
        }
    }

    #[test]
    fn words_are_stable() {
        let protected = ProtectionLevels { at_rest: Protection::Secret, in_use: Protection::Plain };
        assert_eq!(protected.to_string(), "at rest: secret; in use: not protected");
        assert_eq!(serde_json::to_string(&protected).unwrap(), r#"{"at_rest":"secret","in_use":"plain"}"#);
    }
}
