//! Operations that make keys, secrets and salts anew, attacked: another process copies the memory of one that makes
//! them, at halts in the middle of each operation, while it holds what it made, when that is dropped and after the
//! lock; and looks there for what it was when it is handed out.
//!
//! The control is the same program with a store that does not switch stacks: there every kind is found.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "what only attacks on keys need that are known beforehand")]
#[path = "leak/attack.rs"]
mod attack;
#[path = "leak/learning.rs"]
mod learning;
#[path = "leak/making.rs"]
mod making;
#[path = "leak/password.rs"]
mod password;

use std::collections::BTreeSet;
use std::io::stdin;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use base64_simd::STANDARD;
use serde_json::{Value, json};
use strongroom::{
    Asymmetric, Context, Demand, EncString, Kdf, KeyStore, KeyUses, Policy, ProtectedBytes, Protection, Symmetric,
    Transaction,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    envelopes::{DataEnvelopeNamespace, Envelopes, PasswordEnvelopeNamespace, SymmetricEnvelopeNamespace},
    hazmat,
    passwords::NewKdf,
    signatures::SignObjects,
};
use strongroom_account::Error;
use strongroom_account::{
    self as account, AccessTokenSecret, AccountIds, AccountKeys, DeviceKey, KeyConnectorKey, RotatableKeySet,
    SendSecret, UnderUserKey,
};
use strongroom_probe::Needles;

use attack::{Made, add_aes, add_v1, fresh, secret_of};
use learning::Attacker;
use making::{Course, Kept, Row, kept};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Own, Cose, User, Organization }
    asymmetric PrivateKey { Own, Request }
    asymmetric SigningName { Own }
}

type Store = KeyStore<Keys>;

const TEST: &str = "no_key_leaks_while_it_is_made";

/// Stops that count for each operation; of the control, which is to show that something is found.
const STOPS: usize = 25;
const CONTROL_STOPS: usize = 12;

const IDS: AccountIds<Key, PrivateKey, SigningName> =
    AccountIds { user: Key::User, private: PrivateKey::Own, signing: Some(SigningName::Own) };

/// Those that take longest come first, so that both workers end at about the same time.
const ROWS: [Row; 20] = [
    Row { operation: "account of version 2", halts: 13 },
    Row { operation: "account of version 1", halts: 13 },
    Row { operation: "trusted device", halts: 13 },
    Row { operation: "organisation", halts: 13 },
    Row { operation: "auth request", halts: 13 },
    Row { operation: "password, Argon2id", halts: 3 },
    Row { operation: "rotation", halts: 1 },
    Row { operation: "upgrade", halts: 1 },
    Row { operation: "signing key", halts: 1 },
    Row { operation: "XAES-256-GCM key", halts: 1 },
    Row { operation: "XChaCha20-Poly1305 key", halts: 1 },
    Row { operation: "AES-256-GCM key", halts: 1 },
    Row { operation: "PIN", halts: 1 },
    Row { operation: "data", halts: 1 },
    Row { operation: "invite", halts: 1 },
    Row { operation: "key under type 7", halts: 1 },
    Row { operation: "send", halts: 1 },
    Row { operation: "access token", halts: 1 },
    Row { operation: "key connector", halts: 1 },
    Row { operation: "auth request, approved", halts: 1 },
];

// The process under attack.

fn enc(sealed: &Value, name: &str) -> EncString {
    sealed[name].as_str().unwrap().parse().unwrap()
}

fn hear(store: &Store, sealed: &Value) -> ProtectedBytes {
    let line = || store.read_secret_line(stdin().as_fd()).unwrap();
    let named: Result<_, Error> = store.try_transaction(|tx| {
        for id in [Key::Own, Key::Cose, Key::User] {
            let key = hazmat::import_encoded::<_, Symmetric>(tx, line(), KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(id, key)?;
        }
        let private =
            tx.unwrap_key::<Asymmetric>(tx.key(Key::User)?, &enc(sealed, "private"), KeyUses::CONTENTS_AND_KEYS)?;
        Ok(tx.replace(PrivateKey::Own, private)?)
    });
    named.unwrap();
    line()
}

/// Gives up the names that new keys get.
fn free_names(tx: &mut Transaction<'_, Keys>) -> Result<(), strongroom::Error> {
    let names: [Keys; 4] =
        [Key::User.into(), Key::Organization.into(), PrivateKey::Own.into(), SigningName::Own.into()];
    names
        .into_iter()
        .filter(|name| tx.contains(name.clone()))
        .collect::<Vec<_>>()
        .into_iter()
        .try_for_each(|name| tx.remove(name))
}

/// Does it in a transaction that is rolled back.
fn rolled_back(store: &Store, work: impl FnOnce(&mut Transaction<'_, Keys>) -> Result<(), Error>) {
    let result: Result<(), Error> = store.try_transaction(|tx| {
        work(tx)?;
        Err(Error::TornToken)
    });
    assert!(matches!(result, Err(Error::TornToken)), "{result:?}");
}

fn public(sealed: &Value) -> Confirmed<PublicKey> {
    let spki = STANDARD.decode_to_vec(sealed["public"].as_str().unwrap()).unwrap();
    Confirmed::without_check(PublicKey::from_spki(&spki).unwrap())
}

/// A key and a message under it.
fn make_symmetric(ctx: &Context<'_, Keys>, algorithm: SymmetricAlgorithm) -> Result<Vec<Kept>, Error> {
    let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
    let message = ctx.encrypt_bytes(key, b"contents")?;
    Ok(vec![kept(&ctx.wrap_key(ctx.key(Key::Own)?, key)?), kept(&message)])
}

/// What makes envelopes and secrets, in a context.
fn make(
    store: &Store,
    password: &ProtectedBytes,
    sealed: &Value,
    operation: &str,
    made: &mut dyn FnMut(Vec<Kept>),
) -> Result<(), Error> {
    let pin = PasswordEnvelopeNamespace::PinUnlock;
    store.try_context(|ctx| {
        match operation {
            "data" => {
                let (_, key) = ctx.seal_data(b"contents", DataEnvelopeNamespace::VaultItem)?;
                made(vec![kept(&ctx.wrap_key(ctx.key(Key::Own)?, key)?)]);
            }
            "invite" => {
                let (invite, secret) = ctx.seal_invite(b"contents")?;
                made(vec![kept(&invite), Box::new(move || secret.expose().unwrap().to_string())]);
            }
            "PIN" => made(vec![kept(
                &account::enroll_pin(ctx, ctx.key(Key::Own)?, password, &NewKdf::even_if_weak(Kdf::pbkdf2(5_000)?))?
                    .envelope,
            )]),
            "password, Argon2id" => {
                made(vec![kept(&ctx.seal_with_password(
                    ctx.key(Key::Own)?,
                    password,
                    &NewKdf::even_if_weak(Kdf::argon2id(2, 16, 1)?),
                    pin,
                )?)]);
            }
            "key under type 7" => {
                made(vec![kept(&ctx.seal_key(
                    ctx.key(Key::Cose)?,
                    ctx.key(Key::User)?,
                    SymmetricEnvelopeNamespace::SessionKey,
                )?)]);
            }
            "send" => {
                let secret = SendSecret::generate(ctx)?;
                let _ = secret.derive_key(ctx)?;
                drop(secret.seal(ctx, ctx.key(Key::Own)?)?);
                made(vec![Box::new(move || secret.expose().unwrap().to_string())]);
            }
            "access token" => {
                let secret = AccessTokenSecret::generate(ctx)?;
                let _ = secret.derive_key(ctx)?;
                made(vec![Box::new(move || secret.expose().unwrap().to_string())]);
            }
            "key connector" => {
                let key = KeyConnectorKey::generate(ctx)?;
                drop(key.wrap(ctx, ctx.key(Key::Own)?)?);
                made(vec![Box::new(move || key.expose().unwrap().to_string())]);
            }
            "trusted device" => {
                let device = DeviceKey::generate(ctx)?;
                let set = device.trust(ctx, ctx.key(Key::User)?)?;
                let tell: Kept = Box::new(move || device.expose().unwrap().to_string());
                made(vec![kept(&set.private_key), kept(&set.user_key), tell]);
            }
            "signing key" => {
                let key = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
                let state = ctx.sign_security_state(key, 2)?;
                made(vec![kept(&ctx.wrap_key(ctx.key(Key::Own)?, key)?), kept(&state)]);
            }
            "XAES-256-GCM key" => made(make_symmetric(ctx, SymmetricAlgorithm::Xaes256Gcm)?),
            "XChaCha20-Poly1305 key" => made(make_symmetric(ctx, SymmetricAlgorithm::XChaCha20Poly1305)?),
            "AES-256-GCM key" => made(make_symmetric(ctx, SymmetricAlgorithm::Aes256Gcm)?),
            "auth request, approved" => {
                made(vec![kept(&account::approve_auth_request(ctx, ctx.key(Key::User)?, &public(sealed))?)]);
            }
            other => unreachable!("{other}"),
        }
        Ok(())
    })
}

/// What makes accounts and changes them, in a transaction that is rolled back.
fn make_account(tx: &mut Transaction<'_, Keys>, sealed: &Value, operation: &str) -> Result<Vec<Kept>, Error> {
    let keys = AccountKeys::V1 { private_key: enc(sealed, "private") };
    let key_set = RotatableKeySet {
        private_key: enc(sealed, "private of the device"),
        public_key: enc(sealed, "public of the device"),
        user_key: enc(sealed, "encapsulated"),
    };
    let last = account::unlock(tx, &IDS, tx.key(Key::User)?, &keys)?;
    let (key_sets, things) = ([key_set.confirmed_by_user()], [enc(sealed, "item")]);
    let under = UnderUserKey { last: &last, keys: &keys, key_sets: &key_sets, things: &things };
    if operation.starts_with("account of") {
        free_names(tx)?;
    }
    let (user, keys, encapsulated) = match operation {
        "account of version 1" => {
            let made = account::create_v1(tx, &IDS)?;
            (made.user, made.keys, None)
        }
        "account of version 2" => {
            let made = account::create_v2(tx, &IDS, SymmetricAlgorithm::Xaes256Gcm)?;
            (made.user, made.keys, None)
        }
        "rotation" => {
            let made = account::rotate(tx, &IDS, under)?;
            (made.user, made.keys, Some(made.key_sets[0].user_key.clone()))
        }
        "upgrade" => {
            let made = account::upgrade(tx, &IDS, under, SymmetricAlgorithm::Xaes256Gcm)?.rotated;
            (made.user, made.keys, Some(made.key_sets[0].user_key.clone()))
        }
        "organisation" => {
            let made = account::create_organization(tx, Key::Organization, PrivateKey::Own)?;
            return Ok(vec![
                kept(&tx.wrap_key(tx.key(Key::Own)?, tx.key(Key::Organization)?)?),
                kept(&made.private_key),
                kept(&made.key),
            ]);
        }
        "auth request" => {
            account::begin_auth_request(tx, PrivateKey::Request)?;
            return Ok(vec![kept(&tx.wrap_key(tx.key(Key::Own)?, tx.key(PrivateKey::Request)?)?)]);
        }
        other => unreachable!("{other}"),
    };
    let mut texts = vec![kept(&tx.wrap_key(tx.key(Key::Own)?, user)?)];
    match keys {
        AccountKeys::V1 { private_key } => texts.push(kept(&private_key)),
        AccountKeys::V2 { private_key, signing_key, signed_public_key, security_state } => {
            texts.extend([kept(&private_key), kept(&signing_key), kept(&signed_public_key.unwrap())]);
            texts.push(kept(&security_state));
        }
        _ => unreachable!("there are two versions"),
    }
    texts.extend(encapsulated.iter().map(kept));
    Ok(texts)
}

fn serve(policy: Policy) -> ! {
    let sealed = attack::sealed();
    let store = Store::open_with(policy).unwrap();
    let password = hear(&store, &sealed);
    making::serve(&store, |operation, made| match operation {
        "account of version 1" | "account of version 2" | "rotation" | "upgrade" | "organisation" | "auth request" => {
            rolled_back(&store, |tx| {
                let texts = make_account(tx, &sealed, operation)?;
                made(texts);
                Ok(())
            });
        }
        _ => make(&store, &password, &sealed, operation, made).unwrap(),
    })
}

// The attacker.

fn made() -> (Made, Attacker) {
    let store = Store::open().unwrap();
    let result: Result<_, Error> = store.try_context(|ctx| {
        let v1 = SymmetricAlgorithm::Aes256CbcHmacSha256;
        let (_, own) = fresh(ctx, v1);
        let (_, cose) = fresh(ctx, SymmetricAlgorithm::Xaes256Gcm);
        let (user, user_bytes) = fresh(ctx, v1);
        let password: Vec<u8> = fresh(ctx, v1).1.iter().take(24).map(|byte| b'a' + byte % 26).collect();
        let private = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        let pkcs8 = hazmat::expose_encoded::<_, Asymmetric>(ctx, private)?.to_vec();
        let public = ctx.public_key(private)?;
        let device = ctx.generate_with(v1, KeyUses::CONTENTS_AND_KEYS)?;
        let set = RotatableKeySet::create(ctx, device, user)?;
        let item = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let sealed = json!({
            "private": ctx.wrap_key(user, private)?.to_string(),
            "public": STANDARD.encode_to_string(public.to_spki()),
            "private of the device": set.private_key.to_string(),
            "public of the device": set.public_key.to_string(),
            "encapsulated": set.user_key.to_string(),
            "item": ctx.wrap_key(user, item)?.to_string(),
        });
        let of_device = ctx.unwrap_key::<Asymmetric>(device, &set.private_key, KeyUses::CONTENTS_AND_KEYS)?;
        let of_device = hazmat::expose_encoded::<_, Asymmetric>(ctx, of_device)?.to_vec();
        let mut needles = Needles::new();
        add_v1(&mut needles, "own", &own);
        add_v1(&mut needles, "user", &user_bytes);
        add_aes(&mut needles, "cose", &secret_of(&cose));
        needles.bytes("password", &password).unwrap();
        needles.hmac_sha256_key("password", &password).unwrap();
        let attacker = Attacker::new(&own, &cose, &password, [&pkcs8, &of_device]);
        Ok((Made { lines: vec![own, cose, user_bytes, password], sealed, needles }, attacker))
    });
    result.unwrap()
}

fn course(made: &Made, attacker: &Attacker, row: Row, role: &str) -> Option<Course> {
    let (mut victim, protection, flag) = making::start(TEST, role, made);
    let secret = role == "secret";
    if secret && protection != format!("{0} {0}", Protection::Secret) {
        return None;
    }
    let stops = if secret { STOPS } else { CONTROL_STOPS };
    let learn = |operation: &str, texts: &[&str]| attacker.learn(operation, texts);
    Some(making::attack(&mut victim, flag, row, (stops, secret), &made.needles, &learn))
}

/// What the control did not find: of each operation it must find something, and in all of them together every secret
/// and every kind that was there. Of a private key the numbers that follow from the others need not be found.
fn missing(controls: &[(Row, Course)]) -> BTreeSet<(&'static str, String)> {
    const FOLLOW: [&str; 3] = ["private key, dp", "private key, dq", "private key, qinv"];
    let (mut sought, mut found) = (BTreeSet::new(), BTreeSet::from(FOLLOW.map(|name| ("secret", name.to_owned()))));
    for (row, control) in controls {
        let operation = ("operation", row.operation.to_owned());
        let both: Vec<_> = control.found.intersection(&control.sought).collect();
        found.extend(both.first().map(|_| operation.clone()));
        found.extend(both.into_iter().flat_map(names));
        sought.insert(operation);
        sought.extend(control.sought.iter().flat_map(names));
    }
    &sought - &found
}

fn names((secret, kind): &(String, &str)) -> [(&'static str, String); 2] {
    [("secret", secret.clone()), ("kind", (*kind).to_owned())]
}

#[test]
fn no_key_leaks_while_it_is_made() {
    match attack::role().as_deref() {
        Some("secret") => serve(Policy::best_available()),
        Some(_) => {
            serve(Policy::at_rest(Demand::AtLeast(Protection::Plain)).in_use(Demand::Exactly(Protection::Plain)))
        }
        None => {}
    }
    let (made, attacker) = made();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut courses = Vec::new();
        while let Some(&row) = ROWS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let secret = course(&made, &attacker, row, "secret");
            let control = course(&made, &attacker, row, "in place").unwrap();
            let told = |course: &Course| format!("{} hits in {} stops", course.hits, course.stops);
            let secretly = secret.as_ref().map_or("not run".to_owned(), told);
            eprintln!("{}: {secretly}; control: {}", row.operation, told(&control));
            courses.push((row, secret, control));
        }
        courses
    };
    let courses: Vec<_> = thread::scope(|scope| {
        let workers = [(); 2].map(|()| scope.spawn(work));
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(courses.len(), ROWS.len());
    if courses.iter().any(|(_, secret, _)| secret.is_none()) {
        strongroom_testkit::skip!("this machine grants less than secret memory at rest and in use");
    }
    let mut controls = Vec::new();
    for (row, secret, control) in courses {
        let (operation, secret) = (row.operation, secret.unwrap());
        assert!(secret.stops >= STOPS, "{operation}: {} stops", secret.stops);
        assert_eq!((secret.hits, secret.found), (0, BTreeSet::new()), "{operation}");
        controls.push((row, control));
    }

    // The control goes on where something is missing: some numbers are in memory for a moment only.
    for _ in 1..attack::CONTROL_ROUNDS {
        let missing = missing(&controls);
        if missing.is_empty() {
            break;
        }
        for (row, control) in &mut controls {
            let mut sought = control.sought.iter().flat_map(names).chain([("operation", row.operation.to_owned())]);
            if sought.any(|name| missing.contains(&name)) {
                control.add(course(&made, &attacker, *row, "in place").unwrap());
            }
        }
    }
    assert_eq!(missing(&controls), BTreeSet::new());
    let kinds: BTreeSet<_> = controls.iter().flat_map(|(_, control)| &control.sought).map(|(_, kind)| kind).collect();
    assert_eq!(kinds.len(), 13, "{kinds:?}");
}
