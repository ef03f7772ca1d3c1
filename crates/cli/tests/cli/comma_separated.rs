//! CSV: opened like any backup, and written.

use std::fs;
use std::path::PathBuf;

use tempfile::tempdir;

use crate::command::{crate_folder, demo, demos, not_encrypted, open, run};
use crate::forge::file;

fn run_on(command: &str, file: &std::path::Path, further: &[&str]) -> crate::command::Ran {
    run([PathBuf::from(command), file.into()].into_iter().chain(further.iter().map(PathBuf::from)))
}

const TEXT: &str = "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp
Work,1,login,Mail,,\"pin: 1234\",0,\"https://a.example/,https://b.example/\",ada,hunter2,
,,note,Milk,\"two
litres\",,0,,,,
";

#[test]
fn it_is_opened_whatever_its_name_is() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "backup.json", TEXT);
    assert_eq!(
        run_on("list", &backup, &[]).fine_of_plain(&backup),
        "#  TYPE         NAME  USER  FOLDER  URI\n\
         1  login        Mail  ada   Work    https://a.example/\n\
         2  secure note  Milk\n"
    );
    assert_eq!(run_on("show", &backup, &["mail", "--field", "password"]).fine_of_plain(&backup), "hunter2\n");
    let shown = run_on("show", &backup, &["Mail"]).fine_of_plain(&backup);
    assert!(shown.contains("https://b.example/") && shown.contains("pin"), "{shown}");
    // Whether a custom field is hidden is not known, so it is.
    assert!(!shown.contains("hunter2") && !shown.contains("1234"), "{shown}");
    assert_eq!(run_on("show", &backup, &["Milk", "--field", "notes"]).fine_of_plain(&backup), "two\nlitres\n");
    // As JSON it says the same.
    let json = directory.path().join("out.json");
    assert_eq!(run_on("decrypt", &backup, &["-o", json.to_str().unwrap()]).fine_of_plain(&backup), "");
    assert_eq!(run_on("list", &json, &[]).fine_of_plain(&json), run_on("list", &backup, &["-q"]).fine());
}

#[test]
fn bad_rows_are_named_and_hide_no_others() {
    let directory = tempdir().unwrap();
    let bad = b",,login,\xe9hunter2,,,0,,,,\n,,card,x,,,0,,,,,y\n,,login,\"x,hunter2\n,,note,Last,,,0,,,,\n";
    let backup = file(directory.path(), "b.csv", [TEXT.as_bytes(), bad].concat());
    let ran = run_on("list", &backup, &[]).ended(4);
    assert_eq!(ran.stdout.lines().count(), 4);
    assert_eq!(
        ran.stderr,
        not_encrypted(&backup)
            + "strongroom: items[2] cannot be read: row 4, name: is not UTF-8 text\n\
         strongroom: items[3] cannot be read: row 5: 12 cells, where there are 11 columns\n\
         strongroom: items[4] cannot be read: row 6: a cell's quotes do not match\n"
    );
    let ran = run_on("list", &file(directory.path(), "c.csv", "name,notes\nx,hunter2\n"), &[]).ended(1);
    assert!(
        ran.stderr.ends_with("CSV, but not a Bitwarden export: the first row names no column `type`\n"),
        "{}",
        ran.stderr
    );
}

/// A word without a meaning is never passed over in silence, and never shown: it may be a slipped value.
#[test]
fn words_without_a_meaning_are_told() {
    let directory = tempdir().unwrap();
    let reported = crate_folder().join("../vault/tests/data/reported/types.csv");
    let ran = run_on("list", &reported, &[]).ended(0);
    assert_eq!(ran.stdout.lines().count(), 5, "four items: {}", ran.stdout);
    assert_eq!(
        ran.stderr,
        not_encrypted(&reported)
            + &format!(
                "strongroom: {}: type, 1 of its cells: neither `login` nor `note`; read as a login (`decrypt` keeps \
                 the word): items[1]\n",
                reported.display()
            )
    );
    assert_eq!(run_on("list", &reported, &["-q"]).fine(), ran.stdout);
    assert!(run_on("decrypt", &reported, &["-q"]).fine().contains("\"type\": \"card\""));
    let backup = file(directory.path(), "b.csv", TEXT.to_owned() + &"x,no,hunter2,n,,,maybe,,,,\n".repeat(25));
    let ran = run_on("list", &backup, &[]).ended(0);
    assert!(!ran.stderr.contains("hunter2") && ran.stderr.lines().count() == 4, "{}", ran.stderr);
    for column in ["favorite", "reprompt", "type"] {
        assert!(ran.stderr.contains(&format!(": {column}, 25 of its cells: neither ")), "{column}: {}", ran.stderr);
    }
    assert_eq!(ran.stderr.matches("items[21] and 5 more\n").count(), 3, "{}", ran.stderr);
}

#[test]
fn it_is_written_and_what_it_leaves_out_is_told() {
    let twin = fs::read_to_string(crate_folder().join("../vault/tests/data/sdk-plain.csv"));
    let twin = twin.unwrap();
    let told = "strongroom: CSV has no room for all of it; left out: items of other kinds: 3, empty folders: 1, \
                passkeys: 1, former passwords: 3, types of custom fields: 5, ways to match an address: 2\n";
    let directory = tempdir().unwrap();
    let plain = demo("export-plain.json");
    for (number, backup) in demos().iter().chain([&plain]).enumerate() {
        let ran = open("decrypt", backup, &["--csv"]).ended(0);
        let told = if *backup == plain { not_encrypted(backup) + told } else { told.to_owned() };
        assert_eq!((ran.stdout, ran.stderr), (twin.clone(), told));
        let out = directory.path().join(number.to_string());
        assert_eq!(open("decrypt", backup, &["--csv", "-q", "-o", out.to_str().unwrap()]).fine(), "");
        assert_eq!(fs::read_to_string(&out).unwrap(), twin);
    }
    let backup = file(directory.path(), "b.csv", TEXT.replace("\"pin: 1234\"", ""));
    let all = run_on("decrypt", &backup, &["--csv"]).fine_of_plain(&backup);
    assert_eq!(all, TEXT.replace("\"pin: 1234\"", ""), "nothing is left out");
}
