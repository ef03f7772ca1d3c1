//! The backup that a person names: a file, or standard input.

use std::borrow::Cow;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use strongroom_vault::{ExportFile, FileFormat, Limits, ReadError};

use crate::args::Format;
use crate::failure::{Failure, Status};
use crate::printable;

/// Where a backup is read from. Errors name it.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a>(&'a Path);

impl<'a> Input<'a> {
    pub(crate) fn of(path: &'a Path) -> Self {
        Self(path)
    }

    /// Returns the name for messages, without what would drive a terminal.
    pub(crate) fn name(self) -> String {
        if self.is_dash() {
            "standard input".to_owned()
        } else {
            printable::line(&self.0.to_string_lossy()).to_string()
        }
    }

    /// Returns the name as it was given, for `--json`. What of it is no Unicode text is replaced.
    pub(crate) fn as_given(self) -> Cow<'a, str> {
        self.0.to_string_lossy()
    }

    /// Returns true for `-`.
    pub(crate) fn is_dash(self) -> bool {
        self.0 == Path::new("-")
    }

    /// Returns true if reading it takes what standard input holds, by whatever name it goes.
    pub(crate) fn is_standard_input(self) -> bool {
        self.is_dash() || names_standard_input(self.0)
    }

    /// Returns what the system says of it.
    pub(crate) fn metadata(self) -> io::Result<Metadata> {
        if self.is_dash() { standard_input()?.metadata() } else { self.0.metadata() }
    }

    /// Reads all of it, at most as many bytes as the limits say and one more.
    pub(crate) fn read(self, limits: &Limits) -> Result<Vec<u8>, Failure> {
        let most = limits.max_bytes;
        let mut bytes = Vec::new();
        let mut read = || -> io::Result<()> {
            // By descriptor: the library's buffer of standard input would keep a copy.
            let file = if self.is_dash() { standard_input()? } else { File::open(self.0)? };
            let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
            // Room for all of it, so that it does not move.
            bytes.reserve_exact(length.min(most).saturating_add(1));
            file.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
            Ok(())
        };
        match read() {
            Err(error) if error.kind() == ErrorKind::IsADirectory => {
                Err(self.failure(Status::Failed, "it is a directory"))
            }
            Err(error) => Err(self.failure(Status::Failed, &format!("it cannot be read: {error}"))),
            Ok(()) if bytes.len() > most => Err(self
                .failure(Status::Failed, &format!("too large: the file is longer than {} MiB", most >> 20))
                .advise("if you trust the file: --allow-file-size MIB accepts more")),
            Ok(()) => Ok(bytes),
        }
    }

    pub(crate) fn failure(self, status: Status, what: &str) -> Failure {
        Failure::new(status, self.says(what))
    }

    pub(crate) fn says(self, what: &str) -> String {
        format!("{}: {what}", self.name())
    }
}

/// Returns true if a path leads to what standard input is: `/dev/stdin`, or the same pipe by another name.
pub(crate) fn names_standard_input(path: &Path) -> bool {
    let of = |metadata: Metadata| (metadata.dev(), metadata.ino());
    let here = standard_input().and_then(|file| file.metadata()).map(of);
    here.is_ok_and(|here| path.metadata().is_ok_and(|there| of(there) == here))
}

fn standard_input() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Reads a file's bytes as of the format that was stated, or else as of the one that they show.
pub(crate) fn parse(bytes: &[u8], format: Option<Format>, limits: &Limits) -> Result<ExportFile, ReadError> {
    match format {
        None => ExportFile::parse(bytes, limits),
        Some(Format::Json) => ExportFile::parse_as(FileFormat::Json, bytes, limits),
        Some(Format::Csv) => ExportFile::parse_as(FileFormat::Csv, bytes, limits),
    }
}
