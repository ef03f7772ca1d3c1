//! CBOR (RFC 8949) as far as COSE needs it: a borrowing reader and a writer over a slice. Nothing is allocated.
//!
//! The reader takes items of definite length only, and accepts lengths that are not written in the shortest form. It
//! never trusts a length: what is not there is an error before anything is touched.

use crate::written::Written;

/// The input is not the CBOR that was expected. Says nothing about the bytes: they may be those of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NotCbor;

/// Items within items that [`Reader::skip`] follows, and no more.
const DEPTH: u8 = 8;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

/// The whole item `null`.
const NULL: u8 = 0xf6;

/// An integer or a text: what labels and values of COSE headers may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Value<'b> {
    Integer(i64),
    Text(&'b [u8]),
}

/// Reads items from the front of a slice.
#[derive(Clone)]
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// All has been read.
    pub(crate) fn end(&self) -> Result<(), NotCbor> {
        if self.rest.is_empty() { Ok(()) } else { Err(NotCbor) }
    }

    pub(crate) fn integer(&mut self) -> Result<i64, NotCbor> {
        match self.value()? {
            Value::Integer(number) => Ok(number),
            Value::Text(_) => Err(NotCbor),
        }
    }

    pub(crate) fn value(&mut self) -> Result<Value<'b>, NotCbor> {
        let (major, argument) = self.head()?;
        match major {
            UNSIGNED => i64::try_from(argument).map(Value::Integer).map_err(|_| NotCbor),
            NEGATIVE => i64::try_from(argument).map(|number| Value::Integer(-1 - number)).map_err(|_| NotCbor),
            TEXT => self.take(argument).map(Value::Text),
            _ => Err(NotCbor),
        }
    }

    /// Bytes that have not been read.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], NotCbor> {
        let length = self.bytes_head()?;
        self.take(length)
    }

    /// The length of a byte string, which follows and need not be there.
    pub(crate) fn bytes_head(&mut self) -> Result<u64, NotCbor> {
        self.expect(BYTES)
    }

    /// A byte string, or `None` for `null` (RFC 8949 section 3.3).
    pub(crate) fn bytes_or_null(&mut self) -> Result<Option<&'b [u8]>, NotCbor> {
        if let [NULL, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(None);
        }
        self.bytes().map(Some)
    }

    /// The number of items of an array.
    pub(crate) fn array(&mut self) -> Result<u64, NotCbor> {
        self.expect(ARRAY)
    }

    /// The number of pairs of a map.
    pub(crate) fn map(&mut self) -> Result<u64, NotCbor> {
        self.expect(MAP)
    }

    /// Reads over one item, whatever it is.
    pub(crate) fn skip(&mut self) -> Result<(), NotCbor> {
        self.skip_to(DEPTH)
    }

    fn skip_to(&mut self, depth: u8) -> Result<(), NotCbor> {
        let (major, argument) = self.head()?;
        let items = match major {
            UNSIGNED | NEGATIVE | SIMPLE => 0,
            BYTES | TEXT => return self.take(argument).map(drop),
            ARRAY => argument,
            MAP => argument.checked_mul(2).ok_or(NotCbor)?,
            TAG => 1,
            _ => return Err(NotCbor),
        };
        // Each item takes a byte at least: a count that cannot be true costs nothing.
        if items > self.rest.len() as u64 || (items > 0 && depth == 0) {
            return Err(NotCbor);
        }
        (0..items).try_for_each(|_| self.skip_to(depth - 1))
    }

    fn expect(&mut self, wanted: u8) -> Result<u64, NotCbor> {
        let (major, argument) = self.head()?;
        if major == wanted { Ok(argument) } else { Err(NotCbor) }
    }

    /// The major type and the argument of an item (RFC 8949 section 3).
    fn head(&mut self) -> Result<(u8, u64), NotCbor> {
        let (&first, rest) = self.rest.split_first().ok_or(NotCbor)?;
        self.rest = rest;
        let (major, info) = (first >> 5, first & 0x1f);
        let length = match info {
            0..=23 => return Ok((major, u64::from(info))),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return Err(NotCbor),
        };
        let argument = self.take(length)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Ok((major, argument))
    }

    fn take(&mut self, length: u64) -> Result<&'b [u8], NotCbor> {
        let length = usize::try_from(length).map_err(|_| NotCbor)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(NotCbor)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Puts `value` in its place; an error if one is there already, as a label must not stand twice.
pub(crate) fn once<T>(place: &mut Option<T>, value: T) -> Result<(), NotCbor> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(NotCbor),
    }
}

/// What `write` writes, in memory of its own: for messages, which are public.
pub(crate) fn encoded(write: impl Fn(&mut Writer<'_>)) -> Vec<u8> {
    encoded_about(0, write)
}

/// What `write` writes, in memory of its own; in one go if it has at most so many bytes, else it is counted first.
#[inline]
pub(crate) fn encoded_about(most: usize, write: impl Fn(&mut Writer<'_>)) -> Vec<u8> {
    let mut bytes = vec![0; most];
    let mut writer = Writer::new(&mut bytes);
    write(&mut writer);
    let length = writer.length;
    if length > most {
        bytes = vec![0; length];
        write(&mut Writer::new(&mut bytes));
    }
    bytes.truncate(length);
    bytes
}

/// The length in bytes of what `write` writes.
pub(crate) fn encoded_len(write: impl FnOnce(&mut Writer<'_>)) -> usize {
    let mut writer = Writer::new(&mut []);
    write(&mut writer);
    writer.length
}

/// What `write` writes, in an array. `None` if it is longer.
#[inline]
pub(crate) fn encoded_in<const N: usize>(out: &mut Written<N>, write: impl FnOnce(&mut Writer<'_>)) -> Option<&[u8]> {
    out.write(|out| {
        let mut writer = Writer::new(out);
        write(&mut writer);
        writer.finish()
    })
}

/// Writes items one after the other, in the shortest form. What does not fit is counted and not written.
pub(crate) struct Writer<'b> {
    out: &'b mut [u8],
    length: usize,
}

impl<'b> Writer<'b> {
    pub(crate) fn new(out: &'b mut [u8]) -> Self {
        Self { out, length: 0 }
    }

    /// The length in bytes of what was written, if all of it had room.
    pub(crate) fn finish(self) -> Option<usize> {
        (self.length <= self.out.len()).then_some(self.length)
    }

    pub(crate) fn integer(&mut self, number: i64) -> &mut Self {
        if number < 0 {
            self.head(NEGATIVE, (-1 - number).unsigned_abs())
        } else {
            self.head(UNSIGNED, number.unsigned_abs())
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes_head(bytes.len() as u64).raw(bytes)
    }

    /// The head of a byte string of this length, whose bytes the caller puts behind it.
    pub(crate) fn bytes_head(&mut self, length: u64) -> &mut Self {
        self.head(BYTES, length)
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.head(TEXT, text.len() as u64).raw(text.as_bytes())
    }

    pub(crate) fn array(&mut self, items: usize) -> &mut Self {
        self.head(ARRAY, items as u64)
    }

    pub(crate) fn map(&mut self, pairs: usize) -> &mut Self {
        self.head(MAP, pairs as u64)
    }

    pub(crate) fn null(&mut self) -> &mut Self {
        self.raw(&[NULL])
    }

    fn head(&mut self, major: u8, argument: u64) -> &mut Self {
        let bytes = argument.to_be_bytes();
        let major = major << 5;
        match argument {
            0..=23 => self.raw(&[major | bytes[7]]),
            24..=0xff => self.raw(&[major | 24, bytes[7]]),
            0x100..=0xffff => self.raw(&[major | 25, bytes[6], bytes[7]]),
            0x1_0000..=0xffff_ffff => self.raw(&[major | 26, bytes[4], bytes[5], bytes[6], bytes[7]]),
            _ => self.raw(&[major | 27]).raw(&bytes),
        }
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.length.saturating_add(bytes.len());
        if let Some(place) = self.out.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
        }
        self.length = end;
        self
    }
}

#[cfg(test)]
mod tests;
