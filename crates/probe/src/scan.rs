//! Reading another process's memory for needles.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use aho_corasick::AhoCorasick;

use crate::needle::{Label, Needles, WINDOW};
use crate::region::{self, Region};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;
/// Where a read fails, reading goes on behind the page.
const PAGE: u64 = 4096;

/// Why nothing could be scanned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// There is nothing to look for.
    #[error("there are no needles to look for")]
    NoNeedles,
    /// The patterns are too many.
    #[error("too many needles: {0}")]
    TooManyNeedles(aho_corasick::BuildError),
    /// The memory map of the process could not be read: it has ended, or is not ours to look at.
    #[error("the memory map of process {pid} cannot be read: {error}")]
    Map {
        /// The process.
        pid: u32,
        /// What the system said.
        error: io::Error,
    },
    /// Its memory could not be opened: the attacker must be root or, where the system allows that, the same user.
    #[error("the memory of process {pid} cannot be opened: {error}")]
    Memory {
        /// The process.
        pid: u32,
        /// What the system said.
        error: io::Error,
    },
}

/// A piece of a needle, 8 bytes long, that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    /// What was found.
    pub label: Label,
    /// Which of its bytes come first.
    pub offset: usize,
    /// Where they lie.
    pub address: u64,
    /// The region round it.
    pub region: Region,
}

/// A region of which something could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable {
    /// The region.
    pub region: Region,
    /// Bytes of it that could not be read.
    pub bytes: u64,
    /// What the system said, at first.
    pub error: String,
}

/// How often a needle was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// Pieces of 8 bytes.
    pub of_8: usize,
    /// Pieces of 16 bytes: two of the former, one behind the other.
    pub of_16: usize,
}

/// What a scan read and found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ScanReport {
    /// Regions that were read, wholly or in part.
    pub regions: usize,
    /// Bytes that were read.
    pub bytes: u64,
    /// Regions of which something could not be read, such as memfd_secret pages.
    pub unreadable: Vec<Unreadable>,
    /// What was found, by address. A piece that several needles have in common is a hit of each.
    pub hits: Vec<Hit>,
}

impl ScanReport {
    /// How often this needle was found.
    #[must_use]
    pub fn count(&self, label: &Label) -> Count {
        let of_label: BTreeMap<(u64, usize), ()> =
            self.hits.iter().filter(|hit| hit.label == *label).map(|hit| ((hit.address, hit.offset), ())).collect();
        let next = |(address, offset): &(u64, usize)| (address + WINDOW as u64, offset + WINDOW);
        Count {
            of_8: of_label.len(),
            of_16: of_label.keys().filter(|place| of_label.contains_key(&next(place))).count(),
        }
    }

    /// Hits of all needles, by the region in which they lie.
    #[must_use]
    pub fn by_region(&self) -> Vec<(&Region, usize)> {
        let mut counts: BTreeMap<u64, (&Region, usize)> = BTreeMap::new();
        for hit in &self.hits {
            counts.entry(hit.region.start).or_insert((&hit.region, 0)).1 += 1;
        }
        counts.into_values().collect()
    }
}

impl fmt::Display for ScanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} regions, {} KiB read", self.regions, self.bytes / 1024)?;
        for Unreadable { region, bytes, error } in &self.unreadable {
            writeln!(f, "unreadable: {} KiB of {region}: {error}", bytes / 1024)?;
        }
        for (region, hits) in self.by_region() {
            writeln!(f, "{hits} hits in {region}")?;
        }
        write!(f, "{} hits", self.hits.len())
    }
}

/// Reads all memory of a process, regions without access included, and looks for the needles at every address.
///
/// The process should rest meanwhile, or be stopped. It needs the right to read the process's memory (ptrace(2), "Ptrace access mode checking").
///
/// # Errors
/// [`ScanError`]. A region that cannot be read is no error: see [`ScanReport::unreadable`].
pub fn scan(pid: u32, needles: &Needles) -> Result<ScanReport, ScanError> {
    let haystack = Haystack::new(needles)?;
    let regions = region::of_process(pid).map_err(|error| ScanError::Map { pid, error })?;
    let memory = File::open(format!("/proc/{pid}/mem")).map_err(|error| ScanError::Memory { pid, error })?;
    let mut report = ScanReport::default();
    let mut buffer = vec![0; CHUNK];
    for region in regions {
        haystack.search(&memory, &region, &mut buffer, &mut report);
    }
    Ok(report)
}

/// What is looked for, ready to be.
struct Haystack<'n> {
    patterns: AhoCorasick,
    /// To each pattern: the needles it is a window of, and where.
    owners: Vec<Vec<(&'n Label, usize)>>,
}

impl<'n> Haystack<'n> {
    fn new(needles: &'n Needles) -> Result<Self, ScanError> {
        let mut places: HashMap<[u8; WINDOW], Vec<(&Label, usize)>> = HashMap::new();
        for needle in needles.all() {
            for (offset, window) in needle.windows() {
                places.entry(window).or_default().push((&needle.label, offset));
            }
        }
        if places.is_empty() {
            return Err(ScanError::NoNeedles);
        }
        let (windows, owners): (Vec<_>, Vec<_>) = places.into_iter().unzip();
        Ok(Self { patterns: AhoCorasick::new(windows).map_err(ScanError::TooManyNeedles)?, owners })
    }

    fn search(&self, memory: &File, region: &Region, buffer: &mut [u8], report: &mut ScanReport) {
        let mut unreadable: Option<Unreadable> = None;
        let mut read = 0;
        let mut at = region.start;
        // Bytes at the buffer's begin that were read last: a window may begin there.
        let mut kept = 0;
        while at < region.end {
            let most = usize::try_from(region.end - at).unwrap_or(usize::MAX).saturating_add(kept).min(buffer.len());
            let got = buffer.get_mut(kept..most).map_or(Ok(0), |room| memory.read_at(room, at));
            match got {
                Ok(got @ 1..) => {
                    let filled = kept + got;
                    if let Some(text) = buffer.get(..filled) {
                        self.find(text, at - kept as u64, region, report);
                    }
                    at += got as u64;
                    read += got as u64;
                    let start = filled.saturating_sub(WINDOW - 1);
                    buffer.copy_within(start..filled, 0);
                    kept = filled - start;
                }
                failed => {
                    let next = (at / PAGE + 1) * PAGE;
                    let next = next.min(region.end);
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
        report.regions += usize::from(read > 0);
        report.bytes += read;
        report.unreadable.extend(unreadable);
    }

    fn find(&self, text: &[u8], address: u64, region: &Region, report: &mut ScanReport) {
        for found in self.patterns.find_overlapping_iter(text) {
            for &(label, offset) in self.owners.get(found.pattern().as_usize()).into_iter().flatten() {
                let address = address + found.start() as u64;
                report.hits.push(Hit { label: label.clone(), offset, address, region: region.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests;
