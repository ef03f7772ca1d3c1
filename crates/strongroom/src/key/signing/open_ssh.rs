//! The contents of an OpenSSH private key file (PROTOCOL.key of OpenSSH), not encrypted, with one Ed25519 key.

/// Bytes of an Ed25519 seed, RFC 8032 section 5.1.5.
const SEED: usize = 32;

/// What the contents begin with.
const MAGIC: &[u8] = b"openssh-key-v1\0";
const ED25519: &[u8] = b"ssh-ed25519";

/// Bytes of the contents, without a comment.
pub(crate) const LENGTH: usize = 234;

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

/// Writes the contents with this key to the front of `out`, without a comment; returns their length.
///
/// Of the number that is there twice, to tell a wrong passphrase by, OpenSSH makes a random one. Here there is no
/// passphrase, and the same key is the same file.
pub(super) fn write(seed: &[u8; SEED], point: &[u8; SEED], out: &mut [u8]) -> Option<usize> {
    let [a, b, c, d, ..] = *point;
    let mut writer = Writer { out, length: 0 };
    let public = |writer: &mut Writer<'_>| writer.string(&[ED25519]).and_then(|()| writer.string(&[point.as_slice()]));
    writer.put(MAGIC)?;
    for plain in [&b"none"[..], b"none", b""] {
        writer.string(&[plain])?;
    }
    writer.number(1)?;
    writer.inside(1, public)?;
    writer.inside(8, |writer| {
        writer.put(&[a, b, c, d, a, b, c, d])?;
        public(writer)?;
        writer.string(&[seed.as_slice(), point.as_slice()])?;
        writer.string(&[])
    })?;
    Some(writer.length)
}

/// Writes the strings and numbers of RFC 4251 section 5.
struct Writer<'b> {
    out: &'b mut [u8],
    length: usize,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.length.checked_add(bytes.len())?;
        self.out.get_mut(self.length..end)?.copy_from_slice(bytes);
        self.length = end;
        Some(())
    }

    fn number(&mut self, number: usize) -> Option<()> {
        self.put(&u32::try_from(number).ok()?.to_be_bytes())
    }

    /// A string in pieces.
    fn string(&mut self, pieces: &[&[u8]]) -> Option<()> {
        self.number(pieces.iter().map(|piece| piece.len()).sum())?;
        pieces.iter().try_for_each(|piece| self.put(piece))
    }

    /// A string of what is written meanwhile, padded with 1, 2, 3, … to whole blocks.
    fn inside(&mut self, block: usize, write: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let before = self.length;
        self.number(0)?;
        let start = self.length;
        write(self)?;
        for count in 1_u8.. {
            if self.length.checked_sub(start)?.is_multiple_of(block) {
                break;
            }
            self.put(&[count])?;
        }
        let end = std::mem::replace(&mut self.length, before);
        self.number(end.checked_sub(start)?)?;
        self.length = end;
        Some(())
    }
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
