//! The operations of an account, attacked: another process reads all memory of one that reads the secrets of an
//! account, derives keys of them and opens what lies under these, at rest and in the middle of each operation, and of a
//! control that holds the same in ordinary memory.
//!
//! The attacker made the account, so it knows every secret as bytes and as the text it is read from, what is derived of
//! them on the way (PRK, output, stretched keys, hashes), the schedules and midstates of each, and the numbers of the
//! private key. Keys that an operation makes anew are looked for by `made_leak`.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "leak/attack.rs"]
mod attack;

use std::hint::black_box;
use std::io::stdin;
use std::os::fd::AsFd;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use base64_simd::STANDARD;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use hmac::{Hmac, Mac};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use pkcs8::der::asn1::UintRef;
use rsa::{BoxedUint, Oaep, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use strongroom::extension::{ExposedKey, ScopeToken, StackBudget};
use strongroom::{
    Asymmetric, EncString, Kdf, KeyStore, KeyUses, ProtectedBytes, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    extension, hazmat,
    master_keys::MasterKeys,
    passwords::NewKdf,
    protected::ProtectedContents,
};
use strongroom_account::Error;
use strongroom_account::{
    self as account, AccessToken, AccessTokenSecret, DeviceKey, KeyConnectorKey, MasterPassword, Membership,
    RotatableKeySet, SendSecret, UnlockedOrganization, UpgradeToken,
};
use strongroom_probe::{Needles, Scanner};

use attack::{Made, Victim, add_aes, add_v1, found, fresh, secret_of};

strongroom::key_ids! {
    enum Keys;
    #[derive(Copy)]
    symmetric Key { User, Next, Organization }
    asymmetric PrivateKey { Own }
}

type Store = KeyStore<Keys>;

const TEST: &str = "no_operation_of_an_account_leaks";

const OPERATIONS: [&str; 21] = [
    "change of password",
    "key of a send",
    "a send, kept",
    "password of a send",
    "key of an access token",
    "access token",
    "payload of an access token",
    "a device is trusted",
    "a device unlocks",
    "key connector",
    "passkey",
    "PIN, old",
    "PIN again",
    "upgrade token",
    "auth request, approved",
    "auth request, completed",
    "auth request, an older answer",
    "auth request, approved for an older client",
    "organisation",
    "secret texts",
    "a function of one's own",
];

/// Stops that count for each operation.
const STOPS: usize = 50;

/// As clients have it, the e-mail address.
const SALT: &[u8] = b"ada@example.com";
const ROUNDS: u32 = 5_000;
/// After the change of the password.
const NEW_ROUNDS: u32 = 6_000;
/// What stands in a token before its secret.
const TOKEN: &str = "0.ec2c1d46-6a4b-4751-a310-af9601317f2d.C2IgxjjLF7qSshsbwe8JGcbM075YXw:";

// The process under attack.

/// What it is told, by a line each, straight into secret memory.
struct Told {
    password: ProtectedBytes,
    send: ProtectedBytes,
    token: ProtectedBytes,
    token_secret: ProtectedBytes,
    device: ProtectedBytes,
    connector: ProtectedBytes,
    prf: ProtectedBytes,
    text: ProtectedBytes,
}

fn enc(sealed: &Value, name: &str) -> EncString {
    sealed[name].as_str().unwrap().parse().unwrap()
}

fn hear(store: &Store, sealed: &Value) -> Told {
    let line = || store.read_secret_line(stdin().as_fd()).unwrap();
    let told = Told {
        password: line(),
        send: line(),
        token: line(),
        token_secret: line(),
        device: line(),
        connector: line(),
        prf: line(),
        text: line(),
    };
    let named: Result<_, Error> = store.try_transaction(|tx| {
        for id in [Key::User, Key::Next] {
            let key = hazmat::import_encoded::<_, Symmetric>(tx, line(), KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(id, key)?;
        }
        let private =
            tx.unwrap_key::<Asymmetric>(tx.key(Key::User)?, &enc(sealed, "private"), KeyUses::CONTENTS_AND_KEYS)?;
        Ok(tx.replace(PrivateKey::Own, private)?)
    });
    named.unwrap();
    told
}

/// Does it in a transaction that is rolled back.
fn rolled_back(store: &Store, work: impl FnOnce(&mut strongroom::Transaction<'_, Keys>) -> Result<(), Error>) {
    let result: Result<(), Error> = store.try_transaction(|tx| {
        work(tx)?;
        Err(Error::TornToken)
    });
    assert!(matches!(result, Err(Error::TornToken)), "{result:?}");
}

/// Writes a key as bytes and hashes it.
fn hash(inside: &ScopeToken<'_>, key: ExposedKey<'_>, (): ()) -> Option<[u8; 32]> {
    let mut bytes = [0; ExposedKey::MAX_LEN];
    let length = key.write(inside, &mut bytes)?;
    Some(Sha256::digest(bytes.get(..length)?).into())
}

fn operate(store: &Store, told: &Told, sealed: &Value, operation: &str) -> Result<(), Error> {
    let enc = |name: &str| enc(sealed, name);
    let kdf = Kdf::pbkdf2(ROUNDS)?;
    let by_password = |kdf| MasterPassword { password: &told.password, kdf, email: "ada@example.com", last: None };
    store.try_context(|ctx| {
        match operation {
            "key of a send" => drop(SendSecret::read(ctx, &told.send)?.derive_key(ctx)?),
            "a send, kept" => {
                drop(SendSecret::open(ctx, ctx.key(Key::User)?, &enc("send"))?.seal(ctx, ctx.key(Key::Next)?)?)
            }
            "password of a send" => drop(SendSecret::read(ctx, &told.send)?.password_hash(ctx, &told.password)?),
            "key of an access token" => drop(AccessTokenSecret::read(ctx, &told.token_secret)?.derive_key(ctx)?),
            "access token" => drop(AccessToken::read(ctx, &told.token)?),
            "payload of an access token" => {
                let _ = AccessToken::read(ctx, &told.token)?.unlock_organization(ctx, &enc("payload"))?;
            }
            "a device is trusted" => drop(DeviceKey::read(ctx, &told.device)?.trust(ctx, ctx.key(Key::User)?)?),
            "a device unlocks" => {
                let device = DeviceKey::read(ctx, &told.device)?;
                let _ = device.unlock(ctx, &enc("private of the device"), &enc("encapsulated"))?;
            }
            "key connector" => {
                let key = KeyConnectorKey::read(ctx, &told.connector)?;
                let _ = key.unwrap(ctx, &enc("connector"))?;
                drop(key.wrap(ctx, ctx.key(Key::User)?)?);
            }
            "passkey" => {
                let by = account::prf_key(ctx, &told.prf)?;
                let _ = RotatableKeySet::unlock(ctx, by, &enc("private of the passkey"), &enc("encapsulated"))?;
            }
            "PIN, old" => {
                let _ = account::unwrap_with_pin(ctx, &enc("pin"), &told.password, &kdf, SALT)?;
                drop(account::wrap_with_pin(ctx, ctx.key(Key::User)?, &told.password, &kdf, SALT)?);
            }
            "PIN again" => drop(account::enroll_pin_again(
                ctx,
                ctx.key(Key::User)?,
                &enc("enrolled"),
                ctx.key(Key::Next)?,
                &NewKdf::even_if_weak(kdf),
            )?),
            "upgrade token" => {
                let token = UpgradeToken { wrapped_user_key_1: enc("first"), wrapped_user_key_2: enc("second") };
                let _ = token.upgrade(ctx, ctx.key(Key::User)?)?;
                let _ = token.downgrade(ctx, ctx.key(Key::Next)?)?;
                drop(UpgradeToken::create(ctx, ctx.key(Key::User)?, ctx.key(Key::Next)?)?);
            }
            "auth request, approved" => {
                let public = STANDARD.decode_to_vec(sealed["public"].as_str().unwrap()).unwrap();
                let public = Confirmed::without_check(PublicKey::from_spki(&public).unwrap());
                drop(account::approve_auth_request(ctx, ctx.key(Key::User)?, &public)?);
            }
            "auth request, approved for an older client" => {
                let public = STANDARD.decode_to_vec(sealed["public"].as_str().unwrap()).unwrap();
                let public = Confirmed::without_check(PublicKey::from_spki(&public).unwrap());
                let master = ctx.decapsulate_master_key(ctx.key(PrivateKey::Own)?, &enc("encapsulated master"))?;
                drop(account::approve_auth_request_with_master_key(ctx, &master, &public)?);
            }
            "secret texts" => {
                for (key, name) in [(Key::User, "text"), (Key::Next, "text, type 7")] {
                    drop(ctx.decrypt_secret(ctx.key(key)?, &enc(name))?);
                    drop(ctx.encrypt_secret(ctx.key(key)?, &told.text)?);
                }
            }
            "a function of one's own" => {
                for key in [Key::User, Key::Next] {
                    assert!(
                        extension::use_key(ctx, ctx.key(key)?, StackBudget::stack(4 << 10, 24 << 10), hash, ())?
                            .is_some()
                    );
                }
            }
            _ => {}
        }
        Ok::<_, Error>(())
    })?;
    match operation {
        "auth request, completed" => rolled_back(store, |tx| {
            let _ = account::complete_auth_request(tx, PrivateKey::Own, &enc("encapsulated"))?;
            Ok(())
        }),
        "auth request, an older answer" => rolled_back(store, |tx| {
            let (answer, user) = (enc("encapsulated master"), enc("user under the master"));
            let _ = account::complete_auth_request_with_master_key(tx, PrivateKey::Own, &answer, &user)?;
            Ok(())
        }),
        "change of password" => rolled_back(store, |tx| {
            let new = by_password(Kdf::pbkdf2(NEW_ROUNDS)?);
            // A user key under a PIN of old is one under a password.
            drop(account::change_password(tx, Key::User, &by_password(kdf), &enc("pin"), &new.unchanged()?)?);
            Ok(())
        }),
        "organisation" => {
            let list = [Membership { name: Key::Organization, key: enc("organisation"), last: None }];
            store.try_transaction(|tx| {
                let found = account::unlock_organizations(tx, PrivateKey::Own, &list)?;
                let expected = matches!(found[..], [UnlockedOrganization::New(_) | UnlockedOrganization::Known(_)]);
                assert!(expected, "{found:?}");
                account::accept_organization(tx, PrivateKey::Own, &list[0]).map(drop)
            })?;
        }
        _ => {}
    }
    Ok(())
}

fn serve() -> ! {
    let sealed = attack::sealed();
    let store = Store::open().unwrap();
    let told = hear(&store, &sealed);
    attack::serve(&store, |operation| operate(&store, &told, &sealed, operation).unwrap())
}

// What follows from the secrets, by other implementations.

fn mac(key: &[u8], text: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    text.iter().for_each(|text| mac.update(text));
    mac.finalize().into_bytes().into()
}

/// HKDF-Expand of one block for each half (RFC 5869 section 2.3).
fn stretched(key: &[u8]) -> Vec<u8> {
    [b"enc\x01", b"mac\x01"].map(|info| mac(key, &[info])).concat()
}

/// Keys of 64 bytes, and 32 bytes that are on the way to one or keys of HMAC.
struct Derived {
    keys: Vec<(&'static str, Vec<u8>)>,
    halves: Vec<(&'static str, [u8; 32])>,
}

fn derived(lines: &[Vec<u8>]) -> Derived {
    let [password, send, _, token, _, connector, prf, ..] = lines else { unreachable!() };
    let send = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(send).unwrap();
    let token = STANDARD.decode_to_vec(token).unwrap();
    let connector = STANDARD.decode_to_vec(connector).unwrap();
    let shared = |name: &[u8], info: &[u8], secret: &[u8]| {
        let prk = mac(name, &[secret]);
        let mut key = vec![0; 64];
        hkdf::Hkdf::<Sha256>::from_prk(&prk).unwrap().expand(info, &mut key).unwrap();
        (prk, key)
    };
    let by_password = |salt: &[u8], rounds: u32| {
        let mut key = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, rounds, &mut key);
        key
    };
    let (send_prk, send_key) = shared(b"bitwarden-send", b"send", &send);
    let (token_prk, token_key) = shared(b"bitwarden-accesstoken", b"sm-access-token", &token);
    let pin = by_password(SALT, ROUNDS);
    let new = by_password(SALT, NEW_ROUNDS);
    Derived {
        keys: vec![
            ("key of the send", send_key),
            ("key of the token", token_key),
            ("key of the connector", stretched(&connector)),
            ("key of the passkey", stretched(prf)),
            ("key of the PIN", stretched(&pin)),
            ("key of the new password", stretched(&new)),
        ],
        halves: vec![
            ("PRK of the send", send_prk),
            ("PRK of the token", token_prk),
            ("master key of the PIN", pin),
            ("master key of the new password", new),
            ("hash of the password", by_password(&send, 100_000)),
        ],
    }
}

/// The modulus of a private key in PKCS#8, then its secret numbers, big-endian.
fn numbers(pkcs8: &[u8]) -> (Vec<u8>, [(&'static str, Vec<u8>); 6]) {
    let info = PrivateKeyInfoRef::from_der(pkcs8).unwrap();
    let key = pkcs1::RsaPrivateKey::<UintRef<'_>>::from_der(info.private_key.as_bytes()).unwrap();
    let secret = [
        ("exponent", key.private_exponent),
        ("prime 1", key.prime1),
        ("prime 2", key.prime2),
        ("exponent 1", key.exponent1),
        ("exponent 2", key.exponent2),
        ("coefficient", key.coefficient),
    ];
    (key.modulus.as_bytes().to_vec(), secret.map(|(name, number)| (name, number.as_bytes().to_vec())))
}

fn integer(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice(bytes, 8 * u32::try_from(bytes.len()).unwrap()).unwrap()
}

fn public_exponent() -> BoxedUint {
    integer(&65_537_u64.to_be_bytes())
}

/// The control: the same lines and what follows from them in ordinary memory, and the private key in use. It is told
/// that key as bytes, too.
fn serve_in_ordinary_memory() -> ! {
    let lines = attack::ordinary_lines(11);
    let derived = derived(&lines);
    let (modulus, numbers) = numbers(&STANDARD.decode_to_vec(&lines[10]).unwrap());
    attack::serve_in_ordinary_memory(|| {
        let halves = derived.halves.iter().map(|(_, half)| &half[..]);
        let macs: Vec<_> = derived.keys.iter().map(|(_, key)| &key[32..]).chain(halves).collect();
        let macs: Vec<_> = macs.iter().map(|key| Box::new(Hmac::<Sha256>::new_from_slice(key).unwrap())).collect();
        let ciphers = derived.keys.iter().map(|(_, key)| Box::new(aes::Aes256::new_from_slice(&key[..32]).unwrap()));
        let ciphers: Vec<_> = ciphers.collect();
        let [exponent, prime1, prime2, ..] = &numbers;
        let primes = vec![integer(&prime1.1), integer(&prime2.1)];
        let private =
            RsaPrivateKey::from_components(integer(&modulus), public_exponent(), integer(&exponent.1), primes);
        let mut block = [0; 16].into();
        for _ in 0..100_000 {
            black_box(&ciphers).iter().for_each(|cipher| cipher.encrypt_block(&mut block));
        }
        black_box((block, &macs, &derived, private.unwrap()));
    })
}

// The attacker.

/// 32 bytes for the holder of a private key, as an older client encrypts them.
fn encapsulated(public: &PublicKey, master: &[u8]) -> String {
    let key = RsaPublicKey::new(integer(&public.to_spki()[33..289]), public_exponent()).unwrap();
    let sealed = key.encrypt(&mut ChaCha20Rng::from_seed([7; 32]), Oaep::<Sha1>::new(), master).unwrap();
    format!("4.{}", STANDARD.encode_to_string(sealed))
}

/// What it made, and the private key as bytes.
fn made() -> (Made, Vec<u8>) {
    let store = Store::open().unwrap();
    let secret = |text: &[u8]| store.secret_text(std::str::from_utf8(text).unwrap()).unwrap();
    let result: Result<_, Error> = store.try_context(|ctx| {
        let v1 = SymmetricAlgorithm::Aes256CbcHmacSha256;
        let letters =
            |count: usize| -> Vec<u8> { fresh(ctx, v1).1.iter().take(count).map(|byte| b'a' + byte % 26).collect() };
        let (password, prf, text) = (letters(24), letters(32), letters(40));
        let kdf = Kdf::pbkdf2(ROUNDS)?;
        let (send, token) = (SendSecret::generate(ctx)?, AccessTokenSecret::generate(ctx)?);
        let connector = KeyConnectorKey::generate(ctx)?;
        let mut bytes = fresh(ctx, v1).1;
        let device = STANDARD.encode_to_string(&bytes);
        let device_key = hazmat::import_bytes(ctx, v1, &mut bytes[..], KeyUses::CONTENTS_AND_KEYS)?;
        let (user, user_bytes) = fresh(ctx, v1);
        let (next, next_bytes) = fresh(ctx, SymmetricAlgorithm::Xaes256Gcm);
        let (organization, organization_bytes) = fresh(ctx, v1);
        let master: [u8; 32] = fresh(ctx, v1).1[..32].try_into().unwrap();
        let master_key = hazmat::import_master_key(ctx, &mut master.clone())?;
        let private = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        let pkcs8 = hazmat::expose_encoded::<_, Asymmetric>(ctx, private)?.to_vec();
        let public = Confirmed::without_check(ctx.public_key(private)?);
        let passkey = account::prf_key(ctx, &secret(&prf))?;
        let token_key = token.derive_key(ctx)?;
        let payload = format!(r#"{{"encryptionKey":"{}"}}"#, STANDARD.encode_to_string(&organization_bytes));
        let upgrade = UpgradeToken::create(ctx, user, next)?;
        let sealed = json!({
            "private": ctx.wrap_key(user, private)?.to_string(),
            "private of the device": ctx.wrap_key(device_key, private)?.to_string(),
            "private of the passkey": ctx.wrap_key(passkey, private)?.to_string(),
            "encapsulated": ctx.encapsulate(user, &public)?.to_string(),
            "encapsulated master": encapsulated(&public, &master),
            "user under the master": account::wrap_user_key(ctx, &master_key, user)?.to_string(),
            "organisation": ctx.encapsulate(organization, &public)?.to_string(),
            "public": STANDARD.encode_to_string(public.to_spki()),
            "send": send.seal(ctx, user)?.to_string(),
            "payload": ctx.encrypt_text(token_key, &payload)?.to_string(),
            "connector": connector.wrap(ctx, user)?.to_string(),
            "pin": account::wrap_with_pin(ctx, user, &secret(&password), &kdf, SALT)?.to_string(),
            "enrolled": ctx.encrypt_secret(user, &secret(&password))?.to_string(),
            "first": upgrade.wrapped_user_key_1.to_string(),
            "second": upgrade.wrapped_user_key_2.to_string(),
            "text": ctx.encrypt_secret(user, &secret(&text))?.to_string(),
            "text, type 7": ctx.encrypt_secret(next, &secret(&text))?.to_string(),
        });
        let (send, token) = (send.expose()?.as_bytes().to_vec(), token.expose()?.as_bytes().to_vec());
        let connector = connector.expose()?.as_bytes().to_vec();
        let whole = [TOKEN.as_bytes(), &token].concat();

        let mut needles = Needles::new();
        needles.bytes("password", &password).unwrap();
        needles.hmac_sha256_key("password", &password).unwrap();
        needles.bytes("text of the send", &send).unwrap();
        needles.bytes("send", &base64_simd::URL_SAFE_NO_PAD.decode_to_vec(&send).unwrap()).unwrap();
        needles.bytes("token", &STANDARD.decode_to_vec(&token).unwrap()).unwrap();
        needles.bytes("text of the token", &token).unwrap();
        needles.bytes("device", &STANDARD.decode_to_vec(device.as_bytes()).unwrap()).unwrap();
        add_v1(&mut needles, "device", &STANDARD.decode_to_vec(device.as_bytes()).unwrap());
        for (name, key) in [("connector", &STANDARD.decode_to_vec(&connector).unwrap()), ("passkey", &prf)] {
            needles.bytes(name, key).unwrap();
            needles.hmac_sha256_key(name, key).unwrap();
        }
        needles.bytes("text", &text).unwrap();
        add_v1(&mut needles, "user", &user_bytes);
        add_aes(&mut needles, "next", &secret_of(&next_bytes));
        needles.bytes("organisation", &organization_bytes).unwrap();
        add_v1(&mut needles, "organisation", &organization_bytes);
        needles.bytes("master", &master).unwrap();
        needles.hmac_sha256_key("master", &master).unwrap();
        add_v1(&mut needles, "key of the master", &stretched(&master));
        for (name, mut number) in numbers(&pkcs8).1 {
            needles.bytes(name, &number).unwrap();
            number.reverse();
            needles.bytes(&format!("{name}, limbs"), &number).unwrap();
        }

        let lines =
            vec![password, send, whole, token, device.into_bytes(), connector, prf, text, user_bytes, next_bytes];
        let derived = derived(&lines);
        for (name, key) in &derived.keys {
            add_v1(&mut needles, name, key);
        }
        for (name, half) in &derived.halves {
            needles.bytes(name, half).unwrap();
            needles.hmac_sha256_key(name, half).unwrap();
        }
        Ok((Made { lines, sealed, needles }, pkcs8))
    });
    result.unwrap()
}

#[test]
fn no_operation_of_an_account_leaks() {
    match attack::role().as_deref() {
        Some("secret") => serve(),
        Some(_) => serve_in_ordinary_memory(),
        None => {}
    }
    let (mut made, pkcs8) = made();
    let scanner = Scanner::new(&made.needles).unwrap();
    if !attack::finds_nothing(TEST, &made, &scanner, &OPERATIONS, STOPS) {
        strongroom_testkit::skip!("this machine grants less than secret memory at rest and in use");
    }

    // The control: what it was told is found at rest, and each kind of what follows in use.
    let derived = derived(&made.lines);
    made.lines.push(STANDARD.encode_to_string(pkcs8).into_bytes());
    let (victim, _) = Victim::start(TEST, "ordinary", &made);
    let at_rest = found(&[victim.scan(&scanner)]);
    let texts = ["text of the send, raw", "text of the token, raw", "device, base64", "connector, base64"];
    let told = ["password, raw", "passkey, raw", "text, raw", "user, for AES, raw", "user, for HMAC, raw", "next, raw"];
    for label in texts.iter().chain(&told) {
        assert!(at_rest.contains(*label), "{label}: {at_rest:?}");
    }
    let mut expected = Vec::new();
    for (name, _) in &derived.keys {
        expected.extend([format!("{name}, for AES, raw"), format!("{name}, for HMAC, raw")]);
        expected.extend([format!("{name}, for AES, AES"), format!("{name}, for HMAC, HMAC")]);
    }
    for (name, _) in &derived.halves {
        expected.extend([format!("{name}, raw"), format!("{name}, HMAC")]);
    }
    for name in ["exponent", "prime 1", "prime 2", "exponent 1", "exponent 2"] {
        expected.push(format!("{name}, limbs, raw"));
    }
    let missing = attack::never_found(victim, &scanner, STOPS, &expected);
    assert!(missing.is_empty(), "{missing:?}");
}
