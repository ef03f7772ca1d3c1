//! Keys that rest: sealed under a root key in ordinary memory, prepared again when they are wanted.

use strongroom_memory::{MakeError, MemoryError, SecretBox, SecretMemory, Status, random};

use crate::error::broken;
use crate::key::prepared::Prepared;
use crate::key::root::{RootKey, TAG};

/// A root key where it lies.
pub(crate) type RootBox = SecretBox<RootKey>;

impl std::fmt::Debug for Rested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rested(..)")
    }
}

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
pub struct Rested {
    number: u64,
    tag: [u8; TAG],
    bytes: Box<[u8]>,
}

/// Seals `key`. No two keys under one root have the same `number`. `None` if the operation cannot run.
pub(super) fn rest_key<P: Prepared>(
    memory: &SecretMemory,
    root: &RootBox,
    key: &SecretBox<P>,
    number: u64,
) -> Option<Rested> {
    let mut sealed = P::ZERO;
    let (len, tag) = memory
        .scope_reserving(
            P::ROOM,
            |inside, (root, key, number, out): (&RootBox, &SecretBox<P>, u64, &mut [u8])| {
                let mut raw = P::ZERO;
                let len = key.expose(inside).rest(&mut raw);
                let bytes = raw.as_mut().get_mut(..len)?;
                let tag = root.expose(inside).seal(number, bytes)?;
                out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                Some((len, tag))
            },
            (root, key, number, sealed.as_mut()),
        )
        .ok()??;
    Some(Rested { number, tag, bytes: sealed.as_ref().get(..len)?.into() })
}

/// Opens a key at rest and prepares it.
pub(super) fn wake_key<P: Prepared>(
    memory: &SecretMemory,
    root: &RootBox,
    rested: &Rested,
) -> Result<SecretBox<P>, MemoryError> {
    let made: Result<_, MakeError<Status>> = SecretBox::try_make(
        &memory.reserving(P::ROOM),
        |inside, (root, number, tag, bytes): (&RootBox, u64, &[u8; TAG], &[u8])| {
            let mut raw = P::ZERO;
            let into = raw.as_mut().get_mut(..bytes.len()).ok_or(Status(0))?;
            into.copy_from_slice(bytes);
            root.expose(inside).open(number, tag, into).ok_or(Status(0))?;
            P::wake(into).ok_or(Status(0))
        },
        (root, rested.number, &rested.tag, &rested.bytes[..]),
    );
    made.map_err(|error| match error {
        MakeError::Memory(error) => error,
        // Nothing but a write to our memory by somebody else makes it unreadable.
        MakeError::Failed(_) => broken("a key that rests opens under the root key that sealed it").into(),
    })
}
