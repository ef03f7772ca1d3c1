//! For tests: what the official software wrote (see `tests/data/README.md`), and keys of known bytes.

use base64_simd::STANDARD;
use serde_json::Value;
use strongroom_memory::{Inside, Policy, SecretBox, SecretMemory};

use crate::key::symmetric::{RawKey, SymmetricKey};
use crate::operation::SymmetricBox;

/// The vectors of one format.
pub(crate) fn of_format(format: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../tests/data/official-sdk.json")).unwrap();
    let all = all["vectors"].as_array().unwrap().iter();
    let found: Vec<Value> = all.filter(|vector| vector["format"] == format).cloned().collect();
    assert!(!found.is_empty(), "no vectors of {format}");
    found
}

pub(crate) fn bytes(base64: &Value) -> Vec<u8> {
    STANDARD.decode_to_vec(base64.as_str().unwrap()).unwrap()
}

pub(crate) fn memory() -> SecretMemory {
    SecretMemory::open(Policy::best_available()).unwrap()
}

/// The prepared key of these 64 bytes.
pub(crate) fn key(memory: &SecretMemory, raw: &[u8]) -> SymmetricBox {
    let raw: [u8; 64] = raw.try_into().unwrap();
    let make = |_: &Inside<'_>, raw: &[u8; 64]| SymmetricKey::new(<&RawKey>::try_from(raw.as_chunks().0).unwrap());
    SecretBox::make(memory, make, &raw).unwrap()
}

/// Whether two prepared keys have the same bytes.
pub(crate) fn same(memory: &SecretMemory, one: &SymmetricBox, other: &SymmetricBox) -> bool {
    let compare = |inside: &Inside<'_>, (one, other): (&SymmetricBox, &SymmetricBox)| {
        one.expose(inside).raw() == other.expose(inside).raw()
    };
    memory.scope(compare, (one, other)).unwrap()
}
