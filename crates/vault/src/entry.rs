//! One line of what an item shows, the same for every kind.

use std::{borrow::Cow, fmt};

use crate::member::Member;

/// One value of an item, ready to be shown: a name, a label and whether it must be masked.
///
/// [`Item::entries`](crate::Item::entries) lists them, so that a program need not know each kind of item.
#[derive(Clone)]
pub struct Entry<'a> {
    section: Section,
    name: &'a str,
    label: &'a str,
    value: Cow<'a, str>,
    secret: bool,
    odd: bool,
    linked: Option<&'static str>,
}

/// The part of an item that an [`Entry`] belongs to. The numbers count from 0, in the order of the item's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Section {
    /// The members of the item's kind: the user name of a login, the number of a card.
    Body,
    /// A login's web address with this number.
    Uri(usize),
    /// A login's passkey with this number.
    Passkey(usize),
    /// The notes.
    Notes,
    /// The custom field with this number.
    Field(usize),
    /// The former password with this number.
    PasswordHistory(usize),
}

impl<'a> Entry<'a> {
    pub(crate) fn new(
        section: Section,
        name: &'a str,
        label: &'a str,
        value: impl Into<Cow<'a, str>>,
        secret: bool,
    ) -> Self {
        Entry { section, name, label, value: value.into(), secret, odd: false, linked: None }
    }

    /// The same, which is odd if the member that it shows is.
    pub(crate) fn odd<T>(mut self, member: &Member<T>) -> Self {
        self.odd |= !member.defects().is_empty();
        self
    }

    /// An entry of another name that shows what this one does.
    pub(crate) fn linked_from(&self, section: Section, name: &'a str, to: &'static str) -> Self {
        Entry { section, name, label: name, linked: Some(to), ..self.clone() }
    }

    /// The part of the item it belongs to.
    pub fn section(&self) -> Section {
        self.section
    }

    /// Its name in the format (`username`, `expMonth`), or a custom field's own name.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its name for people (`User name`), or a custom field's own name.
    pub fn label(&self) -> &'a str {
        self.label
    }

    /// Whether the value must be masked until its reader asks for it. The table is on the first page of this crate.
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// Whether the value is what can be read of a member that is not written as the format has it: see
    /// [`Odd`](crate::Odd).
    pub fn is_odd(&self) -> bool {
        self.odd
    }

    /// For a custom field that is linked to a member of the item's kind: the name of that member, whose value this
    /// shows.
    pub fn linked(&self) -> Option<&'static str> {
        self.linked
    }

    /// The value, secret or not.
    pub fn expose(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A custom field's name is plaintext too.
        f.debug_struct("Entry").field("section", &self.section).field("is_secret", &self.secret).finish_non_exhaustive()
    }
}
