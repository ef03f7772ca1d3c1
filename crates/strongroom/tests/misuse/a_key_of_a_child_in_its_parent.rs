//! A child's local key in its parent, while the child is still there.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        ctx.child(|child, _| {
            let own = child.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
            #[cfg(misuse)]
            ctx.encrypt_text(own, "milk").unwrap(); //~ E0521
            child.encrypt_text(own, "milk").is_ok() && ctx.encrypt_text(ctx.key(Key::User).unwrap(), "milk").is_ok()
        })
    });
}

fn main() {
    let _ = f;
}
