//! Keeps encryption keys where other processes cannot read them, and lets a program use them only by reference. Speaks
//! Bitwarden's formats.
//!
//! ```
//! # use strongroom::{Error, ExposeSecret, KeyStore};
//! let store = KeyStore::open()?;                      // the best memory that this machine grants: store.protection()
//! store.generate("notes")?;                           // an error if the name is taken
//! let sealed = store.encrypt_text("notes", "milk")?;  // prints as text, parses back
//! let text = store.decrypt_text("notes", &sealed)?;   // Plaintext: ordinary memory, erased on drop
//! store.lock();                                       // every key is erased, for every clone of `store`
//! # assert_eq!(text.expose_secret(), "milk");
//! # Ok::<_, Error>(())
//! ```
//!
//! A store is not a file. To keep `"notes"`, wrap it, for example under a password:
//!
//! ```
//! use strongroom::{Error, Kdf, KeyStore, KeyUses, Salt, Symmetric};
//!
//! # fn main() -> Result<(), Error> {
//! let store = KeyStore::open()?;
//! let password = store.secret_text("correct horse")?; // from a terminal: read_secret_line(stdin().as_fd())
//! let (kdf, salt) = (Kdf::argon2id(3, 64, 4)?, Salt::random()?);
//! let wrapped = store.transaction(|tx| {
//!     let by = tx.derive_from_password(&password, &kdf, salt, KeyUses::KEYS)?; // erased when the closure ends
//!     let notes = tx.generate(KeyUses::CONTENTS)?;
//!     tx.insert("notes", notes)?; // takes effect when the closure returns Ok
//!     tx.wrap_key(by, notes)
//! })?;
//! let sealed = store.encrypt_text("notes", "milk")?;
//! // A file holds `kdf`, `salt`, `wrapped` and `sealed`: all have serde, and none is secret.
//!
//! store.lock();
//! store.transaction(|tx| {
//!     let by = tx.derive_from_password(&password, &kdf, salt, KeyUses::KEYS)?;
//!     let notes = tx.unwrap_key::<Symmetric>(by, &wrapped, KeyUses::CONTENTS)?; // an error if the password is wrong
//!     tx.insert("notes", notes)
//! })?;
//! store.decrypt_text("notes", &sealed)?;
//! # Ok(())
//! # }
//! ```
//!
//! A wrong password is [`ErrorKind::WrongKey`]. For a new password, derive another key and wrap `"notes"` again.
//!
//! Several calls with one key are a context. It looks the name up once, and sees the keys of one moment:
//!
//! ```
//! # use strongroom::{Error, KeyStore};
//! use strongroom::EncString;
//!
//! # fn main() -> Result<(), Error> {
//! # let store = KeyStore::open()?;
//! # store.generate("notes")?;
//! let list: Vec<EncString> = store.context(|ctx| {
//!     let notes = ctx.key("notes")?; // a token: copied freely, good for this closure
//!     ["milk", "eggs"].iter().map(|text| ctx.encrypt_text(notes, text)).collect()
//! })?;
//! # assert_eq!(list.len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! A program's own record has an encrypted form, and says how one becomes the other:
//!
//! ```
//! # use strongroom::KeyStore;
//! use strongroom::names::KeySet;
//! use strongroom::{Context, Decryptable, Encryptable, Error, Key, Sealed};
//!
//! struct Login { user: String, password: String }
//! struct SealedLogin { user: Sealed<String>, password: Sealed<String> } // Sealed has serde
//!
//! impl<S: KeySet> Encryptable<S> for Login {
//!     type Sealed = SealedLogin;
//!     type Error = Error;
//!     fn encrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<SealedLogin, Error> {
//!         Ok(SealedLogin { user: ctx.encrypt(key, &self.user)?, password: ctx.encrypt(key, &self.password)? })
//!     }
//! }
//!
//! impl<S: KeySet> Decryptable<S> for SealedLogin {
//!     type Plain = Login;
//!     type Error = Error;
//!     fn decrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Login, Error> {
//!         Ok(Login { user: ctx.decrypt(key, &self.user)?, password: ctx.decrypt(key, &self.password)? })
//!     }
//! }
//!
//! # fn main() -> Result<(), Error> {
//! # let store = KeyStore::open()?;
//! # store.generate("notes")?;
//! let login = Login { user: "ada".into(), password: "1843".into() };
//! let sealed = store.context(|ctx| ctx.encrypt(ctx.key("notes")?, &login))?;
//! let opened = store.context(|ctx| ctx.decrypt(ctx.key("notes")?, &sealed))?;
//! assert_eq!((opened.user, opened.password), (login.user, login.password));
//! # Ok(())
//! # }
//! ```
//!
//! A key derivation takes a part of a second. In a build without optimisation it takes several seconds. To optimise the
//! libraries of a debug build, put this in `Cargo.toml`: `[profile.dev.package."*"]`, `opt-level = 3`.
//!
//! # Which call for which need
//! | need | call |
//! | --- | --- |
//! | one key, one text | [`KeyStore::encrypt_text`], [`KeyStore::decrypt_text`] |
//! | several keys, or one for many texts | [`KeyStore::context`]: [`Context::key`] once, then its calls |
//! | a record of one's own | [`Encryptable`] and [`Decryptable`], then [`KeyStore::encrypt`] |
//! | many records, on all processors | [`KeyStore::encrypt_list`], [`list`] |
//! | new, renamed or replaced keys, all or none | [`KeyStore::transaction`] |
//! | to keep a key | [`Context::wrap_key`], [`Context::unwrap_key`] |
//! | a key from a password | [`Context::derive_from_password`], [`passwords`] |
//! | names that the compiler checks | [`key_ids!`], [`names`] |
//! | signatures | [`Context::sign`], [`Context::verify`], [`signatures`] |
//! | a key for somebody else | [`encapsulation`] |
//! | an envelope for a password or a secret | [`envelopes`] |
//! | long contents, or a buffer of one's own | [`streams`] |
//! | contents that stay in secret memory | [`protected`] |
//! | what an encrypted text belongs to | [`Context::with_associated_data`] |
//! | another key in the place of one | [`rotation`] |
//! | a demand for protection, or a look at it | [`KeyStore::open_with`], [`KeyStore::report`], [`report`] |
//! | what went wrong | [`Error::kind`], [`errors`] |
//! | no core dumps, no debugger of the same user | `strongroom_memory::process::harden` |
//! | keys as bytes, from other software or for it | [`hazmat`] |
//! | an algorithm that the store does not have | [`extension`] |
//! | accounts of Bitwarden | the crate `strongroom-account` |
//!
//! The [guide] explains the model, with a picture. It also says when the system has no secret memory and what happens
//! then, and how to migrate from `secrecy` and `zeroize`.
//!
//! # Bytes of keys
//! No call takes or returns the bytes of a key, with these exceptions: [`hazmat`], the functions of a program's own
//! ([`extension`]), secrets that a protocol itself discloses (`expose`), and keys that were made for contents and for
//! keys ([`KeyUses`]). Keys are made at random, derived or unwrapped, and leave wrapped.
//!
//! # What is protected, and what is not
//! Keys at rest, with their schedules and midstates, are stored in slots of [`strongroom_memory`]. Where the platform
//! allows it (Linux on x86-64 and aarch64), operations run on a stack of the same memory, which is wiped afterwards.
//! [`protection`](KeyStore::protection) returns both levels. Decrypted contents are the caller's, in ordinary memory.
//! The working memory of Argon2id is ordinary memory too, while it runs. The names of keys are metadata.
//!
//! # Formats
//! [`EncString`] reads and prints every type that Bitwarden's software still reads:
//! - Under a key of AES-256-CBC-HMAC-SHA256, contents and keys are encrypted as type 2.
//! - Under a key of XChaCha20-Poly1305, XAES-256-GCM or AES-256-GCM, they are encrypted as type 7, a COSE_Encrypt0.
//! - Types 3 to 6 hold a symmetric key under an RSA key.
//! - Nothing authenticates type 0. One call alone opens it,
//!   [`unwrap_legacy_user_key`](master_keys::MasterKeys::unwrap_legacy_user_key).
//!
//! Types 0, 2 and 7 have a binary form too, which attachments are stored in. [Signed objects](signatures) are
//! COSE_Sign1 with Ed25519 or ML-DSA-44, each for one purpose. [Envelopes](envelopes) hold keys and contents, each for
//! one purpose. Older generations of envelopes are read.
//!
//! # Features
//! Both are on by default. A program leaves them out by `default-features = false`. Neither changes how keys are
//! protected.
//! - `parallel` shares the items of a [`list`] out to all processors, by rayon. Without it the calls are the same,
//!   and so are their results. The caller's thread does the work.
//! - `ml-dsa` adds ML-DSA-44 signatures. Without it [`MlDsa44`](algorithms::AsymmetricAlgorithm::MlDsa44) is still a
//!   name. A key of that algorithm is neither made nor read, and the error says so by name
//!   ([`UnavailableAlgorithm`](errors::UnavailableAlgorithm)).
#![forbid(unsafe_code)]

mod authentication_hash;
mod confirmed;
mod cose;
mod encoded_text;
mod error;
mod format;
pub mod guide;
pub mod hazmat;
mod high_entropy_secret;
mod kdf;
mod key;
mod kind;
mod labels;
pub mod list;
mod master_key;
mod name;
mod operation;
mod plaintext;
mod public;
pub mod rotation;
mod rsa;
mod store;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod timing;
mod traits;
#[cfg(test)]
mod vectors;
mod written;

pub use error::{Error, ErrorKind};
pub use format::enc_string::EncString;
pub use format::sealed::{Contents, Sealed};
pub use kdf::Kdf;
pub use kdf::salt::Salt;
pub use key::uses::KeyUses;
#[doc(hidden)]
pub use kind::kinds;
pub use kind::{Asymmetric, Symmetric};
pub use name::KeyId;
pub use plaintext::Plaintext;
pub use secrecy::ExposeSecret;
pub use store::extension;
pub use store::{Context, Key, KeyStore, Parent, Transaction, WeakKeyStore, WithAssociatedData};
pub use strongroom_memory::{Demand, Policy, ProtectedBytes, Protection};
pub use traits::{Decryptable, Encryptable, UsesKey};

/// Names keys, by text and by types of a program's own.
pub mod names {
    pub use crate::name::{KeyId, KeyName, KeySet, Text};
}

/// Lists the kinds and algorithms of keys, and the types of encrypted texts.
pub mod algorithms {
    pub use crate::key::algorithm::{AsymmetricAlgorithm, SymmetricAlgorithm};
    pub use crate::kind::{Algorithm, Kind};
    pub use crate::labels::EncStringType;
}

/// Tells what is public of a key: its algorithm, its permitted operations and its id.
pub mod inspection {
    pub use crate::cose::key_ops::{KeyOperation, KeyOperations};
    pub use crate::key::facts::{CoseKeyId, DerivedKeyId, KeyInfo, KeyThumbprint, NotAThumbprint};
    pub use crate::store::Inspect;
}

/// Says how a password becomes a key: functions, their parameters and limits, salts.
pub mod passwords {
    pub use crate::kdf::new_password::NewKdf;
    pub use crate::kdf::salt::Salt;
    pub use crate::kdf::{Kdf, KdfLimits, KdfSettings};
}

/// Encrypts symmetric keys for the holders of RSA keys, and decrypts such keys.
pub mod encapsulation {
    pub use crate::confirmed::Confirmed;
    pub use crate::public::PublicKey;
    pub use crate::store::Encapsulate;
}

/// Signs messages and objects, and verifies them.
pub mod signatures {
    pub use crate::confirmed::Confirmed;
    pub use crate::format::signed::public_key::SignedPublicKey;
    pub use crate::format::signed::security_state::SecurityState;
    pub use crate::format::signed::{DetachedSignature, SignedObject};
    pub use crate::labels::SignatureNamespace;
    pub use crate::public::VerifyingKey;
    pub use crate::store::SignObjects;
}

/// Seals keys and contents in envelopes, each for one purpose.
pub mod envelopes {
    pub use crate::format::envelope::data::DataEnvelope;
    pub use crate::format::envelope::invite::OpenOrgInvite;
    pub use crate::format::envelope::password::PasswordProtectedKeyEnvelope;
    pub use crate::format::envelope::secret::SecretProtectedKeyEnvelope;
    pub use crate::format::envelope::symmetric::SymmetricKeyEnvelope;
    pub use crate::high_entropy_secret::HighEntropySecret;
    pub use crate::labels::{
        DataEnvelopeNamespace, PasswordEnvelopeNamespace, SecretEnvelopeNamespace, SymmetricEnvelopeNamespace,
    };
    pub use crate::store::Envelopes;
}

/// Encrypts contents of any length from a reader to a writer, and short ones into a buffer.
pub mod streams {
    pub use crate::store::Streams;
}

/// Encrypts and decrypts contents that stay in secret memory.
pub mod protected {
    pub use crate::store::ProtectedContents;
    pub use strongroom_memory::ProtectedBytes;
}

/// Derives the master keys of Bitwarden's accounts, and uses them.
pub mod master_keys {
    pub use crate::authentication_hash::{AuthenticationHash, HashPurpose};
    pub use crate::master_key::MasterKey;
    pub use crate::store::MasterKeys;
}

/// Reports what protects the keys of a store, and how many keys there are.
pub mod report {
    pub use crate::operation::{OperationKind, OperationReport};
    pub use crate::store::{KeyCount, StoreReport};
    pub use strongroom_memory::{ProtectionLevels, Report, Usage};
}

/// Lists what can go wrong. Every call of a context or a transaction returns one [`Error`]. Opening a store, parsers
/// and imports have small errors of their own, which convert into it.
pub mod errors {
    pub use crate::error::{
        EncStringError, EncStringPart, Error, ErrorKind, ImportError, IoFailure, ItemError, KdfError, Limit, Malformed,
        MessageError, NotPermitted, Operation, PublicKeyError, SaltError, UnavailableAlgorithm, Unsupported,
        UnusableRsaKey, VerifyError, WrongKey,
    };
    pub use strongroom_memory::{EnterError, MemoryError, OpenError, RandomError, ReadError, Refusal};
}
