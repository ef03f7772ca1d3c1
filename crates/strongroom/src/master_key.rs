//! A master key by reference.

use std::fmt;

use crate::operation::MasterBox;

/// The 32 bytes that a password-to-key function gave, before they are stretched. By reference: nobody sees them.
///
/// It is what a password turns into, once, with all the work that takes; then it unlocks the account
/// ([`Context::stretch`](crate::Context::stretch)) and proves the password to the server
/// ([`Context::authentication_hash`](crate::Context::authentication_hash)). It encrypts nothing itself. Made by
/// [`Context::derive_master_key`](crate::Context::derive_master_key); erased when dropped. The store's lock does not reach
/// it, as it does not reach the password.
pub struct MasterKey {
    key: MasterBox,
}

impl MasterKey {
    pub(crate) fn new(key: MasterBox) -> Self {
        Self { key }
    }

    pub(crate) fn key(&self) -> &MasterBox {
        &self.key
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}
