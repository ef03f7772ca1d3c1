//! `/proc/self/smaps`, proc_pid_smaps(5): what the kernel says of one area of our memory.

use serde::{Deserialize, Serialize};
use std::ptr::NonNull;

/// The kernel's account of the area that a page lies in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Area {
    /// The backing file as the kernel names it: `/secretmem (deleted)` for secret memory, empty for ordinary memory.
    pub name: String,
    /// Locked memory of the area, in KiB.
    pub locked_kib: u64,
    /// The two-letter flags: `lo` locked, `dc` not given to a forked child, `dd` left out of core files.
    pub flags: Vec<String>,
}

impl Area {
    /// Whether the kernel counts it as locked. Kernels that charge secret memory page by page (6.1.191, 6.12.113 and
    /// later ones of these lines) do not flag it so; 6.18.44 does.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked_kib > 0 || self.has("lo")
    }

    /// Whether the kernel calls it secret memory.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.name.starts_with("/secretmem")
    }

    /// Whether a forked child has nothing of it.
    #[must_use]
    pub fn is_kept_from_children(&self) -> bool {
        self.has("dc")
    }

    /// Whether core files leave it out.
    #[must_use]
    pub fn is_left_out_of_dumps(&self) -> bool {
        self.has("dd")
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|other| other == flag)
    }
}

/// The area of `page`; `None` where there is no such file or it does not tell.
pub(crate) fn area_of(page: NonNull<u8>) -> Option<Area> {
    if cfg!(target_os = "linux") {
        parse(&std::fs::read_to_string("/proc/self/smaps").ok()?, page.as_ptr().addr())
    } else {
        None
    }
}

/// Finds the area of `address` in the text of the file.
fn parse(text: &str, address: usize) -> Option<Area> {
    let mut found: Option<Area> = None;
    for line in text.lines() {
        if let Some((from, to, name)) = header(line) {
            if found.is_some() {
                break;
            }
            if (from..to).contains(&address) {
                found = Some(Area { name: name.to_owned(), locked_kib: 0, flags: Vec::new() });
            }
        } else if let Some(area) = &mut found {
            if let Some(value) = line.strip_prefix("Locked:") {
                area.locked_kib = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
            } else if let Some(flags) = line.strip_prefix("VmFlags:") {
                area.flags = flags.split_whitespace().map(str::to_owned).collect();
            }
        }
    }
    // An area without flags was cut off, or the kernel hides them: no account.
    found.filter(|area| !area.flags.is_empty())
}

/// `from-to perms offset dev inode name`
fn header(line: &str) -> Option<(usize, usize, &str)> {
    let (range, rest) = line.split_once(' ')?;
    let (from, to) = range.split_once('-')?;
    let from = usize::from_str_radix(from, 16).ok()?;
    let to = usize::from_str_radix(to, 16).ok()?;
    #[expect(
        clippy::disallowed_methods,
        reason = "an area of ordinary memory has no name, and the line then ends before"
    )]
    let name = rest.trim_start().splitn(5, ' ').nth(4).unwrap_or_default();
    Some((from, to, name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
7f0000000000-7f0000001000 rw-s 00000000 00:0f 1043                       /secretmem (deleted)
Size:                  4 kB
Locked:                4 kB
VmFlags: rd wr sh mr mw me ms dc lo de dd
7f0000001000-7f0000002000 ---p 00000000 00:00 0
Size:                  4 kB
Locked:                0 kB
VmFlags: mr mw me nr sd
7f0000002000-7f0000003000 rw-p 00000000 00:00 0
Size:                  4 kB
";

    #[test]
    fn the_account_of_a_secret_page() {
        let area = parse(TEXT, 0x7f00_0000_0fff).unwrap();
        assert!(area.is_secret() && area.is_locked() && area.is_kept_from_children() && area.is_left_out_of_dumps());
        assert_eq!((area.name.as_str(), area.locked_kib), ("/secretmem (deleted)", 4));
    }

    #[test]
    fn a_kernel_that_does_not_count_secret_pages_as_locked() {
        let text = TEXT.replace("Locked:                4 kB", "Locked:                0 kB").replace(" lo ", " ");
        let area = parse(&text, 0x7f00_0000_0000).unwrap();
        assert!(area.is_secret() && !area.is_locked());
    }

    #[test]
    fn the_neighbour_is_another_area() {
        let area = parse(TEXT, 0x7f00_0000_1000).unwrap();
        assert!(!area.is_secret() && !area.is_locked() && area.name.is_empty());
    }

    #[test]
    fn no_account_of_what_is_not_mapped_or_cut_off() {
        assert_eq!(parse(TEXT, 0x7f00_0000_3000), None);
        assert_eq!(parse(TEXT, 0x7f00_0000_2000), None);
        assert_eq!(parse("", 0), None);
    }

    #[test]
    fn no_account_of_an_area_whose_numbers_cannot_be_read() {
        for number in ["many kB", "4", "-4 kB", ""] {
            assert_eq!(parse(&TEXT.replace("4 kB\nVmFlags", &format!("{number}\nVmFlags")), 0x7f00_0000_0000), None);
        }
    }
}
