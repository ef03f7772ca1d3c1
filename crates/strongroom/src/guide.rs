//! The guide: how the store is meant, what it rests on, and how to come to it from other code.
//!
//! - [`model`]: names, snapshots, contexts, transactions and lock, with a picture; why keys lie in slots.
//! - [`secret_memory`]: when the system refuses secret memory, and what happens then; limits, containers, hibernation.
//! - [`migrating`]: from `secrecy` and `zeroize`, before and after.
//!
//! The stories that go with it are programs: `hold_and_use`, `share`, `rotate`, `async_unlock` and `bring_your_own`, in
//! the directory `examples` of this crate, and `account` in that of `strongroom-account`, for accounts in Bitwarden's
//! formats. `cargo run -p strongroom --example hold_and_use` runs the first.

#[doc = include_str!("../docs/model.md")]
///
/// # See
/// [`KeyStore`](crate::KeyStore), [`Context`](crate::Context), [`Transaction`](crate::Transaction),
/// [`Key`](crate::Key), [`key_ids!`](crate::key_ids),
/// [`Error`](crate::Error), [`ErrorKind`](crate::ErrorKind), [`hazmat`](crate::hazmat).
pub mod model {}

#[doc = include_str!("../docs/secret-memory.md")]
///
/// # See
/// [`Policy`](crate::Policy), [`Demand`](crate::Demand), [`Protection`](crate::Protection),
/// [`OpenError`](crate::errors::OpenError), [`MemoryError`](crate::errors::MemoryError),
/// [`Refusal`](crate::errors::Refusal), [`KeyStore::report`](crate::KeyStore::report),
/// [`KeyStore::lock`](crate::KeyStore::lock).
pub mod secret_memory {}

#[doc = include_str!("../docs/migrating.md")]
///
/// # See
/// [`hazmat`](crate::hazmat), [`KeyStore::read_secret`](crate::KeyStore::read_secret),
/// [`ProtectedBytes`](crate::ProtectedBytes), [`SecretBox`](strongroom_memory::SecretBox),
/// [`SecretMemory::scope`](strongroom_memory::SecretMemory::scope).
pub mod migrating {}
