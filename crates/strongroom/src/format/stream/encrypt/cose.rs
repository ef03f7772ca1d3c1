//! Bodies of type 7. The length of the ciphertext stands before it, in as few bytes as it takes.

use std::io::{Read, Seek, SeekFrom, Write};

use zeroize::Zeroizing;

use super::super::Keyed;
use super::super::pieces::{PIECE, buffer, cannot_read, cannot_write, copy, fill, front, place};
use crate::error::{Error, ErrorKind, Limit, broken};
use crate::format::cose_encrypt0::{CoseFacts, message};
use crate::format::external::External;
use crate::format::message::{Aad, Message, Prefix};
use crate::key::aead::most;
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::symmetric::TAG;
use crate::labels::{ContentType, EncStringType};
use crate::operation::aead_pieces::{begin_sealing, end_sealing, seal_piece};
use crate::operation::pieces::PieceFailure;

/// The most bytes of a body that is written before its length is known: from the first whole piece on, the length of
/// the ciphertext takes four bytes, and for more there is no room then.
pub(in super::super) fn most_sought_back(algorithm: SymmetricAlgorithm) -> u64 {
    most(algorithm).min(u64::from(u32::MAX) - TAG as u64)
}

pub(in super::super) fn encrypt<W: Write + Seek>(
    keyed: &impl Keyed,
    about: (&CoseFacts, &External),
    most: u64,
    source: &mut impl Read,
    out: &mut W,
) -> Result<u64, Error> {
    let mut body = Body::new(keyed, about, most)?;
    let start = out.stream_position().map_err(cannot_write)?;
    let first = fill(source, &mut body.piece).map_err(cannot_read)?.len();
    let mut front = body.front(first as u64)?;
    let is_one = first < PIECE;
    if !is_one {
        // As long as the front will be, and no CBOR until that is placed.
        front.iter_mut().skip(1).for_each(|byte| *byte = 0);
    }
    out.write_all(&front).map_err(cannot_write)?;
    let Sealed { tag, length } = body.seal(first, source, out)?;
    out.write_all(&tag).map_err(cannot_write)?;
    if !is_one {
        place(out, start, &body.front(length)?)?;
    }
    out.flush().map_err(cannot_write)?;
    Ok(front.len() as u64 + length + TAG as u64)
}

pub(super) fn encrypt_spooled<P: Read + Write + Seek>(
    keyed: &impl Keyed,
    about: (&CoseFacts, &External),
    algorithm: SymmetricAlgorithm,
    source: &mut impl Read,
    spool: &mut P,
    out: &mut impl Write,
) -> Result<u64, Error> {
    let mut body = Body::new(keyed, about, most(algorithm))?;
    let start = spool.stream_position().map_err(cannot_write)?;
    let first = fill(source, &mut body.piece).map_err(cannot_read)?.len();
    let Sealed { tag, length } = body.seal(first, source, spool)?;
    spool.flush().and_then(|()| spool.seek(SeekFrom::Start(start))).map_err(cannot_write)?;
    let front = body.front(length)?;
    out.write_all(&front).map_err(cannot_write)?;
    let written = front.len() as u64 + length + TAG as u64;
    copy(spool, length, &mut body.piece, out)?;
    out.write_all(&tag).and_then(|()| out.flush()).map_err(cannot_write)?;
    Ok(written)
}

/// A body in the making.
struct Body<'k, K> {
    keyed: &'k K,
    message: Message,
    most: u64,
    piece: Zeroizing<Vec<u8>>,
}

/// What was made of a source.
struct Sealed {
    tag: [u8; TAG],
    /// Bytes of ciphertext without it.
    length: u64,
}

impl<'k, K: Keyed> Body<'k, K> {
    fn new(keyed: &'k K, (key, external): (&CoseFacts, &External), most: u64) -> Result<Self, Error> {
        let message = message(key, ContentType::Octets)?;
        let message = message.bound_to(external);
        let piece = buffer(PIECE).ok_or(Limit::Memory { asked: PIECE })?;
        Ok(Self { keyed, message, most, piece })
    }

    /// All that stands before so many bytes of ciphertext, and the tag.
    fn front(&self, length: u64) -> Result<Vec<u8>, Error> {
        let mut prefix = Prefix::empty();
        let prefix = self.message.prefix(&mut prefix, 3, length.saturating_add(TAG as u64))?;
        Ok([&[EncStringType::Cose.number()], prefix].concat())
    }

    /// Encrypts to the source's end, from the first bytes on, which have been read.
    fn seal(&mut self, first: usize, source: &mut impl Read, out: &mut impl Write) -> Result<Sealed, Error> {
        let Self { keyed, message, most, piece } = self;
        let (most, mut aad) = (*most, Aad::empty());
        let about = (message.nonce(), message.aad(&mut aad)?);
        let mut state = keyed.run(|memory, key| begin_sealing(memory, key, about).map_err(refused))?;
        let (mut read, mut length) = (first, 0_u64);
        while read > 0 {
            length = length.saturating_add(read as u64);
            if length > most {
                return Err(Limit::Body { most }.into());
            }
            let part = front(piece, read as u64);
            state = keyed.run(|memory, key| seal_piece(memory, key, &state, message.nonce(), part).map_err(refused))?;
            out.write_all(part).map_err(cannot_write)?;
            read = if read < PIECE { 0 } else { fill(source, piece).map_err(cannot_read)?.len() };
        }
        let tag = keyed.run(|memory, _| Ok(end_sealing(memory, &state)?))?;
        Ok(Sealed { tag, length })
    }
}

fn refused(failure: PieceFailure) -> ErrorKind {
    match failure {
        PieceFailure::Memory(error) => error.into(),
        PieceFailure::WrongAlgorithm | PieceFailure::Random | PieceFailure::Changed | PieceFailure::TooLong => {
            broken("algorithm and length of a body are looked at before it is encrypted").into()
        }
    }
}
