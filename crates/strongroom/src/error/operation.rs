//! What a store is asked to do.

use std::fmt;

/// What was asked of a store, a context or a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Operation {
    /// To make a new key or secret.
    Generate,
    /// To derive a key or a hash from a password or another secret.
    Derive,
    /// To encrypt contents.
    Encrypt,
    /// To decrypt contents.
    Decrypt,
    /// To encrypt a key under another.
    Wrap,
    /// To decrypt a wrapped key.
    Unwrap,
    /// To encrypt a key for the holder of a private key.
    Encapsulate,
    /// To open an encapsulated key.
    Decapsulate,
    /// To make an envelope.
    Seal,
    /// To open an envelope.
    Unseal,
    /// To sign.
    Sign,
    /// To check a signature.
    Verify,
    /// To take a key over from other software.
    Import,
    /// To hand a key or a secret out.
    Expose,
    /// To tell what is public of a key, or whether two are the same.
    Inspect,
    /// To run a function of the program's own.
    Extend,
    /// To take a password or another secret into secret memory.
    ReadSecret,
    /// To look a named key up.
    Find,
    /// To give a key a name.
    Insert,
    /// To remove a named key.
    Remove,
    /// To commit a transaction.
    Commit,
}

impl Operation {
    /// Returns what it is that opens something in this operation.
    pub(super) fn opener(self) -> &'static str {
        match self {
            Self::Unseal => "password, secret or key",
            _ => "key",
        }
    }

    /// Returns what this operation reads from or writes to.
    pub(super) fn streamed(self) -> &'static str {
        match self {
            Self::Encrypt | Self::Decrypt => "the body",
            Self::ReadSecret => "the secret",
            _ => "the input or output",
        }
    }

    /// Returns whether this operation opens wrapped keys.
    pub(super) fn opens_keys(self) -> bool {
        matches!(self, Self::Unwrap | Self::Decapsulate)
    }

    /// Returns what this operation opens.
    pub(super) fn opened(self) -> &'static str {
        match self {
            _ if self.opens_keys() => "the wrapped key",
            Self::Unseal => "the envelope",
            _ => "the encrypted text",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Generate => "generate",
            Self::Derive => "derive",
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Wrap => "wrap",
            Self::Unwrap => "unwrap",
            Self::Encapsulate => "encapsulate",
            Self::Decapsulate => "decapsulate",
            Self::Seal => "seal",
            Self::Unseal => "unseal",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Import => "import",
            Self::Expose => "expose",
            Self::Inspect => "inspect",
            Self::Extend => "extend",
            Self::ReadSecret => "read a secret",
            Self::Find => "find",
            Self::Insert => "insert",
            Self::Remove => "remove",
            Self::Commit => "commit",
        })
    }
}
