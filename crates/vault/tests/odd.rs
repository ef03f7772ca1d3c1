//! Members that are not written as the format has them: what is shown, what is reported, and that nothing is lost. The
//! secrets of the rows hold the word hunter2, which no message and no `Debug` may show.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use strongroom_vault::{Export, Item, ItemKind, Login, Member};

const GOOD: &str = "{\n      \"type\": 1,\n      \"name\": \"good\"\n    }";

/// An export of an item between two good ones, laid out as it is written.
fn between(item: &str) -> String {
    format!("{{\n  \"items\": [\n    {GOOD},\n    {item},\n    {GOOD}\n  ]\n}}")
}

/// An item of one line, laid out as it is written, so that it comes back to the byte.
fn item_of(members: &[&str]) -> String {
    let members: Vec<_> = members.iter().map(|member| format!("      {member}")).collect();
    format!("{{\n{}\n    }}", members.join(",\n"))
}

/// All that an item shows, in one line: its kind, the members that are no entries, the entries.
fn shown(item: &Item) -> String {
    let mut parts = vec![item.kind.to_string()];
    let texts = [
        ("id", item.id()),
        ("name", item.name()),
        ("folderId", item.folder_id()),
        ("organizationId", item.organization_id()),
        ("creationDate", item.creation_date()),
        ("revisionDate", item.revision_date()),
        ("deletedDate", item.deleted_date()),
        ("archivedDate", item.archived_date()),
    ];
    parts.extend(texts.iter().filter_map(|(name, text)| Some(format!("{name}={}", (*text)?))));
    parts.extend(item.collection_ids().iter().map(|id| format!("collection={id}")));
    parts.extend(item.favorite().map(|favorite| format!("favorite={favorite}")));
    parts.extend(item.reprompt().map(|reprompt| format!("reprompt={reprompt}")));
    let autofill = item.login().and_then(|login| login.autofill_on_page_load());
    parts.extend(autofill.map(|autofill| format!("autofill={autofill}")));
    parts.extend(item.entries().iter().map(|entry| {
        let secret = if entry.is_secret() { "*" } else { "" };
        let odd = if entry.is_odd() { "?" } else { "" };
        format!("{}{secret}{odd}={}", entry.name(), entry.expose())
    }));
    parts.join(" ")
}

/// Members of an item, what is shown of it, what is reported.
type Row<'a> = (&'a [&'a str], &'a str, &'a [&'a str]);

#[track_caller]
fn assert_shown(rows: &[Row<'_>]) {
    for (members, expected, reported) in rows {
        let text = between(&item_of(members));
        let export = Export::parse(&text).unwrap();
        assert_eq!(export.unreadable().map(|bad| bad.to_string()).collect::<Vec<_>>(), [""; 0], "{members:?}");
        let items: Vec<_> = export.items().collect();
        assert_eq!((items.len(), items[0].name(), items[2].name()), (3, Some("good"), Some("good")));
        assert_eq!(shown(&items[1]), *expected, "{members:?}");
        let defects: Vec<_> = items[1].defects().iter().map(ToString::to_string).collect();
        assert_eq!(defects, *reported, "{members:?}");
        let of_export: Vec<_> = export.odd_members().map(|odd| (odd.to_string(), odd.list(), odd.index())).collect();
        let expected: Vec<_> = defects.iter().map(|defect| (defect.clone(), "items", Some(1))).collect();
        assert_eq!(of_export, expected, "{members:?}");
        let printed = format!("{export:?} {:?} {:?} {of_export:?}", items[1].defects(), items[1].entries());
        let printed = format!("{printed} {:?}", export.odd_members().collect::<Vec<_>>());
        assert!(!printed.contains("hunter2"), "{printed}");
        assert!(*export.expose_json() == text, "{members:?}: {}", *export.expose_json());
        // And once more, of what was written.
        assert_eq!(shown(&Export::parse(&export.expose_json()).unwrap().items().nth(1).unwrap()), shown(&items[1]));
    }
}

#[test]
fn the_control() {
    assert_shown(&[(
        &[r#""type": 1"#, r#""name": "n""#, r#""favorite": true"#, r#""login": null"#],
        "login name=n favorite=true",
        &[],
    )]);
}

#[test]
fn the_item_itself() {
    assert_shown(&[
        (&[r#""type": "1""#, r#""name": "n""#], "login name=n", &["items[1].type: expected a whole number"]),
        (&[r#""name": "n""#, r#""type": " 3 ""#], "card name=n", &["items[1].type: expected a whole number"]),
        (&[r#""type": 1.0"#], "login", &["items[1].type: expected a whole number"]),
        (&[r#""type": 20e-1"#], "secure note", &["items[1].type: expected a whole number"]),
        (&[r#""type": 4.20e1"#], "type 42", &["items[1].type: expected a whole number"]),
        (&[r#""type": 1"#, r#""type": 2"#], "secure note", &["items[1].type: stands there twice"]),
        (
            &[r#""type": 1"#, r#""name": "n""#, r#""type": "2""#],
            "secure note name=n",
            &["items[1].type: stands there twice", "items[1].type: expected a whole number"],
        ),
        (&[r#""type": 2"#, r#""name": 5"#], "secure note name=5", &["items[1].name: expected text"]),
        (&[r#""type": 2"#, r#""name": -1.50E3"#], "secure note name=-1.50E3", &["items[1].name: expected text"]),
        (&[r#""type": 2"#, r#""name": false"#], "secure note name=false", &["items[1].name: expected text"]),
        (&[r#""type": 2"#, r#""name": {"hunter2": 1}"#], "secure note", &["items[1].name: expected text"]),
        (
            &[r#""type": 2"#, r#""name": "a\ud83dz""#],
            "secure note name=a\u{fffd}z",
            &[r"items[1].name: holds a `\u` escape that is no character"],
        ),
        (
            &[r#""type": 2"#, r#""name": "\udc00\ud83d\ude00\ud800\ud801é""#],
            "secure note name=\u{fffd}😀\u{fffd}\u{fffd}é",
            &[r"items[1].name: holds a `\u` escape that is no character"],
        ),
        (
            &[r#""name": "first""#, r#""type": 2"#, r#""name": "last""#],
            "secure note name=last",
            &["items[1].name: stands there twice"],
        ),
        (
            &[r#""name": "a""#, r#""name": 7"#, r#""name": null"#, r#""type": 2"#],
            "secure note",
            &["items[1].name: stands there twice"],
        ),
        (&[r#""type": 2"#, r#""id": 12"#], "secure note id=12", &["items[1].id: expected text"]),
        (
            &[r#""type": 2"#, r#""folderId": 3"#, r#""organizationId": true"#],
            "secure note folderId=3 organizationId=true",
            &["items[1].organizationId: expected text", "items[1].folderId: expected text"],
        ),
        (&[r#""type": 2"#, r#""notes": ["hunter2"]"#], "secure note", &["items[1].notes: expected text"]),
        (&[r#""type": 2"#, r#""notes": 12345"#], "secure note notes*?=12345", &["items[1].notes: expected text"]),
        (
            &[r#""type": 2"#, r#""notes": "hunter2\ud800""#],
            "secure note notes*?=hunter2\u{fffd}",
            &[r"items[1].notes: holds a `\u` escape that is no character"],
        ),
        (
            &[r#""type": 2"#, r#""creationDate": 1706637456150"#, r#""revisionDate": 1.5"#],
            "secure note creationDate=1706637456150 revisionDate=1.5",
            &["items[1].creationDate: expected text", "items[1].revisionDate: expected text"],
        ),
        (
            &[r#""type": 2"#, r#""deletedDate": {}"#, r#""archivedDate": false"#],
            "secure note archivedDate=false",
            &["items[1].deletedDate: expected text", "items[1].archivedDate: expected text"],
        ),
        (
            &[r#""type": 2"#, r#""reprompt": "1""#],
            "secure note reprompt=master password",
            &["items[1].reprompt: expected a whole number"],
        ),
        (
            &[r#""type": 2"#, r#""reprompt": -0"#],
            "secure note reprompt=no",
            &["items[1].reprompt: expected a whole number"],
        ),
        (&[r#""type": 2"#, r#""reprompt": 0.5"#], "secure note", &["items[1].reprompt: expected a whole number"]),
        (
            &[r#""type": 2"#, r#""reprompt": 99999999999999999999"#],
            "secure note",
            &["items[1].reprompt: expected a whole number"],
        ),
        (&[r#""type": 2"#, r#""\udc00": "hunter2""#, r#""b": 1"#], "secure note", &[]),
    ]);
}

#[test]
fn favorites() {
    for (spelt, value) in [
        ("1", Some(true)),
        ("0", Some(false)),
        ("1.0", Some(true)),
        ("\"true\"", Some(true)),
        ("\"True\"", Some(true)),
        ("\"1\"", Some(true)),
        ("\"FALSE\"", Some(false)),
        ("\"0\"", Some(false)),
        ("\"\"", Some(false)),
        ("2", None),
        ("\"hunter2\"", None),
        ("[]", None),
    ] {
        let member = format!("\"favorite\": {spelt}");
        let shown = value.map_or("login name=n".to_owned(), |value| format!("login name=n favorite={value}"));
        assert_shown(&[(
            &[r#""type": 1"#, r#""name": "n""#, &member],
            &shown,
            &["items[1].favorite: expected true or false"],
        )]);
    }
}

/// A type that is missing is that of the only kind there is.
#[test]
fn items_without_a_type() {
    let missing: &[&str] = &["items[1].type: is missing"];
    let number: &[&str] = &["items[1].type: expected a whole number"];
    assert_shown(&[
        (&[r#""name": "n""#, r#""login": {}"#], "login name=n", missing),
        (&[r#""card": {}"#], "card", missing),
        (&[r#""secureNote": {}"#], "secure note", missing),
        (&[r#""identity": {}"#, r#""login": null"#], "identity", missing),
        (&[r#""sshKey": {}"#], "SSH key", missing),
        (&[r#""bankAccount": {}"#], "bank account", missing),
        (&[r#""driversLicense": {}"#], "driver's license", missing),
        (&[r#""passport": {}"#, r#""type": null"#], "passport", missing),
        (&[r#""type": "login""#, r#""login": {}"#], "login", number),
        (&[r#""type": {"hunter2": 1}"#, r#""card": {}"#], "card", number),
        (&[r#""type": 1.5"#, r#""card": {}"#], "card", number),
    ]);
    // With neither or several nothing says what it is.
    for (item, message) in [
        (r#"{"name": "hunter2"}"#, "items[1].type: is missing"),
        (r#"{"login": null}"#, "items[1].type: is missing"),
        (r#"{"login": {}, "card": {"code": "hunter2"}}"#, "items[1].type: is missing"),
        (r#"{"type": "hunter2"}"#, "items[1].type: expected a whole number"),
        (r#"{"type": true, "login": {}, "card": {}}"#, "items[1].type: expected a whole number"),
        (r#""hunter2""#, "items[1]: expected an object"),
        ("[]", "items[1]: expected an object"),
        ("7", "items[1]: expected an object"),
    ] {
        let text = between(item);
        let export = Export::parse(&text).unwrap();
        assert_eq!((export.items().count(), export.odd_members().count()), (2, 0), "{item}");
        assert_eq!(export.unreadable().map(|bad| bad.to_string()).collect::<Vec<_>>(), [message]);
        assert!(!format!("{export:?} {message}").contains("hunter2"));
        assert_eq!(*export.expose_json(), text);
    }
}

#[test]
fn logins() {
    const PASSWORD: &str = r#""password": "p4ss""#;
    let rows: [(&str, &str, &[&str]); 24] = [
        (r#""username": 42"#, "username?=42 password*=p4ss", &["login.username: expected text"]),
        (r#""username": ["hunter2"]"#, "password*=p4ss", &["login.username: expected text"]),
        (r#""totp": 123456"#, "password*=p4ss totp*?=123456", &["login.totp: expected text"]),
        (r#""totp": {"hunter2": 1}"#, "password*=p4ss", &["login.totp: expected text"]),
        (
            r#""totp": "hunter2\udfff""#,
            "password*=p4ss totp*?=hunter2\u{fffd}",
            &[r"login.totp: holds a `\u` escape that is no character"],
        ),
        (
            r#""passwordRevisionDate": 1706637456"#,
            "password*=p4ss passwordRevisionDate?=1706637456",
            &["login.passwordRevisionDate: expected text"],
        ),
        (
            r#""autofillOnPageLoad": "true""#,
            "autofill=true password*=p4ss",
            &["login.autofillOnPageLoad: expected true or false"],
        ),
        (
            r#""autofillOnPageLoad": 0"#,
            "autofill=false password*=p4ss",
            &["login.autofillOnPageLoad: expected true or false"],
        ),
        (r#""uris": [null]"#, "password*=p4ss", &[]),
        (r#""uris": [null, {"uri": "https://a.example"}, null]"#, "password*=p4ss uri=https://a.example", &[]),
        (
            r#""uris": ["https://a.example"]"#,
            "password*=p4ss uri=https://a.example",
            &["login.uris[0]: expected an object"],
        ),
        (
            r#""uris": [{}, "https://a.example", 5, {"uri": "b"}]"#,
            "password*=p4ss uri=https://a.example uri=b",
            &["login.uris[1]: expected an object", "login.uris[2]: expected an object"],
        ),
        (r#""uris": "https://a.example""#, "password*=p4ss uri=https://a.example", &["login.uris: expected a list"]),
        (r#""uris": {"uri": "hunter2"}"#, "password*=p4ss", &["login.uris: expected a list"]),
        (
            r#""uris": [{"match": "0", "uri": "a"}]"#,
            "password*=p4ss uri=a match?=base domain",
            &["login.uris[0].match: expected a whole number"],
        ),
        (
            r#""uris": [{"match": 1.0, "uri": 7}]"#,
            "password*=p4ss uri?=7 match?=host",
            &["login.uris[0].uri: expected text", "login.uris[0].match: expected a whole number"],
        ),
        (
            r#""uris": [{"match": "hunter2", "uri": "a", "uri": "b"}, null]"#,
            "password*=p4ss uri?=b",
            &["login.uris[0].uri: stands there twice", "login.uris[0].match: expected a whole number"],
        ),
        (r#""fido2Credentials": [null]"#, "password*=p4ss", &[]),
        (
            r#""fido2Credentials": [{"counter": 0, "keyValue": "k"}]"#,
            "password*=p4ss keyValue*=k counter?=0",
            &["login.fido2Credentials[0].counter: expected text"],
        ),
        (
            r#""fido2Credentials": [null, {"discoverable": true, "keyValue": 7}]"#,
            "password*=p4ss keyValue*?=7 discoverable?=true",
            &[
                "login.fido2Credentials[1].keyValue: expected text",
                "login.fido2Credentials[1].discoverable: expected text",
            ],
        ),
        (r#""fido2Credentials": ["hunter2"]"#, "password*=p4ss", &["login.fido2Credentials[0]: expected an object"]),
        (
            r#""fido2Credentials": [{"creationDate": 5}, {"rpId": "r"}]"#,
            "password*=p4ss creationDate?=5 rpId=r",
            &["login.fido2Credentials[0].creationDate: expected text"],
        ),
        (r#""username": "a", "username": "b""#, "username?=b password*=p4ss", &["login.username: stands there twice"]),
        (r#""uris": [], "uris": [{"uri": "a"}]"#, "password*=p4ss uri=a", &["login.uris: stands there twice"]),
    ];
    for (member, expected, reported) in rows {
        // Over several lines only what is read as the format has it is laid out anew.
        let member = member
            .replace(r#"", "username""#, "\",\n        \"username\"")
            .replace(r#"[], "uris""#, "[],\n        \"uris\"");
        let login = format!("\"login\": {{\n        {PASSWORD},\n        {member}\n      }}");
        let text = between(&item_of(&[r#""type": 1"#, &login]));
        let export = Export::parse(&text).unwrap();
        let item = export.items().nth(1).unwrap();
        assert_eq!(shown(&item), format!("login {expected}"), "{member}");
        let defects: Vec<_> = item.defects().iter().map(ToString::to_string).collect();
        assert_eq!(defects, reported.iter().map(|what| format!("items[1].{what}")).collect::<Vec<_>>(), "{member}");
        assert!(!format!("{export:?} {:?}", item.login()).contains("hunter2"));
        let compact = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(compact(&export.expose_json()), compact(&text), "{member}");
        assert_eq!(*Export::parse(&export.expose_json()).unwrap().expose_json(), *export.expose_json());
    }
}

#[test]
fn what_else_a_kind_holds() {
    assert_shown(&[
        (
            &[r#""type": 1"#, r#""name": "n""#, r#""login": "hunter2""#],
            "login name=n",
            &["items[1].login: expected an object"],
        ),
        (&[r#""type": 1"#, r#""login": ["hunter2"]"#], "login", &["items[1].login: expected an object"]),
        (
            &[r#""type": 1"#, r#""login": {"password": "hunter2"}"#, r#""login": {"password": "last", "totp": 1}"#],
            "login password*=last totp*?=1",
            &["items[1].login: stands there twice", "items[1].login.totp: expected text"],
        ),
        (
            &[
                r#""type": 3"#,
                "\"card\": {\n        \"number\": 4111111111111111,\n        \"code\": 123,\n        \"expMonth\": 1\n      }",
            ],
            "card number*?=4111111111111111 expMonth?=1 code*?=123",
            &[
                "items[1].card.number: expected text",
                "items[1].card.expMonth: expected text",
                "items[1].card.code: expected text",
            ],
        ),
        (
            &[
                r#""type": 4"#,
                "\"identity\": {\n        \"ssn\": 7,\n        \"postalCode\": 12345,\n        \"phone\": {\"hunter2\": 0}\n      }",
            ],
            "identity postalCode?=12345 ssn*?=7",
            &[
                "items[1].identity.postalCode: expected text",
                "items[1].identity.phone: expected text",
                "items[1].identity.ssn: expected text",
            ],
        ),
        (
            &[r#""type": 2"#, "\"secureNote\": {\n        \"type\": \"0\"\n      }"],
            "secure note",
            &["items[1].secureNote.type: expected a whole number"],
        ),
        (
            &[
                r#""type": 5"#,
                "\"sshKey\": {\n        \"privateKey\": [\"hunter2\"],\n        \"publicKey\": 5\n      }",
            ],
            "SSH key publicKey?=5",
            &["items[1].sshKey.privateKey: expected text", "items[1].sshKey.publicKey: expected text"],
        ),
        (
            &[r#""type": 6"#, "\"bankAccount\": {\n        \"pin\": 1234\n      }"],
            "bank account pin*?=1234",
            &["items[1].bankAccount.pin: expected text"],
        ),
        (
            &[r#""type": 7"#, "\"driversLicense\": {\n        \"licenseNumber\": 9\n      }"],
            "driver's license licenseNumber*?=9",
            &["items[1].driversLicense.licenseNumber: expected text"],
        ),
        (
            &[r#""type": 8"#, "\"passport\": {\n        \"passportNumber\": true\n      }"],
            "passport passportNumber*?=true",
            &["items[1].passport.passportNumber: expected text"],
        ),
    ]);
}

#[test]
fn lists_of_the_item() {
    assert_shown(&[
        (&[r#""type": 2"#, r#""collectionIds": [null]"#], "secure note", &[]),
        (&[r#""type": 2"#, r#""collectionIds": [null, "c", null]"#], "secure note collection=c", &[]),
        (
            &[r#""type": 2"#, r#""collectionIds": ["c", 5, {"hunter2": 1}]"#],
            "secure note collection=c collection=5",
            &["items[1].collectionIds[1]: expected text", "items[1].collectionIds[2]: expected text"],
        ),
        (
            &[r#""type": 2"#, r#""collectionIds": "c""#],
            "secure note collection=c",
            &["items[1].collectionIds: expected a list"],
        ),
        (&[r#""type": 2"#, r#""collectionIds": 5"#], "secure note", &["items[1].collectionIds: expected a list"]),
        (&[r#""type": 2"#, r#""fields": [null]"#], "secure note", &[]),
        (
            &[r#""type": 2"#, r#""fields": [null, {"name": "pin", "value": 1234, "type": 1}, "hunter2"]"#],
            "secure note pin*?=1234",
            &["items[1].fields[2]: expected an object", "items[1].fields[1].value: expected text"],
        ),
        (
            &[
                r#""type": 2"#,
                r#""fields": [null, {"name": "on", "value": true, "type": "2"}, {"name": 5, "value": "v"}]"#,
            ],
            "secure note on?=true 5?=v",
            &[
                "items[1].fields[1].value: expected text",
                "items[1].fields[1].type: expected a whole number",
                "items[1].fields[2].name: expected text",
            ],
        ),
        (
            &[r#""type": 2"#, r#""fields": [null, {"name": "who knows", "value": "hunter2", "type": []}]"#],
            "secure note who knows*?=hunter2",
            &["items[1].fields[1].type: expected a whole number"],
        ),
        (&[r#""type": 2"#, r#""fields": {"hunter2": 1}"#], "secure note", &["items[1].fields: expected a list"]),
        (&[r#""type": 2"#, r#""passwordHistory": [null]"#], "secure note", &[]),
        (
            &[r#""type": 2"#, r#""passwordHistory": ["hunter2", {"password": 7, "lastUsedDate": 5}, null]"#],
            "secure note password*=hunter2 password*?=7 lastUsedDate?=5",
            &[
                "items[1].passwordHistory[0]: expected an object",
                "items[1].passwordHistory[1].password: expected text",
                "items[1].passwordHistory[1].lastUsedDate: expected text",
            ],
        ),
        (
            &[r#""type": 2"#, r#""passwordHistory": {"hunter2": 1}"#],
            "secure note",
            &["items[1].passwordHistory: expected a list"],
        ),
    ]);
}

/// An element that is null is none: it is no item, and nothing is wrong with it.
#[test]
fn lists_of_the_export() {
    let text = r#"{
  "folders": [
    null,
    {
      "id": "f",
      "name": 7
    },
    5
  ],
  "collections": [
    null,
    {
      "id": 3,
      "name": "c"
    }
  ],
  "items": [
    null,
    {
      "type": 1,
      "name": "n"
    },
    null
  ]
}"#;
    let export = Export::parse(text).unwrap();
    assert_eq!(export.items().filter_map(|item| item.name.value().cloned()).collect::<Vec<_>>(), ["n"]);
    assert_eq!(export.folder("f").unwrap().name(), Some("7"));
    assert_eq!(export.collections().filter_map(|one| one.id.value().cloned()).collect::<Vec<_>>(), ["3"]);
    assert_eq!(export.unreadable().map(|bad| bad.to_string()).collect::<Vec<_>>(), ["folders[2]: expected an object"]);
    let all: Vec<_> = export.odd_members().collect();
    let odd: Vec<_> = all.iter().map(|odd| (odd.to_string(), odd.id(), odd.name())).collect();
    assert_eq!(
        odd,
        [
            ("folders[1].name: expected text".to_owned(), Some("f"), Some("7")),
            ("collections[1].id: expected text".to_owned(), Some("3"), Some("c")),
        ]
    );
    assert_eq!(*export.expose_json(), text);

    for (text, reported) in [
        ("{\n  \"items\": [\n    null\n  ]\n}", &[][..]),
        ("{\n  \"folders\": {},\n  \"items\": []\n}", &["folders: expected a list"]),
        ("{\n  \"collections\": \"hunter2\",\n  \"items\": []\n}", &["collections: expected a list"]),
        ("{\n  \"folders\": [],\n  \"folders\": [],\n  \"items\": []\n}", &["folders: stands there twice"]),
    ] {
        let export = Export::parse(text).unwrap();
        assert_eq!((export.items().count(), export.unreadable().count()), (0, 0));
        let odd: Vec<_> = export.odd_members().collect();
        assert_eq!(odd.iter().map(ToString::to_string).collect::<Vec<_>>(), reported);
        assert!(odd.iter().all(|odd| odd.index().is_none()) && !format!("{export:?} {odd:?}").contains("hunter2"));
        assert_eq!(*export.expose_json(), text);
    }
}

/// What a program sets is written; what it leaves alone is written as it was.
#[test]
fn changes_replace_what_was_odd() {
    let text = r#"{"items": [{"name": "a", "login": {"username": 1, "totp": 2, "uris": ["a", 5]}, "name": "b"}]}"#;
    let compact = |export: &Export| export.expose_json().split_whitespace().collect::<String>();
    let mut export = Export::parse(text).unwrap();
    assert_eq!(compact(&export), text.split_whitespace().collect::<String>(), "the control");
    let item = export.items.value_mut().unwrap().to_mut()[0].as_mut().unwrap();
    item.name = "new".to_owned().into();
    let ItemKind::Login(login) = &mut item.kind else { unreachable!() };
    let login = login.value_mut().unwrap();
    login.username.value_mut().unwrap().push('!');
    assert_eq!(login.uris.defects().len(), 2);
    login.uris.value_mut().unwrap().truncate(1);
    assert_eq!(
        compact(&export),
        r#"{"items":[{"name":"new","login":{"username":"1!","totp":2,"uris":[{"uri":"a"}]}}]}"#
    );
    assert_eq!(
        export.odd_members().map(|odd| odd.to_string()).collect::<Vec<_>>(),
        ["items[0].type: is missing", "items[0].login.totp: expected text"]
    );

    // A changed kind has its number.
    let item = export.items.value_mut().unwrap().to_mut()[0].as_mut().unwrap();
    item.kind = ItemKind::Card(Member::Null);
    assert_eq!(compact(&export), r#"{"items":[{"name":"new","card":null,"type":3}]}"#);
}

#[test]
fn an_odd_member_by_itself() {
    let export =
        Export::parse(r#"{"items": [{"type": 1, "name": "a", "name": 7, "login": {"password": {"a": 1}}}]}"#).unwrap();
    let item = export.items().next().unwrap();
    let Member::Odd(odd) = &item.name else { unreachable!() };
    assert_eq!(odd.value().map(String::as_str), Some("7"));
    assert_eq!(odd.expose_json().collect::<Vec<_>>(), ["\"a\"", "7"]);
    assert_eq!(odd.defects().len(), 2);
    let Login { password, username, .. } = item.login().unwrap();
    assert!(password.value().is_none() && password.defects().len() == 1 && password.clone().into_value().is_none());
    assert!(username.defects().is_empty());
    assert_eq!(format!("{password:?} {username:?}"), "Odd(..) Absent");
    let other = Export::parse(r#"{"items": [{"type": 1, "name": "b", "name": 7}]}"#).unwrap();
    let other = other.items().next().unwrap();
    assert!(item.name == item.name.clone() && item.name != other.name && item.name != "7".to_owned().into());
}
