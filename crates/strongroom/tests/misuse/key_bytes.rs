//! The bytes of a key: a local key is a token, and has none.
use strongroom::KeyStore;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

use strongroom::{ExposeSecret, KeyUses, hazmat};

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        let key = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        #[cfg(misuse)]
        key.expose_secret(); //~ E0599
        #[cfg(misuse)]
        let _: &[u8] = key.as_ref(); //~ E0599
        let _ = hazmat::expose_encoded(ctx, key);
        ctx.decrypt_text(key, &ctx.encrypt_text(key, "milk").unwrap()).unwrap().expose_secret().len()
    });
}

fn main() {
    let _ = (f, Key::User);
}
