//! The named keys at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use crate::kind::KeySet;
use crate::operation::SymmetricBox;

/// Changes to named keys: a key to put in place, or `None` to remove what is there.
pub(super) type Changes<S> = HashMap<<S as KeySet>::Symmetric, Option<Arc<SymmetricBox>>>;

/// The named keys at one moment. Never changed: a transaction puts another one in its place.
pub(super) struct Snapshot<S: KeySet> {
    symmetric: HashMap<S::Symmetric, Arc<SymmetricBox>>,
}

impl<S: KeySet> Snapshot<S> {
    pub(super) fn empty() -> Self {
        Self { symmetric: HashMap::new() }
    }

    pub(super) fn find(&self, id: S::Symmetric) -> Option<&SymmetricBox> {
        self.symmetric.get(&id).map(AsRef::as_ref)
    }

    pub(super) fn len(&self) -> usize {
        self.symmetric.len()
    }

    /// The snapshot that these changes make of this one.
    pub(super) fn changed(&self, changes: &Changes<S>) -> Self {
        let mut symmetric = self.symmetric.clone();
        for (id, change) in changes {
            match change {
                Some(key) => symmetric.insert(*id, Arc::clone(key)),
                None => symmetric.remove(id),
            };
        }
        Self { symmetric }
    }
}
