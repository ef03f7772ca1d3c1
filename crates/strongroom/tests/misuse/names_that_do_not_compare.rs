//! Names that cannot be compared, or not be put into their set, are reported where they are written.
use strongroom::{KeyId, Symmetric};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

#[cfg(misuse)]
strongroom::key_ids! {
    enum Compared;
    symmetric Fifth {
        User,
        Weight(f32), //~ E0277
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum ByHand {
    User,
}

impl KeyId for ByHand {
    type Set = Self;
    type Kind = Symmetric;
}

#[cfg(misuse)]
struct Bare;

#[cfg(misuse)]
impl KeyId for Bare { //~ E0277
    type Set = Self; //~ E0277
    type Kind = Symmetric;
}

fn main() {
    let _ = (Key::User, ByHand::User);
}
