//! Names of keys: text, and types of a program's own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use strongroom::{
    Asymmetric, Error, ErrorKind, ExposeSecret, KeyId, KeyStore, KeyUses, Symmetric, WeakKeyStore,
    algorithms::AsymmetricAlgorithm,
    encapsulation::{Confirmed, Encapsulate},
    errors::{Operation, Unsupported},
    names::Text,
    signatures::SignObjects,
};
use strongroom_testkit::allocations::{Counting, Taken, taken};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Store = KeyStore<Text>;

fn store() -> Store {
    Store::open().unwrap()
}

#[test]
fn text_names_keys_of_any_kind() -> Result<(), Error> {
    let store = store();
    store.transaction(|tx| {
        let notes = tx.generate(KeyUses::CONTENTS)?;
        let device = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
        tx.insert("notes", notes)?;
        tx.insert(format!("device {}", 7), device)
    })?;
    store.context(|ctx| {
        let name = String::from("notes");
        let text = ctx.encrypt_text(ctx.key(&name)?, "milk")?;
        assert_eq!(ctx.decrypt_text(ctx.key(Text::from("notes"))?, &text)?.expose_secret(), "milk");
        let device = ctx.key("device 7")?;
        let signature = ctx.sign(device, b"message")?;
        assert!(ctx.verifying_key(device)?.verify(b"message", &signature).is_ok());
        assert!(ctx.contains("notes") && ctx.contains(name) && !ctx.contains("note"));

        let unknown = ctx.key::<Symmetric>("note").unwrap_err();
        assert_eq!(unknown.to_string(), "the store holds no key \"note\" (find)");
        Ok(())
    })?;
    let mut names: Vec<String> = store.names().iter().map(Text::to_string).collect();
    names.sort();
    assert_eq!(names, ["device 7", "notes"]);
    // One name, one key: whatever its kind.
    store.transaction(|tx| {
        let notes = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
        tx.replace("notes", notes)?;
        tx.remove("device 7")
    })?;
    assert_eq!((store.names(), store.keys().named), (vec![Text::from("notes")], 1));
    store.context(|ctx| {
        ctx.sign(ctx.key("notes")?, b"message")?;
        Ok(())
    })
}

/// Where the name is text, its kind is found out when it is looked up; in a transaction too, and in its children.
#[test]
fn a_key_of_another_kind_is_not_found() -> Result<(), Error> {
    let store = store();
    let refused = |result: Result<(), Error>, expected, found| {
        let error = result.unwrap_err();
        assert_eq!(error, ErrorKind::OtherKind { expected, found });
        assert_eq!((error.operation(), error.key()), (Some(Operation::Find), Some("\"key\"")));
        assert_eq!(error.to_string(), format!("the key is {found}, and not {expected} (find, key \"key\")"));
    };
    store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS)?;
        tx.insert("key", key)?;
        refused(tx.key::<Asymmetric>("key").map(drop), "asymmetric", "symmetric");
        refused(tx.child(|child, _| child.key::<Asymmetric>("key").map(drop)), "asymmetric", "symmetric");
        Ok(())
    })?;
    store.context(|ctx| {
        refused(ctx.key::<Asymmetric>("key").map(drop), "asymmetric", "symmetric");
        ctx.key::<Symmetric>("key").map(drop)
    })
}

/// An asymmetric key says at use what its algorithm is not for.
#[test]
fn a_pair_is_asked_for_what_it_can() -> Result<(), Error> {
    let store = store();
    let unsupported = |result: Result<(), Error>, algorithm| {
        assert_eq!(result.unwrap_err(), ErrorKind::Unsupported(Unsupported::ForAlgorithm(algorithm)));
    };
    store.context(|ctx| {
        let rsa = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        let ed25519 = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
        unsupported(ctx.public_key(ed25519).map(drop), AsymmetricAlgorithm::Ed25519);
        unsupported(ctx.verifying_key(rsa).map(drop), AsymmetricAlgorithm::Rsa2048);
        unsupported(ctx.sign(rsa, b"message").map(drop), AsymmetricAlgorithm::Rsa2048);
        unsupported(ctx.verify(rsa, b"message", &[7; 64]), AsymmetricAlgorithm::Rsa2048);
        unsupported(ctx.sign_security_state(rsa, 2).map(drop), AsymmetricAlgorithm::Rsa2048);
        let sent =
            ctx.encapsulate(ctx.generate(KeyUses::CONTENTS)?, &Confirmed::without_check(ctx.public_key(rsa)?))?;
        unsupported(ctx.decapsulate(ed25519, &sent, KeyUses::CONTENTS).map(drop), AsymmetricAlgorithm::Ed25519);
        ctx.decapsulate(rsa, &sent, KeyUses::CONTENTS).map(drop)
    })
}

/// A set without a macro, with data that is not copied.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum ByHand {
    User,
    Team(String),
}

impl KeyId for ByHand {
    type Set = Self;
    type Kind = Symmetric;
}

#[test]
fn a_set_is_written_by_hand() -> Result<(), Error> {
    let store = KeyStore::<ByHand>::open()?;
    let team = ByHand::Team("seven".into());
    store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS)?;
        tx.insert(team.clone(), key)
    })?;
    assert_eq!(store.names(), std::slice::from_ref(&team));
    let missing = store.context(|ctx| ctx.key(ByHand::User).map(drop)).unwrap_err();
    assert_eq!(missing.to_string(), "the store holds no key User (find)");
    store.context(|ctx| ctx.encrypt_text(ctx.key(team)?, "milk")).map(drop)
}

mod generated {
    strongroom::key_ids! {
        /// Every enum here has this visibility.
        pub enum Keys;
        asymmetric Pair { Device }
        symmetric Key { User, Team(String) }
        #[derive(Copy)]
        symmetric Number { Is(u32) }
    }
}

#[test]
fn a_set_is_generated_in_any_order() -> Result<(), Error> {
    use generated::{Key, Keys, Number, Pair};

    let store = KeyStore::<Keys>::open()?;
    store.transaction(|tx| {
        let (key, pair) =
            (tx.generate(KeyUses::CONTENTS)?, tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?);
        tx.insert(Key::Team("seven".into()), key)?;
        tx.insert(Number::Is(7), key)?;
        tx.insert(Pair::Device, pair)
    })?;
    let mut names: Vec<String> = store.names().iter().map(|name| format!("{name:?}")).collect();
    names.sort();
    assert_eq!(names, ["Device", "Is(7)", "Team(\"seven\")"]);
    assert!(store.names().contains(&Keys::Number(Number::Is(7))));
    store.context(|ctx| {
        let [one, other] = [ctx.key(Key::Team("seven".into()))?, ctx.key(Number::Is(7))?];
        let text = ctx.encrypt_text(one, "milk")?;
        assert_eq!(ctx.decrypt_text(other, &text)?.expose_secret(), "milk");
        ctx.sign(ctx.key(Pair::Device)?, b"message")?;
        assert!(!ctx.contains(Key::User));
        Ok(())
    })
}

/// Names of a store's snapshot are found without a block of the heap, text included.
#[test]
fn a_look_up_takes_no_block() -> Result<(), Error> {
    let store = store();
    store.transaction(|tx| {
        for number in 0..1000 {
            let key = tx.generate(KeyUses::CONTENTS)?;
            tx.insert(format!("a name that is longer than some: {number}"), key)?;
        }
        Ok(())
    })?;
    store.context(|ctx| {
        let (found, blocks) = taken(|| ctx.key::<Symmetric>("a name that is longer than some: 7").map(drop));
        found?;
        assert_eq!(blocks, Taken::default());
        let (_, control) = taken(|| Text::from("the control"));
        assert_ne!(control, Taken::default());
        Ok(())
    })
}

/// No key is lost by a name that is given twice.
#[test]
fn a_name_that_is_taken_is_kept() -> Result<(), Error> {
    let store = store();
    store.generate("notes")?;
    let sealed = store.encrypt_text("notes", "milk")?;

    let taken = store.generate("notes").unwrap_err();
    assert_eq!((taken.kind(), taken.operation()), (&ErrorKind::NameTaken, Some(Operation::Insert)));
    assert_eq!(taken.to_string(), "the store holds a key \"notes\" already (insert)");
    store.transaction(|tx| {
        let key = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
        assert_eq!(tx.insert("notes", key).unwrap_err(), ErrorKind::NameTaken, "whatever the kind");
        tx.insert("new", key)?;
        assert_eq!(tx.insert("new", key).unwrap_err(), ErrorKind::NameTaken, "in this transaction too");
        tx.remove("new")?;
        tx.insert("new", key)
    })?;
    assert_eq!(store.decrypt_text("notes", &sealed)?.expose_secret(), "milk");

    store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS)?;
        tx.replace("notes", key)?;
        tx.replace("another", key)
    })?;
    assert!(store.decrypt_text("notes", &sealed).is_err());
    store.remove("notes")?;
    assert_eq!(store.remove("notes").unwrap_err(), ErrorKind::UnknownKey);
    assert!(!store.contains("notes") && store.contains("another"));

    store.lock();
    assert_eq!(store.encrypt_text("another", "milk").unwrap_err(), ErrorKind::Locked);
    assert_eq!(store.generate("another").unwrap_err(), ErrorKind::Locked, "a lock is undone by a transaction alone");
    assert!(store.is_locked());
    store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS)?;
        tx.insert("another", key)
    })?;
    store.generate("notes")
}

static LOCKED_BY_ITS_NAMES: OnceLock<WeakKeyStore<Locking>> = OnceLock::new();

/// A name that locks the store when it is dropped.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Locking(u32);

impl KeyId for Locking {
    type Set = Self;
    type Kind = Symmetric;
}

impl Drop for Locking {
    fn drop(&mut self) {
        if let Some(store) = LOCKED_BY_ITS_NAMES.get().and_then(WeakKeyStore::upgrade) {
            store.lock();
        }
    }
}

/// Names are the program's code, and run when they are dropped.
#[test]
fn a_name_that_locks_the_store_when_it_is_dropped_does_not_stop_it() {
    let (done, waits) = mpsc::channel();
    thread::spawn(move || {
        let store = KeyStore::<Locking>::open().unwrap();
        for number in 0..3 {
            store.generate(Locking(number)).unwrap();
        }
        LOCKED_BY_ITS_NAMES.set(store.downgrade()).unwrap();
        store.lock();
        done.send((store.is_locked(), store.keys().named)).unwrap();
    });
    assert_eq!(waits.recv_timeout(Duration::from_secs(60)), Ok((true, 0)));
}

/// A name that cannot be shown.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Unshown;

impl std::fmt::Debug for Unshown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("as far as")?;
        Err(std::fmt::Error)
    }
}

impl KeyId for Unshown {
    type Set = Self;
    type Kind = Symmetric;
}

#[test]
fn a_name_that_cannot_be_shown_is_no_panic() {
    let store = KeyStore::<Unshown>::open().unwrap();
    let error = store.encrypt_text(Unshown, "milk").unwrap_err();
    assert_eq!((error.kind(), error.key()), (&ErrorKind::UnknownKey, Some("as far as")));
}
