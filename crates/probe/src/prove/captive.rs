//! A victim and what the attacker says to it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use strongroom_probe::Flag;

use crate::operation::Operation;
use crate::storm;

/// How a victim holds its keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// In a store, as well protected as the machine can.
    ProtectionLevels,
    /// The same, after `harden()`.
    Hardened,
    /// In a store, whose operations run in place: no switch of stack, nothing wiped.
    InPlace,
    /// In a store whose workspaces are locked memory, which others can read.
    Readable,
    /// In a store, by a program that leaves the stacks that signals are handled on to the standard library.
    WithoutSignalStacks,
    /// On the ordinary heap, erased when dropped.
    Usual,
    /// Every needle in ordinary memory.
    Planted,
}

impl Way {
    const ROLES: [(Self, &'static str); 7] = [
        (Self::ProtectionLevels, "--as-protected-victim"),
        (Self::Hardened, "--as-hardened-victim"),
        (Self::InPlace, "--as-victim-in-place"),
        (Self::Readable, "--as-victim-with-readable-workspaces"),
        (Self::WithoutSignalStacks, "--as-victim-without-signal-stacks"),
        (Self::Usual, "--as-usual-victim"),
        (Self::Planted, "--as-planted-victim"),
    ];

    /// The role as an argument of this program.
    fn role(self) -> &'static str {
        #[expect(clippy::expect_used, reason = "a victim without its role would be another's")]
        let (_, role) = Self::ROLES.into_iter().find(|(way, _)| *way == self).expect("each way has its role");
        role
    }

    pub(crate) fn of_role(role: &str) -> Option<Self> {
        Self::ROLES.into_iter().find(|(_, known)| *known == role).map(|(way, _)| way)
    }
}

/// A victim that is ready.
pub(crate) struct Captive {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Where it counts the threads that are in an operation.
    inside: u64,
    /// Where it looks whether it is to make more.
    enough: u64,
    /// What it says of its keys' protection.
    pub(crate) protection: String,
}

impl Captive {
    /// Starts one that is given these lines. `user` is whom it runs as, if not us.
    pub(crate) fn start(
        program: &Path,
        way: Way,
        operation: Operation,
        lines: &str,
        directory: &Path,
        user: Option<u32>,
    ) -> io::Result<Self> {
        let mut command = match operation {
            Operation::List => storm::program(program),
            _ => Command::new(program),
        };
        command.args([way.role(), operation.name()]).current_dir(directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        let mut child = command.spawn()?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("no pipes"));
        };
        // A victim that ended does not read: what it has to say comes next.
        let _ = input.write_all(lines.as_bytes());
        let output = BufReader::new(output);
        let mut captive = Self { child, input, output, inside: 0, enough: 0, protection: String::new() };
        let ready = captive.hear()?;
        let mut words = ready.splitn(3, ' ');
        let mut word = || words.next().ok_or_else(|| io::Error::other("it did not say all that it should"));
        let address = |word: &str| u64::from_str_radix(word, 16).map_err(io::Error::other);
        (captive.inside, captive.enough) = (address(word()?)?, address(word()?)?);
        captive.protection = word()?.to_owned();
        Ok(captive)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it something.
    pub(crate) fn tell(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.input, "{line}")
    }

    /// What it says next.
    pub(crate) fn hear(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        line.strip_suffix('\n')
            .map(str::to_owned)
            .ok_or_else(|| io::Error::other("it ended before it answered; its own message stands above"))
    }

    /// Whether it says something within this time.
    pub(crate) fn speaks_within(&self, time: Duration) -> io::Result<bool> {
        let mut output = [PollFd::new(self.output.get_ref().as_fd(), PollFlags::POLLIN)];
        let time = PollTimeout::try_from(time).map_err(io::Error::other)?;
        Ok(!self.output.buffer().is_empty() || poll(&mut output, time)? > 0)
    }

    /// Tells it something and hears what it says.
    pub(crate) fn ask(&mut self, line: &str) -> io::Result<String> {
        self.tell(line)?;
        self.hear()
    }

    /// How many of its threads are in an operation, as it counts them itself.
    pub(crate) fn inside(&self) -> io::Result<u8> {
        self.inside_of(self.pid())
    }

    /// How many were when it forked this child.
    pub(crate) fn inside_of(&self, child: u32) -> io::Result<u8> {
        let mut count = [0];
        File::open(format!("/proc/{child}/mem"))?.read_exact_at(&mut count, self.inside)?;
        let [count] = count;
        Ok(count)
    }

    /// The number of its thread of this name, which it has started.
    pub(crate) fn thread(&self, name: &str) -> io::Result<u32> {
        let tasks = format!("/proc/{}/task", self.pid());
        // A thread takes its name when it first runs.
        for _ in 0..1000 {
            for task in fs::read_dir(&tasks)? {
                let number = task?.file_name().to_string_lossy().into_owned();
                if fs::read_to_string(format!("{tasks}/{number}/comm")).is_ok_and(|comm| comm.trim_end() == name) {
                    return number.parse().map_err(io::Error::other);
                }
            }
            sleep(Duration::from_millis(1));
        }
        Err(io::Error::other(format!("it has no thread {name}")))
    }

    /// Lets what it makes now be the last: written into its memory while it is at a halt, so that it makes no more
    /// before it hears of it.
    pub(crate) fn finish(&self) -> io::Result<()> {
        Flag::raise_in(self.pid(), self.enough)
    }

    /// Ends a halt by SIGSTOP.
    pub(crate) fn go_on(&self) -> io::Result<()> {
        let pid = i32::try_from(self.pid()).map_err(io::Error::other)?;
        Ok(kill(Pid::from_raw(pid), Signal::SIGCONT)?)
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        self.child.wait().map(drop)
    }
}

impl Drop for Captive {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
