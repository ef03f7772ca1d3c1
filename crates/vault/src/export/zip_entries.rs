//! The names of the files in a zip archive, enough to tell what it is. Nothing is unpacked.

use memchr::memmem;

/// Bytes that are looked at, at either end of an archive.
const LOOKED_AT: usize = 1 << 20;

/// A kind of header: how it begins, where it says how long the name is, and where the name begins (APPNOTE.TXT 6.3.10,
/// sections 4.3.7 and 4.3.12).
struct HeaderKind {
    signature: &'static [u8],
    name_len: usize,
    name: usize,
}

/// The header before each file.
const LOCAL: HeaderKind = HeaderKind { signature: b"PK\x03\x04", name_len: 26, name: 30 };
/// At the end of the archive.
const CENTRAL: HeaderKind = HeaderKind { signature: b"PK\x01\x02", name_len: 28, name: 46 };

/// Returns true for an archive: it begins with a file.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL.signature)
}

/// Lists the names near either end, each with what follows it. Those of an archive within this one may be among them.
pub(crate) fn names(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let (begin, end) = (bytes.len().min(LOOKED_AT), bytes.len().saturating_sub(LOOKED_AT));
    let parts = [(LOCAL, bytes.get(..begin)), (CENTRAL, bytes.get(end..))];
    parts.into_iter().flat_map(|(kind, part)| names_of(kind, part))
}

fn names_of(kind: HeaderKind, part: Option<&[u8]>) -> impl Iterator<Item = (&[u8], &[u8])> {
    let headers = part
        .into_iter()
        .flat_map(move |part| memmem::find_iter(part, kind.signature).map(move |at| part.split_at(at).1));
    headers.filter_map(move |header| {
        let [low, high, ..] = *header.get(kind.name_len..)? else { return None };
        header.get(kind.name..)?.split_at_checked(u16::from_le_bytes([low, high]).into())
    })
}
