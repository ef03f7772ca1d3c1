//! What the kernel says of our own memory: `/proc/self/smaps`, proc_pid_smaps(5).

use std::{fs, ops::Range};

/// An area of the calling process's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    range: Range<usize>,
    inode: u64,
    name: String,
    flags: Vec<String>,
}

impl Area {
    /// All areas of the calling process, by address.
    ///
    /// # Panics
    /// Where the file cannot be read or has no flags.
    pub fn all() -> Vec<Self> {
        let text = fs::read_to_string("/proc/self/smaps").unwrap_or_else(|error| panic!("/proc/self/smaps: {error}"));
        parse(&text)
    }

    /// The area that an address lies in, if it is mapped.
    ///
    /// # Panics
    /// As [`all`](Self::all).
    pub fn of(address: usize) -> Option<Self> {
        Self::all().into_iter().find(|area| area.range.contains(&address))
    }

    /// Bytes of it.
    pub fn size(&self) -> usize {
        self.range.len()
    }

    /// The number of the file that it maps; 0 if it maps none.
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// Whether it is secret memory, which the kernel names. Its flags tell nothing: kernels differ in whether they
    /// count such pages as locked.
    pub fn is_secret(&self) -> bool {
        self.name.starts_with("/secretmem")
    }

    /// Whether it is memory that `mlock(2)` has locked, and not secret memory.
    pub fn is_locked(&self) -> bool {
        !self.is_secret() && self.flags.iter().any(|flag| flag == "lo")
    }
}

/// Each area has a header, `from-to perms offset dev inode name`, and lines of facts, of which the flags are the last.
fn parse(text: &str) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for line in text.lines() {
        if let Some((range, inode, name)) = header(line) {
            areas.push(Area { range, inode, name, flags: Vec::new() });
        } else if let (Some(flags), Some(area)) = (line.strip_prefix("VmFlags:"), areas.last_mut()) {
            area.flags = flags.split_whitespace().map(str::to_owned).collect();
        }
    }
    assert!(areas.iter().all(|area| !area.flags.is_empty()), "/proc/self/smaps without flags");
    areas
}

fn header(line: &str) -> Option<(Range<usize>, u64, String)> {
    let (range, rest) = line.split_once(' ')?;
    let (from, to) = range.split_once('-')?;
    let range = usize::from_str_radix(from, 16).ok()?..usize::from_str_radix(to, 16).ok()?;
    let mut rest = rest.split_whitespace().skip(3);
    let inode = rest.next()?.parse().ok()?;
    Some((range, inode, rest.collect::<Vec<_>>().join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_told_by_its_name_and_its_flags() {
        let text = "\
7f0000000000-7f0000001000 rw-s 00000000 00:0f 1043                       /secretmem (deleted)
Size:                  4 kB
VmFlags: rd wr sh mr mw me ms dc lo de dd
7f0000001000-7f0000002000 rw-p 00000000 00:00 0
VmFlags: rd wr mr mw me lo ac
7f0000002000-7f0000003000 rw-p 00000000 00:00 0                          [stack]
VmFlags: rd wr mr mw me
";
        let told: Vec<_> = parse(text).iter().map(|area| (area.is_secret(), area.is_locked())).collect();
        assert_eq!(told, [(true, false), (false, true), (false, false)]);
        let names: Vec<_> = parse(text).into_iter().map(|area| area.name).collect();
        assert_eq!(names, ["/secretmem (deleted)", "", "[stack]"]);
    }

    #[test]
    fn an_address_is_found_in_its_area_and_nowhere_else() {
        let local = 0u8;
        let stack = Area::of((&raw const local).addr()).map(|area| (area.is_secret(), area.is_locked()));
        assert_eq!(stack, Some((false, false)));
        assert_eq!(Area::of(0), None);
    }

    #[test]
    #[should_panic = "without flags"]
    fn an_account_without_flags_is_none() {
        parse("7f0000000000-7f0000001000 rw-p 00000000 00:00 0\nSize:                  4 kB\n");
    }
}
