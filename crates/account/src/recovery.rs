//! The user key for somebody else: an organisation that may reset the password, or a person who may take over the
//! account.

use strongroom::{
    Asymmetric, Context, EncString, Key, KeyUses,
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    names::KeySet,
};

use crate::error::Error;

/// Enrols an account in the account recovery of an organisation: encapsulates the user key for the organisation's
/// public key, as type 4. Its administrators can then set another password.
///
/// The public key has to be [`Confirmed`]: the holder of its private key gets everything. An organisation has no signed
/// public key, so the fingerprint is compared with what an administrator says.
///
/// # Errors
/// [`Error::Store`]: the store is locked; there is no room, there are no random bytes.
pub fn enroll_account_recovery<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    user: Key<'c>,
    organization: &Confirmed<PublicKey>,
) -> Result<EncString, Error> {
    Ok(ctx.encapsulate(user, organization)?)
}

/// Grants a person access in an emergency: encapsulates the user key for that person's public key, as type 4. The
/// server keeps it until the waiting time is over. Nothing but the server enforces that time.
///
/// # Errors
/// [`Error::Store`]: the store is locked; there is no room, there are no random bytes.
pub fn grant_emergency_access<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    user: Key<'c>,
    grantee: &Confirmed<PublicKey>,
) -> Result<EncString, Error> {
    Ok(ctx.encapsulate(user, grantee)?)
}

/// Opens the user key of another account, for which that account was enrolled or access was granted. `private` is the
/// private key of the organisation or of the person. The user key becomes a local key of this context.
///
/// # Errors
/// [`Error::Store`]: `private` does not open it, or may not unwrap; the store is locked; there is no room.
pub fn open_recovered_user_key<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    private: Key<'c, Asymmetric>,
    encapsulated: &EncString,
) -> Result<Key<'c>, Error> {
    Ok(ctx.decapsulate(private, encapsulated, KeyUses::CONTENTS_AND_KEYS)?)
}
