//! Where an export has members that are not written as the format has them.

use std::{fmt, sync::Arc};

use crate::{defect::Defect, elements::Elements, member::Member, record::Record};

/// A member of an item, folder or collection that is not written as the format has it. The item is there with the rest
/// of its members, and with what can be read of this one: see [`Odd`](crate::Odd).
///
/// `Display` says which member and why, by position and names of the format. It shows no value of the file.
/// [`OddMember::name`] is plaintext and therefore asked for apart.
#[derive(Clone)]
pub struct OddMember {
    list: &'static str,
    index: Option<usize>,
    /// Shared by all of an element: a name can be as long as the file.
    id: Option<Arc<str>>,
    name: Option<Arc<str>>,
    defect: Defect,
}

impl OddMember {
    /// Returns those of a list, and those of its elements. `label` tells the id and name of an element.
    pub(crate) fn of_list<'a, T: Record + Clone>(
        list: &'static str,
        member: &'a Member<Elements<T>>,
        label: fn(&T) -> (Option<&str>, Option<&str>),
    ) -> impl Iterator<Item = OddMember> + 'a {
        let own = member.defects().iter();
        let own = own.map(move |defect| OddMember { list, index: None, id: None, name: None, defect: defect.clone() });
        let elements = member.value().into_iter().flatten().enumerate();
        own.chain(elements.flat_map(move |(index, element)| match element {
            Ok(record) => Self::of_element(list, index, &*record, label(&record)),
            Err(_) => Vec::new(),
        }))
    }

    /// Returns those of an element of a list.
    pub(crate) fn of_element<T: Record>(
        list: &'static str,
        index: usize,
        record: &T,
        (id, name): (Option<&str>, Option<&str>),
    ) -> Vec<OddMember> {
        let mut defects = Vec::new();
        record.odd_within(&mut defects);
        let (id, name) = (id.map(Arc::from), name.map(Arc::from));
        let odd = |defect: &Defect| OddMember {
            list,
            index: Some(index),
            id: id.clone(),
            name: name.clone(),
            defect: defect.clone(),
        };
        defects.into_iter().map(odd).collect()
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
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The name of the element, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where it is wrong and how.
    pub fn defect(&self) -> &Defect {
        &self.defect
    }
}

impl fmt::Display for OddMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.defect.fmt(f)
    }
}

impl fmt::Debug for OddMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OddMember").field("defect", &self.defect).finish_non_exhaustive()
    }
}
