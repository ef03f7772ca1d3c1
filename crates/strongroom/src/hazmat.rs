//! Takes keys in as bytes, and hands them out. To review how a program handles keys, search it for this word.
//!
//! Everywhere else keys are made inside, derived or unwrapped, and leave wrapped. Here they come in from other software
//! and leave for it. That has a cost. As long as the caller has the bytes, they are in ordinary memory, where a core
//! dump, a debugger, root or the swap device finds them. Nobody erases copies that were made before the import. So:
//!
//! - Where the bytes come from a file or a pipe, read them straight into [`ProtectedBytes`]
//!   ([`KeyStore::read_secret`](crate::KeyStore::read_secret)).
//! - Every import erases its source, also when it fails.
//! - What is exposed is erased when it is dropped, and not before.
//!
//! A program's own functions see keys in [`extension::use_key`](crate::extension::use_key).
//!
//! Keys can also come out without this module. A key that was made for contents *and* keys
//! ([`KeyUses::CONTENTS_AND_KEYS`]), or twice, once for each, opens a wrapped key of type 2 as contents, and unwraps
//! contents of type 2 as a key. In a review, search for that name too, and for keys that are opened twice.
//!
//! ```
//! use strongroom::hazmat;
//! use strongroom::{Error, KeyStore, KeyUses, algorithms::SymmetricAlgorithm};
//! # strongroom::key_ids! { enum Keys; symmetric Key { User } }
//!
//! let store = KeyStore::<Keys>::open()?;
//! let mut bytes = [7; 32]; // from elsewhere
//! store.context(|ctx| {
//!     let key = hazmat::import_bytes(ctx, SymmetricAlgorithm::Xaes256Gcm, &mut bytes, KeyUses::CONTENTS)?;
//!     ctx.encrypt_text(key, "milk")?;
//!     Ok(())
//! })?;
//! assert_eq!(bytes, [0; 32]);
//! # Ok::<_, Error>(())
//! ```

use strongroom_memory::{ProtectedBytes, SecretBox};
use zeroize::Zeroizing;

use crate::encoded_text::encoded_text;
use crate::error::{Error, ImportError};
use crate::key::uses::KeyUses;
use crate::kind::{Algorithm, Asymmetric, Kind};
use crate::master_key::MasterKey;
use crate::name::KeySet;
use crate::operation::{Erased, Format, Source};
use crate::store::Context;
use crate::store::Key;

/// Holds the bytes of a key: `&mut [u8]` and `&mut [u8; N]`, `Zeroizing<Vec<u8>>`, [`ProtectedBytes`], `SecretBox<[u8;
/// N]>`. The import erases each of them. The trait is sealed.
pub trait ImportSource: sealed::IntoSource {}
impl<T: sealed::IntoSource> ImportSource for T {}

mod sealed {
    use super::{Erased, ProtectedBytes, SecretBox, Source, Zeroizing};

    pub trait IntoSource {
        type Source: Source;

        fn into_source(self) -> Self::Source;
    }

    impl<'b> IntoSource for &'b mut [u8] {
        type Source = Erased<'b>;

        fn into_source(self) -> Erased<'b> {
            Erased(self)
        }
    }

    impl<'b, const N: usize> IntoSource for &'b mut [u8; N] {
        type Source = Erased<'b>;

        fn into_source(self) -> Erased<'b> {
            Erased(self)
        }
    }

    macro_rules! itself {
        ($([$($n:tt)*] $source:ty),*) => { $(
            impl<$($n)*> IntoSource for $source {
                type Source = Self;

                fn into_source(self) -> Self {
                    self
                }
            }
        )* };
    }
    itself!([] Zeroizing<Vec<u8>>, [] ProtectedBytes, [const N: usize] SecretBox<[u8; N]>);
}

/// Takes over the bytes of a key of an algorithm, for these uses: 64 for AES-256-CBC-HMAC-SHA256, 32 for the other
/// symmetric ones, the seed of 32 for Ed25519 and ML-DSA-44. A key of an algorithm whose keys carry ids gets a new
/// random id. RSA keys have no such form.
///
/// # Errors
/// - [`ImportError::NotAKey`]: the bytes are of another length, or the algorithm is RSA.
/// - [`ImportError::UnavailableAlgorithm`]: this build leaves the algorithm out.
/// - [`ImportError::Store`]: the store is locked, or there is no room for the key.
pub fn import_bytes<'c, S: KeySet, A: Algorithm>(
    ctx: &Context<'c, S>,
    algorithm: A,
    source: impl ImportSource,
    uses: KeyUses,
) -> Result<Key<'c, A::Kind>, ImportError> {
    ctx.import_raw(source.into_source(), Format::Raw(algorithm), uses)
}

/// Takes over a key in Bitwarden's encoded form, for these uses. For a symmetric key that is 64 bytes or a padded
/// COSE_Key. For an asymmetric key it is PKCS#8 (RSA) or a COSE_Key (Ed25519, ML-DSA-44). A COSE_Key of ML-DSA-44 holds
/// the seed. If it holds the public key too, that has to be the one of the seed.
///
/// # Errors
/// - [`ImportError::NotAKey`]: the bytes are no such key of this kind.
/// - [`ImportError::UnusableRsaKey`]: they are an RSA key that cannot be used.
/// - [`ImportError::UnavailableAlgorithm`]: they are a key of an algorithm that this build leaves out.
/// - [`ImportError::Store`]: the store is locked, or there is no room for the key.
pub fn import_encoded<'c, S: KeySet, K: Kind>(
    ctx: &Context<'c, S>,
    source: impl ImportSource,
    uses: KeyUses,
) -> Result<Key<'c, K>, ImportError> {
    ctx.import_raw(source.into_source(), Format::Encoded, uses)
}

/// Takes over an asymmetric key, of RSA or Ed25519, for these uses, in PKCS#8, in DER (RFC 5208, RFC 8410). The numbers
/// of an RSA key are checked against each other.
///
/// # Errors
/// - [`ImportError::NotAKey`]: the bytes are no such key of this kind.
/// - [`ImportError::UnusableRsaKey`]: they are an RSA key that cannot be used.
/// - [`ImportError::Store`]: the store is locked, or there is no room for the key.
pub fn import_pkcs8<'c, S: KeySet, K: Kind>(
    ctx: &Context<'c, S>,
    source: impl ImportSource,
    uses: KeyUses,
) -> Result<Key<'c, K>, ImportError> {
    ctx.import_raw(source.into_source(), Format::Pkcs8, uses)
}

/// Takes over an asymmetric key, for these uses, in PEM (RFC 7468). The label is `PRIVATE KEY`, which is PKCS#8, or
/// `OPENSSH PRIVATE KEY`, of Ed25519 and without a passphrase.
///
/// # Errors
/// - [`ImportError::NotAKey`]: the text is no such key of this kind.
/// - [`ImportError::UnusableRsaKey`]: it is an RSA key that cannot be used.
/// - [`ImportError::Store`]: the store is locked, or there is no room for the key.
pub fn import_pem<'c, S: KeySet, K: Kind>(
    ctx: &Context<'c, S>,
    source: impl ImportSource,
    uses: KeyUses,
) -> Result<Key<'c, K>, ImportError> {
    ctx.import_raw(source.into_source(), Format::Pem, uses)
}

/// Takes over the 32 bytes of a master key that other software has derived from a password, or was given for one.
///
/// # Errors
/// - [`ImportError::NotAKey`]: the bytes are of another length.
/// - [`ImportError::Store`]: the store is locked, or there is no room for the key.
pub fn import_master_key<S: KeySet>(ctx: &Context<'_, S>, source: impl ImportSource) -> Result<MasterKey, ImportError> {
    ctx.import_raw_master(source.into_source())
}

/// Hands out a key in its encoded form, as [`import_encoded`] takes it. The result is in ordinary memory, and is erased
/// when dropped.
///
/// # Errors
/// [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
pub fn expose_encoded<'c, S: KeySet, K: Kind>(
    ctx: &Context<'c, S>,
    key: Key<'c, K>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    ctx.expose_raw(key)
}

/// Hands out a key of Ed25519 as the text of an OpenSSH private key file, as [`import_pem`] takes it: `OPENSSH PRIVATE
/// KEY`, without a passphrase or comment (PROTOCOL.key of OpenSSH). The result is in ordinary memory, and is erased
/// when dropped. The key's id and permitted operations have no place in it.
///
/// # Errors
/// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
/// - [`Unsupported::Form`](crate::errors::Unsupported::Form): this library writes no such file for keys of this
///   algorithm.
pub fn expose_open_ssh<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    key: Key<'c, Asymmetric>,
) -> Result<Zeroizing<String>, Error> {
    Ok(encoded_text(ctx.expose_open_ssh(key)?)?)
}
