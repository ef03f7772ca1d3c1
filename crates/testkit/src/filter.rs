//! Seccomp filters: a kernel or a container that refuses a system call, reproduced in a victim.

use std::env::consts::ARCH;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter_all_threads,
};

use crate::role;

/// From now on this system call (a `libc::SYS_*` number) fails with `errno` in every thread of the calling victim, and
/// in what it forks or executes. Filters add up; the strictest answer wins. Sets `no_new_privs`.
///
/// # Panics
/// Outside a victim, and where the kernel or the processor has no seccomp filters.
pub fn deny_syscall(number: i64, errno: i32) {
    install(number, None, SeccompAction::Errno(errno.unsigned_abs()));
}

/// As [`deny_syscall`], but only where the first argument is `first`.
///
/// # Panics
/// As [`deny_syscall`].
pub fn deny_syscall_with(number: i64, first: i32, errno: i32) {
    install(number, Some(first), SeccompAction::Errno(errno.unsigned_abs()));
}

/// From now on this system call kills the calling victim by SIGSYS: the proof that a path does not make it.
///
/// # Panics
/// As [`deny_syscall`].
pub fn kill_on_syscall(number: i64) {
    install(number, None, SeccompAction::KillProcess);
}

fn install(number: i64, first: Option<i32>, action: SeccompAction) {
    role::demand("a system call is filtered");
    let program = || -> Result<BpfProgram, seccompiler::BackendError> {
        let is = |first: i32| {
            let value = u64::from(first.cast_unsigned());
            let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)?;
            SeccompRule::new(vec![condition])
        };
        // An empty list of rules matches every call of that number.
        let rules = first.map(is).transpose()?;
        let rules = [(number, rules.into_iter().collect())].into();
        SeccompFilter::new(rules, SeccompAction::Allow, action, TargetArch::try_from(ARCH)?)?.try_into()
    };
    match program().map(|program| apply_filter_all_threads(&program)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("the filter for system call {number} was not taken: {error}"),
        Err(error) => panic!("no filter for system call {number} on {ARCH}: {error}"),
    }
}
