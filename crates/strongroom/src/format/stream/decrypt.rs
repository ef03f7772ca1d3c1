//! Decrypting: what is not authentic as a whole gives not a byte.

use std::io::{Read, Seek, SeekFrom, Write};

use super::pieces::{PIECE, buffer, fill, piece_len};
use super::{Keyed, MOST_WHOLE};
use crate::error::StreamError::{Read as CannotRead, Write as CannotWrite};
use crate::error::{DecryptError, EncStringError, StreamError, WrongAlgorithm};
use crate::format::contents;
use crate::format::enc_string::{AesCbcHmac, EncString, IV, MAC};
use crate::key::aes_cbc::BLOCK;
use crate::key::aes_cbc_hmac::pieces::Mark;
use crate::key::algorithm::SymmetricAlgorithm;
use crate::kind::Symmetric;
use crate::labels::EncStringType;
use crate::operation;
use crate::operation::pieces::{
    CheckingBox, PieceFailure, begin_checking, check_piece, end_checking, open_piece, rewind_checking,
};

/// Bytes before the ciphertext of type 2.
const FRONT: usize = 1 + IV + MAC;

/// From the source's position to its end; returns how many bytes were written.
pub(crate) fn decrypt<R: Read + Seek>(
    keyed: &impl Keyed,
    source: &mut R,
    out: &mut impl Write,
) -> Result<u64, StreamError> {
    let start = source.stream_position().map_err(CannotRead)?;
    let end = source.seek(SeekFrom::End(0)).map_err(CannotRead)?;
    decrypt_range(keyed, source, start, end.saturating_sub(start), out)
}

/// From a source that is read once: the ciphertext is copied to `spool`, and decrypted from there.
pub(crate) fn decrypt_spooled<P: Read + Write + Seek>(
    keyed: &impl Keyed,
    source: &mut impl Read,
    spool: &mut P,
    out: &mut impl Write,
) -> Result<u64, StreamError> {
    let start = spool.stream_position().map_err(CannotWrite)?;
    let mut length = 0;
    let mut piece = buffer(PIECE).ok_or(DecryptError::OutOfMemory { length: PIECE })?;
    loop {
        let read = fill(source, &mut piece).map_err(CannotRead)?;
        spool.write_all(piece.get(..read).unwrap_or_default()).map_err(CannotWrite)?;
        length += read as u64;
        if read < PIECE {
            break;
        }
    }
    spool.flush().map_err(CannotWrite)?;
    decrypt_range(keyed, spool, start, length, out)
}

fn decrypt_range<R: Read + Seek>(
    keyed: &impl Keyed,
    source: &mut R,
    start: u64,
    length: u64,
    out: &mut impl Write,
) -> Result<u64, StreamError> {
    source.seek(SeekFrom::Start(start)).map_err(CannotRead)?;
    let mut front = [0; FRONT + BLOCK];
    let there = usize::try_from(length).map_or(front.len(), |length| length.min(front.len()));
    let front = front.get_mut(..there).unwrap_or_default();
    read_all(source, front)?;
    // Says what is wrong with a body that begins so; what is wrong with its length is said below.
    let head = EncString::from_buffer(front.get(..there).unwrap_or_default());
    let head = match head {
        Err(EncStringError::Blocks { .. }) => return Err(blocks(length.saturating_sub(FRONT as u64)).into()),
        head => head?,
    };
    let written = match head.enc_type() {
        EncStringType::AesCbcHmac => {
            let AesCbcHmac { iv, mac, .. } = head.as_aes_cbc_hmac().map_err(DecryptError::UnsupportedType)?;
            let body = Body { at: start + FRONT as u64, length: length.saturating_sub(FRONT as u64), iv, mac };
            body.decrypt(keyed, source, out)?
        }
        EncStringType::Cose => {
            source.seek(SeekFrom::Start(start)).map_err(CannotRead)?;
            decrypt_whole(keyed, source, length, out)?
        }
        other => return Err(DecryptError::UnsupportedType(other).into()),
    };
    out.flush().map_err(CannotWrite)?;
    Ok(written)
}

/// Fills `out`; a source that has fewer bytes has fewer than it said.
fn read_all(source: &mut impl Read, out: &mut [u8]) -> Result<(), StreamError> {
    if fill(source, out).map_err(CannotRead)? == out.len() { Ok(()) } else { Err(StreamError::SourceChanged) }
}

fn blocks(length: u64) -> EncStringError {
    EncStringError::Blocks { found: usize::try_from(length).unwrap_or(usize::MAX) }
}

/// A body of type 7.
fn decrypt_whole(
    keyed: &impl Keyed,
    source: &mut impl Read,
    length: u64,
    out: &mut impl Write,
) -> Result<u64, StreamError> {
    let length = usize::try_from(length).ok().filter(|length| *length <= MOST_WHOLE);
    let length = length.ok_or(StreamError::TooLong { most: MOST_WHOLE as u64 })?;
    let mut bytes = buffer(length).ok_or(DecryptError::OutOfMemory { length })?;
    read_all(source, &mut bytes)?;
    let text = EncString::from_buffer(&bytes)?;
    let mut plain = buffer(text.max_contents_len()).ok_or(DecryptError::OutOfMemory { length })?;
    let length = keyed.run(|memory, key| contents::decrypt_into(memory, key, &text, &mut plain))?;
    out.write_all(plain.get(..length).unwrap_or_default()).map_err(CannotWrite)?;
    Ok(length as u64)
}

/// A body of type 2.
struct Body<'b> {
    /// Where its ciphertext begins in the source.
    at: u64,
    /// Bytes of ciphertext.
    length: u64,
    iv: &'b [u8; IV],
    mac: &'b [u8; MAC],
}

/// What the first pass found out.
struct Checked {
    marks: Vec<Mark>,
    state: CheckingBox,
    /// Bytes without padding.
    contents: u64,
}

impl Body<'_> {
    fn decrypt<R: Read + Seek>(
        &self,
        keyed: &impl Keyed,
        source: &mut R,
        out: &mut impl Write,
    ) -> Result<u64, StreamError> {
        if !self.length.is_multiple_of(BLOCK as u64) {
            return Err(blocks(self.length).into());
        }
        let facts = keyed.run::<_, DecryptError>(|memory, key| Ok(operation::facts::<Symmetric>(memory, key)?))?;
        if facts.algorithm() != SymmetricAlgorithm::Aes256CbcHmacSha256 {
            let wrong = WrongAlgorithm { text: EncStringType::AesCbcHmac, key: facts.algorithm() };
            return Err(DecryptError::from(wrong).into());
        }
        let length = piece_len(self.length);
        let mut piece = buffer(length).ok_or(DecryptError::OutOfMemory { length })?;
        let checked = self.check(keyed, source, &mut piece)?;
        self.open(keyed, source, &mut piece, &checked, out)?;
        Ok(checked.contents)
    }

    /// The first pass: MAC, marks and padding.
    fn check<R: Read + Seek>(
        &self,
        keyed: &impl Keyed,
        source: &mut R,
        piece: &mut [u8],
    ) -> Result<Checked, StreamError> {
        let mut marks = Vec::new();
        let count = usize::try_from(self.length.div_ceil(piece.len() as u64)).unwrap_or(usize::MAX);
        marks.try_reserve_exact(count).map_err(|_| DecryptError::OutOfMemory { length: count })?;
        let mut state = keyed.run(|memory, key| begin_checking(memory, key, self.iv).map_err(refused))?;
        let (mut before, mut last) = (*self.iv, *self.iv);
        self.each_piece(source, piece, |piece| {
            let (next, mark) = keyed.run(|memory, _| check_piece(memory, &state, piece).map_err(refused))?;
            state = next;
            marks.push(mark);
            for block in piece.as_chunks().0.iter().rev().take(2).rev() {
                (before, last) = (last, *block);
            }
            Ok(())
        })?;
        let padding = keyed.run(|memory, key| {
            let padding = end_checking(memory, key, &state, self.mac, &before, &last)?;
            padding.flatten().ok_or(DecryptError::WrongKeyOrChanged)
        })?;
        Ok(Checked { marks, state, contents: self.length.saturating_sub(padding as u64) })
    }

    /// The second pass.
    fn open<R: Read + Seek>(
        &self,
        keyed: &impl Keyed,
        source: &mut R,
        piece: &mut [u8],
        checked: &Checked,
        out: &mut impl Write,
    ) -> Result<(), StreamError> {
        let rewind = |memory: &_, key: &_| rewind_checking(memory, key, &checked.state, self.iv).map_err(refused);
        let mut state = keyed.run(rewind)?;
        let (mut before, mut marks, mut left) = (*self.iv, checked.marks.iter(), checked.contents);
        self.each_piece(source, piece, |piece| {
            let mark = marks.next().ok_or(StreamError::SourceChanged)?;
            let last = piece.last_chunk().copied().unwrap_or_default();
            let opened = keyed.run(|memory, key| match open_piece(memory, key, &state, mark, &before, piece) {
                Ok(next) => Ok(Some(next)),
                Err(PieceFailure::Changed) => Ok(None),
                Err(failure) => Err(refused(failure)),
            })?;
            state = opened.ok_or(StreamError::SourceChanged)?;
            before = last;
            let length = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
            out.write_all(piece.get(..length).unwrap_or_default()).map_err(CannotWrite)?;
            left = left.saturating_sub(length as u64);
            Ok(())
        })
    }

    fn each_piece<R: Read + Seek>(
        &self,
        source: &mut R,
        piece: &mut [u8],
        mut each: impl FnMut(&mut [u8]) -> Result<(), StreamError>,
    ) -> Result<(), StreamError> {
        source.seek(SeekFrom::Start(self.at)).map_err(CannotRead)?;
        let mut left = self.length;
        while left > 0 {
            let length = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
            let piece = piece.get_mut(..length).unwrap_or_default();
            read_all(source, piece)?;
            each(piece)?;
            left = left.saturating_sub(length as u64);
        }
        Ok(())
    }
}

fn refused(failure: PieceFailure) -> DecryptError {
    match failure {
        PieceFailure::Memory(error) => error.into(),
        PieceFailure::Random => DecryptError::Random,
        // The algorithm was looked at before, and a change is told apart where it can be.
        PieceFailure::WrongAlgorithm | PieceFailure::Changed => DecryptError::WrongKeyOrChanged,
    }
}
