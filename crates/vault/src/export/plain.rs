//! Plain exports: a whole vault as JSON.

use std::{borrow::Cow, sync::Arc};

use zeroize::Zeroizing;

use crate::{
    codec::Codec,
    defect::{Defect, Path, Problem, Shape},
    elements::Elements,
    export::flags::{Contradiction, Flags},
    folder::{Collection, Folder},
    item::Item,
    object::DocumentError,
    odd_member::OddMember,
    record::{Object, Record, record},
    syntax::JsonError,
    unreadable::Unreadable,
    write::Writer,
};

record! {
    /// A whole vault as the official clients export it: a person's with folders, or an organization's with collections.
    ///
    /// An element of a list that cannot be read does not hide the others; [`Export::unreadable`] lists those. The lists
    /// are read one element at a time: see [`Elements`].
    pub struct Export {
        /// False, or absent, in every plain export.
        encrypted: flag = "encrypted";
        /// The folders of a personal vault.
        folders: each(Folder) = "folders";
        /// The collections of an organization's vault.
        collections: each(Collection) = "collections";
        /// The items.
        items: each(Item) = "items";
    }
}

/// Why a text is no plain export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlainError {
    /// The text is not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// JSON, but neither `items` is there, nor `encrypted` with another list.
    #[error("JSON, but not an export: it has no `items`")]
    NotAnExport,
    /// An encrypted export where a plain one was expected.
    #[error("an encrypted export where a plain one was expected")]
    Encrypted,
    /// It says that it is not encrypted and has what only encrypted exports have, or the reverse.
    #[error("contradictory export: {0}")]
    Contradiction(#[from] Contradiction),
    /// The export's frame is wrong, so that its lists cannot be found.
    #[error(transparent)]
    Malformed(#[from] Defect),
}

impl Export {
    /// Reads a plain export.
    ///
    /// # Errors
    /// [`PlainError`] if the whole cannot be read. A single bad item, folder or collection is no error:
    /// see [`Export::unreadable`].
    pub fn parse(text: &str) -> Result<Export, PlainError> {
        Export::from_text(&Arc::new(text.to_owned().into()))
    }

    /// Reads a plain export, whose lists share the text.
    pub(crate) fn from_text(text: &Arc<Zeroizing<String>>) -> Result<Export, PlainError> {
        let top = Path::document_of(text);
        let object = Object::read_document(text, &top).map_err(|error| match error {
            DocumentError::Json(error) => PlainError::Json(error),
            DocumentError::Malformed(defect) => match defect.problem() {
                Problem::Expected(Shape::Object) => PlainError::NotAnExport,
                _ => PlainError::Malformed(defect),
            },
        })?;
        Export::from_object_checked(object)
    }

    pub(crate) fn from_object_checked(object: Object<'_>) -> Result<Export, PlainError> {
        match Flags::read::<PlainError>(&object)? {
            Flags::Plain => {}
            Flags::PasswordProtected | Flags::AccountRestricted => return Err(PlainError::Encrypted),
        }
        let export = Export::from_object(object)?;
        // Where the items are must be beyond doubt.
        if let Some(defect) = export.encrypted.defects().first().or(export.items.defects().first()) {
            return Err(PlainError::Malformed(defect.clone()));
        }
        // A flag alone is no backup, and must not pass for an empty one.
        let lists = (export.items.value(), export.folders.value(), export.collections.value());
        match (export.encrypted(), lists) {
            (_, (None, None, None)) | (None, (None, ..)) => Err(PlainError::NotAnExport),
            _ => Ok(export),
        }
    }

    /// The whole as JSON, laid out as the official exporters do: two spaces, one member a line. What was read and not
    /// changed is written as it stood, in its order, with nothing left out.
    ///
    /// This is the vault in plain. The buffer is erased when it is dropped.
    pub fn expose_json(&self) -> Zeroizing<String> {
        let mut out = Writer::new();
        self.write(&mut out);
        out.finish()
    }

    /// Returns the folders, collections and items that cannot be read, and are not `null`.
    pub fn unreadable(&self) -> impl Iterator<Item = Cow<'_, Unreadable>> {
        fn bad<T: Record + Clone>(list: Option<&Elements<T>>) -> impl Iterator<Item = Cow<'_, Unreadable>> {
            list.into_iter().flatten().filter_map(Result::err).filter(|bad| !bad.is_null())
        }
        bad(self.folders.value()).chain(bad(self.collections.value())).chain(bad(self.items.value()))
    }

    /// Returns the members that are not written as the format has them, of what can be read: see [`Odd`](crate::Odd).
    pub fn odd_members(&self) -> impl Iterator<Item = OddMember> {
        let folders = OddMember::of_list("folders", &self.folders, |folder| (folder.id(), folder.name()));
        let collections = OddMember::of_list("collections", &self.collections, |one| (one.id(), one.name()));
        let items = OddMember::of_list("items", &self.items, |item| (item.id(), item.name()));
        folders.chain(collections).chain(items)
    }

    /// Returns the folder with this id. Each call reads the folders up to it, so a program that looks up many keeps them.
    pub fn folder(&self, id: &str) -> Option<Cow<'_, Folder>> {
        self.folders().find(|folder| folder.id() == Some(id))
    }
}
