//! Master keys: from a password to what it unlocks, one step at a time.

use strongroom_memory::ProtectedBytes;

use super::context::{Context, OfContext};
use super::key::Key;
use crate::authentication_hash::{AuthenticationHash, HashPurpose};
use crate::confirmed::Confirmed;
use crate::error::{Error, ErrorKind, Operation};
use crate::format;
use crate::format::enc_string::EncString;
use crate::kdf::Kdf;
use crate::key::uses::KeyUses;
use crate::kind::{Asymmetric, Symmetric};
use crate::master_key::MasterKey;
use crate::name::KeySet;
use crate::operation;
use crate::public::PublicKey;

/// Derives master keys and uses them.
///
/// The calls are those of a [`Context`] and a [`Transaction`](crate::Transaction). The trait is sealed. [`Context`]
/// lists the errors of every call.
pub trait MasterKeys<'c, S: KeySet>: OfContext {
    /// Derives the 32 bytes of a master key from a password by `kdf`. All the work is done here, once for every use of
    /// the master key.
    ///
    /// If you want only the key that the master key is stretched to,
    /// [`derive_from_password`](crate::Context::derive_from_password) takes one step less. The salt is used as given,
    /// as there.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key or for the working memory.
    fn derive_master_key(&self, password: &ProtectedBytes, kdf: &Kdf, salt: &[u8]) -> Result<MasterKey, Error>;

    /// Encapsulates a master key for the holder of the private key of `public`, as type 4. Clients answered a login
    /// with another device in this way before they sent the user key. The holder can open all that the password opens.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    fn encapsulate_master_key(&self, master: &MasterKey, public: &Confirmed<PublicKey>) -> Result<EncString, Error>;

    /// Opens an encapsulated master key, of types 3 to 6. Older clients answer a login with another device by such a
    /// key.
    ///
    /// # Errors
    /// - Those of [`decapsulate`](crate::encapsulation::Encapsulate::decapsulate).
    /// - [`Malformed::NotAKey`](crate::errors::Malformed::NotAKey): it holds something else than 32 bytes.
    fn decapsulate_master_key(&self, by: Key<'c, Asymmetric>, encapsulated: &EncString) -> Result<MasterKey, Error>;

    /// Stretches a master key to a key of AES-256-CBC-HMAC-SHA256 by HKDF-Expand (RFC 5869 section 2.3) with the infos
    /// `enc` and `mac`. That key wraps the user key, and is for keys alone.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key.
    fn stretch(&self, master: &MasterKey) -> Result<Key<'c, Symmetric>, Error>;

    /// Computes the hash that shows a server, or this device, that somebody knows the password. It is
    /// PBKDF2-HMAC-SHA256 with the master key as its password and the password as its salt. The purpose says how many
    /// rounds it takes.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the operation.
    fn authentication_hash(
        &self,
        master: &MasterKey,
        password: &ProtectedBytes,
        purpose: HashPurpose,
    ) -> Result<AuthenticationHash, Error>;

    /// Unwraps the user key of an account that nobody has opened for years: type 0, AES-256-CBC **without a MAC**,
    /// under the master key itself and not under the key that it is stretched to.
    ///
    /// **Nothing authenticates it.** Whoever could write to where the text was stored could have changed it, up to
    /// another key of their choice for halves of it. The error says little more than that it is no key. So wrap the key
    /// anew, under [`stretch`](Self::stretch), and forget this text. No other call opens type 0, and this call hands
    /// out no byte of what it opens.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`Unsupported::Type`](crate::errors::Unsupported::Type): the text is of another type.
    /// - [`ErrorKind::WrongKey`], [`ErrorKind::Malformed`]: the master key does not open it.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key.
    fn unwrap_legacy_user_key(&self, master: &MasterKey, wrapped: &EncString) -> Result<Key<'c, Symmetric>, Error>;
}

impl<'c, S: KeySet> MasterKeys<'c, S> for Context<'c, S> {
    fn derive_master_key(&self, password: &ProtectedBytes, kdf: &Kdf, salt: &[u8]) -> Result<MasterKey, Error> {
        self.reach()
            .making(Operation::Derive, |memory| operation::derive(memory, password, kdf, salt).map(MasterKey::new))
    }

    fn encapsulate_master_key(&self, master: &MasterKey, public: &Confirmed<PublicKey>) -> Result<EncString, Error> {
        self.reach().making(Operation::Encapsulate, |memory| format::encapsulate_master(memory, master.key(), public))
    }

    fn decapsulate_master_key(&self, by: Key<'c, Asymmetric>, encapsulated: &EncString) -> Result<MasterKey, Error> {
        self.reach().making_by(Operation::Decapsulate, by, |memory, by| {
            format::decapsulate_master(memory, by, encapsulated).map(MasterKey::new)
        })
    }

    fn stretch(&self, master: &MasterKey) -> Result<Key<'c, Symmetric>, Error> {
        self.reach().make::<Symmetric>(Operation::Derive, |memory| {
            Ok(operation::stretch(memory, master.key())?.for_uses(KeyUses::KEYS))
        })
    }

    fn authentication_hash(
        &self,
        master: &MasterKey,
        password: &ProtectedBytes,
        purpose: HashPurpose,
    ) -> Result<AuthenticationHash, Error> {
        self.reach().making(Operation::Derive, |memory| {
            let hash = operation::authentication_hash(memory, master.key(), password, purpose.rounds());
            hash.map(AuthenticationHash::new).map_err(ErrorKind::from)
        })
    }

    fn unwrap_legacy_user_key(&self, master: &MasterKey, wrapped: &EncString) -> Result<Key<'c, Symmetric>, Error> {
        self.reach().make::<Symmetric>(Operation::Unwrap, |memory| format::unwrap_legacy(memory, master.key(), wrapped))
    }
}
