//! Skipping a test aloud.

use std::io::Write as _;

/// Leaves the calling test because of what this machine lacks, and says so on standard error, past the test runner's
/// capture. Where `STRONGROOM_NO_SKIP=1` is set (CI, whose machine is known), it fails the test instead.
///
/// ```no_run
/// # fn is_root() -> bool { true }
/// fn a_test() {
///     if !is_root() {
///         strongroom_testkit::skip!("not root, so another process's memory cannot be read");
///     }
/// }
/// ```
#[macro_export]
macro_rules! skip {
    ($($reason:tt)+) => {{
        $crate::skip::announce($crate::test_path!(), format_args!($($reason)+));
        return;
    }};
}

/// Says it: the function behind [`skip!`](crate::skip!).
///
/// # Panics
/// Where `STRONGROOM_NO_SKIP=1` is set.
pub fn announce(test: &str, reason: std::fmt::Arguments<'_>) {
    if std::env::var_os("STRONGROOM_NO_SKIP").is_some_and(|value| value == "1") {
        panic!("{test} cannot run on this machine: {reason}");
    }
    // Written straight: the runner captures only what the print macros write. Nobody to tell is no reason to fail.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {reason}");
}
