//! Files that are something else than an export are named for what they are, by their content alone.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use strongroom_vault::{
    CsvError, Export, ExportFile, ExposeSecret, FileError, FileFormat, HeaderError, JsonError, Limits, ReadError,
};

fn parse(bytes: impl AsRef<[u8]>) -> Result<ExportFile, ReadError> {
    ExportFile::parse(bytes.as_ref(), &Limits::default())
}

#[track_caller]
fn assert_named(table: &[(&str, &[u8])]) {
    for (name, bytes) in table {
        let Err(ReadError::Other(other)) = parse(bytes) else { panic!("{name}: {:?}", parse(bytes)) };
        assert_eq!(other.name(), *name);
        assert_eq!(ReadError::Other(other).to_string(), format!("not a Bitwarden export, but {name}"));
        let words = format!("{other:?}{}{}", other.reason(), other.advice());
        assert!(!other.reason().is_empty() && !other.advice().is_empty() && !words.contains("hunter2"), "{name}");
    }
}

#[test]
fn first_bytes() {
    let tar = [vec![b'x'; 257], b"ustar\x0000".to_vec(), vec![0; 248]].concat();
    assert_named(&[
        ("a KeePass database (KDBX)", b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x01\x00\x04\x00"),
        ("a KeePass database (KDBX, before its release)", b"\x03\xd9\xa2\x9a\x66\xfb\x4b\xb5\x00"),
        ("a KeePass 1 database (KDB)", b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5\x00"),
        ("a 7z archive", b"7z\xbc\xaf\x27\x1c\x00\x04"),
        ("a RAR archive", b"Rar!\x1a\x07\x01\x00"),
        ("a gzip file", b"\x1f\x8b\x08\x00\x00\x00\x00\x00"),
        ("a bzip2 file", b"BZh91AY&SY"),
        ("an xz file", b"\xfd7zXZ\x00\x00\x04"),
        ("a zstd file", b"\x28\xb5\x2f\xfd\x24"),
        ("a tar archive", &tar),
        ("a file encrypted with age", b"age-encryption.org/v1\n-> X25519 hunter2\n"),
        ("a file encrypted with age, as text", b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n"),
        ("a file encrypted with age, as text", b"\xef\xbb\xbf\r\n-----BEGIN AGE ENCRYPTED FILE-----\r\nYWdl\r\n"),
        ("a file encrypted with OpenPGP, as text", b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n"),
        ("a text signed with OpenPGP", b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{}\n"),
        ("OpenPGP data as text", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n"),
        ("a PEM file: a key or a certificate", b"-----BEGIN PRIVATE KEY-----\nhunter2\n"),
        ("a file encrypted with OpenPGP", b"\x85\x01\x0c\x03\xaa\xbb\xcc\xdd\xee\xff\x01\x02"),
        ("a file encrypted with OpenPGP", b"\x84\x5e\x03\xaa\xbb\xcc\xdd\xee\xff\x01\x02\x12"),
        ("a file encrypted with OpenPGP", b"\x8c\x0d\x04\x09\x03\x02\xff\xfe\xfd"),
        ("a file encrypted with OpenPGP", b"\xc3\x0d\x04\x09\x03\x02\xff\xfe\xfd"),
        ("a file encrypted with OpenPGP", b"\xc1\xc0\x4c\x03\xaa\xbb\xff"),
        ("a file encrypted with OpenPGP", b"\xd2\xff\x00\x00\x01\x00\x01\xaa\xff"),
        ("a file encrypted with OpenPGP", b"\xa3\x02\xff\xff\x00"),
        ("a file encrypted with `openssl enc`", b"Salted__\x01\x02\x03\x04\x05\x06\x07\x08"),
        ("a file encrypted with `openssl enc`, as Base64", b"U2FsdGVkX1+hunter2=\n"),
        ("a web page (HTML)", b"<!DOCTYPE html>\n<html>hunter2"),
        ("a web page (HTML)", b"\n  <HTML lang=en>"),
        ("an XML document", b"\xef\xbb\xbf<?xml version=\"1.0\"?>"),
        ("an SQLite database", b"SQLite format 3\0\x10\x00"),
        ("a PDF document", b"%PDF-1.7\n"),
        ("an export of 1Password (1PIF)", b"***5642bee8-a5ff-11dc-8314-0800200c9a66***\n"),
        ("nothing but NUL bytes", &[0; 4096]),
        ("nothing but NUL bytes", &[0]),
    ]);
    for (name, bytes, error) in [
        ("zip", &b"PK\x03\x04\x14\x00"[..], FileError::Zip),
        ("UTF-16", b"\xff\xfe{\0}\0", FileError::Utf16),
        ("UTF-16, big end first", b"\xfe\xff\0{\0}", FileError::Utf16),
        ("UTF-16 without a mark", b"{\0}\0", FileError::Utf16),
        ("UTF-16 without a mark, big end first", b"\0{\0}", FileError::Utf16),
        ("no packet", b"\x85\x01\x0c\x07\xaa\xff", FileError::NotUtf8 { offset: 0 }),
        ("a packet cut off", b"\x85", FileError::NotUtf8 { offset: 0 }),
        ("nothing", b"", FileError::Empty),
    ] {
        assert_eq!(parse(bytes).unwrap_err(), ReadError::File(error), "{name}");
    }
    // Letters that begin as a packet does are letters.
    assert_eq!(parse("Ã\u{4}").unwrap_err(), ReadError::Json(JsonError::Syntax { line: 1, column: 1 }));
}

/// The header of a file in a zip archive, or of its entry at the end, and what follows.
fn zipped(central: bool, name: &str, contents: &[u8]) -> Vec<u8> {
    let (signature, name_len, name_at) = if central { (b"PK\x01\x02", 28, 46) } else { (b"PK\x03\x04", 26, 30) };
    let mut bytes = vec![0; name_at];
    bytes[..4].copy_from_slice(signature);
    bytes[name_len] = u8::try_from(name.len()).unwrap();
    [&bytes, name.as_bytes(), contents].concat()
}

#[test]
fn names_in_zip_archives() {
    let files = |names: &[&str]| names.iter().map(|name| zipped(false, name, b"hunter2")).collect::<Vec<_>>().concat();
    let ods = zipped(false, "mimetype", b"application/vnd.oasis.opendocument.spreadsheetPK");
    let odt = zipped(false, "mimetype", b"application/vnd.oasis.opendocument.textPK");
    // What was written without knowing its length names the files at the end, too far away to be looked for otherwise.
    let far = [zipped(false, "x", &vec![0xee; 3 << 20]), zipped(true, "export.attributes", b"")].concat();
    assert_named(&[
        ("an Excel workbook (XLSX)", &files(&["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"])),
        ("a Word document (DOCX)", &files(&["[Content_Types].xml", "word/document.xml"])),
        ("an Office document", &files(&["[Content_Types].xml", "ppt/presentation.xml"])),
        ("an export of 1Password (1PUX)", &files(&["export.attributes", "export.data", "files/a__b.txt"])),
        ("an export of 1Password (1PUX)", &far),
        ("an export of Proton Pass (zip)", &files(&["Proton Pass/data.json"])),
        ("an OpenDocument spreadsheet (ODS)", &ods),
        ("an OpenDocument file", &odt),
    ]);
    let with_attachment = [files(&["data.json"]), zipped(false, "attachments/1/a.xlsx", &files(&["xl/workbook.xml"]))];
    let cut = files(&["xl/workbook.xml"]);
    for (name, bytes) in [
        ("an export with a workbook attached", &with_attachment.concat()[..]),
        ("another archive", &files(&["backup.json", "xlsx"])),
        ("cut within the name", &cut[..32]),
        ("cut within the header", &cut[..27]),
        ("a name longer than the file", b"PK\x03\x04....................\0\0\xff\xff\0\0xl/"),
    ] {
        assert_eq!(parse(bytes).unwrap_err(), ReadError::File(FileError::Zip), "{name}");
    }
}

#[test]
fn columns() {
    assert_named(&[
        ("CSV of Proton Pass", include_bytes!("data/reported/proton.csv")),
        ("CSV of Proton Pass", b"type,name,url,username,password,note,totp,createTime,modifyTime\n"),
        ("CSV of Chrome, Edge or another browser of their kind", b"name,url,username,password\na,b,c,hunter2\n"),
        ("CSV of Chrome, Edge or another browser of their kind", b"name,url,username,password,note\na,b,c,hunter2,\n"),
        (
            "CSV of Firefox",
            b"\"url\",\"username\",\"password\",\"httpRealm\",\"formActionOrigin\",\"guid\",\"timeCreated\"\n",
        ),
        ("CSV of LastPass", b"url,username,password,totp,extra,name,grouping,fav\nb,c,hunter2,,,,,\n"),
        ("CSV of LastPass", b"url,username,password,extra,name,grouping,fav\r\n"),
        (
            "CSV of KeePassXC",
            b"\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\",\"Icon\",\"Last Modified\"\n",
        ),
        ("CSV of KeePass", b"\"Account\",\"Login Name\",\"Password\",\"Web Site\",\"Comments\"\n"),
        ("CSV of 1Password", b"Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\n"),
        ("CSV of 1Password", b"title,website,username,password,notes\n"),
        ("CSV of Apple Passwords", b"Title,URL,Username,Password,Notes,OTPAuth\n"),
        ("CSV of Apple Passwords, Safari or 1Password", b"Title,Url,Username,Password\n"),
        ("CSV of Dashlane", b"username,username2,username3,title,password,note,url,category,otpUrl\n"),
        ("CSV of NordPass", b"name,url,username,password,note,cardholdername,cardnumber,cvc\n"),
        ("CSV of RoboForm", b"Name,Url,MatchUrl,Login,Pwd,Note,Folder\n"),
        ("CSV of Chrome, Edge or another browser of their kind", b"\xef\xbb\xbfname;url;username;password\n"),
        ("CSV with Bitwarden's columns in capitals", b"Folder,Type,Name,Login_Uri,Login_Username,Login_Password\n"),
        ("CSV with columns that are not Bitwarden's", b"https://a,u,hunter2\nhttps://b,v,hunter2\n"),
        ("CSV with columns that are not Bitwarden's", b"site;login;secret\na;b;hunter2\n"),
    ]);
    for (name, text) in [
        ("one column too few", "title,password\n,hunter2"),
        ("one row", "site,login,secret\n"),
        ("rows of other lengths", "a,b,c\nd,e\n"),
        ("a text", "Dear reader,\nthese are, by chance, commas.\n"),
        ("JSON whose begin is gone", "\"encrypted\": false,\n  \"items\": [],\n"),
    ] {
        assert!(matches!(parse(text).unwrap_err(), ReadError::Json(_)), "{name}");
    }
    assert_eq!(parse("name,notes\nx,y").unwrap_err(), ReadError::Csv(CsvError::MissingColumn { name: "type" }));
}

#[test]
fn members() {
    let app = "the stored data of a Bitwarden app or of `bw` (data.json)";
    let server = "the configuration of a Vaultwarden server";
    assert_named(&[
        (
            "an export of Proton Pass (JSON)",
            br#"{"version":"1.2","encrypted":false,"userId":"u","vaults":{"v":{"items":[]}}}"#,
        ),
        (
            "an answer of `bw --response`",
            br#"{"success":true,"data":{"object":"list","data":[{"password":"hunter2"}]}}"#,
        ),
        (
            "an answer of `bw --response` that says that a command failed",
            br#"{"success":false,"message":"Vault is locked."}"#,
        ),
        (
            "a sync response of the server",
            br#"{"object":"sync","profile":{},"folders":[],"ciphers":[{"name":"2.a|b|c"}]}"#,
        ),
        ("a sync response of the server", br#"{"Object":"sync","Profile":{},"Folders":[],"Ciphers":[]}"#),
        ("an export of Bitwarden's Secrets Manager", br#"{"projects":[],"secrets":[{"key":"k","value":"hunter2"}]}"#),
        (app, br#"{"global_account_accounts":{},"user_0a1b2c3d-0000-4000-8000-000000000001_ciphers_ciphers":{}}"#),
        (app, br#"{"user_0a1b2c3d-0000-4000-8000-000000000001_ciphers_ciphers":{}}"#),
        (app, br#"{"stateVersion":72,"appId":"x"}"#),
        (app, br#"{"global":{},"authenticatedAccounts":["x"],"0a1b2c3d-0000-4000-8000-000000000001":{}}"#),
        (app, br#"{"appId":"x","userEmail":"a@x","encKey":"2.a|b|c"}"#),
        (server, br#"{"domain":"https://x","signups_allowed":false}"#),
        (server, br#"{"domain":"https://x","admin_token":"hunter2"}"#),
        ("an export of Dashlane (JSON)", br#"{"AUTHENTIFIANT":[{"password":"hunter2"}]}"#),
        ("a vault of Aegis", br#"{"version":1,"header":{"slots":null},"db":"x"}"#),
        (
            "one item, as `bw get item` prints it",
            br#"{"object":"item","type":1,"name":"x","login":{"password":"hunter2"}}"#,
        ),
        ("a list of folders or collections, as `bw list` prints it", br#"[{"object":"folder","id":null,"name":"x"}]"#),
        ("a list of organizations or members, as `bw list` prints it", br#"[{"object":"organization","name":"x"}]"#),
        ("a list of Sends, as `bw send list` prints it", br#"[{"object":"send","name":"x"}]"#),
    ]);
    for (name, text) in [
        ("members without a value", r#"{"vaults":null,"version":null}"#),
        ("an object that is empty", "{}"),
        ("a list that is empty", " [ ] "),
        ("a list of other things", r#"["type", "name"]"#),
        ("objects that are no items", r#"[{"type":1,"name":"x"}]"#),
    ] {
        assert_eq!(parse(text).unwrap_err(), ReadError::Header(HeaderError::NotAnExport), "{name}");
    }
    // What has the members of an export is one, whatever else it has.
    let export = r#"{"encrypted":false,"items":[],"vaults":{},"version":1,"projects":[],"secrets":[]}"#;
    assert!(matches!(parse(export), Ok(ExportFile::Plain(_))));
}

#[test]
fn a_list_of_items_is_read_as_an_export() {
    let list = r#"[
  {"object":"item","id":"a","type":1,"name":"Mail","login":{"username":"u","password":"hunter2","uris":null},"attachments":[{"id":"x"}]},
  {"object":"item","id":"b","type":2,"name":"Note","notes":"n","secureNote":{"type":0}},
  7
]"#;
    for text in [list.to_owned(), format!("\u{feff}\n{list}"), list.replace(r#""object":"item","#, "")] {
        let Ok(ExportFile::Plain(export)) = parse(&text) else { panic!("{:?}", parse(&text)) };
        let names: Vec<_> = export.items().map(|item| item.name().unwrap().to_owned()).collect();
        assert_eq!(names, ["Mail", "Note"]);
        let item = export.items().next().unwrap();
        let login = item.login().unwrap();
        assert_eq!(login.password().unwrap().expose_secret(), "hunter2");
        let bad: Vec<_> = export.unreadable().map(|bad| bad.to_string()).collect();
        assert_eq!(bad, ["items[2]: expected an object"]);
        // Nothing is lost, and what is written is an export.
        let json = export.expose_json();
        assert!(json.contains(r#"[{"id":"x"}]"#), "{}", *json);
        let again = Export::parse(&json).unwrap();
        assert_eq!((again.items().count(), again.unreadable().count()), (2, 1));
        assert_eq!(*again.expose_json(), *json);
    }
}

#[test]
fn nul_bytes_in_an_encrypted_member() {
    let reported = include_str!("data/reported/e_data_nul21234.json");
    assert_eq!(parse(reported).unwrap_err(), ReadError::Header(HeaderError::Nul { member: "data" }));
    assert_eq!(
        parse(reported).unwrap_err().to_string(),
        "damaged export: data holds NUL bytes in the place of text, so the download is damaged"
    );
    let good = include_str!("../../../demo/export-password-pbkdf2.json");
    assert!(parse(good).is_ok(), "the control");
    let at = good.find("\"data\": \"2.").unwrap() + 200;
    let (begin, end) = good.split_at(at);
    let some = format!("{begin}\\u0000\\u0000{}", end.get(2..).unwrap());
    assert_eq!(parse(some).unwrap_err(), ReadError::Header(HeaderError::Nul { member: "data" }));
}

#[test]
fn a_stated_format_goes_before_the_content() {
    let as_format = |format, text: &[u8]| ExportFile::parse_as(format, text, &Limits::default());
    let csv = b"type,name,login_password\nlogin,x,p\n";
    assert!(matches!(as_format(FileFormat::Csv, csv), Ok(ExportFile::Csv(_))));
    assert!(matches!(as_format(FileFormat::Json, csv), Err(ReadError::Json(_))));
    let json = br#"{"items": []}"#;
    assert!(matches!(as_format(FileFormat::Json, json), Ok(ExportFile::Plain(_))));
    assert!(matches!(as_format(FileFormat::Csv, json), Err(ReadError::Csv(_))));
    let limits = Limits { max_bytes: 4, ..Limits::default() };
    let error = ReadError::File(FileError::TooLarge { found: csv.len(), max: 4 });
    assert_eq!(ExportFile::parse_as(FileFormat::Csv, csv, &limits).unwrap_err(), error);
    assert_eq!(ExportFile::parse(csv, &limits).unwrap_err(), error);
}
