//! Files that hold plaintext or keys: readable by their owner alone, and there as a whole or not at all.
//!
//! On Linux such a file has no name until it is complete (`O_TMPFILE`), so that not even a process that is killed, or a
//! power cut, leaves a part of it behind; elsewhere, and on file systems without that, it has a temporary one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// How the names begin that a file has for a time.
const PREFIX: &str = ".strongroom-";

/// A file that is being written. Dropped before it was [finished](WholeFile::finish) it is gone.
///
/// ```
/// use std::io::Write;
/// use strongroom_vault::whole_file::WholeFile;
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("export.json");
/// let mut file = WholeFile::begin(&path)?;
/// file.file().write_all(b"{}")?;
/// assert!(!path.exists());
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"{}");
///
/// let again = WholeFile::begin(&path)?.finish().unwrap_err();
/// assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
/// WholeFile::begin(&path)?.replace()?;
/// assert_eq!(std::fs::read(&path)?, b"");
/// # Ok::<_, std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Nameless(File),
    Named(NamedTempFile),
}

impl WholeFile {
    /// Begins a file that will be called `path`.
    ///
    /// # Errors
    /// As of any new file in that directory.
    pub fn begin(path: &Path) -> io::Result<WholeFile> {
        let directory = directory_of(path);
        let held = match nameless::create(directory)? {
            Some(file) => Held::Nameless(file),
            None => Held::Named(Builder::new().prefix(PREFIX).tempfile_in(directory)?),
        };
        let mut begun = WholeFile { path: path.to_owned(), held };
        owner_only(begun.file())?;
        Ok(begun)
    }

    /// The file, to be written.
    pub fn file(&mut self) -> &mut File {
        match &mut self.held {
            Held::Nameless(file) => file,
            Held::Named(named) => named.as_file_mut(),
        }
    }

    /// Gives the file its name when all of it is on the disk.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`]: there is something of the name; or it cannot be written or named. Then there
    /// is no file. On a file system that can neither link nor rename without replacing, a process that is killed in this
    /// very moment may leave an empty one.
    pub fn finish(mut self) -> io::Result<()> {
        self.file().sync_all()?;
        match self.held {
            Held::Nameless(file) => nameless::link(&file, &self.path)?,
            Held::Named(named) => match named.persist_noclobber(&self.path) {
                Ok(_) => {}
                Err(refused) if is_not_to_be_had(&refused.error) => take_name(refused.file, &self.path)?,
                Err(refused) => return Err(refused.error),
            },
        }
        settle(&self.path);
        Ok(())
    }

    /// As [`finish`](Self::finish), in place of the file that has the name, if there is one. A process that is killed
    /// in this very moment may leave the new one, whole, under a name that begins with `.strongroom-`.
    ///
    /// # Errors
    /// It cannot be written or named. Then all is as it was.
    pub fn replace(mut self) -> io::Result<()> {
        self.file().sync_all()?;
        let renamed = match self.held {
            // Only a rename replaces, and it needs a name to begin with.
            Held::Nameless(file) => Builder::new()
                .prefix(PREFIX)
                .make_in(directory_of(&self.path), |path| nameless::link(&file, path))?
                .persist(&self.path)
                .map(drop)
                .map_err(|error| error.error),
            Held::Named(named) => named.persist(&self.path).map(drop).map_err(|error| error.error),
        };
        renamed?;
        settle(&self.path);
        Ok(())
    }
}

/// Returns true if the file system may lack hard links, such as exFAT.
fn is_not_to_be_had(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported)
}

/// Takes the name by an empty file, which fails if there is something of the name, and puts the whole one in its place.
fn take_name(named: NamedTempFile, path: &Path) -> io::Result<()> {
    File::create_new(path)?;
    named.persist(path).map(drop).map_err(|refused| {
        let _ = std::fs::remove_file(path);
        refused.error
    })
}

/// A name is on the disk when its directory is. The file is written, whether or not that can be asked for.
fn settle(path: &Path) {
    let _ = File::open(directory_of(path)).and_then(|directory| directory.sync_all());
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

#[cfg(unix)]
fn owner_only(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn owner_only(_: &File) -> io::Result<()> {
    Ok(())
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
        match rustix::fs::open(directory, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR) {
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// As on a file system without hard links. `.ci/exfat` has a real one.
    #[test]
    fn a_name_is_taken_only_if_it_is_free() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.json");
        let whole = || {
            let mut named = NamedTempFile::new_in(directory.path()).unwrap();
            named.write_all(b"whole").unwrap();
            named
        };
        std::fs::write(&path, "precious").unwrap();
        assert_eq!(take_name(whole(), &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        std::fs::remove_file(&path).unwrap();
        take_name(whole(), &path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        let gone = whole();
        std::fs::remove_file(gone.path()).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(take_name(gone, &path).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "names left behind");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_file_system_without_hard_links_answers() {
        let not_to_be_had = |errno: i32| is_not_to_be_had(&io::Error::from_raw_os_error(errno));
        assert!([1, 95].into_iter().all(not_to_be_had), "EPERM, EOPNOTSUPP");
        assert!(![2, 17, 28].into_iter().any(not_to_be_had), "ENOENT, EEXIST, ENOSPC");
    }
}
