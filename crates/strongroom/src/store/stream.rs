//! Bodies that are streamed: each piece is an operation of its own, so that a lock waits for no body.

use std::io::{Read, Seek, Write};

use strongroom_memory::SecretMemory;

use super::context::{Context, OfContext};
use super::key::Key;
use super::reach::Reach;
use crate::error::{Error, ErrorKind, Operation};
use crate::format;
use crate::format::enc_string::EncString;
use crate::format::external::External;
use crate::format::stream::{self, Keyed};
use crate::name::KeySet;
use crate::operation::SymmetricBox;

/// A key of a context.
pub(super) struct KeyOf<'u, 'c, S: KeySet> {
    reach: &'u Reach<'c, S>,
    operation: Operation,
    key: Key<'c>,
}

impl<'u, 'c, S: KeySet> KeyOf<'u, 'c, S> {
    pub(super) fn new(reach: &'u Reach<'c, S>, operation: Operation, key: Key<'c>) -> Self {
        Self { reach, operation, key }
    }

    /// Runs `stream` with the key; what fails beside the store's operations is an error of this operation and key too.
    pub(super) fn stream(&self, stream: impl FnOnce(&Self) -> Result<u64, Error>) -> Result<u64, Error> {
        stream(self).map_err(|error| match error.operation() {
            Some(_) => error,
            None => self.key.failed(self.operation, error.into_kind()),
        })
    }
}

impl<S: KeySet> Keyed for KeyOf<'_, '_, S> {
    fn run<R>(&self, operation: impl FnMut(&SecretMemory, &SymmetricBox) -> Result<R, ErrorKind>) -> Result<R, Error> {
        self.reach.making_by(self.operation, self.key, operation)
    }
}

impl<'c, S: KeySet> Context<'c, S> {
    fn key_of(&self, operation: Operation, key: Key<'c>) -> KeyOf<'_, 'c, S> {
        KeyOf::new(self.reach(), operation, key)
    }
}

/// Encrypts and decrypts contents of any length from a reader to a writer, and short ones into a buffer.
///
/// For a [`Context`](crate::Context) and a [`Transaction`](crate::Transaction). Sealed.
pub trait Streams<'c, S: KeySet>: OfContext {
    /// Encrypts the body of an attachment or of a file that is sent, from the source's position to its end; writes it to
    /// `out` from where that stands, and returns how many bytes it wrote.
    ///
    /// The body is an [`EncString`](crate::EncString) in its buffer form, and takes 64 KiB of memory, whatever its length.
    /// What stands before the data depends on them: the MAC of type 2, which a key of AES-256-CBC-HMAC-SHA256 makes, the
    /// length of type 7, which a key of COSE makes. So `out` is sought back in at the end, and holds a body that does not
    /// open until this returns. A body of type 7 may have 4 GiB less 17 bytes of contents here; by way of a spool as many
    /// as its algorithm takes: 64 GiB with AES, 256 GiB with ChaCha20.
    ///
    /// Between two pieces the store can be locked; then the body is not finished.
    ///
    /// ```
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) -> Result<(), strongroom::Error> {
    /// use std::io::{Cursor, Seek};
    /// use strongroom::streams::Streams;
    ///
    /// let mut body = Cursor::new(Vec::new()); // or a file
    /// store.context(|ctx| ctx.encrypt_stream(ctx.key(Key::User)?, &mut &b"a picture"[..], &mut body))?;
    /// # body.rewind().ok();
    /// let mut picture = Vec::new();
    /// store.context(|ctx| ctx.decrypt_stream(ctx.key(Key::User)?, &mut body, &mut picture))?;
    /// assert_eq!(picture, b"a picture");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The store is locked, or the key may not encrypt; reading or writing failed; a body of
    /// type 7 is longer than that. What was written is to be thrown away.
    fn encrypt_stream<R: Read, W: Write + Seek>(&self, key: Key<'c>, source: &mut R, out: &mut W)
    -> Result<u64, Error>;

    /// As [`encrypt_stream`](Self::encrypt_stream), to an output that has no way back, like a connection. The ciphertext,
    /// never plaintext, is written to `spool` first, from where that stands: a temporary file without a name, for example.
    ///
    /// # Errors
    /// As `encrypt_stream`; failures of the spool are [`ErrorKind::Write`] and [`ErrorKind::Read`].
    fn encrypt_stream_spooled<R: Read, P: Read + Write + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        spool: &mut P,
        out: &mut W,
    ) -> Result<u64, Error>;

    /// Decrypts the body of an attachment or of a file that is sent, from the source's position to its end; returns how
    /// many bytes it wrote to `out`.
    ///
    /// It is read twice. Nothing is written before the MAC or tag over all of it was found right; the second time every
    /// piece is held to what that was right for, so that no other byte comes out even if somebody changes the source
    /// meanwhile ([`Malformed::SourceChanged`](crate::errors::Malformed::SourceChanged)). It takes `8 * sqrt(length)` bytes of memory, 64 KiB at least: 256 KiB
    /// for 1 GiB. Type 0, which nothing authenticates, is not opened.
    ///
    /// # Errors
    /// It is no such body, another key encrypted it, somebody changed or cut it, and nothing was written;
    /// or reading or writing failed, the source changed, or the store was locked, and what was written is to be thrown
    /// away.
    fn decrypt_stream<R: Read + Seek, W: Write>(&self, key: Key<'c>, source: &mut R, out: &mut W)
    -> Result<u64, Error>;

    /// As [`decrypt_stream`](Self::decrypt_stream), from a source that can be read only once, like a connection. The
    /// ciphertext, never plaintext, is written to `spool` first, from where that stands, and decrypted from there.
    ///
    /// # Errors
    /// As `decrypt_stream`; failures of the spool are [`ErrorKind::Write`] and [`ErrorKind::Read`].
    fn decrypt_stream_spooled<R: Read, P: Read + Write + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        spool: &mut P,
        out: &mut W,
    ) -> Result<u64, Error>;

    /// Encrypts bytes into the front of `out`, in the binary form that [`EncString::from_buffer`] reads, and returns how
    /// many bytes that form has. It takes no heap; what lies behind is left as it was.
    ///
    /// `n` bytes become, under a key of AES-256-CBC-HMAC-SHA256 (type 2), 49 bytes and the next multiple of 16 above `n`;
    /// else (type 7) with nonces of 24 bytes `n` + 77, of 12 bytes (AES-256-GCM) `n` + 60, and 1 more from 8 bytes on, 2
    /// from 240, 4 from 65520, 8 from 4 GiB less 16. On an error `out` holds no contents.
    ///
    /// # Errors
    /// As for [`encrypt_text`](crate::Context::encrypt_text), or `out` is too short:
    /// [`Limit::Buffer`](crate::errors::Limit::Buffer) says what is needed, and `out` is as it was.
    fn encrypt_into(&self, key: Key<'c>, bytes: &[u8], out: &mut [u8]) -> Result<usize, Error>;

    /// Decrypts bytes into the front of `out` and returns how many they are.
    ///
    /// `out` is at least [`max_contents_len`](EncString::max_contents_len) bytes long; what lies behind the contents is
    /// overwritten too. On an error it holds no contents.
    ///
    /// # Errors
    /// The key does not open it, the store is locked, or `out` is too short.
    fn decrypt_into(&self, key: Key<'c>, text: &EncString, out: &mut [u8]) -> Result<usize, Error>;
}

impl<'c, S: KeySet> Streams<'c, S> for Context<'c, S> {
    fn encrypt_stream<R: Read, W: Write + Seek>(
        &self,
        key: Key<'c>,
        source: &mut R,
        out: &mut W,
    ) -> Result<u64, Error> {
        self.key_of(Operation::Encrypt, key).stream(|key| stream::encrypt(key, &External::NONE, source, out))
    }

    fn encrypt_stream_spooled<R: Read, P: Read + Write + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        spool: &mut P,
        out: &mut W,
    ) -> Result<u64, Error> {
        self.key_of(Operation::Encrypt, key)
            .stream(|key| stream::encrypt_spooled(key, &External::NONE, source, spool, out))
    }

    fn decrypt_stream<R: Read + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        out: &mut W,
    ) -> Result<u64, Error> {
        self.key_of(Operation::Decrypt, key).stream(|key| stream::decrypt(key, &External::NONE, source, out))
    }

    fn decrypt_stream_spooled<R: Read, P: Read + Write + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        spool: &mut P,
        out: &mut W,
    ) -> Result<u64, Error> {
        self.key_of(Operation::Decrypt, key)
            .stream(|key| stream::decrypt_spooled(key, &External::NONE, source, spool, out))
    }

    fn encrypt_into(&self, key: Key<'c>, bytes: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        self.reach().using(Operation::Encrypt, key, |memory, key| format::encrypt_into(memory, key, bytes, out))
    }

    fn decrypt_into(&self, key: Key<'c>, text: &EncString, out: &mut [u8]) -> Result<usize, Error> {
        self.reach()
            .using(Operation::Decrypt, key, |memory, key| format::decrypt_into(memory, key, text, &External::NONE, out))
    }
}
