//! The files and calls that tell of the machine. What cannot be read is `None`, never a guess.

use crate::sys;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;

/// Settings of the process and the machine that decide what else can be read. `None`: it does not tell.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MachineFacts {
    /// Whether core files can be written: `RLIMIT_CORE` in bytes, [`u64::MAX`] for no limit.
    pub core_limit: Option<u64>,
    /// Where core files go: a pattern, or `|` and a program, which gets them whatever the limit is.
    pub core_pattern: Option<String>,
    /// Whether programs of the same user may trace this one and read its memory (`PR_GET_DUMPABLE`).
    pub dumpable: Option<bool>,
    /// `kernel.yama.ptrace_scope`: 0 any process of the user, 1 ancestors only, 2 root only, 3 nobody.
    pub ptrace_scope: Option<i64>,
    /// `kernel.perf_event_paranoid`: at 2 and below users may sample their own programs' stacks.
    pub perf_event_paranoid: Option<i64>,
    /// Swap space of the machine, in KiB.
    pub swap_kib: Option<u64>,
    /// Whether the machine can hibernate.
    pub hibernation: Option<Hibernation>,
    /// `RLIMIT_MEMLOCK` in bytes, [`u64::MAX`] for no limit.
    pub lock_limit: Option<u64>,
    /// Whether the process has the capability `CAP_IPC_LOCK`, as root has: `mlock(2)` is exempt from the limit then,
    /// and so is secret memory, unless the kernel charges it at its first touch
    /// ([`Report::charged_at_touch`](super::Report)).
    pub lock_limit_exempt: Option<bool>,
    /// Memory of the process that the kernel counts as locked, in KiB.
    pub locked_kib: Option<u64>,
}

/// Hibernation writes all ordinary memory to disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hibernation {
    /// The kernel has no hibernation.
    Absent,
    /// It can hibernate now.
    Possible,
    /// It has hibernation and refuses it now, as it does for the whole machine while any process holds secret memory.
    Blocked,
}

/// Where to read: `/` but in tests.
pub(super) struct Machine {
    root: PathBuf,
}

impl Default for Machine {
    fn default() -> Self {
        Self { root: PathBuf::from("/") }
    }
}

impl Machine {
    #[cfg(test)]
    pub(super) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// `linux 6.18.44 on x86_64`
    pub(super) fn platform(&self) -> String {
        let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
        match self.read("proc/sys/kernel/osrelease") {
            Some(release) => format!("{system} {release} on {processor}"),
            None => format!("{system} on {processor}"),
        }
    }

    pub(super) fn facts(&self) -> MachineFacts {
        MachineFacts {
            core_limit: core_limit(),
            core_pattern: self.read("proc/sys/kernel/core_pattern"),
            dumpable: sys::dumpable(),
            ptrace_scope: self.number("proc/sys/kernel/yama/ptrace_scope"),
            perf_event_paranoid: self.number("proc/sys/kernel/perf_event_paranoid"),
            swap_kib: self.swap(),
            hibernation: self.hibernation(),
            lock_limit: lock_limit(),
            lock_limit_exempt: self.lock_limit_exempt(),
            locked_kib: self.status("VmLck:").and_then(|value| value.strip_suffix("kB")?.trim().parse().ok()),
        }
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok().map(|text| text.trim().to_owned())
    }

    fn number(&self, path: &str) -> Option<i64> {
        self.read(path)?.parse().ok()
    }

    /// A line of `/proc/self/status`.
    fn status(&self, name: &str) -> Option<String> {
        let text = self.read("proc/self/status")?;
        text.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    }

    /// The sum of the sizes in `/proc/swaps`: the third column, in KiB.
    fn swap(&self) -> Option<u64> {
        let text = self.read("proc/swaps")?;
        let size = |line: &str| line.split_whitespace().nth(2)?.parse::<u64>().ok();
        Some(text.lines().skip(1).filter_map(size).sum())
    }

    /// `/sys/power/state` names `disk` while the machine can hibernate; `/sys/power/disk` is there when the kernel has
    /// it at all, and holds `[disabled]` while it is blocked.
    fn hibernation(&self) -> Option<Hibernation> {
        let states = self.read("sys/power/state")?;
        Some(match self.read("sys/power/disk") {
            None => Hibernation::Absent,
            Some(modes) if modes.contains("[disabled]") => Hibernation::Blocked,
            Some(_) if states.split_whitespace().any(|state| state == "disk") => Hibernation::Possible,
            Some(_) => Hibernation::Blocked,
        })
    }

    /// `CAP_IPC_LOCK` is bit 14 of the effective capabilities, capabilities(7).
    fn lock_limit_exempt(&self) -> Option<bool> {
        let effective = u64::from_str_radix(&self.status("CapEff:")?, 16).ok()?;
        Some(effective & (1 << 14) != 0)
    }
}

#[cfg(unix)]
fn core_limit() -> Option<u64> {
    sys::core_limit().map(|limit| limit.soft.unwrap_or(u64::MAX))
}

#[cfg(unix)]
fn lock_limit() -> Option<u64> {
    sys::memory_lock_limit().map(|limit| limit.soft.unwrap_or(u64::MAX))
}

#[cfg(not(unix))]
fn core_limit() -> Option<u64> {
    None
}

#[cfg(not(unix))]
fn lock_limit() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine made of files.
    fn machine(name: &str, files: &[(&str, &str)]) -> Machine {
        let root = std::env::temp_dir().join(format!("strongroom-machine-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Machine::at(root)
    }

    impl Drop for Machine {
        fn drop(&mut self) {
            if self.root.starts_with(std::env::temp_dir()) {
                let _ = fs::remove_dir_all(&self.root);
            }
        }
    }

    #[test]
    fn what_is_not_told_is_none() {
        let facts = machine("empty", &[("nothing", "")]).facts();
        assert_eq!((facts.ptrace_scope, facts.perf_event_paranoid, facts.swap_kib), (None, None, None));
        assert_eq!((facts.hibernation, facts.lock_limit_exempt, facts.locked_kib), (None, None, None));
    }

    #[test]
    fn settings_are_read() {
        let facts = machine(
            "full",
            &[
                ("proc/sys/kernel/yama/ptrace_scope", "1\n"),
                ("proc/sys/kernel/perf_event_paranoid", "-1\n"),
                ("proc/sys/kernel/core_pattern", "|/usr/bin/collect %p\n"),
                ("proc/swaps", "Filename Type Size Used Priority\n/a file 1024 0 -2\n/b partition 4096 1 -3\n"),
                ("proc/self/status", "Name:\tx\nVmLck:\t      12 kB\nCapEff:\t0000000000004000\n"),
            ],
        )
        .facts();
        assert_eq!((facts.ptrace_scope, facts.perf_event_paranoid), (Some(1), Some(-1)));
        assert_eq!((facts.swap_kib, facts.locked_kib, facts.lock_limit_exempt), (Some(5120), Some(12), Some(true)));
        assert_eq!(facts.core_pattern.as_deref(), Some("|/usr/bin/collect %p"));
    }

    #[test]
    fn hibernation_in_its_three_states() {
        let of = |name, files: &[(&str, &str)]| machine(name, files).facts().hibernation;
        let (state, disk) = ("sys/power/state", "sys/power/disk");
        assert_eq!(of("absent", &[(state, "freeze mem\n")]), Some(Hibernation::Absent));
        assert_eq!(
            of("can", &[(state, "freeze disk\n"), (disk, "[platform] shutdown\n")]),
            Some(Hibernation::Possible)
        );
        assert_eq!(of("off", &[(state, "freeze\n"), (disk, "[disabled]\n")]), Some(Hibernation::Blocked));
    }
}
