//! Core files of a victim: gcore's (gdb) and the kernel's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::captive::Captive;
use crate::failure::Failure;
use strongroom_probe::{CoreReport, Scanner};

/// Which core files this machine can be made to write, or why not.
pub(crate) struct Cores {
    gcore: Option<Gcore>,
    kernel: bool,
    /// What could not be had.
    pub(crate) missing: Vec<String>,
}

/// Debian's `gdb` has it.
#[derive(Clone, Copy)]
pub(crate) struct Gcore;

impl Cores {
    /// Looks, and lifts this process's limit on core files, which victims inherit.
    pub(crate) fn of_machine() -> Self {
        let mut missing = Vec::new();
        let has_gcore = Command::new("gcore").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
        if !has_gcore {
            missing.push("gcore: not installed (package gdb)".to_owned());
        }
        let kernel = kernel_pattern().map_err(|reason| missing.push(format!("kernel core: {reason}"))).is_ok();
        Self { gcore: has_gcore.then_some(Gcore), kernel, missing }
    }

    /// No core files.
    pub(crate) fn none() -> Self {
        Self { gcore: None, kernel: false, missing: Vec::new() }
    }

    pub(crate) fn gcore(&self) -> Option<Gcore> {
        self.gcore
    }

    pub(crate) fn kernel(&self) -> bool {
        self.kernel
    }

    /// The file that the kernel wrote when this process ended.
    pub(crate) fn take_kernel_core(&self, directory: &Path, pid: u32) -> io::Result<Vec<u8>> {
        let names = [directory.join("core"), directory.join(format!("core.{pid}"))];
        let Some(path) = names.iter().find(|path| path.exists()) else {
            return Err(io::Error::other("the kernel wrote no core file"));
        };
        take(path)
    }
}

/// Whether cores fall as plain files into the directory of the process, and may.
fn kernel_pattern() -> Result<(), String> {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").map_err(|error| error.to_string())?;
    if pattern.trim_end() != "core" {
        return Err(format!("the machine's core pattern is {:?}, not \"core\"", pattern.trim_end()));
    }
    let (_, hard) = getrlimit(Resource::RLIMIT_CORE).map_err(|error| error.to_string())?;
    if hard < 1 << 30 {
        return Err(format!("the limit on core files is {hard} bytes (RLIMIT_CORE)"));
    }
    setrlimit(Resource::RLIMIT_CORE, hard, hard).map_err(|error| error.to_string())
}

impl Gcore {
    /// Has a core file written of a running victim, and looks into it.
    pub(crate) fn take(self, scanner: &Scanner, directory: &Path, captive: &Captive) -> Result<CoreReport, Failure> {
        Ok(strongroom_probe::scan_core(scanner, &self.file(directory, captive)?)?)
    }

    /// Has a core file written of a running victim.
    pub(crate) fn file(self, directory: &Path, captive: &Captive) -> Result<Vec<u8>, Failure> {
        let prefix = directory.join("gcore");
        let output = Command::new("gcore").arg("-o").arg(&prefix).arg(captive.pid().to_string()).output()?;
        let path = PathBuf::from(format!("{}.{}", prefix.display(), captive.pid()));
        take(&path).map_err(|error| {
            let said = String::from_utf8_lossy(&output.stderr);
            io::Error::new(error.kind(), format!("gcore wrote no file: {error}: {}", said.trim_end())).into()
        })
    }
}

/// Reads a file and removes it.
fn take(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    fs::remove_file(path)?;
    Ok(bytes)
}
