//! A context that names a key or removes one: only a transaction does.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

use strongroom::Error;

fn f(store: &KeyStore<Keys>) -> Result<(), Error> {
    #[cfg(misuse)]
    store.context(|ctx| {
        let key = ctx.generate(KeyUses::CONTENTS_AND_KEYS)?;
        ctx.insert(Key::User, key)?; //~ E0599
        ctx.remove(Key::User) //~ E0599
    })?;
    store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS_AND_KEYS)?;
        tx.insert(Key::User, key)?;
        tx.remove(Key::User)
    })
}

fn main() {
    let _ = f;
}
