//! Where an export has members that are not written as the format has them.

use std::fmt;

use crate::{defect::Defect, member::Member, record::Record, unreadable::Unreadable};

/// A member of an item, folder or collection that is not written as the format has it. The item is there with the rest
/// of its members, and with what can be read of this one: see [`Odd`](crate::Odd).
///
/// `Display` says which member and why, by position and names of the format. It shows no value of the file.
/// [`OddMember::name`] is plaintext and therefore asked for apart.
#[derive(Clone, Copy)]
pub struct OddMember<'a> {
    list: &'static str,
    index: Option<usize>,
    id: Option<&'a str>,
    name: Option<&'a str>,
    defect: &'a Defect,
}

impl<'a> OddMember<'a> {
    /// Those of a list, and those of its elements. `label` tells the id and name of an element.
    pub(crate) fn of_list<T: Record>(
        list: &'static str,
        member: &'a Member<Vec<Result<T, Unreadable>>>,
        label: fn(&T) -> (Option<&str>, Option<&str>),
    ) -> impl Iterator<Item = OddMember<'a>> {
        let own = member.defects().iter();
        let own = own.map(move |defect| OddMember { list, index: None, id: None, name: None, defect });
        let elements = member.value().into_iter().flatten().enumerate();
        own.chain(elements.flat_map(move |(index, element)| {
            let mut defects = Vec::new();
            let (mut id, mut name) = (None, None);
            if let Ok(record) = element {
                record.odd_within(&mut defects);
                (id, name) = label(record);
            }
            defects.into_iter().map(move |defect| OddMember { list, index: Some(index), id, name, defect })
        }))
    }

    /// The list: `items`, `folders` or `collections`.
    pub fn list(&self) -> &'static str {
        self.list
    }

    /// The position in the list of the element that has the member, from 0. `None` if the member is the list itself.
    pub fn index(&self) -> Option<usize> {
        self.index
    }

    /// The id of the element, if it has one.
    pub fn id(&self) -> Option<&'a str> {
        self.id
    }

    /// The name of the element, if it has one.
    pub fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// Where it is wrong and how.
    pub fn defect(&self) -> &'a Defect {
        self.defect
    }
}

impl fmt::Display for OddMember<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.defect.fmt(f)
    }
}

impl fmt::Debug for OddMember<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OddMember").field("defect", &self.defect).finish_non_exhaustive()
    }
}
