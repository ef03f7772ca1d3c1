//! Lines from a socket, of which no copy stays in memory: one of them holds the password.

use std::{io, mem, str};

use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

const LONGEST: usize = 64 << 10;

pub(crate) struct Lines<R> {
    from: R,
    /// It never grows, so that there is one buffer to erase.
    buffer: Zeroizing<Vec<u8>>,
    /// The bytes of the line that was returned last.
    used: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(from: R) -> Self {
        Self { from, buffer: Zeroizing::new(Vec::with_capacity(LONGEST)), used: 0 }
    }

    /// The next line, without its newline. `None` at the end.
    pub(crate) async fn next(&mut self) -> io::Result<Option<&str>> {
        self.buffer.drain(..mem::take(&mut self.used));
        let end = loop {
            if let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
                break end;
            }
            if self.buffer.len() == self.buffer.capacity() {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the line is too long"));
            }
            if self.from.read_buf(&mut *self.buffer).await? == 0 {
                return Ok(None);
            }
        };
        self.used = end + 1;
        let line = self.buffer.get(..end).map(str::from_utf8).transpose();
        line.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}
