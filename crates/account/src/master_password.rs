//! The master password of an account: from it to the user key, and from one password to another.

use strongroom::{
    Asymmetric, Context, EncString, Kdf, Key, KeyUses, ProtectedBytes, Symmetric, Transaction,
    inspection::Inspect,
    master_keys::{AuthenticationHash, HashPurpose, MasterKey, MasterKeys},
    names::{KeyName, KeySet},
    passwords::NewKdf,
};

use crate::error::{Error, opened};
use crate::keys::{Account, AccountIds, AccountKeys, unlock, unlock_known};
use crate::taken_back::TakenBack;

/// Returns the salt of an account: its e-mail address without white space around it and in lower case.
///
/// White space is what ECMAScript's `String.prototype.trim` removes, because the official clients trim an address with
/// it. U+FEFF (a byte order mark) is white space there, U+0085 is not. For [`str::trim`] it is the other way round, and
/// for the official SDK where it is given an address that no client has trimmed.
/// Lower case is the same in both: `str::to_lowercase` and `toLowerCase` follow the Unicode Standard without a locale.
/// A final sigma becomes `ς`, and U+0130 becomes `i` with U+0307.
///
/// Nothing normalizes the address, here or in the official clients. `é` as one code point and `e` with U+0301 give two
/// salts, and so two master keys.
///
/// A server may state the salt of an account. That salt is the server's choice: nothing proves that it belongs to the
/// address, or that other accounts have another one. A server can give all accounts one salt, and then guess the
/// passwords of all of them at the price of one.
#[must_use]
pub fn salt(email: &str) -> String {
    email.trim_matches(is_white_space).to_lowercase()
}

/// WhiteSpace and LineTerminator of ECMAScript (ECMA-262, sections 12.2 and 12.3).
fn is_white_space(character: char) -> bool {
    match character {
        '\u{feff}' => true,
        '\u{85}' => false,
        _ => character.is_whitespace(),
    }
}

/// Holds the master password of an account that exists, and what the account makes of it. A password that is set now is
/// a [`NewPassword`].
#[derive(Clone, Copy, Debug)]
pub struct MasterPassword<'p> {
    /// The password, as the UTF-8 that was typed. Nothing normalizes it, here or in the official clients: `é` as one
    /// code point and `e` with U+0301 are two passwords. Keyboards and systems differ in which one they write.
    pub password: &'p ProtectedBytes,
    /// The function that makes guesses expensive, as the server states it before the login.
    ///
    /// **Keep the last value**, in [`Account::kdf`], and hand it in as `last`. A weaker one is an attack, or a change
    /// that was made elsewhere: ask the user. If the user made it, set [`Account::kdf`] to the new value.
    ///
    /// The login sends the server a hash of the password. From a hash that was made with 5,000 rounds in place of
    /// 600,000, a server guesses the password 120 times faster. The server has the hash before any check fails.
    pub kdf: Kdf,
    /// The e-mail address of the account, or the salt that its server states. The [`salt`] is made of it, and says what
    /// a salt of the server's choice means.
    pub email: &'p str,
    /// The account as of the last unlock on this device; `None` at the first one. A `kdf` that is
    /// [weaker](Kdf::is_weaker_than) than that account's is refused before anything is derived.
    pub last: Option<&'p Account>,
}

impl<'p> MasterPassword<'p> {
    /// Returns the same password for another user key: for a rotation or an upgrade, in which the account keeps its
    /// password, its e-mail address and its key derivation. The key derivation may be
    /// [weak](NewKdf::even_if_weak), but not weaker than the last one.
    ///
    /// # Errors
    /// [`TakenBack::Kdf`]: `kdf` is weaker than that of the last unlock.
    pub fn unchanged(&self) -> Result<NewPassword<'p>, Error> {
        self.compare_kdf()?;
        Ok(NewPassword { password: self.password, kdf: NewKdf::even_if_weak(self.kdf), email: self.email })
    }

    /// Refuses a key derivation that is weaker than the last one.
    fn compare_kdf(&self) -> Result<(), TakenBack> {
        match self.last.and_then(|account| account.kdf) {
            Some(last) if self.kdf.is_weaker_than(&last) => Err(TakenBack::Kdf { last, found: self.kdf }),
            _ => Ok(()),
        }
    }

    /// Derives the master key: all the work that the function takes, once for everything that follows.
    ///
    /// # Errors
    /// - [`TakenBack::Kdf`]: `kdf` is weaker than that of the last unlock.
    /// - [`Error::Store`]: there is no room for the key or the working memory.
    pub fn master_key<S: KeySet>(&self, ctx: &Context<'_, S>) -> Result<MasterKey, Error> {
        self.compare_kdf()?;
        Ok(ctx.derive_master_key(self.password, &self.kdf, salt(self.email).as_bytes())?)
    }
}

/// Holds a master password that is set now: for a new account, or in place of another.
///
/// `kdf` is enough for a new password, which its type proves. When the server has accepted the password, store the
/// parameters in [`Account::kdf`]. The next unlock compares with them.
///
/// ```
/// use strongroom::{KeyStore, passwords::NewKdf};
/// use strongroom_account::{self as account, AccountIds, Error, MasterPassword, NewPassword};
///
/// const IDS: AccountIds<&str> = AccountIds { user: "user", private: "private", signing: None };
///
/// let (store, email) = (KeyStore::open()?, "ada@example.com");
/// let password = store.secret_text("correct horse")?;
/// let new = NewPassword { password: &password, kdf: NewKdf::default(), email };
/// let (protection, account) = store.try_transaction(|tx| {
///     let mut made = account::create_v1(tx, &IDS)?;
///     let protection = account::protect_with_password(tx, &new, made.user)?;
///     made.account.kdf = Some(new.kdf.into());
///     Ok::<_, Error>((protection, made.account))
/// })?;
/// let known = MasterPassword { password: &password, kdf: new.kdf.into(), email, last: Some(&account) };
/// store.try_context(|ctx| account::unlock_with_password(ctx, &known, &protection.user_key).map(drop))?;
/// # Ok::<_, Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NewPassword<'p> {
    /// The password.
    pub password: &'p ProtectedBytes,
    /// The function that makes guesses expensive.
    pub kdf: NewKdf,
    /// The e-mail address of the account, or the salt that its server states: of it the [`salt`] is made.
    pub email: &'p str,
}

impl NewPassword<'_> {
    /// Derives the master key: all the work that the function takes, once for everything that follows.
    ///
    /// # Errors
    /// [`Error::Store`]: there is no room for the key or the working memory.
    pub fn master_key<S: KeySet>(&self, ctx: &Context<'_, S>) -> Result<MasterKey, Error> {
        Ok(ctx.derive_master_key(self.password, &self.kdf.kdf(), salt(self.email).as_bytes())?)
    }
}

/// Unlocks an account with its master password: opens the user key and with it the account's keys, and names all of
/// them.
///
/// If `password.last` is an account, the new state has to go with it, as for [`unlock_known`]. Store the account that
/// it returns.
///
/// # Errors
/// - [`Error::WrongSecret`]: the password is wrong.
/// - As for [`unlock_known`]; [`TakenBack::Kdf`] as well.
pub fn unlock_account<S: KeySet>(
    tx: &mut Transaction<'_, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    password: &MasterPassword<'_>,
    user_key: &EncString,
    keys: &AccountKeys,
) -> Result<Account, Error> {
    let master = password.master_key(tx)?;
    unlock_account_with_master_key(tx, ids, password, &master, user_key, keys)
}

/// Unlocks an account as [`unlock_account`] does, with a master key that was derived before: at a login, which sends
/// the server a hash of the password before the server answers with the keys.
///
/// ```
/// use strongroom::{EncString, KeyStore, master_keys::{HashPurpose, MasterKeys}};
/// use strongroom_account::{self as account, Account, AccountIds, AccountKeys, Error, MasterPassword};
///
/// const IDS: AccountIds<&str> = AccountIds { user: "user", private: "private", signing: Some("signing") };
///
/// /// `ask` sends the hash to the server, and returns its answer.
/// fn log_in(
///     store: &KeyStore,
///     password: &MasterPassword<'_>,
///     ask: impl FnOnce(&str) -> Result<(EncString, AccountKeys), Error>,
/// ) -> Result<Account, Error> {
///     store.try_transaction(|tx| {
///         let master = password.master_key(tx)?; // the costly part, once
///         let hash = tx.authentication_hash(&master, password.password, HashPurpose::ServerAuthorization)?;
///         let (user_key, keys) = ask(hash.expose())?;
///         account::unlock_account_with_master_key(tx, &IDS, password, &master, &user_key, &keys)
///     })
/// }
/// ```
///
/// # Errors
/// - [`Error::WrongSecret`]: the master key is of another password.
/// - [`Error::TakenBack`]: the account contradicts `password.last`.
/// - [`Error::WrongVersion`], [`Error::OtherPublicKey`]: the keys do not belong together.
/// - [`Error::Store`]: a key does not open or is of another algorithm, a signature is not the account's, two of the
///   names are equal, or there is no room.
pub fn unlock_account_with_master_key<S: KeySet>(
    tx: &mut Transaction<'_, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    password: &MasterPassword<'_>,
    master: &MasterKey,
    user_key: &EncString,
    keys: &AccountKeys,
) -> Result<Account, Error> {
    let user = unwrap_user_key(tx, master, user_key)?;
    let account = match password.last {
        Some(last) => unlock_known(tx, ids, user, keys, last),
        None => unlock(tx, ids, user, keys),
    }?;
    Ok(Account { kdf: Some(password.kdf), ..account })
}

/// Opens the user key with a master password, as [`unwrap_user_key`] does with its master key. It becomes a local key
/// of this context.
///
/// # Errors
/// - [`Error::WrongSecret`]: the password is wrong.
/// - [`TakenBack::Kdf`]: the key derivation is weaker than that of the last unlock.
/// - [`Error::Store`]: as for [`unwrap_user_key`]; there is no room for the working memory.
pub fn unlock_with_password<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    password: &MasterPassword<'_>,
    wrapped: &EncString,
) -> Result<Key<'c>, Error> {
    let master = password.master_key(ctx)?;
    unwrap_user_key(ctx, &master, wrapped)
}

/// Opens the user key of an account that nobody has opened for years, with its master password: type 0, under the
/// master key itself. It becomes a local key of this context.
///
/// **Type 0 has no MAC**: see [`unwrap_legacy_user_key`](strongroom::master_keys::MasterKeys::unwrap_legacy_user_key).
/// A server can put it in the place of a newer text. So no other call of this crate opens it. Ask the user, and
/// [protect](protect_with_password) the key anew.
///
/// # Errors
/// - [`Error::WrongSecret`]: the password is wrong, or the text was changed.
/// - [`TakenBack::Kdf`]: the key derivation is weaker than that of the last unlock.
/// - [`Error::Store`]: the text is of another type, or holds something else than a symmetric key; there is no room.
pub fn unlock_legacy_with_password<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    password: &MasterPassword<'_>,
    wrapped: &EncString,
) -> Result<Key<'c>, Error> {
    let master = password.master_key(ctx)?;
    opened(ctx.unwrap_legacy_user_key(&master, wrapped))
}

/// Opens the user key with a master key: of type 2 under the key that it is stretched to. It becomes a local key of
/// this context.
///
/// # Errors
/// - [`Error::WrongSecret`]: the password was wrong.
/// - [`Error::Store`]: the text is of another type, or holds something else than a symmetric key; there is no room. For
///   type 0 there is [`unlock_legacy_with_password`].
pub fn unwrap_user_key<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    master: &MasterKey,
    wrapped: &EncString,
) -> Result<Key<'c>, Error> {
    let by = ctx.stretch(master)?;
    opened(ctx.unwrap_key(by, wrapped, KeyUses::CONTENTS_AND_KEYS))
}

/// Wraps a user key under the key that a master key is stretched to: type 2.
///
/// The master key does not tell whether its parameters are enough for a new password. For a new one, take
/// [`NewPassword::master_key`].
///
/// # Errors
/// [`Error::Store`]: the store is locked; no room, no random bytes.
pub fn wrap_user_key<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    master: &MasterKey,
    user: Key<'c>,
) -> Result<EncString, Error> {
    let by = ctx.stretch(master)?;
    Ok(ctx.wrap_key(by, user)?)
}

/// What a server keeps of a master password.
#[derive(Debug)]
#[non_exhaustive]
pub struct PasswordProtection {
    /// The user key under the password.
    pub user_key: EncString,
    /// What the server is shown at the next login.
    pub authentication: AuthenticationHash,
}

/// Puts a user key under a master password: for a new account, or a password that is set anew. After a rotation, the
/// password stays: [`MasterPassword::unchanged`].
///
/// # Errors
/// [`Error::Store`]: the store is locked; no room, no random bytes.
pub fn protect_with_password<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    password: &NewPassword<'_>,
    user: Key<'c>,
) -> Result<PasswordProtection, Error> {
    let master = password.master_key(ctx)?;
    Ok(PasswordProtection {
        user_key: wrap_user_key(ctx, &master, user)?,
        authentication: ctx.authentication_hash(&master, password.password, HashPurpose::ServerAuthorization)?,
    })
}

/// What a server wants to see before it changes a password, and what it keeps then.
#[derive(Debug)]
#[non_exhaustive]
pub struct PasswordChange {
    /// What shows that the old password was known.
    pub old_authentication: AuthenticationHash,
    /// The new password's part.
    pub new: PasswordProtection,
}

/// Changes the master password, its function, the e-mail address, or all of these. The user key stays as it is: send
/// the result to the server inside the same transaction, so that what is done beside it is undone if the server says
/// no. If it says yes, store the new key derivation in [`Account::kdf`].
///
/// # Errors
/// - [`Error::WrongSecret`]: the old password is wrong.
/// - [`TakenBack::Kdf`]: the old key derivation is weaker than that of the last unlock.
/// - [`Error::OtherUserKey`]: what the old password opens is not the key of this name.
/// - [`Error::Store`]: there is no key of this name; no room, no random bytes.
pub fn change_password<S: KeySet>(
    tx: &mut Transaction<'_, S>,
    user: impl KeyName<S, Symmetric>,
    old: &MasterPassword<'_>,
    wrapped: &EncString,
    new: &NewPassword<'_>,
) -> Result<PasswordChange, Error> {
    let user = tx.key(user)?;
    let master = old.master_key(tx)?;
    let found = unwrap_user_key(tx, &master, wrapped)?;
    if !tx.is_same_key(user, found)? {
        return Err(Error::OtherUserKey);
    }
    Ok(PasswordChange {
        old_authentication: tx.authentication_hash(&master, old.password, HashPurpose::ServerAuthorization)?,
        new: protect_with_password(tx, new, user)?,
    })
}
