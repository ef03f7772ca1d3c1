//! What the tests of the other crates need and no production code may have: children that may die ([`Victim`],
//! [`fork`]), [`limit`]s and system-call [`filter`]s for them, a kernel that [`charge`]s differently, threads that
//! [`stall`], all [`orders`](orders()) of a few things, a count of [`allocations`], a comparison of times ([`timing`]),
//! the kernel's account of an [`area`] of memory, a [`storm`] of signals, and ways to [`skip`](skip!) aloud.
//!
//! ```no_run
//! use strongroom_testkit::{filter, libc, victim};
//!
//! # #[allow(clippy::test_attr_in_doctest, reason = "shows where a victim stands")]
//! #[test]
//! fn a_missing_call_is_named() {
//!     let outcome = victim!().unprivileged().run(|| {
//!         filter::deny_syscall(libc::SYS_memfd_secret, libc::ENOSYS);
//!         // ... the code under test; a panic here ends the victim with exit code 101.
//!     });
//!     outcome.assert_exit(0);
//! }
//! ```
//!
//! The crate names none of the project's others, so that each of them may use it. Elsewhere than on Linux it is
//! [`allocations`] and [`skip!`] alone.
#![expect(clippy::panic, reason = "a failed expectation of a test kit is a failed test")]

pub mod allocations;
#[cfg(target_os = "linux")]
pub mod area;
#[cfg(target_os = "linux")]
pub mod charge;
#[cfg(target_os = "linux")]
pub mod end;
#[cfg(target_os = "linux")]
pub mod filter;
#[cfg(target_os = "linux")]
pub mod fork;
#[cfg(target_os = "linux")]
pub mod limit;
pub mod orders;
#[cfg(target_os = "linux")]
pub mod outcome;
#[cfg(target_os = "linux")]
pub mod page;
#[cfg(target_os = "linux")]
mod role;
#[cfg(target_os = "linux")]
pub mod secret_memory;
pub mod skip;
#[cfg(target_os = "linux")]
pub mod stall;
#[cfg(target_os = "linux")]
pub mod storm;
pub mod test_path;
#[cfg(target_os = "linux")]
pub mod timing;
#[cfg(target_os = "linux")]
mod unprivileged;
#[cfg(target_os = "linux")]
pub mod victim;

#[cfg(target_os = "linux")]
pub use end::End;
#[cfg(target_os = "linux")]
pub use limit::Limit;
#[cfg(target_os = "linux")]
pub use nix::libc;
pub use orders::orders;
#[cfg(target_os = "linux")]
pub use outcome::Outcome;
#[cfg(target_os = "linux")]
pub use role::{is_victim, make_victim};
#[cfg(target_os = "linux")]
pub use victim::Victim;
