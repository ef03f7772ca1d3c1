//! Former passwords.

use crate::record::record;

record! {
    /// A password that the item had before.
    pub struct PasswordHistory {
        /// The former password.
        password: secret = "password", "Former password";
        /// When it was last used, ISO 8601.
        last_used_date: text = "lastUsedDate", "Last used";
        = password;
    }
}
