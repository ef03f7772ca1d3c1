//! A message of COSE in the making, and one that is about to be opened: what COSE_Encrypt0 and COSE_Encrypt share.

use strongroom_memory::{EnterError, SecretMemory, random};
use zeroize::{Zeroize, Zeroizing};

use super::external::External;
use crate::cose::cbor::{encoded_about, encoded_in};
use crate::cose::encrypt0::{AAD_MORE, PREFIX, write_enc_structure, write_prefix};
use crate::cose::header::{HEADER, Parameters};
use crate::error::{ErrorKind, Limit, broken};
use crate::key::aead::most;
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;
use crate::operation::{self, SymmetricBox};
use crate::written::Written;

/// All of a message that is known before the encryption.
pub(super) struct Message {
    context: &'static str,
    protected: Written<HEADER>,
    nonce: Written<24>,
    external: External,
}

/// What is authenticated beside the contents of a message that we write.
pub(super) type Aad = Written<{ HEADER + AAD_MORE }>;

/// All that stands before the ciphertext of a message that we write.
pub(super) type Prefix = Written<PREFIX>;

impl Message {
    /// With a fresh nonce. `context` is what the kind of message is called in what is authenticated.
    pub(super) fn new(context: &'static str, parameters: &Parameters<'_>, nonce_len: usize) -> Result<Self, ErrorKind> {
        let nonce = Written::zeros(nonce_len).ok_or(broken("a nonce has at most 24 bytes"))?;
        let mut message = Self { context, protected: Written::empty(), nonce, external: External::NONE };
        parameters.encode(&mut message.protected)?;
        random::nonce(message.nonce.as_mut_slice())?;
        Ok(message)
    }

    /// Returns the same message, bound to data of the program's own.
    pub(super) fn bound_to(self, external: &External) -> Self {
        Self { external: *external, ..self }
    }

    pub(super) fn nonce(&self) -> &[u8] {
        self.nonce.as_slice()
    }

    /// Writes what is authenticated beside the contents to `out`.
    ///
    /// # Errors
    /// [`EnterError::Internal`]: it is longer than that of any message of ours.
    #[inline]
    pub(super) fn aad<'o>(&self, out: &'o mut Aad) -> Result<&'o [u8], EnterError> {
        encoded_in(out, |writer| {
            write_enc_structure(writer, self.context, self.protected.as_slice(), self.external.as_slice());
        })
        .ok_or(broken("an Enc_structure has at most AAD_MORE bytes beside the header"))
    }

    /// Writes all that stands before the ciphertext to `out`: the begin of an array of this many items.
    ///
    /// # Errors
    /// [`EnterError::Internal`]: it is longer than that of any message of ours.
    #[inline]
    pub(super) fn prefix<'o>(
        &self,
        out: &'o mut Prefix,
        items: usize,
        ciphertext_len: u64,
    ) -> Result<&'o [u8], EnterError> {
        let (protected, nonce) = (self.protected.as_slice(), self.nonce());
        encoded_in(out, |writer| write_prefix(writer, items, protected, nonce, ciphertext_len))
            .ok_or(broken("what stands before a ciphertext has at most PREFIX bytes"))
    }

    /// The whole COSE_Encrypt0 of `contents` and so many bytes of padding, each of which says how many they are.
    pub(super) fn seal(
        &self,
        memory: &SecretMemory,
        key: &SymmetricBox,
        contents: &[u8],
        padding: u8,
    ) -> Result<Box<[u8]>, ErrorKind> {
        let mut prefix = Prefix::empty();
        let (prefix, total) = self.frame(&mut prefix, contents.len(), padding)?;
        let mut bytes = Zeroizing::new(Vec::new());
        bytes.try_reserve_exact(total).map_err(|_| Limit::Memory { asked: total })?;
        bytes.resize(total, 0);
        self.seal_behind(prefix, memory, key, contents, padding, &mut bytes)?;
        Ok(std::mem::take(&mut *bytes).into_boxed_slice())
    }

    /// As [`seal`](Self::seal), into the front of `out`; returns how many bytes. `out` is left empty of contents by an
    /// error, and as it was if it is too short.
    pub(super) fn seal_into(
        &self,
        memory: &SecretMemory,
        key: &SymmetricBox,
        contents: &[u8],
        padding: u8,
        out: &mut [u8],
    ) -> Result<usize, ErrorKind> {
        let mut prefix = Prefix::empty();
        let (prefix, total) = self.frame(&mut prefix, contents.len(), padding)?;
        let too_short = Limit::Buffer { needed: total, given: out.len() };
        self.seal_behind(prefix, memory, key, contents, padding, out.get_mut(..total).ok_or(too_short)?)?;
        Ok(total)
    }

    /// What stands before contents of this length, and the length in bytes of the whole message.
    fn frame<'o>(&self, prefix: &'o mut Prefix, contents: usize, padding: u8) -> Result<(&'o [u8], usize), ErrorKind> {
        let sum = |parts: [usize; 3]| parts.into_iter().try_fold(0_usize, usize::checked_add);
        let ciphertext = sum([contents, padding.into(), TAG]).ok_or(Limit::Memory { asked: usize::MAX })?;
        let prefix = self.prefix(prefix, 3, ciphertext as u64)?;
        Ok((prefix, sum([prefix.len(), ciphertext, 0]).ok_or(Limit::Memory { asked: usize::MAX })?))
    }

    /// Seals into `out`, which has the length of the whole message.
    fn seal_behind(
        &self,
        prefix: &[u8],
        memory: &SecretMemory,
        key: &SymmetricBox,
        contents: &[u8],
        padding: u8,
        out: &mut [u8],
    ) -> Result<(), ErrorKind> {
        let parts = out.split_at_mut_checked(prefix.len());
        let parts = parts.and_then(|(front, rest)| Some((front, rest.split_last_chunk_mut::<TAG>()?)));
        let (front, (buffer, tag)) = parts.ok_or(broken("a message has a prefix and a tag"))?;
        let mut aad = Aad::empty();
        let aad = self.aad(&mut aad)?;
        front.copy_from_slice(prefix);
        buffer.fill(padding);
        buffer.iter_mut().zip(contents).for_each(|(to, from)| *to = *from);
        let made = match operation::encrypt_aead(memory, key, self.nonce(), aad, buffer) {
            Ok(made) => made.ok_or_else(|| too_long(memory, key, contents.len())),
            Err(error) => Err(error.into()),
        };
        // The contents were copied into what becomes the ciphertext; whatever fails, the copy is erased.
        *tag = made.inspect_err(|_| buffer.zeroize())?;
        Ok(())
    }
}

/// Returns the error of contents that a key does not encrypt, as they are longer than its algorithm takes with one
/// nonce.
#[cold]
fn too_long(memory: &SecretMemory, key: &SymmetricBox, asked: usize) -> ErrorKind {
    match operation::facts::<Symmetric>(memory, key) {
        Ok(facts) if facts.algorithm().cose().is_some() => {
            Limit::Contents { asked: asked as u64, most: most(facts.algorithm()) }.into()
        }
        Ok(_) => broken("a message is encrypted by a COSE key").into(),
        Err(error) => error.into(),
    }
}

/// What is authenticated beside the contents of a message that is there already.
pub(super) fn aad_of(context: &str, protected: &[u8], external: &External) -> Vec<u8> {
    encoded_about(protected.len() + AAD_MORE, |writer| {
        write_enc_structure(writer, context, protected, external.as_slice());
    })
}

/// Why contents did not come out.
pub(super) enum Shut {
    BufferTooShort { needed: usize },
    NotAuthentic,
    Enter(EnterError),
}

/// Decrypts `data` into the front of `out`, and has `length_of` say how many bytes of that are contents. `out` is left
/// empty of contents by an error.
pub(super) fn open(
    memory: &SecretMemory,
    key: &SymmetricBox,
    (nonce, aad): (&[u8], &[u8]),
    (data, tag): (&[u8], &[u8; TAG]),
    out: &mut [u8],
    length_of: impl FnOnce(&[u8]) -> Option<usize>,
) -> Result<usize, Shut> {
    let out = out.get_mut(..data.len()).ok_or(Shut::BufferTooShort { needed: data.len() })?;
    out.copy_from_slice(data);
    let length = match operation::decrypt_aead(memory, key, nonce, aad, out, tag) {
        Ok(true) => length_of(out).ok_or(Shut::NotAuthentic),
        Ok(false) => Err(Shut::NotAuthentic),
        Err(error) => Err(Shut::Enter(error)),
    };
    length.inspect_err(|_| out.zeroize())
}

/// The length of contents that end in as many bytes of padding as the last of them says. Contents are authentic; the
/// last byte alone counts, as in the official software.
pub(super) fn unpadded(contents: &[u8]) -> Option<usize> {
    let padding = usize::from(*contents.last()?);
    contents.len().checked_sub(padding).filter(|_| padding > 0)
}

#[cfg(test)]
mod tests;
