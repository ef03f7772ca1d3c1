//! The prepared private key: RSA of 2,048 bits (RFC 8017), as the numbers of its PKCS#8 form.

mod half;
mod numbers;

use strongroom_memory::{Inside, Room};

pub(crate) use half::{MODULUS, PublicHalf};
pub(crate) use numbers::{PrivateKey, seal};

use super::algorithm::PrivateAlgorithm;
use super::facts::KeyFacts;
use super::prepared::{Form, Import, LONGEST, Prepared, UnusableRsa};
use crate::cose::key_ops::{KeyOperation, KeyOperations};

/// What operations with such keys reserve. Decapsulation and the search for primes go 16 KiB deep where the compiler optimises,
/// 46 where it does not.
pub(crate) const RSA: Room = Room::stack(20 << 10, 56 << 10);

impl Prepared for PrivateKey {
    type Algorithm = PrivateAlgorithm;
    type Told = ();

    type Buffer = [u8; LONGEST + 16];
    const BLANK: Self::Buffer = [0; LONGEST + 16];
    const ROOM: Room = RSA;

    fn generate(inside: &Inside<'_>, _: u8) -> Option<Self> {
        Self::new(inside)
    }

    fn number(algorithm: PrivateAlgorithm) -> u8 {
        match algorithm {
            PrivateAlgorithm::Rsa2048Oaep => 1,
        }
    }

    fn import(_: &Inside<'_>, format: Import, bytes: &[u8]) -> Option<Self> {
        match format {
            Import::Encoded | Import::Pkcs8 => Self::from_pkcs8(bytes),
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

    fn unusable_rsa(bytes: &[u8]) -> Option<UnusableRsa> {
        Self::unusable(bytes)
    }
}

#[cfg(test)]
mod tests;
