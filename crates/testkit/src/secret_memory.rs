//! Whether this machine has secret memory.

use nix::libc;

/// Whether the kernel makes a file of secret memory for the calling process. Whether the limit on locked memory has room for
/// pages of it is another question.
pub fn is_there() -> bool {
    // SAFETY: the call takes one number.
    let file = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::c_long::from(libc::O_CLOEXEC)) };
    match libc::c_int::try_from(file) {
        Ok(file) if file >= 0 => {
            // SAFETY: the kernel has just made this descriptor for us.
            unsafe { libc::close(file) };
            true
        }
        _ => false,
    }
}

/// Leaves the calling test, aloud, where the kernel has no secret memory: see [`skip!`](crate::skip!).
#[macro_export]
macro_rules! needs_secret_memory {
    () => {
        if !$crate::secret_memory::is_there() {
            $crate::skip!("the kernel has no memfd_secret");
        }
    };
}
