//! Bodies that are streamed. Each piece is an operation of its own, so that a lock does not wait for a whole body.

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
/// The calls are those of a [`Context`] and a [`Transaction`](crate::Transaction). The trait is sealed. [`Context`]
/// lists the errors of every call.
pub trait Streams<'c, S: KeySet>: OfContext {
    /// Encrypts the body of an attachment or of a file that is sent, and returns how many bytes it wrote. It reads from
    /// the source's position to the source's end, and writes to `out` from the position of `out`.
    ///
    /// The body is an [`EncString`] in its buffer form. Encrypting it takes 64 KiB of memory, whatever its length. What
    /// precedes the data depends on them: the MAC of type 2, which a key of AES-256-CBC-HMAC-SHA256 makes, or the
    /// length of type 7, which a COSE key makes. So the call seeks back in `out` at the end. Until it returns, `out`
    /// holds a body that does not open. A body of type 7 may have 4 GiB less 17 bytes of contents here. By way of a
    /// spool it may have as many as its algorithm takes: 64 GiB with AES, 256 GiB with ChaCha20.
    ///
    /// The store can be locked between two pieces. The body is then not finished.
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
    /// On an error, throw away what was written.
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: the key may not encrypt.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    /// - [`ErrorKind::Read`]: the source cannot be read.
    /// - [`ErrorKind::Write`]: `out` cannot be written, or does not write where it is positioned, as a file that is
    ///   opened for appending.
    /// - [`Limit::Body`](crate::errors::Limit::Body): a body of type 7 is longer than that.
    /// - [`Limit::Memory`](crate::errors::Limit::Memory): there is no memory for a piece.
    fn encrypt_stream<R: Read, W: Write + Seek>(&self, key: Key<'c>, source: &mut R, out: &mut W)
    -> Result<u64, Error>;

    /// Encrypts a body, as [`encrypt_stream`](Self::encrypt_stream) does, to an output that has no way back, such as a
    /// connection. The ciphertext is written to `spool` first, from its position. Plaintext never is. A temporary file
    /// without a name can be the spool.
    ///
    /// # Errors
    /// As for [`encrypt_stream`](Self::encrypt_stream). Failures of the spool are [`ErrorKind::Write`] and
    /// [`ErrorKind::Read`].
    fn encrypt_stream_spooled<R: Read, P: Read + Write + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        spool: &mut P,
        out: &mut W,
    ) -> Result<u64, Error>;

    /// Decrypts the body of an attachment or of a file that is sent, and returns how many bytes it wrote to `out`. It
    /// reads from the source's position to the source's end.
    ///
    /// The source is read twice. Nothing is written before the MAC or tag over all of it was found right. The second
    /// time, every piece is checked against what was found right. So no other byte comes out even if somebody changes
    /// the source meanwhile ([`Malformed::SourceChanged`](crate::errors::Malformed::SourceChanged)). Decrypting takes
    /// `8 * sqrt(length)` bytes of memory, and 64 KiB at least: 256 KiB for 1 GiB. Type 0, which nothing authenticates,
    /// is not opened.
    ///
    /// # Errors
    /// With these, nothing was written:
    /// - [`ErrorKind::NotPermitted`]: the key may not decrypt.
    /// - [`ErrorKind::WrongKey`]: another key encrypted the body, or it was changed or cut.
    /// - [`ErrorKind::Malformed`]: it is no such body, or it holds a key.
    /// - [`ErrorKind::Unsupported`]: it is of a type that is not opened as a body.
    /// - [`Limit::Memory`](crate::errors::Limit::Memory): there is no memory for the pieces.
    ///
    /// With these, throw away what was written:
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::Read`]: the source cannot be read.
    /// - [`ErrorKind::Write`]: `out` cannot be written.
    /// - [`Malformed::SourceChanged`](crate::errors::Malformed::SourceChanged): the source changed meanwhile.
    fn decrypt_stream<R: Read + Seek, W: Write>(&self, key: Key<'c>, source: &mut R, out: &mut W)
    -> Result<u64, Error>;

    /// Decrypts a body, as [`decrypt_stream`](Self::decrypt_stream) does, from a source that can be read only once,
    /// such as a connection. The ciphertext is written to `spool` first, from its position, and decrypted from there.
    /// Plaintext is never written to `spool`.
    ///
    /// # Errors
    /// As for [`decrypt_stream`](Self::decrypt_stream). Failures of the spool are [`ErrorKind::Write`] and
    /// [`ErrorKind::Read`].
    fn decrypt_stream_spooled<R: Read, P: Read + Write + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        spool: &mut P,
        out: &mut W,
    ) -> Result<u64, Error>;

    /// Encrypts bytes into the front of `out`, in the binary form that [`EncString::from_buffer`] reads, and returns
    /// the length of that form in bytes. It takes no heap. What follows in `out` is left as it was.
    ///
    /// Under a key of AES-256-CBC-HMAC-SHA256 (type 2), `n` bytes become 49 bytes and the next multiple of 16 above
    /// `n`. Under any other key (type 7), they become `n` + 77 bytes with nonces of 24 bytes, and `n` + 60 with nonces
    /// of 12 bytes (AES-256-GCM). Type 7 takes 1 byte more from 8 bytes on, 2 from 240, 4 from 65,520, and 8 from 4 GiB
    /// less 16. On an error `out` holds no contents.
    ///
    /// # Errors
    /// - Those of [`encrypt_text`](crate::Context::encrypt_text).
    /// - [`Limit::Buffer`](crate::errors::Limit::Buffer): `out` is too short. The error says how many bytes are needed,
    ///   and `out` is as it was.
    fn encrypt_into(&self, key: Key<'c>, bytes: &[u8], out: &mut [u8]) -> Result<usize, Error>;

    /// Decrypts bytes into the front of `out`, and returns how many bytes they are.
    ///
    /// `out` has to be at least [`max_contents_len`](EncString::max_contents_len) bytes long. What follows the contents
    /// is overwritten too. On an error `out` holds no contents.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: the key may not decrypt.
    /// - [`ErrorKind::WrongKey`]: another key encrypted the text, or the text was changed.
    /// - [`ErrorKind::Malformed`]: it holds a key, or it is not a COSE_Encrypt0 that can be read.
    /// - [`ErrorKind::Unsupported`]: it is of a type that is not opened as contents.
    /// - [`Limit::Buffer`](crate::errors::Limit::Buffer): `out` is too short.
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
