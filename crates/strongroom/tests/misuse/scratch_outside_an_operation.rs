//! Working memory that an operation left a secret in is read outside.
use strongroom_memory::{Scratch, SecretBox, SecretMemory};

fn f(memory: &SecretMemory, key: &SecretBox<[u8; 32]>, scratch: &mut Scratch<u8>) {
    let _ = memory.scope(
        |inside, (key, scratch): (&SecretBox<[u8; 32]>, &mut Scratch<u8>)| {
            scratch.as_mut_slice(inside).copy_from_slice(key.expose(inside).as_slice());
        },
        (key, &mut *scratch),
    );
    #[cfg(misuse)]
    let _ = scratch.as_mut_slice(); //~ E0061
}

fn main() {
    let _ = f;
}
