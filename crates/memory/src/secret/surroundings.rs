//! What editors and shells put around a text that a person typed.

use super::ProtectedBytes;

impl ProtectedBytes {
    /// Returns true if the bytes begin with the byte order mark of UTF-8.
    #[must_use]
    pub fn has_byte_order_mark(&self) -> bool {
        self.bytes().starts_with(b"\xef\xbb\xbf")
    }

    /// Returns true if the bytes begin as text in UTF-16 does: with its byte order mark, or with a letter and a zero
    /// byte, in either order.
    #[must_use]
    pub fn looks_like_utf16(&self) -> bool {
        matches!(self.bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..=255, 0, ..] | [0, 1..=255, ..])
    }

    /// Returns true if the first or last byte is white space of ASCII.
    #[must_use]
    pub fn has_outer_white_space(&self) -> bool {
        let is_space = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
        is_space(self.bytes().first()) || is_space(self.bytes().last())
    }
}
