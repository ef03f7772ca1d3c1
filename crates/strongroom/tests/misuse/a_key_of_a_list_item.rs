//! The local key of one item of a list, after that item.
use strongroom::KeyStore;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn f(store: &KeyStore<Keys>) {
    store.context(|ctx| {
        #[cfg(not(misuse))]
        ctx.map_list(&["milk", "eggs"], |child, _, _| child.generate().is_ok());

        #[cfg(misuse)]
        ctx.map_list(&["milk", "eggs"], |child, _, _| child.generate().unwrap()); //~ lifetime may not live long enough
    });
}

fn main() {
    let _ = (f, Key::User);
}
