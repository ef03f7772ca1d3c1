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
    /// The first `length` bytes of an array. `None` if it has fewer.
    pub(crate) fn new(bytes: [u8; N], length: usize) -> Option<Self> {
        (length <= N).then_some(Self { bytes, length })
    }

    /// What `write` writes to the front of an array; it returns how many bytes. `None` if it says that it had no room.
    pub(crate) fn by(write: impl FnOnce(&mut [u8; N]) -> Option<usize>) -> Option<Self> {
        let mut bytes = [0; N];
        let length = write(&mut bytes)?;
        Self::new(bytes, length)
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
        let by = |length: usize| Written::<3>::by(|out| out.get_mut(..length).map(|out| out.fill(7)).map(|()| length));
        let read = |written: Option<Written<3>>| written.map(|written| written.as_slice().to_vec());
        assert_eq!(read(by(0)), Some(vec![]));
        assert_eq!(read(by(3)), Some(vec![7; 3]));
        assert_eq!(read(by(4)), None);
        assert_eq!(read(Written::by(|_| Some(4))), None, "says more than there was room for");
        assert_eq!(read(Written::new([7, 8, 9], 2)), Some(vec![7, 8]));
        assert_eq!(read(Written::new([7, 8, 9], 4)), None);
        let mut written = Written::new([7, 8, 9], 2).unwrap();
        written.as_mut_slice().fill(1);
        assert_eq!(written.as_slice(), [1, 1]);
    }
}
