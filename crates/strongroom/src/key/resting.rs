//! How a prepared key becomes bytes that rest sealed, and is prepared from them again.

use strongroom_memory::NoHeap;

/// A prepared key that can be sealed and come back. Both directions run inside an operation.
pub trait Resting: NoHeap {
    /// An array of bytes that is long enough for any key of the type.
    type Raw: AsRef<[u8]> + AsMut<[u8]> + Send + Sync;

    /// Such an array, of zeros.
    const ZERO: Self::Raw;

    /// Writes what `wake` needs to the front of `raw`; returns how many bytes that is.
    fn rest(&self, raw: &mut Self::Raw) -> usize;

    /// Prepares the key again from what `rest` wrote; `None` for what it cannot have written.
    fn wake(raw: &[u8]) -> Option<Self>
    where
        Self: Sized;
}
