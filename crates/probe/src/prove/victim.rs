//! The processes under attack: this program once more, in a role.
//!
//! The password comes as the first line of standard input, what is public as the second. A victim says a line when it is
//! ready and then does what it is told, a line each: `run OPERATION THREADS` until `stop`; `make OPERATION THREADS` until the
//! attacker writes into its memory that it is enough (then it says `made`, and upon another line what came of it last);
//! `lock`. It ends with its standard input.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;

use strongroom_memory::process::SignalStack;
use strongroom_memory::{Policy, SecretMemory};
use strongroom_probe::Flag;

use crate::operation::Operation;

/// What happens to a victim that it cannot help.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

/// What a victim holds its keys in.
pub(crate) trait Holder: Sync {
    /// What is left of it when it is locked.
    type Locked;

    /// Does this once.
    fn operate(&self, operation: Operation) -> Result<(), Failed>;

    /// Does this once, one of those that make something, and calls `made` with what came of it (texts, or wrapped keys) while
    /// it still holds it.
    fn make(&self, operation: Operation, made: &mut dyn FnMut(String)) -> Result<(), Failed>;

    /// Forgets its keys and the password.
    fn lock(self) -> Self::Locked;
}

/// How many threads are in an operation: where there is no workspace to tell it by, the attacker reads it here.
static INSIDE: AtomicU8 = AtomicU8::new(0);

/// Whether what is being made is the last: the attacker raises it.
static ENOUGH: Flag = Flag::new();

/// What each thread hands out: so much of what it made last.
const LAST: usize = 8;

struct Entered;

impl Entered {
    fn now() -> Self {
        INSIDE.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        INSIDE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Does as it is told. `protection` is what the holder says of itself.
pub(crate) fn serve<H: Holder>(holder: H, protection: &str) -> Result<(), Failed> {
    say(&format!("{:x} {:x} {protection}", (&raw const INSIDE).addr(), ENOUGH.address()))?;
    let mut holder = Some(holder);
    let mut locked = None;
    while let Some(line) = hear()? {
        let words: Vec<&str> = line.split_whitespace().collect();
        let operation = |name| Operation::parse(name).ok_or("no such operation");
        match (words.as_slice(), &holder) {
            (["run", name, threads], Some(holder)) => run(holder, operation(name)?, threads.parse()?)?,
            (["make", name, threads], Some(holder)) => make(holder, operation(name)?, threads.parse()?)?,
            (["lock"], _) => {
                locked = holder.take().map(H::lock);
                say("locked")?;
            }
            _ => return Err(format!("cannot do {line:?}").into()),
        }
    }
    drop((holder, locked));
    Ok(())
}

/// What a thread has that works on keys: alternate stacks for signals in secret memory.
fn signals() -> Result<SignalStack, Failed> {
    Ok(SignalStack::install(&SecretMemory::open(Policy::best_available())?)?)
}

fn run(holder: &impl Holder, operation: Operation, threads: usize) -> Result<(), Failed> {
    let stop = AtomicBool::new(false);
    let work = || -> Result<(), Failed> {
        let _signals = signals()?;
        while !stop.load(Ordering::Relaxed) {
            let _entered = Entered::now();
            holder.operate(operation)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let told = say("running").and_then(|()| hear());
        stop.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.join().map_err(|_| "a thread of the victim panicked")??;
        }
        told.map_err(Failed::from)
    })?;
    Ok(say("stopped")?)
}

fn make(holder: &impl Holder, operation: Operation, threads: usize) -> Result<(), Failed> {
    ENOUGH.lower();
    let meeting = Barrier::new(threads + 1);
    let work = || -> Result<VecDeque<String>, Failed> {
        let mut last = VecDeque::with_capacity(LAST);
        let mut met = false;
        let result = signals().and_then(|_signals| {
            while !met {
                let mut entered = Some(Entered::now());
                holder.make(operation, &mut |text| {
                    last.truncate(LAST - 1);
                    last.push_front(text);
                    if ENOUGH.is_raised() {
                        entered = None;
                        meeting.wait();
                        meeting.wait();
                        met = true;
                    }
                })?;
            }
            Ok(())
        });
        // Whoever failed before is waited for all the same.
        if !met {
            meeting.wait();
            meeting.wait();
        }
        result.map(|()| last)
    };
    let made = thread::scope(|scope| -> Result<Vec<String>, Failed> {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let told = say("making");
        meeting.wait();
        let told = told.and_then(|()| say("made")).and_then(|()| hear());
        meeting.wait();
        let mut made = Vec::new();
        for worker in workers {
            made.extend(worker.join().map_err(|_| "a thread of the victim panicked")??);
        }
        told?;
        Ok(made)
    })?;
    Ok(say(&made.join(" "))?)
}

pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// The next line; `None` at the end.
pub(crate) fn hear() -> io::Result<Option<String>> {
    let mut line = String::new();
    Ok((io::stdin().lock().read_line(&mut line)? > 0).then(|| line.trim_end().to_owned()))
}
