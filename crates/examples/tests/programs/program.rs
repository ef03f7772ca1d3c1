//! A program that is running, and is ended with the test.

use std::{
    io::{ErrorKind, Write, read_to_string},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// What any step may take, on a machine that does other things too.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) struct Program(pub(crate) Child);

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// Connects to its socket, as soon as it listens there.
    #[track_caller]
    pub(crate) fn connect(&mut self, socket: &Path) -> UnixStream {
        let deadline = Instant::now() + LONG;
        loop {
            match UnixStream::connect(socket) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(LONG)).unwrap();
                    return stream;
                }
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            assert_eq!(self.0.try_wait().unwrap(), None, "it ended");
            thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + LONG;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it runs for too long");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended
        let _ = self.0.wait();
    }
}

/// Runs a command to its end, with this on its standard input. Its output, of at most a pipe's size, on both ways
/// together.
#[track_caller]
pub(crate) fn run(command: &mut Command, input: &str) -> (ExitStatus, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = Program::start(command);
    if let Err(error) = program.0.stdin.take().unwrap().write_all(input.as_bytes()) {
        assert_eq!(error.kind(), ErrorKind::BrokenPipe); // it ended before it read
    }
    let status = program.wait();
    let output = read_to_string(program.0.stdout.take().unwrap()).unwrap()
        + &read_to_string(program.0.stderr.take().unwrap()).unwrap();
    (status, output)
}
