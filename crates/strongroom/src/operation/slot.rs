//! Where a prepared key lies, whatever its type: what is done with keys of a kind is done here with those of one type.

use strongroom_memory::{EnterError, MemoryError, ScopeInput, ScopeToken, SecretBox, SecretMemory, StackBudget};
use zeroize::Zeroizing;

use super::raw::{self, Format, ImportFailure, Source};
use super::rest::{self, Rested, RootBox};
use super::tell;
use super::wrap::{self, Encrypted, EncryptedAead, MOST, UnwrapFailure, Wrapped};
use crate::error::ErrorKind;
use crate::key::aes_cbc::BLOCK;
use crate::key::algorithm::{AsymmetricAlgorithm, OfAsymmetric};
use crate::key::facts::KeyInfo;
use crate::key::prepared::{Form, Prepared};
use crate::key::private::PrivateKey;
use crate::key::signing::SigningKey;
use crate::key::symmetric::{SymmetricKey, TAG};
use crate::labels::ContentType;

/// A slot of secret memory with a prepared key of some kind.
pub trait Slot: Sized + Send + Sync + 'static {
    /// What keys of this kind may be keys of.
    type Algorithm: Copy + PartialEq + std::fmt::Debug + Send + Sync + 'static;
    /// A key at rest.
    type Rested: Send + Sync;
    /// The key, as an operation of the program's own sees it.
    type Lent<'s>: ScopeInput;

    /// Bytes that a key has at most when it is written, with the padding behind it.
    const LONGEST: usize;

    /// Makes a new key.
    fn generate(memory: &SecretMemory, algorithm: Self::Algorithm) -> Result<Self, ErrorKind>;

    /// Reads and checks a key from outside.
    fn import<F: Source>(
        memory: &SecretMemory,
        source: &F,
        format: Format<Self::Algorithm>,
    ) -> Result<Self, ImportFailure>;

    /// Decrypts a wrapped key of type 2.
    fn unwrap(
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        wrapped: &Encrypted<'_>,
    ) -> Result<Self, UnwrapFailure>;

    /// Decrypts a wrapped key of type 7 whose contents are called `content`.
    fn unwrap_aead(
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        wrapped: &EncryptedAead<'_>,
        content: ContentType,
    ) -> Result<Self, UnwrapFailure>;

    /// Opens a key at rest.
    fn wake(memory: &SecretMemory, root: &RootBox, rested: &Self::Rested) -> Result<Self, MemoryError>;

    /// Seals the key. No two keys under one root have the same `number`.
    fn rest(&self, memory: &SecretMemory, root: &RootBox, number: u64) -> Option<Self::Rested>;

    /// Encrypts the key in its encoded form.
    fn wrap<'o>(
        &self,
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        iv: &[u8; BLOCK],
        out: &'o mut [u8; MOST],
    ) -> Result<Option<Wrapped<'o, 32>>, EnterError>;

    /// Encrypts the key in its typed form.
    fn wrap_aead<'o>(
        &self,
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        nonce: &[u8],
        aad: &[u8],
        out: &'o mut [u8; MOST],
    ) -> Result<Option<Wrapped<'o, TAG>>, EnterError>;

    /// Returns the encoded form of the key, in ordinary memory.
    fn encoded(&self, memory: &SecretMemory) -> Result<Zeroizing<Vec<u8>>, EnterError>;

    /// Returns what is public of the key.
    fn facts(&self, memory: &SecretMemory) -> Result<KeyInfo<Self::Algorithm>, EnterError>;

    /// Lends the key to an operation of the program's own.
    fn lend(&self) -> Self::Lent<'_>;

    /// Writes what was lent in its encoded form to the front of `out`; returns its length.
    fn write(lent: &Self::Lent<'_>, inside: &ScopeToken<'_>, out: &mut [u8]) -> Option<usize>;

    /// Returns what writing the key takes of the stack.
    fn room(&self) -> StackBudget;
}

/// A key of one type.
impl<P: Prepared> Slot for SecretBox<P> {
    type Algorithm = P::Algorithm;
    type Rested = Rested;
    type Lent<'s> = &'s Self;

    const LONGEST: usize = size_of::<P::Buffer>();

    fn generate(memory: &SecretMemory, algorithm: P::Algorithm) -> Result<Self, ErrorKind> {
        wrap::generate_key(memory, algorithm)
    }

    fn import<F: Source>(
        memory: &SecretMemory,
        source: &F,
        format: Format<P::Algorithm>,
    ) -> Result<Self, ImportFailure> {
        raw::import_key(memory, source, format)
    }

    fn unwrap(
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        wrapped: &Encrypted<'_>,
    ) -> Result<Self, UnwrapFailure> {
        wrap::unwrap_key(memory, by, wrapped)
    }

    fn unwrap_aead(
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        wrapped: &EncryptedAead<'_>,
        content: ContentType,
    ) -> Result<Self, UnwrapFailure> {
        wrap::unwrap_key_aead(memory, by, wrapped, content == ContentType::LegacyKey)
    }

    fn wake(memory: &SecretMemory, root: &RootBox, rested: &Rested) -> Result<Self, MemoryError> {
        rest::wake_key(memory, root, rested)
    }

    fn rest(&self, memory: &SecretMemory, root: &RootBox, number: u64) -> Option<Rested> {
        rest::rest_key(memory, root, self, number)
    }

    fn wrap<'o>(
        &self,
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        iv: &[u8; BLOCK],
        out: &'o mut [u8; MOST],
    ) -> Result<Option<Wrapped<'o, 32>>, EnterError> {
        wrap::wrap_key(memory, by, self, iv, out)
    }

    fn wrap_aead<'o>(
        &self,
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        nonce: &[u8],
        aad: &[u8],
        out: &'o mut [u8; MOST],
    ) -> Result<Option<Wrapped<'o, TAG>>, EnterError> {
        wrap::wrap_key_aead(memory, by, self, nonce, aad, out)
    }

    fn encoded(&self, memory: &SecretMemory) -> Result<Zeroizing<Vec<u8>>, EnterError> {
        raw::expose_key(memory, self)
    }

    fn facts(&self, memory: &SecretMemory) -> Result<KeyInfo<P::Algorithm>, EnterError> {
        tell::told(memory, self)
    }

    fn lend(&self) -> &Self {
        self
    }

    fn write(lent: &&Self, inside: &ScopeToken<'_>, out: &mut [u8]) -> Option<usize> {
        lent.expose(inside).write(Form::Encoded, out)
    }

    fn room(&self) -> StackBudget {
        P::ROOM
    }
}

/// An asymmetric key. Each type has slots of its own size: an Ed25519 key takes a twentieth of what one of RSA does.
pub enum AsymmetricSlot {
    /// A key of RSA.
    Rsa(SecretBox<PrivateKey>),
    /// A key of a signature scheme.
    Signing(SecretBox<SigningKey>),
}

impl std::fmt::Debug for AsymmetricSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AsymmetricSlot(..)")
    }
}

/// An asymmetric key at rest.
pub enum RestedAsymmetric {
    Rsa(Rested),
    Signing(Rested),
}

impl std::fmt::Debug for RestedAsymmetric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RestedAsymmetric(..)")
    }
}

impl AsymmetricSlot {
    /// Reads a key that nothing beside it tells the type of. RSA comes last: reading a key of RSA takes more stack,
    /// which those of signature schemes must not need.
    fn of_either<E: OtherType>(
        signing: impl FnOnce() -> Result<SecretBox<SigningKey>, E>,
        rsa: impl FnOnce() -> Result<SecretBox<PrivateKey>, E>,
    ) -> Result<Self, E> {
        match signing() {
            Ok(key) => Ok(Self::Signing(key)),
            Err(failure) if failure.is_not_a_key() => rsa().map(Self::Rsa),
            Err(failure) => Err(failure),
        }
    }
}

/// Why a key was not read.
trait OtherType {
    /// Whether it may be a key of another type.
    fn is_not_a_key(&self) -> bool;
}

impl OtherType for ImportFailure {
    fn is_not_a_key(&self) -> bool {
        matches!(self, Self::NotAKey)
    }
}

impl OtherType for UnwrapFailure {
    fn is_not_a_key(&self) -> bool {
        matches!(self, Self::NotAKey)
    }
}

/// Does the same with a key of any type.
macro_rules! with {
    ($slot:expr, $key:ident => $done:expr) => {
        match $slot {
            AsymmetricSlot::Rsa($key) => $done,
            AsymmetricSlot::Signing($key) => $done,
        }
    };
}

impl Slot for AsymmetricSlot {
    type Algorithm = AsymmetricAlgorithm;
    type Rested = RestedAsymmetric;
    type Lent<'s> = (Option<&'s SecretBox<PrivateKey>>, Option<&'s SecretBox<SigningKey>>);

    const LONGEST: usize = {
        let (rsa, signing) = (SecretBox::<PrivateKey>::LONGEST, SecretBox::<SigningKey>::LONGEST);
        if rsa > signing { rsa } else { signing }
    };

    fn generate(memory: &SecretMemory, algorithm: AsymmetricAlgorithm) -> Result<Self, ErrorKind> {
        Ok(match algorithm.of() {
            OfAsymmetric::Rsa(size) => Self::Rsa(Slot::generate(memory, size)?),
            OfAsymmetric::Signing(algorithm) => Self::Signing(Slot::generate(memory, algorithm)?),
        })
    }

    fn import<F: Source>(
        memory: &SecretMemory,
        source: &F,
        format: Format<AsymmetricAlgorithm>,
    ) -> Result<Self, ImportFailure> {
        let (rsa, signing) = match format {
            Format::Raw(algorithm) => match algorithm.of() {
                OfAsymmetric::Rsa(_) => return Err(ImportFailure::NotAKey),
                OfAsymmetric::Signing(algorithm) => {
                    return Slot::import(memory, source, Format::Raw(algorithm)).map(Self::Signing);
                }
            },
            Format::Encoded => (Format::Encoded, Format::Encoded),
            Format::Pkcs8 => (Format::Pkcs8, Format::Pkcs8),
            Format::Pem => (Format::Pem, Format::Pem),
        };
        Self::of_either(|| Slot::import(memory, source, signing), || Slot::import(memory, source, rsa))
    }

    fn unwrap(
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        wrapped: &Encrypted<'_>,
    ) -> Result<Self, UnwrapFailure> {
        Self::of_either(|| Slot::unwrap(memory, by, wrapped), || Slot::unwrap(memory, by, wrapped))
    }

    fn unwrap_aead(
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        wrapped: &EncryptedAead<'_>,
        content: ContentType,
    ) -> Result<Self, UnwrapFailure> {
        Ok(match content {
            ContentType::Pkcs8 => Self::Rsa(Slot::unwrap_aead(memory, by, wrapped, content)?),
            _ => Self::Signing(Slot::unwrap_aead(memory, by, wrapped, content)?),
        })
    }

    fn wake(memory: &SecretMemory, root: &RootBox, rested: &RestedAsymmetric) -> Result<Self, MemoryError> {
        Ok(match rested {
            RestedAsymmetric::Rsa(rested) => Self::Rsa(Slot::wake(memory, root, rested)?),
            RestedAsymmetric::Signing(rested) => Self::Signing(Slot::wake(memory, root, rested)?),
        })
    }

    fn rest(&self, memory: &SecretMemory, root: &RootBox, number: u64) -> Option<RestedAsymmetric> {
        Some(match self {
            Self::Rsa(key) => RestedAsymmetric::Rsa(key.rest(memory, root, number)?),
            Self::Signing(key) => RestedAsymmetric::Signing(key.rest(memory, root, number)?),
        })
    }

    fn wrap<'o>(
        &self,
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        iv: &[u8; BLOCK],
        out: &'o mut [u8; MOST],
    ) -> Result<Option<Wrapped<'o, 32>>, EnterError> {
        with!(self, key => key.wrap(memory, by, iv, out))
    }

    fn wrap_aead<'o>(
        &self,
        memory: &SecretMemory,
        by: &SecretBox<SymmetricKey>,
        nonce: &[u8],
        aad: &[u8],
        out: &'o mut [u8; MOST],
    ) -> Result<Option<Wrapped<'o, TAG>>, EnterError> {
        with!(self, key => key.wrap_aead(memory, by, nonce, aad, out))
    }

    fn encoded(&self, memory: &SecretMemory) -> Result<Zeroizing<Vec<u8>>, EnterError> {
        with!(self, key => key.encoded(memory))
    }

    fn facts(&self, memory: &SecretMemory) -> Result<KeyInfo<AsymmetricAlgorithm>, EnterError> {
        with!(self, key => Ok(Slot::facts(key, memory)?.map(AsymmetricAlgorithm::from)))
    }

    fn lend(&self) -> Self::Lent<'_> {
        match self {
            Self::Rsa(key) => (Some(key), None),
            Self::Signing(key) => (None, Some(key)),
        }
    }

    fn write((rsa, signing): &Self::Lent<'_>, inside: &ScopeToken<'_>, out: &mut [u8]) -> Option<usize> {
        match (rsa, signing) {
            (Some(key), _) => SecretBox::<PrivateKey>::write(key, inside, out),
            (_, Some(key)) => SecretBox::<SigningKey>::write(key, inside, out),
            _ => None,
        }
    }

    fn room(&self) -> StackBudget {
        with!(self, key => key.room())
    }
}
