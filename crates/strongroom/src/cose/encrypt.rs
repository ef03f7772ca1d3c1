//! COSE_Encrypt (RFC 9052 section 5.1) with one recipient, untagged: how keys are sealed for a password or a secret.

use super::cbor::{NotCbor, Reader, once};
use super::header::{Header, nonce, unprotected};
use crate::labels::cose::{
    ALG, ARGON2ID_ITERATIONS, ARGON2ID_MEMORY_KIB, ARGON2ID_PARALLELISM, ARGON2ID_SALT, HKDF_SALT, PBKDF2_ITERATIONS,
    PBKDF2_SALT,
};

/// A parsed message: references into its bytes. Nothing of it is authentic before it was decrypted.
pub(crate) struct Encrypt<'b> {
    pub(crate) header: Header<'b>,
    pub(crate) nonce: &'b [u8],
    /// Ciphertext and tag.
    pub(crate) ciphertext: &'b [u8],
    pub(crate) recipient: Recipient<'b>,
}

/// How the recipient gets at the key. It has no ciphertext of its own. Absent parameters are `None`.
#[derive(Default)]
pub(crate) struct Recipient<'b> {
    pub(crate) alg: Option<i64>,
    pub(crate) argon2id: Argon2id<'b>,
    pub(crate) pbkdf2_iterations: Option<i64>,
    pub(crate) pbkdf2_salt: Option<&'b [u8]>,
    pub(crate) hkdf_salt: Option<&'b [u8]>,
}

/// Parameters of Argon2id as they stand there.
#[derive(Default)]
pub(crate) struct Argon2id<'b> {
    pub(crate) iterations: Option<i64>,
    pub(crate) memory_kib: Option<i64>,
    pub(crate) parallelism: Option<i64>,
    pub(crate) salt: Option<&'b [u8]>,
}

impl<'b> Encrypt<'b> {
    /// Takes a message apart, and nothing behind it. More than one recipient is refused.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, NotCbor> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != 4 {
            return Err(NotCbor);
        }
        let protected = reader.bytes()?;
        let nonce = nonce(&mut reader)?;
        let ciphertext = reader.bytes()?;
        if reader.array()? != 1 {
            return Err(NotCbor);
        }
        let recipient = Recipient::read(&mut reader)?;
        reader.end()?;
        Ok(Self { header: Header::parse(protected)?, nonce, ciphertext, recipient })
    }
}

impl<'b> Recipient<'b> {
    fn read(reader: &mut Reader<'b>) -> Result<Self, NotCbor> {
        if reader.array()? != 3 {
            return Err(NotCbor);
        }
        let protected = Header::parse(reader.bytes()?)?;
        let mut recipient = Self::default();
        unprotected(reader, |label, reader| match label {
            ALG => once(&mut recipient.alg, reader.integer()?),
            ARGON2ID_ITERATIONS => once(&mut recipient.argon2id.iterations, reader.integer()?),
            ARGON2ID_MEMORY_KIB => once(&mut recipient.argon2id.memory_kib, reader.integer()?),
            ARGON2ID_PARALLELISM => once(&mut recipient.argon2id.parallelism, reader.integer()?),
            ARGON2ID_SALT => once(&mut recipient.argon2id.salt, reader.bytes()?),
            PBKDF2_ITERATIONS => once(&mut recipient.pbkdf2_iterations, reader.integer()?),
            PBKDF2_SALT => once(&mut recipient.pbkdf2_salt, reader.bytes()?),
            HKDF_SALT => once(&mut recipient.hkdf_salt, reader.bytes()?),
            _ => reader.skip(),
        })?;
        // Official software names the algorithm in both headers, or in this one alone.
        match (protected.alg, recipient.alg) {
            (Some(one), Some(other)) if one != other => return Err(NotCbor),
            (one, other) => recipient.alg = one.or(other),
        }
        match reader.bytes_or_null()? {
            None | Some([]) => Ok(recipient),
            Some(_) => Err(NotCbor),
        }
    }
}
