//! Encrypting: what stands before the data depends on them, so it is written last, or the data wait in a spool.

mod aes_cbc_hmac;
pub(super) mod cose;

use std::io::{Read, Seek, Write};

use super::Keyed;
use crate::cose::key_ops::KeyOperation;
use crate::error::{Error, Unsupported};
use crate::format::contents::permit;
use crate::format::cose_encrypt0::CoseFacts;
use crate::format::external::External;
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::KeyInfo;
use crate::kind::Symmetric;
use crate::operation;

/// From the source's position to its end, to the place where `out` stands; returns how many bytes were written.
pub(crate) fn encrypt<W: Write + Seek>(
    keyed: &impl Keyed,
    external: &External,
    source: &mut impl Read,
    out: &mut W,
) -> Result<u64, Error> {
    let facts = facts(keyed)?;
    match CoseFacts::of(&facts) {
        None if external.is_none() => aes_cbc_hmac::encrypt(keyed, source, out),
        None => Err(Unsupported::AssociatedData.into()),
        Some(cose) => {
            let most = cose::most_sought_back(facts.algorithm());
            cose::encrypt(keyed, (&cose, external), most, source, out)
        }
    }
}

/// To an output that has no way back: the ciphertext waits in `spool`.
pub(crate) fn encrypt_spooled<P: Read + Write + Seek>(
    keyed: &impl Keyed,
    external: &External,
    source: &mut impl Read,
    spool: &mut P,
    out: &mut impl Write,
) -> Result<u64, Error> {
    let facts = facts(keyed)?;
    match CoseFacts::of(&facts) {
        None if external.is_none() => aes_cbc_hmac::encrypt_spooled(keyed, source, spool, out),
        None => Err(Unsupported::AssociatedData.into()),
        Some(cose) => cose::encrypt_spooled(keyed, (&cose, external), facts.algorithm(), source, spool, out),
    }
}

/// The facts of the key. An error if it may not encrypt.
fn facts(keyed: &impl Keyed) -> Result<KeyInfo<SymmetricAlgorithm>, Error> {
    let facts = keyed.run(|memory, key| Ok(operation::facts::<Symmetric>(memory, key)?))?;
    permit(&facts, KeyOperation::Encrypt)?;
    Ok(facts)
}
