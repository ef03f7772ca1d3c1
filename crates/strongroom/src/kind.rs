//! The kinds of keys. A kind is a type, so that a key of one kind where another is asked for does not compile.

mod sealed {
    pub trait Sealed {}
}

/// A kind of key: what can be done with it. Sealed, because a kind decides what lies in secret memory.
pub trait Kind: sealed::Sealed + Send + Sync + 'static {
    /// The kind's name in messages.
    const NAME: &'static str;
}

/// Keys that encrypt and decrypt contents and wrap other keys. Never constructed: it only marks types.
#[derive(Debug)]
pub enum Symmetric {}

impl sealed::Sealed for Symmetric {}
impl Kind for Symmetric {
    const NAME: &'static str = "symmetric";
}
