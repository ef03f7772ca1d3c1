//! Writes text to standard output in blocks.

use std::fmt;

use crate::failure::Failure;
use crate::plaintext::Plaintext;
use crate::streams;

/// The size of a block in bytes.
const BLOCK: usize = 64 << 10;

/// Text on its way to standard output, a block at a time. What is written is erased here.
#[derive(Default)]
pub(crate) struct Output {
    block: Plaintext,
    /// Nothing is written, for tests to look at.
    #[cfg(test)]
    is_kept: bool,
}

impl Output {
    /// Adds text, and writes what was gathered if that is enough.
    pub(crate) fn text(&mut self, text: fmt::Arguments<'_>) -> Result<(), Failure> {
        self.block.text(text);
        if self.block.as_bytes().len() < BLOCK { Ok(()) } else { self.flush() }
    }

    /// Writes what was gathered.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        #[cfg(test)]
        if self.is_kept {
            return Ok(());
        }
        streams::print(&std::mem::take(&mut self.block))
    }
}

#[cfg(test)]
impl Output {
    /// Returns one that keeps what it is given.
    pub(crate) fn kept() -> Self {
        Self { is_kept: true, ..Self::default() }
    }

    pub(crate) fn into_text(self) -> String {
        String::from_utf8(self.block.as_bytes().to_vec()).unwrap()
    }
}
