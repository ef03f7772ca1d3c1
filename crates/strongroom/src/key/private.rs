//! The prepared private key: RSA (RFC 8017), as the numbers of its PKCS#8 form.

mod half;
mod numbers;
mod pkcs8;

use strongroom_memory::{ScopeToken, StackBudget};

pub(crate) use half::{LONGEST_MODULUS, NO_RANDOM, NotSpki, PublicHalf, UNFIT, seal};
pub(crate) use numbers::PrivateKey;

use super::algorithm::RsaSize;
use super::facts::KeyInfo;
use super::prepared::{Form, Import, LONGEST, Prepared, Unusable};
use crate::cose::key_ops::{KeyOperation, KeyOperations};

/// The room for reading and writing a key of any size.
pub(crate) const RSA: StackBudget = StackBudget::stack(24 << 10, 56 << 10);

/// The room for decapsulation, encapsulation and the search for primes.
///
/// Measured depths, where the compiler optimises and where it does not: 16 and 46 KiB with 2,048 bits, 35 and 68 with
/// 3,072, 34 and 85 with 4,096.
pub(crate) fn room(size: RsaSize) -> StackBudget {
    match size {
        RsaSize::Rsa2048 => RSA,
        RsaSize::Rsa3072 => StackBudget::stack(40 << 10, 72 << 10),
        RsaSize::Rsa4096 => StackBudget::stack(40 << 10, 88 << 10),
    }
}

impl Prepared for PrivateKey {
    type Algorithm = RsaSize;
    type Told = u8;

    type Buffer = [u8; LONGEST + 16];
    const BLANK: Self::Buffer = [0; LONGEST + 16];
    const ROOM: StackBudget = RSA;

    fn generation_room(size: RsaSize) -> StackBudget {
        room(size)
    }

    fn generate(inside: &ScopeToken<'_>, algorithm: u8) -> Option<Self> {
        Self::new(inside, RsaSize::from_number(algorithm)?)
    }

    fn number(size: RsaSize) -> u8 {
        size as u8
    }

    fn import(_: &ScopeToken<'_>, format: Import, bytes: &[u8]) -> Option<Self> {
        match format {
            Import::Encoded | Import::Pkcs8 => Self::from_pkcs8(bytes),
            Import::Raw(_) | Import::OpenSsh => None,
        }
    }

    fn tell(&self) -> u8 {
        self.size() as u8
    }

    fn facts(algorithm: u8) -> Option<KeyInfo<RsaSize>> {
        let operations = KeyOperations::of(&[KeyOperation::Decrypt, KeyOperation::Unwrap]);
        Some(KeyInfo::new(RsaSize::from_number(algorithm)?, operations, None))
    }

    /// PKCS#8 in either form.
    fn write(&self, _: Form, out: &mut [u8]) -> Option<usize> {
        self.write_pkcs8(out)
    }

    fn read(_: Form, bytes: &[u8]) -> Option<Self> {
        Self::from_pkcs8(bytes)
    }

    fn unusable(bytes: &[u8]) -> Option<Unusable> {
        pkcs8::unusable(bytes).map(Ok)
    }
}

#[cfg(test)]
mod tests;
