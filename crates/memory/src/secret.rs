//! A secret in a slot: made in place, readable only inside an operation, erased on drop.

#[cfg(unix)]
use crate::error::ReadError;
use crate::error::{MakeError, MemoryError};
use crate::exposed::Exposed;
use crate::fork::Epoch;
use crate::memory::SecretMemory;
use crate::scope::{self, ScopeInput, ScopeOutput, ScopeToken, sealed};
use crate::slots::{LARGEST, SLOT_ALIGN, Slot};
use std::fmt;
use std::marker::PhantomData;
#[cfg(unix)]
use std::os::fd::BorrowedFd;
use subtle::ConstantTimeEq;

mod surroundings;

/// A type whose secret bytes all lie inside the value itself: no `Box`, `Vec` or `String`, whose contents a slot would
/// not hold. Whoever implements it says so; breaking it breaks the secrecy of that type, not memory safety.
///
/// Compilers cannot check it, so it is opt-in and greppable.
///
/// A destructor of the type is not run for what a slot holds: it would read the secret outside of any operation, on an
/// ordinary stack. The slot is erased as a whole instead. So what a destructor would give back does not belong there.
pub trait NoHeap: 'static {}

macro_rules! inline {
    ($($number:ty)*) => { $(impl NoHeap for $number {})* };
}
inline!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 usize bool);
impl<T: NoHeap, const N: usize> NoHeap for [T; N] {}

/// One value of type `T` in a slot of secret memory.
///
/// At most 4,096 bytes, aligned to at most 64, checked when compiling. It has no `Clone`, its `Debug` shows nothing,
/// and it is read by [`expose`](Self::expose) with the token of a running operation.
///
/// ```
/// use strongroom_memory::{Policy, SecretBox, SecretMemory};
///
/// let memory = SecretMemory::open(Policy::best_available())?;
/// let pair = SecretBox::make(&memory, |_inside, seed: u8| [seed, seed + 1], 7)?;
/// let sum = memory.scope(|inside, pair: &SecretBox<[u8; 2]>| pair.expose(inside).iter().sum::<u8>(), &pair)?;
/// assert_eq!(sum, 15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Outside an operation there is no token:
///
/// ```compile_fail,E0061
/// # use strongroom_memory::{Policy, SecretBox, SecretMemory};
/// # let memory = SecretMemory::open(Policy::best_available()).unwrap();
/// # let pair = SecretBox::make(&memory, |_, seed: u8| [seed, seed], 7).unwrap();
/// let stolen = pair.expose();
/// ```
///
/// # Invariants
/// 1. `slot` holds an initialised `T` from the end of `make` until it is dropped, which erases it.
/// 2. `size_of::<T>()` is at most the slot's size, and `align_of::<T>()` at most `SLOT_ALIGN`.
pub struct SecretBox<T> {
    slot: Slot,
    value: PhantomData<T>,
}

impl<T: NoHeap> SecretBox<T> {
    /// Makes the value by running `f` as an operation; it goes straight into the slot.
    ///
    /// # Errors
    /// [`MemoryError`]: no room, a forked child, or `f` panicked.
    pub fn make<I: ScopeInput>(
        memory: &SecretMemory,
        f: fn(&ScopeToken<'_>, I) -> T,
        input: I,
    ) -> Result<Self, MemoryError> {
        let mut place = Place::new(memory)?;
        scope::enter(memory.home().making::<T>(), input, |inside, input| place.fill(f(inside, input)))?;
        place.into_box()
    }

    /// As [`make`](Self::make), by a function that may say no.
    ///
    /// # Errors
    /// [`MakeError::Memory`] as in `make`; [`MakeError::Failed`] with what `f` answered.
    pub fn try_make<I: ScopeInput, E: ScopeOutput>(
        memory: &SecretMemory,
        f: fn(&ScopeToken<'_>, I) -> Result<T, E>,
        input: I,
    ) -> Result<Self, MakeError<E>> {
        let mut place = Place::new(memory)?;
        scope::enter(memory.home().making::<T>(), input, |inside, input| {
            f(inside, input).map(|value| place.fill(value))
        })
        .map_err(MemoryError::from)?
        .map_err(MakeError::Failed)?;
        Ok(place.into_box()?)
    }

    /// The value, while an operation runs.
    #[inline]
    pub fn expose<'a>(&'a self, inside: &'a ScopeToken<'_>) -> &'a Exposed<T> {
        self.slot.must_be_of(inside.epoch());
        // SAFETY: the slot holds an initialised `T` (invariants 1 and 2), is mapped in this process (just checked; Slot
        // 1), and the value is shared while `self` is borrowed.
        Exposed::of(unsafe { self.slot.at().cast::<T>().as_ref() })
    }
}

impl<T> SecretBox<T> {
    pub(crate) fn epoch(&self) -> Epoch {
        self.slot.pool().epoch()
    }
}

impl<T> sealed::ScopeInput for &SecretBox<T> {
    #[inline]
    fn is_of(&self, epoch: Epoch) -> bool {
        self.epoch() == epoch
    }
}

impl sealed::ScopeInput for &ProtectedBytes {
    #[inline]
    fn is_of(&self, epoch: Epoch) -> bool {
        self.epoch() == epoch
    }
}

impl<T> fmt::Debug for SecretBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBox(..)")
    }
}

/// A slot that waits for its value.
///
/// # Invariants
/// 1. If `filled`, the slot holds an initialised `T`.
struct Place<T> {
    slot: Slot,
    filled: bool,
    value: PhantomData<T>,
}

impl<T> Place<T> {
    const FITS: () = assert!(size_of::<T>() <= LARGEST && align_of::<T>() <= SLOT_ALIGN, "too large for a slot");

    fn new(memory: &SecretMemory) -> Result<Self, MemoryError> {
        let () = Self::FITS;
        Ok(Self { slot: memory.pool().take(size_of::<T>())?, filled: false, value: PhantomData })
    }

    /// Called inside: the value goes from the operation's stack to the slot.
    fn fill(&mut self, value: T) {
        // SAFETY: the slot is ours (Slot 1), large enough and aligned (FITS, Slot 2).
        unsafe { self.slot.at().cast::<T>().write(value) };
        self.filled = true;
    }

    fn into_box(self) -> Result<SecretBox<T>, MemoryError> {
        // An operation that did not fill its place did not return; `enter` has said so before.
        if self.filled { Ok(SecretBox { slot: self.slot, value: PhantomData }) } else { Err(UNFILLED) }
    }
}

const UNFILLED: MemoryError = MemoryError::Internal { invariant: "an operation that returned has filled its place" };

/// Also where the slot is another process's: the pool has refused that before.
const SHORT_SLOT: MemoryError = MemoryError::Internal { invariant: "a slot is at least as long as what was asked for" };

/// Bytes of a length that is known only when they come: a password, a salt that is secret.
///
/// At most [`ProtectedBytes::MAX`] bytes. Like [`SecretBox`] otherwise.
///
/// ```
/// use strongroom_memory::{Policy, ProtectedBytes, SecretMemory};
///
/// let memory = SecretMemory::open(Policy::best_available())?;
/// let word = ProtectedBytes::copy_from(&memory, b"open sesame")?;
/// let first = memory.scope(|inside, word: &ProtectedBytes| word.expose(inside).first().copied(), &word)?;
/// assert_eq!(first, Some(b'o'));
/// assert_eq!(format!("{word:?}"), "ProtectedBytes(..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Invariants
/// 1. `len` is at most the slot's size. Every byte of a slot is initialised.
pub struct ProtectedBytes {
    slot: Slot,
    len: usize,
}

impl ProtectedBytes {
    /// The most bytes it holds: one less than the largest slot, so that a reader notices the byte too many.
    pub const MAX: usize = LARGEST - 1;

    /// Copies bytes into a slot. The caller's copy stays the caller's business.
    ///
    /// # Errors
    /// [`MemoryError::TooLarge`] over [`MAX`](Self::MAX) bytes; no room; a forked child.
    pub fn copy_from(memory: &SecretMemory, bytes: &[u8]) -> Result<Self, MemoryError> {
        if bytes.len() > Self::MAX {
            return Err(MemoryError::TooLarge { asked: bytes.len(), most: Self::MAX });
        }
        let mut secret = Self { slot: memory.pool().take(bytes.len())?, len: bytes.len() };
        secret.room().get_mut(..bytes.len()).ok_or(SHORT_SLOT)?.copy_from_slice(bytes);
        Ok(secret)
    }

    /// Makes bytes by running `f` as an operation, straight in the slot: it is given `most` of them and says how many
    /// it has written, from the first on.
    ///
    /// ```
    /// use strongroom_memory::{MakeError, Policy, ProtectedBytes, SecretMemory, Status};
    ///
    /// let memory = SecretMemory::open(Policy::best_available())?;
    /// let word = ProtectedBytes::copy_from(&memory, b"open sesame")?;
    /// let first: Result<_, MakeError<Status>> = ProtectedBytes::try_make(
    ///     &memory,
    ///     16,
    ///     |inside, word: &ProtectedBytes, out| {
    ///         let first = word.expose(inside).split(|byte| *byte == b' ').next().ok_or(Status(0))?;
    ///         out.get_mut(..first.len()).ok_or(Status(1))?.copy_from_slice(first);
    ///         Ok(first.len())
    ///     },
    ///     &word,
    /// );
    /// assert_eq!(first.unwrap().len(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`MakeError::Memory`]: [`MemoryError::TooLarge`] if `most` is over [`MAX`](Self::MAX), or if `f` says that it
    /// has written more than `most`; no room, a forked child, or `f` panicked; [`MakeError::Failed`] with what `f`
    /// answered.
    pub fn try_make<I: ScopeInput, E: ScopeOutput>(
        memory: &SecretMemory,
        most: usize,
        f: fn(&ScopeToken<'_>, I, &mut [u8]) -> Result<usize, E>,
        input: I,
    ) -> Result<Self, MakeError<E>> {
        if most > Self::MAX {
            return Err(MemoryError::TooLarge { asked: most, most: Self::MAX }.into());
        }
        let mut secret = Self { slot: memory.pool().take(most)?, len: 0 };
        let room = secret.room().get_mut(..most).ok_or(SHORT_SLOT)?;
        let len = scope::enter(memory.home(), input, |inside, input| f(inside, input, room))
            .map_err(MemoryError::from)?
            .map_err(MakeError::Failed)?;
        if len > most {
            return Err(MemoryError::TooLarge { asked: len, most }.into());
        }
        secret.len = len;
        Ok(secret)
    }

    /// Reads a descriptor to its end, straight into the slot: no buffer in ordinary memory.
    ///
    /// # Errors
    /// [`ReadError`]: more than [`MAX`](Self::MAX) bytes (what was read is erased), a failed `read(2)`, no room.
    #[cfg(unix)]
    pub fn read_to_end(memory: &SecretMemory, from: BorrowedFd<'_>) -> Result<Self, ReadError> {
        let mut secret = Self { slot: memory.pool().take(LARGEST)?, len: 0 };
        loop {
            let got = secret.read_more(from, LARGEST)?;
            if got == 0 {
                return Ok(secret);
            }
        }
    }

    /// Reads a descriptor up to the first newline, which is taken and not kept, or its end; straight into the slot. Not
    /// one byte after the newline is taken.
    ///
    /// # Errors
    /// As [`read_to_end`](Self::read_to_end).
    #[cfg(unix)]
    pub fn read_line(memory: &SecretMemory, from: BorrowedFd<'_>) -> Result<Self, ReadError> {
        let mut secret = Self { slot: memory.pool().take(LARGEST)?, len: 0 };
        loop {
            let got = secret.read_more(from, 1)?;
            if got == 0 {
                return Ok(secret);
            }
            if secret.bytes().last() == Some(&b'\n') {
                secret.shorten(1);
                return Ok(secret);
            }
        }
    }

    /// One `read(2)` of at most `most` bytes behind what is there.
    #[cfg(unix)]
    fn read_more(&mut self, from: BorrowedFd<'_>, most: usize) -> Result<usize, ReadError> {
        let end = self.len.saturating_add(most).min(LARGEST);
        let start = self.len;
        let free = self.room().get_mut(start..end).ok_or(SHORT_SLOT)?;
        let got = crate::sys::read_descriptor(from, free)?;
        self.len += got;
        if self.len > Self::MAX { Err(ReadError::TooLong { most: Self::MAX }) } else { Ok(got) }
    }

    /// Takes one `"\n"` or `"\r\n"` off the end, if there is one.
    pub fn strip_trailing_newline(&mut self) {
        let extra = match self.bytes() {
            [.., b'\r', b'\n'] => 2,
            [.., b'\n'] => 1,
            _ => 0,
        };
        self.shorten(extra);
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes, while an operation runs.
    #[inline]
    pub fn expose<'a>(&'a self, inside: &'a ScopeToken<'_>) -> &'a Exposed<[u8]> {
        self.slot.must_be_of(inside.epoch());
        Exposed::of(self.bytes())
    }

    /// Whether two secrets are the same, in a time that depends on their lengths alone.
    #[must_use]
    pub fn equals(&self, other: &Self, inside: &ScopeToken<'_>) -> bool {
        self.expose(inside).ct_eq(other.expose(inside)).into()
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.slot.pool().epoch()
    }

    /// Cuts `extra` bytes off the end and erases them.
    fn shorten(&mut self, extra: usize) {
        let len = self.len.saturating_sub(extra);
        self.room().iter_mut().skip(len).take(extra).for_each(|byte| *byte = 0);
        self.len = len;
    }

    fn bytes(&self) -> &[u8] {
        if !self.slot.is_here() {
            return &[];
        }
        // SAFETY: the bytes are initialised and in the slot (invariant 1), which is mapped in this process (just
        // checked; Slot 1); they are shared while `self` is borrowed.
        unsafe { std::slice::from_raw_parts(self.slot.at().as_ptr(), self.len) }
    }

    fn room(&mut self) -> &mut [u8] {
        if !self.slot.is_here() {
            return &mut [];
        }
        // SAFETY: the whole slot is initialised (invariant 1), mapped in this process (just checked; Slot 1), and
        // borrowed mutably with `self`.
        unsafe { std::slice::from_raw_parts_mut(self.slot.at().as_ptr(), self.slot.size()) }
    }
}

impl fmt::Debug for ProtectedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProtectedBytes(..)")
    }
}

impl<T: NoHeap + AsRef<[u8]>> SecretBox<T> {
    /// Whether two secrets are the same, in a time that depends on their lengths alone.
    #[must_use]
    pub fn equals(&self, other: &Self, inside: &ScopeToken<'_>) -> bool {
        self.expose(inside).as_ref().ct_eq(other.expose(inside).as_ref()).into()
    }
}

#[cfg(test)]
mod tests;
