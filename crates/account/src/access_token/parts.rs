//! Access tokens, taken apart in secret memory, and the key in what the server has for one.

use base64ct::{Base64Unpadded, Encoding};
use strongroom::ProtectedBytes;
use strongroom::extension::{ScopeToken, Status};

use crate::encoding::decode;
use crate::operation::MALFORMED;

/// The parts of a token: `0.id.client secret:secret`.
struct Parts<'t> {
    id: &'t [u8],
    client_secret: &'t [u8],
    secret: &'t [u8],
}

impl<'t> Parts<'t> {
    fn of(text: &'t [u8]) -> Option<Self> {
        let mut halves = text.split(|byte| *byte == b':');
        let (public, secret) = (halves.next()?, halves.next()?);
        let mut parts = public.split(|byte| *byte == b'.');
        let (version, id, client_secret) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = halves.next().is_none() && parts.next().is_none() && version == b"0";
        whole.then_some(Self { id, client_secret, secret })
    }
}

/// Writes the id and the client secret of a token, which the server is shown, to the front of a buffer, one behind the
/// other; returns their lengths. `None`: the text is not a token.
pub(crate) fn credentials(
    inside: &ScopeToken<'_>,
    (text, out): (&ProtectedBytes, &mut [u8]),
) -> Option<(usize, usize)> {
    let Parts { id, client_secret, .. } = Parts::of(text.expose(inside))?;
    let (first, second) = out.split_at_mut_checked(id.len())?;
    first.copy_from_slice(id);
    second.get_mut(..client_secret.len())?.copy_from_slice(client_secret);
    Some((id.len(), client_secret.len()))
}

/// Returns the secret of a token, which nobody is shown.
pub(crate) fn secret(inside: &ScopeToken<'_>, text: &ProtectedBytes) -> Result<[u8; 16], Status> {
    let parts = Parts::of(text.expose(inside)).ok_or(MALFORMED)?;
    decode(parts.secret, false)
}

/// Writes the encoded key in `{"encryptionKey": base64}`. Other members are texts, or it is refused.
pub(crate) fn encoded_key(inside: &ScopeToken<'_>, payload: &ProtectedBytes, out: &mut [u8]) -> Result<usize, Status> {
    let text = member(payload.expose(inside), b"encryptionKey").ok_or(MALFORMED)?;
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count().min(2);
    let text = text.get(..text.len() - padding).ok_or(MALFORMED)?;
    Ok(Base64Unpadded::decode(text, out).map_err(|_| MALFORMED)?.len())
}

/// Returns the text of a member of a JSON object whose members are all texts without escapes; `None` if there is none,
/// or two.
fn member<'j>(json: &'j [u8], name: &[u8]) -> Option<&'j [u8]> {
    let mut rest = json.trim_ascii().strip_prefix(b"{")?.strip_suffix(b"}")?.trim_ascii();
    let mut found = None;
    while !rest.is_empty() {
        let (key, behind) = text(rest)?;
        let (value, behind) = text(behind.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())?;
        if key == name && found.replace(value).is_some() {
            return None;
        }
        rest = match behind.trim_ascii_start().split_first() {
            None => break,
            // Something has to follow a comma.
            Some((b',', behind)) if !behind.trim_ascii().is_empty() => behind.trim_ascii_start(),
            Some(_) => return None,
        };
    }
    found
}

/// Splits JSON into the text without escapes that it begins with, and the rest; `None` if it begins with something
/// else.
fn text(json: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = json.strip_prefix(b"\"")?;
    let end = inner.iter().position(|byte| *byte == b'"')?;
    let (text, behind) = inner.split_at_checked(end)?;
    let plain = text.iter().all(|byte| *byte != b'\\' && *byte >= b' ');
    plain.then_some((text, behind.strip_prefix(b"\"")?))
}

#[cfg(test)]
mod tests;
