//! What a password manager is about, in Bitwarden's formats: items of all kinds, folders, and exports of whole vaults,
//! plain or protected by a password. It handles no keys: those stay in a [`strongroom::KeyStore`].
//!
//! ```
//! use strongroom_vault::{ExportFile, ExposeSecret, Limits};
//! use strongroom::KeyStore;
//!
//! // A program names the keys it holds; to open an export it needs none.
//! strongroom::key_ids! { enum Keys; symmetric Key { User } }
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/export-password-pbkdf2.json");
//! let bytes = std::fs::read(path)?;
//! let store = KeyStore::<Keys>::open()?;
//! let export = match ExportFile::parse(&bytes, &Limits::default())? {
//!     ExportFile::PasswordProtected(file) => file.open(&store, &store.secret_text("export password")?)?,
//!     ExportFile::Plain(export) => export,
//!     _ => return Err("another kind of export".into()),
//! };
//! for bad in export.unreadable() {
//!     eprintln!("{bad}"); // items[3]: expected an object
//! }
//! for odd in export.odd_members() {
//!     eprintln!("{odd}"); // items[4].favorite: expected true or false
//! }
//! let item = export.items().next().ok_or("no item")?;
//! assert_eq!(item.name(), Some("Item 1"));
//! let login = item.login().ok_or("no login")?;
//! assert_eq!(login.username(), Some("alice"));
//! assert_eq!(login.password().map(|password| password.expose_secret()), Some("p4ss"));
//! # let _ = Key::User;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # Nothing is lost
//! What was read and not changed is written back as it stood: unknown members at every level ([`Extra`]) in their
//! place, absent members and `null` apart ([`Member`]), numbers of any size, elements that could not be read
//! ([`Unreadable`]). A member that is not written as the format has it hides nothing but itself: what can be read of it
//! is its value, and it is reported and written back as it was ([`Odd`]). Exports of the official software come back to
//! the byte. (Texts with unusual escapes, such as `\/`, come back with the usual ones; white space is laid out anew.)
//!
//! CSV holds less than a vault does: what [`Export::parse_csv`] cannot know and [`Export::expose_csv`] leaves out is
//! said there, and what was left out is counted.
//!
//! # Memory
//! An export keeps its text, and [`Elements`] reads items from it one at a time. So a file takes less than three times
//! its length of memory, beside what the key derivation takes, if an official client wrote it, and less than eight times
//! whatever is in it. Of a list within an item the first 1,024 elements are read, and an object of more than 4,096
//! members is unreadable: [`Problem::TooMany`] says so, and nothing is lost.
//!
//! # Which login is for a page
//! With the Cargo feature `uri-matching`, `LoginUri::matches` compares the address of a login with that of a page
//! (`PageUrl`), in Bitwarden's six ways. It brings the public suffix list, so it is off by default.
//!
//! # What is secret
//! Everything in a vault was encrypted, so `Debug` shows no value at all and error messages name places, never values.
//! Beyond that, the values of this table are [`Plaintext`]s, erased when dropped and to be masked on a screen; all
//! others are handed out as they are. [`Item::entries`] lists what an item shows, each entry with
//! [`Entry::is_secret`].
//!
//! | in | secret |
//! | --- | --- |
//! | every item | `notes`, `passwordHistory[].password`, `fields[].value` unless the field is text or boolean |
//! | login | `password`, `totp`, `fido2Credentials[].keyValue` |
//! | card | `number`, `code` |
//! | identity | `ssn`, `passportNumber`, `licenseNumber` |
//! | SSH key | `privateKey` |
//! | bank account | `accountNumber`, `pin`, `iban` |
//! | driver's license | `licenseNumber` |
//! | passport | `passportNumber`, `nationalIdentificationNumber` |
//! | anything | members that the format does not define, and elements that could not be read |
//!
//! Plaintext in ordinary memory is erased where that is in our hands: the decrypted text, secret values, written JSON.
//! Names, addresses and the like are ordinary strings, and the JSON reader's scratch space is its own. The reader of
//! CSV has none: it reads where the text lies. A program whose allocator zeroes what is freed, as that of the command
//! does, leaves nothing behind in what it gave back to the heap.
#![forbid(unsafe_code)]

pub mod body;
mod code;
mod codec;
mod csv;
mod defect;
mod elements;
mod entry;
mod erased_text;
mod export;
mod extra;
mod folder;
mod item;
mod member;
mod object;
mod odd;
mod odd_member;
mod read;
mod record;
mod syntax;
mod unreadable;
mod uri_checksum;
#[cfg(feature = "uri-matching")]
mod uri_matching;
pub mod whole_file;
mod write;

pub use strongroom::{ExposeSecret, Plaintext};

#[cfg(feature = "uri-matching")]
pub use crate::uri_matching::{PageUrl, PageUrlError, PatternError};
pub use crate::{
    csv::{columns::CsvError, guesses::CsvGuess, left_out::CsvLeftOut},
    defect::{Defect, Problem, Shape},
    elements::{Element, Elements, ElementsIter},
    entry::{Entry, Section},
    export::{
        encrypted::{EncryptedExport, OpenError, SealError},
        encrypted_data::EncryptedData,
        error::ReadError,
        file::{ExportFile, FileFormat, Limits},
        flags::Contradiction,
        header::{ExportHeader, HeaderError, KdfParameterError},
        other_format::OtherFormat,
        plain::{Export, PlainError},
        salt::SaltForm,
        text::FileError,
    },
    extra::Extra,
    folder::{Collection, Folder},
    item::{
        Item, Reprompt,
        bank_account::BankAccount,
        card::Card,
        drivers_license::DriversLicense,
        field::{Field, FieldType, LinkedId},
        identity::Identity,
        kind::ItemKind,
        login::{Login, LoginUri, UriMatch},
        passkey::Fido2Credential,
        passport::Passport,
        password_history::PasswordHistory,
        secure_note::{SecureNote, SecureNoteType},
        ssh_key::SshKey,
    },
    member::Member,
    odd::Odd,
    odd_member::OddMember,
    syntax::JsonError,
    unreadable::Unreadable,
    uri_checksum::{has_uri_checksum, uri_checksum},
};
