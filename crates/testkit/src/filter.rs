//! Seccomp filters: a kernel or a container that refuses a system call, reproduced in a victim.

use std::env::consts::ARCH;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter_all_threads};

use crate::role;

/// From now on this system call (a `libc::SYS_*` number) fails with `errno` in every thread of the calling victim, and in what it
/// forks or executes. Filters add up; the strictest answer wins. Sets `no_new_privs`.
///
/// # Panics
/// Outside a victim, and where the kernel or the processor has no seccomp filters.
pub fn deny_syscall(number: i64, errno: i32) {
    install(number, SeccompAction::Errno(errno.unsigned_abs()));
}

/// From now on this system call kills the calling victim by SIGSYS: the proof that a path does not make it.
///
/// # Panics
/// As [`deny_syscall`].
pub fn kill_on_syscall(number: i64) {
    install(number, SeccompAction::KillProcess);
}

fn install(number: i64, action: SeccompAction) {
    role::demand("a system call is filtered");
    let program = || -> Result<BpfProgram, seccompiler::BackendError> {
        // An empty list of conditions matches every call of that number.
        let rules = [(number, Vec::new())].into();
        SeccompFilter::new(rules, SeccompAction::Allow, action, TargetArch::try_from(ARCH)?)?.try_into()
    };
    match program().map(|program| apply_filter_all_threads(&program)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("the filter for system call {number} was not taken: {error}"),
        Err(error) => panic!("no filter for system call {number} on {ARCH}: {error}"),
    }
}
