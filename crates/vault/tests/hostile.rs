//! Hostile and damaged inputs, a table for each stage of reading: file, JSON, header, parameters of key derivation,
//! items. (Key check and payload need a key: `open.rs`.) Every case names its error and its message to the letter; none
//! panics.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use strongroom_vault::{
    ExportFile, ExposeSecret, FileError, HeaderError, JsonError, KdfParameterError, Limits, ReadError,
};

const PBKDF2: &str = include_str!("../../../demo/export-password-pbkdf2.json");
const ARGON2ID: &str = include_str!("../../../demo/export-password-argon2id.json");
const PLAIN: &str = include_str!("../../../demo/export-plain.json");
const ACCOUNT_RESTRICTED: &str = r#"{
  "encrypted": true,
  "encKeyValidation_DO_NOT_EDIT": "2.GiDGCHO2aq4pGbhL7hMiRw==|74HcadC2PRgc9lNhlyHICg5tYyF/7xZ34l8q82Vk7bpZIv9vgkCsEWTlq3pGM/Lx|bWvSDfjzRXUkYvFG2dcXiiHGj6UJDQySWpH7Kp4RdNg=",
  "folders": [],
  "items": []
}"#;

/// `text` with one piece of it exchanged; the piece must be there.
fn with(text: &str, piece: &str, by: &str) -> String {
    assert!(text.contains(piece), "the test's own data lacks {piece}");
    text.replacen(piece, by, 1)
}

/// The line of the member `name`, so that cases can exchange it.
fn line(text: &str, name: &str) -> String {
    let start = text.find(&format!("  \"{name}\"")).unwrap();
    text[start..].split_inclusive('\n').next().unwrap().to_owned()
}

fn without(text: &str, name: &str) -> String {
    with(text, &line(text, name), "")
}

fn set(text: &str, name: &str, value: &str) -> String {
    with(text, &line(text, name), &format!("  \"{name}\": {value},\n"))
}

fn twice(text: &str, name: &str) -> String {
    let line = line(text, name);
    with(text, &line, &line.repeat(2))
}

fn read(bytes: &[u8]) -> ReadError {
    match ExportFile::parse(bytes, &Limits::default()) {
        Err(error) => error,
        Ok(file) => panic!("was read: {file:?}"),
    }
}

/// One row: a name, the bytes, the error as a pattern, its message.
macro_rules! rows {
    ($( $name:literal: $bytes:expr => $error:pat, $message:expr; )*) => {
        $(
            let error = read($bytes.as_ref());
            assert!(matches!(error, $error), "{}: {error:?}", $name);
            assert_eq!(error.to_string(), $message, "{}", $name);
        )*
    };
}

#[test]
fn the_controls_are_read() {
    for text in [PBKDF2, ARGON2ID] {
        let file = ExportFile::parse(text.as_bytes(), &Limits::default()).unwrap();
        assert!(matches!(file, ExportFile::PasswordProtected(_)));
        let with_mark = format!("\u{feff}{text}\r\n");
        assert!(ExportFile::parse(with_mark.as_bytes(), &Limits::default()).is_ok(), "byte order mark");
        let half_a_name = with(text, "{", r#"{"\ud83d": 1,"#);
        assert!(ExportFile::parse(half_a_name.as_bytes(), &Limits::default()).is_ok(), "an unknown name");
    }
    let file = ExportFile::parse(PLAIN.as_bytes(), &Limits::default()).unwrap();
    let ExportFile::Plain(export) = file else { panic!("{file:?}") };
    assert_eq!(export.items().count(), 6);
}

#[test]
fn file() {
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(PBKDF2.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let utf16_big: Vec<u8> = [0xfeff].into_iter().chain(PBKDF2.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let mut bad_byte = PBKDF2.as_bytes().to_vec();
    bad_byte.insert(100, 0xff);
    let mut cut_character = b"{\"a\": \"".to_vec();
    cut_character.extend([0xe2, 0x98]);
    rows! {
        "nothing": [] => ReadError::File(FileError::Empty), "the file is empty";
        "white space": " \r\n\t" => ReadError::File(FileError::Empty), "the file is empty";
        "a byte order mark alone": "\u{feff}" => ReadError::File(FileError::Empty), "the file is empty";
        "zip archive": b"PK\x03\x04\x14\x00" => ReadError::File(FileError::Zip),
            "the file is a zip archive; unpack it and give the export in it, which Bitwarden calls `data.json`";
        "UTF-16, little-endian": utf16 => ReadError::File(FileError::Utf16), "the file is UTF-16 text; convert it to UTF-8";
        "UTF-16, big-endian": utf16_big => ReadError::File(FileError::Utf16), "the file is UTF-16 text; convert it to UTF-8";
        "a byte that is not UTF-8": bad_byte => ReadError::File(FileError::NotUtf8 { offset: 100 }),
            "the file is not UTF-8 text: bad byte at offset 100";
        "ends within a character": cut_character => ReadError::File(FileError::NotUtf8 { offset: 7 }),
            "the file is not UTF-8 text: bad byte at offset 7";
        "random bytes": [0x80; 64] => ReadError::File(FileError::NotUtf8 { offset: 0 }),
            "the file is not UTF-8 text: bad byte at offset 0";
    }
    let limits = Limits { max_bytes: 100, ..Limits::default() };
    let error = ExportFile::parse(PBKDF2.as_bytes(), &limits).unwrap_err();
    assert_eq!(error, ReadError::File(FileError::TooLarge { found: PBKDF2.len(), max: 100 }));
    assert_eq!(error.to_string(), format!("the file has {} bytes, more than the limit of 100", PBKDF2.len()));
    let limits = Limits { max_bytes: PBKDF2.len(), ..limits };
    assert!(ExportFile::parse(PBKDF2.as_bytes(), &limits).is_ok(), "the limit itself");
}

#[test]
fn json() {
    let deep = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    let half = &PBKDF2[..PBKDF2.len() / 2];
    let all_but_last = PBKDF2.trim_end().strip_suffix('}').unwrap();
    rows! {
        "CSV of others": "title,url,password\nx,,hunter2" => ReadError::Other(_),
            "not a Bitwarden export, but CSV with columns that are not Bitwarden's";
        "a table of two columns": "title,password\nx,hunter2" => ReadError::Json(JsonError::Syntax { line: 1, column: 2 }),
            "not JSON: syntax error at line 1, column 2";
        "HTML": "<!doctype html>" => ReadError::Other(_), "not a Bitwarden export, but a web page (HTML)";
        "markup": "<export>" => ReadError::Json(JsonError::Syntax { line: 1, column: 1 }),
            "not JSON: syntax error at line 1, column 1";
        "comma at the end": "{\n  \"encrypted\": true,\n}" => ReadError::Json(JsonError::Syntax { line: 3, column: 1 }),
            "not JSON: syntax error at line 3, column 1";
        "single quotes": "{'encrypted': true}" => ReadError::Json(JsonError::Syntax { line: 1, column: 2 }),
            "not JSON: syntax error at line 1, column 2";
        "NaN": "{\"encrypted\": NaN}" => ReadError::Json(JsonError::Syntax { line: 1, column: 15 }),
            "not JSON: syntax error at line 1, column 15";
        "two documents": "{\"items\": []}\n{\"items\": []}" => ReadError::Json(JsonError::Syntax { line: 2, column: 1 }),
            "not JSON: syntax error at line 2, column 1";
        "control character in a string": "{\"a\": \"\n\"}" => ReadError::Json(JsonError::Syntax { line: 1, column: 7 }),
            "not JSON: syntax error at line 1, column 7";
        "unknown escape": r#"{"a": "\x41"}"# => ReadError::Json(JsonError::Syntax { line: 1, column: 9 }),
            "not JSON: syntax error at line 1, column 9";
        "cut in the data": half => ReadError::Json(JsonError::Truncated { line: 10, .. }),
            format!("truncated: the JSON ends too early, at line 10, column {}", half.len() - half.rfind('\n').unwrap() - 1);
        "last bracket cut": all_but_last => ReadError::Json(JsonError::Truncated { line: 11, column: 0 }),
            "truncated: the JSON ends too early, at line 11, column 0";
        "one bracket": "{" => ReadError::Json(JsonError::Truncated { line: 1, column: 1 }),
            "truncated: the JSON ends too early, at line 1, column 1";
        "a million brackets": deep => ReadError::Header(HeaderError::NotAnExport), "JSON, but not a Bitwarden export";
        "a million open brackets": "[{\"a\":".repeat(1 << 20) => ReadError::Json(JsonError::Truncated { line: 1, .. }),
            format!("truncated: the JSON ends too early, at line 1, column {}", 6 << 20);
    }
}

#[test]
fn header() {
    let unknown_type = set(PBKDF2, "data", "\"9.AAAA\"").replacen(",\n}", "\n}", 1);
    let cose = set(PBKDF2, "encKeyValidation_DO_NOT_EDIT", "\"7.AAAA\"");
    let no_mac = set(PBKDF2, "encKeyValidation_DO_NOT_EDIT", "\"0.AAAAAAAAAAAAAAAAAAAAAA==|AAAAAAAAAAAAAAAAAAAAAA==\"");
    let two_parts =
        set(PBKDF2, "encKeyValidation_DO_NOT_EDIT", "\"2.AAAAAAAAAAAAAAAAAAAAAA==|AAAAAAAAAAAAAAAAAAAAAA==\"");
    let short_iv = with(PBKDF2, "\"data\": \"2.SRNe9cH0DRiLEnUVqryoAg==|", "\"data\": \"2.SRNe9cH0DRiLEnUVqryo|");
    let bad_base64 = with(PBKDF2, "\"data\": \"2.SRNe9cH0", "\"data\": \"2.SRNe9c*0");
    rows! {
        "a list": "[]" => ReadError::Header(HeaderError::NotAnExport), "JSON, but not a Bitwarden export";
        "text": "\"export\"" => ReadError::Header(HeaderError::NotAnExport), "JSON, but not a Bitwarden export";
        "a flag alone": "{\"encrypted\": false}" => ReadError::Header(HeaderError::NotAnExport),
            "JSON, but not a Bitwarden export";
        "a flag, and null in the place of the lists": "{\"encrypted\": false, \"items\": null, \"folders\": null}"
            => ReadError::Header(HeaderError::NotAnExport), "JSON, but not a Bitwarden export";
        "an empty object": "{}" => ReadError::Header(HeaderError::NotAnExport), "JSON, but not a Bitwarden export";
        "another program's file": "{\"name\": \"x\", \"version\": 1}" => ReadError::Header(HeaderError::NotAnExport),
            "JSON, but not a Bitwarden export";
        "flag is text": set(PBKDF2, "encrypted", "\"true\"") => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: encrypted: expected true or false";
        "flag twice": twice(PBKDF2, "encrypted") => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: encrypted: stands there twice";
        "account-restricted": ACCOUNT_RESTRICTED => ReadError::Header(HeaderError::AccountRestricted),
            "an account-restricted export: it needs the keys of the account that made it, a password alone cannot open it";
        "not password-protected": set(PBKDF2, "passwordProtected", "false") => ReadError::Header(HeaderError::Contradiction(_)),
            "contradictory export: `passwordProtected` is not true, but `data` is there";
        "no salt": without(PBKDF2, "salt") => ReadError::Header(HeaderError::Malformed(_)), "damaged export: salt: is missing";
        "empty salt": set(PBKDF2, "salt", "\"\"") => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: salt: is missing";
        "salt is a number": set(PBKDF2, "salt", "16") => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: salt: expected text";
        "salt twice": twice(PBKDF2, "salt") => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: salt: stands there twice";
        "salt is half a character": set(PBKDF2, "salt", r#""\ud83d""#) => ReadError::Header(HeaderError::Malformed(_)),
            r"damaged export: salt: holds a `\u` escape that is no character";
        "no validation": without(PBKDF2, "encKeyValidation_DO_NOT_EDIT") => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: encKeyValidation_DO_NOT_EDIT: is missing";
        "validation of two parts": two_parts =>
            ReadError::Header(HeaderError::EncString { member: "encKeyValidation_DO_NOT_EDIT", .. }),
            "damaged export: encKeyValidation_DO_NOT_EDIT: encrypted text of type 2 (AES-256-CBC, HMAC-SHA256) has 2 parts; \
             it should have 3";
        "validation without MAC": no_mac => ReadError::Header(HeaderError::EncType { .. }),
            "damaged export: encKeyValidation_DO_NOT_EDIT is of type 0 (AES-256-CBC without MAC); a password-protected export \
             has type 2 there";
        "validation by COSE": cose => ReadError::Header(HeaderError::EncType { .. }),
            "damaged export: encKeyValidation_DO_NOT_EDIT is of type 7 (COSE_Encrypt0); a password-protected export has type 2 \
             there";
        "data null": with(&unknown_type, "\"9.AAAA\"", "null") => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: data: is missing";
        "data is an object": with(&unknown_type, "\"9.AAAA\"", "{}") => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: data: expected text";
        "data of an unknown type": unknown_type => ReadError::Header(HeaderError::EncString { member: "data", .. }),
            "damaged export: data: the encrypted text does not begin with a known type number and a dot";
        "data with a short vector": short_iv => ReadError::Header(HeaderError::EncString { member: "data", .. }),
            "damaged export: data: the initialisation vector of the encrypted text is 15 bytes long; it should be 16";
        "data not base64": bad_base64 => ReadError::Header(HeaderError::EncString { member: "data", .. }),
            "damaged export: data: the initialisation vector of the encrypted text is not base64";
        "plain, its items no list": "{\"encrypted\": false, \"items\": \"hunter2\"}" => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: items: expected a list";
        "plain, its items twice": "{\"items\": [], \"items\": []}" => ReadError::Header(HeaderError::Malformed(_)),
            "damaged export: items: stands there twice";
    }
}

#[test]
fn kdf_parameters() {
    rows! {
        "no function": without(PBKDF2, "kdfType") => ReadError::Kdf(KdfParameterError::Malformed(_)),
            "damaged parameters of key derivation: kdfType: is missing";
        "an unknown function": set(PBKDF2, "kdfType", "2") => ReadError::Kdf(KdfParameterError::Unknown { kdf_type: 2 }),
            "unknown key derivation function: kdfType 2; known are 0 (PBKDF2) and 1 (Argon2id)";
        "a negative function": set(PBKDF2, "kdfType", "-1") => ReadError::Kdf(KdfParameterError::Unknown { kdf_type: -1 }),
            "unknown key derivation function: kdfType -1; known are 0 (PBKDF2) and 1 (Argon2id)";
        "function as text": set(PBKDF2, "kdfType", "\"0\"") => ReadError::Kdf(KdfParameterError::Malformed(_)),
            "damaged parameters of key derivation: kdfType: expected a whole number";
        "function twice": twice(PBKDF2, "kdfType") => ReadError::Kdf(KdfParameterError::Malformed(_)),
            "damaged parameters of key derivation: kdfType: stands there twice";
        "no rounds": set(PBKDF2, "kdfIterations", "null") => ReadError::Kdf(KdfParameterError::Malformed(_)),
            "damaged parameters of key derivation: kdfIterations: is missing";
        "zero rounds": set(PBKDF2, "kdfIterations", "0") => ReadError::Kdf(KdfParameterError::Bounds(_)),
            "PBKDF2 with 0 iterations; accepted are 5000 to 10000000";
        "too few rounds": set(PBKDF2, "kdfIterations", "4999") => ReadError::Kdf(KdfParameterError::Bounds(_)),
            "PBKDF2 with 4999 iterations; accepted are 5000 to 10000000";
        "too many rounds": set(PBKDF2, "kdfIterations", "4294967295") => ReadError::Kdf(KdfParameterError::Bounds(_)),
            "PBKDF2 with 4294967295 iterations; accepted are 5000 to 10000000";
        "rounds beyond 32 bits": set(PBKDF2, "kdfIterations", "4294967296") => ReadError::Kdf(KdfParameterError::Range { .. }),
            "kdfIterations is 4294967296, which no key derivation can do";
        "negative rounds": set(PBKDF2, "kdfIterations", "-600000") => ReadError::Kdf(KdfParameterError::Range { .. }),
            "kdfIterations is -600000, which no key derivation can do";
        "rounds beyond 64 bits": set(PBKDF2, "kdfIterations", "1e99") => ReadError::Kdf(KdfParameterError::Malformed(_)),
            "damaged parameters of key derivation: kdfIterations: expected a whole number";
        "half a round": set(PBKDF2, "kdfIterations", "600000.5") => ReadError::Kdf(KdfParameterError::Malformed(_)),
            "damaged parameters of key derivation: kdfIterations: expected a whole number";
        "Argon2id without memory": without(ARGON2ID, "kdfMemory") => ReadError::Kdf(KdfParameterError::Malformed(_)),
            "damaged parameters of key derivation: kdfMemory: is missing";
        "Argon2id without lanes": set(ARGON2ID, "kdfParallelism", "null") => ReadError::Kdf(KdfParameterError::Malformed(_)),
            "damaged parameters of key derivation: kdfParallelism: is missing";
        "Argon2id with a terabyte": set(ARGON2ID, "kdfMemory", "1048576") => ReadError::Kdf(KdfParameterError::Bounds(_)),
            "Argon2id with 1048576 MiB of memory; accepted are 16 to 1024 MiB";
        "Argon2id with a byte too little": set(ARGON2ID, "kdfMemory", "15") => ReadError::Kdf(KdfParameterError::Bounds(_)),
            "Argon2id with 15 MiB of memory; accepted are 16 to 1024 MiB";
        "Argon2id with one pass": set(ARGON2ID, "kdfIterations", "1") => ReadError::Kdf(KdfParameterError::Bounds(_)),
            "Argon2id with 1 iterations; accepted are 2 to 64";
        "Argon2id without a lane": set(ARGON2ID, "kdfParallelism", "0") => ReadError::Kdf(KdfParameterError::Bounds(_)),
            "Argon2id with parallelism 0; accepted are 1 to 16";
        "Argon2id for an hour": set(&set(ARGON2ID, "kdfMemory", "1024"), "kdfIterations", "64") =>
            ReadError::Kdf(KdfParameterError::Bounds(_)),
            "Argon2id with 64 iterations over 1024 MiB takes too long; iterations times memory may be 10240 MiB at most";
        "PBKDF2's rounds for Argon2id": set(PBKDF2, "kdfType", "1") => ReadError::Kdf(KdfParameterError::Malformed(_)),
            "damaged parameters of key derivation: kdfMemory: is missing";
    }
    let lenient = Limits {
        kdf: strongroom::passwords::KdfLimits { min_pbkdf2_iterations: 1, ..Default::default() },
        ..Limits::default()
    };
    let few = set(PBKDF2, "kdfIterations", "1000");
    assert!(ExportFile::parse(few.as_bytes(), &lenient).is_ok(), "the caller can move a bound");
}

/// An item that is none between two good ones (members that are odd: `odd.rs`): it is named, kept to the byte, and
/// hides neither. Its own values stay out of the messages, even though each of these holds the word hunter2.
#[test]
fn items() {
    let rows = [
        ("a string", r#""hunter2""#, "items[1]: expected an object"),
        ("a list", r#"["hunter2"]"#, "items[1]: expected an object"),
        ("a number", "7", "items[1]: expected an object"),
        ("no type", r#"{"name": "hunter2"}"#, "items[1].type: is missing"),
        ("type null", r#"{"name": "hunter2", "type": null}"#, "items[1].type: is missing"),
        ("type is text", r#"{"type": "hunter2"}"#, "items[1].type: expected a whole number"),
        ("type is a fraction", r#"{"type": 1.5, "x": "hunter2"}"#, "items[1].type: expected a whole number"),
        ("type beyond 64 bits", r#"{"type": 99999999999999999999}"#, "items[1].type: expected a whole number"),
        ("type is a truth value", r#"{"type": true, "x": "hunter2"}"#, "items[1].type: expected a whole number"),
        ("two kinds and no type", r#"{"login": {"password": "hunter2"}, "card": {}}"#, "items[1].type: is missing"),
    ];
    for (name, item, message) in rows {
        let text = format!("{{\n  \"items\": [\n    {GOOD},\n    {item},\n    {GOOD}\n  ]\n}}");
        let file = ExportFile::parse(text.as_bytes(), &Limits::default()).unwrap();
        let ExportFile::Plain(export) = file else { panic!("{name}") };
        assert_eq!(export.items().filter(|item| item.name() == Some("good")).count(), 2, "{name}");
        let [bad] = &export.unreadable().collect::<Vec<_>>()[..] else { panic!("{name}") };
        assert_eq!(bad.to_string(), message, "{name}");
        assert_eq!((bad.list(), bad.index()), ("items", 1), "{name}");
        assert_eq!(bad.json().expose_secret(), item, "{name}");
        let printed = format!("{bad:?} {export:?}");
        assert!(!printed.contains("hunter2") && !message.contains("hunter2"), "{name}: {printed}");
        assert_eq!(*export.expose_json(), text, "{name}");
    }
}

const GOOD: &str = "{\n      \"type\": 1,\n      \"name\": \"good\"\n    }";

#[test]
fn a_bad_element_is_named_as_far_as_it_can_be_read() {
    let text = r#"{
  "folders": [
    "hunter2"
  ],
  "collections": [
    7
  ],
  "items": [
    {
      "type": "x",
      "id": "i1",
      "name": "n1",
      "login": null
    },
    {
      "id": 5,
      "name": ""
    }
  ]
}"#;
    let ExportFile::Plain(export) = ExportFile::parse(text.as_bytes(), &Limits::default()).unwrap() else { panic!() };
    let all: Vec<_> = export.unreadable().collect();
    let named: Vec<_> = all.iter().map(|bad| (bad.list(), bad.index(), bad.id(), bad.name())).collect();
    assert_eq!(
        named,
        [
            ("folders", 0, None, None),
            ("collections", 0, None, None),
            ("items", 0, Some("i1"), Some("n1")),
            ("items", 1, Some("5"), None)
        ]
    );
    assert_eq!(
        export.unreadable().map(|bad| bad.defect().path().to_owned()).collect::<Vec<_>>(),
        ["folders[0]", "collections[0]", "items[0].type", "items[1].type"]
    );
    assert_eq!(*export.expose_json(), text);
}
