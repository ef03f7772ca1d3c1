//! Names files that are no export of Bitwarden's: by their first bytes, the columns of their CSV, or the members of
//! their JSON, never by their names.

use std::fmt;

use serde_json::value::RawValue;

use crate::{
    csv::header::Header,
    export::{
        format_signatures::{
            Format,
            archives::{EXPORT, MIME_TYPES, ZIPS},
            bytes::{MAGIC, NULS, OPENPGP, TAR, TEXTS},
            columns::{CSV, UNKNOWN_CSV},
            members::{APP_DATA, JSON, LISTS},
        },
        zip_entries,
    },
    read::{self, Pieces},
};

/// A file that is something else than an export.
///
/// Its `Display` names what it is. [`reason`](Self::reason) says by what that is known, [`advice`](Self::advice) what
/// to do about it. No text of the file is in them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OtherFormat(&'static Format);

impl OtherFormat {
    /// Returns the name of the format: `a KeePass database (KDBX)`.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Says by what it is known.
    pub fn reason(self) -> &'static str {
        self.0.reason
    }

    /// Says what to do about it.
    pub fn advice(self) -> &'static str {
        self.0.advice
    }

    /// Names the format of bytes that begin as those of some other program do.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let starts = |start: &[u8]| bytes.starts_with(start);
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii_start();
        let text_starts =
            |start: &str| text.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start.as_bytes()));
        if let Some(format) = MAGIC.iter().find(|(magic, _)| starts(magic)) {
            return Some(OtherFormat(&format.1));
        }
        if zip_entries::is_zip(bytes) {
            return Self::of_zip(bytes);
        }
        if let Some(format) = TEXTS.iter().find(|(start, _)| text_starts(start)) {
            return Some(OtherFormat(&format.1));
        }
        if !bytes.is_empty() && bytes.iter().all(|byte| *byte == 0) {
            return Some(OtherFormat(&NULS));
        }
        let is_tar = bytes.get(257..262) == Some(b"ustar");
        let is_pgp = is_openpgp(bytes) && std::str::from_utf8(bytes).is_err();
        is_tar.then_some(OtherFormat(&TAR)).or(is_pgp.then_some(OtherFormat(&OPENPGP)))
    }

    /// Names the program that makes zip archives with such names in them. An export with attachments is none of these.
    fn of_zip(bytes: &[u8]) -> Option<Self> {
        let has = |wanted: &[u8]| {
            let is = |name: &[u8]| name == wanted || (wanted.ends_with(b"/") && name.starts_with(wanted));
            zip_entries::names(bytes).any(|(name, _)| is(name))
        };
        if has(EXPORT) {
            return None;
        }
        let mime_type = zip_entries::names(bytes).find(|(name, _)| *name == b"mimetype").map(|(_, contents)| contents);
        let by_type = MIME_TYPES.iter().find(|(begin, _)| mime_type.is_some_and(|found| found.starts_with(begin)));
        let by_name = || ZIPS.iter().find(|(name, _)| has(name));
        by_type.or_else(by_name).map(|(_, format)| OtherFormat(format))
    }

    /// Names the program whose columns the first row of CSV names. Columns of Bitwarden's have to be looked for before.
    pub(crate) fn of_csv(header: &Header<'_>) -> Option<Self> {
        let names = header.names();
        let has = |column: &&str| names.iter().any(|name| name.eq_ignore_ascii_case(column.as_bytes()));
        let known = CSV.iter().find(|(columns, _)| columns.iter().all(has));
        known.map(|(_, format)| OtherFormat(format))
    }

    /// Names CSV that begins with columns that nobody knows, or with none.
    pub(crate) fn of_unknown_csv(header: &Header<'_>) -> Option<Self> {
        header.is_a_table().then_some(OtherFormat(&UNKNOWN_CSV))
    }

    /// Names the JSON of other programs, and what other commands of Bitwarden's write.
    pub(crate) fn of_members<'a, N: AsRef<str>>(
        members: impl Iterator<Item = (N, &'a RawValue)> + Clone,
    ) -> Option<Self> {
        let has =
            |wanted: &&str| members.clone().any(|(name, value)| name.as_ref() == *wanted && !read::is_null(value));
        let known = JSON.iter().find(|(wanted, _)| wanted.iter().all(has)).map(|(_, format)| format);
        let of_user = |name: &str| {
            let id = name.strip_prefix("user_").or_else(|| name.strip_prefix("ciphers_")).unwrap_or(name);
            id.get(..36).is_some_and(|id| uuid::Uuid::try_parse(id).is_ok())
        };
        let app_data = || members.clone().any(|(name, _)| of_user(name.as_ref())).then_some(&APP_DATA);
        known.or_else(app_data).map(OtherFormat)
    }

    /// Names a list that is none of items, as the official command line prints them.
    pub(crate) fn of_list(elements: Pieces<'_>) -> Option<Self> {
        let is_of = |kind: &str| elements.clone().any(|element| has_object(element, kind));
        LISTS.iter().find(|(kinds, _)| kinds.iter().any(|kind| is_of(kind))).map(|(_, format)| OtherFormat(format))
    }
}

/// Returns true for a list of items, as `bw list items` prints it: at least one element says that it is an item, or has
/// a name, the number of a type and what an item of some type holds.
pub(crate) fn is_list_of_items(mut elements: Pieces<'_>) -> bool {
    elements.any(|element| {
        let has = |wanted: &str| read::named_members(element).into_iter().flatten().any(|(name, _)| name == wanted);
        let kinds = ["login", "secureNote", "card", "identity", "sshKey"];
        has_object(element, "item") || (has("name") && has("type") && kinds.iter().any(|kind| has(kind)))
    })
}

/// Returns true if the member `object`, by which Bitwarden's server and command line name what they send, has this
/// value.
fn has_object(json: &RawValue, kind: &str) -> bool {
    read::named_members(json).is_ok_and(|mut members| {
        members.any(|(name, value)| {
            name == "object" && value.get().strip_prefix('"').and_then(|text| text.strip_suffix('"')) == Some(kind)
        })
    })
}

/// Returns true for the first packet of an OpenPGP message (RFC 9580, 4.2): a session key, for a public key (version 3
/// or 6) or a password (4 to 6), or encrypted data (1 or 2).
fn is_openpgp(bytes: &[u8]) -> bool {
    match first_packet(bytes) {
        Some((1, 3 | 6) | (3, 4..=6) | (18, 1 | 2)) => true,
        // Compressed data: which algorithm.
        Some((8, 1..=3)) => bytes.first() == Some(&0xa3),
        _ => false,
    }
}

/// Returns the tag of the first packet and the first byte of its body.
fn first_packet(bytes: &[u8]) -> Option<(u8, u8)> {
    let (tag, body) = match bytes {
        // The old form: the two last bits say how long the length is.
        [first @ 0x80..=0xbf, rest @ ..] => {
            let length = [1, 2, 4, 0].get(usize::from(first & 3)).copied()?;
            (first >> 2 & 15, rest.get(length..))
        }
        [first @ 0xc0..=0xff, rest @ ..] => {
            let length = match rest.first() {
                Some(0..=191 | 224..=254) => 1,
                Some(192..=223) => 2,
                _ => 5,
            };
            (first & 63, rest.get(length..))
        }
        _ => return None,
    };
    Some((tag, *body?.first()?))
}

impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a Bitwarden export, but {}", self.name())
    }
}

impl fmt::Debug for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtherFormat({})", self.name())
    }
}
