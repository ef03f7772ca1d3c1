//! The store that keys rest in, of the level that was demanded.

use strongroom::{Demand, KeyStore, KeyUses, Policy, ProtectedBytes, Protection, report::ProtectionLevels};

use crate::args::{self, Level};
use crate::failure::{Failure, Status};
use crate::streams;

/// The keys that this program derives live as long as it takes to open a backup, and get no names.
pub(crate) type Store = KeyStore;

/// Opens a store of the levels that are demanded; else the best there is, with a warning if that is not the best of
/// all.
pub(crate) fn open(demand: args::Demand, quiet: bool) -> Result<Store, Failure> {
    let policy = Policy::at_rest(at_least(demand.require)).in_use(at_least(demand.require_in_use));
    let store = Store::open_with(policy).map_err(|error| {
        Failure::failed(error.to_string())
            .advise("`strongroom doctor` says what this machine grants; a lower demand, or none, accepts less")
    })?;
    let store = if demand.require.is_none() { with_room(store, at_least(demand.require_in_use)) } else { store };
    let granted = store.protection();
    // Who named a level knows of it; in use nobody expects more than at rest.
    let expected = demand.require.map_or(Protection::Secret, Protection::from);
    let weak_in_use = demand.require_in_use.is_none() && granted.in_use < expected;
    if !quiet && (granted.at_rest < expected || weak_in_use) {
        streams::tell(&format!(
            "keys are not in secret memory here ({granted})\n\
             `strongroom doctor` says why; --require secret refuses to go on, --quiet says nothing"
        ));
    }
    Ok(store)
}

fn at_least(level: Option<Level>) -> Demand {
    level.map_or(Demand::BestAvailable, |level| Demand::AtLeast(level.into()))
}

/// Opens whatever there is, to be looked at.
pub(crate) fn open_best() -> Result<Store, Failure> {
    let store = Store::open().map_err(|error| Failure::failed(error.to_string()))?;
    Ok(with_room(store, Demand::BestAvailable))
}

/// Returns the store if it has room for a password and the key derived from it, else one of the next lower level that
/// has: a limit on locked memory may have room for one page and not for two.
fn with_room(store: Store, in_use: Demand) -> Store {
    if has_room(&store) {
        return store;
    }
    let lower = [Protection::Locked, Protection::Plain].into_iter().filter(|level| *level < store.protection().at_rest);
    let mut opened =
        lower.filter_map(|level| Store::open_with(Policy::at_rest(Demand::Exactly(level)).in_use(in_use)).ok());
    // Without one the lack is told where it is met.
    opened.find(has_room).unwrap_or(store)
}

fn has_room(store: &Store) -> bool {
    // What counts is where a key lies, so a random one does as well as a derived one, at no cost.
    let use_a_key = |_password: ProtectedBytes| {
        store.try_local_context(|ctx| {
            let key = ctx.generate(KeyUses::CONTENTS)?;
            ctx.encrypt_text(key, "").map(|_| ())
        })
    };
    store.secret_text("room").and_then(use_a_key).is_ok()
}

/// Whether what was granted meets the demand.
pub(crate) fn check(granted: ProtectionLevels, demand: args::Demand) -> Result<Status, Failure> {
    let fine = |level, demanded| at_least(demanded).accepts(level);
    if fine(granted.at_rest, demand.require) && fine(granted.in_use, demand.require_in_use) {
        return Ok(Status::Done);
    }
    Err(Failure::failed(format!("more was demanded than this machine grants ({granted})"))
        .advise("`strongroom doctor` without a demand says why"))
}

impl From<Level> for Protection {
    fn from(level: Level) -> Self {
        match level {
            Level::Secret => Self::Secret,
            Level::Locked => Self::Locked,
            Level::Plain => Self::Plain,
        }
    }
}
