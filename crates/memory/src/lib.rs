//! Secret memory for keys.
//!
//! Programs that hold keys for hours hold them on the ordinary heap, where a core dump, a debugger, root with
//! `/proc/PID/mem` or the swap device finds them. This crate keeps them in memory that is out of reach of these: on
//! Linux in pages of `memfd_secret(2)`, elsewhere in locked pages; and it says which, after a look.
//!
//! ```
//! use strongroom_memory::{Policy, ProtectedBytes, ScopeToken, SecretMemory};
//!
//! /// Counts the words of a passphrase. Inside, it is a slice.
//! fn words(inside: &ScopeToken<'_>, passphrase: &ProtectedBytes) -> usize {
//!     passphrase.expose(inside).split(|byte| *byte == b' ').count()
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let memory = SecretMemory::open(Policy::best_available())?;
//! println!("{}", memory.protection()); // at rest and in use, as verified
//! let passphrase = ProtectedBytes::copy_from(&memory, b"correct horse")?; // better read from a descriptor
//! let words = memory.scope(words, &passphrase)?; // on a stack of the same memory, wiped afterwards
//! drop(passphrase); // erased
//! assert_eq!(words, 2);
//! # Ok(())
//! # }
//! ```
//!
//! - [`SecretMemory`] is the handle: opened with a [`Policy`], it grants a verified level ([`ProtectionLevels`]) or
//!   says what refused.
//! - [`SecretBox`] and [`ProtectedBytes`] own a slot in it. They are made in place and erased on drop.
//! - They can be read only inside an operation, a plain function run by [`SecretMemory::scope`], which holds the token
//!   [`ScopeToken`].
//! - [`Report`] says what was verified and what the machine around adds or takes away.
//!
//! It knows bytes, not cryptography. All `unsafe` of the project is here.
//!
//! Operations run on a stack of the same memory, which is wiped when they end, on Linux on x86-64 and aarch64.
//! Elsewhere they run in place: keys are then protected at rest and not in use, and [`ProtectionLevels`] says so.

#[cfg(unix)]
mod alternate;
mod error;
mod evidence;
mod exposed;
mod fork;
mod mapping;
mod memory;
mod pass;
pub mod process;
mod protection;
pub mod random;
mod refusal;
pub mod report;
pub mod scope;
mod scratch;
mod secret;
#[cfg(unix)]
mod signal_memory;
mod slots;
mod spare;
mod switch;
mod sys;
mod workers;
mod workspace;

pub use error::{EnterError, MakeError, MemoryError, OpenError, RandomError, ReadError};
pub use exposed::Exposed;
pub use memory::{SecretMemory, Usage};
pub use protection::{Demand, Policy, Protection, ProtectionLevels};
pub use refusal::{Call, Refusal};
pub use report::Report;
pub use scope::{PublicInput, ScopeInput, ScopeOutput, ScopeToken, StackBudget, Status};
pub use scratch::Scratch;
pub use secret::{NoHeap, ProtectedBytes, SecretBox};
pub use workers::{WorkerStacks, Working};

use std::panic::{RefUnwindSafe, UnwindSafe};

/// What threads may share, and what may be used after a panic: by auto traits, from the few types below that prove it.
const _: () = {
    const fn shared<T: Send + Sync + UnwindSafe + RefUnwindSafe>() {}
    shared::<SecretMemory>();
    shared::<SecretBox<u8>>();
    shared::<ProtectedBytes>();
    shared::<Scratch<u8>>();
    shared::<WorkerStacks<'_>>();
};
