//! Formats by the begin of a file.

use crate::export::format_signatures::Format;

/// For programs from which Bitwarden imports.
const IMPORT: &str = "import it into Bitwarden, and export that vault as JSON";

/// Formats by their first bytes.
pub(crate) static MAGIC: [(&[u8], Format); 14] = [
    (
        b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5",
        Format {
            name: "a KeePass database (KDBX)",
            reason: "it begins with the signature 03 d9 a2 9a 67 fb 4b b5",
            advice: "open it with KeePassXC or KeePass",
        },
    ),
    (
        b"\x03\xd9\xa2\x9a\x66\xfb\x4b\xb5",
        Format {
            name: "a KeePass database (KDBX, before its release)",
            reason: "it begins with the signature 03 d9 a2 9a 66 fb 4b b5",
            advice: "open it with KeePassXC or KeePass",
        },
    ),
    (
        b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5",
        Format {
            name: "a KeePass 1 database (KDB)",
            reason: "it begins with the signature 03 d9 a2 9a 65 fb 4b b5",
            advice: "open it with KeePassXC or KeePass",
        },
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        Format {
            name: "a 7z archive",
            reason: "it begins with the signature 37 7a bc af 27 1c",
            advice: "unpack it (`7z x FILE`) and give the export in it",
        },
    ),
    (
        b"Rar!\x1a\x07",
        Format {
            name: "a RAR archive",
            reason: "it begins with `Rar!`",
            advice: "unpack it and give the export in it",
        },
    ),
    (
        b"\x1f\x8b",
        Format {
            name: "a gzip file",
            reason: "it begins with the signature 1f 8b",
            advice: "unpack it: `gunzip -c FILE | strongroom list -`",
        },
    ),
    (
        b"BZh",
        Format {
            name: "a bzip2 file",
            reason: "it begins with `BZh`",
            advice: "unpack it: `bunzip2 -c FILE | strongroom list -`",
        },
    ),
    (
        b"\xfd7zXZ\0",
        Format {
            name: "an xz file",
            reason: "it begins with the signature fd 37 7a 58 5a 00",
            advice: "unpack it: `xz -dc FILE | strongroom list -`",
        },
    ),
    (
        b"\x28\xb5\x2f\xfd",
        Format {
            name: "a zstd file",
            reason: "it begins with the signature 28 b5 2f fd",
            advice: "unpack it: `zstd -dc FILE | strongroom list -`",
        },
    ),
    (
        b"age-encryption.org/v1",
        Format {
            name: "a file encrypted with age",
            reason: "it begins with `age-encryption.org/v1`",
            advice: "decrypt it first: `age -d FILE | strongroom list -`",
        },
    ),
    (
        b"Salted__",
        Format {
            name: "a file encrypted with `openssl enc`",
            reason: "it begins with `Salted__`",
            advice: "decrypt it first, with the cipher and options of its encryption: `openssl enc -d ... -in FILE | strongroom list -`",
        },
    ),
    (
        b"SQLite format 3\0",
        Format {
            name: "an SQLite database",
            reason: "it begins with `SQLite format 3`",
            advice: "a server's or a browser's database is no backup that is read here; export the vault as JSON",
        },
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        Format {
            name: "an old Office document",
            reason: "it begins with the signature d0 cf 11 e0",
            advice: "save the sheet as CSV (UTF-8)",
        },
    ),
    (b"%PDF-", Format { name: "a PDF document", reason: "it begins with `%PDF-`", advice: "export the vault as JSON" }),
];

/// Formats by the first letters of a text, in any case, behind white space.
pub(crate) static TEXTS: [(&str, Format); 12] = [
    (
        "-----BEGIN AGE ENCRYPTED FILE-----",
        Format {
            name: "a file encrypted with age, as text",
            reason: "it begins with `-----BEGIN AGE ENCRYPTED FILE-----`",
            advice: "decrypt it first: `age -d FILE | strongroom list -`",
        },
    ),
    (
        "-----BEGIN PGP MESSAGE-----",
        Format {
            name: "a file encrypted with OpenPGP, as text",
            reason: "it begins with `-----BEGIN PGP MESSAGE-----`",
            advice: "decrypt it first: `gpg -d FILE | strongroom list -`",
        },
    ),
    (
        "-----BEGIN PGP SIGNED MESSAGE-----",
        Format {
            name: "a text signed with OpenPGP",
            reason: "it begins with `-----BEGIN PGP SIGNED MESSAGE-----`",
            advice: "take it out of its signature: `gpg -d FILE | strongroom list -`",
        },
    ),
    (
        "-----BEGIN PGP ",
        Format {
            name: "OpenPGP data as text",
            reason: "it begins with `-----BEGIN PGP `",
            advice: "it is a key or a signature, no backup",
        },
    ),
    (
        "-----BEGIN ",
        Format {
            name: "a PEM file: a key or a certificate",
            reason: "it begins with `-----BEGIN `",
            advice: "it is no backup of a vault",
        },
    ),
    (
        "U2FsdGVkX1",
        Format {
            name: "a file encrypted with `openssl enc`, as Base64",
            reason: "it begins with `Salted__` in Base64",
            advice: "decrypt it first, with the cipher and options of its encryption: `openssl enc -d -a ... -in FILE | strongroom list -`",
        },
    ),
    (
        "<!doctype html",
        Format {
            name: "a web page (HTML)",
            reason: "it begins with `<!doctype html`",
            advice: "the download gave an error or a login page in the place of the file; fetch it again",
        },
    ),
    (
        "<html",
        Format {
            name: "a web page (HTML)",
            reason: "it begins with `<html`",
            advice: "the download gave an error or a login page in the place of the file; fetch it again",
        },
    ),
    (
        "<!--",
        Format {
            name: "a web page or another document of markup",
            reason: "it begins with `<!--`",
            advice: "export the vault as JSON",
        },
    ),
    (
        "<?xml",
        Format {
            name: "an XML document",
            reason: "it begins with `<?xml`",
            advice: "import it into Bitwarden where its kind is offered, and export that vault as JSON",
        },
    ),
    (
        "<keepassfile",
        Format { name: "an export of KeePass (XML)", reason: "it begins with `<KeePassFile`", advice: IMPORT },
    ),
    (
        "***5642bee8-a5ff-11dc-8314-0800200c9a66",
        Format {
            name: "an export of 1Password (1PIF)",
            reason: "it begins with the separator of 1PIF",
            advice: IMPORT,
        },
    ),
];

/// Nothing was written where a file was meant to be.
pub(crate) static NULS: Format = Format {
    name: "nothing but NUL bytes",
    reason: "every byte is 0",
    advice: "the download or the disk is damaged and nothing of the file is left; fetch it again or take another copy",
};

/// An archive.
pub(crate) static TAR: Format = Format {
    name: "a tar archive",
    reason: "it has the signature `ustar`",
    advice: "unpack it (`tar xf FILE`) and give the export in it",
};

/// Packets.
pub(crate) static OPENPGP: Format = Format {
    name: "a file encrypted with OpenPGP",
    reason: "it begins with a packet of an OpenPGP message",
    advice: "decrypt it first: `gpg -d FILE | strongroom list -`",
};
