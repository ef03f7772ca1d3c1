//! Encrypting: the MAC stands before the data, so it is written last, or the data wait in a spool.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use strongroom_memory::random;

use super::pieces::{PIECE, buffer, fill};
use super::{Keyed, MOST_WHOLE};
use crate::cose::key_ops::KeyOperation;
use crate::error::StreamError::{Read as CannotRead, Write as CannotWrite};
use crate::error::{EncryptError, StreamError};
use crate::format::contents;
use crate::format::enc_string::{IV, MAC};
use crate::key::aes_cbc::{pad, padded_length};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::kind::Symmetric;
use crate::labels::{ContentType, EncStringType};
use crate::operation;
use crate::operation::pieces::{PieceFailure, begin_sealing, end_sealing, seal_piece};

/// Bytes before the ciphertext of type 2.
const FRONT: u64 = (1 + IV + MAC) as u64;

/// From the source's position to its end, to the place where `out` stands; returns how many bytes were written.
pub(crate) fn encrypt<W: Write + Seek>(
    keyed: &impl Keyed,
    source: &mut impl Read,
    out: &mut W,
) -> Result<u64, StreamError> {
    if is_whole(keyed)? {
        return encrypt_whole(keyed, source, out);
    }
    let start = out.stream_position().map_err(CannotWrite)?;
    let iv = new_iv()?;
    write_front(out, &iv, &[0; MAC])?;
    let Sealed { mac, length } = seal(keyed, source, &iv, out)?;
    let end = out.stream_position().map_err(CannotWrite)?;
    let after = place_mac(out, start + 1 + IV as u64, &mac).map_err(CannotWrite)?;
    if after != start + FRONT {
        // A file that is opened for appending writes at its end, wherever it stands.
        return Err(CannotWrite(io::Error::new(ErrorKind::Unsupported, "it does not write where it stands")));
    }
    out.seek(SeekFrom::Start(end)).map_err(CannotWrite)?;
    out.flush().map_err(CannotWrite)?;
    Ok(FRONT + length)
}

/// To an output that has no way back: the ciphertext waits in `spool`.
pub(crate) fn encrypt_spooled<P: Read + Write + Seek>(
    keyed: &impl Keyed,
    source: &mut impl Read,
    spool: &mut P,
    out: &mut impl Write,
) -> Result<u64, StreamError> {
    if is_whole(keyed)? {
        return encrypt_whole(keyed, source, out);
    }
    let start = spool.stream_position().map_err(CannotWrite)?;
    let iv = new_iv()?;
    let Sealed { mac, length } = seal(keyed, source, &iv, spool)?;
    spool.flush().and_then(|()| spool.seek(SeekFrom::Start(start))).map_err(CannotWrite)?;
    write_front(out, &iv, &mac)?;
    let mut piece = buffer(PIECE).ok_or(EncryptError::OutOfMemory { length: PIECE })?;
    let mut left = length;
    while left > 0 {
        let most = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        let piece = piece.get_mut(..most).unwrap_or_default();
        if fill(spool, piece).map_err(CannotRead)? < most {
            return Err(StreamError::SourceChanged);
        }
        out.write_all(piece).map_err(CannotWrite)?;
        left = left.saturating_sub(most as u64);
    }
    out.flush().map_err(CannotWrite)?;
    Ok(FRONT + length)
}

/// Whether the key is one of COSE, whose bodies are of type 7. An error if it may not encrypt.
fn is_whole(keyed: &impl Keyed) -> Result<bool, EncryptError> {
    let facts = keyed.run::<_, EncryptError>(|memory, key| Ok(operation::facts::<Symmetric>(memory, key)?))?;
    contents::permit(&facts, KeyOperation::Encrypt)?;
    Ok(facts.algorithm() != SymmetricAlgorithm::Aes256CbcHmacSha256)
}

/// A body of type 7.
fn encrypt_whole(keyed: &impl Keyed, source: &mut impl Read, out: &mut impl Write) -> Result<u64, StreamError> {
    let mut plain = buffer(MOST_WHOLE + 1).ok_or(EncryptError::OutOfMemory { length: MOST_WHOLE })?;
    let length = fill(source, &mut plain).map_err(CannotRead)?;
    let plain = plain.get(..length).filter(|plain| plain.len() <= MOST_WHOLE);
    let plain = plain.ok_or(StreamError::TooLong { most: MOST_WHOLE as u64 })?;
    let text = keyed.run(|memory, key| contents::encrypt(memory, key, ContentType::Octets, plain))?;
    let bytes = text.to_buffer().unwrap_or_default();
    out.write_all(&bytes).and_then(|()| out.flush()).map_err(CannotWrite)?;
    Ok(bytes.len() as u64)
}

fn new_iv() -> Result<[u8; IV], EncryptError> {
    let mut iv = [0; IV];
    random::public(&mut iv)?;
    Ok(iv)
}

fn write_front(out: &mut impl Write, iv: &[u8; IV], mac: &[u8; MAC]) -> Result<(), StreamError> {
    let front = [&[EncStringType::AesCbcHmac.number()], &iv[..], mac].concat();
    out.write_all(&front).map_err(CannotWrite)
}

/// Writes the MAC to its place; returns where that left `out`.
fn place_mac<W: Write + Seek>(out: &mut W, at: u64, mac: &[u8; MAC]) -> io::Result<u64> {
    out.seek(SeekFrom::Start(at))?;
    out.write_all(mac)?;
    out.stream_position()
}

/// What was made of a source.
struct Sealed {
    mac: [u8; MAC],
    /// Bytes of ciphertext.
    length: u64,
}

/// Encrypts to the source's end.
fn seal(
    keyed: &impl Keyed,
    source: &mut impl Read,
    iv: &[u8; IV],
    out: &mut impl Write,
) -> Result<Sealed, StreamError> {
    let mut piece = buffer(PIECE).ok_or(EncryptError::OutOfMemory { length: PIECE })?;
    let mut state = keyed.run(|memory, key| begin_sealing(memory, key, iv).map_err(refused))?;
    let (mut before, mut length) = (*iv, 0);
    loop {
        let read = fill(source, &mut piece).map_err(CannotRead)?;
        let is_last = read < PIECE;
        let end = if is_last { padded_length(read).unwrap_or(PIECE) } else { PIECE };
        let piece = piece.get_mut(..end).unwrap_or_default();
        if is_last {
            pad(piece, read);
        }
        state = keyed.run(|memory, key| seal_piece(memory, key, &state, &before, piece).map_err(refused))?;
        before = piece.last_chunk().copied().unwrap_or_default();
        out.write_all(piece).map_err(CannotWrite)?;
        length += end as u64;
        if is_last {
            break;
        }
    }
    let mac = keyed.run::<_, EncryptError>(|memory, key| {
        end_sealing(memory, key, &state)?.ok_or(EncryptError::TooLong { length: usize::MAX })
    })?;
    Ok(Sealed { mac, length })
}

fn refused(failure: PieceFailure) -> EncryptError {
    match failure {
        PieceFailure::Memory(error) => error.into(),
        // None of these comes of an encryption: the algorithm was looked at before.
        PieceFailure::WrongAlgorithm | PieceFailure::Random | PieceFailure::Changed => {
            EncryptError::TooLong { length: usize::MAX }
        }
    }
}
