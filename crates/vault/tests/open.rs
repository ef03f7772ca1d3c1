//! Password-protected exports, opened and sealed: those of the official software, and hostile ones.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "round_trip/tree.rs"]
mod tree;

use base64::{Engine, prelude::BASE64_STANDARD};
use strongroom::{
    EncString, Error, ErrorKind, Kdf, KeyStore, KeyUses, ProtectedBytes,
    algorithms::SymmetricAlgorithm,
    errors::Operation,
    passwords::{KdfLimits, KdfSettings, NewKdf},
};
use strongroom_vault::{EncryptedExport, Export, ExportFile, Limits, OpenError, PlainError, SaltForm};
use tree::Tree;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

const PBKDF2: &str = include_str!("../../../demo/export-password-pbkdf2.json");
const ARGON2ID: &str = include_str!("../../../demo/export-password-argon2id.json");
const SDK_PLAIN: &str = include_str!("../../../demo/export-plain.json");
const SDK_PASSWORD: &str = include_str!("../../../demo/password.txt");
const CLI: &str = include_str!("data/account-cli-password.json");
const CLI_PLAIN: &str = include_str!("data/account-cli-plain.json");
const CLI_PASSWORD: &str = include_str!("data/account-cli-password.txt");
const DECODED_SALT: &str = include_str!("data/decoded-salt-sdk-0.2.0-main.357.json");
const ALL_KINDS: &str = include_str!("data/all-kinds.json");

fn store() -> KeyStore<Keys> {
    KeyStore::open().unwrap()
}

fn password(store: &KeyStore<Keys>, text: &str) -> ProtectedBytes {
    store.secret_text(text.trim_end_matches('\n')).unwrap()
}

/// One round of PBKDF2, so that a table of files takes no time.
fn lenient() -> Limits {
    let kdf = KdfLimits { min_pbkdf2_iterations: 1, ..KdfLimits::default() };
    Limits { kdf, ..Limits::default() }
}

fn quick() -> Kdf {
    Kdf::within(KdfSettings::Pbkdf2 { iterations: 1 }, &lenient().kdf).unwrap()
}

fn parse(text: &str) -> EncryptedExport {
    match ExportFile::parse(text.as_bytes(), &lenient()).unwrap() {
        ExportFile::PasswordProtected(file) => file,
        other => panic!("{other:?}"),
    }
}

fn open(text: &str, with: &str) -> Result<Export, OpenError> {
    let store = store();
    parse(text).open(&store, &password(&store, with))
}

#[test]
fn what_the_official_software_sealed() {
    for (text, with, plain) in
        [(PBKDF2, SDK_PASSWORD, SDK_PLAIN), (ARGON2ID, SDK_PASSWORD, SDK_PLAIN), (CLI, CLI_PASSWORD, CLI_PLAIN)]
    {
        let export = open(text, with).unwrap();
        assert_eq!(export.unreadable().count(), 0);
        assert!(*export.expose_json() == plain, "not what the plain twin holds");
        assert_eq!(parse(text).to_json(), text);
    }
}

/// How the salt of a file is used, and what it holds.
fn open_with_salt_form(text: &str, with: &str) -> Result<(String, SaltForm), OpenError> {
    let store = store();
    let (export, form) = parse(text).open_with_salt_form(&store, &password(&store, with))?;
    Ok((export.expose_json().to_string(), form))
}

#[test]
fn what_the_official_software_sealed_with_the_decoded_salt() {
    let empty = "{\n  \"encrypted\": false,\n  \"folders\": [],\n  \"items\": []\n}".to_owned();
    assert_eq!(open_with_salt_form(DECODED_SALT, "pw").unwrap(), (empty, SaltForm::Decoded));
    assert_eq!(parse(DECODED_SALT).to_json(), DECODED_SALT);
    assert_eq!(open(DECODED_SALT, "pW").unwrap_err(), OpenError::WrongPassword);
    let text = [(PBKDF2, SDK_PASSWORD), (ARGON2ID, SDK_PASSWORD), (CLI, CLI_PASSWORD)];
    for (text, with) in text {
        assert_eq!(open_with_salt_form(text, with).unwrap().1, SaltForm::Text);
    }
}

/// A file whose key is derived with `salt`, which says otherwise than its header.
fn resealed(kdf: Kdf, salt_of: impl Fn(&str) -> Vec<u8>, plain: &str) -> String {
    let store = store();
    let secret = password(&store, "x");
    let file =
        EncryptedExport::seal(&Export::parse("{\"items\": []}").unwrap(), &store, &secret, NewKdf::even_if_weak(kdf))
            .unwrap();
    let header = file.header();
    let (validation, data) = store.try_context(|ctx| {
        let salt = salt_of(header.salt().unwrap());
        let key = ctx.derive_from_password(&secret, &kdf, &salt, KeyUses::CONTENTS).unwrap();
        let seal = |text: &str| ctx.encrypt_text(key, text).unwrap().to_string();
        (seal("5c28ec8f-7cbf-49d9-af6b-acff261b669f"), seal(plain))
    });
    let text = file.to_json().replace(&header.data().unwrap().to_string(), &data);
    text.replace(header.validation().unwrap(), &validation)
}

#[test]
fn the_decoded_salt_is_tried_after_the_text() {
    let decode = |salt: &str| BASE64_STANDARD.decode(salt).unwrap();
    for kdf in [quick(), Kdf::argon2id(2, 16, 1).unwrap()] {
        let file = resealed(kdf, decode, SDK_PLAIN);
        assert_eq!(open_with_salt_form(&file, "x").unwrap(), (SDK_PLAIN.to_owned(), SaltForm::Decoded));
        assert_eq!(open(&file, "y").unwrap_err(), OpenError::WrongPassword);
        let data = parse(&file).header().data().unwrap().to_string().len();
        assert_eq!(open(&bent(&file, "data", data / 2), "x").unwrap_err(), OpenError::Tampered);
        assert_eq!(open(&bent(&file, VALIDATION, 30), "x").unwrap_err(), OpenError::WrongPassword);
        assert_eq!(open(&bent(&file, "salt", 3), "x").unwrap_err(), OpenError::WrongPassword);
        let text = resealed(kdf, |salt| salt.as_bytes().to_vec(), SDK_PLAIN);
        assert_eq!(open_with_salt_form(&text, "x").unwrap().1, SaltForm::Text, "the control");
        let neither = resealed(kdf, |salt| decode(salt)[..15].to_vec(), SDK_PLAIN);
        assert_eq!(open(&neither, "x").unwrap_err(), OpenError::WrongPassword);
        // What is sealed again has the form that all open.
        let store = store();
        let secret = password(&store, "x");
        let export = parse(&file).open(&store, &secret).unwrap();
        let again = EncryptedExport::seal(&export, &store, &secret, NewKdf::even_if_weak(kdf)).unwrap().to_json();
        assert_eq!(open_with_salt_form(&again, "x").unwrap().1, SaltForm::Text);
    }
}

/// It needs no key of the store: whether that is locked, is being unlocked or is used makes no difference, and it stays
/// as it is.
#[test]
fn a_locked_store_opens_and_seals() {
    let store = store();
    let secret = password(&store, "correct horse");
    let export = Export::parse(ALL_KINDS).unwrap();
    let opens = || {
        let file = EncryptedExport::seal(&export, &store, &secret, NewKdf::even_if_weak(quick())).unwrap();
        let wrong = password(&store, "correct hearse");
        assert_eq!(file.open(&store, &wrong).unwrap_err(), OpenError::WrongPassword);
        *file.open(&store, &secret).unwrap().expose_json() == *export.expose_json()
    };
    assert!(opens());
    store.lock();
    assert!(opens() && store.is_locked());
    assert_eq!(store.usage().secrets, 1, "the password");
    // While it is unlocked, and in a context of its own.
    let unlocked: Result<(), Error> = store.transaction(|tx| {
        assert!(opens() && store.is_locked());
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.insert(Key::User, key)
    });
    unlocked.unwrap();
    assert!(store.try_context(|ctx| opens() && ctx.contains(Key::User)));
    store.lock();
    drop(secret);
    assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
}

/// A lock erases the key of an export that is being opened, as it does every other.
#[test]
fn a_lock_ends_the_opening_of_an_export() {
    let store = store();
    let secret = password(&store, "correct horse");
    let export = Export::parse(ALL_KINDS).unwrap();
    let file = EncryptedExport::seal(&export, &store, &secret, NewKdf::pbkdf2(1_000_000).unwrap()).unwrap();
    for already_locked in [false, true] {
        assert_eq!(store.is_locked(), already_locked);
        std::thread::scope(|threads| {
            let before = store.usage().secrets;
            let opening = threads.spawn(|| file.open(&store, &secret));
            // Until the key that is derived has its slot, or the root key.
            while store.usage().secrets == before {
                assert!(!opening.is_finished(), "it never began");
                std::thread::yield_now();
            }
            store.lock();
            assert_eq!(store.usage().secrets, 1, "the password");
            let error = opening.join().unwrap().unwrap_err();
            let OpenError::Store(told) = &error else { unreachable!("{error}") };
            assert_eq!(told.kind(), &ErrorKind::Locked);
            // The lock came before the key was derived, or after it. A local key has no name that could be said.
            assert_eq!(told.key(), None);
            let place = match told.operation() {
                Some(Operation::Derive) => "derive",
                Some(Operation::Decrypt) => "decrypt",
                other => unreachable!("{other:?}"),
            };
            assert_eq!(error.to_string(), format!("the export cannot be opened: the store is locked ({place})"));
        });
    }
}

#[test]
fn what_is_sealed_opens_again() {
    let store = store();
    let secret = password(&store, "pässword");
    // Unknown members at every level of the vault, and of the file itself.
    let mut tree = Tree::parse(ALL_KINDS);
    let mut objects = 0;
    tree.each_object(&mut |members| {
        objects += 1;
        members.insert(objects % 3 % members.len().max(1), (format!("future {objects}"), Tree::Leaf("1E400".into())));
    });
    assert!(objects > 90, "{objects}");
    let plain = tree.to_string();
    let export = Export::parse(&plain).unwrap();
    for kdf in [quick(), Kdf::argon2id(2, 16, 3).unwrap()] {
        let file = EncryptedExport::seal(&export, &store, &secret, NewKdf::even_if_weak(kdf)).unwrap().to_json();
        assert_eq!(parse(&file).kdf(), kdf);
        let file = file.replacen('{', "{\n  \"future\": {\"n\": 1.50},", 1);
        assert_eq!(parse(&file).to_json(), file);
        assert!(*open(&file, "pässword").unwrap().expose_json() == plain);
        assert_eq!(open(&file, "passwort").unwrap_err(), OpenError::WrongPassword);
    }
}

#[test]
fn a_sealed_export_has_the_form_of_the_official_ones() {
    let store = store();
    let secret = password(&store, "x");
    let export = Export::parse(SDK_PLAIN).unwrap();
    let names = |text: &str| match Tree::parse(text) {
        Tree::Object(members) => members.into_iter().map(|(name, _)| name).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let pbkdf2 = EncryptedExport::seal(&export, &store, &secret, NewKdf::pbkdf2(600_000).unwrap()).unwrap();
    let json = pbkdf2.to_json();
    assert_eq!(names(&json), names(PBKDF2));
    assert!(json.contains(
        "\"kdfType\": 0,\n  \"kdfIterations\": 600000,\n  \"kdfMemory\": null,\n  \"kdfParallelism\": null,"
    ));
    let argon2id = EncryptedExport::seal(&export, &store, &secret, NewKdf::default()).unwrap();
    let json = argon2id.to_json();
    assert!(json.contains("\"kdfType\": 1,\n  \"kdfIterations\": 3,\n  \"kdfMemory\": 64,\n  \"kdfParallelism\": 4,"));

    // Base64 of 16 bytes, another one each time; the validation a UUID.
    let salts = [&pbkdf2, &argon2id].map(|file| file.header().salt().unwrap().to_owned());
    assert_ne!(salts[0], salts[1]);
    assert!(salts.iter().all(|salt| salt.len() == 24 && salt.ends_with("==")), "{salts:?}");
    let (header, kdf) = (pbkdf2.header(), pbkdf2.kdf());
    let id = store.try_context(|ctx| {
        let key = ctx
            .derive_from_password(&secret, &kdf, header.salt().unwrap().as_bytes(), KeyUses::CONTENTS_AND_KEYS)
            .unwrap();
        let validation = header.validation().unwrap().parse::<EncString>().unwrap();
        let id = ctx.decrypt_text(key, &validation).unwrap();
        strongroom::ExposeSecret::expose_secret(&id).to_owned()
    });
    let id = id.as_bytes();
    assert_eq!((id.len(), id[8], id[13], id[14], id[18], id[23]), (36, b'-', b'-', b'4', b'-', b'-'));
}

#[test]
fn debug_and_errors_show_no_plaintext() {
    let file = parse(PBKDF2);
    let printed = format!("{file:?} {:?}", file.header());
    assert!(printed.contains("EncString(type 2"), "{printed}");
    assert!(!printed.contains("GiDGCHO2") && !printed.contains("WTiX"), "{printed}");
}

/// A file of the quick parameters whose plaintext is `plain`, whatever that is.
fn sealed_bytes(plain: &[u8]) -> String {
    let store = store();
    let secret = password(&store, "x");
    let export = Export::parse("{\"items\": []}").unwrap();
    let file = EncryptedExport::seal(&export, &store, &secret, NewKdf::even_if_weak(quick())).unwrap();
    let salt = file.header().salt().unwrap();
    let data = store.try_context(|ctx| {
        let key = ctx.derive_from_password(&secret, &quick(), salt.as_bytes(), KeyUses::CONTENTS_AND_KEYS).unwrap();
        ctx.encrypt_bytes(key, plain).unwrap().to_string()
    });
    file.to_json().replace(&file.header().data().unwrap().to_string(), &data)
}

/// `text` with the character at `at` of the member `name` exchanged for another of base64.
fn bent(text: &str, name: &str, at: usize) -> String {
    let start = text.find(&format!("\"{name}\": \"")).unwrap() + name.len() + 5 + at;
    let by = if &text[start..=start] == "A" { "B" } else { "A" };
    format!("{}{by}{}", &text[..start], &text[start + 1..])
}

const VALIDATION: &str = "encKeyValidation_DO_NOT_EDIT";

#[test]
fn key_check() {
    let good = sealed_bytes(b"{\"items\": []}");
    assert!(open(&good, "x").is_ok(), "the control");
    let other = sealed_bytes(b"{\"items\": []}");
    let of_other = |name: fn(&EncryptedExport) -> &str| {
        let (mine, others) = (parse(&good), parse(&other));
        good.replace(name(&mine), name(&others))
    };
    let mac = parse(&good).header().validation().unwrap().rfind('|').unwrap() + 1;
    let rows = [
        ("another password", good.clone(), "y"),
        ("a longer password", good.clone(), "x "),
        ("another case", good.clone(), "X"),
        ("no password", good.clone(), ""),
        ("its newline", good.clone(), "x\r"),
        ("another salt", bent(&good, "salt", 3), "x"),
        ("another file's salt", of_other(|file| file.header().salt().unwrap()), "x"),
        ("more rounds", good.replace("\"kdfIterations\": 1,", "\"kdfIterations\": 2,"), "x"),
        (
            "another function",
            good.replace("\"kdfType\": 0,", "\"kdfType\": 1,")
                .replace("\"kdfIterations\": 1,", "\"kdfIterations\": 2,")
                .replace("\"kdfMemory\": null", "\"kdfMemory\": 16")
                .replace("\"kdfParallelism\": null", "\"kdfParallelism\": 1"),
            "x",
        ),
        ("validation's vector changed", bent(&good, VALIDATION, 2), "x"),
        ("validation's data changed", bent(&good, VALIDATION, 30), "x"),
        ("validation's MAC changed", bent(&good, VALIDATION, mac), "x"),
        ("another file's validation", of_other(|file| file.header().validation().unwrap()), "x"),
    ];
    for (name, text, with) in rows {
        assert!(with == "x" || text == good, "{name}");
        assert!(with != "x" || text != good, "{name}: nothing was changed");
        let error = open(&text, with).unwrap_err();
        assert_eq!(error, OpenError::WrongPassword, "{name}");
        assert_eq!(error.to_string(), "wrong password");
    }
}

#[test]
fn payload_changed() {
    let good = sealed_bytes(SDK_PLAIN.as_bytes());
    assert!(open(&good, "x").is_ok(), "the control");
    let data = parse(&good).header().data().unwrap().to_string();
    let (iv_and_data, mac) = data.rsplit_once('|').unwrap();
    let other = parse(&sealed_bytes(SDK_PLAIN.as_bytes())).header().data().unwrap().to_string();
    let validation = parse(&good).header().validation().unwrap().to_owned();
    // 64 characters of base64 are 3 blocks; 27 stand before the first.
    let blocks_swapped = format!("{}{}{}{}", &data[..27], &data[91..155], &data[27..91], &data[155..]);
    let block_cut = format!("{}{}", &data[..27], &data[91..]);
    let rows = [
        ("vector changed", bent(&good, "data", 2)),
        ("first block changed", bent(&good, "data", 28)),
        ("a block in the middle changed", bent(&good, "data", data.len() / 2)),
        ("MAC changed", bent(&good, "data", iv_and_data.len() + 1)),
        ("blocks swapped", good.replace(&data, &blocks_swapped)),
        ("blocks cut out", good.replace(&data, &block_cut)),
        ("MAC of zeros", good.replace(mac, &format!("{}=", "A".repeat(43)))),
        ("another file's data", good.replace(&data, &other)),
        ("the validation as data", good.replace(&data, &validation)),
    ];
    for (name, text) in rows {
        assert!(text != good, "{name}: nothing was changed");
        if name == "the validation as data" {
            // It is authentic under the same key: only its contents are wrong.
            let error = open(&text, "x").unwrap_err();
            assert!(matches!(error, OpenError::Payload(PlainError::Json(_))), "{name}: {error:?}");
            continue;
        }
        let error = open(&text, "x").unwrap_err();
        assert_eq!(error, OpenError::Tampered, "{name}");
        assert_eq!(
            error.to_string(),
            "tampered: the password is right, but the data were changed after the export was written"
        );
    }
}

#[test]
fn payload() {
    let rows: [(&str, &[u8], &str); 10] = [
        ("not text", b"{\"items\": [\xff]}", "the decrypted data are not text"),
        ("nothing", b"", "the decrypted data are no export: truncated: the JSON ends too early, at line 1, column 0"),
        (
            "not JSON",
            b"name,password\nx,hunter2",
            "the decrypted data are no export: not JSON: syntax error at line 1, column 2",
        ),
        (
            "cut JSON",
            b"{\"encrypted\": false, \"items\": [{\"name\": \"hunter2",
            "the decrypted data are no export: truncated: the JSON ends too early, at line 1, column 48",
        ),
        ("text", b"\"hunter2\"", "the decrypted data are no export: JSON, but not an export: it has no `items`"),
        ("an empty object", b"{}", "the decrypted data are no export: JSON, but not an export: it has no `items`"),
        (
            "encrypted once more",
            b"{\"encrypted\": true, \"items\": []}",
            "the decrypted data are no export: an encrypted export where a plain one was expected",
        ),
        (
            "items are text",
            b"{\"encrypted\": false, \"items\": \"hunter2\"}",
            "the decrypted data are no export: items: expected a list",
        ),
        (
            "items twice",
            b"{\"items\": [], \"items\": [{\"name\": \"hunter2\"}]}",
            "the decrypted data are no export: items: stands there twice",
        ),
        (
            "flag is text",
            b"{\"encrypted\": \"hunter2\", \"items\": []}",
            "the decrypted data are no export: encrypted: expected true or false",
        ),
    ];
    for (name, plain, message) in rows {
        let error = open(&sealed_bytes(plain), "x").unwrap_err();
        let stage = matches!(error, OpenError::NotText | OpenError::Payload(_));
        assert!(stage, "{name}: {error:?}");
        assert_eq!(error.to_string(), message, "{name}");
        assert!(!format!("{error:?}").contains("hunter2"), "{name}: {error:?}");
    }
}

#[test]
fn a_bad_item_of_an_encrypted_export_hides_no_other() {
    let plain = br#"{"items": [{"type": 1, "name": "a"}, {"type": 1, "name": 5}, {"name": "c"},
        {"type": 1, "name": "b"}]}"#;
    let export = open(&sealed_bytes(plain), "x").unwrap();
    assert_eq!(export.items().filter_map(|item| item.name().map(str::to_owned)).collect::<Vec<_>>(), ["a", "5", "b"]);
    assert_eq!(export.unreadable().map(|bad| bad.to_string()).collect::<Vec<_>>(), ["items[2].type: is missing"]);
    assert_eq!(export.odd_members().map(|odd| odd.to_string()).collect::<Vec<_>>(), ["items[1].name: expected text"]);
}

/// What an editor, mail or a shell did to the file or to what is in it.
#[test]
fn what_was_put_between_and_before_says_nothing() {
    let plain = "{\"encrypted\": false, \"items\": [{\"type\": 2, \"name\": \"n\"}]}";
    let as_written = open(&sealed_bytes(plain.as_bytes()), "x").unwrap().expose_json().to_string();
    let marked = sealed_bytes(format!("\u{feff}{plain}").as_bytes());
    let good = sealed_bytes(plain.as_bytes());
    let data = parse(&good).header().data().unwrap().to_string();
    let validation = parse(&good).header().validation().unwrap().to_owned();
    let (before, after) = data.split_at(50);
    let wrapped = |text: &str, by: &str| {
        let lines: Vec<_> = text.as_bytes().chunks(19).map(|line| std::str::from_utf8(line).unwrap()).collect();
        lines.join(by)
    };
    for (name, file) in [
        ("a mark in it", marked.clone()),
        ("a mark in it and before it", format!("\u{feff}{marked}")),
        ("lines", good.replace(&data, &wrapped(&data, r"\n"))),
        ("lines of another system", good.replace(&data, &wrapped(&data, r"\r\n"))),
        ("lines of the validation", good.replace(&validation, &wrapped(&validation, r"\n  "))),
        ("a space behind", good.replace(&data, &format!("{data} "))),
        ("a space before", good.replace(&data, &format!(" {data}"))),
        ("a tab within", good.replace(&data, &format!(r"{before}\t{after}"))),
        ("escaped", good.replace(&data, &format!(r"{before}\u000a{after}"))),
    ] {
        assert_ne!(file, good, "{name}");
        let export = open(&file, "x").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(*export.expose_json(), as_written, "{name}: as if it had not been");
        assert_eq!(open(&file, "y").unwrap_err(), OpenError::WrongPassword, "{name}");
    }
    // As it is in the file it is kept.
    let file = good.replace(&data, &format!("{data} "));
    assert_eq!(parse(&file).header().data().unwrap().to_string(), format!("{data} "));
    for (name, file) in [
        ("two marks", sealed_bytes(format!("\u{feff}\u{feff}{plain}").as_bytes())),
        ("a mark alone", sealed_bytes("\u{feff}".as_bytes())),
        ("a mark of UTF-16", sealed_bytes(b"\xff\xfe{\x00}\x00")),
    ] {
        assert!(open(&file, "x").is_err(), "{name}");
    }
    for (name, text) in [
        ("another letter", format!("{before}.{after}")),
        ("a space that is none of ASCII", format!("{before}\u{a0}{after}")),
        ("a mark within", format!("{before}\u{feff}{after}")),
    ] {
        assert!(ExportFile::parse(good.replace(&data, &text).as_bytes(), &lenient()).is_err(), "{name}");
    }
}
