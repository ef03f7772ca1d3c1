//! A parent's local key in its child, without being lent.
use strongroom::KeyStore;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.context(|ctx| {
        let outer = ctx.generate().unwrap();
        ctx.child(|child, parent| {
            #[cfg(misuse)]
            child.encrypt_text(outer, "milk").unwrap(); //~ E0521
            child.encrypt_text(parent.lend(outer), "milk").is_ok()
        })
    });
}

fn main() {
    let _ = (f, Key::User);
}
