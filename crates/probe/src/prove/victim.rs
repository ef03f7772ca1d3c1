//! The processes under attack: this program once more, in a role.
//!
//! The secrets come through standard input; what is public comes as arguments. A victim says a line when it is ready and then
//! does what it is told, a line each: `run OPERATION THREADS` until `stop`; `batch` (generates keys, says `made`, and upon
//! another line wraps them and says each); `lock`. It ends with its standard input.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;

use strongroom_memory::process::SignalStack;
use strongroom_memory::{Policy, SecretMemory};

use crate::operation::Operation;

/// What happens to a victim that it cannot help.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

/// Keys that are generated at once.
pub(crate) const BATCH: usize = 64;

/// What a victim holds its keys in.
pub(crate) trait Holder: Sync {
    /// What is left of it when it is locked.
    type Locked;

    /// Does this once.
    fn operate(&self, operation: Operation) -> Result<(), Failed>;

    /// Generates [`BATCH`] keys, calls `made`, and returns the keys wrapped under the user key.
    fn generate(&self, made: &mut dyn FnMut() -> io::Result<()>) -> Result<Vec<String>, Failed>;

    /// Forgets its keys and the password.
    fn lock(self) -> Self::Locked;
}

/// How many threads are in an operation: where there is no workspace to tell it by, the attacker reads it here.
static INSIDE: AtomicU8 = AtomicU8::new(0);

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
    say(&format!("{:x} {protection}", (&raw const INSIDE).addr()))?;
    let mut holder = Some(holder);
    let mut locked = None;
    while let Some(line) = hear()? {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), &holder) {
            (["run", operation, threads], Some(holder)) => {
                let operation = Operation::parse(operation).ok_or("no such operation")?;
                run(holder, operation, threads.parse()?)?;
            }
            (["batch"], Some(holder)) => batch(holder)?,
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

fn run(holder: &impl Holder, operation: Operation, threads: usize) -> Result<(), Failed> {
    let stop = AtomicBool::new(false);
    let work = || -> Result<(), Failed> {
        let memory = SecretMemory::open(Policy::best_available())?;
        let _signals = SignalStack::install(&memory)?;
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

fn batch(holder: &impl Holder) -> Result<(), Failed> {
    let mut entered = Some(Entered::now());
    let wrapped = holder.generate(&mut || {
        entered = None;
        say("made")?;
        hear().map(drop)
    })?;
    Ok(say(&wrapped.join(" "))?)
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
