//! Pages of odd kinds, to be found or missed by an attacker.

use std::ptr;

use nix::libc;

/// Maps a page, copies `contents` (at most 4,096 bytes) to its begin, and takes away every right to it. It stays for
/// the rest of the process. Returns its address.
///
/// # Panics
/// When the system refuses, and when the contents are too long.
pub fn without_access(contents: &[u8]) -> usize {
    const PAGE: usize = 4096;
    assert!(contents.len() <= PAGE, "more than a page");
    let rights = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: an anonymous mapping at an address that the kernel chooses replaces nothing.
    let page = unsafe { libc::mmap(ptr::null_mut(), PAGE, rights, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
    assert!(page != libc::MAP_FAILED, "mmap: {}", std::io::Error::last_os_error());
    // SAFETY: the page is ours, writable, and as long as the contents at least; it is new, so they lie elsewhere.
    unsafe { ptr::copy_nonoverlapping(contents.as_ptr(), page.cast(), contents.len()) };
    // SAFETY: the page is ours, and nobody has a reference into it.
    let done = unsafe { libc::mprotect(page, PAGE, libc::PROT_NONE) };
    assert!(done == 0, "mprotect: {}", std::io::Error::last_os_error());
    page.addr()
}
