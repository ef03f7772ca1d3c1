//! What is no declaration of names is reported where it is written.
strongroom::key_ids! {
    enum Keys;
    asymmetric Pair { Own(String), Of { user: u128 } }
    symmetric Key { User }
    symmetric Other { User }
    #[derive(Copy)]
    asymmetric Small { Own }
}

strongroom::key_ids! {
    pub enum Nothing;
}

#[cfg(misuse)]
strongroom::key_ids! {
    enum Visible;
    pub symmetric Third { User } //~ no rules expected `Third`
}

#[cfg(misuse)]
strongroom::key_ids! {
    symmetric Fourth { User } //~ no rules expected `symmetric`
}

fn main() {
    let _ = (Pair::Own(String::new()), Pair::Of { user: 1 }, Key::User, Other::User, Small::Own);
}
