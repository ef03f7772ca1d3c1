//! For tests: what the official software wrote (see `tests/data/README.md`), and keys of known bytes.

use base64_simd::STANDARD;
use serde_json::Value;
use strongroom_memory::{Policy, SecretMemory};
use zeroize::Zeroizing;

use crate::kind::Kind;
use crate::operation::{self, Boxed, Format, SymmetricBox};

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

/// The prepared key of these bytes, in the encoded form.
pub(crate) fn key(memory: &SecretMemory, encoded: &[u8]) -> SymmetricBox {
    key_of(memory, encoded)
}

/// The prepared key of these bytes, in the encoded form.
pub(crate) fn key_of<K: Kind>(memory: &SecretMemory, encoded: &[u8]) -> Boxed<K> {
    operation::import(memory, &Zeroizing::new(encoded.to_vec()), Format::Encoded).unwrap()
}

/// The encoded form of a key.
pub(crate) fn encoded<K: Kind>(memory: &SecretMemory, key: &Boxed<K>) -> Vec<u8> {
    operation::expose(memory, key).unwrap().to_vec()
}

/// Whether two prepared keys have the same bytes.
pub(crate) fn same(memory: &SecretMemory, one: &SymmetricBox, other: &SymmetricBox) -> bool {
    encoded(memory, one) == encoded(memory, other)
}
