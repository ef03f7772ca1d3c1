//! An operation whose output owns memory, borrows the secret or may have padding.
use strongroom_memory::{SecretBox, SecretMemory};

#[cfg(misuse)]
struct Padded(u8, u64);

fn f(memory: &SecretMemory, key: &SecretBox<[u8; 32]>) {
    let _ = memory.scope(|inside, key: &SecretBox<[u8; 32]>| key.expose(inside).len() as u64, key);
    #[cfg(misuse)]
    let _ = memory.scope(|inside, key: &SecretBox<[u8; 32]>| key.expose(inside).to_vec(), key); //~ E0277
    #[cfg(misuse)]
    let _ = memory.scope(|inside, key: &SecretBox<[u8; 32]>| key.expose(inside), key); //~ E0277
    #[cfg(misuse)]
    let _ = memory.scope(|_, ()| String::new(), ()); //~ E0277
    #[cfg(misuse)]
    let _ = memory.scope(|_, ()| Padded(1, 2), ()); //~ E0277
}

fn main() {
    let _ = f;
}
