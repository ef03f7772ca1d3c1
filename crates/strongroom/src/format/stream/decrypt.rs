//! Decrypting: what is not authentic as a whole gives not a byte.

mod aes_cbc_hmac;
mod cose;
mod passes;

use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;

use super::Keyed;
use super::pieces::{PIECE, Span, blocks, buffer, cannot_read, cannot_write, fill, front, read_all};
use crate::cose::key_ops::KeyOperation;
use crate::error::{EncStringError, Error, ErrorKind, Limit, Unsupported};
use crate::format::contents::permit;
use crate::format::enc_string::{AesCbcHmac, EncString, IV, MAC};
use crate::format::external::External;
use crate::key::aes_cbc::BLOCK;
use crate::kind::Symmetric;
use crate::labels::EncStringType;
use crate::operation;

/// Bytes before the ciphertext of type 2.
const FRONT: usize = 1 + IV + MAC;

/// From the source's position to its end; returns how many bytes were written.
pub(crate) fn decrypt<R: Read + Seek>(
    keyed: &impl Keyed,
    external: &External,
    source: &mut R,
    out: &mut impl Write,
) -> Result<u64, Error> {
    let start = source.stream_position().map_err(cannot_read)?;
    let end = source.seek(SeekFrom::End(0)).map_err(cannot_read)?;
    decrypt_range(keyed, external, source, start..end.max(start), out)
}

/// From a source that is read once: the ciphertext is copied to `spool`, and decrypted from there.
pub(crate) fn decrypt_spooled<P: Read + Write + Seek>(
    keyed: &impl Keyed,
    external: &External,
    source: &mut impl Read,
    spool: &mut P,
    out: &mut impl Write,
) -> Result<u64, Error> {
    let start = spool.stream_position().map_err(cannot_write)?;
    let mut length = 0;
    let mut piece = buffer(PIECE).ok_or(Limit::Memory { asked: PIECE })?;
    loop {
        let read = fill(source, &mut piece).map_err(cannot_read)?;
        spool.write_all(read).map_err(cannot_write)?;
        length += read.len() as u64;
        if read.len() < PIECE {
            break;
        }
    }
    spool.flush().map_err(cannot_write)?;
    decrypt_range(keyed, external, spool, start..start.saturating_add(length), out)
}

fn decrypt_range<R: Read + Seek>(
    keyed: &impl Keyed,
    external: &External,
    source: &mut R,
    range: Range<u64>,
    out: &mut impl Write,
) -> Result<u64, Error> {
    let facts = keyed.run(|memory, key| Ok(operation::facts::<Symmetric>(memory, key)?))?;
    permit(&facts, KeyOperation::Decrypt).map_err(ErrorKind::from)?;
    let (start, length) = (range.start, range.end.saturating_sub(range.start));
    source.seek(SeekFrom::Start(start)).map_err(cannot_read)?;
    let mut begin = [0; FRONT + BLOCK];
    let begin = front(&mut begin, length);
    read_all(source, begin)?;
    // Says what is wrong with a body that begins so; what is wrong with its length is said below.
    let head = match EncString::from_buffer(begin) {
        Err(EncStringError::Blocks { .. }) => return Err(blocks(length.saturating_sub(FRONT as u64)).into()),
        head => head?,
    };
    let written = match head.enc_type() {
        EncStringType::AesCbcHmac => {
            if !external.is_none() {
                return Err(Unsupported::AssociatedData.into());
            }
            let AesCbcHmac { iv, mac, .. } = head.as_aes_cbc_hmac().map_err(Unsupported::Type)?;
            let data = Span { at: start, length }.without(FRONT as u64);
            aes_cbc_hmac::Body { data, iv, mac }.decrypt(keyed, source, out)?
        }
        EncStringType::Cose => {
            let whole = Span { at: start, length }.without(1);
            cose::decrypt(keyed, external, source, whole, out)?
        }
        other => return Err(Unsupported::Type(other).into()),
    };
    out.flush().map_err(cannot_write)?;
    Ok(written)
}
