//! A master key by reference.

use std::fmt;

use crate::operation::MasterBox;

/// The 32 bytes that a password-to-key function gave, before they are stretched. By reference: nobody sees them.
///
/// It is what a password turns into, once, with all the work that takes; then it unlocks the account
/// ([`stretch`](crate::master_keys::MasterKeys::stretch)) and proves the password to the server
/// ([`authentication_hash`](crate::master_keys::MasterKeys::authentication_hash)). It encrypts nothing itself. Made by
/// [`derive_master_key`](crate::master_keys::MasterKeys::derive_master_key); erased when dropped. The store's lock does
/// not reach it, as it does not reach the password.
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
