//! Random secrets that a protocol hands out: made inside, read and written as base64 in constant time.

use base64ct::{Base64Unpadded, Encoding};
use strongroom_memory::{
    EnterError, MakeError, MemoryError, NoHeap, ProtectedBytes, SecretBox, SecretMemory, Status, random,
};

use crate::written::Written;

/// Bytes that such a secret has at least and at most.
pub(crate) const SHORTEST: usize = 16;
pub(crate) const LONGEST: usize = 64;

/// The bytes of a secret, in front of zeros.
pub(crate) struct Entropy(Written<LONGEST>);

/// The bytes are an array in the value itself.
impl NoHeap for Entropy {}

impl Entropy {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// A secret where it lies.
pub(crate) type EntropyBox = SecretBox<Entropy>;

/// A new secret of `length` bytes, at most [`LONGEST`]. `None`: no random bytes.
pub(crate) fn generate_entropy(memory: &SecretMemory, length: u8) -> Result<Option<EntropyBox>, MemoryError> {
    let made = SecretBox::try_make(
        memory,
        |inside, length: u8| {
            let mut bytes = Written::zeros(length.into()).ok_or(Status(0))?;
            random::secret(inside, bytes.as_mut_slice()).map_err(|_| Status(0))?;
            Ok(Entropy(bytes))
        },
        length,
    );
    match made {
        Ok(made) => Ok(Some(made)),
        Err(MakeError::Memory(error)) => Err(error),
        Err(MakeError::Failed(Status(_))) => Ok(None),
    }
}

/// Why a text is no such secret.
pub(crate) enum NotEntropy {
    Memory(MemoryError),
    Base64,
    /// It has so many bytes, more or less than there may be.
    Length(usize),
}

/// The secret that a text in base64 stands for, with its padding or without.
pub(crate) fn entropy_of_base64(memory: &SecretMemory, text: &ProtectedBytes) -> Result<EntropyBox, NotEntropy> {
    const BASE64: Status = Status(u8::MAX);
    /// Any other number is the length that it has, as far as it reaches.
    const LONG: u8 = u8::MAX - 1;
    let made = SecretBox::try_make(
        memory,
        |inside, text: &ProtectedBytes| {
            let text = text.expose(inside);
            // How much of it is padding shows the length alone, which is not secret.
            let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
            let bare = text.len().checked_sub(padding).and_then(|length| text.get(..length)).ok_or(BASE64)?;
            let length = bare.len() * 3 / 4;
            let told = u8::try_from(length).unwrap_or(LONG).min(LONG);
            if !(SHORTEST..=LONGEST).contains(&length) {
                return Err(Status(told));
            }
            let mut bytes = Written::zeros(length).ok_or(Status(told))?;
            let decoded = Base64Unpadded::decode(bare, bytes.as_mut_slice()).map_err(|_| BASE64)?;
            if decoded.len() == length { Ok(Entropy(bytes)) } else { Err(BASE64) }
        },
        text,
    );
    made.map_err(|error| match error {
        MakeError::Memory(error) => NotEntropy::Memory(error),
        MakeError::Failed(BASE64) => NotEntropy::Base64,
        MakeError::Failed(Status(length)) => NotEntropy::Length(length.into()),
    })
}

/// Writes the base64 of a secret, without padding, to the front of `out`; returns its length. `None` if `out` is too
/// short.
pub(crate) fn expose_base64(
    memory: &SecretMemory,
    entropy: &EntropyBox,
    out: &mut [u8],
) -> Result<Option<usize>, EnterError> {
    memory.scope(
        |inside, (entropy, out): (&EntropyBox, &mut [u8])| {
            Base64Unpadded::encode(entropy.expose(inside).as_bytes(), out).ok().map(str::len)
        },
        (entropy, out),
    )
}
