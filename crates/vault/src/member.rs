//! The three states of a JSON object's member.

use std::fmt;

/// A member of a JSON object: absent, written as `null`, or with a value.
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
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Member<T> {
    /// The object has no such member.
    #[default]
    Absent,
    /// The member is there and is `null`.
    Null,
    /// The member has a value.
    Value(T),
}

impl<T> Member<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Member::Value(value) => Some(value),
            Member::Absent | Member::Null => None,
        }
    }

    /// The value for changing it, if there is one.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Member::Value(value) => Some(value),
            Member::Absent | Member::Null => None,
        }
    }

    /// The value by itself, if there is one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Member::Value(value) => Some(value),
            Member::Absent | Member::Null => None,
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
        })
    }
}
