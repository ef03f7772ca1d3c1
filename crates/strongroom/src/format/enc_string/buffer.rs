//! The binary form of an `EncString`, which attachments and files of sends are stored as.

use super::{BLOCK, EncString, IV, MAC, shape};
use crate::error::EncStringError;
use crate::labels::EncStringType;

impl EncString {
    /// Reads the binary form: one byte with the type's number, then the parts without anything between them.
    ///
    /// | type | bytes | length |
    /// | --- | --- | --- |
    /// | 0 | `00`, iv (16), data | 33 and more |
    /// | 2 | `02`, iv (16), mac (32), data: the MAC stands *before* the data, behind it in the text | 65 and more |
    /// | 7 | `07`, a COSE_Encrypt0 | 2 and more |
    ///
    /// Other types have no such form. Takes one allocation, of the buffer's length less one.
    ///
    /// ```
    /// use strongroom::{EncString, algorithms::EncStringType};
    ///
    /// let buffer = [&[2][..], &[0; 16], &[2; 32], &[1; 16]].concat();
    /// let enc = EncString::from_buffer(&buffer)?;
    /// assert_eq!(enc.enc_type(), EncStringType::AesCbcHmac);
    /// assert_eq!(enc.to_buffer().as_deref(), Some(&buffer[..]));
    /// # Ok::<_, strongroom::errors::EncStringError>(())
    /// ```
    ///
    /// # Errors
    /// [`EncStringError`]: it begins with no such type, something is missing, or the data are not whole blocks.
    pub fn from_buffer(buffer: &[u8]) -> Result<Self, EncStringError> {
        let (&number, bytes) = buffer.split_first().ok_or(EncStringError::Empty)?;
        if number == 1 {
            return Err(EncStringError::WithdrawnType);
        }
        let enc_type = EncStringType::from_number(number).filter(|enc_type| has_buffer(*enc_type));
        let enc_type = enc_type.ok_or(EncStringError::UnknownDiscriminator { found: number })?;

        let (has_iv, has_mac) = shape(enc_type);
        let before = usize::from(has_iv) * IV + usize::from(has_mac) * MAC;
        let min = 1 + before + if has_iv { BLOCK } else { 1 };
        if buffer.len() < min {
            return Err(EncStringError::TooShort { of: enc_type, found: buffer.len(), min });
        }
        let found = bytes.len() - before;
        if has_iv && !found.is_multiple_of(BLOCK) {
            return Err(EncStringError::Blocks { found });
        }
        Ok(Self { enc_type, bytes: bytes.into() })
    }

    /// The binary form, as [`from_buffer`](Self::from_buffer) reads it; `None` for types 3 to 6, which have none.
    #[must_use]
    pub fn to_buffer(&self) -> Option<Vec<u8>> {
        has_buffer(self.enc_type).then(|| [&[self.enc_type.number()], &*self.bytes].concat())
    }
}

/// Keys under an RSA key are always text.
fn has_buffer(enc_type: EncStringType) -> bool {
    matches!(enc_type, EncStringType::AesCbc | EncStringType::AesCbcHmac | EncStringType::Cose)
}

#[cfg(test)]
mod tests;
