//! The memory map of a process, `/proc/PID/maps` (proc_pid_maps(5)).

use std::collections::BTreeSet;
use std::ops::Range;
use std::{fmt, fs, io};

/// A mapped range of a process's memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Region {
    /// Its first address.
    pub start: u64,
    /// The address behind its last.
    pub end: u64,
    /// As the kernel writes them, such as `rw-p`.
    pub permissions: String,
    /// What it is.
    pub kind: Kind,
    /// The inode number of the file that lies there; 0 where there is none.
    pub inode: u64,
    /// What the kernel calls it: a path, `[heap]`, or nothing.
    pub name: String,
}

/// What lies in a region.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// Pages of memfd_secret(2).
    Secret,
    /// The main thread's stack.
    Stack,
    /// The heap that grows by brk(2).
    Heap,
    /// Memory of no file: heaps, other threads' stacks, locked pages, guard pages.
    Anonymous,
    /// A file: code and data of programs and libraries.
    File,
    /// The kernel's pages in every process (`[vdso]` and the like).
    Kernel,
    /// No region of a process: bytes that were taken out of one.
    Copied,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Secret => "memfd_secret",
            Kind::Stack => "stack",
            Kind::Heap => "heap",
            Kind::Anonymous => "anonymous",
            Kind::File => "file",
            Kind::Kernel => "kernel",
            Kind::Copied => "copied",
        })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end, permissions, kind, name, .. } = self;
        write!(f, "{start:x}-{end:x} {permissions} {kind}")?;
        if name.is_empty() { Ok(()) } else { write!(f, " {name}") }
    }
}

/// All regions of a process, by `/proc/PID/maps`.
///
/// # Errors
/// What the system said; [`io::ErrorKind::InvalidData`] for a line that is none.
pub fn of_process(pid: u32) -> io::Result<Vec<Region>> {
    let text = fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let parse = |line| parse(line).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("maps: {line}")));
    text.lines().map(parse).collect()
}

/// Where a process has pages of memfd_secret(2): among them the stacks of operations that run there.
///
/// # Errors
/// As [`of_process`].
pub fn secret_ranges(pid: u32) -> io::Result<Vec<Range<u64>>> {
    let secret = of_process(pid)?.into_iter().filter(|region| region.kind == Kind::Secret);
    Ok(secret.map(|region| region.start..region.end).collect())
}

/// Which files of memfd_secret(2) a process maps, by their inode numbers: another process that maps one has its pages.
///
/// # Errors
/// As [`of_process`].
pub fn secret_files(pid: u32) -> io::Result<BTreeSet<u64>> {
    let secret = of_process(pid)?.into_iter().filter(|region| region.kind == Kind::Secret);
    Ok(secret.map(|region| region.inode).collect())
}

/// `start-end permissions offset device inode name`
fn parse(line: &str) -> Option<Region> {
    let mut rest = line;
    let mut word = || {
        let (word, after) = rest.trim_start().split_once(' ').unwrap_or((rest.trim_start(), ""));
        rest = after;
        (!word.is_empty()).then_some(word)
    };
    let (start, end) = word()?.split_once('-')?;
    let permissions = word()?.to_owned();
    let (_offset, _device, inode) = (word()?, word()?, word()?.parse().ok()?);
    let name = rest.trim().to_owned();
    let address = |text| u64::from_str_radix(text, 16).ok();
    Some(Region { start: address(start)?, end: address(end)?, permissions, kind: kind(&name), inode, name })
}

fn kind(name: &str) -> Kind {
    match name {
        "[heap]" => Kind::Heap,
        _ if name.starts_with("[stack") => Kind::Stack,
        // Nobody can make a file of this name but in a root directory of their own.
        "/secretmem (deleted)" | "/secretmem" => Kind::Secret,
        _ if name.is_empty() || name.starts_with("[anon") => Kind::Anonymous,
        _ if name.starts_with('[') => Kind::Kernel,
        _ => Kind::File,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_kind_are_read() {
        let kind_of = |line| parse(line).unwrap().kind;
        assert_eq!(kind_of("7f11-7f22 rw-s 00000000 00:07 1034 /secretmem (deleted)"), Kind::Secret);
        assert_eq!(kind_of("7f11-7f22 rw-p 00000000 00:00 0     [stack]"), Kind::Stack);
        assert_eq!(kind_of("7f11-7f22 rw-p 00000000 00:00 0     [heap]"), Kind::Heap);
        assert_eq!(kind_of("7f11-7f22 ---p 00000000 00:00 0 "), Kind::Anonymous);
        assert_eq!(kind_of("7f11-7f22 rw-p 00000000 00:00 0 [anon:glibc: malloc]"), Kind::Anonymous);
        assert_eq!(kind_of("7f11-7f22 r-xp 00000000 00:00 0 [vdso]"), Kind::Kernel);
        assert_eq!(
            parse("55d0c8a00000-55d0c8a21000 r-xp 00001000 fe:00 42                   /opt/a b/c (deleted)"),
            Some(Region {
                start: 0x55d0_c8a0_0000,
                end: 0x55d0_c8a2_1000,
                permissions: "r-xp".into(),
                kind: Kind::File,
                inode: 42,
                name: "/opt/a b/c (deleted)".into(),
            })
        );
        for bad in ["", "7f11 rw-p 0 0 0", "7f11-7f22 rw-p 0 0 x ", "7f11-xyz rw-p 0 0 0", "7f11-7f22 rw-p"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn our_own_map_has_a_stack() {
        let regions = of_process(std::process::id()).unwrap();
        assert!(regions.iter().any(|region| region.kind == Kind::Stack));
        assert!(regions.iter().all(|region| region.start < region.end));
    }
}
