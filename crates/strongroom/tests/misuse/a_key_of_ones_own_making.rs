//! A key made by the constructor that contexts use.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        let key: strongroom::Key<'_> = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        #[cfg(misuse)]
        let key: strongroom::Key<'_> = strongroom::Key::named(unreachable!()); //~ E0624
        ctx.encrypt_text(key, "milk").is_ok()
    });
}

fn main() {
    let _ = (f, Key::User);
}
