//! A context on a thread that may outlive it.
use strongroom::KeyStore;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &'static KeyStore<Keys>) {
    store.try_context(|ctx| {
        let ctx = &*ctx;
        std::thread::scope(|scope| {
            scope.spawn(move || ctx.encrypt_text(ctx.key(Key::User).unwrap(), "milk").is_ok());
        });
        #[cfg(misuse)]
        std::thread::spawn(move || ctx.encrypt_text(ctx.key(Key::User).unwrap(), "milk").is_ok()); //~ E0521
    });
}

fn main() {
    let _ = f;
}
