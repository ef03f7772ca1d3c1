//! A child's local key in another child of the same parent.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        let outer = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        ctx.child(|one, _| {
            let own = one.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
            #[cfg(misuse)]
            ctx.child(|other, _| other.encrypt_text(own, "milk").is_ok()); //~ E0521
            ctx.child(|other, parent| other.encrypt_text(parent.lend(outer), "milk").is_ok()) && one.encrypt_text(own, "milk").is_ok()
        })
    });
}

#[cfg(misuse)]
fn lent_by_another(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        ctx.child(|one, _| {
            let own = one.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
            ctx.child(|other, parent| other.encrypt_text(parent.lend(own), "milk").is_ok()) //~ E0521
        })
    });
}

fn main() {
    let _ = (f, Key::User);
}
