//! Bodies of type 7.

use std::io::{Read, Seek, SeekFrom, Write};

use super::super::Keyed;
use super::super::pieces::{PIECE, Span, buffer, cannot_read, piece_len, read_all, write_contents};
use super::passes::{Checked, opened, refused, room_for_marks};
use crate::cose::encrypt0::Front;
use crate::error::{Error, ErrorKind, Limit, Malformed, WrongKey, broken};
use crate::format::cose_encrypt0::contents_of;
use crate::format::external::External;
use crate::format::message::aad_of;
use crate::key::aead::most;
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;
use crate::labels::cose::ENCRYPT0;
use crate::labels::{ContentType, EncStringType};
use crate::operation;
use crate::operation::aead_pieces::{
    CheckingBox, begin_checking, check_piece, end_checking, open_piece, rewind_checking,
};

/// Decrypts the COSE_Encrypt0 that a part of the source is. What stands before its ciphertext may have 64 KiB.
pub(super) fn decrypt<R: Read + Seek>(
    keyed: &impl Keyed,
    external: &External,
    source: &mut R,
    whole: Span,
    out: &mut impl Write,
) -> Result<u64, Error> {
    let facts = keyed.run(|memory, key| Ok(operation::facts::<Symmetric>(memory, key)?))?;
    if facts.algorithm().cose().is_none() {
        let wrong = WrongKey::Algorithm { text: EncStringType::Cose, key: facts.algorithm() };
        return Err(ErrorKind::from(wrong).into());
    }
    let length = usize::try_from(whole.length).map_or(PIECE, |length| length.min(PIECE));
    let mut begin = buffer(length).ok_or(Limit::Memory { asked: length })?;
    source.seek(SeekFrom::Start(whole.at)).map_err(cannot_read)?;
    read_all(source, &mut begin)?;
    let front = Front::parse(&begin).map_err(|_| Malformed::Cose)?;
    let behind = whole.without(front.length as u64);
    if behind.length != front.ciphertext_len {
        return Err(Malformed::Cose.into());
    }
    let content = contents_of(&front, &facts)?;
    let length = behind.length.checked_sub(TAG as u64).ok_or(Malformed::Cose)?;
    let most = most(facts.algorithm());
    if length > most {
        return Err(Limit::Body { most }.into());
    }
    let aad = aad_of(ENCRYPT0, front.header.bytes, external);
    let body = Body { data: Span { length, ..behind }, nonce: front.nonce, aad: &aad, content };
    body.decrypt(keyed, source, out)
}

/// A body behind its front.
struct Body<'b> {
    /// Its ciphertext, behind which stands the tag.
    data: Span,
    nonce: &'b [u8],
    aad: &'b [u8],
    content: ContentType,
}

impl Body<'_> {
    fn decrypt<R: Read + Seek>(&self, keyed: &impl Keyed, source: &mut R, out: &mut impl Write) -> Result<u64, Error> {
        let length = piece_len(self.data.length);
        let mut piece = buffer(length).ok_or(Limit::Memory { asked: length })?;
        let checked = self.check(keyed, source, &mut piece)?;
        self.open(keyed, source, &mut piece, &checked, out)?;
        Ok(checked.contents)
    }

    /// The first pass: marks, tag and padding.
    fn check<R: Read + Seek>(
        &self,
        keyed: &impl Keyed,
        source: &mut R,
        piece: &mut [u8],
    ) -> Result<Checked<CheckingBox>, Error> {
        let mut marks = room_for_marks(&self.data, piece)?;
        let about = (self.nonce, self.aad);
        let mut state = keyed.run(|memory, key| begin_checking(memory, key, about).map_err(refused))?;
        let mut last = 0;
        self.data.each_piece(source, piece, |piece| {
            let (next, mark) = keyed.run(|memory, _| check_piece(memory, &state, piece).map_err(refused))?;
            state = next;
            marks.push(mark);
            last = *piece.last().ok_or(broken("a piece has a last byte"))?;
            Ok(())
        })?;
        let mut tag = [0; TAG];
        read_all(source, &mut tag)?;
        let last = keyed.run(|memory, key| {
            let last = end_checking(memory, key, &state, self.nonce, &tag, last)?;
            last.flatten().ok_or(WrongKey::OrChanged.into())
        })?;
        // Contents are authentic; the last byte of a padding alone counts, as in the official software.
        let contents = match self.content {
            ContentType::Utf8Padded => self.data.length.checked_sub(last.into()).filter(|_| last > 0),
            _ => Some(self.data.length),
        };
        Ok(Checked { marks, state, contents: contents.ok_or(WrongKey::OrChanged)? })
    }

    /// The second pass.
    fn open<R: Read + Seek>(
        &self,
        keyed: &impl Keyed,
        source: &mut R,
        piece: &mut [u8],
        checked: &Checked<CheckingBox>,
        out: &mut impl Write,
    ) -> Result<(), Error> {
        let about = (self.nonce, self.aad);
        let rewind = |memory: &_, key: &_| rewind_checking(memory, key, &checked.state, about).map_err(refused);
        let mut state = keyed.run(rewind)?;
        let (mut marks, mut left) = (checked.marks.iter(), checked.contents);
        self.data.each_piece(source, piece, |piece| {
            let mark = marks.next().ok_or(Malformed::SourceChanged)?;
            let next = keyed.run(|memory, key| opened(open_piece(memory, key, &state, self.nonce, mark, piece)))?;
            state = next.ok_or(Malformed::SourceChanged)?;
            write_contents(out, piece, &mut left)
        })
    }
}
