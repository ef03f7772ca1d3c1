//! A key of one store in a context of another.
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
            other.wrap_key(other.key(Key::User).unwrap(), key).unwrap(); //~ E0521
            other.wrap_key(other.key(Key::User).unwrap(), other.key(Key::User).unwrap()).is_ok()
        }) && one.wrap_key(one.key(Key::User).unwrap(), key).is_ok()
    });
}

fn main() {
    let _ = f;
}
