//! Two threads that make local keys in one context: each needs a child.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        #[cfg(not(misuse))]
        let ctx = &*ctx;
        std::thread::scope(|scope| {
            #[cfg(not(misuse))]
            for _ in 0..2 {
                scope.spawn(|| ctx.child(|child, _| child.generate(KeyUses::CONTENTS_AND_KEYS).is_ok()));
            }
            #[cfg(misuse)]
            scope.spawn(|| ctx.generate(KeyUses::CONTENTS_AND_KEYS).is_ok());
            #[cfg(misuse)]
            scope.spawn(|| ctx.generate(KeyUses::CONTENTS_AND_KEYS).is_ok()); //~ E0499
        });
    });
}

fn main() {
    let _ = (f, Key::User);
}
