//! What a password manager is about, in Bitwarden's formats: items of all kinds, folders, and exports of whole vaults.
#![forbid(unsafe_code)]

mod code;
mod codec;
mod defect;
mod entry;
mod export;
mod folder;
mod item;
mod member;
mod read;
mod record;
mod syntax;
mod unreadable;
mod write;

pub use secrecy::{ExposeSecret, SecretString};

pub use crate::{
    defect::{Defect, Problem, Shape},
    entry::{Entry, Section},
    export::{
        encrypted::EncryptedExport,
        error::ReadError,
        file::{ExportFile, Limits},
        header::{ExportHeader, HeaderError, KdfParameterError},
        plain::{Export, PlainError},
        text::FileError,
    },
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
    record::Extra,
    syntax::JsonError,
    unreadable::Unreadable,
};
