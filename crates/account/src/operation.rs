//! What this crate's operations on secrets have in common.

use strongroom::extension::{Room, SecretBox, Status};

/// A secret of `N` bytes in its slot.
pub(crate) type Fixed<const N: usize> = SecretBox<[u8; N]>;

/// The stack that the operations need.
pub(crate) const ROOM: Room = Room::stack(4 << 10, 24 << 10);

/// No random bytes.
pub(crate) const NO_RANDOM: Status = Status(1);

/// The text is not the encoding of a secret of the expected length.
pub(crate) const MALFORMED: Status = Status(2);

/// Nothing but zeros.
pub(crate) const ALL_ZERO: Status = Status(3);
