//! The file that a person wants written: whether it can be is found out before a password is asked for.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use strongroom_vault::whole_file::WholeFile;

use crate::failure::Failure;
use crate::input::Input;
use crate::printable;

/// Where a file shall be written, found to be possible as far as that can be told beforehand.
pub(crate) struct Target {
    path: PathBuf,
    directory: PathBuf,
    replace: bool,
}

impl Target {
    /// `input` is never replaced, by whatever name it goes.
    pub(crate) fn plan(path: &Path, replace: bool, input: &Path) -> Result<Self, Failure> {
        let target = Self { path: path.to_owned(), directory: directory_of(path), replace };
        match fs::symlink_metadata(path) {
            Ok(there) if there.is_dir() => Err(target.failure("it is a directory")),
            Ok(_) if !replace => Err(target.exists()),
            Ok(there) if !there.is_file() => {
                Err(target.failure("it is not a regular file").advise("--force replaces files, not links or devices"))
            }
            Ok(there) if is_same_file(&there, input) => Err(target.failure("it is the backup itself")),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(target.failed(&error)),
            _ => match fs::metadata(&target.directory) {
                Err(error) => Err(target.failed(&error)),
                Ok(directory) if !directory.is_dir() => Err(target.failure("it does not lie in a directory")),
                Ok(_) if path.file_name().is_none() => Err(target.failure("it is no name of a file")),
                Ok(_) => Ok(target),
            },
        }
    }

    /// Writes the file: all of `bytes`, on the disk when this returns, or nothing.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.put(bytes).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => self.exists(),
            _ => self.failed(&error),
        })
    }

    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        let mut whole = WholeFile::begin(&self.path)?;
        whole.file().write_all(bytes)?;
        if self.replace { whole.replace() } else { whole.finish() }
    }

    fn exists(&self) -> Failure {
        self.failure("it is there already").advise("--force replaces it")
    }

    fn failed(&self, error: &io::Error) -> Failure {
        self.failure(&error.to_string())
    }

    fn failure(&self, why: &str) -> Failure {
        Failure::failed(format!("{} cannot be written: {why}", printable::line(&self.path.to_string_lossy())))
    }
}

fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn is_same_file(there: &fs::Metadata, input: &Path) -> bool {
    Input::of(input).metadata().is_ok_and(|input| (input.dev(), input.ino()) == (there.dev(), there.ino()))
}
