//! Several FILEs of one command, and the passwords that open them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::command::{Ran, demo, run, run_with_stdin};
use crate::forge::{export_of, file, sealed_with};

/// An encrypted backup of one note, whose name and password are these.
fn backup(directory: &Path, name: &str, password: &str) -> PathBuf {
    let note = format!(r#"{{"id": "{name}", "type": 2, "name": "{name}"}}"#);
    file(directory, &format!("{name}.json"), sealed_with(password, export_of(&[&note]).as_bytes()))
}

fn list(words: &[&Path]) -> Ran {
    run(["list".as_ref()].into_iter().chain(words.iter().map(|word| word.as_os_str())))
}

/// The rows, each without spaces between its cells.
fn rows(table: &str) -> Vec<String> {
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_file_comes_first_in_each_row_of_several() {
    let directory = tempdir().unwrap();
    let (one, two) = (backup(directory.path(), "one", "pw"), backup(directory.path(), "two", "pw"));
    let password = file(directory.path(), "password", "pw");
    let by = [Path::new("--password-file"), &password];
    let table = list(&[&[one.as_path(), &two][..], &by].concat()).fine();
    let (first, second) = (one.display().to_string(), two.display().to_string());
    let expected = [
        "FILE # TYPE NAME USER FOLDER URI".to_owned(),
        format!("{first} 1 secure note one"),
        format!("{second} 1 secure note two"),
    ];
    assert_eq!(rows(&table), expected);
    // The columns of all line up.
    let columns: Vec<_> = table.lines().map(|line| line.find(" 1 ").or(line.find(" # "))).collect();
    assert!(columns[0].is_some() && columns.iter().all(|column| *column == columns[0]), "{table}");
    // The control: of one file its name is in no row.
    assert_eq!(
        rows(&list(&[&[one.as_path()][..], &by].concat()).fine()),
        ["# TYPE NAME USER FOLDER URI", "1 secure note one"]
    );
}

#[test]
fn json_of_several_files_is_one_object() {
    let directory = tempdir().unwrap();
    let odd = |name: &str| {
        let items = [format!(r#"{{"type": 2, "name": "{name}", "favorite": "x"}}"#), "5".to_owned()];
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        file(directory.path(), name, export_of(&items))
    };
    let (one, two) = (odd("one"), odd("two"));
    let missing = directory.path().join("missing");
    let json = Path::new("--json");
    let told = |words: &[&Path], code: i32| {
        let listed: Value = serde_json::from_str(&list(words).ended(code).stdout).unwrap();
        let files =
            |list: &str| listed[list].as_array().unwrap().iter().map(|row| row["file"].clone()).collect::<Vec<_>>();
        assert_eq!(listed.as_object().unwrap().len(), 3);
        (files("items"), files("unreadable"))
    };
    let (a, b) = (json!(one), json!(two));
    assert_eq!(
        told(&[&one, &two, json], 4),
        (vec![a.clone(), b.clone()], vec![a.clone(), a.clone(), b.clone(), b.clone()])
    );
    // One that cannot be opened, wherever it stands, takes nothing from the others.
    let both = (vec![a.clone(), b.clone()], vec![a.clone(), a.clone(), b.clone(), b.clone()]);
    for words in [[&missing, &one, &two], [&one, &missing, &two], [&one, &two, &missing]] {
        let words: Vec<&Path> = words.iter().map(|path| path.as_path()).chain([json]).collect();
        assert_eq!(told(&words, 1), both, "{words:?}");
    }
    // None of several can be opened: nothing is printed.
    let ran = list(&[&missing, &missing, json]).ended(1);
    assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 2));
    // What is unreadable is told with its file.
    let said = list(&[&one, &two]).ended(4).stderr;
    assert!(said.contains(&format!("strongroom: {}: items[1] cannot be read: ", two.display())), "{said}");
    assert!(said.contains(&format!("strongroom: {}: odd members: 1; ", one.display())), "{said}");
}

/// A file that fails is named, the others are listed, and the exit code is the weightiest.
#[test]
fn a_file_that_fails_hides_no_other() {
    let directory = tempdir().unwrap();
    let fine = backup(directory.path(), "fine", "pw");
    let locked = backup(directory.path(), "locked", "another");
    let odd = file(directory.path(), "odd.json", sealed_with("pw", export_of(&["5"]).as_bytes()));
    let broken = file(directory.path(), "broken.json", r#"{"encrypted": false, "items": ["#);
    let password = file(directory.path(), "password", "pw");
    let by = [Path::new("--password-file"), &password];
    for (files, code, listed) in [
        (&[&fine, &odd][..], 4, 1),
        (&[&odd, &fine], 4, 1),
        (&[&locked, &fine], 3, 1),
        (&[&odd, &locked, &fine], 3, 1),
        (&[&fine, &broken], 1, 1),
        (&[&locked, &broken, &odd, &fine, &fine], 1, 2),
        (&[&locked, &broken], 1, 0),
        (&[&locked, &locked], 3, 0),
    ] {
        let words: Vec<&Path> = files.iter().map(|path| path.as_path()).chain(by).collect();
        let ran = list(&words).ended(code);
        assert_eq!(rows(&ran.stdout).len(), if listed == 0 { 0 } else { listed + 1 }, "{files:?}: {}", ran.stdout);
        for file in files.iter().filter(|file| **file != &fine) {
            let named = ran.stderr.lines().any(|line| line.starts_with(&format!("strongroom: {}: ", file.display())));
            assert!(named, "{file:?}: {}", ran.stderr);
        }
        assert!(!ran.stderr.contains("fine.json"), "{}", ran.stderr);
    }
    // Nothing matched goes before unreadable, and is said of all files together.
    let words = [&fine, &odd].map(|path| path.as_path());
    let ran = list(&[&words[..], &by, &["--uri", "x"].map(Path::new)].concat()).ended(5);
    assert!(ran.stderr.ends_with("strongroom: no item that can be read matches\n"), "{}", ran.stderr);
    // It matched in one of them.
    let ran = list(&[&words[..], &by, &["--type", "secureNote"].map(Path::new)].concat()).ended(4);
    assert_eq!(rows(&ran.stdout).len(), 2);
    // Without items there is nothing to match.
    let empty = file(directory.path(), "empty.json", sealed_with("pw", export_of(&[]).as_bytes()));
    let ran = list(&[&[empty.as_path(), &empty][..], &by].concat()).ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "strongroom: the backups hold no items\n"));
}

/// The n-th password file belongs to the n-th encrypted file, and the others are tried after it.
#[test]
fn password_files_belong_to_files_in_their_order() {
    let directory = tempdir().unwrap();
    let a = backup(directory.path(), "a", "pw-a");
    let b = backup(directory.path(), "b", "pw-b");
    let plain = demo("export-plain.json");
    let (pw_a, pw_b) = (file(directory.path(), "pa", "pw-a\n"), file(directory.path(), "pb", " pw-b"));
    fs::write(&pw_b, "pw-b").unwrap();
    let other = file(directory.path(), "po", " spaced");
    let missing = directory.path().join("missing");
    let listed = |files: &[&PathBuf], passwords: &[&PathBuf], code: i32| {
        let mut words: Vec<&Path> = files.iter().map(|path| path.as_path()).collect();
        passwords.iter().for_each(|path| words.extend([Path::new("--password-file"), path.as_path()]));
        let ran = list(&words).ended(code);
        let names: Vec<String> =
            rows(&ran.stdout).iter().skip(1).map(|row| row.rsplit(' ').next().unwrap().to_owned()).collect();
        (names.join(" "), ran.stderr)
    };
    assert_eq!(listed(&[&a, &b], &[&pw_a, &pw_b], 0).0, "a b");
    assert_eq!(listed(&[&a, &b], &[&pw_b, &pw_a], 0).0, "a b", "in another order, after a try more");
    assert_eq!(listed(&[&a, &b, &a], &[&pw_b, &pw_a], 0).0, "a b a", "more files than passwords");
    assert_eq!(listed(&[&a], &[&other, &pw_b, &pw_a], 0).0, "a", "more passwords than files");
    // What is not encrypted takes none: its own comes first, so a missing one of another is not even read.
    assert!(listed(&[&plain, &a, &b], &[&pw_a, &pw_b], 0).0.ends_with("a b"));
    assert_eq!(listed(&[&a], &[&pw_a, &missing], 0), ("a".to_owned(), String::new()));
    // None opens it. What is odd about one is said.
    let (names, said) = listed(&[&a, &b], &[&other, &pw_b], 3);
    let wrong = format!(
        "strongroom: {}: wrong password: none of the 2 that were given opens it\n  \
         the password that was given begins or ends with white space; only one newline at its end is left out\n",
        a.display()
    );
    assert_eq!((names.as_str(), said), ("b", wrong));
    // A password that cannot be read fails the file that needs it.
    let (names, said) = listed(&[&a, &b], &[&missing, &pw_b], 1);
    assert_eq!(names, "b");
    assert!(said.starts_with(&format!("strongroom: {}: password file {}: ", a.display(), missing.display())), "{said}");
}

#[test]
fn the_password_on_standard_input_is_tried_on_all() {
    let directory = tempdir().unwrap();
    let (a, b) = (backup(directory.path(), "a", "pw"), backup(directory.path(), "b", "pw"));
    let words = ["list", a.to_str().unwrap(), b.to_str().unwrap(), "--password-stdin"];
    assert_eq!(rows(&run_with_stdin(words, b"pw\n").fine()).len(), 3);
    let ran = run_with_stdin(words, b"no").ended(3);
    let wrong = |path: &Path| format!("strongroom: {}: wrong password\n", path.display());
    assert_eq!((ran.stdout.as_str(), ran.stderr), ("", wrong(&a) + &wrong(&b)));
}

#[test]
fn standard_input_is_one_of_several_files_once() {
    let directory = tempdir().unwrap();
    let a = backup(directory.path(), "a", "pw");
    let password = file(directory.path(), "password", "pw");
    let (a, password) = (a.to_str().unwrap(), password.to_str().unwrap());
    let plain = fs::read(demo("export-plain.json")).unwrap();
    let ran = run_with_stdin(["list", a, "-", "--password-file", password], &plain).ended(0);
    assert_eq!(rows(&ran.stdout).len(), 8);
    assert!(rows(&ran.stdout)[2].starts_with("- 1 login"), "{}", ran.stdout);
    let ran = run_with_stdin(["list", "-", a, "-", "--password-file", password], &plain).ended(2);
    let twice = "strongroom: standard input is given as more than one of the backups\n";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", twice));
    let ran = run_with_stdin(["list", a, "-", "--password-stdin"], &plain).ended(2);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("so the password cannot come from it too"), "{}", ran.stderr);
}
