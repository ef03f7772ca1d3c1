//! A kind of key of one's own: a kind decides what lies in secret memory.
use strongroom::KeyStore;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

#[cfg(misuse)]
enum Mine {}
#[cfg(misuse)]
impl strongroom::algorithms::Kind for Mine { //~ E0277
    type Algorithm = strongroom::algorithms::SymmetricAlgorithm; //~ E0271
    const NAME: &'static str = "mine";
}

fn f(store: &KeyStore<Keys>) {
    store.try_context(|ctx| ctx.contains(Key::User));
}

fn main() {
    let _ = f;
}
