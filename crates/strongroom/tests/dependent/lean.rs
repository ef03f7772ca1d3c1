//! What a program finds that leaves out the features of `strongroom`. Built by `dependent.rs` in a package of its own:
//! in this workspace another crate turns them on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64ct::{Base64, Encoding};
use strongroom::{Asymmetric, Context, Decryptable, EncString, Encryptable, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Plaintext, Policy, UsesKey, algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm}, errors::{ImportError, ItemError, OpenError, PublicKeyError, UnavailableAlgorithm, Unsupported, VerifyError, WrongKey}, hazmat, list::Lists, report::OperationKind, rotation::WrappedKey, signatures::{SignObjects, VerifyingKey}};
use strongroom_account::{self as account, AccountIds, AccountKeys};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
    asymmetric PrivateKey { User }
    asymmetric SigningKey { User }
}

type Store = KeyStore<Keys>;

/// A store whose user key has this algorithm.
fn store(algorithm: SymmetricAlgorithm) -> Store {
    let store = Store::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let user = tx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, user)
    });
    named.unwrap();
    store
}

struct Note(String);

struct SealedNote(EncString);

impl UsesKey for Note {
    type Name = Key;
    fn uses_key(&self) -> Key {
        Key::User
    }
}

impl UsesKey for SealedNote {
    type Name = Key;
    fn uses_key(&self) -> Key {
        Key::User
    }
}

impl Encryptable<Keys> for Note {
    type Sealed = SealedNote;
    type Error = Error;
    fn encrypt<'c>(&self, ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> Result<SealedNote, Error> {
        Ok(SealedNote(ctx.encrypt_text(key, &self.0)?))
    }
}

impl Decryptable<Keys> for SealedNote {
    type Plain = Plaintext;
    type Error = Error;
    fn decrypt<'c>(&self, ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> Result<Plaintext, Error> {
        Ok(ctx.decrypt_text(key, &self.0)?)
    }
}

/// As many as are shared out where lists run in parallel.
const ITEMS: usize = 100;

fn texts() -> impl Iterator<Item = String> {
    (0..ITEMS).map(|n| format!("note {n}"))
}

#[test]
fn lists_run_in_order_on_the_callers_thread() {
    let store = store(SymmetricAlgorithm::Aes256CbcHmacSha256);
    let notes: Vec<Note> = texts().map(Note).collect();
    let mut sealed = store.encrypt_list(&notes).into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    let opened = store.decrypt_list(&sealed).into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    assert!(opened.iter().map(|text| text.expose_secret()).eq(texts()));

    for bad in [97, 41] {
        let other = store.try_context(|ctx| {
            let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS).unwrap();
            ctx.encrypt_text(key, "under another key").unwrap()
        });
        sealed[bad] = SealedNote(other);
    }
    let is_wrong = |error: &Error| *error == ErrorKind::WrongKey(WrongKey::OrChanged);
    for (n, (result, text)) in store.decrypt_list(&sealed).into_iter().zip(texts()).enumerate() {
        match result {
            Ok(opened) => assert_eq!(opened.expose_secret(), text),
            Err(error) => assert!([41, 97].contains(&n) && is_wrong(&error), "{n}: {error}"),
        }
    }
    let opened = store.try_context(|ctx| {
        ctx.try_map_list(&sealed, |child, _, note| note.decrypt(child, child.key(note.uses_key())?))
    });
    let Err(ItemError { index, error }) = opened else { unreachable!("two are wrong") };
    assert!(index == 41 && is_wrong(&error), "{index}: {error}");

    let caller = std::thread::current().id();
    let threads = store.try_context(|ctx| ctx.map_list(&notes, |_, _, _| std::thread::current().id()));
    assert_eq!(threads, [caller; ITEMS]);
}

#[test]
fn a_key_rotates_with_what_lies_under_it() {
    let store = store(SymmetricAlgorithm::XChaCha20Poly1305);
    let rotated: Result<(), Error> = store.transaction(|tx| {
        let item = tx.generate(KeyUses::CONTENTS)?;
        let signing = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
        let keys =
            [WrappedKey::Symmetric(tx.wrap_key(tx.key(Key::User)?, item)?), WrappedKey::Asymmetric(tx.wrap_key(tx.key(Key::User)?, signing)?)];
        let text = tx.encrypt_text(item, "milk")?;
        let rotation = tx.rotate(Key::User, &keys)?;
        let [item, signing] = &rotation.wrapped[..] else { unreachable!("as many as were given") };
        let item: strongroom::Key<'_> = tx.unwrap_key(tx.key(Key::User)?, item.as_enc_string(), KeyUses::CONTENTS)?;
        let again: strongroom::Key<'_, Asymmetric> = tx.unwrap_key(tx.key(Key::User)?, signing.as_enc_string(), KeyUses::CONTENTS)?;
        assert_eq!(tx.decrypt_text(item, &text)?.expose_secret(), "milk");
        tx.verifying_key(again)?.verify(b"message", &tx.sign(again, b"message")?)?;
        Ok(())
    });
    rotated.unwrap();
}

fn is_unavailable(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unsupported(Unsupported::Algorithm(error)) if is_named(*error))
}

fn is_named(error: UnavailableAlgorithm) -> bool {
    let text = "this build does not have ML-DSA-44; the feature `ml-dsa` of the crate `strongroom` adds it";
    error.to_string() == text && error.algorithm == AsymmetricAlgorithm::MlDsa44 && error.feature == "ml-dsa"
}

/// A member of an account of the official software that signs with ML-DSA-44.
fn member(name: &str) -> &'static str {
    let account = include_str!("../data/v2-account-ml-dsa-44.json");
    let (_, rest) = account.split_once(&format!("\"{name}\": \"")).unwrap();
    rest.split_once('"').unwrap().0
}

fn decoded(name: &str) -> Vec<u8> {
    Base64::decode_vec(member(name)).unwrap()
}

/// A private COSE_Key of ML-DSA-44 (RFC 9964): key type 7, the id, algorithm -48, may sign, the seed.
fn cose(seed: bool) -> Vec<u8> {
    let mut key = vec![if seed { 0xa5 } else { 0xa4 }, 1, 7, 2, 0x50];
    key.extend([7; 16]);
    key.extend([3, 0x38, 0x2f, 4, 0x81, 1]);
    if seed {
        key.extend([0x21, 0x58, 0x20]);
        key.extend([9; 32]);
    }
    key
}

#[test]
fn a_key_of_ml_dsa_44_is_neither_made_nor_imported() {
    let store = store(SymmetricAlgorithm::XChaCha20Poly1305);
    store.try_context(|ctx| {
        let made = ctx.generate_with(AsymmetricAlgorithm::MlDsa44, KeyUses::CONTENTS);
        assert!(is_unavailable(&made.unwrap_err()));

        let mut seed = [9; 32];
        let imported = hazmat::import_bytes(ctx, AsymmetricAlgorithm::MlDsa44, &mut seed, KeyUses::CONTENTS);
        assert!(matches!(imported, Err(ImportError::UnavailableAlgorithm(error)) if is_named(error)));
        assert_eq!(seed, [0; 32], "a source is erased all the same");

        let import = |bytes: &mut [u8]| hazmat::import_encoded::<Keys, Asymmetric>(ctx, bytes, KeyUses::CONTENTS);
        let imported = import(&mut cose(true));
        assert!(matches!(imported, Err(ImportError::UnavailableAlgorithm(error)) if is_named(error)));
        // A key without its private half is none with the feature either.
        assert!(matches!(import(&mut cose(false)), Err(ImportError::NotAKey)));
    });
}

#[test]
fn a_key_of_ml_dsa_44_is_not_unwrapped() {
    // What a key of type 2 encrypts as contents it unwraps as a key.
    let store = store(SymmetricAlgorithm::Aes256CbcHmacSha256);
    store.try_context(|ctx| {
        let user = ctx.key(Key::User).unwrap();
        let wrapped = ctx.encrypt_bytes(user, &cose(true)).unwrap();
        let unwrapped = ctx.unwrap_key::<Asymmetric>(user, &wrapped, KeyUses::CONTENTS);
        assert!(is_unavailable(&unwrapped.unwrap_err()));
    });
}

#[test]
fn an_account_that_signs_with_ml_dsa_44_says_why_it_does_not_open() {
    let store = Store::open().unwrap();
    let ids = AccountIds { user: Key::User, private: PrivateKey::User, signing: Some(SigningKey::User) };
    let signing_key: EncString = member("signingKey").parse().unwrap();
    let keys = AccountKeys::V2 {
        private_key: member("privateKey").parse().unwrap(),
        signing_key: signing_key.clone(),
        signed_public_key: Some(member("signedPublicKey").parse().unwrap()),
        security_state: member("securityState").parse().unwrap(),
    };
    let unlocked: Result<_, account::Error> = store.try_transaction(|tx| {
        let user = hazmat::import_encoded(tx, &mut decoded("userKey")[..], KeyUses::CONTENTS_AND_KEYS)?;
        account::unlock(tx, &ids, user, &keys)
    });
    assert!(matches!(&unlocked, Err(account::Error::Store(error)) if is_unavailable(error)));
    assert!(!store.try_context(|ctx| ctx.contains(Key::User)), "nothing is named");

    let rotated: Result<_, Error> = store.transaction(|tx| {
        let user: strongroom::Key<'_> = hazmat::import_encoded(tx, &mut decoded("userKey")[..], KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, user)?;
        tx.rotate(Key::User, &[WrappedKey::Asymmetric(signing_key)]).map(drop)
    });
    let ErrorKind::Item { index: 0, error } = rotated.unwrap_err().into_kind() else { unreachable!("of one item") };
    assert!(is_unavailable(&error), "{error:?}");
}

#[test]
fn a_signature_of_ml_dsa_44_is_not_verified() {
    let read = VerifyingKey::from_cose(&decoded("verifyingKey"));
    assert!(matches!(read, Err(PublicKeyError::UnavailableAlgorithm(error)) if is_named(error)));
    // With a key of another algorithm it is what it is with the feature: the wrong key.
    let store = store(SymmetricAlgorithm::XChaCha20Poly1305);
    let key = store.try_context(|ctx| {
        let key = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS).unwrap();
        ctx.verifying_key(key).unwrap()
    });
    let state: strongroom::signatures::SecurityState = member("securityState").parse().unwrap();
    let wrong = VerifyError::WrongAlgorithm { found: AsymmetricAlgorithm::MlDsa44, key: AsymmetricAlgorithm::Ed25519 };
    assert_eq!(state.verify(&key), Err(wrong));
}

#[test]
fn operations_of_ml_dsa_44_are_not_listed_and_not_promised() {
    assert!(!OperationKind::ALL.contains(&OperationKind::MlDsa44));
    assert!(OperationKind::ALL.contains(&OperationKind::Ed25519), "the control");
    let opened = Store::open_for(Policy::best_available(), &[OperationKind::Ed25519, OperationKind::MlDsa44]);
    let expected = OpenError::NotBuilt { name: "ML-DSA-44", feature: "ml-dsa" };
    assert_eq!(opened.err(), Some(expected));
    assert!(Store::open_for(Policy::best_available(), &[OperationKind::Ed25519]).is_ok(), "the control");
    let store = store(SymmetricAlgorithm::XChaCha20Poly1305);
    assert!(store.operations().iter().all(|report| report.kind != OperationKind::MlDsa44));
}
