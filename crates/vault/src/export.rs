//! Exports: files that hold a whole vault.

pub(crate) mod encrypted;
pub(crate) mod encrypted_data;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod flags;
pub(crate) mod format_signatures;
pub(crate) mod header;
pub(crate) mod other_format;
pub(crate) mod plain;
pub(crate) mod salt;
pub(crate) mod text;
pub(crate) mod zip_entries;
