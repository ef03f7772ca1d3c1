//! What a scan found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;

use crate::needle::{Label, WINDOW};
use crate::region::Region;

/// Why nothing could be scanned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// There is nothing to look for.
    #[error("there are no needles to look for")]
    NoNeedles,
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

    /// Pieces of 16 bytes that were found, of all needles: two of 8, one behind the other.
    #[must_use]
    pub fn of_16(&self) -> usize {
        let places: BTreeSet<(&Label, u64, usize)> =
            self.hits.iter().map(|hit| (&hit.label, hit.address, hit.offset)).collect();
        let next = |(label, address, offset): &(_, u64, usize)| (*label, address + WINDOW as u64, offset + WINDOW);
        places.iter().filter(|place| places.contains(&next(place))).count()
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
