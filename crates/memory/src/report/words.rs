//! The report in words: a line a topic, with what to do where something is weak.

use super::{Hibernation, MachineFacts, Report};
use crate::evidence::Evidence;
use crate::memory::Usage;
use crate::protection::Protection;
use crate::refusal::Refusal;
use serde::Serialize;
use std::fmt;

/// How good a line's news is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As good as it gets.
    Good,
    /// Weaker than it could be.
    Weak,
    /// A fact that is neither.
    Note,
    /// The machine does not tell.
    Unknown,
}

/// One line of the report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    /// What it is about, such as `at rest`.
    pub topic: &'static str,
    /// How good it is.
    pub state: State,
    /// What holds.
    pub text: String,
    /// What to do about it, where something can be done.
    pub advice: Option<String>,
}

impl Line {
    fn new(topic: &'static str, state: State, text: impl Into<String>) -> Self {
        Self { topic, state, text: text.into(), advice: None }
    }

    fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl Report {
    /// The report in words.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = vec![Line::new("platform", State::Note, self.platform.clone())];
        lines.push(self.at_rest());
        let not_granted =
            |refusal: &Refusal| Line::new("not granted", State::Weak, refusal.call.name()).advise(refusal.to_string());
        lines.extend(self.refusals.iter().map(not_granted));
        lines.push(self.in_use());
        lines.extend(self.refusals_in_use.iter().map(not_granted));
        lines.extend(self.signals());
        lines.push(self.probe());
        lines.extend(self.fork());
        lines.push(self.limit());
        lines.push(Line::new(
            "held now",
            State::Note,
            format!(
                "{} secrets in {} of at most {} KiB",
                self.usage.secrets,
                self.usage.mapped / 1024,
                self.usage.bound / 1024
            ),
        ));
        lines.extend(self.machine.lines(self.protection.at_rest, self.usage));
        lines
    }

    fn at_rest(&self) -> Line {
        let level = self.protection.at_rest;
        let text = match level {
            Protection::Secret => {
                "secret: keys lie in memfd_secret pages, which no other process reads, not even root's"
            }
            Protection::Locked => "locked: keys are never written to swap; root and debuggers can read them",
            Protection::Plain => "plain: keys are erased after use; whoever can read this process can read them",
        };
        let state =
            if level == Protection::Secret && self.evidence != Evidence::CallAlone { State::Good } else { State::Weak };
        let line = Line::new("at rest", state, format!("{text} ({})", self.evidence));
        match level {
            Protection::Secret => line,
            _ if self.refusals.is_empty() => line.advise("a lower level was demanded than this machine may have"),
            _ => line.advise("see the lines `not granted`: each names the call and what would grant the better level"),
        }
    }

    fn in_use(&self) -> Line {
        const TOPIC: &str = "in use";
        match self.protection.in_use {
            Protection::Secret => Line::new(
                TOPIC,
                State::Good,
                "secret: operations run on a stack in memfd_secret pages, wiped afterwards",
            ),
            Protection::Locked => {
                let text =
                    "locked: operations run on a stack that is never swapped, wiped afterwards; root can read it";
                Line::new(TOPIC, State::Weak, text)
                    .advise("see the lines on keys at rest: the level in use is never better")
            }
            Protection::Plain => {
                let text = "not protected: while an operation runs, and until it is overwritten, its stack holds parts of keys";
                let floor = crate::workspace::floor() / 1024;
                Line::new(TOPIC, State::Weak, text).advise(format!(
                    "it needs Linux on x86-64 or aarch64 and {floor} KiB of locked memory; see the lines above"
                ))
            }
        }
    }

    fn signals(&self) -> Option<Line> {
        const TOPIC: &str = "signals in use";
        if self.protection.in_use != Protection::Secret {
            return None;
        }
        Some(match self.secret_signal_stack {
            Some(false) => {
                Line::new(TOPIC, State::Note, "handlers with SA_ONSTACK get their frames in ordinary memory").advise(
                    "a program that has such handlers installs process::SignalStack in its threads that use keys",
                )
            }
            Some(true) => Line::new(TOPIC, State::Good, "this thread's alternate stack is secret"),
            None => Line::new(TOPIC, State::Good, "this thread has no alternate stack: frames go to the secret one"),
        })
    }

    fn probe(&self) -> Line {
        const TOPIC: &str = "self-probe";
        if let Some(error) = &self.no_page {
            return Line::new(TOPIC, State::Unknown, format!("there was no page to look at: {error}"))
                .advise("drop some secrets, or raise the limit");
        }
        let wanted = self.protection.at_rest == Protection::Secret;
        for (probe, way) in [(self.probe_by_call, "process_vm_readv"), (self.probe_by_file, "/proc/self/mem")] {
            if probe.control != super::Look::Read {
                continue;
            }
            return if probe.proves_secrecy() {
                Line::new(TOPIC, State::Good, format!("{way} reads an ordinary page and not one of ours"))
            } else {
                let state = if wanted { State::Weak } else { State::Note };
                Line::new(TOPIC, state, format!("{way} reads our pages, as it does at this level"))
            };
        }
        let text = "neither process_vm_readv nor /proc/self/mem is to be had here";
        Line::new(TOPIC, State::Unknown, text).advise("mount /proc, or allow the call, to have the level verified")
    }

    fn fork(&self) -> Option<Line> {
        let area = self.mapping.as_ref()?;
        let dumps = if area.is_left_out_of_dumps() { "left out of core files" } else { "in core files" };
        Some(if area.is_kept_from_children() {
            Line::new("fork", State::Good, format!("a forked child has none of the pages; {dumps}"))
        } else {
            Line::new("fork", State::Weak, format!("a forked child gets a copy of the pages; {dumps}"))
                .advise("do not fork without executing another program while keys are held")
        })
    }

    fn limit(&self) -> Line {
        const TOPIC: &str = "memory limit";
        let charged_at_touch = self.charged_at_touch == Some(true);
        let held = match self.machine.locked_kib {
            // Such a kernel leaves secret pages out of this count.
            Some(_) if charged_at_touch => String::new(),
            Some(kib) => format!("; the kernel counts {kib} KiB of this process as locked"),
            None => String::new(),
        };
        let shared = if charged_at_touch { " for all processes of the user together, root's too" } else { "" };
        match (self.machine.lock_limit, self.machine.lock_limit_exempt) {
            (_, Some(true)) if !charged_at_touch => {
                Line::new(TOPIC, State::Good, format!("this process is exempt from RLIMIT_MEMLOCK{held}"))
            }
            (None, _) => Line::new(TOPIC, State::Unknown, format!("the limit on locked memory is not told{held}")),
            (Some(u64::MAX), _) => Line::new(TOPIC, State::Good, format!("no limit on locked memory{held}")),
            (Some(bytes), _) if bytes < SMALL_LIMIT => {
                Line::new(TOPIC, State::Weak, format!("RLIMIT_MEMLOCK is {} KiB{shared}{held}", bytes / 1024))
                    .advise("raise it: ulimit -l, LimitMEMLOCK= in a systemd unit, --ulimit memlock= for a container")
            }
            (Some(bytes), _) => {
                Line::new(TOPIC, State::Good, format!("RLIMIT_MEMLOCK is {} KiB{shared}{held}", bytes / 1024))
            }
        }
    }
}

/// Below 1 MiB large stores run into it.
const SMALL_LIMIT: u64 = 1 << 20;

impl MachineFacts {
    fn lines(&self, at_rest: Protection, usage: Usage) -> Vec<Line> {
        [self.core(), self.tracing(), self.perf(), self.swap(at_rest), self.hibernate(at_rest, usage)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn core(&self) -> Option<Line> {
        const TOPIC: &str = "core files";
        let piped = self.core_pattern.as_deref().is_some_and(|pattern| pattern.starts_with('|'));
        Some(match (self.core_limit?, piped) {
            (0, false) => Line::new(TOPIC, State::Good, "none is written (RLIMIT_CORE is 0)"),
            (limit, true) if limit != 1 && self.dumpable != Some(false) => {
                Line::new(TOPIC, State::Weak, "a program receives them (kernel.core_pattern), whatever RLIMIT_CORE is")
                    .advise("call process::harden, or set kernel.core_pattern to a file name")
            }
            (_, _) if self.dumpable == Some(false) => Line::new(TOPIC, State::Good, "none is written (not dumpable)"),
            _ => Line::new(
                TOPIC,
                State::Weak,
                "one may be written, with all that lies in ordinary memory: decrypted text too",
            )
            .advise("call process::harden, or ulimit -c 0"),
        })
    }

    fn tracing(&self) -> Option<Line> {
        const TOPIC: &str = "tracing";
        let scope = match self.ptrace_scope {
            Some(scope) => format!("kernel.yama.ptrace_scope is {scope}"),
            None => "the kernel has no ptrace_scope".to_owned(),
        };
        Some(match (self.dumpable?, self.ptrace_scope) {
            (false, _) => {
                Line::new(TOPIC, State::Good, format!("shut to programs of the same user (not dumpable); {scope}"))
            }
            (true, Some(1..)) => Line::new(TOPIC, State::Note, format!("restricted; {scope}")),
            (true, _) => {
                Line::new(TOPIC, State::Weak, format!("programs of the same user may trace this one; {scope}"))
                    .advise("call process::harden, or set kernel.yama.ptrace_scope to 1 or more")
            }
        })
    }

    fn perf(&self) -> Option<Line> {
        const TOPIC: &str = "perf";
        let level = self.perf_event_paranoid?;
        Some(if self.dumpable == Some(false) || level > 2 {
            Line::new(
                TOPIC,
                State::Good,
                format!("shut to other users' programs and your own (kernel.perf_event_paranoid is {level})"),
            )
        } else {
            let text = format!(
                "programs of the same user may sample this one's stack (kernel.perf_event_paranoid is {level})"
            );
            Line::new(TOPIC, State::Weak, text).advise("call process::harden; nothing shuts out root's")
        })
    }

    fn swap(&self, at_rest: Protection) -> Option<Line> {
        const TOPIC: &str = "swap";
        Some(match (self.swap_kib?, at_rest) {
            (0, _) => Line::new(TOPIC, State::Good, "the machine has none"),
            (kib, Protection::Plain) => {
                Line::new(TOPIC, State::Weak, format!("{} MiB, and keys may be written to it", kib / 1024))
                    .advise("raise RLIMIT_MEMLOCK, so that keys can be locked in memory; encrypt the swap")
            }
            (kib, _) => Line::new(
                TOPIC,
                State::Note,
                format!("{} MiB; keys are never written to it, decrypted text may be", kib / 1024),
            )
            .advise("encrypt the swap"),
        })
    }

    fn hibernate(&self, at_rest: Protection, usage: Usage) -> Option<Line> {
        const TOPIC: &str = "hibernation";
        Some(match self.hibernation {
            None => Line::new(TOPIC, State::Unknown, "the machine does not tell"),
            Some(Hibernation::Absent) => Line::new(TOPIC, State::Good, "the kernel has none"),
            Some(Hibernation::Blocked) => Line::new(
                TOPIC,
                State::Note,
                "blocked for the whole machine, as it is while any process holds secret memory",
            )
            .advise("drop the keys when they are not needed, so that the machine can hibernate"),
            Some(Hibernation::Possible) if at_rest == Protection::Secret && usage.mapped + usage.workspaces == 0 => {
                Line::new(TOPIC, State::Good, "possible, as no secret memory is held")
            }
            Some(Hibernation::Possible) if at_rest == Protection::Secret => {
                Line::new(TOPIC, State::Weak, "possible, though secret memory is held: this kernel does not count it")
            }
            Some(Hibernation::Possible) => {
                Line::new(TOPIC, State::Weak, "possible: it writes all memory to disk, locked pages too")
                    .advise("encrypt the disk it is written to, or drop the keys before")
            }
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.state {
            State::Good => "ok",
            State::Weak => "weak",
            State::Note => "note",
            State::Unknown => "?",
        };
        write!(f, "{mark:<5}{}: {}", self.topic, self.text)?;
        match &self.advice {
            Some(advice) => write!(f, "\n     -> {advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines() {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}
