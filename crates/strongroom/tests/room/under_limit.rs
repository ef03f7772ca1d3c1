//! Work with a store in a process of its own, under a limit on locked memory: it is done, or refused by an error that
//! says what is lacking. A process that ends by a signal or an abort fails the test.

use std::time::Duration;

use strongroom::{Demand, Error, KeyStore, Policy, Protection};
use strongroom_testkit::{Limit, Victim, is_victim, limit, secret_memory};

strongroom::key_ids! {
    pub(crate) enum Keys;
    symmetric Key { Only }
}

pub(crate) type Store = KeyStore<Keys>;

pub(crate) const STRICT: Demand = Demand::AtLeast(Protection::Secret);

/// Whether this machine has secret memory, without which there is nothing to test.
pub(crate) fn can_be_tested() -> bool {
    Store::open_with(Policy::at_rest(STRICT)).is_ok_and(|store| store.try_context(|ctx| !ctx.contains(Key::Only)))
}

/// What work says, a line each time that it calls [`tell`], under a limit of so many bytes; `below the floor` where no
/// store can be had.
///
/// # Errors
/// Why the limit cannot be tried here.
pub(crate) fn under(limit: usize, victim: Victim, work: impl FnOnce(&Store)) -> Result<String, String> {
    let most = limit::locked_memory();
    if most < limit as u64 && !is_victim() {
        return Err(format!("RLIMIT_MEMLOCK is {} KiB, and {} are needed", most >> 10, limit >> 10));
    }
    let victim = victim.named(limit.to_string()).unprivileged().deadline(Duration::from_secs(120));
    let outcome = victim.limit(Limit::LockedMemory, limit as u64).run(|| {
        if let Err(reason) = secret_memory::binds(limit) {
            println!("{NO_TEST}{reason}");
            return;
        }
        let Ok(store) = Store::open_with(Policy::at_rest(STRICT).in_use(STRICT)) else {
            println!("below the floor");
            return;
        };
        work(&store);
        store.lock();
    });
    outcome.assert_exit(0);
    match outcome.stdout.strip_prefix(NO_TEST) {
        Some(reason) => Err(reason.trim_end().to_owned()),
        None => Ok(outcome.stdout),
    }
}

const NO_TEST: &str = "no test: ";

/// Says what came of it.
pub(crate) fn tell(result: Result<(), Error>) {
    match result {
        Ok(()) => println!("all done"),
        Err(error) => println!("refused: {}", error.kind()),
    }
}
