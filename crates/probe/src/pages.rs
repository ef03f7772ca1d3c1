//! Which pages of a process there are: `/proc/PID/pagemap` (proc_pid_pagemap(5)).

use std::fs::File;
use std::iter;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::region::{Kind, Region};

/// Where reading is torn: 4 KiB, the smallest page of every machine that Linux runs on with 64 bits.
pub(crate) const PAGE: u64 = 4096;

/// Bits of an entry.
const PRESENT: u64 = 1 << 63;
const SWAPPED: u64 = 1 << 62;
/// A page of a file, or of memory that is shared; not one that the process changed for itself.
const OF_A_FILE: u64 = 1 << 61;

/// Entries that are read at once.
const ENTRIES: usize = 8192;

/// How much of a process is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Extent {
    /// Everything but pages of no file that were never touched: they are zero.
    Whole,
    /// Only what the process may have written: of files that it has for itself, such as programs and libraries, the
    /// pages that differ from the file.
    Written,
}

/// The pages of a process.
pub(crate) struct Pages {
    /// `None` where the system does not show them: then every page is read.
    map: Option<File>,
    extent: Extent,
}

impl Pages {
    pub(crate) fn of_process(pid: u32, extent: Extent) -> Self {
        Self { map: File::open(format!("/proc/{pid}/pagemap")).ok(), extent }
    }

    /// The parts of a region that are to be read, in order.
    pub(crate) fn of(&self, region: &Region) -> Vec<Range<u64>> {
        let whole = || iter::once(region.start..region.end).collect();
        let private = region.permissions.ends_with('p');
        let untouched = |entry: u64| entry & (PRESENT | SWAPPED) == 0;
        let skip: fn(u64) -> bool = match (region.kind, self.extent) {
            (Kind::Kernel, Extent::Written) => return Vec::new(),
            (Kind::Anonymous | Kind::Heap | Kind::Stack, _) if private => untouched,
            (Kind::File, Extent::Written) if private => |entry| entry & SWAPPED == 0 && !is_own(entry),
            _ => return whole(),
        };
        let Some(map) = &self.map else { return whole() };
        skipping(map, region, skip).unwrap_or_else(whole)
    }
}

fn is_own(entry: u64) -> bool {
    entry & PRESENT != 0 && entry & OF_A_FILE == 0
}

/// The pages of the region less those that are skipped; `None` if the map does not show them all.
fn skipping(map: &File, region: &Region, skip: fn(u64) -> bool) -> Option<Vec<Range<u64>>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut room = vec![0; ENTRIES * 8];
    let mut at = region.start;
    while at < region.end {
        let entries = usize::try_from((region.end - at) / PAGE).ok()?.min(ENTRIES);
        let room = room.get_mut(..entries * 8)?;
        map.read_exact_at(room, at / PAGE * 8).ok()?;
        for entry in room.as_chunks().0 {
            let next = at + PAGE;
            if !skip(u64::from_ne_bytes(*entry)) {
                match ranges.last_mut() {
                    Some(range) if range.end == at => range.end = next,
                    _ => ranges.push(at..next),
                }
            }
            at = next;
        }
    }
    Some(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region;

    fn read(pages: &Pages, address: u64) -> bool {
        let regions = region::of_process(std::process::id()).unwrap();
        let region = regions.iter().find(|region| (region.start..region.end).contains(&address)).unwrap();
        pages.of(region).iter().any(|range| range.contains(&address))
    }

    #[test]
    fn what_was_never_touched_is_passed_by() {
        let mut memory: Vec<u8> = Vec::with_capacity(64 << 20);
        let first = (memory.as_ptr().addr() as u64 / PAGE + 2) * PAGE;
        memory.resize(5 * 4096, 7);
        let pages = Pages::of_process(std::process::id(), Extent::Whole);
        assert!(read(&pages, first), "a page that was written");
        assert!(!read(&pages, first + (32 << 20)), "a page that was not");
        drop(memory);
    }

    #[test]
    fn of_programs_only_what_differs_is_written() {
        static CONSTANT: [u8; 9000] = [5; 9000];
        let address = std::hint::black_box(&CONSTANT).as_ptr().addr() as u64 + 4096;
        let local = std::hint::black_box([5_u8; 16]);
        let stack = local.as_ptr().addr() as u64;
        let [whole, written] =
            [Extent::Whole, Extent::Written].map(|extent| Pages::of_process(std::process::id(), extent));
        assert!(read(&whole, address) && !read(&written, address));
        assert!(read(&whole, stack) && read(&written, stack));
    }

    #[test]
    fn where_no_map_is_shown_everything_is_read() {
        let pages = Pages { map: None, extent: Extent::Whole };
        let region = Region {
            start: 0,
            end: 5 * PAGE,
            permissions: "---p".into(),
            kind: Kind::Anonymous,
            inode: 0,
            name: String::new(),
        };
        assert!(pages.of(&region).into_iter().eq(iter::once(0..5 * PAGE)));
    }
}
