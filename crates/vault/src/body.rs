//! Bodies of attachments and of files that are sent, from file to file: what is written appears whole or not at all.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use strongroom::{Context, Key, names::KeySet, streams::Streams};

use crate::whole_file::WholeFile;
/// A body was not written. There is no file of it, nor a part of one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// There is something of the output's name already, and it is left alone.
    #[error("the output is there already")]
    Exists,
    /// The input cannot be opened.
    #[error("the input cannot be opened: {0}")]
    Input(#[source] io::Error),
    /// The output cannot be made, written to the disk or named, or there can be no spool.
    #[error("the output cannot be written: {0}")]
    Output(#[source] io::Error),
    /// The body cannot be encrypted or decrypted, read or written: see [`strongroom::Error`].
    #[error(transparent)]
    Stream(#[from] strongroom::Error),
}

/// Encrypts the file `plain` to a new file `body`; returns the body's length in bytes.
///
/// The new file can be read by its owner alone, and is there when it is whole: see [`WholeFile`].
///
/// # Errors
/// [`BodyError`]: see there. Nothing is left of what was written.
pub fn encrypt_file<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    key: Key<'c>,
    plain: &Path,
    body: &Path,
) -> Result<u64, BodyError> {
    let mut source = File::open(plain).map_err(BodyError::Input)?;
    write_whole(body, |out| Ok(ctx.encrypt_stream(key, &mut source, out)?))
}

/// Decrypts the file `body` to a new file `plain`; returns the length of the contents in bytes.
///
/// No plaintext is written, under any name, before the body was found authentic; otherwise as [`encrypt_file`].
///
/// # Errors
/// [`BodyError`]: see there. Nothing is left of what was written.
pub fn decrypt_file<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    key: Key<'c>,
    body: &Path,
    plain: &Path,
) -> Result<u64, BodyError> {
    let mut source = File::open(body).map_err(BodyError::Input)?;
    write_whole(plain, |out| Ok(ctx.decrypt_stream(key, &mut source, out)?))
}

/// As [`decrypt_file`], of a body that can be read only once, like one that comes over a connection. Its ciphertext
/// waits in a temporary file that has no name.
///
/// # Errors
/// As `decrypt_file`.
pub fn decrypt_to_file<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    key: Key<'c>,
    body: &mut impl Read,
    plain: &Path,
) -> Result<u64, BodyError> {
    let mut spool = tempfile::tempfile().map_err(BodyError::Output)?;
    write_whole(plain, |out| Ok(ctx.decrypt_stream_spooled(key, body, &mut spool, out)?))
}

/// Writes a new file, and gives it its name when it is on the disk.
fn write_whole(path: &Path, write: impl FnOnce(&mut File) -> Result<u64, BodyError>) -> Result<u64, BodyError> {
    if path.symlink_metadata().is_ok() {
        return Err(BodyError::Exists);
    }
    let mut whole = WholeFile::begin(path).map_err(BodyError::Output)?;
    let length = write(whole.file())?;
    whole.finish().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BodyError::Exists,
        _ => BodyError::Output(error),
    })?;
    Ok(length)
}
