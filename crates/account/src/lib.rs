//! The keys of an account, from a password or another secret down to those of organisations and sends.
//!
//! ```text
//! master password -> master key -> stretched --+
//! PIN, key connector, passkey, trusted device -+--> user key --+--> private key --> organisation keys
//! another device (auth request) ---------------+               +--> signing key (version 2)
//!                                                              +--> keys of items, folders, sends
//! ```
//!
//! Each step is one call that names what goes in (a secret text, a wrapped key) and where the result is kept (a local
//! key, a key id). The keys of users and organisations are for contents and keys, as Bitwarden uses them: with such a
//! key a program can open a wrapped key as contents ([`KeyUses`](strongroom::KeyUses)). Otherwise no call shows the
//! bytes of a key. What a protocol hands out to somebody is a type of its own, which shows them through `expose` alone:
//! [`AuthenticationHash`](strongroom::master_keys::AuthenticationHash), [`SendSecret`], [`SendPasswordHash`],
//! [`AccessTokenSecret`], [`DeviceKey`], [`KeyConnectorKey`], and for invitations
//! [`HighEntropySecret`](strongroom::envelopes::HighEntropySecret). Until then they are kept in secret memory, but for
//! the authentication hash, which opens nothing. Each is erased when it is dropped; the lock of the store reaches them
//! as little as it reaches a password.
//!
//! An account is of version 1 (its user key is one of AES-256-CBC-HMAC-SHA256) or 2 (a COSE key; a signing key vouches
//! for the public key and the security state). [`AccountKeys`] says which, and [`unlock`] checks that all belong
//! together.
//!
//! # To unlock an account
//! ```
//! use strongroom_account::{self as account, AccountIds, AccountKeys, MasterPassword};
//! use strongroom::{EncString, Kdf, KeyStore, Policy};
//! use strongroom_account::Error;
//!
//! strongroom::key_ids! {
//!     enum Keys;
//!     symmetric Key { User, Organization(u128) }
//!     asymmetric KeyPair { Encryption, Signature }
//! }
//! const IDS: AccountIds<Key, KeyPair> =
//!     AccountIds { user: Key::User, private: KeyPair::Encryption, signing: Some(KeyPair::Signature) };
//!
//! /// What the server said at the login.
//! struct Answer {
//!     email: String,
//!     kdf: Kdf,
//!     user_key: EncString,
//!     keys: AccountKeys,
//!     organizations: Vec<(u128, EncString)>,
//! }
//!
//! fn unlock(store: &KeyStore<Keys>, password: &str, answer: &Answer) -> Result<account::Account, Error> {
//!     let password = store.secret_text(password)?; // better read_secret, from a descriptor
//!     let password = MasterPassword { password: &password, kdf: answer.kdf, email: &answer.email };
//!     let organizations: Vec<_> =
//!         answer.organizations.iter().map(|(id, key)| (Key::Organization(*id), key.clone())).collect();
//!     store.try_transaction(|tx| {
//!         let user = account::unlock_with_password(tx, &password, &answer.user_key)?;
//!         let account = account::unlock(tx, &IDS, user, &answer.keys)?; // of either version
//!         for closed in account::unlock_organizations(tx, KeyPair::Encryption, &organizations)? {
//!             eprintln!("{closed}"); // the others are open
//!         }
//!         Ok(account)
//!     })
//! }
//!
//! # fn main() -> Result<(), Error> {
//! let store = KeyStore::<Keys>::open()?;
//! # let [v1, v2] = [1, 2].map(|version| {
//! #     let elsewhere = KeyStore::<Keys>::open()?;
//! #     let (email, kdf) = ("Ada@example.com".to_owned(), Kdf::pbkdf2(5_000)?);
//! #     let password = elsewhere.secret_text("correct horse")?;
//! #     let password = MasterPassword { password: &password, kdf, email: &email };
//! #     let (user_key, keys, organization) = elsewhere.try_transaction(|tx| {
//! #         let made = match version {
//! #             1 => account::create_v1(tx, &IDS)?,
//! #             _ => account::create_v2(tx, &IDS, strongroom::algorithms::SymmetricAlgorithm::Xaes256Gcm)?,
//! #         };
//! #         let protection = account::protect_with_password(tx, &password, made.user)?;
//! #         let organization = account::create_organization(tx, Key::Organization(7), &made.public_key)?;
//! #         Ok::<_, Error>((protection.user_key, made.keys, organization.key))
//! #     })?;
//! #     Ok::<_, Error>(Answer { email, kdf, user_key, keys, organizations: vec![(7, organization)] })
//! # });
//! # let (v1, v2) = (v1?, v2?);
//! let account = unlock(&store, "correct horse", &v1)?;
//! assert_eq!((account.version, account.security_version), (1, None));
//! let note = store.context(|ctx| ctx.encrypt_text(ctx.key(Key::Organization(7))?, "milk"))?;
//! # let _ = note;
//!
//! let account = unlock(&store, "correct horse", &v2)?;
//! assert_eq!((account.version, account.security_version), (2, Some(2)));
//! let signature = store.context(|ctx| ctx.sign(ctx.key(KeyPair::Signature)?, b"message"))?;
//! account.verifying_key.unwrap().verify(b"message", &signature)?;
//!
//! let wrong = unlock(&store, "correct house", &v1).unwrap_err();
//! assert_eq!(wrong.to_string(), "the secret does not open the user key");
//! # Ok(())
//! # }
//! ```
//!
//! # To make one, and to change it
//! [`create_v1`], [`create_v2`] and [`protect_with_password`]; [`change_password`] for a new password, function or
//! e-mail address, [`rotate`] for a new user key, [`upgrade`] from version 1 to 2. Each is made inside a transaction,
//! in which the result is sent to the server too: if anything fails, all is as it was.
//!
//! ```
//! # use strongroom_account::{self as account, AccountIds, MasterPassword, UnderUserKey};
//! # use strongroom::{EncString, Kdf, KeyStore, KeyUses, Policy};
//! # use strongroom_account::Error;
//! # strongroom::key_ids! { enum Keys; symmetric Key { User } asymmetric KeyPair { Encryption } }
//! # const IDS: AccountIds<Key, KeyPair> = AccountIds { user: Key::User, private: KeyPair::Encryption, signing: None };
//! # fn send<T>(_: T) -> Result<(), Error> { Ok(()) }
//! # let store = KeyStore::<Keys>::open()?;
//! # let password = store.secret_text("correct horse")?;
//! # let password = MasterPassword { password: &password, kdf: Kdf::pbkdf2(5_000)?, email: "ada@example.com" };
//! let keys = store.try_transaction(|tx| {
//!     let made = account::create_v1(tx, &IDS)?;
//!     let protection = account::protect_with_password(tx, &password, made.user)?;
//!     send((&protection.user_key, protection.authentication.expose(), &made.keys))?;
//!     Ok::<_, Error>(made.keys)
//! })?;
//! # let items: Vec<EncString> = store.context(|ctx| {
//! #     let item = ctx.generate(KeyUses::CONTENTS_AND_KEYS)?;
//! #     Ok(vec![ctx.wrap_key(ctx.key(Key::User)?, item)?])
//! # })?;
//!
//! store.try_transaction(|tx| {
//!     let under = UnderUserKey { keys: &keys, key_sets: &[], things: &items };
//!     let rotated = account::rotate(tx, &IDS, under)?;
//!     let protection = account::protect_with_password(tx, &password, rotated.user)?;
//!     send((&protection.user_key, &rotated.keys, &rotated.things)) // if this fails, the old key stays
//! })?;
//! # Ok::<_, Error>(())
//! ```

#![forbid(unsafe_code)]

mod access_token;
mod auth_request;
mod creation;
mod derivation;
mod device;
mod encoding;
mod error;
mod fingerprint;
mod key_connector;
mod key_set;
mod keys;
mod labels;
mod master_password;
mod operation;
mod organization;
mod pin;
mod prf;
mod rotation;
mod secret;
mod send;
mod upgrade_token;

pub use access_token::{AccessToken, AccessTokenSecret};
pub use auth_request::{
    approve_auth_request, approve_auth_request_with_master_key, begin_auth_request, complete_auth_request,
    complete_auth_request_with_master_key,
};
pub use creation::{NewAccount, create_v1, create_v2};
pub use device::DeviceKey;
pub use error::Error;
pub use fingerprint::fingerprint_phrase;
pub use key_connector::KeyConnectorKey;
pub use key_set::RotatableKeySet;
pub use keys::{Account, AccountIds, AccountKeys, unlock};
pub use master_password::{
    MasterPassword, PasswordChange, PasswordProtection, change_password, protect_with_password, salt,
    unlock_with_password, unwrap_user_key, wrap_user_key,
};
pub use organization::{NewOrganization, create_organization, share_organization, unlock_organizations};
pub use pin::{
    PinEnrollment, enroll_pin, enroll_pin_again, unlock_with_pin, unlock_with_pin_of, unwrap_with_pin, wrap_with_pin,
};
pub use prf::prf_key;
pub use rotation::{RotatedAccount, UnderUserKey, UpgradedAccount, rotate, upgrade};
pub use send::{SendPasswordHash, SendSecret};
pub use upgrade_token::UpgradeToken;
