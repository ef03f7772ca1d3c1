//! The parameters of a password that is set now.

use super::{Kdf, KdfLimits, KdfSettings};
use crate::error::KdfError;

/// Holds parameters for a new password. It proves that they are within [`KdfLimits::for_new_passwords`], or that the
/// program asked for [weak ones](Self::even_if_weak) by name.
///
/// The calls that put something under a new password or PIN take it. The calls that open something take a [`Kdf`],
/// whose limits are lower, as old accounts and files need it. So does
/// [`derive_from_password`](crate::Context::derive_from_password), which cannot know whether a password is new.
///
/// The default is Argon2id with 3 passes over 64 MiB in 4 lanes, as official clients choose it.
///
/// ```
/// use strongroom::{Kdf, passwords::NewKdf};
///
/// assert_eq!(NewKdf::default(), NewKdf::argon2id(3, 64, 4)?);
/// assert!(Kdf::pbkdf2(5_000).is_ok() && NewKdf::pbkdf2(5_000).is_err());
/// let stored = NewKdf::pbkdf2(600_000)?.kdf(); // what opens it again
/// # assert_eq!(stored, Kdf::pbkdf2(600_000)?);
/// # Ok::<_, strongroom::errors::KdfError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NewKdf(Kdf);

impl NewKdf {
    /// Returns PBKDF2-HMAC-SHA256 with this number of rounds, if that is enough for a new password.
    ///
    /// # Errors
    /// [`KdfError`]: it is out of the bounds of [`KdfLimits::for_new_passwords`].
    pub fn pbkdf2(iterations: u32) -> Result<Self, KdfError> {
        KdfSettings::Pbkdf2 { iterations }.try_into()
    }

    /// Returns Argon2id with these parameters, if they are enough for a new password.
    ///
    /// # Errors
    /// [`KdfError`]: one of them is out of the bounds of [`KdfLimits::for_new_passwords`].
    pub fn argon2id(iterations: u32, memory_mib: u32, parallelism: u32) -> Result<Self, KdfError> {
        KdfSettings::Argon2id { iterations, memory_mib, parallelism }.try_into()
    }

    /// Takes any parameters, also those that are too weak for a new password.
    ///
    /// Use it for a password that stays as it is, where something else is put under it. A rotation of an account's keys
    /// is such a case: the server wants the parameters that the account has already. If they are weak, offer the user
    /// a change of password.
    ///
    /// ```
    /// use strongroom::{Kdf, passwords::NewKdf};
    ///
    /// let of_the_account = Kdf::pbkdf2(100_000)?;
    /// assert!(NewKdf::try_from(of_the_account).is_err());
    /// assert_eq!(NewKdf::even_if_weak(of_the_account).kdf(), of_the_account);
    /// # Ok::<_, strongroom::errors::KdfError>(())
    /// ```
    #[must_use]
    pub const fn even_if_weak(kdf: Kdf) -> Self {
        Self(kdf)
    }

    /// Returns the parameters, as they are needed to open what is put under the password.
    #[must_use]
    pub const fn kdf(&self) -> Kdf {
        self.0
    }
}

/// Returns Argon2id with 3 passes over 64 MiB in 4 lanes.
impl Default for NewKdf {
    fn default() -> Self {
        Self(Kdf(KdfSettings::Argon2id { iterations: 3, memory_mib: 64, parallelism: 4 }))
    }
}

/// Checks the parameters against [`KdfLimits::for_new_passwords`].
impl TryFrom<KdfSettings> for NewKdf {
    type Error = KdfError;

    fn try_from(settings: KdfSettings) -> Result<Self, KdfError> {
        Kdf::within(settings, &KdfLimits::for_new_passwords()).map(Self)
    }
}

/// Checks the parameters against [`KdfLimits::for_new_passwords`].
impl TryFrom<Kdf> for NewKdf {
    type Error = KdfError;

    fn try_from(kdf: Kdf) -> Result<Self, KdfError> {
        kdf.settings().try_into()
    }
}

impl From<NewKdf> for Kdf {
    fn from(new: NewKdf) -> Self {
        new.kdf()
    }
}

#[cfg(test)]
mod tests;
