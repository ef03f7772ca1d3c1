//! Reading another process's memory for needles.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::unix::fs::FileExt;

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

use crate::needle::{Label, Needles, WINDOW};
use crate::pages::{Extent, PAGE, Pages};
use crate::region::{self, Kind, Region};

mod report;

pub use report::{Count, Hit, ScanError, ScanReport, Unreadable};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// Reads all memory of a process, regions without access included, and looks for the needles at every address. Pages of
/// no file that were never touched are passed by: they are zero.
///
/// The process should rest meanwhile, or be stopped. It needs the right to read the process's memory (ptrace(2),
/// "Ptrace access mode checking").
///
/// # Errors
/// [`ScanError`]. A region that cannot be read is no error: see [`ScanReport::unreadable`].
pub fn scan(pid: u32, needles: &Needles) -> Result<ScanReport, ScanError> {
    Scanner::new(needles)?.process(pid)
}

/// Needles made ready to be looked for, many times.
pub struct Scanner {
    labels: Vec<Label>,
    /// To each window: the needles it is of (by their label's number), and where.
    windows: Windows,
    /// A bit for the hash of each window: most bytes of a memory are passed by at the cost of a multiplication.
    sieve: Vec<u64>,
}

/// Bits of a hash.
const SIEVE: u32 = 20;

/// Spreads the bits of a window over the upper bits of a number.
fn spread(window: u64) -> u64 {
    window.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Which bit of which word of the sieve.
fn place(window: u64) -> (usize, u64) {
    let hash = (spread(window) >> (64 - SIEVE)) as usize;
    (hash / 64, 1 << (hash % 64))
}

/// A hasher of windows, which nobody chooses to collide.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = spread(self.0 ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, window: u64) {
        self.0 = spread(window).rotate_left(32);
    }
}

type Windows = HashMap<u64, Vec<(usize, usize)>, BuildHasherDefault<Spread>>;

/// Bytes that are passed by at once where all are zero: no window has so many equal ones.
const BLOCK: usize = 1024;
const ZEROS: [u8; BLOCK + WINDOW - 1] = [0; BLOCK + WINDOW - 1];

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanner").field("needles", &self.labels.len()).finish_non_exhaustive()
    }
}

impl Scanner {
    /// Makes the needles ready.
    ///
    /// # Errors
    /// [`ScanError::NoNeedles`].
    pub fn new(needles: &Needles) -> Result<Self, ScanError> {
        let mut windows = Windows::default();
        let mut sieve = vec![0; 1 << (SIEVE - 6)];
        for (number, needle) in needles.all().iter().enumerate() {
            for (offset, window) in needle.windows() {
                let window = u64::from_le_bytes(window);
                windows.entry(window).or_default().push((number, offset));
                let (word, bit) = place(window);
                sieve.get_mut(word).into_iter().for_each(|word| *word |= bit);
            }
        }
        if windows.is_empty() {
            return Err(ScanError::NoNeedles);
        }
        Ok(Self { labels: needles.labels().cloned().collect(), windows, sieve })
    }

    /// Reads all memory of a process through `/proc/PID/mem`; see [`scan`].
    ///
    /// # Errors
    /// [`ScanError::Map`], [`ScanError::Memory`].
    pub fn process(&self, pid: u32) -> Result<ScanReport, ScanError> {
        let memory = File::open(format!("/proc/{pid}/mem")).map_err(|error| ScanError::Memory { pid, error })?;
        self.process_by(pid, Extent::Whole, |room, at| memory.read_at(room, at))
    }

    /// Reads what the process may have written: all its memory but the pages of programs and libraries that are as in
    /// their files. For a process that is halted again and again.
    ///
    /// # Errors
    /// [`ScanError::Map`], [`ScanError::Memory`].
    pub fn written(&self, pid: u32) -> Result<ScanReport, ScanError> {
        let memory = File::open(format!("/proc/{pid}/mem")).map_err(|error| ScanError::Memory { pid, error })?;
        self.process_by(pid, Extent::Written, |room, at| memory.read_at(room, at))
    }

    /// The same as [`process`](Self::process) by the system call process_vm_readv(2), which respects the rights of
    /// pages.
    ///
    /// # Errors
    /// [`ScanError::Map`].
    pub fn process_by_call(&self, pid: u32) -> Result<ScanReport, ScanError> {
        let process = i32::try_from(pid)
            .map(Pid::from_raw)
            .map_err(|_| ScanError::Map { pid, error: io::Error::from(io::ErrorKind::InvalidInput) })?;
        self.process_by(pid, Extent::Whole, |room, at| {
            let base = usize::try_from(at).map_err(io::Error::other)?;
            let remote = RemoteIoVec { base, len: room.len() };
            Ok(process_vm_readv(process, &mut [IoSliceMut::new(room)], &[remote])?)
        })
    }

    /// Looks at bytes that were taken out of a process: registers, samples, notes. `name` says what they are.
    #[must_use]
    pub fn bytes(&self, name: &str, bytes: &[u8]) -> ScanReport {
        let end = bytes.len() as u64;
        let region =
            Region { start: 0, end, permissions: String::new(), kind: Kind::Copied, inode: 0, name: name.to_owned() };
        let mut report = ScanReport { regions: 1, bytes: end, ..ScanReport::default() };
        self.find(bytes, 0, &region, &mut report);
        report
    }

    /// Looks at what was read earlier.
    #[must_use]
    pub fn dump(&self, dump: &Dump) -> ScanReport {
        let mut report = ScanReport::default();
        for (region, pieces) in &dump.regions {
            report.regions += 1;
            for (address, bytes) in pieces {
                report.bytes += bytes.len() as u64;
                self.find(bytes, *address, region, &mut report);
            }
        }
        report.unreadable.clone_from(&dump.unreadable);
        report
    }

    fn process_by(
        &self,
        pid: u32,
        extent: Extent,
        read: impl Fn(&mut [u8], u64) -> io::Result<usize>,
    ) -> Result<ScanReport, ScanError> {
        let mut report = ScanReport::default();
        let mut buffer = vec![0; CHUNK];
        let pages = Pages::of_process(pid, extent);
        for region in region::of_process(pid).map_err(|error| ScanError::Map { pid, error })? {
            self.search(&read, &region, pages.of(&region), &mut buffer, &mut report);
        }
        Ok(report)
    }

    fn search(
        &self,
        read: impl Fn(&mut [u8], u64) -> io::Result<usize>,
        region: &Region,
        ranges: Vec<Range<u64>>,
        buffer: &mut [u8],
        report: &mut ScanReport,
    ) {
        let before = report.bytes;
        let lost = read_region(read, region, ranges, buffer, |text, address, new| {
            report.bytes += new as u64;
            self.find(text, address, region, report);
        });
        report.regions += usize::from(report.bytes > before);
        report.unreadable.extend(lost);
    }

    pub(crate) fn find(&self, text: &[u8], address: u64, region: &Region, report: &mut ScanReport) {
        for start in (0..text.len()).step_by(BLOCK) {
            // With the first bytes of the next, so that no window is torn.
            let Some(block) = text.get(start..text.len().min(start + BLOCK + WINDOW - 1)) else { continue };
            if ZEROS.starts_with(block) {
                continue;
            }
            for (window, at) in block.windows(WINDOW).zip(address + start as u64..) {
                let Some(window) = window.first_chunk() else { continue };
                let window = u64::from_le_bytes(*window);
                let (word, bit) = place(window);
                if self.sieve.get(word).is_some_and(|word| word & bit != 0) {
                    self.found(window, at, region, report);
                }
            }
        }
    }

    /// A window that the sieve holds, at this address: enters what it is of, if anything.
    fn found(&self, window: u64, address: u64, region: &Region, report: &mut ScanReport) {
        for &(label, offset) in self.windows.get(&window).into_iter().flatten() {
            let Some(label) = self.labels.get(label) else { continue };
            report.hits.push(Hit { label: label.clone(), offset, address, region: region.clone() });
        }
    }
}

/// Bytes and the address of their first.
type Piece = (u64, Vec<u8>);

/// The memory of a process, copied: to look for what becomes known only later.
#[derive(Default)]
pub struct Dump {
    regions: Vec<(Region, Vec<Piece>)>,
    unreadable: Vec<Unreadable>,
}

impl fmt::Debug for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dump").field("regions", &self.regions.len()).finish_non_exhaustive()
    }
}

impl Dump {
    /// Copies what the process may have written (see [`Scanner::written`]), so far as it can be read through
    /// `/proc/PID/mem`.
    ///
    /// # Errors
    /// [`ScanError::Map`], [`ScanError::Memory`].
    pub fn of_process(pid: u32) -> Result<Self, ScanError> {
        let memory = File::open(format!("/proc/{pid}/mem")).map_err(|error| ScanError::Memory { pid, error })?;
        let mut dump = Self::default();
        let mut buffer = vec![0; CHUNK];
        let pages = Pages::of_process(pid, Extent::Written);
        for region in region::of_process(pid).map_err(|error| ScanError::Map { pid, error })? {
            let mut pieces = Vec::new();
            let read = |room: &mut [u8], at| memory.read_at(room, at);
            let lost = read_region(read, &region, pages.of(&region), &mut buffer, |text, address, _| {
                pieces.push((address, text.to_vec()));
            });
            dump.unreadable.extend(lost);
            dump.regions.push((region, pieces));
        }
        Ok(dump)
    }
}

/// Reads these ranges of a region piece by piece. Each piece of a range begins with the last bytes of the one before,
/// so that no window is torn, and comes with the number of bytes that are new in it.
fn read_region(
    read: impl Fn(&mut [u8], u64) -> io::Result<usize>,
    region: &Region,
    ranges: Vec<Range<u64>>,
    buffer: &mut [u8],
    mut see: impl FnMut(&[u8], u64, usize),
) -> Option<Unreadable> {
    let mut unreadable: Option<Unreadable> = None;
    for Range { start: mut at, end } in ranges {
        // Bytes at the buffer's begin that were read last: a window may begin there.
        let mut kept = 0;
        while at < end {
            let most = usize::try_from(end - at).unwrap_or(usize::MAX).saturating_add(kept).min(buffer.len());
            let got = buffer.get_mut(kept..most).map_or(Ok(0), |room| read(room, at));
            match got {
                Ok(got @ 1..) => {
                    let filled = kept + got;
                    if let Some(text) = buffer.get(..filled) {
                        see(text, at - kept as u64, got);
                    }
                    at += got as u64;
                    let start = filled.saturating_sub(WINDOW - 1);
                    buffer.copy_within(start..filled, 0);
                    kept = filled - start;
                }
                failed => {
                    let next = ((at / PAGE + 1) * PAGE).min(end);
                    let lost = unreadable.get_or_insert_with(|| Unreadable {
                        region: region.clone(),
                        bytes: 0,
                        error: failed.err().map_or_else(|| "nothing there".to_owned(), |error| error.to_string()),
                    });
                    lost.bytes += next - at;
                    at = next;
                    kept = 0;
                }
            }
        }
    }
    unreadable
}

#[cfg(test)]
mod tests;
