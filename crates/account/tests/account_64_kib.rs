//! An account in 200 organisations under 64 KiB of locked memory, the usual limit of older systems, as an ordinary
//! user: it is unlocked by password and PIN, opens the key of each organisation with its RSA key, and uses it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use strongroom::KeyUses;
use strongroom::{
    Asymmetric, Demand, EncString, ExposeSecret, Kdf, KeyStore, Policy, Protection,
    algorithms::SymmetricAlgorithm,
    encapsulation::{Confirmed, Encapsulate},
    hazmat,
    report::OperationKind,
};
use strongroom_account::Error;
use strongroom_account::{self as account, AccountIds, MasterPassword};
use strongroom_memory::StackBudget;
use strongroom_testkit::{Limit, needs_secret_memory, victim};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Organization(u32) }
    asymmetric PrivateKey { User }
    asymmetric SigningKey { User }
}

const IDS: AccountIds<Key, PrivateKey, SigningKey> =
    AccountIds { user: Key::User, private: PrivateKey::User, signing: Some(SigningKey::User) };

const ORGANIZATIONS: u32 = 200;

/// 64 KiB where the compiler optimises. Elsewhere RSA wants a stack of 128 KiB.
const ENOUGH: usize = StackBudget::stack(64 << 10, 160 << 10).stack;

/// The limit under which the account is made.
const MOST: u64 = 1 << 20;

const STRICT: Demand = Demand::AtLeast(Protection::Secret);

/// What the server has of the account.
struct Server {
    user: EncString,
    private: EncString,
    organizations: Vec<EncString>,
}

fn password<'p>(password: &'p strongroom::ProtectedBytes) -> MasterPassword<'p> {
    MasterPassword { password, kdf: Kdf::pbkdf2(5_000).unwrap(), email: "ada@example.com", last: None }
}

/// Makes the account, under a wider limit.
fn make() -> Result<Server, Error> {
    let store = KeyStore::<Keys>::open()?;
    let text = store.secret_text("correct horse")?;
    store.try_transaction(|tx| {
        let made = account::create_v1(tx, &IDS)?;
        let organizations = (0..ORGANIZATIONS).map(|_| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            Ok(tx.encapsulate(key, &Confirmed::without_check(made.account.public_key.clone()))?)
        });
        let organizations = organizations.collect::<Result<_, Error>>()?;
        let user = account::protect_with_password(tx, &password(&text).unchanged()?, tx.key(Key::User)?)?.user_key;
        let private = tx.wrap_key(tx.key(Key::User)?, tx.key(PrivateKey::User)?)?;
        Ok(Server { user, private, organizations })
    })
}

/// A session under the limit.
fn use_it(store: &KeyStore<Keys>, server: &Server) -> Result<(), Error> {
    let text = store.secret_text("correct horse")?;
    store.try_transaction(|tx| {
        let user = account::unlock_with_password(tx, &password(&text), &server.user)?;
        tx.replace(Key::User, user)?;
        let private = tx.unwrap_key::<Asymmetric>(tx.key(Key::User)?, &server.private, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(PrivateKey::User, private)?;
        for (number, key) in (0..).zip(&server.organizations) {
            let key = tx.decapsulate(tx.key(PrivateKey::User)?, key, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Organization(number), key)?;
        }
        Ok::<_, Error>(())
    })?;
    let keys = store.keys();
    println!("{keys}");
    // The control: there is no room for them all.
    assert!(keys.sealed > 0, "{keys}");
    store.try_context(|ctx| {
        for number in 0..ORGANIZATIONS {
            let sealed = ctx.encrypt_text(ctx.key(Key::Organization(number))?, "milk")?;
            assert_eq!(ctx.decrypt_text(ctx.key(Key::Organization(number))?, &sealed)?.expose_secret(), "milk");
        }
        let pin = store.secret_text("1234")?;
        let enrolled = account::enroll_pin(ctx, ctx.key(Key::User)?, &pin, &password(&text).unchanged()?.kdf)?;
        account::unlock_with_pin(ctx, &enrolled.envelope, &pin)?;
        hazmat::expose_encoded(ctx, ctx.key(PrivateKey::User).unwrap()).map(drop)?;
        Ok(())
    })
}

#[test]
fn an_account_of_two_hundred_organizations() {
    needs_secret_memory!();
    strongroom_testkit::needs_locked_memory!(MOST);
    let outcome = victim!().unprivileged().limit(Limit::LockedMemory, MOST).run(|| {
        let server = make().unwrap();
        strongroom_testkit::limit::set_soft(Limit::LockedMemory, ENOUGH as u64, MOST);
        let kinds = [OperationKind::Fields, OperationKind::Contents, OperationKind::Passwords, OperationKind::Rsa2048];
        let store = KeyStore::<Keys>::open_for(Policy::at_rest(STRICT).in_use(STRICT), &kinds).unwrap();
        use_it(&store, &server).unwrap();
        println!("all done");
    });
    outcome.assert_exit(0);
    assert!(outcome.stdout.contains("all done"), "{}", outcome.stdout);
    eprint!("{}", outcome.stdout);
}
