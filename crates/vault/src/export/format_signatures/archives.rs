//! Formats that are zip archives, by the names in them.

use crate::export::format_signatures::{Format, IMPORT};

/// The name of a file in an export with attachments. Whatever else is in the archive is in an attachment.
pub(crate) const EXPORT: &[u8] = b"data.json";

/// Formats by the name of a file in the archive, or by the beginning of names.
pub(crate) static ZIPS: [(&[u8], Format); 5] = [
    (
        b"export.attributes",
        Format {
            name: "an export of 1Password (1PUX)",
            reason: "it is a zip archive that holds `export.attributes`",
            advice: IMPORT,
        },
    ),
    (
        b"Proton Pass/",
        Format {
            name: "an export of Proton Pass (zip)",
            reason: "it is a zip archive that holds `Proton Pass/`",
            advice: IMPORT,
        },
    ),
    (
        b"xl/",
        Format {
            name: "an Excel workbook (XLSX)",
            reason: "it is a zip archive that holds `xl/`",
            advice: "save the sheet as CSV (UTF-8)",
        },
    ),
    (
        b"word/",
        Format {
            name: "a Word document (DOCX)",
            reason: "it is a zip archive that holds `word/`",
            advice: "export the vault as JSON",
        },
    ),
    (
        b"[Content_Types].xml",
        Format {
            name: "an Office document",
            reason: "it is a zip archive that holds `[Content_Types].xml`",
            advice: "export the vault as JSON",
        },
    ),
];

/// Formats by what follows the name `mimetype` in the archive.
pub(crate) static MIME_TYPES: [(&[u8], Format); 2] = [
    (
        b"application/vnd.oasis.opendocument.spreadsheet",
        Format {
            name: "an OpenDocument spreadsheet (ODS)",
            reason: "it is a zip archive whose `mimetype` says so",
            advice: "save the sheet as CSV (UTF-8)",
        },
    ),
    (
        b"application/vnd.oasis.opendocument.",
        Format {
            name: "an OpenDocument file",
            reason: "it is a zip archive whose `mimetype` says so",
            advice: "export the vault as JSON",
        },
    ),
];
