//! `doctor FILE`: what a file is, and by what that is known.

use std::path::Path;

use serde::Serialize;
use strongroom::passwords::KdfSettings;
use strongroom_vault::{Export, ExportFile, FileError, HeaderError, ReadError};

use crate::args;
use crate::failure::{Failure, Status};
use crate::input::{self, Input};
use crate::output::Output;
use crate::unreadable::{self, Tally};
use crate::{answer, backup, bounds};

/// A file that can be opened, as `--json` has it.
#[derive(Serialize)]
struct Found<'a> {
    file: &'a str,
    kind: &'static str,
    name: &'static str,
    reason: &'static str,
    details: String,
}

/// A file that this program opens is described on standard output; any other is named as the reason of a failure.
pub(crate) fn run(file: &Path, command: &args::Doctor, quiet: bool) -> Result<Status, Failure> {
    let at = Input::of(file);
    let limits = bounds::limits(&command.bounds);
    let bytes = at.read(&limits)?;
    let parsed = input::parse(&bytes, command.format, &limits).map_err(|error| {
        let mut lines = Vec::new();
        if let Some(reason) = reason(&error) {
            lines.push(format!("known by this: {reason}"));
        }
        lines.extend(backup::advice(&error, &bytes, &command.bounds));
        let failure = at.failure(Status::Failed, &error.to_string());
        if lines.is_empty() { failure } else { failure.advise(lines.join("\n")) }
    })?;
    let (kind, name, reason) = names(&parsed, &bytes);
    let reason = if command.format.is_some() { "--format says so, and it can be read as that" } else { reason };
    let (details, export) = match &parsed {
        ExportFile::PasswordProtected(encrypted) => (key_derivation(encrypted.kdf().settings()), None),
        ExportFile::Plain(export) | ExportFile::Csv(export) => (counts(export), Some(export)),
        _ => (String::new(), None),
    };
    let mut out = Output::default();
    if command.json {
        let given = at.as_given();
        let found = Found { file: &given, kind, name, reason, details };
        let mut answer = answer::Lists::begin_with(&found, &mut out)?;
        answer.list("unreadable", &mut out)?;
        for bad in export.map(|export| unreadable::ForMachines::all_of(&given, export)).into_iter().flatten() {
            answer.element(&bad, &mut out)?;
        }
        answer.finish(&mut out)?;
    } else {
        out.text(format_args!("{}: {name}\nknown by this: {reason}\n{details}\n", at.name()))?;
    }
    out.flush()?;
    Ok(match export.map(Tally::of) {
        Some(tally) if quiet => tally.status(),
        Some(tally) => tally.tell(None),
        None => Status::Done,
    })
}

/// By what a file is known that cannot be opened, unless the error itself says where it is wrong.
fn reason(error: &ReadError) -> Option<&'static str> {
    match error {
        ReadError::Other(other) => Some(other.reason()),
        ReadError::File(FileError::Zip) => Some("it begins with the signature 50 4b 03 04"),
        ReadError::File(FileError::Utf16) => {
            Some("it begins with a byte order mark of UTF-16, or with letters between zero bytes")
        }
        ReadError::Header(HeaderError::AccountRestricted) => {
            Some("its member `encrypted` is true, and `passwordProtected` is not")
        }
        _ => None,
    }
}

fn names(file: &ExportFile, bytes: &[u8]) -> (&'static str, &'static str, &'static str) {
    let is_list = bytes.trim_ascii_start().starts_with(b"[");
    match file {
        ExportFile::PasswordProtected(_) => (
            "password-protected",
            "a password-protected Bitwarden export (JSON)",
            "its members `encrypted` and `passwordProtected` are true",
        ),
        ExportFile::Csv(_) => (
            "csv",
            "a Bitwarden export (CSV), not encrypted",
            "its first row names Bitwarden's columns, the present ones or those until 2017",
        ),
        ExportFile::Plain(_) if is_list => (
            "items",
            "a list of items, as `bw list items` prints it (JSON), not encrypted",
            "it is a list in which an item has a name, a type and what its type holds",
        ),
        ExportFile::Plain(_) => {
            ("plain", "a Bitwarden export (JSON), not encrypted", "it has `items`, and `encrypted` is not true")
        }
        _ => ("other", "an export of a kind that this program does not open", "the library reads it"),
    }
}

fn key_derivation(settings: KdfSettings) -> String {
    match settings {
        KdfSettings::Pbkdf2 { iterations } => format!("key derivation: PBKDF2-HMAC-SHA256, {iterations} iterations"),
        KdfSettings::Argon2id { iterations, memory_mib, parallelism } => {
            format!("key derivation: Argon2id, {iterations} iterations, {memory_mib} MiB, {parallelism} lanes")
        }
        _ => "key derivation: another function".to_owned(),
    }
}

fn counts(export: &Export) -> String {
    format!(
        "items: {}, folders: {}, collections: {}, unreadable: {}",
        export.items().count(),
        export.folders().count(),
        export.collections().count(),
        export.unreadable().count()
    )
}
