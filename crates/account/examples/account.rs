//! Ada opens an account, unlocks it elsewhere, sets a PIN, sends a note, and takes the account to version 2. Not one
//! call shows her a key.
//!
//! Run it with `cargo run -p strongroom-account --example account`.

use strongroom::{
    EncString, ExposeSecret, Kdf, KeyStore, KeyUses, ProtectedBytes, Symmetric, algorithms::SymmetricAlgorithm,
    master_keys::MasterKeys, passwords::NewKdf,
};
use strongroom_account::Error;
use strongroom_account::{
    self as account, Account, AccountIds, AccountKeys, MasterPassword, NewPassword, PinEnrollment, SendSecret,
    UnderUserKey,
};

strongroom::key_ids! {
    /// The keys of a password manager.
    enum Keys;
    symmetric Key { User }
    asymmetric PrivateKey { User }
    asymmetric SigningKey { User }
}

type Store = KeyStore<Keys>;

const IDS: AccountIds<Key, PrivateKey, SigningKey> =
    AccountIds { user: Key::User, private: PrivateKey::User, signing: Some(SigningKey::User) };

const EMAIL: &str = "ada@example.com";

/// What the server keeps. It may be read by anybody: there is no key in it that is not encrypted.
struct Server {
    password_hash: String,
    kdf: Kdf,
    user_key: EncString,
    keys: AccountKeys,
    /// An item's key, and its name under that.
    items: Vec<(EncString, EncString)>,
}

/// The password of the account, put through what the server states and the device compares with the last time.
fn password<'p>(server: &Server, text: &'p ProtectedBytes, last: Option<&'p Account>) -> MasterPassword<'p> {
    MasterPassword { password: text, kdf: server.kdf, email: EMAIL, last }
}

/// Makes an account with one item.
fn register(store: &Store, text: &ProtectedBytes) -> Result<(Server, Account), Error> {
    store.try_transaction(|tx| {
        let mut made = account::create_v1(tx, &IDS)?;
        let new = NewPassword { password: text, kdf: NewKdf::default(), email: EMAIL };
        let protection = account::protect_with_password(tx, &new, made.user)?;
        let item = tx.generate(KeyUses::CONTENTS_AND_KEYS)?; // keys of attachments lie under it, too
        let items = vec![(tx.wrap_key(made.user, item)?, tx.encrypt_text(item, "the bank")?)];
        let password_hash = protection.authentication.expose().to_owned();
        made.account.kdf = Some(new.kdf.into());
        let server =
            Server { password_hash, kdf: new.kdf.into(), user_key: protection.user_key, keys: made.keys, items };
        Ok((server, made.account))
    })
}

/// Derives the master key once. The server gets a hash that is made with it, and it opens the user key.
///
/// Before anything is derived, the server's key derivation is compared with the one in `last`.
fn log_in(store: &Store, server: &Server, text: &ProtectedBytes, last: Option<&Account>) -> Result<Account, Error> {
    store.try_transaction(|tx| {
        let password = password(server, text, last);
        let master = password.master_key(tx)?;
        let hash = tx.authentication_hash(&master, text, strongroom::master_keys::HashPurpose::ServerAuthorization)?;
        println!("the server lets in: {}", hash.expose() == server.password_hash);
        account::unlock_account_with_master_key(tx, &IDS, &password, &master, &server.user_key, &server.keys)
    })
}

fn read_items(store: &Store, server: &Server) -> Result<(), Error> {
    store.try_context(|ctx| {
        for (key, name) in &server.items {
            let key = ctx.unwrap_key::<Symmetric>(ctx.key(Key::User)?, key, KeyUses::CONTENTS_AND_KEYS)?;
            println!("item: {}", ctx.decrypt_text(key, name)?.expose_secret());
        }
        Ok(())
    })
}

/// Only the user key that the device remembers opens.
fn unlock_with_pin(store: &Store, kept: &PinEnrollment, pin: &str, last: &Account) -> Result<(), Error> {
    let pin = store.secret_text(pin)?;
    store.try_transaction(|tx| {
        let user = account::unlock_with_pin_of(tx, &kept.envelope, &pin, &last.user_key)?;
        Ok(tx.insert(Key::User, user)?)
    })
}

/// Takes the account to version 2. The server may say no at the very end: then nothing has happened.
fn upgrade(
    store: &Store,
    server: &mut Server,
    text: &ProtectedBytes,
    last: &Account,
    server_agrees: bool,
) -> Result<Account, Box<dyn std::error::Error>> {
    let item_keys: Vec<EncString> = server.items.iter().map(|(key, _)| key.clone()).collect();
    store.try_transaction(|tx| {
        let under = UnderUserKey { last, keys: &server.keys, key_sets: &[], things: &item_keys };
        let upgraded = account::upgrade(tx, &IDS, under, SymmetricAlgorithm::Xaes256Gcm)?.rotated;
        let protection =
            account::protect_with_password(tx, &password(server, text, Some(last)).unchanged()?, upgraded.user)?;
        if !server_agrees {
            return Err("the server says no".into());
        }
        (server.user_key, server.keys) = (protection.user_key, upgraded.keys);
        server.items.iter_mut().zip(upgraded.things).for_each(|((key, _), new)| *key = new);
        Ok(upgraded.account)
    })
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let desk = Store::open()?;
    let text = desk.secret_text("correct horse")?; // a program reads it with read_secret, from a descriptor
    let (mut server, desk_remembers) = register(&desk, &text)?;

    // On the telephone, first with a slip of the finger.
    let telephone = Store::open()?;
    let slip = telephone.secret_text("correct house")?;
    match log_in(&telephone, &server, &slip, None) {
        Err(Error::WrongSecret) => println!("wrong password"),
        other => println!("unexpected: {other:?}"),
    }
    let text = telephone.secret_text("correct horse")?;
    let account = log_in(&telephone, &server, &text, None)?; // a program stores it
    println!("unlocked, version {}", account.version);
    read_items(&telephone, &server)?;

    // The server asks for a hash that is cheap to guess from.
    let honest = std::mem::replace(&mut server.kdf, Kdf::pbkdf2(5_000)?);
    match log_in(&telephone, &server, &text, Some(&account)) {
        Err(error) => println!("{error}"),
        Ok(account) => println!("unexpected: {account:?}"),
    }
    server.kdf = honest;

    // A PIN, for the next time.
    let pin = telephone.secret_text("4321")?;
    let kept = telephone.try_context(|ctx| account::enroll_pin(ctx, ctx.key(Key::User)?, &pin, &NewKdf::default()))?;
    telephone.lock();
    match unlock_with_pin(&telephone, &kept, "1234", &account) {
        Err(error) => println!("{error}; locked: {}", telephone.is_locked()),
        Ok(()) => println!("unexpected"),
    }
    unlock_with_pin(&telephone, &kept, "4321", &account)?;
    read_items(&telephone, &server)?;

    // A send: who has the link has the secret, and the server has neither.
    let (note, link) = telephone.try_context(|ctx| {
        let send = SendSecret::generate(ctx)?;
        let key = send.derive_key(ctx)?;
        Ok::<_, Error>((ctx.encrypt_text(key, "see you at six")?, send.expose()?))
    })?;
    let friend = Store::open()?;
    let link = friend.secret_text(&link)?;
    let read = friend.try_context(|ctx| {
        let key = SendSecret::read(ctx, &link)?.derive_key(ctx)?;
        Ok::<_, Error>(ctx.decrypt_text(key, &note)?)
    })?;
    println!("a friend reads: {}", read.expose_secret());

    // To version 2, all or nothing.
    let said_no = upgrade(&desk, &mut server, &text, &desk_remembers, false);
    if let Err(error) = said_no {
        println!("{error}; version {}", server.keys.version());
    }
    let desk_remembers = upgrade(&desk, &mut server, &text, &desk_remembers, true)?;
    telephone.lock();
    let account = log_in(&telephone, &server, &text, Some(&account))?;
    println!("unlocked, version {}; both remember the same: {}", account.version, account == desk_remembers);
    Ok(read_items(&telephone, &server)?)
}
