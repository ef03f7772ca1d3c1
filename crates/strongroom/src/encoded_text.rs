//! Encoded secrets as text.

use strongroom_memory::EnterError;
use zeroize::Zeroizing;

use crate::error::broken;

/// Turns what an encoder wrote, base64 or PEM, into text, without a copy.
///
/// # Errors
/// [`EnterError::Internal`]: it is no text. It is erased.
pub(crate) fn encoded_text(mut bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, EnterError> {
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(broken("an encoder writes ASCII"))
        }
    }
}

#[cfg(test)]
mod tests {
    use strongroom_memory::EnterError;
    use zeroize::Zeroizing;

    use super::encoded_text;

    #[test]
    fn what_is_no_text_is_not_the_empty_text() {
        let text = |bytes: &[u8]| encoded_text(Zeroizing::new(bytes.to_vec())).map(|text| text.to_string());
        assert_eq!(text(b"bWlsaw=="), Ok("bWlsaw==".into()));
        assert_eq!(text(b"bWls\xff"), Err(EnterError::Internal { invariant: "an encoder writes ASCII" }));
    }
}
