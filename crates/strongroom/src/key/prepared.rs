//! What every prepared key can do, whatever its kind.

use strongroom_memory::{ScopeOutput, ScopeToken, StackBudget};

use super::facts::KeyInfo;
use super::resting::Resting;

/// Bytes that any key has at most, in any form, rounded up: PKCS#8 of an RSA key of 4,096 bits has up to 2,383.
pub(crate) const LONGEST: usize = 2400;

/// How a key is written as bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// With nothing beside it that says what it is: a COSE symmetric key is padded to more than 64 bytes, by which it
    /// is told from a raw one.
    Encoded,
    /// With a content type beside it, COSE or PKCS#8.
    Typed,
    /// With a content type beside it that says that it is 64 raw bytes.
    Legacy,
}

/// A format in which keys come from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Import {
    /// As [`Form::Encoded`].
    Encoded,
    /// The bytes of the key alone, of the algorithm with this number.
    Raw(u8),
    /// PKCS#8 in DER.
    Pkcs8,
    /// The contents of an OpenSSH private key file.
    OpenSsh,
}

/// What is public of an RSA key that cannot be used: the bits of its modulus and, if it has no more than 64 bits, its
/// public exponent.
pub(crate) type UnusableRsa = (u32, Option<u64>);

/// What is told of a key that is one and cannot be used, as plain values that may leave an operation: the numbers of
/// one of RSA.
pub(crate) type Unusable = Result<UnusableRsa, LeftOut>;

/// That this build leaves out the algorithm, ML-DSA-44.
pub(crate) type LeftOut = ();

/// A prepared key: what lies in a slot. All methods that take or make one run inside an operation.
pub trait Prepared: Resting + Send + Sync + Sized {
    /// What it may be a key of.
    type Algorithm: Copy + PartialEq + std::fmt::Debug + Send + Sync + 'static;
    /// Its facts, as plain values that may leave an operation.
    type Told: ScopeOutput;

    /// A blank buffer that any key of the type fits when it is written, and the padding behind it: whole blocks of 16.
    const BLANK: Self::Buffer;
    /// The type of `BLANK`.
    type Buffer: AsRef<[u8]> + AsMut<[u8]>;
    /// What operations that make, write or read such a key reserve.
    const ROOM: StackBudget;

    /// What reading one from PEM reserves.
    const PEM: StackBudget = Self::ROOM;

    /// What wrapping one reserves: the cipher works beside the buffer that the key is written to.
    const WRAP: StackBudget = StackBudget { stack: Self::ROOM.stack + 2 * size_of::<Self::Buffer>(), ..Self::ROOM };

    /// What making a new one reserves.
    fn generation_room(_: Self::Algorithm) -> StackBudget {
        Self::ROOM
    }

    /// What it reserves to [`prove`](Self::prove) a key; `None` for kinds whose keys are whole when they are read.
    const PROOF: Option<StackBudget> = None;

    /// Whether it still has to be proved: it was just read or made, in an operation that had no room for more.
    fn is_unproved(&self) -> bool {
        false
    }

    /// The key with all that it is used with; `None` if its parts do not belong together.
    fn prove(&self) -> Option<Self> {
        None
    }

    /// Makes a new key of the algorithm with this number. `None`: no random bytes.
    fn generate(inside: &ScopeToken<'_>, algorithm: u8) -> Option<Self>;

    /// The number of an algorithm, as `generate` takes it. Runs anywhere.
    fn number(algorithm: Self::Algorithm) -> u8;

    /// Whether this build leaves out the algorithm with this number. Runs anywhere.
    fn is_left_out(_: u8) -> bool {
        false
    }

    /// A key from outside, in this format, checked; `None` if the bytes are none.
    fn import(inside: &ScopeToken<'_>, format: Import, bytes: &[u8]) -> Option<Self>;

    /// What is public of it.
    fn tell(&self) -> Self::Told;

    /// What was told. Runs anywhere. `None` if it is nothing that [`tell`](Self::tell) says.
    fn facts(told: Self::Told) -> Option<KeyInfo<Self::Algorithm>>;

    /// Writes it to the front of `out`; returns its length.
    fn write(&self, form: Form, out: &mut [u8]) -> Option<usize>;

    /// The key that was written so; `None` if the bytes are none.
    fn read(form: Form, bytes: &[u8]) -> Option<Self>;

    /// What is told of a key that was not read because it is one that cannot be used.
    fn unusable(_: &[u8]) -> Option<Unusable> {
        None
    }
}
