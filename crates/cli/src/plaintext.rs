//! Buffers of plaintext. The command's allocator zeroes what they leave behind when they grow or are dropped.

use std::fmt;
use std::io;

use serde::Serialize;

use crate::failure::Failure;
use crate::printable;

/// Plaintext that will be printed or written to a file.
#[derive(Default)]
pub(crate) struct Plaintext(Vec<u8>);

impl Plaintext {
    /// The value as JSON laid out for people too, harmless to a terminal, with a newline at its end.
    pub(crate) fn of_json(value: &impl Serialize) -> Result<Self, Failure> {
        let mut json = Self::default();
        serde_json::to_writer_pretty(&mut json, value)
            .map_err(|error| Failure::failed(format!("the answer cannot be written as JSON: {error}")))?;
        let mut out = Self::default();
        out.line(format_args!("{}", printable::json(json.as_text()?)));
        Ok(out)
    }

    /// Returns it as text, which JSON always is.
    pub(crate) fn as_text(&self) -> Result<&str, Failure> {
        str::from_utf8(&self.0).map_err(|_| Failure::failed("a defect of the program: the answer as JSON is no text"))
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
    fn json_is_harmless_and_means_the_same() {
        let value = ["\u{9b}31m", "a\u{202e}\n\u{1b}"];
        let out = Plaintext::of_json(&value).unwrap();
        let text = str::from_utf8(out.as_bytes()).unwrap();
        assert_eq!(text, "[\n  \"\\u009b31m\",\n  \"a\\u202e\\n\\u001b\"\n]\n");
        assert_eq!(serde_json::from_str::<[String; 2]>(text).unwrap(), value);
    }
}
