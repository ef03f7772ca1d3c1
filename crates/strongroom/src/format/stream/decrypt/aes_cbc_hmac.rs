//! Bodies of type 2.

use std::io::{Read, Seek, Write};

use super::super::Keyed;
use super::super::pieces::{Span, blocks, buffer, piece_len, write_contents};
use super::passes::{Checked, opened, refused, room_for_marks};
use crate::error::{Error, ErrorKind, Limit, Malformed, WrongKey, broken};
use crate::format::enc_string::{IV, MAC};
use crate::key::aes_cbc::BLOCK;
use crate::key::aes_cbc_hmac::is_of_aead;
use crate::key::algorithm::SymmetricAlgorithm;
use crate::kind::Symmetric;
use crate::labels::EncStringType;
use crate::operation;
use crate::operation::pieces::{CheckingBox, begin_checking, check_piece, end_checking, open_piece, rewind_checking};

/// A body of type 2.
pub(super) struct Body<'b> {
    /// Its ciphertext.
    pub(super) data: Span,
    pub(super) iv: &'b [u8; IV],
    pub(super) mac: &'b [u8; MAC],
}

impl Body<'_> {
    pub(super) fn decrypt<R: Read + Seek>(
        &self,
        keyed: &impl Keyed,
        source: &mut R,
        out: &mut impl Write,
    ) -> Result<u64, Error> {
        if !self.data.length.is_multiple_of(BLOCK as u64) {
            return Err(blocks(self.data.length).into());
        }
        let facts = keyed.run(|memory, key| Ok(operation::facts::<Symmetric>(memory, key)?))?;
        if facts.algorithm() != SymmetricAlgorithm::Aes256CbcHmacSha256 {
            let wrong = WrongKey::Algorithm { text: EncStringType::AesCbcHmac, key: facts.algorithm() };
            return Err(ErrorKind::from(wrong).into());
        }
        if is_of_aead(self.iv) {
            return Err(ErrorKind::from(WrongKey::OrChanged).into());
        }
        let length = piece_len(self.data.length);
        let mut piece = buffer(length).ok_or(Limit::Memory { asked: length })?;
        let checked = self.check(keyed, source, &mut piece)?;
        self.open(keyed, source, &mut piece, &checked, out)?;
        Ok(checked.contents)
    }

    /// The first pass: MAC, marks and padding.
    fn check<R: Read + Seek>(
        &self,
        keyed: &impl Keyed,
        source: &mut R,
        piece: &mut [u8],
    ) -> Result<Checked<CheckingBox>, Error> {
        let mut marks = room_for_marks(&self.data, piece)?;
        let mut state = keyed.run(|memory, key| begin_checking(memory, key, self.iv).map_err(refused))?;
        let (mut before, mut last) = (*self.iv, *self.iv);
        self.data.each_piece(source, piece, |piece| {
            let (next, mark) = keyed.run(|memory, _| check_piece(memory, &state, piece).map_err(refused))?;
            state = next;
            marks.push(mark);
            for block in piece.as_chunks().0.iter().rev().take(2).rev() {
                (before, last) = (last, *block);
            }
            Ok(())
        })?;
        let padding = keyed.run(|memory, key| {
            let padding = end_checking(memory, key, &state, self.mac, &before, &last)?;
            padding.flatten().ok_or(WrongKey::OrChanged.into())
        })?;
        Ok(Checked { marks, state, contents: self.data.length.saturating_sub(padding as u64) })
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
        let rewind = |memory: &_, key: &_| rewind_checking(memory, key, &checked.state, self.iv).map_err(refused);
        let mut state = keyed.run(rewind)?;
        let (mut before, mut marks, mut left) = (*self.iv, checked.marks.iter(), checked.contents);
        self.data.each_piece(source, piece, |piece| {
            let mark = marks.next().ok_or(Malformed::SourceChanged)?;
            let last = *piece.last_chunk().ok_or(broken("a piece has a last block"))?;
            let next = keyed.run(|memory, key| opened(open_piece(memory, key, &state, mark, &before, piece)))?;
            state = next.ok_or(Malformed::SourceChanged)?;
            before = last;
            write_contents(out, piece, &mut left)
        })
    }
}
