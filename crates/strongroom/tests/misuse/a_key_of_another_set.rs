//! A name of another program's set.
use strongroom::KeyStore;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

mod other {
    strongroom::key_ids! {
        pub enum Keys;
        symmetric Key { User }
    }
}

fn f(store: &KeyStore<Keys>, others: &KeyStore<other::Keys>) {
    store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User).unwrap(), "milk").is_ok());
    others.try_context(|ctx| ctx.key(other::Key::User).is_ok());
    #[cfg(misuse)]
    store.try_context(|ctx| ctx.key(other::Key::User).is_ok()); //~ E0271
    #[cfg(misuse)]
    others.try_context(|ctx| ctx.contains(Key::User)); //~ E0277
    #[cfg(misuse)]
    others.try_context(|ctx| ctx.key::<strongroom::Symmetric>("user").is_ok()); //~ E0277
}

fn main() {
    let _ = f;
}
