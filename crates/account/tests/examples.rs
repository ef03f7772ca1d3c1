//! The example runs, and says what it is to say, its failure branches included. It is a module here, so that the test
//! runner builds what it runs, and runs in a process of its own.
#![cfg(target_os = "linux")]

use strongroom_testkit::victim;

#[path = "../examples/account.rs"]
mod account;

#[test]
fn account_runs() {
    let outcome = victim!().run(|| account::main().unwrap());
    outcome.assert_exit(0);
    let said: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(
        said,
        [
            "the server lets in: false",
            "wrong password",
            "the server lets in: true",
            "unlocked, version 1",
            "item: the bank",
            "the server serves another state of the account: the password would be put through \
             Kdf(Pbkdf2 { iterations: 5000 }), which is weaker than the known \
             Kdf(Argon2id { iterations: 3, memory_mib: 64, parallelism: 4 })",
            "the secret does not open the user key; locked: true",
            "item: the bank",
            "a friend reads: see you at six",
            "the server says no; version 1",
            "the server lets in: true",
            "unlocked, version 2; both remember the same: true",
            "item: the bank",
        ],
        "{}",
        outcome.stderr
    );
}
