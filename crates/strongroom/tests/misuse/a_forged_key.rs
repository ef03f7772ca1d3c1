//! A key made by hand.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        let key: strongroom::Key<'_> = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        #[cfg(misuse)]
        let key: strongroom::Key<'_> = strongroom::Key { brand: std::marker::PhantomData, ..key }; //~ E0451
        ctx.encrypt_text(key, "milk").is_ok()
    });
}

fn main() {
    let _ = (f, Key::User);
}
