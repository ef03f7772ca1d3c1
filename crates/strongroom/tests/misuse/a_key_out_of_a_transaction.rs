//! A transaction's local key after the transaction: what stays is what has a name.
use strongroom::KeyStore;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

use strongroom::Error;

fn f(store: &KeyStore<Keys>) -> Result<(), Error> {
    store.transaction(|tx| {
        let key = tx.generate()?;
        tx.name(Key::User, key)?;
        #[cfg(misuse)]
        return Ok::<_, Error>(key); //~ lifetime may not live long enough
        #[cfg(not(misuse))]
        Ok::<_, Error>(())
    })?;
    #[cfg(misuse)]
    let mut kept = None;
    #[cfg(misuse)]
    store.transaction(|tx| {
        kept = Some(tx.generate()?); //~ E0521
        Ok::<_, Error>(())
    })?;
    Ok(())
}

fn main() {
    let _ = f;
}
