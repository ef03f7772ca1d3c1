//! The contents of an OpenSSH private key file (PROTOCOL.key of OpenSSH), not encrypted, with one Ed25519 key.

/// Bytes of an Ed25519 seed, RFC 8032 section 5.1.5.
const SEED: usize = 32;

/// What the contents begin with.
const MAGIC: &[u8] = b"openssh-key-v1\0";
const ED25519: &[u8] = b"ssh-ed25519";

/// The seed in it.
pub(super) fn seed(bytes: &[u8]) -> Option<&[u8; SEED]> {
    let mut outer = Reader(bytes.strip_prefix(MAGIC)?);
    let plain = outer.string()? == b"none" && outer.string()? == b"none" && outer.string()?.is_empty();
    if !plain || outer.number()? != 1 {
        return None;
    }
    let public = outer.string()?;
    let mut inner = Reader(outer.string()?);
    if !outer.0.is_empty() || inner.number()? != inner.number()? || inner.string()? != ED25519 {
        return None;
    }
    let point = inner.string()?;
    let pair: &[u8; 2 * SEED] = inner.string()?.try_into().ok()?;
    let (seed, behind) = pair.split_first_chunk()?;
    let _comment = inner.string()?;
    let padded = inner.0.len() < 8 && (1_u8..).zip(inner.0).all(|(count, byte)| count == *byte);
    let mut public = Reader(public);
    let agree = public.string()? == ED25519 && public.string()? == point && public.0.is_empty() && behind == point;
    (padded && agree).then_some(seed)
}

/// Reads the strings and numbers of RFC 4251 section 5.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn string(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }
}
