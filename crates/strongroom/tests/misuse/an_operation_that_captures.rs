//! An operation that writes a secret to a place of its caller's.
use strongroom_memory::{ScopeToken, SecretBox, SecretMemory};

fn f(memory: &SecretMemory, key: &SecretBox<[u8; 32]>) {
    let _ = memory.scope(|inside, key: &SecretBox<[u8; 32]>| key.expose(inside).len(), key);
    #[cfg(misuse)]
    let mut stolen = [0; 32];
    #[cfg(misuse)]
    let _ = memory.scope(|inside, key: &SecretBox<[u8; 32]>| stolen = **key.expose(inside), key); //~ E0308
    #[cfg(misuse)]
    let _ = key.expose(); //~ E0061
    fn keep<'i>(inside: &'i ScopeToken<'_>, key: &'i SecretBox<[u8; 32]>) -> usize {
        key.expose(inside).len()
    }
    let _ = keep;
}

fn main() {
    let _ = f;
}
