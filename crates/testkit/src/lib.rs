//! What the tests of the other crates need and no production code may have: children that may die ([`Victim`], [`fork`]),
//! [`limit`]s and system-call [`filter`]s for them, a kernel that [`charge`]s differently, a count of [`allocations`], a
//! comparison of times ([`timing`]), the kernel's account of an [`area`] of memory, and ways to [`skip`](skip!) aloud.
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
//! The crate names none of the project's others, so that each of them may use it. Linux only; empty elsewhere.
#![cfg(target_os = "linux")]
#![expect(clippy::panic, reason = "a failed expectation of a test kit is a failed test")]

pub mod allocations;
pub mod area;
pub mod charge;
pub mod end;
pub mod filter;
pub mod fork;
pub mod limit;
pub mod outcome;
pub mod page;
mod role;
pub mod secret_memory;
pub mod skip;
pub mod timing;
mod unprivileged;
pub mod victim;

pub use end::End;
pub use limit::Limit;
pub use nix::libc;
pub use outcome::Outcome;
pub use role::is_victim;
pub use victim::Victim;
