//! The way of raw keys into a context and out of it, for [`hazmat`](crate::hazmat) alone.

use strongroom_memory::SecretMemory;
use zeroize::Zeroizing;

use super::context::Context;
use super::key::Key;
use crate::error::{Error, ErrorKind, ImportError, Malformed, Operation, Unsupported, unusable};
use crate::key::uses::KeyUses;
use crate::kind::{Asymmetric, Kind};
use crate::master_key::MasterKey;
use crate::name::KeySet;
use crate::operation::{self, Boxed, Format, ImportFailure, Source};

impl<'c, S: KeySet> Context<'c, S> {
    pub(crate) fn import_raw<K: Kind, F: Source>(
        &self,
        source: F,
        format: Format<K::Algorithm>,
        uses: KeyUses,
    ) -> Result<Key<'c, K>, ImportError> {
        let made = self.reach().make::<K>(Operation::Import, |memory| import(memory, &source, format, uses));
        drop(source);
        made.map_err(ImportError::of)
    }

    pub(crate) fn import_raw_master<F: Source>(&self, source: F) -> Result<MasterKey, ImportError> {
        let made = self.reach().making(Operation::Import, |memory| {
            operation::import_master(memory, &source).map(MasterKey::new).map_err(not_imported)
        });
        drop(source);
        made.map_err(ImportError::of)
    }

    pub(crate) fn expose_raw<K: Kind>(&self, key: Key<'c, K>) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.reach().using(Operation::Expose, key, |memory, key| Ok(operation::expose::<K>(memory, key)?))
    }

    pub(crate) fn expose_open_ssh(&self, key: Key<'c, Asymmetric>) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.reach().using(Operation::Expose, key, |memory, key| {
            let key = operation::signing(memory, key).map_err(|_| Unsupported::Form)?;
            operation::expose_open_ssh(memory, key)?.ok_or(Unsupported::Form.into())
        })
    }
}

/// Makes a key of bytes.
pub(super) fn import<K: Kind, F: Source>(
    memory: &SecretMemory,
    source: &F,
    format: Format<K::Algorithm>,
    uses: KeyUses,
) -> Result<Boxed<K>, ErrorKind> {
    operation::import::<K, F>(memory, source, format).map(|key| key.for_uses(uses)).map_err(not_imported)
}

fn not_imported(failure: ImportFailure) -> ErrorKind {
    match failure {
        ImportFailure::Memory(error) => error.into(),
        ImportFailure::NotAKey => Malformed::NotAKey.into(),
        ImportFailure::Unusable(told) => unusable(told),
    }
}
