//! A victim that makes children while others of its threads make secret memory and put keys into it.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use nix::unistd::Gid;

use crate::holder::{Another, Failed, Holder};
use crate::inside::Entered;
use crate::lines::{hear, say};

/// The name of the thread that makes children.
pub(crate) const THREAD: &str = "forks";

/// What the makers keep open in sum.
const KEPT: usize = 16;

/// Makes children, beside so many threads that make memory, until it is told to stop.
pub(crate) fn run<H: Holder>(holder: &H, makers: usize) -> Result<(), Failed> {
    let (stop, gone) = (AtomicBool::new(false), AtomicUsize::new(0));
    let make = || make_memory(holder, (KEPT / makers).max(2), &stop, &gone);
    let fork = || -> Result<(), Failed> {
        while !stop.load(Ordering::Relaxed) {
            make_a_child()?;
            gone.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let mut threads: Vec<_> = (0..makers).map(|_| scope.spawn(make)).collect();
        threads.push(thread::Builder::new().name(THREAD.to_owned()).spawn_scoped(scope, fork)?);
        let told = say("running").and_then(|()| hear());
        stop.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().map_err(|_| "a thread of the victim panicked")??;
        }
        told.map_err(Failed::from)
    })?;
    Ok(say("stopped")?)
}

/// Opens one store after another, each with a key in it. What was open at a fork stays until that child is gone: what
/// the child has of it is then still to be seen in the parent.
fn make_memory<H: Holder>(holder: &H, most: usize, stop: &AtomicBool, gone: &AtomicUsize) -> Result<(), Failed> {
    let mut open: VecDeque<(usize, H::Another)> = VecDeque::new();
    while !stop.load(Ordering::Relaxed) {
        let _entered = Entered::now();
        let now = gone.load(Ordering::SeqCst);
        while open.front().is_some_and(|(then, _)| *then < now) {
            open.pop_front();
        }
        if open.len() < most {
            let another = holder.open()?;
            another.commit(1, &mut || {})?;
            open.push_back((gone.load(Ordering::SeqCst), another));
        } else if let Some((_, another)) = open.back() {
            another.commit(1, &mut || {})?;
        }
    }
    Ok(())
}

/// Forks, and waits until the child is gone. The standard library forks where the child is to change its group before
/// it executes a program; that is the group that it has, and a program that is not there.
fn make_a_child() -> Result<(), Failed> {
    match Command::new("./no-such-program").gid(Gid::current().as_raw()).status() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err("a program that is not there was executed".into()),
    }
}
