//! A message of COSE in the making, and one that is about to be opened: what COSE_Encrypt0 and COSE_Encrypt share.

use strongroom_memory::{EnterError, RandomError, SecretMemory, random};
use zeroize::{Zeroize, Zeroizing};

use crate::cose::encrypt0::{AAD_MORE, PREFIX, write_aad_of, write_prefix};
use crate::cose::header::{HEADER, Parameters};
use crate::error::{EncryptError, WrapError};
use crate::key::symmetric::TAG;
use crate::operation::{self, SymmetricBox};

/// Why a message was not made.
pub(super) enum Unmade {
    Random(RandomError),
    Enter(EnterError),
    /// The algorithm does not take so much.
    TooLong,
    OutOfMemory,
    /// The caller's buffer is; it is as it was.
    BufferTooShort {
        needed: usize,
        given: usize,
    },
}

impl Unmade {
    /// The message was to hold contents of this length in bytes.
    pub(super) fn of_contents(self, length: usize) -> EncryptError {
        match self {
            Self::Random(error) => error.into(),
            Self::Enter(error) => error.into(),
            Self::TooLong => EncryptError::TooLong { length },
            Self::OutOfMemory => EncryptError::OutOfMemory { length },
            Self::BufferTooShort { needed, given } => EncryptError::BufferTooShort { needed, given },
        }
    }

    /// The message was to hold a key.
    pub(super) fn of_key(self) -> WrapError {
        match self {
            Self::Random(error) => error.into(),
            Self::Enter(error) => error.into(),
            Self::TooLong | Self::OutOfMemory | Self::BufferTooShort { .. } => WrapError::Unwritable,
        }
    }
}

/// All of a message that is known before the encryption.
pub(super) struct Message {
    context: &'static str,
    protected: [u8; HEADER],
    protected_len: usize,
    nonce: [u8; 24],
    nonce_len: usize,
}

impl Message {
    /// With a fresh nonce. `context` is what the kind of message is called in what is authenticated.
    pub(super) fn new(context: &'static str, parameters: &Parameters<'_>, nonce_len: usize) -> Result<Self, Unmade> {
        let mut message = Self { context, protected: [0; HEADER], protected_len: 0, nonce: [0; 24], nonce_len };
        message.protected_len = parameters.write(&mut message.protected).ok_or(Unmade::TooLong)?;
        let nonce = message.nonce.get_mut(..nonce_len).ok_or(Unmade::TooLong)?;
        random::public(nonce).map_err(Unmade::Random)?;
        Ok(message)
    }

    fn protected(&self) -> &[u8] {
        self.protected.get(..self.protected_len).unwrap_or_default()
    }

    pub(super) fn nonce(&self) -> &[u8] {
        self.nonce.get(..self.nonce_len).unwrap_or_default()
    }

    pub(super) fn aad<'a>(&self, out: &'a mut [u8; HEADER + AAD_MORE]) -> &'a [u8] {
        let length = write_aad_of(self.context, out, self.protected()).unwrap_or_default();
        out.get(..length).unwrap_or_default()
    }

    /// All that stands before the ciphertext: the begin of an array of so many items.
    pub(super) fn prefix<'a>(&self, out: &'a mut [u8; PREFIX], items: usize, ciphertext_len: u64) -> &'a [u8] {
        let length = write_prefix(out, items, self.protected(), self.nonce(), ciphertext_len).unwrap_or_default();
        out.get(..length).unwrap_or_default()
    }

    /// The whole COSE_Encrypt0 of `contents` and so many bytes of padding, each of which says how many they are.
    pub(super) fn seal(
        &self,
        memory: &SecretMemory,
        key: &SymmetricBox,
        contents: &[u8],
        padding: u8,
    ) -> Result<Box<[u8]>, Unmade> {
        let (_, total) = self.lengths(contents.len(), padding)?;
        let mut bytes = Zeroizing::new(Vec::new());
        bytes.try_reserve_exact(total).map_err(|_| Unmade::OutOfMemory)?;
        bytes.resize(total, 0);
        self.seal_into(memory, key, contents, padding, &mut bytes)?;
        Ok(std::mem::take(&mut *bytes).into_boxed_slice())
    }

    /// The length in bytes of ciphertext and tag, and that of the whole message.
    fn lengths(&self, contents: usize, padding: u8) -> Result<(usize, usize), Unmade> {
        let sum = |parts: [usize; 3]| parts.into_iter().try_fold(0_usize, usize::checked_add);
        let ciphertext = sum([contents, padding.into(), TAG]).ok_or(Unmade::OutOfMemory)?;
        let prefix = self.prefix(&mut [0; PREFIX], 3, ciphertext as u64).len();
        Ok((ciphertext, prefix.checked_add(ciphertext).ok_or(Unmade::OutOfMemory)?))
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
    ) -> Result<usize, Unmade> {
        let (ciphertext, total) = self.lengths(contents.len(), padding)?;
        let too_short = Unmade::BufferTooShort { needed: total, given: out.len() };
        let parts = out.get_mut(..total).and_then(|out| out.split_at_mut_checked(total - ciphertext));
        let Some((front, (buffer, tag))) =
            parts.and_then(|(front, rest)| Some((front, rest.split_last_chunk_mut::<TAG>()?)))
        else {
            return Err(too_short);
        };
        front.copy_from_slice(self.prefix(&mut [0; PREFIX], 3, ciphertext as u64));
        buffer.fill(padding);
        buffer.iter_mut().zip(contents).for_each(|(to, from)| *to = *from);
        let mut aad = [0; HEADER + AAD_MORE];
        let made = match operation::encrypt_aead(memory, key, self.nonce(), self.aad(&mut aad), buffer) {
            Ok(made) => made.ok_or(Unmade::TooLong),
            Err(error) => Err(Unmade::Enter(error)),
        };
        // The contents were copied into what becomes the ciphertext; whatever fails, the copy is erased.
        *tag = made.inspect_err(|_| buffer.zeroize())?;
        Ok(total)
    }
}

/// What is authenticated beside the contents of a message that is there already.
pub(super) fn aad_of(context: &str, protected: &[u8]) -> Vec<u8> {
    let mut aad = vec![0; protected.len() + AAD_MORE];
    let length = write_aad_of(context, &mut aad, protected).unwrap_or_default();
    aad.truncate(length);
    aad
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
