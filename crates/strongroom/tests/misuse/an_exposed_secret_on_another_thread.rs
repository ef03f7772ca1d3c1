//! A thread that an operation starts reads a secret: its stack is an ordinary one.
use strongroom_memory::{SecretBox, SecretMemory};

fn f(memory: &SecretMemory, key: &SecretBox<[u8; 32]>) {
    let _ = memory.scope(
        |inside, key: &SecretBox<[u8; 32]>| {
            let bytes = key.expose(inside);
            #[cfg(misuse)]
            std::thread::scope(|threads| threads.spawn(|| bytes[0]).join().is_ok()); //~ E0277
            let length = bytes.len();
            std::thread::scope(|threads| threads.spawn(|| length + 1).join().is_ok())
        },
        key,
    );
}

fn main() {
    let _ = f;
}
