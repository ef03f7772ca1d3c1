//! The two flags of an export, and the members that go with them.

use crate::{defect::Defect, member::Member, record::Object};

/// A flag of an export that says one thing where another flag, or a member that goes with the flags, says another.
///
/// Such a file was put together from several, or made to pass as a file of another kind. Official clients write none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Contradiction {
    /// `passwordProtected` is true, and `encrypted` is false, null or absent.
    #[error("`passwordProtected` is true, but `encrypted` is not")]
    ProtectedInPlain,
    /// `encrypted` is false, null or absent, and a member has a value that only encrypted exports have.
    #[error("`encrypted` is not true, but `{member}` is there")]
    EncryptedInPlain {
        /// Its name.
        member: &'static str,
    },
    /// `encrypted` is true and `passwordProtected` is not, and a member has a value that only password-protected
    /// exports have.
    #[error("`passwordProtected` is not true, but `{member}` is there")]
    NotProtected {
        /// Its name.
        member: &'static str,
    },
    /// Both flags are true, and a list has a value that only other exports have.
    #[error("`passwordProtected` is true, but `{member}` is there, outside the encrypted data")]
    OutsideData {
        /// Its name.
        member: &'static str,
    },
}

/// What the flags say that an export is, and its members too.
pub(crate) enum Flags {
    Plain,
    PasswordProtected,
    AccountRestricted,
}

pub(crate) const VALIDATION: &str = "encKeyValidation_DO_NOT_EDIT";
pub(crate) const DATA: &str = "data";

/// The lists of a plain or account-restricted export.
const LISTS: [&str; 3] = ["items", "folders", "collections"];

impl Flags {
    /// Reads the flags and compares them with the members. Absent and null are not true. A plain export may lack both
    /// flags.
    pub(crate) fn read<E: From<Defect> + From<Contradiction>>(object: &Object<'_>) -> Result<Self, E> {
        let flag = |name| -> Result<bool, Defect> {
            let flag: Member<bool> = object.look(name)?;
            Ok(flag.into_value() == Some(true))
        };
        let (encrypted, protected) = (flag("encrypted")?, flag("passwordProtected")?);
        let first = |names: &[&'static str]| names.iter().copied().find(|name| object.has(name));
        // JSON of other programs has a member `data` too.
        let is_export = first(&LISTS).is_some() || object.names("encrypted") || object.names("passwordProtected");
        let contradiction = match (encrypted, protected) {
            (false, true) => Some(Contradiction::ProtectedInPlain),
            (false, false) if is_export => {
                first(&[VALIDATION, DATA]).map(|member| Contradiction::EncryptedInPlain { member })
            }
            (false, false) => None,
            (true, false) => first(&[DATA]).map(|member| Contradiction::NotProtected { member }),
            (true, true) => first(&LISTS).map(|member| Contradiction::OutsideData { member }),
        };
        match contradiction {
            Some(contradiction) => Err(contradiction.into()),
            None if !encrypted => Ok(Flags::Plain),
            None if protected => Ok(Flags::PasswordProtected),
            None => Ok(Flags::AccountRestricted),
        }
    }
}
