//! What an operation reserves.

/// Whether frames may be as large as without optimisation.
pub(super) const LARGE_FRAMES: bool = cfg!(any(debug_assertions, unoptimised));

/// What an operation reserves on entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    /// Bytes of stack. So much is looked at on exit, and what was used is wiped (1 KiB in any case), so a small operation
    /// says a small number; an operation that goes deeper than it said is noticed and costs a wipe of the whole, and so much
    /// more is looked at from then on. 64 KiB are there in any workspace that is not of a tight limit on locked memory, up
    /// to 320 KiB in one that is made for operations that ask for so much; more, or what that limit has no room for, is
    /// [`EnterError::NoRoom`](crate::EnterError::NoRoom).
    pub stack: usize,
    /// Bytes of heap, 32 KiB at most; 0 for operations that allocate nothing, as all symmetric ones. More needs the
    /// program's [`SecretAlloc`](crate::process::SecretAlloc). A request that is not met is
    /// [`EnterError::NoHeap`](crate::EnterError::NoHeap); an operation that allocates more than it asked for may end the process.
    pub heap: usize,
}

impl Room {
    /// For operations on fields with prepared keys: 2.8 KiB deep in release builds, 16 KiB in builds without
    /// optimisation.
    pub const FIELD: Self = Self::stack(3072, 24 << 10);

    /// For operations with large temporaries: Argon2id goes 14 KiB deep in release builds, decryption of many blocks at
    /// once 9.
    pub const LARGE: Self = Self::stack(20 << 10, 28 << 10);

    /// So many bytes of stack and no heap: what an operation takes where the compiler optimises, and what it takes where it
    /// does not, which is several times as much. The second is reserved in builds with debug assertions, too.
    #[must_use]
    pub const fn stack(optimised: usize, unoptimised: usize) -> Self {
        Self { stack: if LARGE_FRAMES { unoptimised } else { optimised }, heap: 0 }
    }

    /// The same, and room for a value of type `T` that is made and moved.
    pub(crate) const fn making<T>(self) -> Self {
        Self { stack: self.stack + 3 * size_of::<T>(), ..self }
    }
}
