//! Contents under a key of AES-256-CBC-HMAC-SHA256, piece by piece: the state between two rests in a slot. Every
//! function that changes a buffer does so last, so that one that had no room can be called again.

use strongroom_memory::{
    EnterError, MakeError, MemoryError, ScopeToken, SecretBox, SecretMemory, StackBudget, Status, random,
};

use super::{Secret, SymmetricBox};
use crate::key::aes_cbc::BLOCK;
use crate::key::aes_cbc_hmac::AesCbcHmacKey;
use crate::key::aes_cbc_hmac::pieces::{Checking, Sealing};
use crate::key::mark::Mark;
use crate::kind::Symmetric;

/// The state of an encryption where it rests.
pub(crate) type SealingBox = SecretBox<Sealing>;

/// The state of a check where it rests.
pub(crate) type CheckingBox = SecretBox<Checking>;

/// Why there is no next state.
#[derive(Debug)]
pub(crate) enum PieceFailure {
    Memory(MemoryError),
    /// The key is of another algorithm.
    WrongAlgorithm,
    /// No random bytes.
    Random,
    /// The piece is not the one that was marked.
    Changed,
    /// The message would be longer than the algorithm takes.
    TooLong,
}

pub(super) const WRONG_ALGORITHM: Status = Status(1);
pub(super) const RANDOM: Status = Status(2);
pub(super) const CHANGED: Status = Status(3);
pub(super) const TOO_LONG: Status = Status(4);

impl From<MakeError<Status>> for PieceFailure {
    fn from(error: MakeError<Status>) -> Self {
        match error {
            MakeError::Memory(error) => Self::Memory(error),
            MakeError::Failed(RANDOM) => Self::Random,
            MakeError::Failed(CHANGED) => Self::Changed,
            MakeError::Failed(TOO_LONG) => Self::TooLong,
            MakeError::Failed(_) => Self::WrongAlgorithm,
        }
    }
}

fn the_key<'i>(inside: &'i ScopeToken<'_>, key: &'i Secret<Symmetric>) -> Result<&'i AesCbcHmacKey, Status> {
    key.expose(inside).as_aes_cbc_hmac().ok_or(WRONG_ALGORITHM)
}

/// Begins an encryption.
pub(crate) fn begin_sealing(
    memory: &SecretMemory,
    key: &SymmetricBox,
    iv: &[u8; BLOCK],
) -> Result<SealingBox, PieceFailure> {
    let begin = |inside: &ScopeToken<'_>, (key, iv): (&Secret<Symmetric>, &[u8; BLOCK])| {
        the_key(inside, key).map(|key| Sealing::begin(key, iv))
    };
    Ok(SecretBox::try_make(memory, begin, (key.secret(), iv))?)
}

/// Encrypts a piece of whole blocks in place, whose block before is `before`; the state after it.
pub(crate) fn seal_piece(
    memory: &SecretMemory,
    key: &SymmetricBox,
    state: &SealingBox,
    before: &[u8; BLOCK],
    piece: &mut [u8],
) -> Result<SealingBox, PieceFailure> {
    type Input<'i> = (&'i Secret<Symmetric>, &'i SealingBox, &'i [u8; BLOCK], &'i mut [u8]);
    let seal = |inside: &ScopeToken<'_>, (key, state, before, piece): Input<'_>| {
        the_key(inside, key).map(|key| state.expose(inside).seal(key, before, piece.as_chunks_mut().0))
    };
    Ok(SecretBox::try_make(&memory.reserving(StackBudget::LARGE), seal, (key.secret(), state, before, piece))?)
}

/// The MAC of all pieces.
pub(crate) fn end_sealing(
    memory: &SecretMemory,
    key: &SymmetricBox,
    state: &SealingBox,
) -> Result<Option<[u8; 32]>, EnterError> {
    let end = |inside: &ScopeToken<'_>, (key, state): (&Secret<Symmetric>, &SealingBox)| {
        the_key(inside, key).ok().map(|key| state.expose(inside).end(key))
    };
    memory.scope(end, (key.secret(), state))
}

/// Begins a check, with a secret of its own for the marks.
pub(crate) fn begin_checking(
    memory: &SecretMemory,
    key: &SymmetricBox,
    iv: &[u8; BLOCK],
) -> Result<CheckingBox, PieceFailure> {
    let begin = |inside: &ScopeToken<'_>, (key, iv): (&Secret<Symmetric>, &[u8; BLOCK])| {
        let key = the_key(inside, key)?;
        let mut secret = [0; 32];
        random::secret(inside, &mut secret).map_err(|_| RANDOM)?;
        Ok(Checking::begin(key, iv, &secret))
    };
    Ok(SecretBox::try_make(memory, begin, (key.secret(), iv))?)
}

/// Begins the second pass of a check.
pub(crate) fn rewind_checking(
    memory: &SecretMemory,
    key: &SymmetricBox,
    state: &CheckingBox,
    iv: &[u8; BLOCK],
) -> Result<CheckingBox, PieceFailure> {
    let rewind = |inside: &ScopeToken<'_>, (key, state, iv): (&Secret<Symmetric>, &CheckingBox, &[u8; BLOCK])| {
        the_key(inside, key).map(|key| state.expose(inside).rewound(key, iv))
    };
    Ok(SecretBox::try_make(memory, rewind, (key.secret(), state, iv))?)
}

/// The state after a piece, and its mark.
pub(crate) fn check_piece(
    memory: &SecretMemory,
    state: &CheckingBox,
    piece: &[u8],
) -> Result<(CheckingBox, Mark), PieceFailure> {
    let mut mark = Mark::default();
    let check = |inside: &ScopeToken<'_>, (state, piece, mark): (&CheckingBox, &[u8], &mut Mark)| {
        let after = state.expose(inside).pass(piece);
        *mark = after.mark();
        after
    };
    let after = SecretBox::make(memory, check, (state, piece, &mut mark)).map_err(PieceFailure::Memory)?;
    Ok((after, mark))
}

/// At the end: how many bytes of the last block are padding; the inner `None` if the MAC or the padding is wrong, the
/// outer if the key is of another algorithm.
pub(crate) fn end_checking(
    memory: &SecretMemory,
    key: &SymmetricBox,
    state: &CheckingBox,
    mac: &[u8; 32],
    before: &[u8; BLOCK],
    last: &[u8; BLOCK],
) -> Result<Option<Option<usize>>, EnterError> {
    type Input<'i> = (&'i Secret<Symmetric>, &'i CheckingBox, &'i [u8; 32], &'i [u8; BLOCK], &'i [u8; BLOCK]);
    let end = |inside: &ScopeToken<'_>, (key, state, mac, before, last): Input<'_>| {
        the_key(inside, key).ok().map(|key| state.expose(inside).end(key, mac, before, last))
    };
    memory.scope(end, (key.secret(), state, mac, before, last))
}

/// Checks that this is the piece that was marked so, and only then decrypts it in place; the state after it.
pub(crate) fn open_piece(
    memory: &SecretMemory,
    key: &SymmetricBox,
    state: &CheckingBox,
    mark: &Mark,
    before: &[u8; BLOCK],
    piece: &mut [u8],
) -> Result<CheckingBox, PieceFailure> {
    type Input<'i> = (&'i Secret<Symmetric>, &'i CheckingBox, &'i Mark, &'i [u8; BLOCK], &'i mut [u8]);
    let open = |inside: &ScopeToken<'_>, (key, state, mark, before, piece): Input<'_>| {
        let key = the_key(inside, key)?;
        state.expose(inside).open(key, mark, before, piece.as_chunks_mut().0).ok_or(CHANGED)
    };
    Ok(SecretBox::try_make(&memory.reserving(StackBudget::LARGE), open, (key.secret(), state, mark, before, piece))?)
}
