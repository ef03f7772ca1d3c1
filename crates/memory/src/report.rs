//! The report: what was verified of the memory, and what the machine around adds or takes away.
//!
//! It is data ([`Report`], serde) and words ([`Report::lines`], `Display`): each line says what holds and, where
//! something is weak, what to do about it.

mod machine;
mod words;

pub use crate::evidence::{Area, Evidence, Look, Probe};
pub use machine::{Hibernation, MachineFacts};
pub use words::{Line, State};

use crate::evidence;
use crate::memory::{SecretMemory, Usage};
use crate::protection::{Policy, ProtectionLevels};
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
    pub protection: ProtectionLevels,
    /// How the level at rest was verified when the memory was opened.
    pub evidence: Evidence,
    /// Why better levels could not be had, the best first.
    pub refusals: Vec<Refusal>,
    /// Why the level in use is no better, the best first.
    pub refusals_in_use: Vec<Refusal>,
    /// The kernel's account of a page of it, where there is one (Linux).
    pub mapping: Option<Area>,
    /// Whether this kernel charges a secret page to the user's `RLIMIT_MEMLOCK` when it is first touched, root's too,
    /// as those with the fix of CVE-2026-93243 do; `None` where there is no secret page to tell by.
    pub charged_at_touch: Option<bool>,
    /// Reading a page of it by `process_vm_readv(2)`, beside an ordinary page.
    pub probe_by_call: Probe,
    /// The same through `/proc/self/mem`.
    pub probe_by_file: Probe,
    /// Whether the page to look at could not be had: the limit is reached.
    pub no_page: Option<String>,
    /// Whether the alternate signal stack of the thread that made the report lies in secret memory; `None` if it has
    /// none, as signals then use the stack that runs.
    pub secret_signal_stack: Option<bool>,
    /// What is held, and the bound.
    pub usage: Usage,
    /// What the machine adds or takes away.
    pub machine: MachineFacts,
}

impl Report {
    pub(crate) fn of(memory: &SecretMemory) -> Self {
        // Before the sample, which is not the caller's, and keeps the machine from hibernating.
        let (usage, machine) = (memory.usage(), Machine::default());
        let facts = machine.facts();
        let sample = memory.sample();
        let (probe_by_call, probe_by_file, mapping, no_page) = match &sample {
            Ok(slot) => {
                let (call, file) = evidence::probe(slot.at());
                (call, file, evidence::area_of(slot.at()), None)
            }
            Err(error) => (Probe::IMPOSSIBLE, Probe::IMPOSSIBLE, None, Some(error.to_string())),
        };
        // Kernels that charge whole mappings flag them as locked.
        let charged_at_touch = mapping.as_ref().filter(|area| area.is_secret()).map(|area| !area.is_locked());
        Self {
            platform: machine.platform(),
            policy: memory.policy(),
            protection: memory.protection(),
            evidence: memory.evidence(),
            refusals: memory.refusals().to_vec(),
            refusals_in_use: memory.refusals_in_use().to_vec(),
            mapping,
            charged_at_touch,
            probe_by_call,
            probe_by_file,
            no_page,
            secret_signal_stack: secret_signal_stack(),
            usage,
            machine: facts,
        }
    }
}

#[cfg(unix)]
fn secret_signal_stack() -> Option<bool> {
    let address = crate::sys::signal_stack().ok()?.address()?;
    Some(evidence::area_of(address).is_some_and(|area| area.is_secret()))
}

#[cfg(not(unix))]
fn secret_signal_stack() -> Option<bool> {
    None
}

impl SecretMemory {
    /// Looks again, and reports.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::of(self)
    }
}
