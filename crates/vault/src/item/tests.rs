//! What items show and hide. The tables below are the specification of which values are secret.

use strongroom::{ExposeSecret, Plaintext};

use super::*;
use crate::{Elements, Export, FieldType, LinkedId, Member, UriMatch};

fn all_kinds() -> Export {
    Export::parse(include_str!("../../tests/data/all-kinds.json")).unwrap()
}

fn item(number: i64) -> Item {
    let export = all_kinds();
    export.items().find(|item| item.kind.number() == number).unwrap().into_owned()
}

/// `name=value` of all entries in a part of the item, `name*=value` for a secret.
fn shown(item: &Item, wanted: impl Fn(Section) -> bool) -> Vec<String> {
    let entries = item.entries();
    let entries = entries.iter().filter(|entry| wanted(entry.section()));
    entries.map(|e| format!("{}{}={}", e.name(), if e.is_secret() { "*" } else { "" }, e.expose())).collect()
}

fn body(number: i64) -> Vec<String> {
    shown(&item(number), |section| section == Section::Body)
}

#[test]
fn the_body_of_each_kind() {
    assert_eq!(
        body(1),
        [
            "username=alice",
            "password*=p4ss \"quoted\" \\ slash / tab\t nul\0 del\u{7f}",
            "totp*=JBSWY3DPEHPK3PXP",
            "passwordRevisionDate=2024-01-30T17:55:36.150Z",
        ]
    );
    assert_eq!(body(2), [""; 0]);
    assert_eq!(
        body(3),
        ["cardholderName=Alice A", "brand=Visa", "number*=4111111111111111", "expMonth=4", "expYear=2030", "code*=123"]
    );
    assert_eq!(
        body(4),
        [
            "title=Ms",
            "firstName=Alice",
            "middleName=B",
            "lastName=Ç",
            "address1=1 Way",
            "address2=Flat 2",
            "address3=Rear",
            "city=Xanten",
            "state=NW",
            "postalCode=46509",
            "country=DE",
            "company=Co",
            "email=a@example.com",
            "phone=+49 1",
            "ssn*=000-11-2222",
            "username=al",
            "passportNumber*=P1",
            "licenseNumber*=L1",
        ]
    );
    assert_eq!(
        body(5),
        [
            "privateKey*=-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n",
            "publicKey=ssh-ed25519 AAAA",
            "keyFingerprint=SHA256:LCTe",
        ]
    );
    assert_eq!(
        body(6),
        [
            "bankName=Bank",
            "nameOnAccount=Alice A",
            "accountType=checking",
            "accountNumber*=12345678",
            "routingNumber=021000021",
            "branchNumber=42",
            "pin*=9876",
            "swiftCode=DEUTDEFF",
            "iban*=DE02120300000000202051",
            "bankContactPhone=+49 2",
        ]
    );
    assert_eq!(
        body(7),
        [
            "firstName=Alice",
            "middleName=B",
            "lastName=C",
            "dateOfBirth=1990-01-02",
            "licenseNumber*=D123",
            "issuingCountry=US",
            "issuingState=CA",
            "issueDate=2020-01-01",
            "expirationDate=2030-01-01",
            "issuingAuthority=DMV",
            "licenseClass=C",
        ]
    );
    assert_eq!(
        body(8),
        [
            "surname=C",
            "givenName=Alice",
            "dateOfBirth=1990-01-02",
            "sex=F",
            "birthPlace=Xanten",
            "nationality=DE",
            "issuingCountry=DE",
            "passportNumber*=C01X00T47",
            "passportType=P",
            "nationalIdentificationNumber*=T220001293",
            "issuingAuthority=Stadt Xanten",
            "issueDate=2020-01-01",
            "expirationDate=2030-01-01",
        ]
    );
    assert_eq!(body(99), [""; 0]);
}

#[test]
fn the_other_parts_of_a_login() {
    let login = item(1);
    assert_eq!(
        shown(&login, |s| matches!(s, Section::Uri(0..=2))),
        [
            "uri=https://example.com/login",
            "match=base domain",
            "uri=androidapp://org.example",
            "uri=https://*.example.org",
            "match=never"
        ]
    );
    assert_eq!(shown(&login, |s| s == Section::Uri(3)), ["uri=^x$", "match=17"]);
    assert_eq!(shown(&login, |s| s == Section::Uri(4)), [""; 0], "an empty address shows nothing");
    assert_eq!(
        shown(&login, |s| s == Section::Passkey(0)),
        [
            "rpId=example.com",
            "rpName=Example",
            "userName=alice@example.com",
            "userDisplayName=Alice",
            "userHandle=dXNlcg",
            "credentialId=4d1f3a4c-2e0b-4f5e-8d0f-5a6c7f0a1b2c",
            "keyType=public-key",
            "keyAlgorithm=ECDSA",
            "keyCurve=P-256",
            "keyValue*=MIGHAgEAMBMG",
            "counter=7",
            "discoverable=true",
            "creationDate=2024-01-30T17:55:36.150Z",
        ]
    );
    assert_eq!(shown(&login, |s| s == Section::Notes), ["notes*=notes of 1\nsecond line"]);
    assert_eq!(
        shown(&login, |s| s == Section::PasswordHistory(0)),
        ["password*=old 1", "lastUsedDate=2024-01-30T17:55:36.150Z"]
    );
    let sections: Vec<_> = login.entries().iter().map(Entry::section).collect();
    let mut without_repeats = sections.clone();
    without_repeats.dedup();
    use Section::*;
    let order = [Body, Uri(0), Uri(1), Uri(2), Uri(3), Passkey(0), Notes];
    let fields: Vec<_> = (0..7).map(Field).collect();
    assert_eq!(without_repeats, [&order[..], &fields, &[PasswordHistory(0)]].concat());
}

#[test]
fn custom_fields() {
    let fields = |number| shown(&item(number), |s| matches!(s, Section::Field(_)));
    assert_eq!(
        fields(1),
        ["text=shown", "hidden*=s3cr€t", "boolean=true", "linked=alice", "future*=?", "=", "password*=custom password"]
    );
    assert_eq!(fields(3)[3], "linked*=4111111111111111", "as secret as what it is linked to");
    assert_eq!(fields(4)[3], "linked=Ms Alice B Ç");
    assert_eq!(fields(5)[3], "linked*=", "linked to an unknown member");
    assert_eq!(fields(6)[3], "linked=", "linked to the user name of what is no login");

    let identity = item(4);
    let entries = identity.entries_named("linked");
    assert_eq!(entries[0].linked(), Some("fullName"));
    assert_eq!(entries[0].section(), Section::Field(3));
    assert_eq!(entries[0].label(), "linked");
    assert_eq!(item(1).entries_named("text")[0].linked(), None);
}

#[test]
fn entries_by_name() {
    let values = |number, name: &str| {
        let item = item(number);
        let entries = item.entries_named(name);
        entries.iter().map(|entry| entry.expose().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(1, "username"), ["alice"]);
    assert_eq!(values(1, "UserName"), ["alice"], "not the passkey's");
    assert_eq!(values(1, "totp"), ["JBSWY3DPEHPK3PXP"]);
    assert_eq!(values(1, "password").len(), 1, "neither the former one nor the custom field");
    assert!(values(1, "password")[0].starts_with("p4ss"));
    assert_eq!(values(1, "uri").len(), 4);
    assert_eq!(values(1, "notes"), ["notes of 1\nsecond line"]);
    assert_eq!(values(3, "password"), ["custom password"], "a card has no other");
    assert_eq!(values(1, "hidden"), ["s3cr€t"]);
    assert_eq!(values(1, "Hidden"), [""; 0], "a custom field's name is exact");
    assert_eq!(values(1, "rpId"), [""; 0]);
}

#[test]
fn readers_see_no_difference_between_absent_null_and_empty() {
    for state in
        ["", r#""username": null, "password": null, "uris": null,"#, r#""username": "", "password": "", "uris": [],"#]
    {
        let text = format!(r#"{{"items": [{{"type": 1, "notes": "", "login": {{{state} "totp": "x"}}}}]}}"#);
        let export = Export::parse(&text).unwrap();
        let item = export.items().next().unwrap();
        let login = item.login().unwrap();
        assert_eq!(login.username(), None);
        assert!(login.password().is_none() && login.uris().is_empty() && item.notes().is_none());
        assert_eq!(item.entries().len(), 1);
    }
}

#[test]
fn the_common_members() {
    let item = item(1);
    assert_eq!(item.id(), Some("00000000-0000-4000-8000-000000000001"));
    assert_eq!(item.organization_id(), None);
    assert_eq!(item.folder_id(), Some("f0000000-0000-4000-8000-000000000001"));
    assert_eq!(item.collection_ids(), [""; 0]);
    assert_eq!(item.name(), Some("Kind 1 ☕"));
    assert_eq!(item.favorite(), Some(true));
    assert_eq!(item.reprompt(), Some(Reprompt::Password));
    assert_eq!(item.creation_date(), Some("2023-01-30T17:55:36.150Z"));
    assert_eq!(item.revision_date(), Some("2024-01-30T17:55:36.150Z"));
    assert_eq!((item.deleted_date(), item.archived_date()), (None, None));
    let login = item.login().unwrap();
    assert_eq!(login.autofill_on_page_load(), Some(true));
    assert_eq!(login.uris()[0].r#match(), Some(UriMatch::Domain));
    assert_eq!(login.uris()[3].r#match(), Some(UriMatch::Other(17)));
    assert_eq!(item.fields()[3].linked_id(), Some(LinkedId::LoginUsername));
    assert_eq!(item.fields()[4].r#type(), Some(FieldType::Other(4)));
    let kinds: Vec<_> = all_kinds().items().map(|item| item.kind.to_string()).collect();
    assert_eq!(
        kinds,
        [
            "login",
            "secure note",
            "card",
            "identity",
            "SSH key",
            "bank account",
            "driver's license",
            "passport",
            "type 99"
        ]
    );
    let names: Vec<_> = all_kinds().items().map(|item| item.kind.name()).collect();
    assert_eq!(names.last(), Some(&None));
    assert_eq!(names[6], Some("driversLicense"));
}

#[test]
fn a_new_item_is_written_in_the_table_s_order() {
    let login =
        Login { password: Plaintext::from("p4ss").into(), username: "alice".to_owned().into(), ..Login::default() };
    let item = Item {
        name: "new".to_owned().into(),
        notes: Member::Null,
        kind: ItemKind::Login(login.into()),
        ..Item::default()
    };
    let export = Export { encrypted: false.into(), items: Elements::from(vec![item]).into(), ..Export::default() };
    let text = export.expose_json();
    let expected = r#"{"encrypted":false,"items":[{"name":"new","notes":null,"type":1,"login":{"username":"alice","password":"p4ss"}}]}"#;
    let compact: String = text.split_whitespace().collect();
    assert_eq!(compact, expected);
    assert_eq!(Export::parse(&text).unwrap().expose_json(), text);
}

#[test]
fn a_changed_kind_leaves_nothing_of_the_former_behind() {
    let text = r#"{"items": [{"card": null, "login": {"password": "p4ss"}, "type": 1, "name": "x"}]}"#;
    let mut export = Export::parse(text).unwrap();
    let items = export.items.value_mut().unwrap();
    let item = items.to_mut()[0].as_mut().unwrap();
    let card = crate::Card { brand: "Visa".to_owned().into(), ..Default::default() };
    item.kind = ItemKind::Card(card.into());
    let compact: String = export.expose_json().split_whitespace().collect();
    assert_eq!(compact, r#"{"items":[{"card":{"brand":"Visa"},"type":3,"name":"x"}]}"#);
}

#[test]
fn debug_shows_no_value() {
    let export = all_kinds();
    let mut printed = format!("{export:?}");
    for item in export.items() {
        printed += &format!("{item:?} {:#?} {:?} {:?}", item.kind, item.entries(), item.extra);
        printed += &format!("{:?} {:?} {:?}", item.fields(), item.password_history(), item.login());
        printed += &format!("{:?}", item.notes());
    }
    for folder in export.folders() {
        printed += &format!("{folder:?}");
    }
    for plaintext in [
        "alice",
        "p4ss",
        "JBSW",
        "example",
        "Visa",
        "4111",
        "2030",
        "Xanten",
        "000-11",
        "OPENSSH",
        "SHA256:",
        "DEUT",
        "1990",
        "T2200",
        "notes of",
        "s3cr",
        "old 1",
        "custom",
        "Kind",
        "hologram",
        "unknown secret",
        "Folder/Deep",
        "MIGH",
        "2024-01",
    ] {
        assert!(include_str!("../../tests/data/all-kinds.json").contains(plaintext), "control: {plaintext}");
        assert!(!printed.contains(plaintext), "{plaintext} in {printed}");
    }
}

#[test]
fn the_secret_of_an_item_is_exposed_by_name() {
    let item = item(1);
    assert_eq!(item.login().unwrap().totp().unwrap().expose_secret(), "JBSWY3DPEHPK3PXP");
}

/// The table on the first page of the documentation says what the code does.
#[test]
fn the_documented_table_of_secrets() {
    let docs = include_str!("../lib.rs");
    let export = all_kinds();
    let mut rows = 0;
    for item in export.items() {
        let entries = item.entries();
        let secret = |section| {
            let of = move |entry: &&Entry<'_>| entry.section() == section && entry.is_secret();
            entries.iter().filter(of).map(Entry::name).collect::<Vec<_>>()
        };
        let mut names: Vec<_> = secret(Section::Body).iter().map(|name| format!("`{name}`")).collect();
        names.extend(secret(Section::Passkey(0)).iter().map(|name| format!("`fido2Credentials[].{name}`")));
        if !names.is_empty() {
            rows += 1;
            let row = format!("//! | {} | {} |\n", item.kind, names.join(", "));
            assert!(docs.contains(&row), "{row}");
        }
    }
    assert_eq!(rows, 7);
}
