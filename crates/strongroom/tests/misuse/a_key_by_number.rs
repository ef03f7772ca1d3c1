//! A local key made of its number.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

use strongroom::LocalKey;

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        let key: LocalKey<'_> = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        #[cfg(misuse)]
        let key: LocalKey<'_> = LocalKey::new(0); //~ E0624
        ctx.encrypt_text(key, "milk").is_ok()
    });
}

fn main() {
    let _ = (f, Key::User);
}
