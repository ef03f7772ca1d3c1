//! A local key made by hand.
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
        let key: LocalKey<'_> = LocalKey { index: 0, ..key }; //~ E0451
        ctx.encrypt_text(key, "milk").is_ok()
    });
}

fn main() {
    let _ = (f, Key::User);
}
