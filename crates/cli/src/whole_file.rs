//! The file that a person wants written: whether it can be is found out before a password is asked for.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
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

    /// Says who else may read the file that was written, if the file system did not keep that its owner alone may.
    pub(crate) fn exposure(&self) -> Option<String> {
        let mode = fs::symlink_metadata(&self.path).ok()?.permissions().mode();
        let words = exposure(mode)?;
        Some(format!("{} {words}", printable::line(&self.path.to_string_lossy())))
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

/// FAT and exFAT, and some file systems of networks, have one mode for all files and ignore what is asked for.
fn exposure(mode: u32) -> Option<String> {
    let mode = mode & 0o7777;
    (mode & 0o077 != 0).then(|| {
        format!("has mode {mode:04o}, because this file system ignores modes of files\nothers who reach it may read the file")
    })
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

#[cfg(test)]
mod tests {
    use super::exposure;

    #[test]
    fn what_is_not_its_owner_s_alone_is_said() {
        let says = |mode: &str| {
            let words = "because this file system ignores modes of files\nothers who reach it may read the file";
            Some(format!("has mode {mode}, {words}"))
        };
        for (mode, said) in [
            (0o100_600, None),
            (0o100_400, None),
            (0o100_700, None),
            (0o100_755, says("0755")),
            (0o100_644, says("0644")),
            (0o100_777, says("0777")),
            (0o100_620, says("0620")),
            (0o100_601, says("0601")),
        ] {
            assert_eq!(exposure(mode), said, "{mode:o}");
        }
    }
}
