//! The members with which every item begins in JSON, whatever the command.

use serde::Serialize;
use strongroom_vault::Item;

use crate::shelf;

/// An item in JSON, up to its name.
#[derive(Serialize)]
pub(crate) struct ItemHead<'a> {
    /// The backup, as it was given.
    pub(crate) file: &'a str,
    id: Option<&'a str>,
    pub(crate) position: usize,
    r#type: String,
    pub(crate) name: Option<&'a str>,
}

impl<'a> ItemHead<'a> {
    pub(crate) fn of(file: &'a str, position: usize, item: &'a Item) -> Self {
        Self { file, id: item.id(), position, r#type: shelf::type_name(item), name: item.name() }
    }
}
