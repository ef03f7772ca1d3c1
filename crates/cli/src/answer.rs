//! What a command answers to `--json`.

use serde::Serialize;

use crate::failure::Failure;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_numbered_first() {
        let out = json(&std::collections::BTreeMap::from([("a", 1)])).unwrap();
        assert_eq!(out.as_bytes(), b"{\n  \"format\": 1,\n  \"a\": 1\n}\n");
    }
}
