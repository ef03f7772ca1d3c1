//! Keys that come from outside as bytes, and leave so.

use pem_rfc7468::{Decoder, Encoder, LineEnding, decode_label};
use strongroom_memory::{
    EnterError, MakeError, MemoryError, ProtectedBytes, ScopeInput, ScopeToken, SecretBox, SecretMemory,
};
use zeroize::{Zeroize, Zeroizing};

use super::prove::prove;
use super::tell::told;
use crate::error::broken;
use crate::key::algorithm::SigningAlgorithm;
use crate::key::prepared::{Form, Import, LONGEST, Prepared, Unusable};
use crate::key::signing::{SigningKey, open_ssh};

/// Where the bytes of a key come from. It is erased when it is dropped.
pub trait Source {
    /// It, as an operation sees it.
    type Lent<'s>: ScopeInput
    where
        Self: 's;

    /// Lends it to an operation.
    fn lend(&self) -> Self::Lent<'_>;

    /// Its bytes.
    fn bytes<'i, 's>(lent: &'i Self::Lent<'s>, inside: &'i ScopeToken<'_>) -> &'i [u8]
    where
        Self: 's;
}

/// A buffer of the caller's, zeroed at the end.
pub struct Erased<'b>(pub(crate) &'b mut [u8]);

impl std::fmt::Debug for Erased<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Erased(..)")
    }
}

impl Drop for Erased<'_> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Source for Erased<'_> {
    type Lent<'s>
        = &'s [u8]
    where
        Self: 's;

    fn lend(&self) -> &[u8] {
        self.0
    }

    fn bytes<'i, 's>(lent: &'i Self::Lent<'s>, _: &'i ScopeToken<'_>) -> &'i [u8]
    where
        Self: 's,
    {
        lent
    }
}

impl Source for Zeroizing<Vec<u8>> {
    type Lent<'s> = &'s [u8];

    fn lend(&self) -> &[u8] {
        self
    }

    fn bytes<'i, 's>(lent: &'i Self::Lent<'s>, _: &'i ScopeToken<'_>) -> &'i [u8]
    where
        Self: 's,
    {
        lent
    }
}

impl Source for ProtectedBytes {
    type Lent<'s> = &'s Self;

    fn lend(&self) -> &Self {
        self
    }

    fn bytes<'i, 's>(lent: &'i Self::Lent<'s>, inside: &'i ScopeToken<'_>) -> &'i [u8]
    where
        Self: 's,
    {
        lent.expose(inside)
    }
}

impl<const N: usize> Source for SecretBox<[u8; N]> {
    type Lent<'s> = &'s Self;

    fn lend(&self) -> &Self {
        self
    }

    fn bytes<'i, 's>(lent: &'i Self::Lent<'s>, inside: &'i ScopeToken<'_>) -> &'i [u8]
    where
        Self: 's,
    {
        lent.expose(inside).as_slice()
    }
}

/// What the bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format<A> {
    /// As [`Form::Encoded`].
    Encoded,
    /// The bytes of the key alone.
    Raw(A),
    /// In DER.
    Pkcs8,
    /// In PEM.
    Pem,
}

/// Why a key was not imported.
#[derive(Debug)]
pub enum ImportFailure {
    Memory(MemoryError),
    NotAKey,
    Unusable(Unusable),
}

/// The number of [`Format::Pem`] in an operation.
const PEM: u8 = 3;

/// Reads and checks a key.
pub(super) fn import_key<P: Prepared, F: Source>(
    memory: &SecretMemory,
    source: &F,
    format: Format<P::Algorithm>,
) -> Result<SecretBox<P>, ImportFailure> {
    let (number, algorithm) = match format {
        Format::Encoded => (0, 0),
        Format::Raw(algorithm) if P::is_left_out(P::number(algorithm)) => {
            return Err(ImportFailure::Unusable(Err(())));
        }
        Format::Raw(algorithm) => (1, P::number(algorithm)),
        Format::Pkcs8 => (2, 0),
        Format::Pem => (PEM, 0),
    };
    let room = if number == PEM { P::PEM } else { P::ROOM };
    let made: Result<SecretBox<P>, MakeError<Option<Unusable>>> = SecretBox::try_make(
        &memory.reserving(room),
        |inside, (lent, number, algorithm): (F::Lent<'_>, u8, u8)| {
            let bytes = F::bytes(&lent, inside);
            match number {
                0 => read(inside, Import::Encoded, bytes),
                1 => read(inside, Import::Raw(algorithm), bytes),
                2 => read(inside, Import::Pkcs8, bytes),
                _ => from_pem(inside, bytes),
            }
        },
        (source.lend(), number, algorithm),
    );
    let made = made.map_err(|error| match error {
        MakeError::Memory(error) => ImportFailure::Memory(error),
        MakeError::Failed(Some(unusable)) => ImportFailure::Unusable(unusable),
        MakeError::Failed(None) => ImportFailure::NotAKey,
    })?;
    prove(memory, made).map_err(ImportFailure::Memory)?.ok_or(ImportFailure::NotAKey)
}

/// The key in these bytes; else what is told of it if it is one that cannot be used.
fn read<P: Prepared>(inside: &ScopeToken<'_>, format: Import, bytes: &[u8]) -> Result<P, Option<Unusable>> {
    P::import(inside, format, bytes).ok_or_else(|| P::unusable(bytes))
}

/// The label of OpenSSH's private keys.
const OPEN_SSH: &str = "OPENSSH PRIVATE KEY";

/// From PEM (RFC 7468), decoded in constant time; the label says what is in it.
#[inline(never)]
fn from_pem<P: Prepared>(inside: &ScopeToken<'_>, text: &[u8]) -> Result<P, Option<Unusable>> {
    let mut buffer = [0; LONGEST];
    let label = decode_label(text).map_err(|_| None)?;
    let width = if label == OPEN_SSH { OPEN_SSH_WIDTH } else { 64 };
    let mut decoder = Decoder::new_wrapped(text, width).map_err(|_| None)?;
    let length = decoder.remaining_len();
    let is_longer = length > LONGEST;
    let place = buffer.get_mut(..length.min(LONGEST)).ok_or(None)?;
    let bytes = decoder.decode(place).map_err(|_| None)?;
    match label {
        // Longer than any key: what it is stands in front.
        _ if is_longer => Err(P::unusable(bytes)),
        "PRIVATE KEY" => read(inside, Import::Pkcs8, bytes),
        OPEN_SSH => read(inside, Import::OpenSsh, bytes),
        _ => Err(None),
    }
}

/// Columns of OpenSSH's private keys, more than the RFC says.
const OPEN_SSH_WIDTH: usize = 70;

/// The encoded form of a key, in ordinary memory.
pub(super) fn expose_key<P: Prepared>(
    memory: &SecretMemory,
    key: &SecretBox<P>,
) -> Result<Zeroizing<Vec<u8>>, EnterError> {
    let mut out = Zeroizing::new(vec![0; LONGEST]);
    let length = memory.scope_reserving(
        P::ROOM,
        |inside, (key, out): (&SecretBox<P>, &mut [u8])| {
            let mut buffer = P::BLANK;
            let length = key.expose(inside).write(Form::Encoded, buffer.as_mut())?;
            out.get_mut(..length)?.copy_from_slice(buffer.as_ref().get(..length)?);
            Some(length)
        },
        (key, &mut out[..]),
    )?;
    out.truncate(length.ok_or(broken("a key has at most LONGEST bytes in its encoded form"))?);
    Ok(out)
}

/// Bytes of the PEM around an OpenSSH private key: its base64, a line end each line, the two labels.
const OPEN_SSH_PEM: usize = 512;

/// An OpenSSH private key file in PEM, encoded in constant time, in ordinary memory. `None`: the key has no such form.
pub(crate) fn expose_open_ssh(
    memory: &SecretMemory,
    key: &SecretBox<SigningKey>,
) -> Result<Option<Zeroizing<Vec<u8>>>, EnterError> {
    if told(memory, key)?.algorithm() != SigningAlgorithm::Ed25519 {
        return Ok(None);
    }
    let mut out = Zeroizing::new(vec![0; OPEN_SSH_PEM]);
    let length = memory.scope_reserving(
        SigningKey::ROOM,
        |inside, (key, out): (&SecretBox<SigningKey>, &mut [u8])| {
            let mut contents = [0; open_ssh::LENGTH];
            let length = key.expose(inside).write_open_ssh(&mut contents)?;
            let mut text = [0; OPEN_SSH_PEM];
            let mut encoder = Encoder::new_wrapped(OPEN_SSH, OPEN_SSH_WIDTH, LineEnding::LF, &mut text).ok()?;
            encoder.encode(contents.get(..length)?).ok()?;
            let length = encoder.finish().ok()?;
            out.get_mut(..length)?.copy_from_slice(text.get(..length)?);
            Some(length)
        },
        (key, &mut out[..]),
    )?;
    out.truncate(length.ok_or(broken("an Ed25519 key has room in an OpenSSH file"))?);
    Ok(Some(out))
}
