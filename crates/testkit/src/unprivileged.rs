//! Running this very executable as an ordinary user.
//!
//! Root may be exempt from RLIMIT_MEMLOCK, so limits must be tried as somebody else; and kernels since 2026 count
//! secret memory for a user, all processes together, so each victim is another user. Changing the user in place makes a
//! process undumpable, and all its /proc files root's; executing afterwards makes it an ordinary process of that user
//! again. The user may be unable to reach the executable's path or to read the file: it is opened beforehand and
//! executed by its descriptor, from a readable copy if need be.

use std::{
    fs::{File, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
};

use nix::{
    errno::Errno,
    unistd::{Gid, Uid, setgroups, setresgid, setresuid},
};

/// Numbers that by custom (systemd's) belong to users who come and go, of whom no file is: user and group of a victim.
const PASSING: std::ops::Range<u32> = 61184..65520;

/// Whether there are privileges to give up.
pub(crate) fn is_root() -> bool {
    Uid::effective().is_root()
}

/// This process's executable, open for reading, its mode such that anybody may execute it.
pub(crate) fn executable() -> io::Result<File> {
    /// Read and execute for others: execution alone would make the process undumpable again.
    const FOR_ALL: u32 = 0o005;
    let mut original = File::open("/proc/self/exe")?;
    if original.metadata()?.permissions().mode() & FOR_ALL == FOR_ALL {
        return Ok(original);
    }
    let mut copy = tempfile::NamedTempFile::new()?;
    io::copy(&mut original, &mut copy)?;
    copy.as_file().set_permissions(Permissions::from_mode(0o555))?;
    // What is open for writing cannot be executed: reopen, then let the writer and the name go.
    File::open(copy.path())
}

/// Gives up root's identity and with it, the kernel sees to that, every capability. Only system calls, so that it may
/// run between fork and exec.
pub(crate) fn drop_privileges() -> Result<(), Errno> {
    let number = PASSING.start + std::process::id() % (PASSING.end - PASSING.start);
    let (user, group) = (Uid::from_raw(number), Gid::from_raw(number));
    setgroups(&[])?;
    setresgid(group, group, group)?;
    setresuid(user, user, user)
}
