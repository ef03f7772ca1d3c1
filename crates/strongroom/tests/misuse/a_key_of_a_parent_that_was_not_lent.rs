//! A parent's local key in its child, without being lent.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        let outer = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        #[cfg(misuse)]
        ctx.child(|child, _| child.encrypt_text(outer, "milk").is_ok()); //~ E0521
        ctx.child(|child, parent| child.encrypt_text(parent.lend(outer), "milk").is_ok())
    });
}

fn main() {
    let _ = (f, Key::User);
}
