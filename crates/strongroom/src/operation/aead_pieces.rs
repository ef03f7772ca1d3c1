//! Contents under a COSE key, piece by piece, as [`pieces`](super::pieces) are those under the older keys. The key of
//! the message is made anew for each piece, so that a lock leaves none: what rests between two is the state of the
//! hash.

use strongroom_memory::{EnterError, ScopeToken, SecretBox, SecretMemory, Status, random};

use super::content::LONG;
use super::pieces::{CHANGED, PieceFailure, RANDOM, TOO_LONG, WRONG_ALGORITHM};
use super::{Secret, SymmetricBox};
use crate::key::aead::MessageKey;
use crate::key::aead::pieces::{Checking, Sealing};
use crate::key::mark::Mark;
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;

/// The state of an encryption where it rests.
pub(crate) type SealingBox = SecretBox<Sealing>;

/// The state of a check where it rests.
pub(crate) type CheckingBox = SecretBox<Checking>;

/// What is authenticated beside the contents: nonce and associated data.
pub(crate) type About<'a> = (&'a [u8], &'a [u8]);

fn message(inside: &ScopeToken<'_>, key: &Secret<Symmetric>, nonce: &[u8]) -> Result<MessageKey, Status> {
    key.expose(inside).as_aead().and_then(|key| key.message(nonce)).ok_or(WRONG_ALGORITHM)
}

/// Begins an encryption.
pub(crate) fn begin_sealing(
    memory: &SecretMemory,
    key: &SymmetricBox,
    (nonce, aad): About<'_>,
) -> Result<SealingBox, PieceFailure> {
    let begin = |inside: &ScopeToken<'_>, (key, nonce, aad): (&Secret<Symmetric>, &[u8], &[u8])| {
        message(inside, key, nonce).map(|key| Sealing::begin(&key, aad))
    };
    Ok(SecretBox::try_make(&memory.reserving(LONG), begin, (key.secret(), nonce, aad))?)
}

/// Encrypts a piece in place; the state after it.
pub(crate) fn seal_piece(
    memory: &SecretMemory,
    key: &SymmetricBox,
    state: &SealingBox,
    nonce: &[u8],
    piece: &mut [u8],
) -> Result<SealingBox, PieceFailure> {
    type Input<'i> = (&'i Secret<Symmetric>, &'i SealingBox, &'i [u8], &'i mut [u8]);
    let seal = |inside: &ScopeToken<'_>, (key, state, nonce, piece): Input<'_>| {
        state.expose(inside).seal(&message(inside, key, nonce)?, piece).ok_or(TOO_LONG)
    };
    Ok(SecretBox::try_make(&memory.reserving(LONG), seal, (key.secret(), state, nonce, piece))?)
}

/// The tag of all pieces.
pub(crate) fn end_sealing(memory: &SecretMemory, state: &SealingBox) -> Result<[u8; TAG], EnterError> {
    memory.scope_reserving(LONG, |inside, state: &SealingBox| state.expose(inside).end(), state)
}

/// Begins a check, with a secret of its own for the marks.
pub(crate) fn begin_checking(
    memory: &SecretMemory,
    key: &SymmetricBox,
    (nonce, aad): About<'_>,
) -> Result<CheckingBox, PieceFailure> {
    let begin = |inside: &ScopeToken<'_>, (key, nonce, aad): (&Secret<Symmetric>, &[u8], &[u8])| {
        let key = message(inside, key, nonce)?;
        let mut secret = [0; 32];
        random::secret(inside, &mut secret).map_err(|_| RANDOM)?;
        Ok(Checking::begin(&key, aad, &secret))
    };
    Ok(SecretBox::try_make(&memory.reserving(LONG), begin, (key.secret(), nonce, aad))?)
}

/// Begins the second pass of a check.
pub(crate) fn rewind_checking(
    memory: &SecretMemory,
    key: &SymmetricBox,
    state: &CheckingBox,
    (nonce, aad): About<'_>,
) -> Result<CheckingBox, PieceFailure> {
    type Input<'i> = (&'i Secret<Symmetric>, &'i CheckingBox, &'i [u8], &'i [u8]);
    let rewind = |inside: &ScopeToken<'_>, (key, state, nonce, aad): Input<'_>| {
        message(inside, key, nonce).map(|key| state.expose(inside).rewound(&key, aad))
    };
    Ok(SecretBox::try_make(&memory.reserving(LONG), rewind, (key.secret(), state, nonce, aad))?)
}

/// The state after a piece, and its mark.
pub(crate) fn check_piece(
    memory: &SecretMemory,
    state: &CheckingBox,
    piece: &[u8],
) -> Result<(CheckingBox, Mark), PieceFailure> {
    let mut mark = Mark::default();
    let check = |inside: &ScopeToken<'_>, (state, piece, mark): (&CheckingBox, &[u8], &mut Mark)| {
        let after = state.expose(inside).pass(piece).ok_or(TOO_LONG)?;
        *mark = after.mark();
        Ok(after)
    };
    let after = SecretBox::try_make(&memory.reserving(LONG), check, (state, piece, &mut mark))?;
    Ok((after, mark))
}

/// At the end: the last byte of the contents, whose ciphertext is `last` (of no meaning if there are none); the inner
/// `None` if the tag is wrong, the outer if the key is of another algorithm.
pub(crate) fn end_checking(
    memory: &SecretMemory,
    key: &SymmetricBox,
    state: &CheckingBox,
    nonce: &[u8],
    tag: &[u8; TAG],
    last: u8,
) -> Result<Option<Option<u8>>, EnterError> {
    type Input<'i> = (&'i Secret<Symmetric>, &'i CheckingBox, &'i [u8], &'i [u8; TAG], u8);
    let end = |inside: &ScopeToken<'_>, (key, state, nonce, tag, last): Input<'_>| {
        message(inside, key, nonce).ok().map(|key| state.expose(inside).end(&key, tag, last))
    };
    memory.scope_reserving(LONG, end, (key.secret(), state, nonce, tag, last))
}

/// Checks that this is the piece that was marked so, and only then decrypts it in place; the state after it.
pub(crate) fn open_piece(
    memory: &SecretMemory,
    key: &SymmetricBox,
    state: &CheckingBox,
    nonce: &[u8],
    mark: &Mark,
    piece: &mut [u8],
) -> Result<CheckingBox, PieceFailure> {
    type Input<'i> = (&'i Secret<Symmetric>, &'i CheckingBox, &'i [u8], &'i Mark, &'i mut [u8]);
    let open = |inside: &ScopeToken<'_>, (key, state, nonce, mark, piece): Input<'_>| {
        state.expose(inside).open(&message(inside, key, nonce)?, mark, piece).ok_or(CHANGED)
    };
    Ok(SecretBox::try_make(&memory.reserving(LONG), open, (key.secret(), state, nonce, mark, piece))?)
}
