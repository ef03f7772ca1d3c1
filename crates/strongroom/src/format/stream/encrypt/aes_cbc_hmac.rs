//! Bodies of type 2.

use std::io::{Read, Seek, SeekFrom, Write};

use strongroom_memory::random;

use super::super::Keyed;
use super::super::pieces::{PIECE, buffer, cannot_read, cannot_write, copy, fill, place};
use crate::error::{Error, ErrorKind, Limit, broken};
use crate::format::enc_string::{IV, MAC};
use crate::key::aes_cbc::{pad, padded_length};
use crate::labels::EncStringType;
use crate::operation::pieces::{PieceFailure, begin_sealing, end_sealing, seal_piece};

/// Bytes before the ciphertext.
const FRONT: u64 = (1 + IV + MAC) as u64;

pub(super) fn encrypt<W: Write + Seek>(keyed: &impl Keyed, source: &mut impl Read, out: &mut W) -> Result<u64, Error> {
    let start = out.stream_position().map_err(cannot_write)?;
    let iv = new_iv()?;
    write_front(out, &iv, &[0; MAC])?;
    let Sealed { mac, length } = seal(keyed, source, &iv, out)?;
    place(out, start + 1 + IV as u64, &mac)?;
    out.flush().map_err(cannot_write)?;
    Ok(FRONT + length)
}

pub(super) fn encrypt_spooled<P: Read + Write + Seek>(
    keyed: &impl Keyed,
    source: &mut impl Read,
    spool: &mut P,
    out: &mut impl Write,
) -> Result<u64, Error> {
    let start = spool.stream_position().map_err(cannot_write)?;
    let iv = new_iv()?;
    let Sealed { mac, length } = seal(keyed, source, &iv, spool)?;
    spool.flush().and_then(|()| spool.seek(SeekFrom::Start(start))).map_err(cannot_write)?;
    write_front(out, &iv, &mac)?;
    let mut piece = buffer(PIECE).ok_or(Limit::Memory { asked: PIECE })?;
    copy(spool, length, &mut piece, out)?;
    out.flush().map_err(cannot_write)?;
    Ok(FRONT + length)
}

fn new_iv() -> Result<[u8; IV], ErrorKind> {
    let mut iv = [0; IV];
    random::public(&mut iv)?;
    Ok(iv)
}

fn write_front(out: &mut impl Write, iv: &[u8; IV], mac: &[u8; MAC]) -> Result<(), Error> {
    let front = [&[EncStringType::AesCbcHmac.number()], &iv[..], mac].concat();
    out.write_all(&front).map_err(cannot_write)
}

/// What was made of a source.
struct Sealed {
    mac: [u8; MAC],
    /// Bytes of ciphertext.
    length: u64,
}

/// Encrypts to the source's end.
fn seal(keyed: &impl Keyed, source: &mut impl Read, iv: &[u8; IV], out: &mut impl Write) -> Result<Sealed, Error> {
    let mut piece = buffer(PIECE).ok_or(Limit::Memory { asked: PIECE })?;
    let mut state = keyed.run(|memory, key| begin_sealing(memory, key, iv).map_err(refused))?;
    let (mut before, mut length) = (*iv, 0);
    loop {
        let read = fill(source, &mut piece).map_err(cannot_read)?.len();
        let is_last = read < PIECE;
        let end = if is_last { padded_length(read) } else { Some(PIECE) };
        let piece = end.and_then(|end| piece.get_mut(..end)).ok_or(broken("a piece has whole blocks"))?;
        if is_last {
            pad(piece, read);
        }
        state = keyed.run(|memory, key| seal_piece(memory, key, &state, &before, piece).map_err(refused))?;
        before = *piece.last_chunk().ok_or(broken("a piece has a last block"))?;
        out.write_all(piece).map_err(cannot_write)?;
        length += piece.len() as u64;
        if is_last {
            break;
        }
    }
    let mac = keyed.run(|memory, key| Ok(end_sealing(memory, key, &state)?.ok_or(broken(OTHER))?))?;
    Ok(Sealed { mac, length })
}

const OTHER: &str = "the algorithm of a body is looked at before it is encrypted";

fn refused(failure: PieceFailure) -> ErrorKind {
    match failure {
        PieceFailure::Memory(error) => error.into(),
        PieceFailure::WrongAlgorithm | PieceFailure::Random | PieceFailure::Changed | PieceFailure::TooLong => {
            broken(OTHER).into()
        }
    }
}
