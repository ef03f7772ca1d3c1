//! A file with plaintext: readable by its owner alone, there as a whole or not at all, and in nobody's way.
//!
//! On Linux it has no name until it is complete (`O_TMPFILE`), so that not even a power cut leaves a part of it behind;
//! elsewhere, and on file systems without that, it has a temporary one, which is removed on failure.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::failure::Failure;
use crate::printable;

const OWNER_ONLY: u32 = 0o600;

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
        match nameless::create(&self.directory)? {
            Some(file) => {
                fill(&file, bytes)?;
                if self.replace {
                    // Only a rename replaces, and it needs a name to begin with.
                    let named = Builder::new()
                        .prefix(".strongroom-")
                        .make_in(&self.directory, |path| nameless::link(&file, path))?;
                    named.persist(&self.path).map_err(|error| error.error)?;
                } else {
                    nameless::link(&file, &self.path)?;
                }
            }
            None => {
                let named = Builder::new().prefix(".strongroom-").tempfile_in(&self.directory)?;
                fill(named.as_file(), bytes)?;
                self.rename(named)?;
            }
        }
        // The name is on the disk when its directory is. The file is written, whether or not that can be asked for.
        let _ = File::open(&self.directory).and_then(|directory| directory.sync_all());
        Ok(())
    }

    fn rename(&self, named: NamedTempFile) -> io::Result<()> {
        let renamed = if self.replace { named.persist(&self.path) } else { named.persist_noclobber(&self.path) };
        renamed.map(drop).map_err(|error| error.error)
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

fn fill(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn is_same_file(there: &fs::Metadata, input: &Path) -> bool {
    fs::metadata(input).is_ok_and(|input| (input.dev(), input.ino()) == (there.dev(), there.ino()))
}

/// Files that have no name yet.
#[cfg(target_os = "linux")]
mod nameless {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd as _;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags};
    use rustix::io::Errno;

    const OPEN_FILES: &str = "/proc/self/fd";

    /// `None`: this file system has none, or there would be no way to name them.
    pub(super) fn create(directory: &Path) -> io::Result<Option<File>> {
        if !Path::new(OPEN_FILES).is_dir() {
            return Ok(None);
        }
        match rustix::fs::open(directory, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR) {
            Ok(file) => Ok(Some(file.into())),
            // EISDIR: the kernel knows no such flag.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives it a name; fails if that is taken.
    pub(super) fn link(file: &File, path: &Path) -> io::Result<()> {
        let open = format!("{OPEN_FILES}/{}", file.as_raw_fd());
        Ok(rustix::fs::linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod nameless {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    pub(super) fn create(_directory: &Path) -> io::Result<Option<File>> {
        Ok(None)
    }

    pub(super) fn link(_file: &File, _path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
