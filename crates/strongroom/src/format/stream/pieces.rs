//! Reading in pieces.

use std::io::{self, ErrorKind, Read};

use zeroize::Zeroizing;

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

/// Reads until `out` is full or the source at its end; says how many bytes, however few came at a time.
pub(super) fn fill(source: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(free) = out.get_mut(filled..).filter(|free| !free.is_empty()) {
        match source.read(free) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // A reader that says more than there was room for is wrong about itself.
    if filled > out.len() { Err(ErrorKind::InvalidData.into()) } else { Ok(filled) }
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
