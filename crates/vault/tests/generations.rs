//! One file of everything that the official exporter ever wrote in its own way: see `docs/generations.md`. Each opens
//! whole, and is written back to the byte.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;

use strongroom::{ExposeSecret, KeyStore};
use strongroom_vault::{Export, ExportFile, Item, Limits, OpenError, SaltForm, Section};

strongroom::key_ids! {
    enum Keys;
}

/// Without passkeys and former passwords, with dates as precise as they are.
const POORER: &str = include_str!("data/generations/sdk-0.2.0-main.177.json");
/// With both; dates have three digits after the second.
const WHOLE: &str = include_str!("data/generations/sdk-0.2.0-main.1054.json");
const CSV: &str = include_str!("data/generations/sdk-0.2.0-main.1054.csv");

/// What was sealed, how its key is derived, and what is in it. The password is `pw`.
const SEALED: [(&str, SaltForm, &str); 5] = [
    (include_str!("data/generations/sdk-0.2.0-main.177-password.json"), SaltForm::Text, POORER),
    (include_str!("data/generations/sdk-0.2.0-main.409-password.json"), SaltForm::Decoded, POORER),
    (include_str!("data/generations/sdk-0.2.0-main.409-password-argon2id.json"), SaltForm::Decoded, POORER),
    (include_str!("data/generations/sdk-0.2.0-main.1054-password.json"), SaltForm::Text, WHOLE),
    (include_str!("data/generations/sdk-0.2.0-main.1054-password-argon2id.json"), SaltForm::Text, WHOLE),
];

fn parse(text: &str) -> ExportFile {
    ExportFile::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn every_generation_of_sealed_exports_opens() {
    let store = KeyStore::<Keys>::open().unwrap();
    let password = |text: &str| store.secret_text(text).unwrap();
    for (text, form, plain) in SEALED {
        let ExportFile::PasswordProtected(file) = parse(text) else { panic!("another kind of export") };
        let (export, found) = file.open_with_salt_form(&store, &password("pw")).unwrap();
        assert_eq!(found, form);
        assert_whole(&export);
        assert_eq!(*export.expose_json(), plain);
        assert_eq!(file.to_json(), text, "written back");
        assert_eq!(file.open(&store, &password("pW")).unwrap_err(), OpenError::WrongPassword);
    }
}

#[test]
fn every_value_of_both_generations_is_read() {
    for (text, expected) in [(WHOLE, ITEMS.to_owned()), (POORER, poorer())] {
        let ExportFile::Plain(export) = parse(text) else { panic!("another kind of export") };
        assert_whole(&export);
        assert_eq!(listed(&export), expected);
        assert_eq!(*export.expose_json(), text, "written back");
    }
}

/// CSV is the same of all.
#[test]
fn every_value_of_the_csv_is_read() {
    let ExportFile::Csv(export) = parse(CSV) else { panic!("another kind of export") };
    assert_whole(&export);
    assert_eq!(*export.expose_csv().0, CSV, "written back");
    for plain in [POORER, WHOLE] {
        assert_eq!(*Export::parse(plain).unwrap().expose_csv().0, CSV, "made of the JSON");
    }
    let secrets = |name: &str| {
        let item = export.items().find(|item| item.name() == Some(name)).unwrap();
        let login = item.login().and_then(|login| login.password()).map(|text| text.expose_secret().to_owned());
        (login, item.notes().map(|text| text.expose_secret().to_owned()))
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        secrets("Example login"),
        (text("correct \"horse\", battery"), text("First line\nsecond line, with a comma"))
    );
    assert_eq!(secrets("Secure note"), (None, text("A note of its own: € 🔑")));
    assert_eq!(secrets("In the archive"), (text("in the archive"), None));
    assert_eq!(export.items().count(), 6);
}

fn assert_whole(export: &Export) {
    assert_eq!(export.unreadable().count(), 0);
    assert_eq!(export.odd_members().count(), 0);
}

/// Every item with all that it holds, one value a line.
fn listed(export: &Export) -> String {
    let mut text = String::new();
    for item in export.items() {
        head(&item, export, &mut text);
        for entry in item.entries() {
            let part = match entry.section() {
                Section::Body | Section::Notes => String::new(),
                other => format!("{other:?} "),
            };
            writeln!(text, "  {part}{} = {:?}", entry.name(), entry.expose()).unwrap();
        }
    }
    text
}

fn head(item: &Item, export: &Export, text: &mut String) {
    let folder = item.folder_id().map(|id| export.folder(id).unwrap());
    let folder = folder.as_ref().map(|folder| folder.name().unwrap());
    let dates = [item.creation_date(), item.revision_date(), item.deleted_date(), item.archived_date()];
    let dates: Vec<_> = dates.into_iter().flatten().collect();
    let name = item.name().unwrap();
    write!(text, "{name}: {} {}", item.id().unwrap(), item.kind.name().unwrap()).unwrap();
    if let Some(folder) = folder {
        write!(text, ", in {folder}").unwrap();
    }
    if item.favorite() == Some(true) {
        text.push_str(", favorite");
    }
    writeln!(text, "\n  asks for: {}; dates: {}", item.reprompt().unwrap(), dates.join(", ")).unwrap();
}

/// What is left of it without passkeys and former passwords.
fn poorer() -> String {
    let left = |line: &&str| !["  Passkey(", "  PasswordHistory("].iter().any(|begin| line.starts_with(begin));
    let lines: String = ITEMS.split_inclusive('\n').filter(left).collect();
    lines.replace("03.123Z", "03.123456Z").replace("36.000Z", "36Z")
}

/// All of them, as they are in `peers/interop/vector.json`.
const ITEMS: &str = r#"Example login: 25c8c414-b446-48e9-a1bd-b10500bb0002 login, in Work/Café, favorite
  asks for: master password; dates: 2026-01-30T17:55:36.150Z, 2025-06-01T01:02:03.123Z
  username = "ada@example.com"
  password = "correct \"horse\", battery"
  totp = "JBSWY3DPEHPK3PXP"
  Uri(0) uri = "https://example.com/login"
  Uri(0) match = "base domain"
  Uri(1) uri = "https://other.example/a,b"
  notes = "First line\nsecond line, with a comma"
  Field(0) PUK = "1234"
  Field(1) Answer = "hidden word"
  Field(2) Agreed = "true"
  Field(3) Same = "ada@example.com"
  PasswordHistory(0) password = "the last one"
  PasswordHistory(0) lastUsedDate = "2026-01-30T17:55:36.000Z"
  PasswordHistory(1) password = "the one before"
  PasswordHistory(1) lastUsedDate = "2025-06-01T01:02:03.123Z"
Passkey: 25c8c414-b446-48e9-a1bd-b10500bb0003 login
  asks for: no; dates: 2026-01-30T17:55:36.150Z, 2025-06-01T01:02:03.123Z
  username = "ada"
  Uri(0) uri = "https://passkey.example/"
  Uri(0) match = "exact"
  Passkey(0) rpId = "passkey.example"
  Passkey(0) rpName = "Passkey Inc."
  Passkey(0) userName = "ada"
  Passkey(0) userDisplayName = "Ada L."
  Passkey(0) userHandle = "AAECAwQFBgc"
  Passkey(0) credentialId = "52217b91-73f1-4fea-b3f2-54a7959fd5aa"
  Passkey(0) keyType = "public-key"
  Passkey(0) keyAlgorithm = "ECDSA"
  Passkey(0) keyCurve = "P-256"
  Passkey(0) keyValue = "bm8ga2V5IGF0IGFsbA"
  Passkey(0) counter = "0"
  Passkey(0) discoverable = "true"
  Passkey(0) creationDate = "2026-01-30T17:55:36.000Z"
Nothing in it: 25c8c414-b446-48e9-a1bd-b10500bb0004 login
  asks for: no; dates: 2026-01-30T17:55:36.150Z, 2025-06-01T01:02:03.123Z
Secure note: 25c8c414-b446-48e9-a1bd-b10500bb0005 secureNote, in Work/Café
  asks for: no; dates: 2026-01-30T17:55:36.150Z, 2025-06-01T01:02:03.123Z
  notes = "A note of its own: € 🔑"
Card: 25c8c414-b446-48e9-a1bd-b10500bb0006 card
  asks for: no; dates: 2026-01-30T17:55:36.150Z, 2025-06-01T01:02:03.123Z
  cardholderName = "Ada Lovelace"
  brand = "Visa"
  number = "4111111111111111"
  expMonth = "1"
  expYear = "2032"
  code = "123"
Identity: 25c8c414-b446-48e9-a1bd-b10500bb0007 identity
  asks for: no; dates: 2026-01-30T17:55:36.150Z, 2025-06-01T01:02:03.123Z
  title = "Ms"
  firstName = "Ada"
  lastName = "Lovelace"
  address1 = "12 St James's Square"
  city = "London"
  postalCode = "SW1Y 4JH"
  country = "GB"
  company = "Analytical Engines"
  email = "ada@example.com"
  phone = "+44 20 7946 0000"
  ssn = "000-00-0000"
  username = "ada"
  passportNumber = "P000"
  licenseNumber = "L000"
SSH key: 25c8c414-b446-48e9-a1bd-b10500bb0008 sshKey
  asks for: no; dates: 2026-01-30T17:55:36.150Z, 2025-06-01T01:02:03.123Z
  privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nbm8ga2V5\n-----END OPENSSH PRIVATE KEY-----\n"
  publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ada@example.com"
  keyFingerprint = "SHA256:bm8gZmluZ2VycHJpbnQ"
In the trash: 25c8c414-b446-48e9-a1bd-b10500bb0009 login
  asks for: no; dates: 2026-01-30T17:55:36.150Z, 2025-06-01T01:02:03.123Z, 2026-01-30T17:55:36.000Z
  username = "gone"
  password = "with the trash"
In the archive: 25c8c414-b446-48e9-a1bd-b10500bb0010 login
  asks for: no; dates: 2026-01-30T17:55:36.150Z, 2025-06-01T01:02:03.123Z
  username = "old"
  password = "in the archive"
"#;
