//! The processes under attack: this program once more, in a role.
//!
//! The password comes as the first line of standard input, what is public as the second. A victim says a line when it
//! is ready and then does what it is told, a line each: `run OPERATION THREADS` until `stop`; `make OPERATION THREADS`
//! until the attacker writes into its memory that it is enough (then it says `made`, and upon another line what came of
//! it last); `lock`. It ends with its standard input.

use std::collections::VecDeque;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use strongroom_memory::process::{SignalStack, name_overflows};
use strongroom_memory::{Policy, SecretMemory};
use strongroom_probe::Flag;

use crate::committing;
use crate::forking;
use crate::holder::{Failed, Holder};
use crate::inside::{self, Entered};
use crate::lines::{hear, say};
use crate::operation::Operation;

/// Whether what is being made is the last: the attacker raises it.
static ENOUGH: Flag = Flag::new();

/// What each thread hands out: so much of what it made last.
const LAST: usize = 8;

/// Does as it is told. `protection` is what the holder says of itself.
pub(crate) fn serve<H: Holder>(holder: H, protection: &str) -> Result<(), Failed> {
    say(&format!("{:x} {:x} {protection}", inside::address(), ENOUGH.address()))?;
    let mut holder = Some(holder);
    let mut locked = None;
    while let Some(line) = hear()? {
        let words: Vec<&str> = line.split_whitespace().collect();
        let operation = |name| Operation::parse(name).ok_or("no such operation");
        match (words.as_slice(), &holder) {
            (["run", name, threads], Some(holder)) => {
                let threads = threads.parse()?;
                match operation(name)? {
                    Operation::Forks => forking::run(holder, threads)?,
                    Operation::Commit => committing::run(holder)?,
                    operation => run(holder, operation, threads)?,
                }
            }
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

/// Handles the signals that the attacker sends, on the alternate stack of the thread that they meet. What was ignored
/// when the program began is then handled so, and nothing else is done about it.
fn handle_signals() -> Result<(), Failed> {
    Ok(name_overflows()?)
}

fn run(holder: &impl Holder, operation: Operation, threads: usize) -> Result<(), Failed> {
    if operation == Operation::List {
        handle_signals()?;
    }
    let stop = AtomicBool::new(false);
    let work = || -> Result<(), Failed> {
        let _signals = holder.has_signal_stacks().then(signals).transpose()?;
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
