//! Every vector that the official software made: opened, compared, and where it can be, made again and opened. None is
//! passed by in silence: what is not done here stands below by name, and says why.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use base64_simd::STANDARD;
use serde_json::{Map, Value};
use strongroom::{
    Asymmetric, Context, EncString, ErrorKind, ExposeSecret, Kdf, KeyStore, KeyUses, Symmetric,
    algorithms::{EncStringType, Kind, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    envelopes::{
        DataEnvelope, DataEnvelopeNamespace, Envelopes, OpenOrgInvite, PasswordEnvelopeNamespace,
        PasswordProtectedKeyEnvelope,
    },
    errors::{EncStringError, ImportError, KdfError, Malformed, Unsupported, VerifyError, WrongKey},
    hazmat,
    inspection::Inspect,
    master_keys::{HashPurpose, MasterKeys},
    passwords::{KdfLimits, KdfSettings, NewKdf},
    signatures::{SecurityState, SignObjects, VerifyingKey},
};
use strongroom_account::{
    self as account, AccountIds, AccountKeys, DeviceKey, KeyConnectorKey, MasterPassword, SendSecret,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
    asymmetric PrivateKey { User }
    asymmetric SigningKey { User }
}

/// Vectors that are not done here, with the reason.
const ELSEWHERE: [(u64, &str, &str); 3] = [
    (109, "attachment", "tells which key opens an old attachment, and holds none"),
    (112, "export/json", "nothing in it is encrypted: crates/vault reads it"),
    (113, "export/csv", "nothing in it is encrypted: crates/vault reads it"),
];

type Ctx<'c> = Context<'c, Keys>;

fn enc(value: &Value) -> EncString {
    value.as_str().unwrap().parse().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode_to_vec(value.as_str().unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn import<'c, K: Kind>(ctx: &Ctx<'c>, encoded: &Value) -> strongroom::Key<'c, K> {
    hazmat::import_encoded(ctx, &mut bytes(encoded)[..], KeyUses::CONTENTS_AND_KEYS).unwrap()
}

fn encoded<'c, K: Kind>(ctx: &Ctx<'c>, key: strongroom::Key<'c, K>) -> Vec<u8> {
    hazmat::expose_encoded::<_, K>(ctx, key).unwrap().to_vec()
}

fn settings(value: &Value) -> KdfSettings {
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    match (&value["pBKDF2"], &value["argon2id"]) {
        (Value::Null, argon2id) => KdfSettings::Argon2id {
            iterations: number(&argon2id["iterations"]),
            memory_mib: number(&argon2id["memory"]),
            parallelism: number(&argon2id["parallelism"]),
        },
        (pbkdf2, _) => KdfSettings::Pbkdf2 { iterations: number(&pbkdf2["iterations"]) },
    }
}

fn kdf(value: &Value) -> Kdf {
    Kdf::within(settings(value), &KdfLimits::default()).unwrap()
}

/// One vector, its two sides, and where to do it.
struct Case<'v> {
    store: &'v KeyStore<Keys>,
    id: u64,
    all: &'v [Value],
    inputs: &'v Value,
    outputs: &'v Value,
}

impl Case<'_> {
    fn other(&self, id: u64) -> &Value {
        self.all.iter().find(|vector| vector["id"] == id).unwrap()
    }

    fn secret(&self, text: &Value) -> strongroom::ProtectedBytes {
        self.store.secret_text(text.as_str().unwrap()).unwrap()
    }

    fn contents(&self) -> Vec<u8> {
        match self.inputs["plaintext_utf8"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => bytes(&self.inputs["plaintext_b64"]),
        }
    }
}

fn symmetric_key(case: &Case<'_>, ctx: &Ctx<'_>) {
    let key = import::<Symmetric>(ctx, &case.outputs["key_b64"]);
    assert_eq!(encoded::<Symmetric>(ctx, key), bytes(&case.outputs["key_b64"]));
}

fn enc_string(case: &Case<'_>, ctx: &Ctx<'_>) {
    let key = import::<Symmetric>(ctx, &case.inputs["key_b64"]);
    let theirs = enc(&case.outputs["enc_string"]);
    assert_eq!(theirs.to_string(), text(&case.outputs["enc_string"]));
    let contents = case.contents();
    let ours = match case.inputs["plaintext_utf8"].as_str() {
        Some(text) => ctx.encrypt_text(key, text).unwrap(),
        None => ctx.encrypt_bytes(key, &contents).unwrap(),
    };
    assert_eq!(ours.to_string().len(), theirs.to_string().len());
    for text in [theirs, ours] {
        assert_eq!(ctx.decrypt_bytes(key, &text).unwrap().expose_secret(), contents);
    }
}

fn enc_buffer(case: &Case<'_>, ctx: &Ctx<'_>) {
    let key = import::<Symmetric>(ctx, &case.inputs["key_b64"]);
    let theirs = bytes(&case.outputs["enc_buffer_b64"]);
    let contents = case.contents();
    let ours = ctx.encrypt_bytes(key, &contents).unwrap().to_buffer().unwrap();
    assert_eq!((ours.len(), ours[0]), (theirs.len(), theirs[0]));
    for buffer in [theirs, ours] {
        let read = EncString::from_buffer(&buffer).unwrap();
        assert_eq!(read.to_buffer().unwrap(), buffer);
        assert_eq!(ctx.decrypt_bytes(key, &read).unwrap().expose_secret(), contents);
    }
}

/// No general call opens type 0; and there is no key of 32 bytes.
fn type_0(case: &Case<'_>, ctx: &Ctx<'_>) {
    let parsed = text(&case.inputs["enc_string"]).parse::<EncString>();
    if text(&case.inputs["enc_string"]).starts_with("1.") {
        assert_eq!(parsed, Err(EncStringError::WithdrawnType));
        return;
    }
    let error = hazmat::import_encoded::<_, Symmetric>(
        ctx,
        &mut bytes(&case.inputs["key_b64"])[..],
        KeyUses::CONTENTS_AND_KEYS,
    )
    .unwrap_err();
    assert_eq!(error, ImportError::NotAKey);
    let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
    let error = ctx.decrypt_bytes(key, &parsed.unwrap()).unwrap_err();
    assert_eq!(error, ErrorKind::Unsupported(Unsupported::Type(EncStringType::AesCbc)));
}

fn type_0_user_key(case: &Case<'_>, ctx: &Ctx<'_>) {
    let master = hazmat::import_master_key(ctx, &mut bytes(&case.inputs["master_key_b64"])[..]).unwrap();
    let user = ctx.unwrap_legacy_user_key(&master, &enc(&case.inputs["enc_string"])).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, user), bytes(&case.outputs["expected_b64"]));
}

fn refused_text(case: &Case<'_>, ctx: &Ctx<'_>) {
    assert_eq!(case.outputs["must_fail"], true);
    let text = enc(&case.inputs["enc_string"]);
    match case.id {
        34 | 35 => {
            let key = import::<Symmetric>(ctx, &case.inputs["key_b64"]);
            assert_eq!(ctx.decrypt_bytes(key, &text).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
        }
        36 => {
            let key = ctx
                .generate_with(
                    strongroom::algorithms::SymmetricAlgorithm::XChaCha20Poly1305,
                    KeyUses::CONTENTS_AND_KEYS,
                )
                .unwrap();
            let error = ctx.decrypt_bytes(key, &text).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::WrongKey(WrongKey::Id { .. })), "{error}");
        }
        37 => {
            let key = hazmat::import_encoded::<_, Symmetric>(ctx, &mut [7; 32], KeyUses::CONTENTS_AND_KEYS);
            assert_eq!(key.unwrap_err(), ImportError::NotAKey);
        }
        other => panic!("{other}"),
    }
}

fn derivation(case: &Case<'_>, ctx: &Ctx<'_>) {
    let password = case.secret(&case.inputs["password"]);
    let salt = text(&case.inputs["salt"]).as_bytes();
    let theirs = hazmat::import_master_key(ctx, &mut bytes(&case.outputs["material_b64"])[..]).unwrap();
    let theirs = ctx.stretch(&theirs).unwrap();
    let ours =
        ctx.derive_from_password(&password, &kdf(&case.inputs["kdf"]), salt, KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, ours), encoded::<Symmetric>(ctx, theirs));
}

/// What the official software refuses is refused; two sets that it has no bound for are above ours.
fn limits(case: &Case<'_>, _: &Ctx<'_>) {
    let error = Kdf::within(settings(&case.inputs["kdf"]), &KdfLimits::default()).unwrap_err();
    let expected = match case.id {
        44 => KdfError::Pbkdf2Iterations { found: 4_999, min: 5_000, max: 10_000_000 },
        45 => KdfError::Argon2idIterations { found: 1, min: 2, max: 64 },
        46 => KdfError::Argon2idMemory { found: 15, min: 16, max: 1_024 },
        47 => KdfError::Argon2idParallelism { found: 0, min: 1, max: 16 },
        48 => KdfError::Argon2idMemory { found: 1_025, min: 16, max: 1_024 },
        _ => KdfError::Argon2idParallelism { found: 17, min: 1, max: 16 },
    };
    assert_eq!(error, expected);
    assert_eq!(text(&case.outputs["sdk"]).starts_with("ERR"), case.id < 48);
}

fn master_password(case: &Case<'_>, ctx: &Ctx<'_>) {
    let password = case.secret(&case.inputs["password"]);
    let email = text(&case.inputs["email"]);
    let password = MasterPassword { password: &password, kdf: kdf(&case.inputs["kdf"]), email, last: None };
    let user = account::unlock_with_password(ctx, &password, &enc(&case.outputs["enc_string"])).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, user), bytes(&case.outputs["user_key_b64"]));
}

fn wrapped_key(case: &Case<'_>, ctx: &Ctx<'_>) {
    let by = import::<Symmetric>(ctx, &case.inputs["wrapping_key_b64"]);
    let theirs = enc(&case.outputs["enc_string"]);
    let key = ctx.unwrap_key::<Symmetric>(by, &theirs, KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, key), bytes(&case.inputs["key_b64"]));
    let ours = ctx.wrap_key(by, key).unwrap();
    assert_eq!(ours.to_string().len(), theirs.to_string().len());
    let again = ctx.unwrap_key::<Symmetric>(by, &ours, KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, again), bytes(&case.inputs["key_b64"]));
}

fn key_pair(case: &Case<'_>, ctx: &Ctx<'_>) {
    let private = import::<Asymmetric>(ctx, &case.outputs["private_pkcs8_b64"]);
    assert_eq!(ctx.public_key(private).unwrap().to_spki(), bytes(&case.outputs["public_spki_b64"]));
    assert_eq!(encoded::<Asymmetric>(ctx, private), bytes(&case.outputs["private_pkcs8_b64"]));
}

/// Types 3 to 6, and the keys of organisations.
fn encapsulated(case: &Case<'_>, ctx: &Ctx<'_>) {
    let private = import::<Asymmetric>(ctx, &case.inputs["private_pkcs8_b64"]);
    let text = if case.outputs["enc_string"].is_null() { &case.inputs } else { &case.outputs };
    let key = ctx.decapsulate(private, &enc(&text["enc_string"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    let expected = match case.outputs["org_key_b64"].as_str() {
        Some(_) => bytes(&case.outputs["org_key_b64"]),
        None => bytes(&case.inputs["key_b64"]),
    };
    assert_eq!(encoded::<Symmetric>(ctx, key), expected);
    let public = Confirmed::without_check(ctx.public_key(private).unwrap());
    let ours = ctx.encapsulate(key, &public).unwrap();
    let again = ctx.decapsulate(private, &ours, KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, again), expected);
}

/// What opens under an RSA key and is no key is not handed out.
fn oaep_of_no_key(case: &Case<'_>, ctx: &Ctx<'_>) {
    let private = import::<Asymmetric>(ctx, &case.inputs["private_pkcs8_b64"]);
    let text: EncString = format!("4.{}", text(&case.outputs["ciphertext_b64"])).parse().unwrap();
    assert_eq!(
        ctx.decapsulate(private, &text, KeyUses::CONTENTS_AND_KEYS).unwrap_err(),
        ErrorKind::Malformed(Malformed::NotAKey)
    );
}

fn wrapped_private_key(case: &Case<'_>, ctx: &Ctx<'_>) {
    let by = import::<Symmetric>(ctx, &case.inputs["wrapping_key_b64"]);
    let private =
        ctx.unwrap_key::<Asymmetric>(by, &enc(&case.outputs["enc_string"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(encoded::<Asymmetric>(ctx, private), bytes(&case.inputs["private_pkcs8_b64"]));
    let ours = ctx.wrap_key(by, private).unwrap();
    let again = ctx.unwrap_key::<Asymmetric>(by, &ours, KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(encoded::<Asymmetric>(ctx, again), bytes(&case.inputs["private_pkcs8_b64"]));
}

fn wrapped_public_key(case: &Case<'_>, ctx: &Ctx<'_>) {
    let by = import::<Symmetric>(ctx, &case.inputs["wrapping_key_b64"]);
    let spki = ctx.decrypt_bytes(by, &enc(&case.outputs["enc_string"])).unwrap();
    assert_eq!(spki.expose_secret(), bytes(&case.inputs["public_spki_b64"]));
    assert_eq!(PublicKey::from_spki(spki.expose_secret()).unwrap().to_spki(), spki.expose_secret());
}

fn key_id(case: &Case<'_>, ctx: &Ctx<'_>) {
    let key = import::<Symmetric>(ctx, &case.inputs["key_b64"]);
    assert_eq!(id(ctx, key), text(&case.outputs["key_id_hex"]));
}

/// The id that a key carries, or the derived one.
fn id<'c>(ctx: &Ctx<'c>, key: strongroom::Key<'c>) -> String {
    match ctx.key_info::<Symmetric>(key).unwrap().id() {
        Some(id) => id.to_string(),
        None => ctx.derived_id(key).unwrap().unwrap().to_string(),
    }
}

fn pin(case: &Case<'_>, ctx: &Ctx<'_>) {
    let pin = case.secret(&case.inputs["pin"]);
    let salt = text(&case.inputs["email"]).as_bytes();
    let wrapped = enc(&case.inputs["pin_protected_user_key"]);
    let user = account::unwrap_with_pin(ctx, &wrapped, &pin, &kdf(&case.inputs["kdf"]), salt).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, user), bytes(&case.outputs["expected"]));
}

fn password_envelope(case: &Case<'_>, ctx: &Ctx<'_>) {
    let pin = case.secret(&case.inputs["pin"]);
    let purpose = PasswordEnvelopeNamespace::PinUnlock;
    if case.outputs["must_fail"] == true {
        let envelope = text(&case.inputs["envelope_b64"]).parse().unwrap();
        let error = ctx.unseal_with_password(&envelope, &pin, purpose, KeyUses::CONTENTS_AND_KEYS).unwrap_err();
        assert_eq!(error, ErrorKind::WrongKey(WrongKey::OrChanged));
        return;
    }
    let theirs: PasswordProtectedKeyEnvelope = text(&case.outputs["envelope_b64"]).parse().unwrap();
    let user = ctx.unseal_with_password(&theirs, &pin, purpose, KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, user), bytes(&case.outputs["user_key_b64"]));
    assert_eq!(theirs.contained_key_id().unwrap().to_string(), id(ctx, user));
    if !case.outputs["user_key_encrypted_pin"].is_null() {
        let kept = ctx.decrypt_text(user, &enc(&case.outputs["user_key_encrypted_pin"])).unwrap();
        assert_eq!(kept.expose_secret(), text(&case.inputs["pin"]));
    }
    let ours = ctx.seal_with_password(user, &pin, &NewKdf::default(), purpose).unwrap();
    assert_eq!(ours.as_bytes().len(), theirs.as_bytes().len());
    let again = ctx.unseal_with_password(&ours, &pin, purpose, KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, again), encoded::<Symmetric>(ctx, user));
}

fn device_key(case: &Case<'_>, ctx: &Ctx<'_>) {
    let device = DeviceKey::read(ctx, &case.secret(&case.inputs["device_key_b64"])).unwrap();
    let private = enc(&case.outputs["protected_device_private_key"]);
    let user = device.unlock(ctx, &private, &enc(&case.outputs["protected_user_key"])).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, user), bytes(&case.outputs["user_key_b64"]));
    let spki = ctx.decrypt_bytes(user, &enc(&case.outputs["protected_device_public_key"])).unwrap();
    let by = import::<Symmetric>(ctx, &case.inputs["device_key_b64"]);
    let private = ctx.unwrap_key::<Asymmetric>(by, &private, KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(ctx.public_key(private).unwrap().to_spki(), spki.expose_secret());
    assert_eq!(encoded::<Asymmetric>(ctx, private), bytes(&case.outputs["device_private_pkcs8_b64"]));
}

fn key_connector(case: &Case<'_>, ctx: &Ctx<'_>) {
    let key = KeyConnectorKey::read(ctx, &case.secret(&case.inputs["master_key_b64"])).unwrap();
    let user = key.unwrap(ctx, &enc(&case.outputs["enc_string"])).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, user), bytes(&case.outputs["sdk_user_key_b64"]));
}

fn authentication_hash(case: &Case<'_>, ctx: &Ctx<'_>) {
    let password = case.secret(&case.inputs["password"]);
    let email = text(&case.inputs["email"]).as_bytes();
    let old: Value = serde_json::from_str(r#"{"pBKDF2": {"iterations": 5000}}"#).unwrap();
    for (parameters, hash) in [
        (&case.inputs["kdf"], &case.outputs["masterPasswordAuthenticationData"]),
        (&old, &case.outputs["oldMasterPasswordAuthenticationData"]),
    ] {
        let master = ctx.derive_master_key(&password, &kdf(parameters), email).unwrap();
        let ours = ctx.authentication_hash(&master, &password, HashPurpose::ServerAuthorization).unwrap();
        assert_eq!(ours.expose(), text(&hash["masterPasswordAuthenticationHash"]));
    }
    let unlock = &case.outputs["masterPasswordUnlockData"];
    let master = ctx.derive_master_key(&password, &kdf(&case.inputs["kdf"]), email).unwrap();
    let by = ctx.stretch(&master).unwrap();
    let user =
        ctx.unwrap_key::<Symmetric>(by, &enc(&unlock["masterKeyWrappedUserKey"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(id(ctx, user), text(&unlock["containedKeyId"]));
}

/// Everything in `sealed` that is encrypted opens to what stands in the same place of `open`; returns how much it was.
fn compare<'c>(ctx: &Ctx<'c>, key: strongroom::Key<'c>, sealed: &Value, open: &Value) -> usize {
    match (sealed, open) {
        (Value::Object(sealed), Value::Object(open)) => sealed
            .iter()
            .filter(|(name, _)| !["key", "attachments", "data"].contains(&name.as_str()))
            .map(|(name, sealed)| compare(ctx, key, sealed, open.get(name).unwrap_or(&Value::Null)))
            .sum(),
        (Value::Array(sealed), Value::Array(open)) => {
            assert_eq!(sealed.len(), open.len());
            sealed.iter().zip(open).map(|(sealed, open)| compare(ctx, key, sealed, open)).sum()
        }
        (Value::String(sealed), open) if sealed.starts_with("2.") || sealed.starts_with("7.") => {
            let opened = ctx.decrypt_text(key, &sealed.parse().unwrap()).unwrap();
            // A checksum that was only made when it was encrypted stands in no view that went in.
            let shown = match open {
                Value::Null => return 0,
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                open => text(open).to_owned(),
            };
            assert_eq!(opened.expose_secret(), shown);
            1
        }
        _ => 0,
    }
}

fn cipher(case: &Case<'_>, ctx: &Ctx<'_>) {
    let owner = match case.inputs["user_key_b64"].as_str() {
        Some(_) => import::<Symmetric>(ctx, &case.inputs["user_key_b64"]),
        None => import::<Symmetric>(ctx, &case.inputs["org_key_b64"]),
    };
    if let Some(by) = case.outputs["encryptedByKeyId"].as_str() {
        assert_eq!(id(ctx, owner), by);
    }
    let sealed = &case.outputs["cipher"];
    let key = match &sealed["key"] {
        Value::Null => owner,
        wrapped => ctx.unwrap_key::<Symmetric>(owner, &enc(wrapped), KeyUses::CONTENTS_AND_KEYS).unwrap(),
    };
    let view = match &case.outputs["decrypted_view"] {
        Value::Null => &case.inputs["view"],
        view => view,
    };
    let opened = compare(ctx, key, sealed, view);
    assert!(opened >= 3, "{opened}");
    if let Some(shown) = view["key"].as_str() {
        assert_eq!(STANDARD.encode_to_string(encoded::<Symmetric>(ctx, key)), shown);
    }
}

/// The fewest parts of CBOR (RFC 8949) that items are made of, as JSON.
fn json(bytes: &mut &[u8]) -> Value {
    let first = bytes[0];
    let (major, info) = (first >> 5, first & 31);
    let width = [0, 1, 2, 4, 8][usize::from(info.saturating_sub(23))];
    let argument = match width {
        0 => usize::from(info),
        width => bytes[1..=width].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
    };
    *bytes = &bytes[1 + width..];
    match major {
        0 => argument.into(),
        3 => {
            let (text, rest) = bytes.split_at(argument);
            *bytes = rest;
            std::str::from_utf8(text).unwrap().into()
        }
        4 => (0..argument).map(|_| json(bytes)).collect::<Vec<_>>().into(),
        5 => {
            let mut map = Map::new();
            for _ in 0..argument {
                let name = text(&json(bytes)).to_owned();
                map.insert(name, json(bytes));
            }
            map.into()
        }
        7 => match info {
            20 => false.into(),
            21 => true.into(),
            _ => Value::Null,
        },
        other => panic!("major type {other}"),
    }
}

/// The texts in it, wherever they stand.
fn leaves(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|value| leaves(value, found)),
        Value::Array(items) => items.iter().for_each(|value| leaves(value, found)),
        Value::String(text) => drop(found.insert(text.clone())),
        _ => {}
    }
}

fn blob(case: &Case<'_>, ctx: &Ctx<'_>) {
    let user = import::<Symmetric>(ctx, &case.inputs["user_key_b64"]);
    assert_eq!(id(ctx, user), text(&case.outputs["encryptedByKeyId"]));
    let sealed = &case.outputs["cipher"];
    let own = ctx.unwrap_key::<Symmetric>(user, &enc(&sealed["key"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    let blob: Value = serde_json::from_str(text(&sealed["data"])).unwrap();
    let key = ctx.unwrap_key::<Symmetric>(own, &enc(&blob["wrapped_cek"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    let envelope: DataEnvelope = text(&blob["envelope"]).parse().unwrap();
    let item = DataEnvelopeNamespace::VaultItem;
    let contents = ctx.unseal_data(key, &envelope, item).unwrap();
    let opened = json(&mut contents.expose_secret());
    assert_eq!(opened["version"], "1");
    let (content, view) = (&opened["content"], &case.outputs["decrypted_view"]);
    assert_eq!(content["name"], view["name"]);
    assert_eq!(content["notes"], view["notes"]);
    let (mut ours, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    leaves(content, &mut ours);
    leaves(view, &mut theirs);
    ours.remove(text(&content["typeData"]["type"]));
    let foreign: Vec<_> = ours.difference(&theirs).collect();
    assert_eq!(foreign, Vec::<&String>::new(), "in the item and not in what was shown");
    // Ours: the same contents, a new key, wrapped as theirs is.
    let (ours, key) = ctx.seal_data(contents.expose_secret(), item).unwrap();
    assert_eq!(ours.as_bytes().len(), envelope.as_bytes().len());
    assert_eq!(ctx.wrap_key(own, key).unwrap().to_string().len(), text(&blob["wrapped_cek"]).len());
    assert_eq!(ctx.unseal_data(key, &ours, item).unwrap().expose_secret(), contents.expose_secret());
}

fn folder_or_collection(case: &Case<'_>, ctx: &Ctx<'_>) {
    let (key, sealed) = match case.inputs["user_key_b64"].as_str() {
        Some(_) => (&case.inputs["user_key_b64"], &case.outputs["folder"]),
        None => (&case.inputs["org_key_b64"], &case.outputs["collection"]),
    };
    let key = import::<Symmetric>(ctx, key);
    let name = ctx.decrypt_text(key, &enc(&sealed["name"])).unwrap();
    match case.outputs["view"]["name"].as_str() {
        Some(shown) => assert_eq!(name.expose_secret(), shown),
        None => assert!(!name.expose_secret().is_empty()),
    }
}

fn attachment(case: &Case<'_>, ctx: &Ctx<'_>) {
    let user = import::<Symmetric>(ctx, &case.inputs["user_key_b64"]);
    let cipher = &case.inputs["cipher"];
    let own = ctx.unwrap_key::<Symmetric>(user, &enc(&cipher["key"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    let (sealed, view) = (&cipher["attachments"][0], &case.outputs["attachment_view"][0]);
    let key = ctx.unwrap_key::<Symmetric>(own, &enc(&sealed["key"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    assert_eq!(encoded::<Symmetric>(ctx, key), bytes(&view["key"]));
    assert_eq!(ctx.decrypt_text(own, &enc(&sealed["fileName"])).unwrap().expose_secret(), text(&view["fileName"]));
    let file = EncString::from_buffer(&bytes(&case.inputs["encrypted_buffer_b64"])).unwrap();
    let plain = ctx.decrypt_bytes(key, &file).unwrap();
    assert_eq!(plain.expose_secret(), text(&case.outputs["plaintext"]).as_bytes());
    assert!(ctx.decrypt_bytes(own, &file).is_err() && ctx.decrypt_bytes(user, &file).is_err());
}

fn send(case: &Case<'_>, ctx: &Ctx<'_>) {
    let secret = SendSecret::read(ctx, &case.secret(&case.inputs["send_key_b64url"])).unwrap();
    let key = secret.derive_key(ctx).unwrap();
    if case.outputs["send"].is_null() {
        let view = &case.outputs["view"];
        let open = |sealed: &Value| ctx.decrypt_text(key, &enc(sealed)).unwrap();
        assert_eq!(open(&case.inputs["name"]).expose_secret(), text(&view["name"]));
        assert_eq!(open(&case.inputs["text"]).expose_secret(), text(&view["text"]["text"]));
        return;
    }
    let sealed = &case.outputs["send"];
    assert_eq!(compare(ctx, key, sealed, &case.outputs["decrypted"]), 3);
    let user = import::<Symmetric>(ctx, &case.inputs["user_key_b64"]);
    let kept = ctx.decrypt_bytes(user, &enc(&sealed["key"])).unwrap();
    assert_eq!(
        STANDARD.encode_to_string(kept.expose_secret()).replace('+', "-").replace('/', "_").trim_end_matches('='),
        text(&case.inputs["send_key_b64url"])
    );
    let hash = secret.password_hash(ctx, &case.secret(&case.inputs["view"]["newPassword"])).unwrap();
    assert_eq!(hash.expose().unwrap().as_str(), text(&sealed["password"]));
}

fn encrypted_export(case: &Case<'_>, ctx: &Ctx<'_>) {
    let file: Value = serde_json::from_str(text(&case.outputs["file"])).unwrap();
    let number = |name: &str| file[name].as_u64().map(|number| u32::try_from(number).unwrap());
    let kdf = match number("kdfType") {
        Some(0) => Kdf::pbkdf2(number("kdfIterations").unwrap()),
        _ => Kdf::argon2id(
            number("kdfIterations").unwrap(),
            number("kdfMemory").unwrap(),
            number("kdfParallelism").unwrap(),
        ),
    };
    let password = case.secret(&case.inputs["password"]);
    let key = ctx
        .derive_from_password(&password, &kdf.unwrap(), text(&file["salt"]).as_bytes(), KeyUses::CONTENTS_AND_KEYS)
        .unwrap();
    let check = ctx.decrypt_text(key, &enc(&file["encKeyValidation_DO_NOT_EDIT"])).unwrap();
    assert_eq!(check.expose_secret().len(), 36, "a UUID");
    let data = ctx.decrypt_text(key, &enc(&file["data"])).unwrap();
    let data: Value = serde_json::from_str(data.expose_secret()).unwrap();
    let plain: Value = serde_json::from_str(text(&case.other(112)["outputs"]["file"])).unwrap();
    assert_eq!(data["encrypted"], false);
    let names = |export: &Value| -> Vec<String> {
        export["items"].as_array().unwrap().iter().map(|item| text(&item["name"]).to_owned()).collect()
    };
    assert_eq!(names(&data), names(&plain));
}

fn invite(case: &Case<'_>, ctx: &Ctx<'_>) {
    let sealed = &case.outputs["sealed"];
    let invite: OpenOrgInvite = text(&sealed["sealedData"]).parse().unwrap();
    assert_eq!(invite.to_string(), text(&sealed["sealedData"]));
    let secret = ctx.secret_of_base64(&case.secret(&sealed["highEntropySecret"])).unwrap();
    assert_eq!(secret.expose().unwrap().as_str(), text(&sealed["highEntropySecret"]));
    let contents = ctx.unseal_invite(&invite, &secret).unwrap();
    assert_eq!(json(&mut contents.expose_secret())["content"], case.outputs["unsealed"]);
    let (ours, secret) = ctx.seal_invite(contents.expose_secret()).unwrap();
    assert_eq!(ours.to_string().len(), invite.to_string().len());
    assert_eq!(secret.expose().unwrap().len(), text(&sealed["highEntropySecret"]).len());
    assert_eq!(ctx.unseal_invite(&ours, &secret).unwrap().expose_secret(), contents.expose_secret());
}

fn v2_account(case: &Case<'_>, ctx: &Ctx<'_>) {
    let keys = case.outputs;
    let user = import::<Symmetric>(ctx, &keys["userKey"]);
    let private = ctx.unwrap_key::<Asymmetric>(user, &enc(&keys["privateKey"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    let public = ctx.public_key(private).unwrap();
    assert_eq!(public.to_spki(), bytes(&keys["publicKey"]));
    let signing = ctx.unwrap_key::<Asymmetric>(user, &enc(&keys["signingKey"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    let verifying = ctx.verifying_key(signing).unwrap();
    assert_eq!(verifying.to_cose(), bytes(&keys["verifyingKey"]));
    // Signatures of Ed25519 are the same whoever makes them.
    assert_eq!(ctx.sign_public_key(signing, &public).unwrap().to_string(), text(&keys["signedPublicKey"]));
    assert_eq!(ctx.sign_security_state(signing, 2).unwrap().to_string(), text(&keys["securityState"]));

    let store = KeyStore::<Keys>::open().unwrap();
    let ids = AccountIds { user: Key::User, private: PrivateKey::User, signing: Some(SigningKey::User) };
    let all = AccountKeys::V2 {
        private_key: enc(&keys["privateKey"]),
        signing_key: enc(&keys["signingKey"]),
        signed_public_key: Some(text(&keys["signedPublicKey"]).parse().unwrap()),
        security_state: text(&keys["securityState"]).parse().unwrap(),
    };
    let unlocked: Result<_, account::Error> = store.try_transaction(|tx| {
        let user = import::<Symmetric>(tx, &keys["userKey"]);
        account::unlock(tx, &ids, user, &all)
    });
    assert_eq!(unlocked.unwrap().security_version, keys["securityVersion"].as_u64());
}

fn signing(case: &Case<'_>, ctx: &Ctx<'_>) {
    let user = import::<Symmetric>(ctx, &case.inputs["user_key_b64"]);
    let signing =
        ctx.unwrap_key::<Asymmetric>(user, &enc(&case.inputs["signing_key_enc"]), KeyUses::CONTENTS_AND_KEYS).unwrap();
    let verifying = ctx.verifying_key(signing).unwrap();
    assert_eq!(verifying.to_cose(), bytes(&case.outputs["verifying_key_b64"]));
    assert_eq!(encoded::<Asymmetric>(ctx, signing), bytes(&case.outputs["signing_key_cose_b64"]));
    let public = PublicKey::from_spki(&bytes(&case.outputs["public_key_from_signed_b64"])).unwrap();
    let signed = ctx.sign_public_key(signing, &public).unwrap();
    assert_eq!(signed.verify(&verifying).unwrap(), public);
}

fn flipped_signature(case: &Case<'_>, _: &Ctx<'_>) {
    let keys = &case.other(117)["outputs"];
    let mut state = bytes(&keys["securityState"]);
    let last = state.len() - 1;
    state[last] ^= 1;
    let state = SecurityState::from_bytes(&state).unwrap();
    let verifying = VerifyingKey::from_cose(&bytes(&keys["verifyingKey"])).unwrap();
    assert_eq!(state.verify(&verifying), Err(VerifyError::WrongSignature));
}

/// What is done with a vector.
type Check = fn(&Case<'_>, &Ctx<'_>);

/// What is done with the vectors of a format.
fn check_of(format: &str) -> Check {
    match format {
        "symmetric-key/aes256-cbc-hmac" | "symmetric-key/xchacha20-poly1305" => symmetric_key,
        "encstring/2" | "encstring/7" => enc_string,
        "encbuffer/2" | "encbuffer/7" => enc_buffer,
        "encstring/0" | "encstring/legacy" => type_0,
        "user-key/type0" => type_0_user_key,
        "negative/encstring2" | "negative/encstring7" => refused_text,
        "kdf" => derivation,
        "kdf-limits" => limits,
        "user-key/master-password" => master_password,
        "wrapped-symmetric-key" => wrapped_key,
        "rsa-keypair" => key_pair,
        "rsa-encapsulated-key/4"
        | "rsa-encstring/3"
        | "rsa-encstring/4"
        | "rsa-encstring/5"
        | "rsa-encstring/6"
        | "org-key" => encapsulated,
        "rsa-oaep-sha1" => oaep_of_no_key,
        "wrapped-private-key" => wrapped_private_key,
        "wrapped-public-key" => wrapped_public_key,
        "key-id" => key_id,
        "pin-protected-user-key" => pin,
        "password-protected-key-envelope" | "negative/key-envelope" => password_envelope,
        "device-key" => device_key,
        "key-connector" => key_connector,
        "master-password-hash" => authentication_hash,
        "cipher/v1/no-cipher-key" | "cipher/v1/cipher-key" | "cipher/v1/org" => cipher,
        "cipher/v2-blob" | "cipher/v2-blob/cipher-key" => blob,
        "folder" | "collection" => folder_or_collection,
        "attachment" => attachment,
        "send" | "send-access" => send,
        "export/encrypted_json" => encrypted_export,
        "secret-protected-key-envelope+data-envelope" => invite,
        "v2-account" => v2_account,
        "signing" => signing,
        "negative/security-state" => flipped_signature,
        other => panic!("no check for vectors of {other}"),
    }
}

#[test]
fn every_vector_is_done_or_named() {
    let file: Value = serde_json::from_str(include_str!("data/official-sdk.json")).unwrap();
    let all = file["vectors"].as_array().unwrap();
    let store = KeyStore::<Keys>::open().unwrap();
    let (mut done, mut elsewhere, mut formats) = (0, Vec::new(), BTreeSet::new());
    for vector in all {
        let (id, format) = (vector["id"].as_u64().unwrap(), text(&vector["format"]));
        formats.insert(format);
        if ELSEWHERE.iter().any(|(at, of, _)| (*at, *of) == (id, format)) {
            elsewhere.push(id);
            continue;
        }
        let case = Case { store: &store, id, all, inputs: &vector["inputs"], outputs: &vector["outputs"] };
        eprintln!("{id} {format}: {}", text(&vector["name"]));
        store.try_context(|ctx| check_of(format)(&case, ctx));
        done += 1;
    }
    assert_eq!((all.len(), formats.len(), done), (141, 49, 138));
    assert_eq!(elsewhere, ELSEWHERE.map(|(id, ..)| id));
}

/// An account of an older version, whose user key is one of XChaCha20-Poly1305.
#[test]
fn the_account_of_an_older_version() {
    let keys: Value = serde_json::from_str(include_str!("data/v2-account-older-sdk.json")).unwrap();
    let store = KeyStore::<Keys>::open().unwrap();
    let case = Case { store: &store, id: 0, all: &[], inputs: &Value::Null, outputs: &keys };
    store.try_context(|ctx| v2_account(&case, ctx));
}

/// Envelopes of two older generations: the first names neither its algorithm nor what it is for, the second not the
/// key.
#[test]
fn the_pin_envelopes_of_older_versions() {
    let all: Value = serde_json::from_str(include_str!("data/pin-envelopes-older-sdk.json")).unwrap();
    let store = KeyStore::<Keys>::open().unwrap();
    let purpose = PasswordEnvelopeNamespace::PinUnlock;
    let mut versions = Vec::new();
    for vector in all.as_array().unwrap() {
        let envelope: PasswordProtectedKeyEnvelope = text(&vector["envelope_b64"]).parse().unwrap();
        assert_eq!(envelope.contained_key_id(), None);
        store.try_context(|ctx| {
            let pin = store.secret_text(text(&vector["pin"])).unwrap();
            let user = ctx.unseal_with_password(&envelope, &pin, purpose, KeyUses::CONTENTS_AND_KEYS).unwrap();
            assert_eq!(encoded::<Symmetric>(ctx, user), bytes(&vector["user_key_b64"]));
            let wrong = store.secret_text("1235").unwrap();
            let error = ctx.unseal_with_password(&envelope, &wrong, purpose, KeyUses::CONTENTS_AND_KEYS).unwrap_err();
            assert_eq!(error, ErrorKind::WrongKey(WrongKey::OrChanged));
        });
        versions.push(text(&vector["sdk"]));
    }
    assert_eq!(versions, ["0.2.0-main.522", "0.2.0-main.522", "0.2.0-main.911", "0.2.0-main.911"]);
}
