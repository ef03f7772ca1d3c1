//! Marks: what tells a piece of a body from another when the body is read again.

use subtle::ConstantTimeEq;

/// Bytes of a mark.
pub(crate) const MARK: usize = 16;

/// A MAC, under a key of this one message, of what the message is up to the end of a piece. Without the key it says
/// nothing, so it may lie anywhere.
pub(crate) type Mark = [u8; MARK];

/// The mark that this MAC makes.
pub(crate) fn mark_of(mac: &[u8; 32]) -> Mark {
    let mut mark = [0; MARK];
    mark.iter_mut().zip(mac).for_each(|(to, from)| *to = *from);
    mark
}

/// Whether two marks are the same, in time that does not depend on where they differ.
pub(crate) fn is_same_mark(one: &Mark, other: &Mark) -> bool {
    one.ct_eq(other).into()
}
