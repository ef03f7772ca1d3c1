//! The victims that hold their keys in a store.

use std::hint::black_box;
use std::io;
use std::os::fd::AsFd;

use strongroom::{Demand, EncString, Kdf, KeyStore, Policy, Protection, SecretBytes, Symmetric};

use crate::account::{Sealed, TEXT};
use crate::operation::Operation;
use crate::reference::{COST, ROUNDS};
use crate::victim::{BATCH, Failed, Holder, serve};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Master, User, Other }
}

/// A store that does not switch stacks.
pub(crate) fn in_place() -> Policy {
    Policy::at_rest(Demand::AtLeast(Protection::Plain)).in_use(Demand::Exactly(Protection::Plain))
}

/// A store whose workspaces can be read by others: what is wiped in them shows.
pub(crate) fn readable_workspaces() -> Policy {
    Policy::at_rest(Demand::AtLeast(Protection::Locked)).in_use(Demand::Exactly(Protection::Locked))
}

struct Store {
    store: KeyStore<Keys>,
    password: SecretBytes,
    salt: String,
    other: EncString,
    text: EncString,
    pbkdf2: Kdf,
    argon2id: Kdf,
}

/// Reads the password from standard input, derives a key from it, unwraps others, uses them, names them, and serves.
pub(crate) fn hold(policy: Policy, sealed: &Sealed) -> Result<(), Failed> {
    let store = KeyStore::<Keys>::open(policy)?;
    let password = store.read_secret_line(io::stdin().as_fd())?;
    let (user, other): (EncString, EncString) = (sealed.user.parse()?, sealed.other.parse()?);
    let text: EncString = sealed.text.parse()?;
    let pbkdf2 = Kdf::pbkdf2(ROUNDS)?;
    store.transaction(|tx| -> Result<_, Failed> {
        let master = tx.derive_from_password(&password, &pbkdf2, sealed.salt.as_bytes())?;
        let user = tx.unwrap(master, &user)?;
        let other = tx.unwrap(user, &other)?;
        tx.name(Key::Master, master)?;
        tx.name(Key::User, user)?;
        tx.name(Key::Other, other)?;
        Ok(())
    })?;
    let argon2id = Kdf::argon2id(COST.iterations, COST.memory_kib / 1024, COST.lanes)?;
    let protection = store.protection().to_string();
    let holder = Store { store, password, salt: sealed.salt.clone(), other, text, pbkdf2, argon2id };
    // What it cannot do is told before it is attacked.
    for &operation in Operation::ALL {
        if operation != Operation::Argon2id {
            holder.operate(operation)?;
        }
    }
    serve(holder, &protection)
}

impl Holder for Store {
    /// The store itself: it is locked, not gone.
    type Locked = KeyStore<Keys>;

    fn lock(self) -> KeyStore<Keys> {
        self.store.lock();
        self.store
    }

    fn operate(&self, operation: Operation) -> Result<(), Failed> {
        self.store.context(|ctx| {
            match operation {
                Operation::Encrypt => drop(black_box(ctx.encrypt_text(Key::User, TEXT)?)),
                Operation::Decrypt => drop(black_box(ctx.decrypt_text(Key::User, &self.text)?)),
                Operation::Wrap => drop(black_box(ctx.wrap(Key::User, Key::Other)?)),
                Operation::Unwrap => drop(black_box(ctx.unwrap::<Symmetric>(Key::User, &self.other)?)),
                Operation::Generate => drop(black_box(ctx.generate()?)),
                Operation::Pbkdf2 | Operation::Argon2id => {
                    let kdf = if operation == Operation::Pbkdf2 { &self.pbkdf2 } else { &self.argon2id };
                    black_box(ctx.derive_from_password(&self.password, kdf, self.salt.as_bytes())?);
                }
            }
            Ok(())
        })
    }

    fn generate(&self, made: &mut dyn FnMut() -> io::Result<()>) -> Result<Vec<String>, Failed> {
        self.store.context(|ctx| {
            let keys = (0..BATCH).map(|_| ctx.generate()).collect::<Result<Vec<_>, _>>()?;
            made()?;
            keys.into_iter().map(|key| Ok(ctx.wrap(Key::User, key)?.to_string())).collect()
        })
    }
}
