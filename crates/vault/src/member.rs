//! The states of a JSON object's member.

use std::fmt;

use crate::{defect::Defect, odd::Odd};

/// A member of a JSON object: absent, `null`, or with a value, which may be written in an odd way.
///
/// For a reader the official format makes no difference between absent, `null`, `""` and `[]`, and the accessors of the
/// records (`login.username()`) make none either. Writing back gives exactly what was read, which needs the difference.
///
/// Its `Debug` output never shows the value: most values are plaintext of a vault.
///
/// ```
/// use strongroom_vault::{Login, Member};
///
/// let login = Login { username: "alice".to_owned().into(), password: Member::Null, ..Login::default() };
/// assert_eq!(login.username(), Some("alice"));
/// assert!(login.password().is_none());
/// assert_eq!(format!("{:?} {:?} {:?}", login.username, login.password, login.totp), "Value(..) Null Absent");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Member<T> {
    /// The object has no such member.
    #[default]
    Absent,
    /// The member is there and is `null`.
    Null,
    /// The member has a value.
    Value(T),
    /// The member is not written as the format has it: a number where the format has a text, for instance. Its value
    /// is what can be read of it.
    Odd(Box<Odd<T>>),
}

impl<T> Member<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Member::Value(value) => Some(value),
            Member::Odd(odd) => odd.value(),
            Member::Absent | Member::Null => None,
        }
    }

    /// The value for changing it, if there is one.
    ///
    /// The value of an [`Odd`](Member::Odd) member becomes an ordinary one. What could not be read of it is then no
    /// longer written.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        if let Member::Odd(odd) = self
            && let Some(value) = odd.take()
        {
            *self = Member::Value(value);
        }
        match self {
            Member::Value(value) => Some(value),
            Member::Odd(_) | Member::Absent | Member::Null => None,
        }
    }

    /// The value by itself, if there is one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Member::Value(value) => Some(value),
            Member::Odd(mut odd) => odd.take(),
            Member::Absent | Member::Null => None,
        }
    }

    /// What is wrong with how the member is written. Empty for all but [`Odd`](Member::Odd) members.
    pub fn defects(&self) -> &[Defect] {
        match self {
            Member::Odd(odd) => odd.defects(),
            Member::Absent | Member::Null | Member::Value(_) => &[],
        }
    }
}

impl<T> From<T> for Member<T> {
    fn from(value: T) -> Self {
        Member::Value(value)
    }
}

impl<T> fmt::Debug for Member<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Member::Absent => "Absent",
            Member::Null => "Null",
            Member::Value(_) => "Value(..)",
            Member::Odd(_) => "Odd(..)",
        })
    }
}
