//! What files of other programs are known by, and what to do about them.

/// The names by which a format is known, and the format. Its reason is made of the names.
macro_rules! known_by {
    ($because:literal $first:literal $(, $name:literal)*; $format:expr, $advice:expr) => {
        (
            &[$first $(, $name)*],
            Format {
                name: $format,
                reason: concat!($because, " `", $first, "`" $(, ", `", $name, "`")*),
                advice: $advice,
            },
        )
    };
}

pub(crate) mod archives;
pub(crate) mod bytes;
pub(crate) mod columns;
pub(crate) mod members;

/// For programs from which Bitwarden imports.
const IMPORT: &str = "import it into Bitwarden, and export that vault as JSON";

/// A format.
#[derive(PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) advice: &'static str,
}
