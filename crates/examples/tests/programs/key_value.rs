//! `key_value`: two connections, a lock, and a second process that opens the file again.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::Command,
};

use crate::program::{Program, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_key_value");

struct Client(BufReader<UnixStream>);

impl Client {
    fn ask(&mut self, request: &str) -> String {
        writeln!(self.0.get_mut(), "{request}").unwrap();
        let mut answer = String::new();
        self.0.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }
}

fn serve(folder: &Path, socket: &str) -> (Program, Client, Client) {
    let socket = folder.join(socket);
    let mut program = Program::start(Command::new(PROGRAM).arg("serve").arg(folder.join("file")).arg(&socket));
    let mut client = || Client(BufReader::new(program.connect(&socket)));
    let (one, two) = (client(), client());
    (program, one, two)
}

#[test]
fn values_are_kept_and_locked_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let create = || run(Command::new(PROGRAM).arg("create").arg(&file), "correct horse\n");
    let (status, output) = create();
    assert!(status.success(), "{output}");
    let (status, output) = create();
    assert!(!status.success() && output.contains("File exists"), "{output}");

    let (program, mut one, mut two) = serve(folder.path(), "first");
    assert_eq!(one.ask("GET milk"), "ERR it is locked");
    assert_eq!(one.ask("UNLOCK battery staple"), "ERR the password is wrong");
    assert_eq!(one.ask("SET milk two litres"), "ERR it is locked");
    assert_eq!(one.ask("UNLOCK correct horse"), "OK");
    assert_eq!(one.ask("SET milk two litres"), "OK");
    assert_eq!(one.ask("GET beer"), "ERR there is no such value");
    assert_eq!(two.ask("GET milk"), "VALUE two litres");
    assert_eq!(two.ask("LOCK"), "OK");
    assert_eq!(one.ask("GET milk"), "ERR it is locked");
    assert_eq!(two.ask("UNLOCK correct horse"), "OK");
    assert_eq!(one.ask("GET milk"), "VALUE two litres");
    assert_eq!(one.ask("BUY milk"), "ERR there is no such request");
    drop(program);

    let saved = fs::read_to_string(&file).unwrap();
    assert!(saved.contains("milk") && !saved.contains("litres"), "{saved}");
    fs::write(&file, saved.replace("\"milk\"", "\"beer\"")).unwrap();
    let (_program, mut one, mut two) = serve(folder.path(), "second");
    assert_eq!(one.ask("UNLOCK correct horse"), "OK");
    let moved = two.ask("GET beer");
    assert!(moved.starts_with("ERR ") && !moved.contains("locked"), "{moved}");
    fs::write(&file, &saved).unwrap();
    let (_program, mut one, mut two) = serve(folder.path(), "third");
    assert_eq!(one.ask("UNLOCK correct horse"), "OK");
    assert_eq!(two.ask("GET milk"), "VALUE two litres");
}
