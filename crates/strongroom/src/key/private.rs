//! The prepared private key: RSA of 2,048 bits (RFC 8017), as the numbers of its PKCS#8 form.
//!
//! The numbers rest in the slot; the big integers that compute with them are rebuilt for each operation, because they
//! live on a heap.

mod numbers;
pub(crate) mod rsa;

use strongroom_memory::{Inside, Room};

pub(crate) use numbers::PrivateKey;
pub(crate) use numbers::{MODULUS, Modulus, read_spki};

use super::algorithm::PrivateAlgorithm;
use super::facts::KeyFacts;
use super::prepared::{Form, Import, LONGEST, Prepared};
use crate::cose::key_ops::{KeyOperation, KeyOperations};

/// What an operation reserves that reads or writes PKCS#8.
const PKCS8: Room = Room::stack(28 << 10, 56 << 10);

/// What an operation with big integers reserves.
pub(crate) const RSA: Room = Room { heap: 16 << 10, ..Room::stack(28 << 10, 96 << 10) };

/// What the search for primes reserves. It goes 26 KiB deep in release builds as they are by default, 41 KiB where the
/// compiler sees a crate whole (one codegen unit, or LTO), because it then lays more into one frame.
const GENERATE: Room = Room { heap: RSA.heap, ..Room::stack(48 << 10, RSA.stack) };

impl Prepared for PrivateKey {
    type Algorithm = PrivateAlgorithm;
    type Told = ();

    type Buffer = [u8; LONGEST + 16];
    const BLANK: Self::Buffer = [0; LONGEST + 16];
    const ROOM: Room = PKCS8;

    const GENERATE: Room = GENERATE;
    const IMPORT: Room = RSA;

    fn generate(inside: &Inside<'_>, _: u8) -> Option<Self> {
        rsa::generate(inside)
    }

    fn number(algorithm: PrivateAlgorithm) -> u8 {
        match algorithm {
            PrivateAlgorithm::Rsa2048Oaep => 1,
        }
    }

    fn import(_: &Inside<'_>, format: Import, bytes: &[u8]) -> Option<Self> {
        match format {
            Import::Encoded | Import::Pkcs8 => Self::from_pkcs8(bytes).filter(Self::is_sound),
            Import::Raw(_) | Import::OpenSsh => None,
        }
    }

    fn tell(&self) {}

    fn facts((): ()) -> Option<KeyFacts<PrivateAlgorithm>> {
        let operations = KeyOperations::of(&[KeyOperation::Decrypt, KeyOperation::Unwrap]);
        Some(KeyFacts::new(PrivateAlgorithm::Rsa2048Oaep, operations, None))
    }

    /// PKCS#8 in either form.
    fn write(&self, _: Form, out: &mut [u8]) -> Option<usize> {
        self.write_pkcs8(out)
    }

    fn read(_: Form, bytes: &[u8]) -> Option<Self> {
        Self::from_pkcs8(bytes)
    }
}

#[cfg(test)]
mod tests;
