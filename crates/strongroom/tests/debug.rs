//! What `Debug` shows of every public type of `strongroom`, `strongroom-account` and `strongroom-memory`, to the
//! letter; a secret is in none of it.
//!
//! The listings of the public API say which types there are: one that is not shown here fails the test.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::Path;

use strongroom::extension::{ExposedKey, ScopeToken};
use strongroom::{
    Demand, EncString, Error, ErrorKind, Kdf, KeyStore, KeyUses, Plaintext, Policy, Protection, Salt, Sealed,
    Symmetric,
    algorithms::{AsymmetricAlgorithm, EncStringType, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate},
    envelopes::{
        DataEnvelopeNamespace, Envelopes, PasswordEnvelopeNamespace, SecretEnvelopeNamespace,
        SymmetricEnvelopeNamespace,
    },
    errors::{
        EncStringError, EncStringPart, EnterError, ImportError, IoFailure, ItemError, KdfError, Limit, Malformed,
        MemoryError, MessageError, NotPermitted, OpenError, Operation, PublicKeyError, RandomError, ReadError, Refusal,
        SaltError, UnavailableAlgorithm, Unsupported, UnusableRsaKey, VerifyError, WrongKey,
    },
    extension, hazmat,
    inspection::{Inspect, KeyOperation, KeyOperations, KeyThumbprint},
    master_keys::{AuthenticationHash, HashPurpose, MasterKey, MasterKeys},
    names::Text,
    passwords::{KdfLimits, KdfSettings, NewKdf},
    report::{OperationKind, StoreReport},
    rotation::WrappedKey,
    signatures::{SignObjects, SignatureNamespace},
};
use strongroom_account::{
    self as account, AccessToken, AccessTokenSecret, AccountIds, AccountKeys, DeviceKey, KeyConnectorKey,
    MasterPassword, Membership, RotatableKeySet, RotatedAccount, SendSecret, TakenBack, UnderUserKey, UpgradeToken,
};
use strongroom_memory::process::{CountingAlloc, SignalStack};
use strongroom_memory::report::{Area, Evidence, Hibernation, Line, Look, MachineFacts, Probe, State};
use strongroom_memory::{
    Call, MakeError, ProtectedBytes, ProtectionLevels, Scratch, SecretBox, SecretMemory, StackBudget, Status,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Organization }
    asymmetric PrivateKey { Own }
    asymmetric SigningKey { Device }
}

const PASSWORD: &str = "correct horse battery";
const PLAIN: &str = "the treasure lies under the oak";
/// The bytes of a key, chosen so that nothing else looks like them.
const KEY: [u8; 32] = *b"Kz7!qW3#eR9$tY5%uI1&oP8*aS2(dF6)";

/// Types without values: there is nothing to show.
const WITHOUT_VALUES: [&str; 2] = ["Symmetric", "Asymmetric"];

#[derive(Default)]
struct Shown {
    types: BTreeSet<&'static str>,
    texts: Vec<String>,
    wrong: Vec<String>,
}

impl Shown {
    /// Notes what a value of this type shows, and whether that is what is expected.
    fn pin(&mut self, name: &'static str, value: &dyn Debug, expected: impl AsRef<str>) {
        let text = format!("{value:?}");
        if text != expected.as_ref() {
            self.wrong.push(format!("{name}: {text}"));
        }
        self.types.insert(name);
        self.texts.extend([text, format!("{value:#?}")]);
    }

    /// The same of values of one type, each with what it shows.
    fn pin_all<T: Debug>(&mut self, name: &'static str, values: &[(T, &str)]) {
        values.iter().for_each(|(value, expected)| self.pin(name, value, expected));
    }
}

/// What would be seen of these bytes, were they shown.
fn forms(secret: &[u8]) -> Vec<String> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = format!("{secret:#?}");
    vec![String::from_utf8_lossy(secret).into_owned(), hex.to_uppercase(), hex, format!("{secret:?}"), lines]
}

#[test]
fn every_public_type_is_pinned_and_shows_no_secret() {
    let mut shown = Shown::default();
    show_keys(&mut shown);
    show_accounts(&mut shown);
    show_envelopes(&mut shown);
    show_words(&mut shown);
    show_errors(&mut shown);
    show_errors_of_operations(&mut shown);
    show_memory(&mut shown);
    show_report(&mut shown);
    assert!(shown.wrong.is_empty(), "\n{}\n", shown.wrong.join("\n"));

    let secrets: Vec<String> = [&KEY[..], PASSWORD.as_bytes(), PLAIN.as_bytes()].into_iter().flat_map(forms).collect();
    let leaks = |text: &str| secrets.iter().any(|secret| text.contains(secret.as_str()));
    for control in [format!("{KEY:?}"), format!("{KEY:#?}"), format!("{:?}", Some(PASSWORD))] {
        assert!(leaks(&control), "{control}");
    }
    shown.texts.iter().for_each(|text| assert!(!leaks(text), "{text}"));

    let pinned: BTreeSet<String> = shown.types.iter().chain(&WITHOUT_VALUES).map(|name| (*name).to_owned()).collect();
    let missing: Vec<String> = public_types().difference(&pinned).cloned().collect();
    assert!(missing.is_empty(), "no line here pins {missing:?}");
}

/// What holds keys, or comes out of them.
fn show_keys(shown: &mut Shown) {
    let store = KeyStore::<Keys>::open().unwrap();
    let password = store.secret_text(PASSWORD).unwrap();
    let kdf = Kdf::pbkdf2(5000).unwrap();
    let public = store.transaction(|tx| {
        let key = hazmat::import_bytes(tx, SymmetricAlgorithm::Xaes256Gcm, &mut { KEY }, KeyUses::CONTENTS_AND_KEYS)?;
        let own = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        let device = hazmat::import_bytes(tx, AsymmetricAlgorithm::Ed25519, &mut { KEY }, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)?;
        tx.replace(PrivateKey::Own, own)?;
        tx.replace(SigningKey::Device, device)?;
        shown.pin("Transaction", tx, "Transaction { context: Context { named: 0, local: 3, .. }, .. }");
        shown.pin("WithAssociatedData", &tx.with_associated_data(PASSWORD.as_bytes()), "WithAssociatedData { .. }");
        tx.public_key(own)
    });
    let public = public.unwrap();
    shown.pin("PublicKey", &public, "PublicKey(RSA-2048)");
    let protection = store.protection();
    shown.pin("KeyStore", &store, format!("KeyStore {{ protection: \"{protection}\", locked: false, named: 3, .. }}"));
    shown.pin("WeakKeyStore", &store.downgrade(), "WeakKeyStore(..)");
    shown.pin("KeyCount", &store.keys(), "KeyCount { named: 3, prepared: 3, sealed: 0 }");

    store.try_context(|ctx| {
        shown.pin("Context", ctx, "Context { named: 3, local: 0, .. }");
        let handed = |_: &ScopeToken<'_>, key: ExposedKey<'_>, ()| format!("{key:?}") == "ExposedKey(..)";
        assert_eq!(extension::use_key(ctx, ctx.key(Key::User).unwrap(), StackBudget::LARGE, handed, ()), Ok(true));
        shown.types.insert("ExposedKey");
        let master: MasterKey = ctx.derive_master_key(&password, &kdf, b"ada@example.com").unwrap();
        shown.pin("MasterKey", &master, "MasterKey(..)");
        let hash: AuthenticationHash =
            ctx.authentication_hash(&master, &password, HashPurpose::ServerAuthorization).unwrap();
        shown.pin("AuthenticationHash", &hash, "AuthenticationHash(..)");
        assert!(!shown.texts.iter().any(|text| text.contains(hash.expose())));

        let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
        shown.pin("Key", &key, "Key(symmetric)");
        shown.pin("Key", &ctx.key(Key::User).unwrap(), "Key(symmetric, User)");
        ctx.child(|_, parent| shown.pin("Parent", parent, "Parent"));

        let facts = ctx.key_info::<Symmetric>(ctx.key(Key::User).unwrap()).unwrap();
        let id = facts.id().unwrap();
        let operations = "{Encrypt, Decrypt, Wrap, Unwrap}";
        shown.pin(
            "KeyInfo",
            &facts,
            format!("KeyInfo {{ algorithm: Xaes256Gcm, operations: {operations}, id: Some(CoseKeyId({id})) }}"),
        );
        shown.pin("KeyOperations", &facts.operations(), operations);
        shown.pin("CoseKeyId", &id, format!("CoseKeyId({id})"));
        let derived = ctx.derived_id(key).unwrap().unwrap();
        shown.pin("DerivedKeyId", &derived, format!("DerivedKeyId({derived})"));

        let text: EncString = ctx.encrypt_text(key, PLAIN).unwrap();
        shown.pin("EncString", &text, "EncString(type 2, 32 bytes)");
        shown.pin("Sealed", &Sealed::<String>::new(text.clone()), "Sealed(EncString(type 2, 32 bytes))");
        shown.pin("WrappedKey", &WrappedKey::Symmetric(text.clone()), "Symmetric(EncString(type 2, 32 bytes))");
        let opened: Plaintext = ctx.decrypt_text(key, &text).unwrap();
        shown.pin("Plaintext", &opened, "SecretBox<str>([REDACTED])");
        let bytes: Plaintext<[u8]> = ctx.decrypt_bytes(key, &text).unwrap();
        shown.pin("Plaintext", &bytes, "SecretBox<[u8]>([REDACTED])");

        let device = ctx.verifying_key(ctx.key(SigningKey::Device).unwrap()).unwrap();
        shown.pin("VerifyingKey", &device, format!("VerifyingKey(Ed25519, {})", device.id()));
        let namespace = SignatureNamespace::SecurityState;
        let object = ctx.sign_object(ctx.key(SigningKey::Device).unwrap(), namespace, PLAIN.as_bytes()).unwrap();
        shown.pin("SignedObject", &object, "SignedObject(133 bytes)");
        let detached = ctx.sign_detached(ctx.key(SigningKey::Device).unwrap(), namespace, PLAIN.as_bytes()).unwrap();
        shown.pin("DetachedSignature", &detached, "DetachedSignature(101 bytes)");
        shown.pin(
            "SignedPublicKey",
            &ctx.sign_public_key(ctx.key(SigningKey::Device).unwrap(), &public).unwrap(),
            "SignedPublicKey(437 bytes)",
        );
        shown.pin(
            "SecurityState",
            &ctx.sign_security_state(ctx.key(SigningKey::Device).unwrap(), 2).unwrap(),
            "SecurityState(111 bytes)",
        );
        shown.pin(
            "SecurityState",
            &ctx.sign_security_state_of(ctx.key(SigningKey::Device).unwrap(), &[7; 16], 2).unwrap(),
            "SecurityState(138 bytes)",
        );
    });
    let rotated: Result<(), Error> = store.transaction(|tx| {
        let wrapped: [EncString; 0] = [];
        shown.pin("Rotation", &tx.rotate(Key::User, &wrapped)?, "Rotation { key: Key(symmetric), wrapped: [] }");
        Ok(())
    });
    rotated.unwrap();
}

/// What leads to the keys of an account. What is pinned apart is shown as it is there.
fn show_accounts(shown: &mut Shown) {
    let store = KeyStore::<Keys>::open().unwrap();
    let (password, kdf) = (store.secret_text(PASSWORD).unwrap(), Kdf::pbkdf2(5000).unwrap());
    let ids = AccountIds { user: Key::User, private: PrivateKey::Own, signing: Some(SigningKey::Device) };
    shown.pin("AccountIds", &ids, "AccountIds { user: User, private: Own, signing: Some(Device) }");
    let master = MasterPassword { password: &password, kdf, email: "ada@example.com", last: None };
    shown.pin(
        "MasterPassword",
        &master,
        r#"MasterPassword { password: ProtectedBytes(..), kdf: Kdf(Pbkdf2 { iterations: 5000 }), email: "ada@example.com", last: None }"#,
    );
    shown.pin(
        "NewPassword",
        &master.unchanged().unwrap(),
        r#"NewPassword { password: ProtectedBytes(..), kdf: NewKdf(Kdf(Pbkdf2 { iterations: 5000 })), email: "ada@example.com" }"#,
    );

    let mut exposed = Vec::new();
    let done: Result<(), account::Error> = store.try_transaction(|tx| {
        macro_rules! secrets {
            ($($secret:ident $expected:literal),*) => { $(
                let secret = $secret::generate(tx).unwrap();
                shown.pin(stringify!($secret), &secret, $expected);
                exposed.push(secret.expose().unwrap());
            )* };
        }
        secrets! {
            DeviceKey "DeviceKey(..)", KeyConnectorKey "KeyConnectorKey(..)", SendSecret "SendSecret(..)",
            AccessTokenSecret "AccessTokenSecret(..)"
        }
        let hash = SendSecret::generate(tx).unwrap().password_hash(tx, &password).unwrap();
        shown.pin("SendPasswordHash", &hash, "SendPasswordHash(..)");
        exposed.push(hash.expose().unwrap());

        // Version, id, what the server is shown for a password, the base64 of 16 bytes.
        let (client, last) = ("oW9xVb3nQ7", "a3J5cHRvbiBpbiBzaXg5NQ==");
        let text = store.secret_text(&format!("0.ec2c1d46-6a4b-4751-a310-af9601317f2d.{client}:{last}"))?;
        let token = AccessToken::read(tx, &text).unwrap();
        shown.pin("AccessToken", &token, r#"AccessToken { id: "ec2c1d46-6a4b-4751-a310-af9601317f2d", .. }"#);
        exposed.extend([client, last].map(|text| text.to_owned().into()));

        let new = account::create_v1(tx, &ids)?;
        let AccountKeys::V1 { private_key } = &new.keys else { unreachable!() };
        let keys = format!("V1 {{ private_key: {private_key:?} }}");
        shown.pin("AccountKeys", &new.keys, &keys);
        let user = new.user;
        let account = format!(
            "Account {{ version: 1, security_version: None, user_id: None, user_key: KeyThumbprint({}), \
            former_user_keys: [], \
            public_key: PublicKey(RSA-2048), verifying_key: None, kdf: None }}",
            tx.thumbprint(user)?
        );
        let expected = format!("NewAccount {{ user: {user:?}, keys: {keys}, account: {account} }}");
        shown.pin("NewAccount", &new, expected);
        let opened = account::unlock(tx, &ids, user, &new.keys)?;
        shown.pin("Account", &opened, &account);

        let protection = account::protect_with_password(tx, &master.unchanged()?, user)?;
        let of_protection = |user_key| {
            format!("PasswordProtection {{ user_key: {user_key:?}, authentication: AuthenticationHash(..) }}")
        };
        shown.pin("PasswordProtection", &protection, of_protection(&protection.user_key));
        let change = account::change_password(tx, Key::User, &master, &protection.user_key, &master.unchanged()?)?;
        let expected = format!(
            "PasswordChange {{ old_authentication: AuthenticationHash(..), new: {} }}",
            of_protection(&change.new.user_key)
        );
        shown.pin("PasswordChange", &change, expected);

        let set = DeviceKey::generate(tx).unwrap().trust(tx, user)?;
        let RotatableKeySet { private_key, public_key, user_key } = &set;
        let expected = format!(
            "RotatableKeySet {{ private_key: {private_key:?}, public_key: {public_key:?}, user_key: {user_key:?} }}"
        );
        shown.pin("RotatableKeySet", &set, expected);
        let organization = account::create_organization(tx, Key::Organization, PrivateKey::Own)?;
        let expected = format!(
            "NewOrganization {{ key: {:?}, private_key: {:?}, public_key: PublicKey(RSA-2048), thumbprint: {:?} }}",
            organization.key, organization.private_key, organization.thumbprint
        );
        shown.pin("NewOrganization", &organization, expected);
        let thumbprint = tx.thumbprint(tx.key(Key::Organization)?)?;
        let shown_print = format!("KeyThumbprint({thumbprint})");
        shown.pin("KeyThumbprint", &thumbprint, &shown_print);
        shown.pin("NotAThumbprint", &"x".parse::<KeyThumbprint>().unwrap_err(), "NotAThumbprint");
        let membership = Membership { name: Key::Organization, key: organization.key, last: Some(thumbprint) };
        let expected =
            format!("Membership {{ name: Organization, key: {:?}, last: Some({shown_print}) }}", membership.key);
        shown.pin("Membership", &membership, expected);
        let found = account::unlock_organizations(tx, PrivateKey::Own, &[membership])?.remove(0);
        shown.pin("UnlockedOrganization", &found, format!("Known({shown_print})"));
        let confirmed = Confirmed::without_check(opened.public_key.clone());
        shown.pin("Confirmed", &confirmed, "Confirmed(PublicKey(RSA-2048))");
        shown.pin("TakenBack", &TakenBack::Version { last: 2, found: 1 }, "Version { last: 2, found: 1 }");

        let (key_sets, things): ([Confirmed<RotatableKeySet>; 0], [EncString; 0]) = ([], []);
        let under = UnderUserKey { last: &new.account, keys: &new.keys, key_sets: &key_sets, things: &things };
        shown.pin(
            "UnderUserKey",
            &under,
            format!("UnderUserKey {{ last: {account}, keys: {keys}, key_sets: [], things: [] }}"),
        );
        let of_rotated = |rotated: &RotatedAccount<'_, EncString>| {
            let RotatedAccount { user, account, keys, .. } = rotated;
            format!(
                "RotatedAccount {{ user: {user:?}, account: {account:?}, keys: {keys:?}, key_sets: [], things: [] }}"
            )
        };
        let rotated = account::rotate(tx, &ids, under)?;
        shown.pin("RotatedAccount", &rotated, of_rotated(&rotated));
        let under = UnderUserKey { last: &rotated.account, keys: &rotated.keys, ..under };
        let upgraded = account::upgrade(tx, &ids, under, SymmetricAlgorithm::XChaCha20Poly1305)?;
        let UpgradeToken { wrapped_user_key_1, wrapped_user_key_2 } = &upgraded.token;
        let token = format!(
            "UpgradeToken {{ wrapped_user_key_1: {wrapped_user_key_1:?}, wrapped_user_key_2: {wrapped_user_key_2:?} }}"
        );
        shown.pin("UpgradeToken", &upgraded.token, &token);
        let expected = format!("UpgradedAccount {{ rotated: {}, token: {token} }}", of_rotated(&upgraded.rotated));
        shown.pin("UpgradedAccount", &upgraded, expected);
        Ok(())
    });
    done.unwrap();
    assert!(exposed.iter().all(|secret| !shown.texts.iter().any(|text| text.contains(secret.as_str()))));
}

/// Sealed objects: how long they are.
fn show_envelopes(shown: &mut Shown) {
    let store = KeyStore::<Keys>::open().unwrap();
    let kdf = NewKdf::even_if_weak(Kdf::argon2id(2, 16, 1).unwrap());
    let password = store.secret_text(PASSWORD).unwrap();
    store.try_context(|ctx| {
        let key = ctx.generate_with(SymmetricAlgorithm::XChaCha20Poly1305, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let secret = ctx.generate_secret().unwrap();
        shown.pin("HighEntropySecret", &secret, "HighEntropySecret(..)");
        assert!(!shown.texts.iter().any(|text| text.contains(secret.expose().unwrap().as_str())));

        let (data, _) = ctx.seal_data(PLAIN.as_bytes(), DataEnvelopeNamespace::VaultItem).unwrap();
        shown.pin("DataEnvelope", &data, format!("DataEnvelope({} bytes)", data.as_bytes().len()));
        let sealed = ctx.seal_key(key, key, SymmetricEnvelopeNamespace::SessionKey).unwrap();
        shown.pin("SymmetricKeyEnvelope", &sealed, format!("SymmetricKeyEnvelope({} bytes)", sealed.as_bytes().len()));
        let sealed = ctx.seal_with_password(key, &password, &kdf, PasswordEnvelopeNamespace::PinUnlock).unwrap();
        let expected = format!("PasswordProtectedKeyEnvelope({} bytes)", sealed.as_bytes().len());
        shown.pin("PasswordProtectedKeyEnvelope", &sealed, expected);
        let (invite, _) = ctx.seal_invite(PLAIN.as_bytes()).unwrap();
        let of_key = format!("SecretProtectedKeyEnvelope({} bytes)", invite.key.as_bytes().len());
        shown.pin("SecretProtectedKeyEnvelope", &invite.key, &of_key);
        let of_data = format!("DataEnvelope({} bytes)", invite.data.as_bytes().len());
        shown.pin("OpenOrgInvite", &invite, format!("OpenOrgInvite {{ data: {of_data}, key: {of_key} }}"));
        let pin = account::enroll_pin(ctx, key, &password, &kdf).unwrap();
        let expected = format!("PinEnrollment {{ envelope: {:?}, pin: {:?} }}", pin.envelope, pin.pin);
        shown.pin("PinEnrollment", &pin, expected);
    });
    shown.pin("DataEnvelopeNamespace", &DataEnvelopeNamespace::VaultItem, "VaultItem");
    shown.pin("PasswordEnvelopeNamespace", &PasswordEnvelopeNamespace::PinUnlock, "PinUnlock");
    let namespace = SecretEnvelopeNamespace::RegistrationOpenOrgInvite;
    shown.pin("SecretEnvelopeNamespace", &namespace, "RegistrationOpenOrgInvite");
    shown.pin("SymmetricEnvelopeNamespace", &SymmetricEnvelopeNamespace::SessionKey, "SessionKey");
}

/// Plain words and numbers.
fn show_words(shown: &mut Shown) {
    shown.pin_all("SymmetricAlgorithm", &[(SymmetricAlgorithm::Aes256CbcHmacSha256, "Aes256CbcHmacSha256")]);
    shown.pin("Salt", &Salt::from([7; 16]), "Salt(BwcHBwcHBwcHBwcHBwcHBw==)");
    shown.pin("SaltError", &SaltError::Length { found: 15 }, "Length { found: 15 }");
    shown.pin("Text", &Text::from("notes"), "\"notes\"");
    let asymmetric = ["Rsa2048", "Rsa3072", "Rsa4096", "Ed25519", "MlDsa44"];
    let asymmetric: Vec<_> = AsymmetricAlgorithm::ALL.into_iter().zip(asymmetric).collect();
    shown.pin_all("AsymmetricAlgorithm", &asymmetric);
    shown.pin_all("EncStringType", &[(EncStringType::AesCbcHmac, "AesCbcHmac")]);
    shown.pin_all("EncStringPart", &[(EncStringPart::Mac, "Mac")]);
    shown.pin_all("KeyOperation", &[(KeyOperation::Sign, "Sign")]);
    shown.pin_all("HashPurpose", &[(HashPurpose::LocalAuthorization, "LocalAuthorization")]);
    shown.pin_all("SignatureNamespace", &[(SignatureNamespace::SecurityState, "SecurityState")]);
    let uses = [
        (KeyUses::CONTENTS, "KeyUses(CONTENTS)"),
        (KeyUses::KEYS, "KeyUses(KEYS)"),
        (KeyUses::CONTENTS_AND_KEYS, "KeyUses(CONTENTS_AND_KEYS)"),
    ];
    shown.pin_all("KeyUses", &uses.each_ref().map(|(uses, words)| (uses, *words)));
    shown.pin("Kdf", &Kdf::pbkdf2(600_000).unwrap(), "Kdf(Pbkdf2 { iterations: 600000 })");
    shown.pin("NewKdf", &NewKdf::pbkdf2(600_000).unwrap(), "NewKdf(Kdf(Pbkdf2 { iterations: 600000 }))");
    shown.pin("KdfSettings", &KdfSettings::Pbkdf2 { iterations: 600_000 }, "Pbkdf2 { iterations: 600000 }");
    shown.pin(
        "KdfLimits",
        &KdfLimits::default(),
        "KdfLimits { min_pbkdf2_iterations: 5000, max_pbkdf2_iterations: 10000000, min_argon2id_iterations: 2, \
         max_argon2id_iterations: 64, min_argon2id_memory_mib: 16, max_argon2id_memory_mib: 1024, \
         min_argon2id_parallelism: 1, max_argon2id_parallelism: 16, min_argon2id_work_mib: 0, \
         max_argon2id_work_mib: 10240 }",
    );
}

fn refusal() -> Refusal {
    Refusal { call: Call::MmapSecret, errno: 11 }
}

/// Errors about what was asked for.
fn show_errors(shown: &mut Shown) {
    let not_permitted = NotPermitted { operation: KeyOperation::Sign, permitted: KeyOperations::SYMMETRIC };
    shown.pin(
        "NotPermitted",
        &not_permitted,
        "NotPermitted { operation: Sign, permitted: {Encrypt, Decrypt, Wrap, Unwrap} }",
    );
    let wrong = WrongKey::Algorithm { text: EncStringType::Cose, key: SymmetricAlgorithm::Aes256CbcHmacSha256 };
    shown.pin("WrongKey", &wrong, "Algorithm { text: Cose, key: Aes256CbcHmacSha256 }");
    let item = ItemError { index: 3, error: ErrorKind::Locked };
    shown.pin("ItemError", &item, "ItemError { index: 3, error: Locked }");
    let item = Error::from(ItemError { index: 3, error: Error::from(ErrorKind::Locked) });
    let inner = "Error { kind: Locked, operation: None, key: None }";
    let outer = format!("Error {{ kind: Item {{ index: 3, error: {inner} }}, operation: None, key: None }}");
    shown.pin("Error", &item, outer);
    shown.pin_all(
        "KdfError",
        &[
            (KdfError::Pbkdf2Iterations { found: 1, min: 2, max: 3 }, "Pbkdf2Iterations { found: 1, min: 2, max: 3 }"),
            (
                KdfError::Argon2idWork { iterations: 1, memory_mib: 2, max: 3 },
                "Argon2idWork { iterations: 1, memory_mib: 2, max: 3 }",
            ),
        ],
    );
    shown.pin_all(
        "EncStringError",
        &[
            (EncStringError::Empty, "Empty"),
            (EncStringError::Base64 { part: EncStringPart::Mac }, "Base64 { part: Mac }"),
            (
                EncStringError::Length { part: EncStringPart::Iv, found: 1, expected: 16 },
                "Length { part: Iv, found: 1, expected: 16 }",
            ),
        ],
    );
    let short = UnusableRsaKey { bits: 1024, exponent: Some(3) };
    shown.pin("UnusableRsaKey", &short, "UnusableRsaKey { bits: 1024, exponent: Some(3) }");
    shown.pin_all("PublicKeyError", &[(PublicKeyError::WrongSignature, "WrongSignature")]);
    shown.pin_all(
        "MessageError",
        &[(
            MessageError::Length { of: "b", part: "a", found: 1, expected: 2 },
            r#"Length { of: "b", part: "a", found: 1, expected: 2 }"#,
        )],
    );
    shown.pin_all(
        "VerifyError",
        &[
            (VerifyError::WrongSignature, "WrongSignature"),
            (
                VerifyError::WrongNamespace { expected: SignatureNamespace::SecurityState, found: Some(1) },
                "WrongNamespace { found: Some(1), expected: SecurityState }",
            ),
        ],
    );
    let wrong = account::Error::WrongVersion { user_key: SymmetricAlgorithm::Aes256Gcm, version: 1 };
    shown.pin("strongroom-account::Error", &wrong, "WrongVersion { user_key: Aes256Gcm, version: 1 }");
}

/// Errors of the families of operations: each says by which variant, and what that carries.
fn show_errors_of_operations(shown: &mut Shown) {
    let io = IoFailure::from(std::io::Error::from(std::io::ErrorKind::NotFound));
    shown.pin("IoFailure", &io, "IoFailure(Kind(NotFound))");
    shown.pin_all(
        "ErrorKind",
        &[
            (ErrorKind::Locked, "Locked"),
            (ErrorKind::NoRandom(Some(refusal())), "NoRandom(Some(Refusal { call: MmapSecret, errno: 11 }))"),
            (ErrorKind::Refused(refusal()), "Refused(Refusal { call: MmapSecret, errno: 11 })"),
            (ErrorKind::Function(Status(7)), "Function(Status(7))"),
            (ErrorKind::Internal { invariant: "one" }, r#"Internal { invariant: "one" }"#),
            (ErrorKind::Read(io.clone()), "Read(IoFailure(Kind(NotFound)))"),
            (ErrorKind::Write(io), "Write(IoFailure(Kind(NotFound)))"),
            (ErrorKind::UnknownKey, "UnknownKey"),
            (ErrorKind::WrongKey(WrongKey::OrChanged), "WrongKey(OrChanged)"),
            (ErrorKind::Malformed(Malformed::NotText), "Malformed(NotText)"),
            (ErrorKind::Limit(Limit::Parameters), "Limit(Parameters)"),
            (ErrorKind::Signature(VerifyError::WrongSignature), "Signature(WrongSignature)"),
        ],
    );
    shown.pin("Limit", &Limit::Buffer { needed: 65, given: 1 }, "Buffer { needed: 65, given: 1 }");
    shown.pin("Malformed", &Malformed::Secret { expected: 16 }, "Secret { expected: 16 }");
    shown.pin("Unsupported", &Unsupported::Type(EncStringType::AesCbc), "Type(AesCbc)");
    shown.pin("Operation", &Operation::ReadSecret, "ReadSecret");
    shown.pin("ImportError", &ImportError::NotAKey, "NotAKey");
    let unavailable = UnavailableAlgorithm { algorithm: AsymmetricAlgorithm::MlDsa44, feature: "ml-dsa" };
    shown.pin(
        "UnavailableAlgorithm",
        &unavailable,
        r#"UnavailableAlgorithm { algorithm: MlDsa44, feature: "ml-dsa" }"#,
    );

    // With the ids of two keys, which are public, and made at random.
    let store = KeyStore::<Keys>::open().unwrap();
    let ids = store.try_context(|ctx| {
        [(); 2].map(|()| {
            let key = ctx.generate_with(SymmetricAlgorithm::Aes256Gcm, KeyUses::CONTENTS_AND_KEYS).unwrap();
            ctx.key_info::<Symmetric>(key).unwrap().id().unwrap()
        })
    });
    let [named, given] = ids;
    let expected = format!("Id {{ named: CoseKeyId({named}), given: CoseKeyId({given}) }}");
    shown.pin("WrongKey", &WrongKey::Id { named, given }, expected);
}

/// Secret memory and its errors.
fn show_memory(shown: &mut Shown) {
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    let key = SecretBox::make(&memory, |_, key: [u8; 32]| key, KEY).unwrap();
    shown.pin("SecretBox", &key, "SecretBox(..)");
    shown.pin(
        "ProtectedBytes",
        &ProtectedBytes::copy_from(&memory, PASSWORD.as_bytes()).unwrap(),
        "ProtectedBytes(..)",
    );
    let ProtectionLevels { at_rest, in_use } = memory.protection();
    let expected = format!("SecretMemory {{ at_rest: {at_rest:?}, in_use: {in_use:?}, .. }}");
    shown.pin("SecretMemory", &memory, expected);
    let inside = memory.scope(
        |inside, ()| {
            let mut text = [0; 10];
            let shown = format!("{inside:?}");
            text.iter_mut().zip(shown.bytes()).for_each(|(to, from)| *to = from);
            (text, shown.len())
        },
        (),
    );
    assert_eq!(inside.unwrap(), (*b"ScopeToken", 10));
    shown.types.insert("ScopeToken");
    let exposed = memory.scope(
        |inside, key: &SecretBox<[u8; 32]>| {
            let mut text = [0; 11];
            let shown = format!("{:?}", key.expose(inside));
            text.iter_mut().zip(shown.bytes()).for_each(|(to, from)| *to = from);
            (text, shown.len())
        },
        &key,
    );
    assert_eq!(exposed.unwrap(), (*b"Exposed(..)", 11));
    shown.types.insert("Exposed");
    let scratch = Scratch::filled(3, 7_u8).unwrap();
    shown.pin("Scratch", &scratch, format!("Scratch {{ len: 3, locked: {}, .. }}", scratch.is_locked()));
    shown.pin("CountingAlloc", &CountingAlloc::new(), "CountingAlloc { allocator: System, blocks: 0 }");
    // How long it is depends on the registers that the processor has.
    let signals = SignalStack::install(&memory).unwrap();
    let len: String = format!("{signals:?}").chars().filter(char::is_ascii_digit).collect();
    shown.pin("SignalStack", &signals, format!("SignalStack {{ len: {len}, .. }}"));
    let stacks = memory.worker_stacks(2);
    shown.pin("WorkerStacks", &stacks, "WorkerStacks { threads: 2, .. }");
    shown.pin("Working", &stacks.enter(), "Working { .. }");
    shown.pin(
        "StackBudget",
        &StackBudget { stack: 4096, ..StackBudget::FIELD },
        "StackBudget { stack: 4096, allocates: false }",
    );
    shown.pin("Status", &Status(3), "Status(3)");
    shown.pin("Protection", &Protection::Secret, "Secret");
    shown.pin("Demand", &Demand::AtLeast(Protection::Locked), "AtLeast(Locked)");
    shown.pin("Policy", &Policy::best_available(), "Policy { at_rest: BestAvailable, in_use: BestAvailable }");
    let protected = ProtectionLevels { at_rest: Protection::Secret, in_use: Protection::Plain };
    shown.pin("ProtectionLevels", &protected, "ProtectionLevels { at_rest: Secret, in_use: Plain }");

    shown.pin("Call", &Call::MemfdSecret, "MemfdSecret");
    shown.pin("Refusal", &refusal(), "Refusal { call: MmapSecret, errno: 11 }");
    let (demand, refusals) = (Demand::AtLeast(Protection::Secret), vec![refusal()]);
    shown.pin(
        "OpenError",
        &OpenError::AtRest { demand, refusals },
        "AtRest { demand: AtLeast(Secret), refusals: [Refusal { call: MmapSecret, errno: 11 }] }",
    );
    shown.pin_all("MemoryError", &[(MemoryError::TooLarge { asked: 2, most: 1 }, "TooLarge { asked: 2, most: 1 }")]);
    shown.pin_all("EnterError", &[(EnterError::NoRoom { asked: 2, has: 1 }, "NoRoom { asked: 2, has: 1 }")]);
    shown.pin("MakeError", &MakeError::Failed(Status(3)), "Failed(Status(3))");
    shown.pin_all("ReadError", &[(ReadError::TooLong { most: 1 }, "TooLong { most: 1 }")]);
    shown.pin("RandomError", &RandomError(refusal()), "RandomError(Refusal { call: MmapSecret, errno: 11 })");
}

/// The report, as another machine has written it.
fn show_report(shown: &mut Shown) {
    shown.pin("Evidence", &Evidence::ProcessVmReadv, "ProcessVmReadv");
    shown.pin("Hibernation", &Hibernation::Blocked, "Blocked");
    shown.pin("Look", &Look::OutOfReach, "OutOfReach");
    shown.pin("State", &State::Weak, "Weak");
    let probe = Probe { secret: Look::OutOfReach, control: Look::Read };
    shown.pin("Probe", &probe, "Probe { secret: OutOfReach, control: Read }");
    let area = Area { name: "/secretmem (deleted)".into(), locked_kib: 4, flags: vec!["lo".into()] };
    shown.pin("Area", &area, r#"Area { name: "/secretmem (deleted)", locked_kib: 4, flags: ["lo"] }"#);
    let line = Line { topic: "swap", state: State::Good, text: "none".into(), advice: None };
    shown.pin("Line", &line, r#"Line { topic: "swap", state: Good, text: "none", advice: None }"#);
    let facts = "MachineFacts { core_limit: None, core_pattern: None, dumpable: None, ptrace_scope: None, \
        perf_event_paranoid: None, swap_kib: None, hibernation: None, lock_limit: None, lock_limit_exempt: None, \
        locked_kib: None }";
    shown.pin("MachineFacts", &MachineFacts::default(), facts);

    let report: StoreReport = serde_json::from_str(REPORT).unwrap();
    let usage = "Usage { secrets: 1, mapped: 4096, bound: 67108864, workspaces: 1, deep_exits: 0 }";
    shown.pin("Usage", &report.memory.usage, usage);
    let memory = format!(
        "Report {{ platform: \"linux\", policy: Policy {{ at_rest: BestAvailable, in_use: AtLeast(Locked) }}, \
         protection: ProtectionLevels {{ at_rest: Secret, in_use: Secret }}, evidence: Smaps, refusals: [], \
         refusals_in_use: [], mapping: None, charged_at_touch: None, probe_by_call: Probe {{ secret: OutOfReach, control: Read }}, \
         probe_by_file: Probe {{ secret: NotPossible, control: NotPossible }}, no_page: None, \
         secret_signal_stack: Some(true), usage: {usage}, machine: {facts} }}"
    );
    shown.pin("Report", &report.memory, &memory);
    let keys = "KeyCount { named: 1, prepared: 1, sealed: 0 }";
    shown.pin("OperationKind", &OperationKind::MlDsa44, "MlDsa44");
    let operation = "OperationReport { kind: Fields, in_use: Some(Secret), refused: None }";
    shown.pin_all("OperationReport", &[(report.operations.first().unwrap(), operation)]);
    let store = format!(
        "StoreReport {{ memory: {memory}, keys: {keys}, locked: false, handles: 2, contexts: 1, operations: [{operation}] }}"
    );
    shown.pin("StoreReport", &report, store);
}

const REPORT: &str = r#"{
    "platform": "linux",
    "policy": { "at_rest": "best_available", "in_use": { "at_least": "locked" } },
    "protection": { "at_rest": "secret", "in_use": "secret" },
    "evidence": "smaps",
    "refusals": [],
    "refusals_in_use": [],
    "mapping": null,
    "probe_by_call": { "secret": "out_of_reach", "control": "read" },
    "probe_by_file": { "secret": "not_possible", "control": "not_possible" },
    "no_page": null,
    "secret_signal_stack": true,
    "usage": {
        "secrets": 1, "mapped": 4096, "bound": 67108864, "workspaces": 1, "deep_exits": 0
    },
    "machine": {},
    "keys": { "named": 1, "prepared": 1, "sealed": 0 },
    "handles": 2,
    "contexts": 1,
    "locked": false,
    "operations": [{ "kind": "fields", "in_use": "secret", "refused": null }]
}"#;

/// The names of the public types, by the listings of the API.
fn public_types() -> BTreeSet<String> {
    let listings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../api");
    let mut types = BTreeSet::new();
    for crate_name in ["strongroom", "strongroom-account", "strongroom-memory"] {
        let listing = fs::read_to_string(listings.join(crate_name).with_extension("txt")).unwrap();
        let mut own = BTreeSet::new();
        for line in listing.lines() {
            let of = ["pub struct ", "pub enum ", "pub union "].iter().find_map(|start| line.split_once(start));
            // What stands before it are attributes.
            if let Some((before, path)) = of
                && (before.is_empty() || before.starts_with("#["))
                && let Some(path) = path.split(['<', '(', ' ']).next()
                && let Some(name) = path.rsplit("::").next()
            {
                own.insert(name.to_owned());
            }
        }
        // Two crates may have a type of the same name; both are shown.
        let name = |name: String| if types.contains(&name) { format!("{crate_name}::{name}") } else { name };
        let own: Vec<String> = own.into_iter().map(name).collect();
        types.extend(own);
    }
    assert!(types.len() > 80, "{types:?}");
    types
}
