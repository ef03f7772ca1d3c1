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
//! key a program can open a wrapped key as contents ([`KeyUses`](strongroom::KeyUses)). No other call shows the bytes
//! of a key. What a protocol hands out to somebody is a type of its own, which shows them through `expose` alone:
//! [`AuthenticationHash`](strongroom::master_keys::AuthenticationHash), [`SendSecret`], [`SendPasswordHash`],
//! [`AccessTokenSecret`], [`DeviceKey`], [`KeyConnectorKey`], and for invitations
//! [`HighEntropySecret`](strongroom::envelopes::HighEntropySecret). Until then they are kept in secret memory, but for
//! the authentication hash, which opens nothing. Each is erased when it is dropped. Locking the store does not erase
//! them, as it does not erase a password that the program holds.
//!
//! An account is of version 1 (its user key is one of AES-256-CBC-HMAC-SHA256) or 2 (a COSE key; a signing key vouches
//! for the public key and the security state). [`AccountKeys`] says which, and [`unlock`] checks that all belong
//! together.
//!
//! # What a hostile server can do
//! The server stores the account's encrypted data, so it can serve older data, and keys that it made itself. This crate
//! detects what a program can detect. The client has to do its part:
//! - **Remember** what the table below lists, in a file that the server does not write. [`unlock_account`] and
//!   [`unlock_known`] refuse an older state, other keys and a weaker key derivation than the remembered ones.
//! - **Show** the [fingerprint](confirm_fingerprint) of a public key before a key is given away
//!   ([`share_organization`], [`approve_auth_request`], [`enroll_account_recovery`], [`grant_emergency_access`]), and
//!   that of the own account after a [login with another device](complete_auth_request).
//! - **Ask** the user about [organisations](unlock_organizations) that are new or have another key, and about the
//!   [devices](RotatableKeySet::confirmed_by_user) that a rotation moves along.
//! - **Know** that nothing binds a text to its place or time: the server can swap two fields of one key, and bring back
//!   an older value. `SECURITY.md` lists every attack class.
//!
//! | after | store |
//! | --- | --- |
//! | a registration ([`create_v1`], [`create_v2`]) | [`NewAccount::account`] with [`Account::kdf`] set |
//! | an unlock or a login | the [`Account`] that the call returns |
//! | a rotation or an upgrade | [`RotatedAccount::account`] |
//! | a new password ([`change_password`]) | [`Account::kdf`] |
//! | a yes to an organisation | the thumbprint that [`accept_organization`] returns |
//! | a new organisation | [`NewOrganization::thumbprint`] |
//!
//! After a no to any question nothing was named. Stay locked, and log out.
//!
//! A rotation or an upgrade leaves what others open with the old user key behind: put the new one under the PIN
//! ([`enroll_pin_again`]), the key connector and the password, and enrol account recovery and emergency access again.
//!
//! # To unlock an account
//! ```
//! use std::collections::HashMap;
//!
//! use strongroom::{EncString, Kdf, KeyStore, inspection::KeyThumbprint};
//! use strongroom_account::{self as account, Account, AccountIds, AccountKeys, MasterPassword};
//! use strongroom_account::{Error, Membership, TakenBack, UnlockedOrganization};
//!
//! strongroom::key_ids! {
//!     enum Keys;
//!     symmetric Key { User, Organization(u128) }
//!     asymmetric KeyPair { Encryption, Signature }
//! }
//! const IDS: AccountIds<Key, KeyPair> =
//!     AccountIds { user: Key::User, private: KeyPair::Encryption, signing: Some(KeyPair::Signature) };
//!
//! /// The server's answer to a login. `unlock_account_with_master_key` shows how to log in.
//! struct Answer {
//!     email: String,
//!     kdf: Kdf,
//!     user_key: EncString,
//!     keys: AccountKeys,
//!     organizations: Vec<(u128, EncString)>,
//! }
//!
//! /// The memory between unlocks, for a file of the program. It holds no secret. Both fields can be serialised.
//! #[derive(Default)]
//! struct Memory {
//!     account: Option<Account>,
//!     organizations: HashMap<u128, KeyThumbprint>,
//! }
//!
//! fn unlock(store: &KeyStore<Keys>, password: &str, answer: &Answer, memory: &mut Memory) -> Result<(), Error> {
//!     let text = store.secret_text(password)?; // better read_secret, from a descriptor
//!     let last = memory.account.as_ref();
//!     let password = MasterPassword { password: &text, kdf: answer.kdf, email: &answer.email, last };
//!     let list: Vec<_> = answer.organizations.iter().map(|(id, key)| Membership {
//!         name: Key::Organization(*id),
//!         key: key.clone(),
//!         last: memory.organizations.get(id).copied(),
//!     }).collect();
//!     let account = store.try_transaction(|tx| {
//!         let account = account::unlock_account(tx, &IDS, &password, &answer.user_key, &answer.keys)?;
//!         let found = account::unlock_organizations(tx, KeyPair::Encryption, &list)?;
//!         for (((id, _), listed), found) in answer.organizations.iter().zip(&list).zip(found) {
//!             match found {
//!                 UnlockedOrganization::Known(_) => {}
//!                 UnlockedOrganization::New(_) if user_says_yes(&format!("Did you join organisation {id}?")) => {
//!                     let thumbprint = account::accept_organization(tx, KeyPair::Encryption, listed)?;
//!                     memory.organizations.insert(*id, thumbprint);
//!                 }
//!                 other => println!("organisation {id} stays closed: {other:?}"), // the others are open
//!             }
//!         }
//!         Ok::<_, Error>(account)
//!     })?;
//!     memory.account = Some(account);
//!     Ok(())
//! }
//! # fn user_says_yes(_: &str) -> bool { true }
//!
//! # fn main() -> Result<(), Error> {
//! # let usual = Kdf::pbkdf2(600_000)?;
//! # let elsewhere = KeyStore::<Keys>::open()?;
//! # let [v1, v2] = {
//! #     let email = "Ada@example.com".to_owned();
//! #     let text = elsewhere.secret_text("correct horse")?;
//! #     let password = MasterPassword { password: &text, kdf: usual, email: &email, last: None }.unchanged()?;
//! #     let none: [EncString; 0] = [];
//! #     elsewhere.try_transaction(|tx| {
//! #         let made = account::create_v1(tx, &IDS)?;
//! #         let organization = account::create_organization(tx, Key::Organization(7), KeyPair::Encryption)?.key;
//! #         let answer = |user_key, keys| Answer {
//! #             email: email.clone(), kdf: usual, user_key, keys, organizations: vec![(7, organization.clone())]
//! #         };
//! #         let v1 = answer(account::protect_with_password(tx, &password, made.user)?.user_key, made.keys);
//! #         let under = account::UnderUserKey { last: &made.account, keys: &v1.keys, key_sets: &[], things: &none };
//! #         let algorithm = strongroom::algorithms::SymmetricAlgorithm::Xaes256Gcm;
//! #         let next = account::upgrade(tx, &IDS, under, algorithm)?.rotated;
//! #         let v2 = answer(account::protect_with_password(tx, &password, next.user)?.user_key, next.keys);
//! #         Ok::<_, Error>([v1, v2])
//! #     })?
//! # };
//! let (store, mut memory) = (KeyStore::<Keys>::open()?, Memory::default());
//! unlock(&store, "correct horse", &v1, &mut memory)?;
//! assert_eq!(memory.account.as_ref().map(|account| account.version), Some(1));
//! let note = store.encrypt_text(Key::Organization(7), "milk")?;
//! # let _ = note;
//!
//! // After an upgrade to version 2 on another device:
//! unlock(&store, "correct horse", &v2, &mut memory)?;
//! let account = memory.account.clone().unwrap();
//! assert_eq!((account.version, account.security_version, account.kdf), (2, Some(2), Some(v2.kdf)));
//!
//! // A wrong password, a server that serves the old state again, and one that asks for a cheap hash of the password:
//! let wrong = unlock(&store, "correct house", &v2, &mut memory);
//! assert_eq!(wrong, Err(Error::WrongSecret));
//! let old = unlock(&store, "correct horse", &v1, &mut memory);
//! assert_eq!(old, Err(TakenBack::Version { last: 2, found: 1 }.into()));
//! let cheap = unlock(&store, "correct horse", &Answer { kdf: Kdf::pbkdf2(5_000)?, ..v2 }, &mut memory);
//! assert!(matches!(cheap, Err(Error::TakenBack(TakenBack::Kdf { .. }))));
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
//! # use strongroom_account::{self as account, AccountIds, UnderUserKey};
//! # use strongroom::{EncString, KeyStore, KeyUses};
//! use strongroom::passwords::NewKdf;
//! use strongroom_account::{Error, MasterPassword, NewPassword};
//!
//! # strongroom::key_ids! { enum Keys; symmetric Key { User } asymmetric KeyPair { Encryption } }
//! # const IDS: AccountIds<Key, KeyPair> = AccountIds { user: Key::User, private: KeyPair::Encryption, signing: None };
//! # fn send<T>(_: T) -> Result<(), Error> { Ok(()) }
//! # let store = KeyStore::<Keys>::open()?;
//! # let text = store.secret_text("correct horse")?;
//! let new = NewPassword { password: &text, kdf: NewKdf::default(), email: "ada@example.com" };
//! let (keys, mut account) = store.try_transaction(|tx| {
//!     let made = account::create_v1(tx, &IDS)?;
//!     let protection = account::protect_with_password(tx, &new, made.user)?;
//!     send((&protection.user_key, protection.authentication.expose(), &made.keys))?;
//!     Ok::<_, Error>((made.keys, made.account))
//! })?;
//! account.kdf = Some(new.kdf.into()); // and store it: a weaker one is refused from now on
//! # let items: Vec<EncString> = store.context(|ctx| {
//! #     let item = ctx.generate(KeyUses::CONTENTS_AND_KEYS)?;
//! #     Ok(vec![ctx.wrap_key(ctx.key(Key::User)?, item)?])
//! # })?;
//!
//! // Later: the server lists the devices that open the account, and the user says which of them still may.
//! # let listed = store.try_context(|ctx| {
//! #     let device = account::DeviceKey::generate(ctx)?;
//! #     Ok::<_, Error>(vec![("Ada's laptop, since 3 May", device.trust(ctx, ctx.key(Key::User)?)?)])
//! # })?;
//! # let user_recognises = |_: &str| true;
//! let key_sets: Vec<_> = listed
//!     .into_iter()
//!     .filter(|(device, _)| user_recognises(device))
//!     .map(|(_, key_set)| key_set.confirmed_by_user())
//!     .collect();
//! let kdf = new.kdf.into(); // as the server states it
//! let password = MasterPassword { password: &text, kdf, email: "ada@example.com", last: Some(&account) };
//! account = store.try_transaction(|tx| {
//!     let under = UnderUserKey { last: &account, keys: &keys, key_sets: &key_sets, things: &items };
//!     let rotated = account::rotate(tx, &IDS, under)?;
//!     let protection = account::protect_with_password(tx, &password.unchanged()?, rotated.user)?;
//!     // If this fails, the old key stays.
//!     send((&protection.user_key, &rotated.keys, &rotated.key_sets, &rotated.things))?;
//!     Ok::<_, Error>(rotated.account) // and store it
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
mod membership;
mod operation;
mod organization;
mod pin;
mod prf;
mod recovery;
mod rotation;
mod secret;
mod send;
mod taken_back;
mod upgrade_token;

pub use access_token::{AccessToken, AccessTokenSecret};
pub use auth_request::{
    approve_auth_request, approve_auth_request_with_master_key, begin_auth_request, complete_auth_request,
    complete_auth_request_with_master_key,
};
pub use creation::{NewAccount, create_v1, create_v2};
pub use device::DeviceKey;
pub use error::Error;
pub use fingerprint::{Fingerprint, confirm_fingerprint, fingerprint_phrase};
pub use key_connector::KeyConnectorKey;
pub use key_set::RotatableKeySet;
pub use keys::{Account, AccountIds, AccountKeys, unlock, unlock_known};
pub use master_password::{
    MasterPassword, NewPassword, PasswordChange, PasswordProtection, change_password, protect_with_password, salt,
    unlock_account, unlock_account_with_master_key, unlock_legacy_with_password, unlock_with_password, unwrap_user_key,
    wrap_user_key,
};
pub use membership::{Membership, UnlockedOrganization, accept_organization, unlock_organizations};
pub use organization::{NewOrganization, create_organization, share_organization};
pub use pin::{
    PinEnrollment, enroll_pin, enroll_pin_again, unlock_with_pin, unlock_with_pin_of, unwrap_with_pin, wrap_with_pin,
};
pub use prf::prf_key;
pub use recovery::{enroll_account_recovery, grant_emergency_access, open_recovered_user_key};
pub use rotation::{RotatedAccount, UnderUserKey, UpgradedAccount, rotate, upgrade};
pub use send::{SendPasswordHash, SendSecret};
pub use taken_back::TakenBack;
pub use upgrade_token::UpgradeToken;
