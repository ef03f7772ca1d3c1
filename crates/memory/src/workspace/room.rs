//! What an operation reserves.

/// Whether frames may be as large as without optimisation.
pub(super) const LARGE_FRAMES: bool = cfg!(any(debug_assertions, unoptimised));

/// What any operation reserves at least where not even libraries are optimised: XChaCha20-Poly1305 goes 48 KiB deep
/// there.
const UNOPTIMISED: usize = 50 << 10;

/// What an operation reserves on entry.
///
/// An operation allocates nothing, because no heap is protected. Operations of ours do not; whether one of a program's
/// own does is counted by [`CountingAlloc`](crate::process::CountingAlloc), in a test of that program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StackBudget {
    /// Bytes of stack. So much is looked at on exit, and what was used is wiped (1 KiB in any case), so a small
    /// operation says a small number; an operation that goes deeper than it said is noticed and costs a wipe of the
    /// whole, and so much more is looked at from then on. 64 KiB are there in any workspace that is not of a tight
    /// limit on locked memory, up to 320 KiB in one that is made for operations that ask for so much; more, or what
    /// that limit has no room for, is [`EnterError::NoRoom`](crate::EnterError::NoRoom).
    pub stack: usize,
    /// Whether the operation takes blocks from the heap: see [`ALLOCATING`](Self::ALLOCATING).
    pub allocates: bool,
}

impl StackBudget {
    /// For operations that allocate. No heap is protected, so such an operation runs in place, which counts as the
    /// level [`Plain`](crate::Protection::Plain), or is refused by
    /// [`EnterError::Allocates`](crate::EnterError::Allocates) where protection in use is demanded.
    pub const ALLOCATING: Self = Self { stack: 0, allocates: true };

    /// For operations on fields with prepared keys: 2.8 KiB deep in release builds, 16 KiB in debug builds, 31
    /// where nothing is optimised.
    pub const FIELD: Self = Self::stack(3072, 24 << 10);

    /// For operations with large temporaries: Argon2id goes 14 KiB deep in release builds, 56 KiB where nothing is
    /// optimised, decryption of many blocks at once 9.
    pub const LARGE: Self = Self::stack(20 << 10, if cfg!(unoptimised) { 72 << 10 } else { 28 << 10 });

    /// So many bytes of stack: what an operation takes where the compiler optimises, and what it takes in a build with
    /// debug assertions, in which libraries are optimised and the program is not: several times as much. Where
    /// libraries are not optimised either (`opt-level = 0` for this crate) at least 50 KiB are reserved.
    #[must_use]
    pub const fn stack(optimised: usize, debug: usize) -> Self {
        let stack = match debug {
            _ if !LARGE_FRAMES => optimised,
            0..UNOPTIMISED if cfg!(unoptimised) => UNOPTIMISED,
            _ => debug,
        };
        Self { stack, allocates: false }
    }

    /// The same, and room for a value of type `T` that is made and moved, as [`SecretBox`](crate::SecretBox) reserves
    /// it.
    #[must_use]
    pub const fn making<T>(self) -> Self {
        Self { stack: self.stack.saturating_add(3 * size_of::<T>()), ..self }
    }
}
