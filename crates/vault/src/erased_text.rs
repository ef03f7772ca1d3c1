//! Text that is plaintext while it is being written.

use zeroize::Zeroizing;

/// A buffer that is erased when it is given up, also when it has to grow, where a `String` would leave a copy behind.
#[derive(Default)]
pub(crate) struct ErasedText(Zeroizing<String>);

impl ErasedText {
    /// Returns a buffer that holds this many bytes without growing.
    pub(crate) fn with_capacity(len: usize) -> Self {
        ErasedText(Zeroizing::new(String::with_capacity(len)))
    }

    pub(crate) fn push(&mut self, piece: &str) {
        let needed = self.0.len().saturating_add(piece.len());
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(String::with_capacity(needed.saturating_mul(2).max(64)));
            larger.push_str(&self.0);
            self.0 = larger;
        }
        self.0.push_str(piece);
    }

    pub(crate) fn finish(self) -> Zeroizing<String> {
        self.0
    }
}
