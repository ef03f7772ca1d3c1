//! The report: what was verified of the memory, and what the machine around adds or takes away.
//!
//! It is data ([`Report`], serde) and words ([`Report::lines`], `Display`): each line says what holds and, where
//! something is weak, what to do about it.

mod machine;
mod words;

pub use crate::evidence::{Area, Evidence, Look, Probe};
pub use words::{Line, State};

use crate::evidence;
use crate::memory::{SecretMemory, Usage};
use crate::protection::{Policy, Protected};
use crate::refusal::Refusal;

use machine::Machine;
use serde::{Deserialize, Serialize};

/// What protects the secrets of one [`SecretMemory`], seen at the moment of the report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The operating system, its version where it tells, and the processor.
    pub platform: String,
    /// What the caller demanded.
    pub policy: Policy,
    /// What was granted.
    pub protection: Protected,
    /// How the level at rest was verified when the memory was opened.
    pub evidence: Evidence,
    /// Why better levels could not be had, the best first.
    pub refusals: Vec<Refusal>,
    /// The kernel's account of a page of it, where there is one (Linux).
    pub mapping: Option<Area>,
    /// Reading a page of it by `process_vm_readv(2)`, beside an ordinary page.
    pub probe_by_call: Probe,
    /// The same through `/proc/self/mem`.
    pub probe_by_file: Probe,
    /// Whether the page to look at could not be had: the limit is reached.
    pub no_page: Option<String>,
    /// What is held, and the bound.
    pub usage: Usage,
    /// What the machine adds or takes away.
    pub machine: MachineFacts,
}

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
    /// Whether the limit does not bind this process (root, `CAP_IPC_LOCK`).
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

impl Report {
    pub(crate) fn of(memory: &SecretMemory) -> Self {
        let sample = memory.sample();
        let (probe_by_call, probe_by_file, mapping, no_page) = match &sample {
            Ok(slot) => {
                let (call, file) = evidence::probe(slot.at());
                (call, file, evidence::area_of(slot.at()), None)
            }
            Err(error) => (Probe::IMPOSSIBLE, Probe::IMPOSSIBLE, None, Some(error.to_string())),
        };
        let machine = Machine::default();
        Self {
            platform: machine.platform(),
            policy: memory.policy(),
            protection: memory.protection(),
            evidence: memory.evidence(),
            refusals: memory.refusals().to_vec(),
            mapping,
            probe_by_call,
            probe_by_file,
            no_page,
            usage: memory.usage(),
            machine: machine.facts(),
        }
    }
}

impl SecretMemory {
    /// Looks again, and reports.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::of(self)
    }
}
