//! Writes JSON the way the official exporters do (two spaces, one member a line), into a buffer that leaves nothing
//! behind: a general JSON writer leaves a copy of the plaintext at each growth.

use zeroize::Zeroizing;

use crate::erased_text::ErasedText;

pub(crate) struct Writer {
    out: ErasedText,
    depth: usize,
    /// Nothing was written yet in the open object or list.
    fresh: bool,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Writer { out: ErasedText::default(), depth: 0, fresh: false }
    }

    pub(crate) fn finish(self) -> Zeroizing<String> {
        self.out.finish()
    }

    pub(crate) fn begin_object(&mut self) {
        self.begin("{");
    }

    pub(crate) fn end_object(&mut self) {
        self.end("}");
    }

    pub(crate) fn begin_list(&mut self) {
        self.begin("[");
    }

    pub(crate) fn end_list(&mut self) {
        self.end("]");
    }

    /// Starts the next element of a list; its value has to follow.
    pub(crate) fn element(&mut self) {
        if !self.fresh {
            self.push(",");
        }
        self.fresh = false;
        self.line();
    }

    /// Starts the next member of an object; its value has to follow.
    pub(crate) fn name(&mut self, name: &str) {
        self.element();
        self.text(name);
        self.push(": ");
    }

    /// Begins a member whose name is JSON already.
    pub(crate) fn name_as_written(&mut self, json: &str) {
        self.element();
        self.push(json);
        self.push(": ");
    }

    /// A piece that is JSON already.
    pub(crate) fn raw(&mut self, json: &str) {
        self.push(json);
    }

    /// A string, escaped as RFC 8259 section 7 demands and no further.
    pub(crate) fn text(&mut self, text: &str) {
        self.push("\"");
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| matches!(c, '"' | '\\' | '\0'..='\x1f')) {
            let (plain, from) = rest.split_at(at);
            self.push(plain);
            let mut chars = from.chars();
            match chars.next() {
                Some('"') => self.push("\\\""),
                Some('\\') => self.push("\\\\"),
                Some('\n') => self.push("\\n"),
                Some('\r') => self.push("\\r"),
                Some('\t') => self.push("\\t"),
                Some('\x08') => self.push("\\b"),
                Some('\x0c') => self.push("\\f"),
                Some(control) => self.push(&format!("\\u{:04x}", u32::from(control))),
                None => {}
            }
            rest = chars.as_str();
        }
        self.push(rest);
        self.push("\"");
    }

    fn begin(&mut self, bracket: &str) {
        self.push(bracket);
        self.depth += 1;
        self.fresh = true;
    }

    fn end(&mut self, bracket: &str) {
        self.depth = self.depth.saturating_sub(1);
        if !self.fresh {
            self.line();
        }
        self.fresh = false;
        self.push(bracket);
    }

    fn line(&mut self) {
        self.push("\n");
        for _ in 0..self.depth {
            self.push("  ");
        }
    }

    fn push(&mut self, piece: &str) {
        self.out.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back_as_what_was_written() {
        let all: String = (0..0x250).filter_map(char::from_u32).chain("\u{2028}\u{feff}😀".chars()).collect();
        let mut writer = Writer::new();
        writer.text(&all);
        let json = writer.finish();
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), all);
        assert_eq!(*json, serde_json::to_string(&all).unwrap());
    }

    #[test]
    fn lays_out_as_the_official_exporters_do() {
        let mut writer = Writer::new();
        writer.begin_object();
        writer.name("empty");
        writer.begin_list();
        writer.end_list();
        writer.name("object");
        writer.begin_object();
        writer.end_object();
        writer.name("list");
        writer.begin_list();
        writer.element();
        writer.raw("1");
        writer.element();
        writer.begin_object();
        writer.name("a");
        writer.raw("null");
        writer.end_object();
        writer.end_list();
        writer.end_object();
        let expected =
            "{\n  \"empty\": [],\n  \"object\": {},\n  \"list\": [\n    1,\n    {\n      \"a\": null\n    }\n  ]\n}";
        assert_eq!(*writer.finish(), expected);
    }

    #[test]
    fn grows_past_its_first_buffer() {
        let long = "x".repeat(100_000);
        let mut writer = Writer::new();
        writer.text(&long);
        assert_eq!(writer.finish().len(), 100_002);
    }
}
