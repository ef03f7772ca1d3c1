//! Another process brought to a halt: ptrace(2).

use std::ops::Range;
use std::{fs, io};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// All threads of a process at a halt, each wherever it was. They go on when this is dropped.
///
/// Only the thread that made it may use it: a tracer is a thread.
#[derive(Debug)]
pub struct Hold {
    process: Pid,
    threads: Vec<Pid>,
    /// Neither `Send` nor `Sync`.
    thread: std::marker::PhantomData<*const ()>,
}

impl Hold {
    /// Halts every thread of the process.
    ///
    /// # Errors
    /// What the system said: the process has ended, or is not ours to trace.
    pub fn of(pid: u32) -> io::Result<Self> {
        let process = id(pid)?;
        let mut hold = Self { process, threads: Vec::new(), thread: std::marker::PhantomData };
        // Threads that are not held yet may start others: until there are no new ones.
        loop {
            let new: Vec<Pid> = threads(pid)?.into_iter().filter(|thread| !hold.threads.contains(thread)).collect();
            if new.is_empty() {
                return if hold.threads.is_empty() { Err(Errno::ESRCH.into()) } else { Ok(hold) };
            }
            for &thread in &new {
                match ptrace::seize(thread, ptrace::Options::empty()) {
                    Ok(()) => hold.threads.push(thread),
                    // It has ended meanwhile, or is ending, which the system does not permit to trace. Who may not
                    // trace the process at all hears it of the first thread, which is the process.
                    Err(Errno::ESRCH) if thread != process => {}
                    Err(Errno::EPERM) if thread != process && hold.threads.contains(&process) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            for &thread in new.iter().filter(|thread| hold.threads.contains(thread)) {
                ptrace::interrupt(thread)?;
            }
            for &thread in &new {
                if !hold.threads.contains(&thread) {
                    continue;
                }
                match waitpid(thread, Some(WaitPidFlag::__WALL))? {
                    WaitStatus::Exited(..) | WaitStatus::Signaled(..) if thread == process => {
                        return Err(Errno::ESRCH.into());
                    }
                    WaitStatus::Exited(..) | WaitStatus::Signaled(..) => hold.threads.retain(|held| *held != thread),
                    _ => {}
                }
            }
        }
    }

    /// Halts one thread of a process, whose others go on.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn of_thread(pid: u32, thread: u32) -> io::Result<Self> {
        let (process, thread) = (id(pid)?, id(thread)?);
        ptrace::seize(thread, ptrace::Options::empty())?;
        let hold = Self { process, threads: vec![thread], thread: std::marker::PhantomData };
        ptrace::interrupt(thread)?;
        match waitpid(thread, Some(WaitPidFlag::__WALL))? {
            WaitStatus::Exited(..) | WaitStatus::Signaled(..) => Err(Errno::ESRCH.into()),
            _ => Ok(hold),
        }
    }

    /// The stack pointer of each thread.
    ///
    /// # Errors
    /// What the system said.
    pub fn stack_pointers(&self) -> io::Result<Vec<u64>> {
        self.threads.iter().map(|&thread| stack_pointer(self.process, thread)).collect()
    }

    /// Whether the stack pointer of a thread lies in one of these ranges: [those of secret
    /// memory](crate::secret_ranges) in the middle of an operation that runs there.
    ///
    /// # Errors
    /// What the system said.
    pub fn is_within(&self, ranges: &[Range<u64>]) -> io::Result<bool> {
        let pointers = self.stack_pointers()?;
        Ok(pointers.iter().any(|pointer| ranges.iter().any(|range| range.contains(pointer))))
    }

    /// The general registers and those of the floating-point unit (on x86-64 with xmm0 to xmm15, without the upper
    /// parts of wider vectors) of each thread; empty where this program does not know the machine.
    ///
    /// # Errors
    /// What the system said.
    pub fn registers(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for &thread in &self.threads {
            bytes.extend(registers(thread)?);
        }
        Ok(bytes)
    }

    /// Lets go of it with this signal, which it meets before it does anything else: `SIGSTOP` leaves it at a halt for
    /// another tracer, `SIGABRT` makes the kernel write a core file.
    ///
    /// # Errors
    /// What the system said.
    pub fn release_with(self, signal: Signal) -> io::Result<()> {
        Ok(kill(self.process, signal)?)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        for &thread in &self.threads {
            if ptrace::detach(thread, None).is_ok() {
                continue;
            }
            // One that runs, because not all could be held, has to halt before it can be let go.
            if ptrace::interrupt(thread).is_ok() {
                let _ = waitpid(thread, Some(WaitPidFlag::__WALL));
                let _ = ptrace::detach(thread, None);
                continue;
            }
            // One that was killed by what another met is to be buried by its tracer; the process itself by its parent.
            if thread != self.process {
                let _ = waitpid(thread, Some(WaitPidFlag::__WALL));
            }
        }
    }
}

/// A number of a process or thread as the system calls take it.
pub(crate) fn id(number: u32) -> io::Result<Pid> {
    Ok(Pid::from_raw(i32::try_from(number).map_err(io::Error::other)?))
}

fn threads(pid: u32) -> io::Result<Vec<Pid>> {
    let number = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().parse().ok());
    let numbers: io::Result<Vec<Option<i32>>> = fs::read_dir(format!("/proc/{pid}/task"))?.map(number).collect();
    Ok(numbers?.into_iter().flatten().map(Pid::from_raw).collect())
}

/// `/proc/PID/task/TID/syscall` (proc_pid_syscall(5)): the last two words are stack pointer and program counter.
fn stack_pointer(process: Pid, thread: Pid) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/task/{thread}/syscall"))?;
    let word = text.split_whitespace().rev().nth(1).and_then(|word| word.strip_prefix("0x"));
    word.and_then(|word| u64::from_str_radix(word, 16).ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("syscall: {text}")))
}

#[cfg(target_arch = "x86_64")]
fn registers(thread: Pid) -> io::Result<Vec<u8>> {
    let general = ptrace::getregs(thread)?;
    let float = ptrace::getregset::<ptrace::regset::NT_PRFPREG>(thread)?;
    let general = [
        general.rax,
        general.rbx,
        general.rcx,
        general.rdx,
        general.rsi,
        general.rdi,
        general.rbp,
        general.r8,
        general.r9,
        general.r10,
        general.r11,
        general.r12,
        general.r13,
        general.r14,
        general.r15,
    ];
    let general = general.iter().flat_map(|register| register.to_le_bytes());
    let float = float.st_space.iter().chain(&float.xmm_space).flat_map(|word| word.to_le_bytes());
    Ok(general.chain(float).collect())
}

#[cfg(not(target_arch = "x86_64"))]
fn registers(_thread: Pid) -> io::Result<Vec<u8>> {
    Ok(Vec::new())
}
