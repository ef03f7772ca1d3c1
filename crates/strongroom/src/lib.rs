//! Keeps encryption keys in secret memory and lets programs use them only by reference; speaks Bitwarden's formats.
//!
//! A program names its long-lived keys with a type of its own ([`KeyId`]) and puts them into a [`KeyStore`]. Keys are
//! used inside a [`Context`], named inside a [`Transaction`], and no call takes or returns the bytes of one: they are
//! made at random, derived from a password or unwrapped, and leave wrapped. The exceptions are [`hazmat`],
//! [`extension::use_key`], secrets that a protocol itself discloses (`expose`), and keys that were made for both uses
//! ([`KeyUses`]). Where the system has it
//! keys rest in memory that not even root reads ([`Protection`]); the store says what it was granted, and opens only if
//! that is enough. [`KeyStore::lock`] erases them all at once.
//!
//! # The library in 20 lines
//! ```
//! use strongroom::{Error, ExposeSecret, Kdf, KeyStore, KeyUses, Policy};
//!
//! strongroom::key_ids! {
//!     enum VaultKeys;
//!     symmetric VaultKey { User, Organization(u128) }
//! }
//!
//! # fn main() -> Result<(), Error> {
//! let store = KeyStore::<VaultKeys>::open(Policy::best_available())?; // or Demand::AtLeast(Protection::Secret)
//! println!("{}", store.protection());
//!
//! let password = store.secret_text("correct horse")?; // or read_secret, from a descriptor
//! let kdf = Kdf::pbkdf2(600_000)?;
//! let wrapped = store.transaction(|tx| {
//!     let master = tx.derive_from_password(&password, &kdf, b"ada@example.com", KeyUses::KEYS)?;
//!     let user = tx.generate(KeyUses::CONTENTS)?; // local as `master` is: erased at the end, unless it gets a name
//!     tx.insert(VaultKey::User, user)?; // all or none, when the closure returns Ok
//!     tx.wrap_key(master, user) // what may be stored
//! })?;
//!
//! let note = store.context(|ctx| ctx.encrypt_text(ctx.key(VaultKey::User)?, "milk"))?;
//! let text = store.context(|ctx| ctx.decrypt_text(ctx.key(VaultKey::User)?, &note))?;
//! assert_eq!(text.expose_secret(), "milk");
//! # assert!(wrapped.to_string().starts_with("2."));
//! # let _ = VaultKey::Organization(1);
//! # Ok(())
//! # }
//! ```
//!
//! How all this is meant, with a picture, is in the [guide]; it also says when the system has no secret memory and what
//! happens then, and how to come from `secrecy` and `zeroize`.
//!
//! # What is protected, and what is not
//! Keys at rest, with their schedules and midstates, lie in slots of [`strongroom_memory`]. Operations run on a stack of
//! the same memory, wiped afterwards, where the platform allows it (Linux on x86-64 and aarch64); [`Protected`] says both
//! apart. Decrypted contents are the caller's, in ordinary memory, and so is the working memory of Argon2id while it
//! runs. The ids of keys are metadata.
//!
//! # Formats
//! [`EncString`] reads and prints every type that Bitwarden's software still reads. Contents and keys are encrypted as
//! type 2 under a key of AES-256-CBC-HMAC-SHA256 and as type 7, a COSE_Encrypt0, under one of XChaCha20-Poly1305,
//! XAES-256-GCM or AES-256-GCM; types 3 to 6 hold a symmetric key under an RSA one. Type 0, which nothing authenticates,
//! is opened in one place alone, [`Context::unwrap_legacy_user_key`]. Types 0, 2 and 7 have a binary form too, which
//! attachments are stored in. [`SignedObject`] and its like are COSE_Sign1 with Ed25519 or ML-DSA-44, each for one
//! purpose.
//!
//! Envelopes hold keys and contents for one purpose each: [`PasswordProtectedKeyEnvelope`] (a PIN),
//! [`SecretProtectedKeyEnvelope`], [`SymmetricKeyEnvelope`], [`DataEnvelope`] and [`OpenOrgInvite`], with older
//! generations read.
//!
//! # Accounts
//! `strongroom-account` leads from a master password, a PIN, a trusted device, a passkey or another device to the user key,
//! and on to those of organisations and sends. It is built on this crate's public calls and on [`extension`].
//!
//! # Features
//! Both are on by default. A program leaves them out by `default-features = false`. Neither changes how keys are protected.
//! - `parallel` shares the items of a [`list`] out to all processors, by rayon. Without it the calls are the same,
//!   and so are their results. The caller's thread does the work.
//! - `ml-dsa` adds ML-DSA-44 signatures. Without it [`AsymmetricAlgorithm::MlDsa44`] is still a name. A key of that algorithm is
//!   neither made nor read, and the error says so by name ([`UnavailableAlgorithm`]).
#![forbid(unsafe_code)]

mod authentication_hash;
pub mod contract;
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

pub use authentication_hash::{AuthenticationHash, HashPurpose};
pub use cose::key_ops::{KeyOperation, KeyOperations};
pub use error::{
    EncStringError, EncStringPart, Error, ErrorKind, ImportError, IoFailure, ItemError, KdfError, Limit, Malformed,
    MessageError, NotPermitted, Operation, PublicKeyError, UnavailableAlgorithm, Unsupported, UnusableRsaKey,
    VerifyError, WrongKey,
};
pub use format::enc_string::EncString;
pub use format::envelope::data::DataEnvelope;
pub use format::envelope::invite::OpenOrgInvite;
pub use format::envelope::password::PasswordProtectedKeyEnvelope;
pub use format::envelope::secret::SecretProtectedKeyEnvelope;
pub use format::envelope::symmetric::SymmetricKeyEnvelope;
pub use format::sealed::{Contents, Sealed};
pub use format::signed::public_key::SignedPublicKey;
pub use format::signed::security_state::SecurityState;
pub use format::signed::{DetachedSignature, SignedObject};
pub use high_entropy_secret::HighEntropySecret;
pub use kdf::{Kdf, KdfLimits, KdfSettings};
pub use key::algorithm::{AsymmetricAlgorithm, SymmetricAlgorithm};
pub use key::facts::{CoseKeyId, DerivedKeyId, KeyFacts};
pub use key::uses::KeyUses;
#[doc(hidden)]
pub use kind::kinds;
pub use kind::{Algorithm, Asymmetric, Kind, Symmetric};
pub use labels::{
    DataEnvelopeNamespace, EncStringType, PasswordEnvelopeNamespace, SecretEnvelopeNamespace, SignatureNamespace,
    SymmetricEnvelopeNamespace,
};
pub use master_key::MasterKey;
pub use name::{KeyId, KeyName, KeySet, Text};
pub use operation::{OperationKind, OperationReport};
pub use public::{PublicKey, VerifyingKey};
pub use rotation::{Rewrap, Rotation, WrappedKey};
pub use store::extension;
pub use store::{Context, Key, KeyCount, KeyStore, Parent, StoreReport, Transaction, WeakKeyStore, WithAssociatedData};
pub use traits::{Decryptable, Encryptable, UsesKey};

pub use plaintext::Plaintext;
pub use secrecy::ExposeSecret;
pub use strongroom_memory::{
    Demand, EnterError, MemoryError, OpenError, Policy, Protected, ProtectedBytes, Protection, RandomError, ReadError,
    Refusal, Report, Usage,
};
