//! Keys that rest: sealed under a root key in ordinary memory, prepared again when they are wanted.

use strongroom_memory::{MakeError, MemoryError, SecretBox, SecretMemory, Status, random};

use super::{Boxed, Secret};
use crate::error::broken;
use crate::key::prepared::Prepared;
use crate::key::resting::Resting;
use crate::key::root::{RootKey, TAG};
use crate::kind::Kind;

/// A root key where it lies.
pub(crate) type RootBox = SecretBox<RootKey>;

/// A new root key; `None` if there is no room or there are no random bytes.
pub(crate) fn root(memory: &SecretMemory) -> Option<RootBox> {
    let made: Result<_, MakeError<Status>> = SecretBox::try_make(
        memory,
        |inside, ()| {
            let mut key = [0; 32];
            random::secret(inside, &mut key).map_err(|_| Status(0))?;
            Ok(RootKey::new(key))
        },
        (),
    );
    made.ok()
}

/// A key at rest: ciphertext, in ordinary memory.
pub(crate) struct Rested {
    number: u64,
    tag: [u8; TAG],
    bytes: Box<[u8]>,
}

/// Seals `key`. No two keys under one root have the same `number`. `None` if the operation cannot run.
pub(crate) fn rest<K: Kind>(memory: &SecretMemory, root: &RootBox, key: &Boxed<K>, number: u64) -> Option<Rested> {
    let mut sealed = K::Prepared::ZERO;
    let (len, tag) = memory
        .scope_reserving(
            K::Prepared::ROOM,
            |inside, (root, key, number, out): (&RootBox, &Secret<K>, u64, &mut [u8])| {
                let mut raw = K::Prepared::ZERO;
                let len = key.expose(inside).rest(&mut raw);
                let bytes = raw.as_mut().get_mut(..len)?;
                let tag = root.expose(inside).seal(number, bytes)?;
                out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                Some((len, tag))
            },
            (root, key.secret(), number, sealed.as_mut()),
        )
        .ok()??;
    Some(Rested { number, tag, bytes: sealed.as_ref().get(..len)?.into() })
}

/// Opens a key at rest and prepares it.
pub(crate) fn wake<K: Kind>(memory: &SecretMemory, root: &RootBox, rested: &Rested) -> Result<Boxed<K>, MemoryError> {
    let made: Result<_, MakeError<Status>> = SecretBox::try_make(
        &memory.reserving(K::Prepared::ROOM),
        |inside, (root, number, tag, bytes): (&RootBox, u64, &[u8; TAG], &[u8])| {
            let mut raw = K::Prepared::ZERO;
            let into = raw.as_mut().get_mut(..bytes.len()).ok_or(Status(0))?;
            into.copy_from_slice(bytes);
            root.expose(inside).open(number, tag, into).ok_or(Status(0))?;
            K::Prepared::wake(into).ok_or(Status(0))
        },
        (root, rested.number, &rested.tag, &rested.bytes[..]),
    );
    made.map(Into::into).map_err(|error| match error {
        MakeError::Memory(error) => error,
        // Nothing but a write to our memory by somebody else makes it unreadable.
        MakeError::Failed(_) => broken("a key that rests opens under the root key that sealed it").into(),
    })
}

#[cfg(test)]
mod tests {
    use strongroom_memory::MemoryError;

    use super::{rest, root, wake};
    use crate::kind::Symmetric;
    use crate::vectors::{key, memory, same};

    /// Broken here on purpose: another root key.
    #[test]
    fn a_key_that_does_not_open_is_not_taken_for_a_panic() {
        let memory = memory();
        let (own, other) = (root(&memory).unwrap(), root(&memory).unwrap());
        let key = key(&memory, &[1; 64]);
        let rested = rest::<Symmetric>(&memory, &own, &key, 7).unwrap();
        assert!(same(&memory, &wake::<Symmetric>(&memory, &own, &rested).unwrap(), &key), "the control");
        let invariant = "a key that rests opens under the root key that sealed it";
        assert_eq!(wake::<Symmetric>(&memory, &other, &rested).unwrap_err(), MemoryError::Internal { invariant });
    }
}
