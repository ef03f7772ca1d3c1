//! Writes the JSON that a command prints with `--json`.

use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;
use crate::plaintext::Plaintext;

/// The number of the rules that the answers follow, which `docs/output.schema.json` has: members are added to them, and
/// none is removed or gets another meaning without another number.
const FORMAT: u8 = 1;

#[derive(Serialize)]
struct Answer<'a, T> {
    format: u8,
    #[serde(flatten)]
    body: &'a T,
}

/// Returns the answer as JSON, `body` being an object.
pub(crate) fn json(body: &impl Serialize) -> Result<Plaintext, Failure> {
    Plaintext::of_json(&Answer { format: FORMAT, body })
}

/// An answer that consists of lists, written element by element, as [`json`] would lay it out.
pub(crate) struct Lists {
    /// Says whether the list that is open has elements. `None`: none is open.
    has_elements: Option<bool>,
}

impl Lists {
    pub(crate) fn begin(out: &mut Output) -> Result<Self, Failure> {
        out.text(format_args!("{{\n  \"format\": {FORMAT}"))?;
        Ok(Self { has_elements: None })
    }

    /// Begins with the members of `head`, an object that is not empty.
    pub(crate) fn begin_with(head: &impl Serialize, out: &mut Output) -> Result<Self, Failure> {
        let json = json(head)?;
        // The brace is written at the end.
        out.text(format_args!("{}", json.as_text()?.trim_end_matches(['}', '\n'])))?;
        Ok(Self { has_elements: None })
    }

    /// Ends the list that is open, and begins one of this name.
    pub(crate) fn list(&mut self, name: &str, out: &mut Output) -> Result<(), Failure> {
        self.end_list(out)?;
        self.has_elements = Some(false);
        out.text(format_args!(",\n  \"{name}\": ["))
    }

    /// Writes an element of the list that is open.
    pub(crate) fn element(&mut self, element: &impl Serialize, out: &mut Output) -> Result<(), Failure> {
        let comma = if self.has_elements == Some(true) { "," } else { "" };
        self.has_elements = Some(true);
        let json = Plaintext::of_json(element)?;
        let json = json.as_text()?.trim_end();
        for (number, line) in json.lines().enumerate() {
            let before = if number == 0 { comma } else { "" };
            out.text(format_args!("{before}\n    {line}"))?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self, out: &mut Output) -> Result<(), Failure> {
        self.end_list(out)?;
        out.text(format_args!("\n}}\n"))
    }

    fn end_list(&mut self, out: &mut Output) -> Result<(), Failure> {
        match self.has_elements.take() {
            None => Ok(()),
            Some(false) => out.text(format_args!("]")),
            Some(true) => out.text(format_args!("\n  ]")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_numbered_first() {
        let out = json(&std::collections::BTreeMap::from([("a", 1)])).unwrap();
        assert_eq!(out.as_bytes(), b"{\n  \"format\": 1,\n  \"a\": 1\n}\n");
    }

    #[test]
    fn lists_are_laid_out_like_the_rest() {
        #[derive(Serialize)]
        struct Whole {
            some: Vec<Vec<u8>>,
            none: [u8; 0],
        }
        let whole = Whole { some: vec![vec![1, 2], vec![], vec![3]], none: [] };
        let mut out = Output::kept();
        let mut lists = Lists::begin(&mut out).unwrap();
        lists.list("some", &mut out).unwrap();
        whole.some.iter().for_each(|element| lists.element(element, &mut out).unwrap());
        lists.list("none", &mut out).unwrap();
        lists.finish(&mut out).unwrap();
        assert_eq!(out.into_text().as_bytes(), json(&whole).unwrap().as_bytes());

        #[derive(Serialize)]
        struct WithHead {
            head: &'static str,
            list: [u8; 2],
        }
        let mut out = Output::kept();
        let head = std::collections::BTreeMap::from([("head", "}} ")]);
        let mut lists = Lists::begin_with(&head, &mut out).unwrap();
        lists.list("list", &mut out).unwrap();
        [1, 2].iter().for_each(|element| lists.element(element, &mut out).unwrap());
        lists.finish(&mut out).unwrap();
        assert_eq!(out.into_text().as_bytes(), json(&WithHead { head: "}} ", list: [1, 2] }).unwrap().as_bytes());
    }
}
