//! A key in a context inside its own.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.try_context(|one| {
        let key = one.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        store.try_context(|other| {
            #[cfg(misuse)]
            other.encrypt_text(key, "milk").unwrap(); //~ E0521
            other.encrypt_text(other.key(Key::User).unwrap(), "milk").is_ok()
        }) && one.encrypt_text(key, "milk").is_ok()
    });
}

fn main() {
    let _ = f;
}
