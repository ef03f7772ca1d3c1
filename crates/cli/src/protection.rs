//! The store that keys rest in, of the level that was demanded.

use strongroom::{Demand, KeyId, KeySet, KeyStore, Policy, Protected, Protection, Symmetric};

use crate::args::{self, Level};
use crate::failure::{Failure, Status};
use crate::streams;

/// This program names no keys: those it derives live as long as it takes to open a backup.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum NoKey {}
#[derive(Debug)]
pub(crate) enum NoKeys {}

impl KeySet for NoKeys {
    type Symmetric = NoKey;
}

impl KeyId for NoKey {
    type Set = NoKeys;
    type Kind = Symmetric;
}

pub(crate) type Store = KeyStore<NoKeys>;

/// Opens a store of the level that is demanded; else the best there is, with a warning if that is not the best of all.
pub(crate) fn open(demand: args::Demand, quiet: bool) -> Result<Store, Failure> {
    let demanded = demand.require.map_or(Demand::BestAvailable, |level| Demand::AtLeast(level.into()));
    let store = Store::open(Policy::at_rest(demanded)).map_err(|error| {
        Failure::failed(error.to_string())
            .advise("`strongroom doctor` says what this machine grants; --require lowers the demand")
    })?;
    let level = store.protection().at_rest;
    if level < Protection::Secret && demand.require.is_none() && !quiet {
        streams::tell(&format!(
            "keys rest in {level} memory here, not in secret memory\n\
             `strongroom doctor` says why; --require secret refuses to go on, --quiet says nothing"
        ));
    }
    Ok(store)
}

/// Opens whatever there is, to be looked at.
pub(crate) fn open_best() -> Result<Store, Failure> {
    Store::open(Policy::best_available()).map_err(|error| Failure::failed(error.to_string()))
}

/// Whether what was granted meets the demand.
pub(crate) fn check(granted: Protected, demand: args::Demand) -> Result<Status, Failure> {
    match demand.require.map(Protection::from) {
        Some(level) if granted.at_rest < level => {
            Err(Failure::failed(format!("at least {level} was demanded, and this machine grants {}", granted.at_rest)))
        }
        _ => Ok(Status::Done),
    }
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
