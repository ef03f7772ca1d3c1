//! Runs the command.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use std::sync::LazyLock;
use strongroom_testkit::secret_memory;

/// The command under test. The environment may name a copy: whoever runs the tests need not reach where they were
/// built.
pub(crate) fn program() -> &'static str {
    static PROGRAM: LazyLock<String> =
        LazyLock::new(|| env::var("CARGO_BIN_EXE_strongroom").unwrap_or(env!("CARGO_BIN_EXE_strongroom").to_owned()));
    &PROGRAM
}

/// The folder of the command's crate, or of a copy that the environment names.
pub(crate) fn crate_folder() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into()).into()
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Without the warning that there is where the machine has no secret memory: most tests are not about that.
    pub(crate) fn of(output: Output) -> Self {
        let ran = Self::whole(output);
        Self { stderr: wherever_it_runs(ran.stderr), ..ran }
    }

    /// With all that was said.
    pub(crate) fn whole(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the command prints UTF-8");
        let code = output.status.code();
        let code = code.unwrap_or_else(|| panic!("ended by signal {:?}", output.status.signal()));
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Fails the test unless the run ended with this code.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(!self.stderr.contains("defect") && !self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// Fails the test unless all went well and nothing was said on standard error; tells what was printed.
    #[track_caller]
    pub(crate) fn fine(self) -> String {
        let Self { stdout, stderr, .. } = self.ended(0);
        assert_eq!(stderr, "");
        stdout
    }

    /// The same of a backup that is not encrypted, about which one thing is said.
    #[track_caller]
    pub(crate) fn fine_of_plain(self, backup: &Path) -> String {
        let Self { stdout, stderr, .. } = self.ended(0);
        assert_eq!(stderr, not_encrypted(backup));
        stdout
    }
}

/// What is said about a backup that is not encrypted.
pub(crate) fn not_encrypted(backup: &Path) -> String {
    format!("strongroom: {}: the backup is not encrypted\n", backup.display())
}

/// What was said, without the warning that there is where the machine has no secret memory.
pub(crate) fn wherever_it_runs(said: String) -> String {
    if secret_memory::is_there() { said } else { without_warning(&said) }
}

/// The warning of keys that are not in secret memory, a line and its advice, left out.
fn without_warning(text: &str) -> String {
    let mut lines = text.split_inclusive('\n').peekable();
    let mut kept = String::new();
    while let Some(line) = lines.next() {
        if line.starts_with("strongroom: keys are not in secret memory here (") {
            lines.next_if(|advice| advice.starts_with("  "));
        } else {
            kept.push_str(line);
        }
    }
    kept
}

#[test]
fn the_warning_alone_is_left_out() {
    let text = "one\nstrongroom: keys are not in secret memory here (at rest: locked)\n  advice\nstrongroom: other\n  advice\n";
    assert_eq!(without_warning(text), "one\nstrongroom: other\n  advice\n");
}

pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ran {
    let output = Command::new(program()).args(args).stdin(Stdio::null()).output();
    Ran::of(output.expect("the command can be executed"))
}

pub(crate) fn run_with_stdin<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>, input: &[u8]) -> Ran {
    let mut command = Command::new(program());
    let command = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command can be executed");
    // It may refuse before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    Ran::of(child.wait_with_output().unwrap())
}

/// A file of the demo.
pub(crate) fn demo(name: &str) -> PathBuf {
    crate_folder().join("../../demo").join(name).canonicalize().unwrap()
}

/// Both encrypted exports of the demo.
pub(crate) fn demos() -> [PathBuf; 2] {
    [demo("export-password-pbkdf2.json"), demo("export-password-argon2id.json")]
}

/// The arguments to open `file`, an export of the demo's password, with a command.
pub(crate) fn opening<'a>(command: &'a str, file: &'a Path) -> Vec<PathBuf> {
    let password = demo("password.txt");
    vec![command.into(), file.into(), "--password-file".into(), password]
}

/// Opens `file` with a command and further arguments.
pub(crate) fn open(command: &str, file: &Path, further: &[&str]) -> Ran {
    run(opening(command, file).into_iter().chain(further.iter().map(PathBuf::from)))
}

/// The names in a directory, in order.
pub(crate) fn names_in(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Whether this process may read the memory of any other: whether it has CAP_SYS_PTRACE.
pub(crate) fn may_read_any_process() -> bool {
    const CAP_SYS_PTRACE: u32 = 19;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let capabilities = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    u64::from_str_radix(capabilities.trim(), 16).unwrap() >> CAP_SYS_PTRACE & 1 == 1
}
