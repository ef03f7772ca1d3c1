//! A closure that captures enters an operation as something public, and so does a place to leave secrets in.
use strongroom_memory::{ScopeToken, PublicInput, SecretBox, SecretMemory};

#[derive(Clone, Copy)]
struct Rounds(u32);
impl PublicInput for Rounds {}

type Key = SecretBox<[u8; 32]>;

#[cfg(misuse)]
#[derive(Clone, Copy)]
struct Hook<'a>(&'a dyn Fn(&ScopeToken<'_>, &Key));
#[cfg(misuse)]
#[rustfmt::skip]
impl PublicInput //~ E0478
    for Hook<'_> {} //~ E0803

#[cfg(misuse)]
struct Place(std::cell::Cell<u8>);
#[cfg(misuse)]
impl PublicInput for Place {} //~ E0277

fn f(memory: &SecretMemory, key: &Key) {
    let operation = |_: &ScopeToken<'_>, (rounds, _): (&Rounds, &Key)| rounds.0;
    let _ = memory.scope(operation, (&Rounds(3), key));
}

fn main() {
    let _ = f;
}
