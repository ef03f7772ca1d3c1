//! Buffers of plaintext: erased when they are given up, also when they grow.

use std::fmt;
use std::io;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::printable;

/// What is about to be printed or written to a file. Growing moves it to a larger buffer and erases the old one, where a
/// `Vec` would leave a copy on the heap.
#[derive(Default)]
pub(crate) struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// The value as JSON laid out for people too, harmless to a terminal, with a newline at its end.
    pub(crate) fn of_json(value: &impl Serialize) -> Result<Self, Failure> {
        let mut json = Self::default();
        serde_json::to_writer_pretty(&mut json, value)
            .map_err(|error| Failure::failed(format!("the answer cannot be written as JSON: {error}")))?;
        let json = str::from_utf8(json.as_bytes())
            .map_err(|_| Failure::failed("a defect of the program: the answer as JSON is no text"))?;
        let mut out = Self::default();
        out.line(format_args!("{}", printable::json(json)));
        Ok(out)
    }

    /// Adds text.
    pub(crate) fn text(&mut self, text: fmt::Arguments<'_>) {
        // Writing to memory does not fail, and no `Display` of ours does.
        let _ = fmt::Write::write_fmt(self, text);
    }

    /// Adds text and a newline.
    pub(crate) fn line(&mut self, text: fmt::Arguments<'_>) {
        self.text(text);
        self.push(b"\n");
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn push(&mut self, bytes: &[u8]) {
        let needed = self.0.len().saturating_add(bytes.len());
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(needed.saturating_mul(2).max(4096)));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
    }
}

impl fmt::Write for Plaintext {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

impl io::Write for Plaintext {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_without_a_change() {
        let mut text = Plaintext::default();
        let mut expected = String::new();
        for number in 0..3000 {
            text.line(format_args!("{number}"));
            expected.push_str(&format!("{number}\n"));
        }
        assert_eq!(text.as_bytes(), expected.as_bytes());
    }

    #[test]
    fn json_is_harmless_and_means_the_same() {
        let value = ["\u{9b}31m", "a\u{202e}\n\u{1b}"];
        let out = Plaintext::of_json(&value).unwrap();
        let text = str::from_utf8(out.as_bytes()).unwrap();
        assert_eq!(text, "[\n  \"\\u009b31m\",\n  \"a\\u202e\\n\\u001b\"\n]\n");
        assert_eq!(serde_json::from_str::<[String; 2]>(text).unwrap(), value);
    }
}
