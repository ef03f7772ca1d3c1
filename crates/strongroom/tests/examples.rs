//! The examples run, and say what they are to say, their failure branches included. Each is a module here, so that the
//! test runner builds what it runs, and runs in a process of its own.
#![cfg(target_os = "linux")]

use strongroom_testkit::victim;

#[path = "../examples/async_unlock.rs"]
mod async_unlock;
#[path = "../examples/bring_your_own.rs"]
mod bring_your_own;
#[path = "../examples/hold_and_use.rs"]
mod hold_and_use;
#[path = "../examples/rotate.rs"]
mod rotate;
#[path = "../examples/share.rs"]
mod share;

/// Runs an example to its end and compares what it prints, line by line.
macro_rules! assert_says {
    ($example:ident, $lines:expr) => {
        let outcome = victim!().run(|| $example::main().unwrap());
        outcome.assert_exit(0);
        let said: Vec<&str> = outcome.stdout.lines().collect();
        assert_eq!(said, $lines, "{}", outcome.stderr);
    };
}

#[test]
fn hold_and_use_runs() {
    assert_says!(
        hold_and_use,
        [
            "the diary says: 5 July. Rain.",
            "the photograph has 2 bytes",
            "the store holds no key Letters(1852) (find)",
            "with the key of the letters: another one encrypted it",
            "locked",
            "wrong password; locked: true",
            "unlocked, the diary says: 5 July. Rain.",
        ]
    );
}

#[test]
fn share_runs() {
    assert_says!(
        share,
        [
            "Ben reads: The analytical engine",
            "Eve is told: wrong key, or the wrapped key was changed (decapsulate, key Own)",
            "Ben is told: keys wrapped as type 2 (AES-256-CBC, HMAC-SHA256) cannot be opened (decapsulate, key Own)",
            "Ben reads, from he does not know whom: The difference engine",
            "as a symmetric key: the contents are not a key that can be used here (unwrap)",
        ]
    );
}

#[test]
fn rotate_runs() {
    assert_says!(
        rotate,
        [
            "the server is offline",
            "document 42: wrong key, or the wrapped key was changed (unwrap, key Owner)",
            "rotated; a copy from before: wrong key, or the wrapped key was changed (unwrap, key Owner)",
            "conflict: another transaction has changed the key Owner meanwhile (commit)",
            "reloaded: all readable",
        ]
    );
}

#[test]
fn bring_your_own_runs() {
    let refused = "not a private key of secp256k1: 32 bytes, above zero and below the order of the curve";
    assert_says!(
        bring_your_own,
        [
            "pay 3 to Ben: signed",
            "pay 3 to Eve: not signed",
            "kept, and read again: the same key",
            "imported; pay 3 to Ada: signed",
            &format!("32 bytes: {refused}"),
            &format!("32 bytes: {refused}"),
            &format!("31 bytes: {refused}"),
        ]
    );
}

#[test]
fn async_unlock_runs() {
    assert_says!(
        async_unlock,
        [
            "the server cannot be reached; keys: 0",
            "wrong password; keys: 0",
            "unlocked; keys: 1",
            "notes: milk, eggs",
            "the store is locked (find, key User)",
        ]
    );
}
