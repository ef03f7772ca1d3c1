//! A local key of one store in a context of another.
use strongroom::{KeyStore, KeyUses};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(here: &KeyStore<Keys>, there: &KeyStore<Keys>) {
    here.try_context(|one| {
        let key = one.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        there.try_context(|other| {
            #[cfg(misuse)]
            other.wrap_key(Key::User, key).unwrap(); //~ E0521
            other.wrap_key(Key::User, Key::User).is_ok()
        }) && one.wrap_key(Key::User, key).is_ok()
    });
}

fn main() {
    let _ = f;
}
