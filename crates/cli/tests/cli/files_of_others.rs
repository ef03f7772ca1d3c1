//! A file that is something else: named, with exit 1, whatever its name is. `doctor FILE` says what a file is.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::tempdir;

use crate::command::{Ran, crate_folder, demo, not_encrypted, run};
use crate::forge::file;

fn on(command: &str, file: &Path, further: &[&str]) -> Ran {
    run([PathBuf::from(command), file.into()].into_iter().chain(further.iter().map(PathBuf::from)))
}

/// A name, a content, and what is said of it.
type Row<'a> = (&'a str, &'a [u8], &'a str, &'a str, &'a str);

const ROWS: [Row<'_>; 8] = [
    (
        "kdbx",
        b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x01\x00\x04\x00",
        "not a Bitwarden export, but a KeePass database (KDBX)",
        "it begins with the signature 03 d9 a2 9a 67 fb 4b b5",
        "open it with KeePassXC or KeePass",
    ),
    (
        "age",
        b"age-encryption.org/v1\n-> X25519 hunter2\n",
        "not a Bitwarden export, but a file encrypted with age",
        "it begins with `age-encryption.org/v1`",
        "decrypt it first: `age -d FILE | strongroom list -`",
    ),
    (
        "html",
        b"<!DOCTYPE html><p>hunter2",
        "not a Bitwarden export, but a web page (HTML)",
        "it begins with `<!doctype html`",
        "the download gave an error or a login page in the place of the file; fetch it again",
    ),
    (
        "nul",
        &[0; 512],
        "not a Bitwarden export, but nothing but NUL bytes",
        "every byte is 0",
        "the download or the disk is damaged and nothing of the file is left; fetch it again or take another copy",
    ),
    (
        "proton",
        b"type,name,url,email,username,password\nlogin,A,,e,u,hunter2\n",
        "not a Bitwarden export, but CSV of Proton Pass",
        "its first row names the columns `type`, `name`, `url`, `username`, `password`",
        "import it into Bitwarden, and export that vault as JSON",
    ),
    (
        "chrome",
        b"name,url,username,password\nA,,u,hunter2\n",
        "not a Bitwarden export, but CSV of Chrome, Edge or another browser of their kind",
        "its first row names the columns `name`, `url`, `username`, `password`",
        "import it into Bitwarden, and export that vault as JSON",
    ),
    (
        "response",
        br#"{"success":true,"data":{"object":"list","data":[{"password":"hunter2"}]}}"#,
        "not a Bitwarden export, but an answer of `bw --response`",
        "it has the members `success`, `data`",
        "take out what is in it: `jq '.data.data // [.data]' FILE | strongroom list -`",
    ),
    (
        "secrets",
        br#"{"projects":[],"secrets":[{"value":"hunter2"}]}"#,
        "not a Bitwarden export, but an export of Bitwarden's Secrets Manager",
        "it has the members `projects`, `secrets`",
        "it holds projects and secrets, no items of a vault",
    ),
];

#[test]
fn they_are_named_by_every_command_whatever_their_names_are() {
    let directory = tempdir().unwrap();
    for (name, bytes, what, why, advice) in ROWS {
        for extension in ["json", "csv", "kdbx"] {
            let path = file(directory.path(), &format!("{name}.{extension}"), bytes);
            let at = format!("strongroom: {}: ", path.display());
            for (command, further) in [("list", &[][..]), ("list", &["--json"]), ("show", &["x"]), ("decrypt", &[])] {
                let ran = on(command, &path, further).ended(1);
                assert_eq!((ran.stdout.as_str(), ran.stderr), ("", format!("{at}{what}\n  {advice}\n")));
            }
            let ran = on("doctor", &path, &[]).ended(1);
            let expected = format!("{at}{what}\n  known by this: {why}\n  {advice}\n");
            assert_eq!((ran.stdout.as_str(), ran.stderr), ("", expected));
        }
    }
    for (name, bytes, why) in [
        ("zip", &b"PK\x03\x04\x14\x00"[..], "it begins with the signature 50 4b 03 04"),
        ("utf16", b"\xff\xfe{\0}\0", "it begins with a byte order mark of UTF-16, or with letters between zero bytes"),
        (
            "restricted",
            br#"{"encrypted": true, "items": []}"#,
            "its member `encrypted` is true, and `passwordProtected` is not",
        ),
    ] {
        let path = file(directory.path(), name, bytes);
        let (listed, said) = (on("list", &path, &[]).ended(1).stderr, on("doctor", &path, &[]).ended(1).stderr);
        let first = |text: &str| text.lines().next().unwrap().to_owned();
        assert_eq!(first(&said), first(&listed));
        assert_eq!(said.lines().nth(1).unwrap(), format!("  known by this: {why}"));
    }
    let damaged = crate_folder().join("../vault/tests/data/reported/e_data_nul21234.json");
    let ran = on("list", &damaged, &[]).ended(1);
    let what = "damaged export: data holds NUL bytes in the place of text, so the download is damaged";
    let advice = "fetch the file again, or export again";
    assert_eq!(ran.stderr, format!("strongroom: {}: {what}\n  {advice}\n", damaged.display()));
}

#[test]
fn doctor_says_what_a_backup_is() {
    let directory = tempdir().unwrap();
    let list = file(
        directory.path(),
        "x.csv",
        br#"[{"object":"item","type":1,"name":"x","login":{}},{"type":2,"name":"y","secureNote":{}}]"#,
    );
    let protected = "a password-protected Bitwarden export (JSON)";
    let flags = "its members `encrypted` and `passwordProtected` are true";
    for (path, name, why, details) in [
        (demo("export-password-pbkdf2.json"), protected, flags, "key derivation: PBKDF2-HMAC-SHA256, 5000 iterations"),
        (
            demo("export-password-argon2id.json"),
            protected,
            flags,
            "key derivation: Argon2id, 3 iterations, 64 MiB, 4 lanes",
        ),
        (
            demo("export-plain.json"),
            "a Bitwarden export (JSON), not encrypted",
            "it has `items`, and `encrypted` is not true",
            "items: 6, folders: 1, collections: 0, unreadable: 0",
        ),
        (
            crate_folder().join("../vault/tests/data/reported/semicolon.csv").canonicalize().unwrap(),
            "a Bitwarden export (CSV), not encrypted",
            "its first row names Bitwarden's columns, the present ones or those until 2017",
            "items: 1, folders: 1, collections: 0, unreadable: 0",
        ),
        (
            list,
            "a list of items, as `bw list items` prints it (JSON), not encrypted",
            "it is a list in which an item has a name, a type and what its type holds",
            "items: 2, folders: 0, collections: 0, unreadable: 0",
        ),
    ] {
        let expected = format!("{}: {name}\nknown by this: {why}\n{details}\n", path.display());
        assert_eq!(on("doctor", &path, &[]).fine(), expected);
        let json: Value = serde_json::from_str(&on("doctor", &path, &["--json"]).fine()).unwrap();
        assert_eq!((&json["name"], &json["reason"], &json["details"]), (&name.into(), &why.into(), &details.into()));
    }
    let one_bad = file(directory.path(), "bad.json", r#"{"items": [{"type": 2, "name": "x"}, 7]}"#);
    let ran = on("doctor", &one_bad, &[]).ended(4);
    assert!(ran.stdout.ends_with("items: 1, folders: 0, collections: 0, unreadable: 1\n"), "{}", ran.stdout);
    on("doctor", &one_bad, &["--require", "plain"]).ended(2);
    run(["doctor", "--format", "json"]).ended(2);
}

#[test]
fn a_list_of_items_is_a_backup() {
    let directory = tempdir().unwrap();
    let list = r#"[{"object":"item","id":"a","type":1,"name":"Mail","login":{"username":"u","password":"hunter2"}}]"#;
    let backup = file(directory.path(), "items", list);
    let table = "#  TYPE   NAME  USER  FOLDER  URI\n1  login  Mail  u\n";
    assert_eq!(on("list", &backup, &[]).fine_of_plain(&backup), table);
    assert_eq!(on("show", &backup, &["Mail", "--field", "password"]).fine_of_plain(&backup), "hunter2\n");
    let out = directory.path().join("out");
    on("decrypt", &backup, &["-q", "-o", out.to_str().unwrap()]).fine();
    assert_eq!(on("list", &out, &["-q"]).fine(), table);
}

#[test]
fn a_stated_format_goes_before_the_content() {
    let directory = tempdir().unwrap();
    let csv = file(directory.path(), "x", "type,name,login_password\nlogin,x,p\n");
    assert_eq!(on("list", &csv, &["--format", "csv"]).ended(0).stderr, not_encrypted(&csv));
    for command in ["list", "decrypt", "doctor"] {
        let ran = on(command, &csv, &["--format", "json"]).ended(1);
        let what = "not JSON: syntax error at line 1, column 2";
        assert_eq!(ran.stderr, format!("strongroom: {}: {what}\n", csv.display()));
    }
    on("show", &csv, &["x", "--format", "csv"]).ended(0);
    let shown = on("doctor", &csv, &["--format", "csv"]).fine();
    assert!(shown.contains("known by this: --format says so"), "{shown}");
    // What passes for CSV of another program by its names is read if that is wanted, but never without passwords.
    let proton = file(directory.path(), "p", "type,name,url,username,password\nlogin,x,,u,hunter2\n");
    let ran = on("list", &proton, &["--format", "csv"]).ended(1);
    assert!(ran.stderr.ends_with("the first row names no column `login_password`\n"), "{}", ran.stderr);
    on("list", &csv, &["--format", "kdbx"]).ended(2);
}
