//! The messages of the agent protocol (draft-ietf-sshm-ssh-agent), as far as keys of Ed25519 need them.

use std::{
    io::{self, Read, Write},
    mem, str,
};

use zeroize::Zeroizing;

/// As OpenSSH has it.
const LONGEST: usize = 256 << 10;
const ALGORITHM: &[u8] = b"ssh-ed25519";

/// The public half of a key of Ed25519 (RFC 8032 section 5.1.5).
pub(crate) type Public = [u8; 32];

/// A request, with its fields where they were received.
pub(crate) enum Request<'m> {
    List,
    Sign { key: Public, data: &'m [u8] },
    Add { public: Public, seed: &'m mut [u8], comment: &'m [u8] },
    Remove { key: Public },
    RemoveAll,
    Lock { passphrase: &'m str },
    Unlock { passphrase: &'m str },
}

impl<'m> Request<'m> {
    /// `None`: it is no request, or none that this agent knows.
    pub(crate) fn parse(message: &'m mut [u8]) -> Option<Self> {
        let (kind, rest) = message.split_first_mut()?;
        let mut fields = Fields(rest);
        let request = match *kind {
            11 => Self::List,
            // Behind the data are flags, which choose the hash of RSA.
            13 => {
                return Some(Self::Sign { key: fields.public()?, data: fields.string()? });
            }
            17 => {
                fields.algorithm()?;
                let public = fields.string()?.try_into().ok()?;
                // The seed, and the public half once more.
                let (seed, again) = fields.string()?.split_at_mut_checked(32)?;
                if again != public {
                    return None;
                }
                Self::Add { public, seed, comment: fields.string()? }
            }
            18 => Self::Remove { key: fields.public()? },
            19 => Self::RemoveAll,
            22 => Self::Lock { passphrase: str::from_utf8(fields.string()?).ok()? },
            23 => Self::Unlock { passphrase: str::from_utf8(fields.string()?).ok()? },
            _ => return None,
        };
        fields.0.is_empty().then_some(request)
    }
}

struct Fields<'m>(&'m mut [u8]);

impl<'m> Fields<'m> {
    /// A string (RFC 4251 section 5).
    fn string(&mut self) -> Option<&'m mut [u8]> {
        let (length, rest) = mem::take(&mut self.0).split_first_chunk_mut()?;
        let (string, rest) = rest.split_at_mut_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        self.0 = rest;
        Some(string)
    }

    fn algorithm(&mut self) -> Option<()> {
        (*self.string()? == *ALGORITHM).then_some(())
    }

    /// A public key (RFC 8709 section 4).
    fn public(&mut self) -> Option<Public> {
        let mut blob = Fields(self.string()?);
        blob.algorithm()?;
        let public = (*blob.string()?).try_into().ok()?;
        blob.0.is_empty().then_some(public)
    }
}

/// Receives a message, into memory that is erased afterwards. `None` at the end.
pub(crate) fn receive(from: &mut impl Read) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = usize::try_from(u32::from_be_bytes(length)).ok().filter(|&length| length <= LONGEST);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the message is too long"))?;
    let mut message = Zeroizing::new(vec![0; length]);
    from.read_exact(&mut message)?;
    Ok(Some(message))
}

pub(crate) enum Answer {
    Success,
    Failure,
    /// The keys, with their comments.
    Keys(Vec<(Public, Vec<u8>)>),
    Signature(Vec<u8>),
}

impl Answer {
    pub(crate) fn send(&self, to: &mut impl Write) -> io::Result<()> {
        let message = match self {
            Self::Success => vec![6],
            Self::Failure => vec![5],
            Self::Keys(keys) => {
                let mut message = vec![12];
                message.extend(length(keys.len())?);
                for (key, comment) in keys {
                    put(&mut message, &pair(ALGORITHM, key)?)?;
                    put(&mut message, comment)?;
                }
                message
            }
            Self::Signature(signature) => {
                let mut message = vec![14];
                put(&mut message, &pair(ALGORITHM, signature)?)?;
                message
            }
        };
        let mut framed = Vec::new();
        put(&mut framed, &message)?;
        to.write_all(&framed)
    }
}

fn length(length: usize) -> io::Result<[u8; 4]> {
    Ok(u32::try_from(length).map_err(io::Error::other)?.to_be_bytes())
}

fn put(message: &mut Vec<u8>, string: &[u8]) -> io::Result<()> {
    message.extend(length(string.len())?);
    message.extend(string);
    Ok(())
}

fn pair(first: &[u8], second: &[u8]) -> io::Result<Vec<u8>> {
    let mut blob = Vec::new();
    put(&mut blob, first)?;
    put(&mut blob, second)?;
    Ok(blob)
}
