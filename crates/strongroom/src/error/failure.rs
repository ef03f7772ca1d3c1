//! The error of a store: what went wrong, where it went wrong, and what the caller can do.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::io;
use std::sync::Arc;

use strongroom_memory::{OpenError, Refusal, Status};

use super::key::NotPermitted;
use super::limit::Limit;
use super::malformed::Malformed;
use super::message::VerifyError;
use super::operation::Operation;
use super::unsupported::Unsupported;
use super::wrong_key::WrongKey;

/// Says why a call of a store, a context or a transaction failed.
///
/// [`kind`](Self::kind) says what the caller can do. [`operation`](Self::operation) and [`key`](Self::key) say where it
/// happened. Errors of parsers convert into it, so that `?` works beside them.
///
/// ```
/// use strongroom::{Error, ErrorKind, KeyStore};
/// # strongroom::key_ids! { enum Keys; symmetric Key { Notes } }
///
/// let store = KeyStore::<Keys>::open()?;
/// let error = store.context(|ctx| ctx.encrypt_text(ctx.key(Key::Notes)?, "milk")).unwrap_err();
/// match error.kind() {
///     ErrorKind::Locked => println!("ask for the password"),
///     ErrorKind::UnknownKey => assert_eq!(error.key(), Some("Notes")),
///     _ => return Err(error),
/// }
/// assert_eq!(error.to_string(), "the store holds no key Notes (find)");
/// # Ok::<_, Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    /// Boxed, as results are handed from call to call.
    at: Box<Place>,
}

/// What went wrong, and where.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    kind: ErrorKind,
    operation: Option<Operation>,
    key: Option<String>,
}

impl Error {
    /// Returns what went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.at.kind
    }

    /// Returns what went wrong, by value.
    #[must_use]
    pub fn into_kind(self) -> ErrorKind {
        self.at.kind
    }

    /// Returns an error of the same operation and key, with another kind. A program uses it for functions of its own,
    /// whose [status](ErrorKind::Function) means an error.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.at.kind = kind;
        self
    }

    /// Returns the operation that was asked for. For an item of a list it is the operation of that item. It returns
    /// `None` if no operation of a store failed, but a parser or the memory.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        self.place().operation
    }

    /// Returns the name of the key that the operation was to use, as the name's `Debug` shows it. For an item of a list
    /// it is the key of that item. It returns `None` for local keys, which have no name, and where there is no key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.place().key.as_deref()
    }

    /// Returns where it happened.
    fn place(&self) -> &Place {
        match &self.at.kind {
            ErrorKind::Item { error, .. } => error.place(),
            _ => &self.at,
        }
    }

    /// Returns an error of an operation.
    #[cold]
    pub(crate) fn of(operation: Operation, kind: impl Into<ErrorKind>) -> Self {
        Self { at: Box::new(Place { kind: kind.into(), operation: Some(operation), key: None }) }
    }

    /// Returns an error of an operation with a key.
    #[cold]
    pub(crate) fn with(operation: Operation, key: &dyn fmt::Debug, kind: impl Into<ErrorKind>) -> Self {
        Self { at: Box::new(Place { kind: kind.into(), operation: Some(operation), key: shown(key) }) }
    }
}

thread_local! {
    /// Whether this thread shows a name.
    static SHOWING: Cell<bool> = const { Cell::new(false) };
}

/// Returns a name as its `Debug` shows it. Returns `None` inside such a `Debug`, which is the caller's code and may
/// fail on a store itself: it would come back here without end.
fn shown(key: &dyn fmt::Debug) -> Option<String> {
    struct Showing;
    impl Drop for Showing {
        fn drop(&mut self) {
            SHOWING.set(false);
        }
    }
    if SHOWING.replace(true) {
        return None;
    }
    let _showing = Showing;
    let mut shown = String::new();
    // A name that fails to show itself is shown as far as it came.
    let _ = write!(shown, "{key:?}");
    Some(shown)
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { at: Box::new(Place { kind, operation: None, key: None }) }
    }
}

impl PartialEq<ErrorKind> for Error {
    fn eq(&self, kind: &ErrorKind) -> bool {
        self.kind() == kind
    }
}

/// Shows what went wrong, and behind it, in parentheses, the operation and the key.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { kind, operation, key } = &*self.at;
        // A key that the message names already is not named again.
        let mut named = None;
        match (kind, key) {
            (ErrorKind::UnknownKey, Some(key)) => write!(f, "the store holds no key {key}")?,
            (ErrorKind::NameTaken, Some(key)) => write!(f, "the store holds a key {key} already")?,
            (ErrorKind::Conflict, Some(key)) => write!(f, "another transaction has changed the key {key} meanwhile")?,
            (ErrorKind::WrongKey(WrongKey::OrChanged), key) => {
                named = key.as_deref();
                let opened = operation.map_or("what it should open", Operation::opened);
                write!(f, "wrong {}, or {opened} was changed", operation.map_or("key", Operation::opener))?;
            }
            (ErrorKind::Unsupported(Unsupported::Type(found)), key) if operation.is_some_and(Operation::opens_keys) => {
                named = key.as_deref();
                write!(f, "keys wrapped as {found} cannot be opened")?;
            }
            (ErrorKind::Read(_) | ErrorKind::Write(_), key) => {
                named = key.as_deref();
                write!(f, "{} {kind}", operation.map_or("the input or output", Operation::streamed))?;
            }
            (_, key) => {
                named = key.as_deref();
                write!(f, "{kind}")?;
            }
        }
        match (operation, named) {
            (Some(operation), Some(key)) => write!(f, " ({operation}, key {key})"),
            (Some(operation), None) => write!(f, " ({operation})"),
            (None, _) => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { kind, operation, key } = &*self.at;
        f.debug_struct("Error").field("kind", kind).field("operation", operation).field("key", key).finish()
    }
}

/// Has no source: the message says all of it, and [`kind`](Error::kind) holds it.
impl std::error::Error for Error {}

/// Says what went wrong, by what the caller can do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store was locked, and its keys are erased. Name them again in a transaction.
    Locked,
    /// The store does not hold a key of this name, which [`Error::key`] returns. Name one in a transaction first.
    UnknownKey,
    /// The store holds a key of this name. Take another name, or [replace](crate::Transaction::replace) the key.
    NameTaken,
    /// The key that has this name is of another kind than the call takes. Look it up as the kind that it is.
    OtherKind {
        /// The kind that the call takes.
        expected: &'static str,
        /// The kind of the key.
        found: &'static str,
    },
    /// The key may not be used in this way. Use another, or make one for this use.
    NotPermitted(NotPermitted),
    /// The key, password or secret is the wrong one, or what it should open was changed.
    WrongKey(WrongKey),
    /// The input is not what was expected. The error says where.
    Malformed(Malformed),
    /// What was asked for cannot be had with this algorithm or type, in this version or build.
    Unsupported(Unsupported),
    /// What was asked for is outside a bound, which the error names. Ask for less, or move the bound. For a
    /// password-to-key function that does too little work, ask for more.
    Limit(Limit),
    /// The system grants no more memory of the level that protects keys. The refusal says what to do. What is held
    /// already is unharmed.
    Refused(Refusal),
    /// The policy demands a protection that this machine does not grant. Accept a lower level, or do what the refusals
    /// say.
    Protection(OpenError),
    /// The system gives no random bytes, because its call is forbidden, for example by a seccomp filter. The error
    /// holds the refusal, where it is known.
    NoRandom(Option<Refusal>),
    /// Another transaction, committed after this one began, changed the same name. Begin again, and look at what is
    /// there now.
    Conflict,
    /// A signed object was not verified. Nothing of what it says may be believed.
    Signature(VerifyError),
    /// The input cannot be read.
    Read(IoFailure),
    /// The output or the spool cannot be written.
    Write(IoFailure),
    /// One thing of a list failed, and with it the list.
    Item {
        /// Its place in the list; the first has 0.
        index: usize,
        /// Why it failed.
        error: Box<Error>,
    },
    /// This process was forked from the one that holds the keys, and has none of them. Open a store of its own.
    ForkedChild,
    /// A function of the program's own ended with this status.
    Function(Status),
    /// A function of the program's own panicked. Its message is withheld, as it could quote a secret.
    Panicked,
    /// Something that the library relies on does not hold. No caller can cause it. Please report it.
    Internal {
        /// What does not hold.
        invariant: &'static str,
    },
}

impl ErrorKind {
    /// Returns true if the operation failed for want of secret memory, for a secret or for the stack that it runs on.
    /// It is then worth trying again after others made room.
    pub(crate) fn lacks_memory(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Limit(Limit::SecretMemory { .. }))
    }
}

/// Holds the error of an input or output.
#[derive(Clone, Debug)]
pub struct IoFailure(Arc<io::Error>);

impl IoFailure {
    /// Returns the error.
    #[must_use]
    pub fn get(&self) -> &io::Error {
        &self.0
    }
}

impl From<io::Error> for IoFailure {
    fn from(error: io::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// Compares the kinds of the errors.
impl PartialEq for IoFailure {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind() == other.0.kind()
    }
}

impl Eq for IoFailure {}

/// Shows it without the name of a key, which [`Error`] shows.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("the store is locked"),
            Self::UnknownKey => f.write_str("the store holds no such key"),
            Self::NameTaken => f.write_str("the store holds a key of this name already"),
            Self::OtherKind { expected, found } => write!(f, "the key is {found}, and not {expected}"),
            Self::NotPermitted(error) => error.fmt(f),
            Self::WrongKey(error) => error.fmt(f),
            Self::Malformed(error) => error.fmt(f),
            Self::Unsupported(error) => error.fmt(f),
            Self::Limit(limit) => limit.fmt(f),
            Self::Refused(refusal) => write!(f, "no more memory of this level: {refusal}"),
            Self::Protection(error) => error.fmt(f),
            Self::NoRandom(Some(refusal)) => write!(f, "no random bytes: {refusal}"),
            Self::NoRandom(None) => f.write_str("the system gives no random bytes"),
            Self::Conflict => f.write_str("another transaction has changed the key meanwhile"),
            Self::Signature(error) => error.fmt(f),
            Self::Read(error) => write!(f, "cannot be read: {}", error.get()),
            Self::Write(error) => write!(f, "cannot be written: {}", error.get()),
            Self::Item { index, error } => write!(f, "item {index}: {error}"),
            Self::ForkedChild => f.write_str(
                "this process was forked from the one that holds the secrets, and has none of them: open its own store",
            ),
            Self::Function(status) => write!(f, "the function ended with status {}", status.0),
            Self::Panicked => f.write_str("the operation panicked"),
            Self::Internal { invariant } => {
                write!(f, "internal error, please report it; broken invariant: {invariant}")
            }
        }
    }
}
