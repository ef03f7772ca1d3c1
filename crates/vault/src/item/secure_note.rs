//! Secure notes.

use crate::{code::code, record::record};

record! {
    /// A secure note (item type 2). The text is in the item's notes.
    pub struct SecureNote {
        /// The kind of note.
        r#type: code(SecureNoteType) = "type";
    }
}

code! {
    /// The kind of a secure note.
    pub enum SecureNoteType {
        /// Plain text, the only kind so far.
        Generic = 0, "generic";
    }
}
