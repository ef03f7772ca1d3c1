//! Reading in pieces.

use std::io::{self, Read, Seek, SeekFrom, Write};

use zeroize::Zeroizing;

use crate::error::{EncStringError, Error, ErrorKind, Malformed};

/// Returns the error of a source.
pub(super) fn cannot_read(error: io::Error) -> Error {
    ErrorKind::Read(error.into()).into()
}

/// Returns the error of an output or a spool.
pub(super) fn cannot_write(error: io::Error) -> Error {
    ErrorKind::Write(error.into()).into()
}

/// Bytes of a piece at least.
pub(super) const PIECE: usize = 64 << 10;

/// Bytes of a piece of ciphertext of this length.
pub(super) fn piece_len(length: u64) -> usize {
    // A mark has 16 bytes: so many of them, and a piece, take the same room.
    let balanced = usize::try_from(length.isqrt().saturating_mul(4)).unwrap_or(usize::MAX / 2);
    balanced.div_ceil(PIECE).max(1).saturating_mul(PIECE)
}

/// A buffer that is erased. `None`: there is no memory for it.
pub(super) fn buffer(length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.try_reserve_exact(length).ok()?;
    bytes.resize(length, 0);
    Some(bytes)
}

/// The front of a piece: `most` bytes, or all if it has fewer.
pub(super) fn front(piece: &mut [u8], most: u64) -> &mut [u8] {
    let length = usize::try_from(most).map_or(piece.len(), |most| most.min(piece.len()));
    let (front, _) = piece.split_at_mut(length);
    front
}

/// Reads until `out` is full or the source at its end; returns what was read, however few bytes came at a time.
pub(super) fn fill<'o>(source: &mut impl Read, out: &'o mut [u8]) -> io::Result<&'o mut [u8]> {
    let mut filled = 0;
    while let Some(free) = out.get_mut(filled..).filter(|free| !free.is_empty()) {
        match source.read(free) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // A reader that says more than there was room for is wrong about itself.
    out.get_mut(..filled).ok_or(io::ErrorKind::InvalidData.into())
}

/// Fills `out`; a source that has fewer bytes has fewer than it said.
pub(super) fn read_all(source: &mut impl Read, out: &mut [u8]) -> Result<(), Error> {
    let length = out.len();
    if fill(source, out).map_err(cannot_read)?.len() == length { Ok(()) } else { Err(Malformed::SourceChanged.into()) }
}

/// Ciphertext of this length is not of whole blocks.
pub(super) fn blocks(length: u64) -> EncStringError {
    EncStringError::Blocks { found: usize::try_from(length).unwrap_or(usize::MAX) }
}

/// Writes what of a piece is contents, if `left` bytes of them are not written yet.
pub(super) fn write_contents(out: &mut impl Write, piece: &mut [u8], left: &mut u64) -> Result<(), Error> {
    let contents = front(piece, *left);
    out.write_all(contents).map_err(cannot_write)?;
    *left -= contents.len() as u64;
    Ok(())
}

/// Writes so many bytes of `source` to `out`, from where either stands.
pub(super) fn copy(source: &mut impl Read, length: u64, piece: &mut [u8], out: &mut impl Write) -> Result<(), Error> {
    let mut left = length;
    while left > 0 {
        let piece = front(piece, left);
        read_all(source, piece)?;
        out.write_all(piece).map_err(cannot_write)?;
        left -= piece.len() as u64;
    }
    Ok(())
}

/// Writes what stands before data that are there already to its place, and goes back to where `out` stood.
pub(super) fn place<W: Write + Seek>(out: &mut W, at: u64, front: &[u8]) -> Result<(), Error> {
    let end = out.stream_position().map_err(cannot_write)?;
    out.seek(SeekFrom::Start(at)).and_then(|_| out.write_all(front)).map_err(cannot_write)?;
    if out.stream_position().map_err(cannot_write)? != at.saturating_add(front.len() as u64) {
        // A file that is opened for appending writes at its end, wherever it stands.
        return Err(cannot_write(io::Error::new(io::ErrorKind::Unsupported, "it does not write where it stands")));
    }
    out.seek(SeekFrom::Start(end)).map_err(cannot_write)?;
    Ok(())
}

/// A part of a source.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// Where it begins.
    pub(super) at: u64,
    /// In bytes.
    pub(super) length: u64,
}

impl Span {
    /// All but the first `front` bytes.
    pub(super) fn without(self, front: u64) -> Self {
        Self { at: self.at.saturating_add(front), length: self.length.saturating_sub(front) }
    }

    /// Reads it piece by piece; the source stands at its end then.
    pub(super) fn each_piece<R: Read + Seek>(
        &self,
        source: &mut R,
        piece: &mut [u8],
        mut each: impl FnMut(&mut [u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        source.seek(SeekFrom::Start(self.at)).map_err(cannot_read)?;
        let mut left = self.length;
        while left > 0 {
            let piece = front(piece, left);
            read_all(source, piece)?;
            each(piece)?;
            left -= piece.len() as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{PIECE, piece_len};

    #[test]
    fn pieces_and_marks_take_the_same_room() {
        let both = |length: u64| (piece_len(length), length.div_ceil(piece_len(length) as u64) * 16);
        assert_eq!(both(16), (PIECE, 16));
        assert_eq!(both(PIECE as u64), (PIECE, 16));
        assert_eq!(both(256 << 20), (PIECE, 64 << 10));
        assert_eq!(both(1 << 30), (128 << 10, 128 << 10));
        assert_eq!(both(1 << 40), (4 << 20, 4 << 20));
        assert_eq!(both(1 << 62), (8 << 30, 8 << 30));
        assert!(piece_len(u64::MAX).is_multiple_of(PIECE));
    }
}
