//! Items: what a vault is full of.

pub(crate) mod bank_account;
pub(crate) mod card;
pub(crate) mod drivers_license;
pub(crate) mod field;
pub(crate) mod identity;
pub(crate) mod kind;
pub(crate) mod login;
pub(crate) mod passkey;
pub(crate) mod passport;
pub(crate) mod password_history;
pub(crate) mod secure_note;
pub(crate) mod ssh_key;

#[cfg(test)]
mod tests;

use crate::{
    code::code,
    entry::{Entry, Section},
    record::record,
};
use field::Field;
use identity::Identity;
use kind::ItemKind;
use login::Login;
use password_history::PasswordHistory;

record! {
    /// An item of a vault: what all kinds have in common, and its [kind](ItemKind).
    pub struct Item {
        /// Its id, a UUID.
        id: text = "id";
        /// The organization that owns it, if it is not personal.
        organization_id: text = "organizationId";
        /// The folder it lies in.
        folder_id: text = "folderId";
        /// The organization's collections it belongs to.
        collection_ids: list(String) = "collectionIds";
        /// Its name.
        name: text = "name";
        /// Free text; often recovery codes, and all there is to a secure note.
        notes: secret = "notes", "Notes";
        /// Whether it is marked as a favorite.
        favorite: flag = "favorite";
        /// Whether a client asks for the master password again before it shows the item.
        reprompt: code(Reprompt) = "reprompt";
        /// Custom fields.
        fields: list(Field) = "fields";
        /// Former passwords.
        password_history: list(PasswordHistory) = "passwordHistory";
        /// When it was made, ISO 8601.
        creation_date: text = "creationDate";
        /// When it was last changed, ISO 8601.
        revision_date: text = "revisionDate";
        /// When it was put into the trash, ISO 8601.
        deleted_date: text = "deletedDate";
        /// When it was archived, ISO 8601.
        archived_date: text = "archivedDate";
        +
        /// Its kind, with what that kind holds.
        kind: ItemKind;
    }
}

code! {
    /// Whether a client asks for the master password again.
    pub enum Reprompt {
        /// It does not.
        None = 0, "no";
        /// It does.
        Password = 1, "master password";
    }
}

impl Item {
    /// What a login holds, if this is one.
    pub fn login(&self) -> Option<&Login> {
        self.kind.login()
    }

    /// All that the item shows, in order: the members of its kind, addresses, passkeys, notes, custom fields, former
    /// passwords. Values that are absent, null or empty are left out, but a custom field is listed even when empty.
    ///
    /// ```
    /// # use strongroom_vault::Export;
    /// # let text = r#"{"encrypted": false, "items": [{"type": 1, "name": "x", "login": {"username": "alice", "password": "p4ss"}}]}"#;
    /// # let export = Export::parse(text)?;
    /// # let item = export.items().next().ok_or("no item")?;
    /// for entry in item.entries() {
    ///     println!("{}: {}", entry.label(), if entry.is_secret() { "********" } else { entry.expose() });
    /// }
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        self.kind.push_entries(&mut entries);
        let body = entries.clone();
        if let Some(login) = self.login() {
            for (index, uri) in login.uris().iter().enumerate() {
                uri.push_entries(Section::Uri(index), &mut entries);
                if let Some(how) = uri.r#match() {
                    entries.push(
                        Entry::new(Section::Uri(index), "match", "Match", how.to_string(), false).odd(&uri.r#match),
                    );
                }
            }
            for (index, passkey) in login.fido2_credentials().iter().enumerate() {
                passkey.push_entries(Section::Passkey(index), &mut entries);
            }
        }
        self.push_entries(Section::Notes, &mut entries);
        let full_name = || self.kind.identity().and_then(Identity::full_name);
        for (index, field) in self.fields().iter().enumerate() {
            entries.push(field.entry(index, &body, full_name()));
        }
        for (index, former) in self.password_history().iter().enumerate() {
            former.push_entries(Section::PasswordHistory(index), &mut entries);
        }
        entries
    }

    /// The entries that a user means by `name`: members of the kind, addresses (`uri`) and `notes` by their name in the
    /// format without regard to case, or, if there is none, the custom fields of exactly this name.
    pub fn entries_named(&self, name: &str) -> Vec<Entry<'_>> {
        let (mut known, mut custom) = (Vec::new(), Vec::new());
        for entry in self.entries() {
            match entry.section() {
                Section::Body | Section::Uri(_) | Section::Notes if entry.name().eq_ignore_ascii_case(name) => {
                    known.push(entry);
                }
                Section::Field(_) if entry.name() == name => custom.push(entry),
                _ => {}
            }
        }
        if known.is_empty() { custom } else { known }
    }
}
