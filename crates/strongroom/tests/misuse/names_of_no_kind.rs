//! A word that is no kind is reported where it is written.
strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

#[cfg(misuse)]
strongroom::key_ids! {
    enum Unknown;
    symmetric First { User }
    symetric Second { User } //~ E0425
}

fn main() {
    let _ = Key::User;
}
