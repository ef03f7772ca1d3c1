//! A transaction's local key after the transaction: what stays is what has a name.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

use strongroom::Error;

fn f(store: &KeyStore<Keys>) -> Result<(), Error> {
    store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS_AND_KEYS)?;
        tx.insert(Key::User, key)?;
        #[cfg(misuse)]
        return Ok(key); //~ lifetime may not live long enough
        #[cfg(not(misuse))]
        Ok(())
    })?;
    #[cfg(misuse)]
    let mut kept = None;
    #[cfg(misuse)]
    store.transaction(|tx| {
        kept = Some(tx.generate(KeyUses::CONTENTS_AND_KEYS)?); //~ E0521
        Ok(())
    })?;
    Ok(())
}

fn main() {
    let _ = f;
}
