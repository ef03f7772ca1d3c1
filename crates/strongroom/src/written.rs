//! The front of an array that something was written to: bytes whose length is known only at run time, without a heap.

/// Written bytes. Their length is checked once, so that a reader needs no answer for one that does not fit.
///
/// # Invariants
/// 1. `length` is at most `N`.
pub(crate) struct Written<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Written<N> {
    /// Nothing yet.
    pub(crate) const fn empty() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    /// The first `length` bytes, zeros. `None` if there are fewer.
    pub(crate) fn zeros(length: usize) -> Option<Self> {
        (length <= N).then_some(Self { bytes: [0; N], length })
    }

    /// Has `write` write to the front, in place; it returns how many bytes. `None` if it says that they have no room.
    #[inline]
    pub(crate) fn write(&mut self, write: impl FnOnce(&mut [u8; N]) -> Option<usize>) -> Option<&[u8]> {
        self.length = write(&mut self.bytes).filter(|length| *length <= N)?;
        Some(self.as_slice())
    }

    /// The written bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        // At most all of them (invariant 1).
        &self.bytes[..self.length]
    }

    /// The written bytes, to be changed in place.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        // As above.
        &mut self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::Written;

    #[test]
    fn what_has_no_room_is_not_shortened() {
        let write = |length: usize| {
            let mut written = Written::<3>::empty();
            let front = |out: &mut [u8; 3]| out.get_mut(..length).map(|out| out.fill(7)).map(|()| length);
            written.write(front).map(<[u8]>::to_vec)
        };
        assert_eq!(write(0), Some(vec![]));
        assert_eq!(write(3), Some(vec![7; 3]));
        assert_eq!(write(4), None);
        assert_eq!(Written::<3>::empty().write(|_| Some(4)), None, "it says more than there was room for");
        assert!(Written::<3>::zeros(4).is_none());
        let mut zeros = Written::<3>::zeros(2).unwrap();
        zeros.as_mut_slice().fill(1);
        assert_eq!(zeros.as_slice(), [1, 1]);
    }
}
