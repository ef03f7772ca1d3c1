//! A new user key, and the next version: one transaction, all or nothing.

use strongroom::{
    EncString, ErrorKind, ExposeSecret, Kdf, KeyUses, ProtectedBytes, Symmetric,
    algorithms::SymmetricAlgorithm,
    encapsulation::Confirmed,
    errors::{ItemError, Operation, WrongKey},
};
use strongroom_account::Error;
use strongroom_account::{
    self as account, Account, AccountKeys, DeviceKey, MasterPassword, RotatableKeySet, UnderUserKey,
};

use super::{IDS, Key, PrivateKey, SigningKey, Store, assert_opens, encoded, secret, store, told};

/// An account with a trusted device and ten items, and what shows that its keys are what they were.
struct Made {
    store: Store,
    keys: AccountKeys,
    key_sets: Vec<Confirmed<RotatableKeySet>>,
    items: Vec<EncString>,
    names: Vec<EncString>,
    last: Account,
    note: EncString,
    device: ProtectedBytes,
    text: ProtectedBytes,
    user_key: Vec<u8>,
}

impl Made {
    fn new(algorithm: Option<SymmetricAlgorithm>) -> Self {
        let store = store();
        let text = secret(&store, "correct horse");
        let made = store.try_transaction(|tx| {
            let made = match algorithm {
                None => account::create_v1(tx, &IDS)?,
                Some(algorithm) => account::create_v2(tx, &IDS, algorithm)?,
            };
            let device = DeviceKey::generate(tx)?;
            let key_sets = vec![device.trust(tx, made.user)?.confirmed_by_user()];
            let (mut items, mut names) = (Vec::new(), Vec::new());
            for n in 0..10 {
                let item = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                items.push(tx.wrap_key(made.user, item)?);
                names.push(tx.encrypt_text(item, &format!("item {n}"))?);
            }
            let note = tx.encrypt_text(made.user, "milk")?;
            let user_key = encoded(tx, made.user);
            let secrets = (device.expose().unwrap(), user_key);
            Ok::<_, Error>((made.keys, key_sets, items, names, note, secrets, made.account))
        });
        let (keys, key_sets, items, names, note, (device, user_key), last) = made.unwrap();
        let device = secret(&store, &device);
        Self { store, keys, key_sets, items, names, last, note, device, text, user_key }
    }

    fn password(&self) -> MasterPassword<'_> {
        MasterPassword { password: &self.text, kdf: Kdf::pbkdf2(5_000).unwrap(), email: "ada@example.com", last: None }
    }

    fn under(&self) -> UnderUserKey<'_, EncString> {
        UnderUserKey { last: &self.last, keys: &self.keys, key_sets: &self.key_sets, things: &self.items }
    }

    /// That the store has the user key that it had, and everything opens under it.
    fn assert_unchanged(&self) {
        assert_opens(&self.store, Key::User, &self.note, "milk");
        self.assert_opens(&self.items);
        assert_eq!(self.store.try_context(|ctx| encoded(ctx, ctx.key(Key::User).unwrap())), self.user_key);
        let keys = self.store.keys();
        let version_2 = usize::from(self.keys.version() == 2);
        assert_eq!((keys.named, keys.prepared + keys.sealed), (2 + version_2, 2 + version_2));
    }

    fn assert_opens(&self, items: &[EncString]) {
        self.store.try_context(|ctx| {
            for (n, (item, name)) in items.iter().zip(&self.names).enumerate() {
                let key =
                    ctx.unwrap_key::<Symmetric>(ctx.key(Key::User).unwrap(), item, KeyUses::CONTENTS_AND_KEYS).unwrap();
                assert_eq!(ctx.decrypt_text(key, name).unwrap().expose_secret(), format!("item {n}"));
            }
        });
    }

    /// From nothing but what the server has, with the password and with the device, in a store that was locked.
    fn assert_unlocks(
        &self,
        keys: &AccountKeys,
        key_sets: &[RotatableKeySet],
        wrapped: &EncString,
        items: &[EncString],
    ) {
        let now = self.store.try_context(|ctx| encoded(ctx, ctx.key(Key::User).unwrap()));
        self.store.lock();
        let unlocked: Result<_, Error> = self.store.try_transaction(|tx| {
            let user = account::unlock_with_password(tx, &self.password(), wrapped)?;
            let device = DeviceKey::read(tx, &self.device)?;
            let by_device = device.unlock(tx, &key_sets[0].private_key, &key_sets[0].user_key)?;
            assert_eq!(encoded(tx, user), encoded(tx, by_device));
            account::unlock(tx, &IDS, user, keys)
        });
        assert_eq!(unlocked.unwrap().version, keys.version());
        assert_eq!(self.store.try_context(|ctx| encoded(ctx, ctx.key(Key::User).unwrap())), now);
        self.assert_opens(items);
    }
}

#[test]
fn a_new_user_key_takes_everything_along() {
    for algorithm in [None, Some(SymmetricAlgorithm::XChaCha20Poly1305), Some(SymmetricAlgorithm::Xaes256Gcm)] {
        let made = Made::new(algorithm);
        let rotated = made.store.try_transaction(|tx| {
            let rotated = account::rotate(tx, &IDS, made.under())?;
            let protection = account::protect_with_password(tx, &made.password().unchanged()?, rotated.user)?;
            Ok::<_, Error>((rotated.keys, rotated.key_sets, rotated.things, protection.user_key))
        });
        let (keys, key_sets, items, wrapped) = rotated.unwrap();
        assert_ne!(made.store.try_context(|ctx| encoded(ctx, ctx.key(Key::User).unwrap())), made.user_key);
        assert!(made.store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, &made.note)).is_err());
        assert_eq!(keys.version(), made.keys.version());
        assert_ne!(keys, made.keys);
        if let (
            AccountKeys::V2 { signed_public_key, security_state, .. },
            AccountKeys::V2 { signed_public_key: old_key, security_state: old_state, .. },
        ) = (&keys, &made.keys)
        {
            assert_eq!((signed_public_key, security_state), (old_key, old_state), "what is signed stays");
        }
        made.assert_unlocks(&keys, &key_sets, &wrapped, &items);
    }
}

#[test]
fn the_next_version_takes_everything_along() {
    let made = Made::new(None);
    let upgraded = made.store.try_transaction(|tx| {
        let upgraded = account::upgrade(tx, &IDS, made.under(), SymmetricAlgorithm::Xaes256Gcm)?;
        let rotated = upgraded.rotated;
        let protection = account::protect_with_password(tx, &made.password().unchanged()?, rotated.user)?;
        let parts = (rotated.keys, rotated.key_sets, rotated.things, protection.user_key);
        Ok::<_, Error>((parts, rotated.account, upgraded.token))
    });
    let ((keys, key_sets, items, wrapped), account, token) = upgraded.unwrap();
    assert_eq!((account.version, account.security_version), (2, Some(2)));
    assert_eq!(account.former_user_keys, [made.last.user_key]);
    let verifying = account.verifying_key.clone().unwrap();
    assert_eq!(keys.version(), 2);
    made.store.try_context(|ctx| {
        let signature = ctx.sign(ctx.key(SigningKey::User).unwrap(), b"message").unwrap();
        verifying.verify(b"message", &signature).unwrap();
        let v1 = token.downgrade(ctx, ctx.key(Key::User).unwrap()).unwrap();
        assert_eq!(encoded(ctx, v1), made.user_key);
        assert_eq!(ctx.decrypt_text(v1, &made.note).unwrap().expose_secret(), "milk");
        let v2 = token.upgrade(ctx, v1).unwrap();
        assert_eq!(encoded(ctx, v2), encoded(ctx, ctx.key(Key::User).unwrap()));
    });
    made.assert_unlocks(&keys, &key_sets, &wrapped, &items);

    let under = UnderUserKey { last: &account, keys: &keys, key_sets: &[], things: &items };
    let again: Result<(), Error> =
        made.store.try_transaction(|tx| account::upgrade(tx, &IDS, under, SymmetricAlgorithm::Xaes256Gcm).map(drop));
    assert_eq!(again, Err(Error::WrongVersion { user_key: SymmetricAlgorithm::Xaes256Gcm, version: 2 }));
}

/// Each thing that can be wrong: said, with its place, and the store is as it was.
#[test]
fn what_does_not_move_leaves_everything_as_it_was() {
    for algorithm in [None, Some(SymmetricAlgorithm::Xaes256Gcm)] {
        let made = Made::new(algorithm);
        let rotate = |under: UnderUserKey<'_, EncString>| -> Error {
            let rotated = made.store.try_transaction(|tx| account::rotate(tx, &IDS, under).map(drop)).unwrap_err();
            made.assert_unchanged();
            if algorithm.is_none() {
                let algorithm = SymmetricAlgorithm::Xaes256Gcm;
                let upgraded = made.store.try_transaction(|tx| account::upgrade(tx, &IDS, under, algorithm).map(drop));
                assert_eq!(upgraded.unwrap_err().to_string(), rotated.to_string());
                made.assert_unchanged();
            }
            rotated
        };
        let mut items = made.items.clone();
        items[7] = made.names[7].clone();
        let error = rotate(UnderUserKey { things: &items, ..made.under() });
        assert!(matches!(&error, Error::Item(item) if item.index == 7), "{error:?}");

        let mut key_sets = made.key_sets.clone();
        let broken = RotatableKeySet { public_key: made.note.clone(), ..key_sets[0].clone().into_inner() };
        key_sets[0] = broken.confirmed_by_user();
        let error = rotate(UnderUserKey { key_sets: &key_sets, ..made.under() });
        assert_eq!(error, ItemError { index: 0, error: Error::NotAPublicKey }.into());

        let other = Made::new(algorithm);
        let error = rotate(UnderUserKey { keys: &other.keys, ..made.under() });
        let (kind, operation) = told(error);
        match algorithm {
            None => assert_eq!(kind, ErrorKind::WrongKey(WrongKey::OrChanged)),
            Some(_) => assert!(matches!(kind, ErrorKind::WrongKey(WrongKey::Id { .. })), "{kind:?}"),
        }
        assert_eq!(operation, Some(Operation::Unwrap));
    }
}

/// The program's own work in the transaction fails, for instance the server says no.
#[test]
fn who_says_no_in_the_end_undoes_all() {
    let made = Made::new(None);
    let password = made.password();
    let said_no: Result<(), Error> = made.store.try_transaction(|tx| {
        let upgraded = account::upgrade(tx, &IDS, made.under(), SymmetricAlgorithm::Xaes256Gcm)?;
        account::protect_with_password(tx, &password.unchanged()?, upgraded.rotated.user)?;
        assert!(tx.contains(SigningKey::User));
        Err(Error::WrongSecret)
    });
    assert_eq!(said_no, Err(Error::WrongSecret));
    made.assert_unchanged();
    assert!(!made.store.try_context(|ctx| ctx.contains(SigningKey::User)));

    // Somebody else rotates meanwhile.
    let mut inner = None;
    let outer: Result<(), Error> = made.store.try_transaction(|tx| {
        account::rotate(tx, &IDS, made.under())?;
        let rotated =
            made.store.try_transaction(|tx| account::rotate(tx, &IDS, made.under()).map(|made| made.things))?;
        inner = Some(rotated);
        Ok(())
    });
    let Err(Error::Store(error)) = outer else { unreachable!("{outer:?}") };
    assert_eq!((error.kind(), error.operation()), (&ErrorKind::Conflict, Some(Operation::Commit)));
    assert_eq!(error.key(), Some("User"));
    made.assert_opens(&inner.unwrap());
    assert!(made.store.try_context(|ctx| ctx.contains(PrivateKey::User)));

    made.store.lock();
    let locked: Result<(), Error> = made.store.try_transaction(|tx| account::rotate(tx, &IDS, made.under()).map(drop));
    assert_eq!(locked.unwrap_err().to_string(), "the store holds no key User (find)");
}
