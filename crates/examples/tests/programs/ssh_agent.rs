//! `ssh_agent`: asked by OpenSSH's own programs.

use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::Command,
};

use crate::program::{LONG, Program, run};

/// A folder with a key, made by OpenSSH, and an agent.
struct Place {
    folder: tempfile::TempDir,
    _agent: Program,
}

impl Place {
    fn run(&self, program: &str, args: &[&str], input: &str) -> (bool, String) {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.folder);
        // It reads passphrases by this program, where there is no terminal.
        command.env("SSH_AUTH_SOCK", "agent").env("SSH_ASKPASS_REQUIRE", "force").env("SSH_ASKPASS", "./passphrase");
        let (status, output) = run(&mut command, input);
        (status.success(), output.trim_end().replace('\r', ""))
    }

    fn passphrase(&self, passphrase: &str) {
        use std::os::unix::fs::PermissionsExt;

        let program = self.folder.path().join("passphrase");
        fs::write(&program, format!("#!/bin/sh\necho '{passphrase}'\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// Sends a request as it is, and returns the answer.
    fn ask(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = UnixStream::connect(self.folder.path().join("agent")).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(&string(request)).unwrap();
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_be_bytes(length).try_into().unwrap()];
        stream.read_exact(&mut answer).unwrap();
        answer
    }

    fn sign(&self) -> bool {
        // Of the key it has the public half alone, so that the agent is asked.
        let (done, signature) = self.run("ssh-keygen", &["-q", "-Y", "sign", "-n", "file", "-f", "public"], "milk");
        if !done {
            return false;
        }
        fs::write(self.folder.path().join("signature"), signature + "\n").unwrap();
        let check = ["-Y", "verify", "-f", "signers", "-I", "ada", "-n", "file", "-s", "signature"];
        let (good, output) = self.run("ssh-keygen", &check, "milk");
        assert!(good, "{output}");
        let (good, output) = self.run("ssh-keygen", &check, "beer");
        assert!(!good, "{output}");
        true
    }
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn open_ssh_is_there() -> bool {
    Command::new("ssh-add").arg("-l").env_remove("SSH_AUTH_SOCK").output().is_ok()
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("agent");
    let mut agent = Program::start(Command::new(env!("CARGO_BIN_EXE_ssh_agent")).arg(&socket));
    drop(agent.connect(&socket));
    let place = Place { folder, _agent: agent };
    let make = ["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", "key"];
    assert_eq!(place.run("ssh-keygen", &make, ""), (true, String::new()));
    let file = |name: &str| place.folder.path().join(name);
    fs::rename(file("key.pub"), file("public")).unwrap();
    fs::write(file("signers"), format!("ada {}", read(&file("public")))).unwrap();
    place
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn open_ssh_adds_signs_locks_and_removes() {
    if !open_ssh_is_there() {
        strongroom_testkit::skip!("OpenSSH is missing");
    }
    let place = place();
    let public = read(&place.folder.path().join("public"));
    let add = |args: &[&str]| place.run("ssh-add", args, "");
    let none = || (false, "The agent has no identities.".to_owned());
    assert_eq!(add(&["-L"]), none());
    assert!(!place.sign());
    assert_eq!(add(&["key"]), (true, "Identity added: key (ada)".to_owned()));
    assert_eq!(add(&["-L"]), (true, public.trim_end().to_owned()));
    assert!(place.sign());
    // The kind of the answer, the number of keys, and the first key, of 51 bytes.
    let blob = &place.ask(&[11])[5..60];
    let by_hand = [&[13], blob, &string(b"milk"), &[0; 4]].concat();
    assert_eq!(place.ask(&by_hand)[0], 14);

    place.passphrase("correct horse");
    assert_eq!(add(&["-x"]), (true, "Agent locked.".to_owned()));
    assert_eq!(add(&["-L"]), none());
    assert!(!place.sign());
    assert!(!add(&["key"]).0);
    assert_eq!(place.ask(&by_hand), [5], "it asks nobody for a list first");
    place.passphrase("battery staple");
    assert_eq!(add(&["-X"]), (false, "Failed to unlock agent: agent refused operation".to_owned()));
    place.passphrase("correct horse");
    assert_eq!(add(&["-X"]), (true, "Agent unlocked.".to_owned()));
    assert!(place.sign());

    assert_eq!(add(&["-d", "public"]), (true, "Identity removed: public ED25519 (ada)".to_owned()));
    assert!(!place.sign());
    // Without a key it locks and unlocks too.
    assert!(add(&["-x"]).0 && add(&["-X"]).0);
    assert_eq!(add(&["-L"]), none());
    assert!(add(&["key"]).0 && place.sign());
    assert_eq!(add(&["-D"]), (true, "All identities removed.".to_owned()));
    assert_eq!(add(&["-L"]), none());
}

#[test]
fn keys_of_other_algorithms_and_with_conditions_are_refused() {
    if !open_ssh_is_there() {
        strongroom_testkit::skip!("OpenSSH is missing");
    }
    let place = place();
    let make = ["-q", "-t", "ecdsa", "-N", "", "-f", "other"];
    assert_eq!(place.run("ssh-keygen", &make, ""), (true, String::new()));
    for args in [&["other"][..], &["-t", "60", "key"], &["-c", "key"]] {
        let (done, output) = place.run("ssh-add", args, "");
        assert!(!done && output.contains("agent refused operation"), "{output}");
    }
    assert_eq!(place.run("ssh-add", &["-l"], ""), (false, "The agent has no identities.".to_owned()));
}
