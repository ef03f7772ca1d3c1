//! How a process ended.

use std::{fmt, os::unix::process::ExitStatusExt as _, process::ExitStatus};

use nix::sys::{signal::Signal, wait::WaitStatus};

/// How a process ended: by itself or by a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum End {
    /// It left with this exit code.
    Exit(i32),
    /// This signal killed it.
    Signal(i32),
}

impl End {
    pub(crate) fn of_exit_status(status: ExitStatus) -> End {
        match (status.code(), status.signal()) {
            (Some(code), _) => End::Exit(code),
            (None, Some(signal)) => End::Signal(signal),
            (None, None) => panic!("a process ended neither by exit nor by signal: {status:?}"),
        }
    }

    pub(crate) fn of_wait_status(status: WaitStatus) -> End {
        match status {
            WaitStatus::Exited(_, code) => End::Exit(code),
            WaitStatus::Signaled(_, signal, _) => End::Signal(signal as i32),
            other => panic!("a process that should have ended is {other:?}"),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            End::Exit(code) => write!(f, "exit code {code}"),
            End::Signal(number) => match Signal::try_from(number) {
                Ok(signal) => write!(f, "{signal}"),
                Err(_) => write!(f, "signal {number}"),
            },
        }
    }
}
