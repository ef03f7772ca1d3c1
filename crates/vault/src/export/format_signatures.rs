//! What files of other programs are known by, and what to do about them.

pub(crate) mod bytes;
pub(crate) mod columns;
pub(crate) mod members;

/// A format.
#[derive(PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) advice: &'static str,
}
