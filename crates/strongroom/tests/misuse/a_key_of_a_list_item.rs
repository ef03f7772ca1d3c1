//! The local key of one item of a list, after that item.
use strongroom::{KeyStore, KeyUses, list::Lists};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| {
        #[cfg(not(misuse))]
        ctx.map_list(&["milk", "eggs"], |child, _, _| child.generate(KeyUses::CONTENTS_AND_KEYS).is_ok());

        #[cfg(misuse)]
        ctx.map_list(&["milk", "eggs"], |child, _, _| child.generate(KeyUses::CONTENTS_AND_KEYS).unwrap()); //~ lifetime may not live long enough
    });
}

fn main() {
    let _ = (f, Key::User);
}
