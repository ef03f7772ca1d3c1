//! A random secret that a protocol tells to somebody.

use std::fmt;

use strongroom_memory::{MemoryError, SecretMemory};
use zeroize::Zeroizing;

use crate::encoded_text::encoded_text;
use crate::error::{Error, broken};
use crate::operation::{self, EntropyBox};

/// A secret of 16 to 64 random bytes that is told to whoever is to open a
/// [`SecretProtectedKeyEnvelope`](crate::envelopes::SecretProtectedKeyEnvelope).
///
/// It rests in secret memory, and comes out by [`expose`](Self::expose) alone. Erased when dropped; the store's
/// lock does not reach it.
pub struct HighEntropySecret {
    bytes: EntropyBox,
    memory: SecretMemory,
}

impl HighEntropySecret {
    pub(crate) fn new(bytes: EntropyBox, memory: &SecretMemory) -> Self {
        Self { bytes, memory: memory.clone() }
    }

    pub(crate) fn bytes(&self) -> &EntropyBox {
        &self.bytes
    }

    /// The base64 of its bytes, with padding, in ordinary memory: as it is told. Erased when dropped.
    ///
    /// # Errors
    /// The operation could not run, as in a forked child.
    pub fn expose(&self) -> Result<Zeroizing<String>, Error> {
        let mut text = Zeroizing::new(vec![b'='; 88]);
        let length = operation::expose_base64(&self.memory, &self.bytes, &mut text).map_err(MemoryError::from)?;
        let length = length.ok_or(broken("base64 of 64 bytes has 88 characters")).map_err(MemoryError::from)?;
        text.truncate(length.next_multiple_of(4));
        Ok(encoded_text(text).map_err(MemoryError::from)?)
    }
}

impl fmt::Debug for HighEntropySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HighEntropySecret(..)")
    }
}
