//! A victim whose store is locked while one of its threads commits a transaction.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::holder::{Another, Failed, Holder};
use crate::inside::Entered;
use crate::lines::{hear, say};

/// The name of the thread that commits.
pub(crate) const THREAD: &str = "commits";

/// Names that a transaction gives: a commit takes as long as that of a large account.
const NAMES: usize = 2000;

/// Commits over and over until it is told to stop. Upon `lock` it locks the store, which may have to wait for the
/// commit, and says `locked`. It goes on, and says so, upon the next line.
pub(crate) fn run<H: Holder>(holder: &H) -> Result<(), Failed> {
    let another = holder.open()?;
    let (stop, locking) = (AtomicBool::new(false), AtomicBool::new(false));
    let commit = || -> Result<(), Failed> {
        while !stop.load(Ordering::SeqCst) {
            // Nothing is put into the store before the attacker has seen it locked.
            if locking.load(Ordering::SeqCst) {
                thread::yield_now();
                continue;
            }
            let mut entered = None;
            another.commit(NAMES, &mut || entered = Some(Entered::now()))?;
            drop(entered);
        }
        Ok(())
    };
    thread::scope(|scope| -> Result<(), Failed> {
        let thread = thread::Builder::new().name(THREAD.to_owned()).spawn_scoped(scope, commit)?;
        let told = say("running").map_err(Failed::from).and_then(|()| {
            while hear()?.as_deref() == Some("lock") {
                locking.store(true, Ordering::SeqCst);
                another.lock();
                say("locked")?;
                hear()?;
                locking.store(false, Ordering::SeqCst);
                say("goes on")?;
            }
            Ok(())
        });
        stop.store(true, Ordering::SeqCst);
        thread.join().map_err(|_| "the thread that commits panicked")??;
        told
    })?;
    another.lock();
    Ok(say("stopped")?)
}
