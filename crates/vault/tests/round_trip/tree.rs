//! JSON as a tree that keeps what a tree of serde_json does not: order, names written twice, the spelling of numbers.
//! Built apart from the crate's own reader and writer, to judge them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    /// A string, number, `true`, `false` or `null`, as it is written.
    Leaf(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    pub(crate) fn parse(json: &str) -> Tree {
        match json.as_bytes()[0] {
            b'{' => {
                let Members(members) = serde_json::from_str(json).unwrap();
                Tree::Object(members.into_iter().map(|(name, json)| (name, Tree::parse(json.get()))).collect())
            }
            b'[' => {
                let elements: Vec<Box<RawValue>> = serde_json::from_str(json).unwrap();
                Tree::List(elements.iter().map(|json| Tree::parse(json.get())).collect())
            }
            _ => Tree::Leaf(json.to_owned()),
        }
    }

    /// Every object in it, itself included, from the outside in.
    pub(crate) fn each_object(&mut self, change: &mut impl FnMut(&mut Vec<(String, Tree)>)) {
        match self {
            Tree::Leaf(_) => {}
            Tree::List(elements) => elements.iter_mut().for_each(|element| element.each_object(change)),
            Tree::Object(members) => {
                change(members);
                members.iter_mut().for_each(|(_, value)| value.each_object(change));
            }
        }
    }

    fn lay_out(&self, indent: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (brackets, len) = match self {
            Tree::Leaf(text) => return f.write_str(text),
            Tree::List(elements) => (["[", "]"], elements.len()),
            Tree::Object(members) => (["{", "}"], members.len()),
        };
        f.write_str(brackets[0])?;
        for index in 0..len {
            write!(f, "{}\n{:2$}", if index > 0 { "," } else { "" }, "", indent + 2)?;
            let value = match self {
                Tree::Object(members) => {
                    write!(f, "{}: ", serde_json::to_string(&members[index].0).unwrap())?;
                    &members[index].1
                }
                Tree::List(elements) => &elements[index],
                Tree::Leaf(_) => unreachable!(),
            };
            value.lay_out(indent + 2, f)?;
        }
        if len > 0 {
            write!(f, "\n{:1$}", "", indent)?;
        }
        f.write_str(brackets[1])
    }
}

/// Two spaces, one member a line: JavaScript's `JSON.stringify(value, null, 2)`.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lay_out(0, f)
    }
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Each)
    }
}
