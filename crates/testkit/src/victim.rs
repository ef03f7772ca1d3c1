//! Tests that may die: their dangerous part runs in a child, a fresh execution of the same test executable.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    fs::File,
    io::{self, Read as _, Seek as _},
    os::{fd::AsRawFd as _, unix::process::CommandExt as _},
    panic::{AssertUnwindSafe, catch_unwind},
    process::{Child, Command, Stdio, exit},
    sync::{Mutex, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{errno::Errno, sys::prctl, sys::signal::Signal};

use crate::{end::End, limit, limit::Limit, outcome::Outcome, role, unprivileged};

/// In a child: what came of the test's earlier victims, so that the child gets past them to its own.
const SEEN: &str = "STRONGROOM_VICTIM_SEEN";
/// What a child prints when its closure begins; what stands before it is the test runner's.
const BEGIN: &str = "--- the victim begins ---\n";
/// Exit code of a victim that panicked: the one Rust programs have.
const PANICKED: i32 = 101;

/// What came of the victims so far, by test and name.
static OUTCOMES: Mutex<BTreeMap<(String, String), Outcome>> = Mutex::new(BTreeMap::new());

/// A victim of the calling test; see [`Victim`].
#[macro_export]
macro_rules! victim {
    () => {
        $crate::victim::Victim::of($crate::test_path!())
    };
}

/// A part of a test that runs in a child process, which may die of it. Made by [`victim!`](crate::victim!).
///
/// The child executes the same test executable with this one test selected: it runs the test's code up to the victim,
/// becomes it and exits. So what stands before a victim in a test runs in the child as well. A test may have several
/// victims if it gives them [names](Victim::named); a child passes the earlier ones by, with the outcomes they had.
#[derive(Debug)]
pub struct Victim {
    test: &'static str,
    name: String,
    unprivileged: bool,
    limits: Vec<(Limit, u64)>,
    env: Vec<(OsString, OsString)>,
    deadline: Duration,
}

impl Victim {
    /// A victim of the test of this path: use [`victim!`](crate::victim!), which knows the path.
    pub fn of(test: &'static str) -> Self {
        Victim {
            test,
            name: "victim".to_owned(),
            unprivileged: false,
            limits: Vec::new(),
            env: Vec::new(),
            deadline: Duration::from_secs(120),
        }
    }

    /// Tells this victim from the others of its test.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Runs the victim as an ordinary user without capabilities, in the root directory: as a user that no other process
    /// has if this process is root, else as the user it has anyway. Its own /proc files are readable to it.
    #[must_use]
    pub fn unprivileged(mut self) -> Self {
        self.unprivileged = true;
        self
    }

    /// Lowers a limit before the victim is executed.
    #[must_use]
    pub fn limit(mut self, limit: Limit, value: u64) -> Self {
        self.limits.push((limit, value));
        self
    }

    /// Sets an environment variable of the victim.
    #[must_use]
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((key.into(), value.into()));
        self
    }

    /// How long the victim may take before it is killed and the test fails; two minutes if not set.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Runs `body` in the child and tells what came of it: exit code 0 if it returned, 101 if it panicked.
    ///
    /// # Panics
    /// When the child cannot be started, never reaches the victim, or outlives the deadline.
    pub fn run(self, body: impl FnOnce()) -> Outcome {
        if let Some(name) = role::name() {
            if *name == *self.name {
                become_victim(body);
            }
            return self.seen();
        }
        let key = (self.test.to_owned(), self.name.clone());
        if lock().contains_key(&key) {
            panic!("{} has two victims named {:?}", self.test, self.name);
        }
        let outcome =
            self.execute().unwrap_or_else(|error| panic!("the victim of {} could not be run: {error}", self.test));
        lock().insert(key, outcome.clone());
        outcome
    }

    /// What came of this victim in the run that our own process repeats.
    fn seen(&self) -> Outcome {
        let seen = env::var(SEEN).unwrap_or_else(|error| panic!("{SEEN}: {error}"));
        let mut seen: BTreeMap<String, Outcome> =
            serde_json::from_str(&seen).unwrap_or_else(|error| panic!("{SEEN}: {error}"));
        seen.remove(&self.name)
            .unwrap_or_else(|| panic!("{} reached the victim {:?} only in a child", self.test, self.name))
    }

    fn execute(&self) -> io::Result<Outcome> {
        let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
        // Held until the child has executed it.
        let executable = (self.unprivileged && unprivileged::is_root()).then(unprivileged::executable).transpose()?;
        let mut command = match &executable {
            Some(file) => Command::new(format!("/proc/self/fd/{}", file.as_raw_fd())),
            None => Command::new(env::current_exe()?),
        };
        command
            .args(["--exact", self.test, "--nocapture", "--include-ignored", "--test-threads=1"])
            .env(role::NAME, &self.name)
            .env(SEEN, serde_json::to_string(&self.outcomes_before())?)
            .envs(self.env.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(stdout.try_clone()?)
            .stderr(stderr.try_clone()?);
        if self.unprivileged {
            command.current_dir("/");
        }
        let (limits, as_another) = (self.limits.clone(), executable.is_some());
        let prepare = move || -> io::Result<()> {
            limit::no_core()?;
            limits.iter().try_for_each(|&(limit, value)| limit::apply(limit, value))?;
            if as_another {
                unprivileged::drop_privileges()?;
            }
            // After the change of user, which would undo it.
            prctl::set_pdeathsig(Signal::SIGKILL)?;
            Ok(())
        };
        // SAFETY: between fork and exec the closure makes system calls only (setrlimit, setgroups, setresgid,
        // setresuid, prctl); it allocates nothing (an io::Error made from an errno does not) and takes no lock.
        unsafe { command.pre_exec(prepare) };
        let mut child = spawn(&mut command)?;
        let end = wait(&mut child, self.deadline)?;
        let (stdout, out_begun) = read_after_begin(&mut stdout)?;
        let (stderr, err_begun) = read_after_begin(&mut stderr)?;
        let report = || format!("--- its stdout:\n{stdout}\n--- its stderr:\n{stderr}\n---");
        let Some(end) = end else {
            panic!("the victim {:?} of {} was killed after {:?}\n{}", self.name, self.test, self.deadline, report());
        };
        if !(out_begun && err_begun) {
            panic!(
                "the child for the victim {:?} ended by {end} before it reached it; is {:?} the test's path?\n{}",
                self.name,
                self.test,
                report()
            );
        }
        Ok(Outcome { end, stdout, stderr })
    }

    fn outcomes_before(&self) -> BTreeMap<String, Outcome> {
        let of_this_test = |((test, name), outcome): (&(String, String), &Outcome)| {
            (test == self.test).then(|| (name.clone(), outcome.clone()))
        };
        lock().iter().filter_map(of_this_test).collect()
    }
}

fn become_victim(body: impl FnOnce()) -> ! {
    let begin = |stream: &mut dyn io::Write| stream.write_all(BEGIN.as_bytes()).and_then(|()| stream.flush());
    if let Err(error) = begin(&mut io::stdout()).and_then(|()| begin(&mut io::stderr())) {
        panic!("the victim cannot write: {error}");
    }
    let result = catch_unwind(AssertUnwindSafe(body));
    exit(if result.is_ok() { 0 } else { PANICKED })
}

/// Spawns; where a copy of the executable was made, a child that another thread has just forked may still hold it open
/// for writing.
fn spawn(command: &mut Command) -> io::Result<Child> {
    let mut tries = 0;
    loop {
        match command.spawn() {
            Err(error) if error.raw_os_error() == Some(Errno::ETXTBSY as i32) && tries < 200 => {
                tries += 1;
                sleep(Duration::from_millis(10));
            }
            result => return result,
        }
    }
}

/// How the child ended, or `None` if it had to be killed at the deadline.
fn wait(child: &mut Child, deadline: Duration) -> io::Result<Option<End>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(End::of_exit_status(status)));
        }
        if start.elapsed() > deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(Duration::from_millis(2));
    }
}

/// What stands in the file after the mark of the victim's begin, and whether the mark was there at all.
fn read_after_begin(file: &mut File) -> io::Result<(String, bool)> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(match text.split_once(BEGIN) {
        Some((_, after)) => (after.to_owned(), true),
        None => (text.into_owned(), false),
    })
}

fn lock() -> std::sync::MutexGuard<'static, BTreeMap<(String, String), Outcome>> {
    OUTCOMES.lock().unwrap_or_else(PoisonError::into_inner)
}
