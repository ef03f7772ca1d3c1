//! Why a command fails, in words for people and a code for scripts.

use std::fmt;
use std::process::ExitCode;

/// How the program ends. The numbers are part of its interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Status {
    Done = 0,
    Failed = 1,
    /// Also what the parser of the command line answers.
    Usage = 2,
    WrongPassword = 3,
    /// Something could not be read. The rest was given.
    SomeUnreadable = 4,
    /// Nothing is what was asked for.
    NothingMatched = 5,
    /// Two backups differ. Its place among the others is settled before a command compares any.
    #[cfg_attr(not(test), expect(dead_code, reason = "no command compares two backups yet"))]
    Different = 6,
}

impl Status {
    /// Returns the one of two that the program ends with if both apply.
    pub(crate) fn and(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    /// A failure hides what else there is to say, an answer that is missing weighs more than one that is not whole.
    fn weight(self) -> u8 {
        match self {
            Self::Failed => 6,
            Self::Usage => 5,
            Self::WrongPassword => 4,
            Self::NothingMatched => 3,
            Self::SomeUnreadable => 2,
            Self::Different => 1,
            Self::Done => 0,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// A command that did not do what it was asked to do. Holds no plaintext of a backup and no part of a password.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    message: String,
    advice: Option<String>,
}

impl Failure {
    /// `message` says what and where, without a full stop.
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), advice: None }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Status::Failed, message)
    }

    /// Puts the name of the backup before the message, unless the message begins with it.
    pub(crate) fn of(self, name: &str) -> Self {
        if self.message.starts_with(name) {
            self
        } else {
            Self { message: format!("{name}: {}", self.message), ..self }
        }
    }

    /// What the person can do about it.
    pub(crate) fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.advice {
            Some(advice) => write!(f, "\n{advice}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{self, Different, Done, Failed, NothingMatched, SomeUnreadable, Usage, WrongPassword};

    /// From the one that counts most to the one that counts least, each with its number.
    const ORDER: [(Status, u8); 7] = [
        (Failed, 1),
        (Usage, 2),
        (WrongPassword, 3),
        (NothingMatched, 5),
        (SomeUnreadable, 4),
        (Different, 6),
        (Done, 0),
    ];

    #[test]
    fn the_weightiest_status_counts() {
        for (place, (more, number)) in ORDER.into_iter().enumerate() {
            assert_eq!(more as u8, number);
            for (less, _) in ORDER.into_iter().skip(place) {
                assert_eq!((more.and(less), less.and(more)), (more, more), "{more:?} and {less:?}");
            }
        }
    }

    #[test]
    fn of_several_the_weightiest_counts_in_any_order() {
        let all = |several: &[Status]| several.iter().copied().fold(Done, Status::and);
        assert_eq!(all(&[]), Done);
        assert_eq!(all(&[SomeUnreadable, NothingMatched, Different]), NothingMatched);
        assert_eq!(all(&[Different, SomeUnreadable, Done]), SomeUnreadable);
        assert_eq!(all(&[NothingMatched, WrongPassword, Usage, Failed]), Failed);
    }
}
