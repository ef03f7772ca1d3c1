//! A key after its context.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    #[cfg(not(misuse))]
    store.try_context(|ctx| {
        let key = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        ctx.encrypt_text(key, "milk").is_ok()
    });

    #[cfg(misuse)]
    let key = store.try_context(|ctx| ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap()); //~ lifetime may not live long enough

    #[cfg(misuse)]
    let looked_up = store.try_context(|ctx| ctx.key(Key::User).unwrap()); //~ lifetime may not live long enough

    #[cfg(misuse)]
    let mut kept = None;
    #[cfg(misuse)]
    store.try_context(|ctx| kept = Some(ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap())); //~ E0521
}

fn main() {
    let _ = (f, Key::User);
}
