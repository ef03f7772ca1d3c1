//! perf's samples of user stacks (perf_event_open(2), `PERF_SAMPLE_STACK_USER`): the kernel copies them in the context
//! of the process that is sampled, so no page is out of their reach. A channel outside the promise.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::unistd::Uid;

use crate::captive::{Captive, Way};
use crate::course::Plan;
use crate::failure::Failure;
use crate::operation::Operation;

/// Who sampled, and what came of it.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Sample {
    pub(crate) who: &'static str,
    /// Bytes of the samples; `None` where the system refused.
    pub(crate) bytes: Option<usize>,
    /// Hits in them.
    pub(crate) hits: usize,
    /// What was said where the system refused, or why it was not tried.
    pub(crate) refused: Option<String>,
}

/// Users that nobody else is.
const VICTIM: u32 = 65_534;
const STRANGER: u32 = 65_533;

/// Samples the protected victim as everybody who might.
pub(crate) fn take(plan: &Plan<'_>) -> Result<Vec<Sample>, Failure> {
    if Uid::effective().is_root() {
        return Ok(vec![
            sample(plan, "root", Way::ProtectionLevels, None, None)?,
            sample(plan, "another user", Way::ProtectionLevels, Some(VICTIM), Some(STRANGER))?,
            sample(plan, "the same user", Way::ProtectionLevels, Some(VICTIM), Some(VICTIM))?,
            sample(plan, "the same user, after harden()", Way::Hardened, Some(VICTIM), Some(VICTIM))?,
        ]);
    }
    Ok(vec![
        sample(plan, "the same user", Way::ProtectionLevels, None, None)?,
        sample(plan, "the same user, after harden()", Way::Hardened, None, None)?,
    ])
}

fn sample(
    plan: &Plan<'_>,
    who: &'static str,
    way: Way,
    victim: Option<u32>,
    attacker: Option<u32>,
) -> Result<Sample, Failure> {
    let directory = tempfile::tempdir()?;
    fs::set_permissions(directory.path(), Permissions::from_mode(0o777))?;
    let program = directory.path().join("strongroom-prove");
    fs::copy(plan.program, &program)?;
    fs::set_permissions(&program, Permissions::from_mode(0o755))?;
    let mut captive = Captive::start(&program, way, Operation::Unwrap, plan.lines, directory.path(), victim)?;
    captive.ask(&format!("run {} 1", Operation::Unwrap))?;
    let file = directory.path().join("samples");
    let mut perf = Command::new("perf");
    perf.args(["record", "-q", "-e", "cpu-clock:u", "--call-graph", "dwarf,16384", "-F", "997", "-o"]).arg(&file);
    perf.args(["-p", &captive.pid().to_string(), "--", "sleep", "0.3"]).current_dir(directory.path());
    if let Some(user) = attacker {
        perf.uid(user).gid(user);
    }
    let output = match perf.output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let refused = Some("not tried: perf is not installed (package linux-perf)".to_owned());
            return Ok(Sample { who, bytes: None, hits: 0, refused });
        }
        output => output?,
    };
    let bytes = fs::read(&file).ok().filter(|bytes| output.status.success() && bytes.len() >= 4096);
    let Some(bytes) = bytes else {
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().find(|line| !line.trim().is_empty() && *line != "Error:").unwrap_or("no sample came");
        return Ok(Sample { who, bytes: None, hits: 0, refused: Some(first.trim().to_owned()) });
    };
    let report = plan.scanner.bytes("samples", &bytes);
    Ok(Sample { who, bytes: Some(bytes.len()), hits: report.hits.len(), refused: None })
}
