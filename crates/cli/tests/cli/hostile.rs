//! Hostile and damaged backups, by the stage that finds them out. Each row: its name, the file, the exit code, and all
//! that is said of it. For every row `list`, `show` and `decrypt -o` say the same, print nothing, write nothing and do
//! not panic; and no plaintext gets into a message: wherever a row has some, it is the word hunter2.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::command::{demo, demos, names_in, open};
use crate::forge::{export_of, file, sealed, sealed_with};

type Row<'a> = (&'a str, Vec<u8>, i32, &'a str);

fn text(name: &str) -> String {
    fs::read_to_string(demo(name)).unwrap()
}

fn pbkdf2() -> String {
    text("export-password-pbkdf2.json")
}

fn argon2id() -> String {
    text("export-password-argon2id.json")
}

/// The export with one member changed, or taken away.
fn with(export: &str, member: &str, value: Value) -> Vec<u8> {
    let mut members: Value = serde_json::from_str(export).unwrap();
    assert!(members[member] != value, "nothing is changed");
    members[member] = value;
    serde_json::to_vec_pretty(&members).unwrap()
}

fn without(export: &str, member: &str) -> Vec<u8> {
    let mut members: Value = serde_json::from_str(export).unwrap();
    members.as_object_mut().unwrap().remove(member).expect("the member is there");
    serde_json::to_vec_pretty(&members).unwrap()
}

/// The member's line twice.
fn twice(export: &str, member: &str) -> Vec<u8> {
    let line = export.lines().find(|line| line.contains(&format!("\"{member}\""))).unwrap();
    export.replacen(line, &format!("{line}\n{line}"), 1).into_bytes()
}

/// A member's text.
fn member(export: &str, member: &str) -> String {
    serde_json::from_str::<Value>(export).unwrap()[member].as_str().unwrap().to_owned()
}

/// An encrypted text with one character of base64 changed in one of its parts: 0 the vector, 1 the data, 2 the MAC.
fn bent(enc_string: &str, part: usize, at: usize) -> Value {
    let (kind, parts) = enc_string.split_once('.').unwrap();
    let mut parts: Vec<String> = parts.split('|').map(str::to_owned).collect();
    let by = if &parts[part][at..=at] == "A" { "B" } else { "A" };
    parts[part].replace_range(at..=at, by);
    json!(format!("{kind}.{}", parts.join("|")))
}

#[track_caller]
fn assert_refused(rows: &[Row<'_>]) {
    assert!(rows.len() >= 6, "a stage has at least six rows");
    let directory = tempdir().unwrap();
    for (name, bytes, code, message) in rows {
        let backup = file(directory.path(), "backup.json", bytes);
        assert_path_refused(name, &backup, directory.path(), *code, message);
        assert_eq!(names_in(directory.path()), ["backup.json"], "{name}: something was written");
    }
}

#[track_caller]
fn assert_path_refused(name: &str, backup: &Path, writable: &Path, code: i32, message: &str) {
    let out = writable.join("out.json");
    let out = out.to_str().unwrap();
    for (command, further) in
        [("list", &[][..]), ("list", &["--json"]), ("show", &["Item 3"]), ("decrypt", &[]), ("decrypt", &["-o", out])]
    {
        let ran = open(command, backup, further);
        assert_eq!(ran.code, code, "{name}: {command}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{name}: {command}");
        let shown = backup.to_string_lossy().replace('\u{1b}', "\\u{1b}");
        assert_eq!(ran.stderr, format!("strongroom: {shown}: {message}\n"), "{name}: {command}");
        assert!(!ran.stderr.contains("hunter2"), "{name}: {command}: {}", ran.stderr);
    }
    assert!(!Path::new(out).exists(), "{name}");
}

#[test]
fn the_controls_open() {
    for demo in demos() {
        open("list", &demo, &[]).fine();
        let text = fs::read_to_string(&demo).unwrap();
        let directory = tempdir().unwrap();
        let marked = file(directory.path(), "b.json", format!("\u{feff}{text}\r\n"));
        open("list", &marked, &[]).fine();
        let unchanged = serde_json::to_vec(&serde_json::from_str::<Value>(&text).unwrap()).unwrap();
        open("list", &file(directory.path(), "b.json", unchanged), &[]).fine();
    }
}

#[test]
fn file_paths() {
    let directory = tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("directory.json")).unwrap();
    fs::write(path("file"), "x").unwrap();
    symlink(path("loop"), path("loop")).unwrap();
    symlink(path("nothing"), path("dangling")).unwrap();
    let large = File::create(path("large.json")).unwrap();
    large.set_len((128 << 20) + 1).unwrap();
    let too_large =
        "too large: the file is longer than 128 MiB\n  if you trust the file: --allow-file-size MIB accepts more";
    let name_too_long = path(&"x".repeat(300));
    let not_utf8: PathBuf = directory.path().join(OsString::from_vec(b"\xff\x1b.json".to_vec()));
    for (name, backup, message) in [
        ("not there", path("missing.json"), "it cannot be read: No such file or directory (os error 2)"),
        ("a directory", path("directory.json"), "it is a directory"),
        ("below a file", path("file/b.json"), "it cannot be read: Not a directory (os error 20)"),
        ("a name too long", name_too_long, "it cannot be read: File name too long (os error 36)"),
        ("a link to itself", path("loop"), "it cannot be read: Too many levels of symbolic links (os error 40)"),
        ("a link to nothing", path("dangling"), "it cannot be read: No such file or directory (os error 2)"),
        ("too large", path("large.json"), too_large),
        ("endless", PathBuf::from("/dev/zero"), too_large),
        ("a name that is not text", not_utf8, "it cannot be read: No such file or directory (os error 2)"),
    ] {
        assert_path_refused(name, &backup, directory.path(), 1, message);
    }
    let more = open("list", &path("large.json"), &["--allow-file-size", "129"]).ended(1);
    assert!(more.stderr.contains("not a Bitwarden export, but nothing but NUL bytes"), "{}", more.stderr);
}

#[test]
fn file_contents() {
    let good = pbkdf2();
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(good.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut latin1 = good.clone().into_bytes();
    latin1.insert(100, 0xe9);
    assert_refused(&[
        ("nothing", vec![], 1, "the file is empty"),
        ("white space", b" \r\n\t".to_vec(), 1, "the file is empty"),
        (
            "a zip archive",
            b"PK\x03\x04\x14\x00".to_vec(),
            1,
            "the file is a zip archive; unpack it and give the export in it, which Bitwarden calls `data.json`",
        ),
        ("UTF-16", utf16, 1, "the file is UTF-16 text; convert it to UTF-8"),
        ("Latin-1", latin1, 1, "the file is not UTF-8 text: bad byte at offset 100"),
        ("random bytes", vec![0x80; 64], 1, "the file is not UTF-8 text: bad byte at offset 0"),
        (
            "cut within a character",
            b"{\"a\": \"\xe2\x98".to_vec(),
            1,
            "the file is not UTF-8 text: bad byte at offset 7",
        ),
    ]);
}

#[test]
fn json() {
    let good = pbkdf2();
    let half = good.as_bytes()[..good.len() / 2].to_vec();
    let half_at = half.len() - good[..half.len()].rfind('\n').unwrap() - 1;
    let truncated = format!("truncated: the JSON ends too early, at line 10, column {half_at}");
    let deep = format!("{}1{}", "[".repeat(1 << 20), "]".repeat(1 << 20)).into_bytes();
    assert_refused(&[
        ("CSV of others", b"title,password\n,hunter2".to_vec(), 1, "not JSON: syntax error at line 1, column 2"),
        ("neither", b"<?".to_vec(), 1, "not JSON: syntax error at line 1, column 1"),
        ("a comma too many", b"{\n  \"encrypted\": true,\n}".to_vec(), 1, "not JSON: syntax error at line 3, column 1"),
        (
            "two documents",
            [good.as_bytes(), good.as_bytes()].concat(),
            1,
            "not JSON: syntax error at line 11, column 2",
        ),
        ("cut in the middle", half, 1, &truncated),
        ("one bracket", b"{".to_vec(), 1, "truncated: the JSON ends too early, at line 1, column 1"),
        ("a zero byte", b"{\"encrypted\": \0}".to_vec(), 1, "not JSON: syntax error at line 1, column 15"),
        ("a million brackets", deep, 1, "JSON, but not a Bitwarden export"),
    ]);
}

#[test]
fn header() {
    let good = pbkdf2();
    const NO_EXPORT: &str = "JSON, but not a Bitwarden export";
    const RESTRICTED: &str = "an account-restricted export: it needs the keys of the account that made it, a password \
         alone cannot open it\n  import it into that account, or export again and choose a password for the file";
    let restricted = json!({"encrypted": true, "encKeyValidation_DO_NOT_EDIT": "2.x", "folders": [], "items": []});
    assert_refused(&[
        ("a list", b"[\"hunter2\"]".to_vec(), 1, NO_EXPORT),
        ("an empty object", b"{}".to_vec(), 1, NO_EXPORT),
        ("another program's file", b"{\"password\": \"hunter2\"}".to_vec(), 1, NO_EXPORT),
        ("account-restricted", restricted.to_string().into_bytes(), 1, RESTRICTED),
        (
            "not password-protected",
            with(&good, "passwordProtected", json!(false)),
            1,
            "contradictory export: `passwordProtected` is not true, but `data` is there",
        ),
        (
            "flag as text",
            with(&good, "encrypted", json!("true")),
            1,
            "damaged export: encrypted: expected true or false",
        ),
        ("no salt", without(&good, "salt"), 1, "damaged export: salt: is missing"),
        ("salt as a number", with(&good, "salt", json!(5)), 1, "damaged export: salt: expected text"),
        ("salt twice", twice(&good, "salt"), 1, "damaged export: salt: stands there twice"),
        (
            "no check of the password",
            without(&good, "encKeyValidation_DO_NOT_EDIT"),
            1,
            "damaged export: encKeyValidation_DO_NOT_EDIT: is missing",
        ),
        ("no data", with(&good, "data", json!(null)), 1, "damaged export: data: is missing"),
        (
            "data without a MAC",
            with(&good, "data", json!("0.AAAAAAAAAAAAAAAAAAAAAA==|AAAAAAAAAAAAAAAAAAAAAA==")),
            1,
            "damaged export: data is of type 0 (AES-256-CBC without MAC); a password-protected export has type 2 there",
        ),
        (
            "data of no known type",
            with(&good, "data", json!("9.AAAA")),
            1,
            "damaged export: data: the encrypted text does not begin with a known type number and a dot",
        ),
    ]);
}

#[test]
fn kdf_parameters() {
    let (pbkdf2, argon2id) = (pbkdf2(), argon2id());
    let rounds = |rounds: u64| with(&pbkdf2, "kdfIterations", json!(rounds));
    let both = |first: (&str, u32), second: (&str, u32)| {
        let once = with(&argon2id, first.0, json!(first.1));
        with(str::from_utf8(&once).unwrap(), second.0, json!(second.1))
    };
    assert_refused(&[
        (
            "an unknown function",
            with(&pbkdf2, "kdfType", json!(2)),
            1,
            "unknown key derivation function: kdfType 2; known are 0 (PBKDF2) and 1 (Argon2id)",
        ),
        ("no function", without(&pbkdf2, "kdfType"), 1, "damaged parameters of key derivation: kdfType: is missing"),
        (
            "rounds as text",
            with(&pbkdf2, "kdfIterations", json!("5000")),
            1,
            "damaged parameters of key derivation: kdfIterations: expected a whole number",
        ),
        // No option is offered, as none would help.
        ("no rounds at all", rounds(0), 1, "PBKDF2 with 0 iterations; accepted are 5000 to 10000000"),
        (
            "too few rounds",
            rounds(1000),
            1,
            "PBKDF2 with 1000 iterations; accepted are 5000 to 10000000\n  if you trust the file: --allow-kdf-iterations 1000",
        ),
        (
            "an hour of rounds",
            rounds(4_000_000_000),
            1,
            "PBKDF2 with 4000000000 iterations; accepted are 5000 to 10000000\n  \
             if you trust the file: --allow-kdf-iterations 4000000000",
        ),
        ("more rounds than fit", rounds(1 << 32), 1, "kdfIterations is 4294967296, which no key derivation can do"),
        (
            "negative rounds",
            with(&pbkdf2, "kdfIterations", json!(-1)),
            1,
            "kdfIterations is -1, which no key derivation can do",
        ),
        (
            "memory for nobody",
            with(&argon2id, "kdfMemory", json!(1 << 20)),
            1,
            "Argon2id with 1048576 MiB of memory; accepted are 16 to 1024 MiB\n  \
             if you trust the file: --allow-kdf-memory 1048576 --allow-kdf-work 3145728",
        ),
        (
            "too little memory",
            with(&argon2id, "kdfMemory", json!(8)),
            1,
            "Argon2id with 8 MiB of memory; accepted are 16 to 1024 MiB\n  if you trust the file: --allow-kdf-memory 8",
        ),
        (
            "too many lanes",
            with(&argon2id, "kdfParallelism", json!(17)),
            1,
            "Argon2id with parallelism 17; accepted are 1 to 16\n  if you trust the file: --allow-kdf-parallelism 17",
        ),
        (
            "each within its bounds, all together not",
            both(("kdfMemory", 1024), ("kdfIterations", 11)),
            1,
            "Argon2id with 11 iterations over 1024 MiB takes too long; iterations times memory may be 10240 MiB at most\n  \
             if you trust the file: --allow-kdf-work 11264",
        ),
        (
            "several out of bounds",
            both(("kdfParallelism", 64), ("kdfIterations", 1)),
            1,
            "Argon2id with 1 iterations; accepted are 2 to 64\n  \
             if you trust the file: --allow-kdf-iterations 1 --allow-kdf-parallelism 64",
        ),
        (
            "no lanes",
            with(&argon2id, "kdfParallelism", json!(null)),
            1,
            "damaged parameters of key derivation: kdfParallelism: is missing",
        ),
    ]);
}

#[test]
fn the_options_that_are_named_do_accept_the_file() {
    let directory = tempdir().unwrap();
    // The parameters are not those the file was made with: once they are accepted, the password is wrong.
    let few = file(directory.path(), "few.json", with(&pbkdf2(), "kdfIterations", json!(1000)));
    open("list", &few, &["--allow-kdf-iterations", "999"]).ended(3);
    open("list", &few, &["--allow-kdf-iterations", "1001"]).ended(1);
    open("list", &few, &["--allow-kdf-iterations", "1000"]).ended(3);
    let little = file(directory.path(), "little.json", with(&argon2id(), "kdfMemory", json!(8)));
    open("list", &little, &["--allow-kdf-memory", "8"]).ended(3);
    let lanes = file(directory.path(), "lanes.json", with(&argon2id(), "kdfParallelism", json!(17)));
    open("list", &lanes, &["--allow-kdf-parallelism", "17"]).ended(3);
    // Beyond what any function does, no option helps, nor is one named.
    let none = file(directory.path(), "none.json", with(&pbkdf2(), "kdfIterations", json!(0)));
    open("list", &none, &["--allow-kdf-iterations", "0"]).ended(1);
    // A bound that is moved for one parameter stays for the others.
    let work = with(&argon2id(), "kdfMemory", json!(1 << 20));
    let work = file(directory.path(), "work.json", work);
    let ran = open("list", &work, &["--allow-kdf-memory", "1048576"]).ended(1);
    assert!(ran.stderr.contains("takes too long") && ran.stderr.contains("--allow-kdf-work 3145728"), "{}", ran.stderr);
}

#[test]
fn key_check() {
    const CHECK: &str = "encKeyValidation_DO_NOT_EDIT";
    const WRONG: &str = "wrong password";
    let good = pbkdf2();
    let check = member(&good, CHECK);
    let other = sealed(b"{\"items\": []}");
    assert_refused(&[
        ("another password", sealed_with("hunter2", b"{\"items\": []}").into_bytes(), 3, WRONG),
        ("another case", sealed_with("Export password", b"{\"items\": []}").into_bytes(), 3, WRONG),
        ("no password", sealed_with("", b"{\"items\": []}").into_bytes(), 3, WRONG),
        ("a trailing newline in it", sealed_with("export password\n", b"{\"items\": []}").into_bytes(), 3, WRONG),
        ("another salt", with(&good, "salt", json!("AAAAAAAAAAAAAAAAAAAAAA==")), 3, WRONG),
        ("more rounds", with(&good, "kdfIterations", json!(5001)), 3, WRONG),
        ("another lane", with(&argon2id(), "kdfParallelism", json!(3)), 3, WRONG),
        ("its vector changed", with(&good, CHECK, bent(&check, 0, 2)), 3, WRONG),
        ("its data changed", with(&good, CHECK, bent(&check, 1, 2)), 3, WRONG),
        ("its MAC changed", with(&good, CHECK, bent(&check, 2, 2)), 3, WRONG),
        ("that of another file", with(&good, CHECK, json!(member(&other, CHECK))), 3, WRONG),
    ]);
}

#[test]
fn payload() {
    const TAMPERED: &str = "tampered: the password is right, but the data were changed after the export was written";
    let good = pbkdf2();
    let data = member(&good, "data");
    let cut = {
        // Three blocks less, the MAC as it was.
        let (front, mac) = data.rsplit_once('|').unwrap();
        let (front, _) = front.split_at((front.len() - 64) / 4 * 4 + data.find('|').unwrap() % 4 + 1);
        json!(format!("{front}|{mac}"))
    };
    let authentic = |payload: &[u8]| sealed(payload).into_bytes();
    assert_refused(&[
        ("its vector changed", with(&good, "data", bent(&data, 0, 2)), 1, TAMPERED),
        ("its first block changed", with(&good, "data", bent(&data, 1, 2)), 1, TAMPERED),
        ("a block in the middle changed", with(&good, "data", bent(&data, 1, 4000)), 1, TAMPERED),
        ("its MAC changed", with(&good, "data", bent(&data, 2, 2)), 1, TAMPERED),
        ("that of another file", with(&good, "data", json!(member(&argon2id(), "data"))), 1, TAMPERED),
        ("blocks cut off", with(&good, "data", cut), 1, TAMPERED),
        ("authentic, not text", authentic(b"{\"items\": [\"hunter2\xff\"]}"), 1, "the decrypted data are not text"),
        (
            "authentic, empty",
            authentic(b""),
            1,
            "the decrypted data are no export: truncated: the JSON ends too early, at line 1, column 0",
        ),
        (
            "authentic, not JSON",
            authentic(b"name,password\nx,hunter2"),
            1,
            "the decrypted data are no export: not JSON: syntax error at line 1, column 2",
        ),
        (
            "authentic, cut",
            authentic(b"{\"items\": [{\"name\": \"hunter2"),
            1,
            "the decrypted data are no export: truncated: the JSON ends too early, at line 1, column 28",
        ),
        (
            "authentic, something else",
            authentic(b"{\"password\": \"hunter2\"}"),
            1,
            "the decrypted data are no export: JSON, but not an export: it has no `items`",
        ),
        (
            "authentic, encrypted once more",
            authentic(b"{\"encrypted\": true, \"items\": []}"),
            1,
            "the decrypted data are no export: an encrypted export where a plain one was expected",
        ),
        (
            "authentic, items that are none",
            authentic(b"{\"items\": \"hunter2\"}"),
            1,
            "the decrypted data are no export: items: expected a list",
        ),
        (
            "authentic, items twice",
            authentic(b"{\"items\": [], \"items\": [{\"name\": \"hunter2\"}]}"),
            1,
            "the decrypted data are no export: items: stands there twice",
        ),
    ]);
}

/// What is no item between two good ones. The good ones are shown; the bad one is named and hides neither; `decrypt`
/// writes it back as it stood, so that nothing is lost.
#[test]
fn items() {
    let rows = [
        ("text", r#""hunter2""#, "items[1] cannot be read: items[1]: expected an object"),
        ("no type", r#"{"name": "hunter2"}"#, "items[1] cannot be read: items[1].type: is missing"),
        (
            "type as text",
            r#"{"id": "7", "type": "hunter2"}"#,
            "items[1] (id 7) cannot be read: items[1].type: expected a whole number",
        ),
        (
            "two kinds and no type",
            r#"{"name": "n", "card": {}, "login": {"password": "hunter2"}}"#,
            "items[1] cannot be read: items[1].type: is missing",
        ),
    ];
    let directory = tempdir().unwrap();
    let out = directory.path().join("out.json");
    for (name, bad, message) in rows {
        let good = [
            r#"{"id": "1", "type": 2, "name": "before"}"#,
            bad,
            r#"{"id": "3", "type": 1, "name": "after", "login": {"username": "alice", "password": "p4ss"}}"#,
        ];
        let export = export_of(&good);
        let backup = file(directory.path(), "backup.json", sealed(export.as_bytes()));
        let said = format!("strongroom: {message}\n");

        let ran = open("list", &backup, &[]).ended(4);
        let table =
            "#  TYPE         NAME    USER   FOLDER  URI\n1  secure note  before\n3  login        after   alice\n";
        assert_eq!((ran.stdout.as_str(), &ran.stderr), (table, &said), "{name}");
        let ran = open("list", &backup, &["--json"]).ended(4);
        let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{name}");
        let told = &listed["unreadable"][0];
        assert_eq!((&told["item"]["list"], &told["item"]["position"]), (&json!("items"), &json!(2)), "{name}");
        // It is not shown at all, and so no member of it is odd.
        assert_eq!(told["member"], json!(null), "{name}");
        let reason = told["reason"].as_str().unwrap();
        assert!(
            message.ends_with(&format!(".{reason}")) || message.ends_with(&format!("items[1]: {reason}")),
            "{name}"
        );
        assert_eq!(ran.stderr, said, "{name}");
        assert_eq!(open("show", &backup, &["after", "--field", "password"]).fine(), "p4ss\n", "{name}");
        assert_eq!(names_in(directory.path()), ["backup.json"], "{name}");

        let ran = open("decrypt", &backup, &["-o", out.to_str().unwrap()]).ended(4);
        assert_eq!((ran.stdout.as_str(), &ran.stderr), ("", &said), "{name}");
        let written = fs::read_to_string(&out).unwrap();
        assert!(written.contains(bad), "{name}: the bad item is written as it stood");
        assert!(written.contains("before") && written.contains("p4ss"), "{name}");
        fs::remove_file(&out).unwrap();
    }
}

#[test]
fn folders() {
    let directory = tempdir().unwrap();
    let export = r#"{"folders": [{"id": "f", "name": "good"}, 5, {"id": "g", "name": {"hunter2": 1}}],
        "items": [{"id": "1", "type": 2, "name": "n", "folderId": "f"}, {"id": "2", "type": 2, "name": "m", "folderId": "g"}]}"#;
    let backup = file(directory.path(), "backup.json", sealed(export.as_bytes()));
    let ran = open("list", &backup, &[]).ended(4);
    assert_eq!(
        ran.stdout,
        "#  TYPE         NAME  USER  FOLDER  URI\n1  secure note  n           good\n2  secure note  m\n"
    );
    assert_eq!(
        ran.stderr,
        "strongroom: folders[1] cannot be read: folders[1]: expected an object\n\
         strongroom: a member is odd: folders[2].name: expected text (id g)\n\
         strongroom: odd members: 1; what can be read of them is shown, and the JSON of `strongroom decrypt` has them as \
         they are\n"
    );
}

/// Members that are not written as the format has them: the item is shown, what is odd is named and counted.
#[test]
fn odd_members() {
    const COUNT: &str =
        "; what can be read of them is shown, and the JSON of `strongroom decrypt` has them as they are\n";
    let rows = [
        ("favorite", r#""favorite": 1"#, "favorite: expected true or false", "odd members: 1"),
        (
            "a field",
            r#""fields": [{"name": "pin", "value": 1234, "type": 1}]"#,
            "fields[0].value: expected text",
            "odd members: 1",
        ),
        ("a date", r#""creationDate": 5"#, "creationDate: expected text", "odd members: 1"),
        ("an id", r#""id": 7, "id": "2""#, "id: stands there twice", "odd members: 1"),
        ("notes", r#""notes": {"hunter2": 1}"#, "notes: expected text", "odd members: 1"),
    ];
    let directory = tempdir().unwrap();
    for (name, member, problem, count) in rows {
        let odd =
            format!(r#"{{"name": "odd", {member}, "type": 1, "login": {{"username": "u", "password": "p4ss"}}}}"#);
        let export = export_of(&[r#"{"id": "1", "type": 2, "name": "before"}"#, &odd]);
        let backup = file(directory.path(), "backup.json", sealed(export.as_bytes()));
        let id = if name == "an id" { " (id 2)" } else { "" };
        let said = format!("strongroom: a member is odd: items[1].{problem}{id}\nstrongroom: {count}{COUNT}");

        let ran = open("list", &backup, &[]).ended(4);
        let table = "#  TYPE         NAME    USER  FOLDER  URI\n1  secure note  before\n2  login        odd     u\n";
        assert_eq!((ran.stdout.as_str(), &ran.stderr), (table, &said), "{name}");
        let ran = open("list", &backup, &["--json"]).ended(4);
        let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{name}");
        let told = &listed["unreadable"][0];
        let id = if name == "an id" { json!("2") } else { json!(null) };
        assert_eq!(told["item"], json!({"list": "items", "position": 2, "id": id, "name": "odd"}), "{name}");
        let told_of_it = format!("{}: {}", told["member"].as_str().unwrap(), told["reason"].as_str().unwrap());
        assert_eq!(told_of_it, problem, "{name}");
        let shown: Value = serde_json::from_str(&open("show", &backup, &["odd", "--json"]).ended(4).stdout).unwrap();
        assert_eq!(shown["unreadable"], listed["unreadable"], "{name}");
        for further in [&["odd"][..], &["odd", "--json"]] {
            let ran = open("show", &backup, further).ended(4);
            assert!(ran.stdout.contains("odd") && !ran.stdout.contains("hunter2"), "{name}: {}", ran.stdout);
            assert_eq!(ran.stderr, said, "{name}");
        }
        assert_eq!(open("show", &backup, &["odd", "--field", "password"]).fine(), "p4ss\n", "{name}");
        open("show", &backup, &["before"]).fine();
        let ran = open("decrypt", &backup, &[]).ended(4);
        assert_eq!(ran.stderr, said, "{name}");
        let written: String = ran.stdout.split_whitespace().collect();
        assert!(written.contains(&member.split_whitespace().collect::<String>()), "{name}: {written}");
    }
}

/// A list may hold very many of them: the first are named, and of those that are read all are counted.
#[test]
fn many_odd_members() {
    let directory = tempdir().unwrap();
    let item = format!(r#"{{"type": 2, "name": "n", "collectionIds": [{}]}}"#, vec!["1"; 20_000].join(","));
    let backup = file(directory.path(), "backup.json", sealed(export_of(&[&item]).as_bytes()));
    for (command, further) in [("list", &[][..]), ("show", &["n"])] {
        let ran = open(command, &backup, further).ended(4);
        assert!(ran.stdout.contains("secure note"), "{command}: {}", ran.stdout);
        let lines: Vec<_> = ran.stderr.lines().collect();
        assert_eq!(lines.len(), 101, "{command}");
        assert_eq!(lines[99], "strongroom: a member is odd: items[0].collectionIds[99]: expected text");
        assert!(
            lines[100].starts_with("strongroom: odd members: 1025, of which 100 are named here; "),
            "{}",
            lines[100]
        );
    }
    let ran = open("list", &backup, &["--json"]).ended(4);
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(listed["unreadable"].as_array().unwrap().len(), 1025);
    let last = &listed["unreadable"][1024];
    assert_eq!(last["member"], "collectionIds");
    assert_eq!(last["reason"], "has more than 1024 elements or members");
}

/// One value of an item with odd members: what can be read of an odd one is given and named, nothing stands in for one
/// that cannot be read.
#[test]
fn an_odd_value() {
    let directory = tempdir().unwrap();
    let item = r#"{"type": 1, "name": "n", "login": {"username": 42, "password": {"hunter2": 1}, "totp": "JBSW"},
        "fields": [{"name": "password", "value": "another"}, {"name": "pin", "value": 1234, "type": 1}]}"#;
    let backup = file(directory.path(), "backup.json", sealed(export_of(&[item]).as_bytes()));
    let field = |name: &str| open("show", &backup, &["n", "--field", name]);
    assert_eq!(field("totp").fine(), "JBSW\n");
    for (name, value) in [("username", "42\n"), ("pin", "1234\n")] {
        let ran = field(name).ended(4);
        assert_eq!(ran.stdout, value);
        assert!(ran.stderr.contains("a member is odd: items[0].login.username: expected text\n"), "{}", ran.stderr);
    }
    let ran = field("Password").ended(4);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        (
            "",
            "strongroom: the value cannot be read: items[0].login.password: expected text\n  \
             the JSON of `strongroom decrypt` has it as it is\n"
        )
    );
}

/// That there are no items is said only when it is true.
#[test]
fn what_is_said_of_nothing() {
    let directory = tempdir().unwrap();
    for (items, code, said) in [
        ("", 0, "strongroom: the backup holds no items\n"),
        ("null", 0, "strongroom: the backup holds no items\n"),
        (
            "null, 5",
            4,
            "strongroom: no item of the backup can be read\n\
             strongroom: items[1] cannot be read: items[1]: expected an object\n",
        ),
    ] {
        let backup = file(directory.path(), "backup.json", sealed(export_of(&[items]).as_bytes()));
        let ran = open("list", &backup, &[]).ended(code);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", said), "{items}");
        let ran = open("list", &backup, &["--uri", "x"]).ended(5);
        let first = if code == 4 { "no item that can be read matches" } else { "no item matches" };
        assert!(ran.stderr.starts_with(&format!("strongroom: {first}\n")), "{}", ran.stderr);
    }
}
