//! What the two passes over a body have in common: the first says whether it is authentic and marks its pieces, the
//! second opens only pieces of these marks.

use super::super::pieces::Span;
use crate::error::{ErrorKind, Limit, WrongKey, broken};
use crate::key::mark::Mark;
use crate::operation::pieces::PieceFailure;

/// What the first pass found out; `state` is where it began.
pub(super) struct Checked<S> {
    pub(super) marks: Vec<Mark>,
    pub(super) state: S,
    /// Bytes without padding.
    pub(super) contents: u64,
}

/// Room for a mark of each piece.
pub(super) fn room_for_marks(data: &Span, piece: &[u8]) -> Result<Vec<Mark>, ErrorKind> {
    let mut marks = Vec::new();
    let count = usize::try_from(data.length.div_ceil(piece.len() as u64)).unwrap_or(usize::MAX);
    let asked = count.saturating_mul(size_of::<Mark>());
    marks.try_reserve_exact(count).map_err(|_| Limit::Memory { asked })?;
    Ok(marks)
}

/// The state after a piece of the second pass; `None`: the piece is not the one that was marked.
pub(super) fn opened<S>(next: Result<S, PieceFailure>) -> Result<Option<S>, ErrorKind> {
    match next {
        Ok(next) => Ok(Some(next)),
        Err(PieceFailure::Changed) => Ok(None),
        Err(failure) => Err(refused(failure)),
    }
}

pub(super) fn refused(failure: PieceFailure) -> ErrorKind {
    match failure {
        PieceFailure::Memory(error) => error.into(),
        PieceFailure::Random => ErrorKind::NoRandom(None),
        PieceFailure::Changed => WrongKey::OrChanged.into(),
        PieceFailure::WrongAlgorithm | PieceFailure::TooLong => {
            broken("the algorithm and the length of a body are looked at before its pieces").into()
        }
    }
}
