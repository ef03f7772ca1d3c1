//! A local key after its context.
use strongroom::KeyStore;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    #[cfg(not(misuse))]
    store.context(|ctx| {
        let key = ctx.generate().unwrap();
        ctx.encrypt_text(key, "milk").is_ok()
    });

    #[cfg(misuse)]
    let key = store.context(|ctx| ctx.generate().unwrap()); //~ lifetime may not live long enough

    #[cfg(misuse)]
    let mut kept = None;
    #[cfg(misuse)]
    store.context(|ctx| kept = Some(ctx.generate().unwrap())); //~ E0521
}

fn main() {
    let _ = (f, Key::User);
}
