//! A thread with a descriptor table of its own, for descriptors that nobody may inherit or fetch. Linux.
//!
//! `posix_spawn(3)`, `vfork(2)` and raw `clone(2)` copy the table of the thread that calls them, and run no handler of
//! `pthread_atfork(3)`. `pidfd_getfd(2)` reads the table of the process's first thread. Neither sees a descriptor that
//! only a helper thread has. A tracer that knows the helper still does.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

/// Bytes of the helper's stack.
const STACK: usize = 64 << 10;

/// Runs `work` on a new thread that has an empty descriptor table of its own, and waits for it. Where no thread can be
/// had, runs it on the calling thread. Where the table cannot be parted, the new thread shares it.
///
/// The C library makes the thread: the standard library would allocate for it, and inside an operation there may be no
/// room for that. Signals are blocked in it. A handler of the program's that writes to a pipe would find no descriptor.
pub(super) fn with_own_descriptors<T: Send>(work: impl Fn() -> T + Sync) -> T {
    let mut job = Job { work: &work, result: None };
    run_on_helper(&mut job);
    job.result.unwrap_or_else(work)
}

struct Job<'w, W, T> {
    work: &'w W,
    result: Option<T>,
}

/// Leaves the result empty where no thread can be had.
fn run_on_helper<T: Send, W: Fn() -> T + Sync>(job: &mut Job<'_, W, T>) {
    let blocked = BlockedSignals::new();
    let small = Attributes::with_stack(STACK);
    let job = ptr::from_mut(job).cast::<c_void>();
    // SAFETY: `job` is of the type that `body` takes and is borrowed until the thread was joined, which is below.
    let helper = unsafe { start(small.as_ref(), body::<T, W>, job) };
    // A program with much thread-local memory needs a larger stack.
    // SAFETY: as above; the first call has made no thread.
    let helper = helper.or_else(|| unsafe { start(None, body::<T, W>, job) });
    drop(blocked);
    if let Some(helper) = helper {
        // SAFETY: the thread was made joinable, and is joined once.
        unsafe { libc::pthread_join(helper, ptr::null_mut()) };
    }
}

extern "C" fn body<T: Send, W: Fn() -> T + Sync>(job: *mut c_void) -> *mut c_void {
    // SAFETY: the call takes three numbers. It changes the table of this thread alone.
    unsafe { libc::syscall(libc::SYS_close_range, 0, libc::c_uint::MAX, libc::CLOSE_RANGE_UNSHARE) };
    // SAFETY: `run_on_helper` hands over its job, of this type, and touches it only after it has joined this thread.
    let job = unsafe { &mut *job.cast::<Job<'_, W, T>>() };
    job.result = Some((job.work)());
    ptr::null_mut()
}

/// Starts a thread; `None` if the system has none.
///
/// # Safety
/// `body` is sound to call with `data` on another thread.
unsafe fn start(
    attributes: Option<&Attributes>,
    body: extern "C" fn(*mut c_void) -> *mut c_void,
    data: *mut c_void,
) -> Option<libc::pthread_t> {
    let mut thread = MaybeUninit::<libc::pthread_t>::uninit();
    let attributes = attributes.map_or(ptr::null(), |attributes| &raw const attributes.0);
    // SAFETY: `thread` is writable, the attributes are initialised (Attributes 1), the rest is the caller's promise.
    let refused = unsafe { libc::pthread_create(thread.as_mut_ptr(), attributes, body, data) };
    // SAFETY: the call has succeeded, so it has filled the value.
    (refused == 0).then(|| unsafe { thread.assume_init() })
}

/// What a thread is made with.
///
/// # Invariants
/// 1. The value is initialised by `pthread_attr_init`.
struct Attributes(libc::pthread_attr_t);

impl Attributes {
    /// The usual ones with a stack of `len` bytes; `None` if the system refuses that.
    fn with_stack(len: usize) -> Option<Self> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: the call initialises the value.
        if unsafe { libc::pthread_attr_init(raw.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: the call has succeeded.
        let mut attributes = Self(unsafe { raw.assume_init() });
        // SAFETY: the value is initialised (invariant 1).
        let refused = unsafe { libc::pthread_attr_setstacksize(&raw mut attributes.0, len) };
        (refused == 0).then_some(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: the value is initialised (invariant 1) and not used again.
        unsafe { libc::pthread_attr_destroy(&raw mut self.0) };
    }
}

/// The calling thread with all signals blocked, which a thread that it makes inherits; as it was before on drop.
///
/// # Invariants
/// 1. The value is the thread's mask before, if there is one.
struct BlockedSignals(Option<libc::sigset_t>);

impl BlockedSignals {
    fn new() -> Self {
        let mut all = MaybeUninit::uninit();
        // SAFETY: the call initialises the value.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        let mut before = MaybeUninit::uninit();
        // SAFETY: the first set is initialised by the call above, which cannot fail; the second is writable.
        let refused = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
        // SAFETY: the call has succeeded, so it has filled the value.
        Self((refused == 0).then(|| unsafe { before.assume_init() }))
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // SAFETY: the set is the one that the thread had (invariant 1).
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, ptr::null_mut()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::fd::AsRawFd;

    fn descriptors_of_this_thread() -> usize {
        // The directory is opened by a descriptor of its own.
        fs::read_dir("/proc/thread-self/fd").unwrap().count() - 1
    }

    #[test]
    fn the_helper_has_no_descriptor_and_takes_none_away() {
        let file = fs::File::open("/proc/self/exe").unwrap();
        let here = descriptors_of_this_thread();
        assert!(here > 0, "the control");
        assert_eq!(with_own_descriptors(descriptors_of_this_thread), 0);
        let link = format!("/proc/self/fd/{}", file.as_raw_fd());
        assert!(fs::read_link(link).is_ok(), "the caller's are still open");
    }

    #[test]
    fn no_signal_reaches_the_helper_and_the_caller_has_its_mask_again() {
        let mask = || {
            let status = fs::read_to_string("/proc/thread-self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
            u64::from_str_radix(line.trim(), 16).unwrap()
        };
        let before = mask();
        // SIGKILL and SIGSTOP cannot be blocked, and two signals are the C library's own.
        let all = !(1 << (libc::SIGKILL - 1) | 1 << (libc::SIGSTOP - 1) | 0b111 << 31);
        assert_eq!(with_own_descriptors(mask) & all, all);
        assert_eq!(mask(), before);
    }
}
