//! What this crate's operations on secrets have in common.

use strongroom::ErrorKind;
use strongroom::extension::{SecretBox, StackBudget, Status};

use crate::error::Error;

/// A secret of `N` bytes in its slot.
pub(crate) type Fixed<const N: usize> = SecretBox<[u8; N]>;

/// The stack that the operations need.
pub(crate) const ROOM: StackBudget = StackBudget::stack(4 << 10, 24 << 10);

/// No random bytes.
pub(crate) const NO_RANDOM: Status = Status(1);

/// The text is not the encoding of a secret of the expected length.
pub(crate) const MALFORMED: Status = Status(2);

/// Nothing but zeros.
pub(crate) const ALL_ZERO: Status = Status(3);

/// A secret, or the buffer for one, is shorter than it always is.
pub(crate) const LENGTH: Status = Status(4);

/// Returns the error of an operation. A status that no input brings about names the invariant that is broken: what an
/// input brings about, the caller has looked at.
pub(crate) fn operation_error(error: strongroom::Error) -> Error {
    let broken = |invariant| ErrorKind::Internal { invariant };
    let kind = match error.kind() {
        ErrorKind::Function(NO_RANDOM) => ErrorKind::NoRandom(None),
        ErrorKind::Function(LENGTH) => broken("a secret and the buffer for it are as long as they always are"),
        ErrorKind::Function(_) => broken("a function ends with a status that its caller knows"),
        _ => return error.into(),
    };
    error.with_kind(kind).into()
}
