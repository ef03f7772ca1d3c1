//! The kinds of items.

use std::fmt;

use crate::{
    defect::Defect,
    entry::{Entry, Section},
    item::{
        bank_account::BankAccount, card::Card, drivers_license::DriversLicense, identity::Identity, login::Login,
        passport::Passport, secure_note::SecureNote, ssh_key::SshKey,
    },
    member::Member,
    record::{Extra, Flatten, Object, odd_within, write_member, write_odd},
    write::Writer,
};

macro_rules! kinds {
    ($( $(#[$meta:meta])* $kind:ident, $accessor:ident = $number:literal, $name:literal, $label:literal; )*) => {
        /// The kind of an item with what that kind holds.
        ///
        /// The data is a [`Member`] because an item may name its kind and have no data: `"type": 1, "login": null`.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum ItemKind {
            $( $(#[$meta])* $kind(Member<$kind>), )*
            /// A type number that this version does not know. All that such an item holds is in its
            /// [`extra`](crate::Item::extra) members.
            Other(i64),
        }

        impl ItemKind {
            /// The number that stands for it in the format.
            pub fn number(&self) -> i64 {
                match self {
                    $( ItemKind::$kind(_) => $number, )*
                    ItemKind::Other(number) => *number,
                }
            }

            /// The member of the item that holds its data (`login`, `sshKey`), which serves as its name for machines
            /// too.
            pub fn name(&self) -> Option<&'static str> {
                match self {
                    $( ItemKind::$kind(_) => Some($name), )*
                    ItemKind::Other(_) => None,
                }
            }

            $(
                #[doc = concat!("What `", $name, "` holds, if the item is of that kind and it is there.")]
                pub fn $accessor(&self) -> Option<&$kind> {
                    match self {
                        ItemKind::$kind(data) => data.value(),
                        _ => None,
                    }
                }
            )*

            pub(crate) fn push_entries<'a>(&'a self, out: &mut Vec<Entry<'a>>) {
                match self {
                    $( ItemKind::$kind(data) => {
                        if let Some(data) = data.value() {
                            data.push_entries(Section::Body, out);
                        }
                    } )*
                    ItemKind::Other(_) => {}
                }
            }
        }

        /// The name for people: `secure note`, `type 42`.
        impl fmt::Display for ItemKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $( ItemKind::$kind(_) => f.write_str($label), )*
                    ItemKind::Other(number) => write!(f, "type {number}"),
                }
            }
        }

        impl Flatten for ItemKind {
            fn take_from(object: &mut Object<'_>) -> Result<Self, Defect> {
                Ok(match object.take_kind("type", &[$( ($number, $name) ),*])? {
                    $( $number => ItemKind::$kind(object.take($name)), )*
                    other => ItemKind::Other(other),
                })
            }

            fn names(&self) -> Vec<&'static str> {
                ["type"].into_iter().chain(self.name()).collect()
            }

            fn write_member(&self, name: &str, nth: usize, extra: &Extra, out: &mut Writer) {
                if name == "type" {
                    // Unless the kind was changed.
                    match extra.odd_kind().filter(|odd| odd.value() == Some(&self.number())) {
                        Some(odd) => write_odd(out, name, nth, odd),
                        None => write_member(out, name, nth, &Member::Value(self.number())),
                    }
                } else if self.name() == Some(name) {
                    match self {
                        $( ItemKind::$kind(data) => write_member(out, name, nth, data), )*
                        ItemKind::Other(_) => {}
                    }
                }
            }

            fn odd_within<'a>(&'a self, out: &mut Vec<&'a Defect>) {
                match self {
                    $( ItemKind::$kind(data) => odd_within(data, out), )*
                    ItemKind::Other(_) => {}
                }
            }
        }
    };
}

kinds! {
    /// Type 1.
    Login, login = 1, "login", "login";
    /// Type 2.
    SecureNote, secure_note = 2, "secureNote", "secure note";
    /// Type 3.
    Card, card = 3, "card", "card";
    /// Type 4.
    Identity, identity = 4, "identity", "identity";
    /// Type 5.
    SshKey, ssh_key = 5, "sshKey", "SSH key";
    /// Type 6.
    BankAccount, bank_account = 6, "bankAccount", "bank account";
    /// Type 7.
    DriversLicense, drivers_license = 7, "driversLicense", "driver's license";
    /// Type 8.
    Passport, passport = 8, "passport", "passport";
}

/// An empty login, the most common kind.
impl Default for ItemKind {
    fn default() -> Self {
        ItemKind::Login(Member::Absent)
    }
}
