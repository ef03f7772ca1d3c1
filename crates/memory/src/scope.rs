//! Where secrets may be read: a plain function, given the token [`ScopeToken`].
//!
//! An operation is a *plain function*: it captures nothing, so everything it sees comes in through its input and
//! everything it leaves goes out through its output, and the types of both are sealed. In come references to secrets,
//! slices of the caller's and plain numbers ([`ScopeInput`]); out go numbers, `bool` and byte arrays ([`ScopeOutput`]):
//! nothing on the heap, and nothing with padding, which would carry bytes of the operation's stack with it.
//!
//! The operation runs in a workspace: its stack lies in memory of the level that [`crate::ProtectionLevels::in_use`]
//! says, is wiped afterwards, and registers are scrubbed. Where that cannot be had it runs in place, on the caller's
//! stack, and the level says `plain`.

use crate::error::EnterError;
use crate::fork::Epoch;
pub(crate) use crate::pass::sealed;
pub use crate::pass::{PublicInput, ScopeInput, ScopeOutput, Status};
use crate::switch::Body;
pub use crate::workspace::StackBudget;
use crate::workspace::{self, Workspaces};
use std::any::Any;
use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use zeroize::Zeroize;

/// The token that an operation holds and nobody else: with it a secret can be read.
///
/// It cannot be made, cloned, sent to another thread or kept.
pub struct ScopeToken<'s> {
    epoch: Epoch,
    /// Invariant in `'s`.
    brand: PhantomData<fn(&'s ()) -> &'s ()>,
    /// Neither `Send` nor `Sync`.
    thread: PhantomData<*const ()>,
}

impl ScopeToken<'_> {
    /// The process that the operation runs in.
    #[inline]
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }
}

/// A plain function, for an operation that runs it: the address of code, which captures nothing.
impl<A, B, O> sealed::ScopeInput for fn(&ScopeToken<'_>, A, B) -> O {}

impl std::fmt::Debug for ScopeToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScopeToken")
    }
}

/// Where operations run, and for whom.
#[derive(Clone, Copy)]
pub(crate) struct Home<'h> {
    /// The process whose secrets they see.
    pub(crate) epoch: Epoch,
    /// Workspaces to run in; `None` runs them in place.
    pub(crate) workspaces: Option<&'h Workspaces>,
    /// What they reserve.
    pub(crate) room: StackBudget,
    /// Whether the caller demanded protection in use.
    pub(crate) demanded: bool,
}

impl Home<'_> {
    /// The same, with room for a value of type `T` that is made.
    #[inline]
    pub(crate) fn making<T>(self) -> Self {
        Self { room: self.room.making::<T>(), ..self }
    }
}

/// Runs `operation` at `home`. The one place where a token is made.
#[inline(always)]
pub(crate) fn enter<I: ScopeInput, O: ScopeOutput>(
    home: Home<'_>,
    input: I,
    operation: impl FnOnce(&ScopeToken<'_>, I) -> O,
) -> Result<O, EnterError> {
    let epoch = Epoch::current();
    if epoch != home.epoch || !input.is_of(epoch) {
        return Err(EnterError::ForkedChild);
    }
    if home.room.allocates && home.demanded {
        return Err(EnterError::Allocates);
    }
    let mut frame = Frame { call: Some((operation, input)), epoch, parts: O::nothing(), end: End::Unbegun };
    // What never has room in a workspace runs in place, as the report says, unless the caller demanded protection in
    // use.
    let has_room = |workspaces: &Workspaces| home.demanded || workspaces.check(home.room).is_ok();
    match home.workspaces {
        Some(workspaces) if !workspace::is_nested(workspaces, home.room)? && has_room(workspaces) => {
            let body = body_of(&frame);
            // SAFETY: `body` was made for this type of frame; it catches every panic, and what it writes to the frame
            // are numbers and bytes (`ScopeOutput`), no addresses.
            unsafe { workspace::run(workspaces, home.room, (&raw mut frame).cast(), body)? };
        }
        // In place: no workspace for it, or it is in one already.
        _ => {
            let outer = IN_PLACE.replace(true);
            frame.run();
            IN_PLACE.set(outer);
        }
    }
    match frame.end {
        End::Returned => Ok(O::take(frame.parts)),
        End::Panicked => Err(EnterError::Panicked),
        End::Unbegun => Err(EnterError::Internal { invariant: "a workspace runs the operation that it is taken for" }),
    }
}

thread_local! {
    /// True while this thread runs an operation in place.
    static IN_PLACE: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether this thread runs an operation, in a workspace or in place.
#[inline]
pub(crate) fn is_inside() -> bool {
    IN_PLACE.get() || workspace::is_inside()
}

/// How an operation ended.
enum End {
    Unbegun,
    Returned,
    Panicked,
}

/// The call: it lies on the caller's stack, in ordinary memory, and nothing secret is written to it.
struct Frame<F, I, O: ScopeOutput> {
    call: Option<(F, I)>,
    epoch: Epoch,
    parts: O::Parts,
    end: End,
}

impl<I: ScopeInput, O: ScopeOutput, F: FnOnce(&ScopeToken<'_>, I) -> O> Frame<F, I, O> {
    #[inline]
    fn run(&mut self) {
        let Some((operation, input)) = self.call.take() else { return };
        let inside = ScopeToken { epoch: self.epoch, brand: PhantomData, thread: PhantomData };
        let parts = &mut self.parts;
        // What the operation holds is dropped by the unwinding; what it was lent is bytes, of which any state is valid.
        let result = catch_unwind(AssertUnwindSafe(|| operation(&inside, input).put(parts)));
        self.end = match result {
            Ok(()) => End::Returned,
            Err(payload) => {
                discard(payload);
                End::Panicked
            }
        };
    }
}

/// The function that runs a frame of this type on another stack.
fn body_of<I: ScopeInput, O: ScopeOutput, F: FnOnce(&ScopeToken<'_>, I) -> O>(_: &Frame<F, I, O>) -> Body {
    unsafe extern "C" fn body<I: ScopeInput, O: ScopeOutput, F: FnOnce(&ScopeToken<'_>, I) -> O>(frame: *mut u8) {
        // SAFETY: `enter` hands over its frame, of this very type, and does not touch it meanwhile.
        unsafe { &mut *frame.cast::<Frame<F, I, O>>() }.run();
    }
    body::<I, O, F>
}

/// A payload may quote a secret, so it goes no further: its text is erased, and what it holds is dropped, here inside.
fn discard(payload: Box<dyn Any + Send>) {
    let drop_it = |payload: Box<dyn Any + Send>| {
        catch_unwind(AssertUnwindSafe(|| match payload.downcast::<String>() {
            Ok(mut text) => text.zeroize(),
            Err(other) => drop(other),
        }))
    };
    // A type of the program's own may panic when it is dropped. If the payload of that does so too, its payload is left
    // alone: there need not be an end to it.
    if let Err(second) = drop_it(payload)
        && let Err(third) = drop_it(second)
    {
        let _ = Box::into_raw(third);
    }
}
