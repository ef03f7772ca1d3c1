//! What is wrong with a piece of JSON or a row of CSV and where it stands, without ever quoting it.
//!
//! The messages of serde_json quote values ("invalid type: string \"hunter2\""), and here values are plaintext.
//! A [`Defect`] is made of names from the format and of positions alone.

use std::{fmt, sync::Arc};

use zeroize::Zeroizing;

/// A place in the document that is wrong, and what was expected there. Holds no value of the document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct Defect {
    path: String,
    problem: Problem,
}

impl Defect {
    /// Where, from the top of the document: `items[3].login.uris[0].match`; `(document)` for the whole. In CSV the row,
    /// from 1 for that of the names, and the column: `row 5, login_password`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    pub fn problem(&self) -> Problem {
        self.problem
    }
}

/// What is wrong at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The value has another JSON type than the format gives it.
    #[error("expected {0}")]
    Expected(Shape),
    /// The member must be present and is absent or null.
    #[error("is missing")]
    Missing,
    /// The object names this member twice, so that its value is open to doubt.
    #[error("stands there twice")]
    Duplicate,
    /// A string, or the name of a member, holds an unpaired surrogate (`\ud800`) and so is no Unicode text.
    #[error("holds a `\\u` escape that is no character")]
    NotUnicode,
    /// A list has more elements, or an object more members, than are read one by one.
    #[error("has more than {max} elements or members")]
    TooMany {
        /// How many are read.
        max: usize,
    },
    /// A cell of CSV is not UTF-8.
    #[error("is not UTF-8 text")]
    NotUtf8,
    /// A row of CSV has a cell in quotes that does not end, or goes on behind its end.
    #[error("a cell's quotes do not match")]
    Quotes,
    /// A row of CSV has more cells than there are columns, or ends before both the type and the name.
    #[error("{found} cells, where there are {columns} columns")]
    Cells {
        /// How many cells.
        found: usize,
        /// How many columns.
        columns: usize,
    },
}

/// What the format wants at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// A JSON object.
    Object,
    /// A JSON array.
    List,
    /// A JSON string.
    Text,
    /// A whole number of at most 64 bits, written without fraction or exponent.
    WholeNumber,
    /// `true` or `false`.
    Boolean,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shape::Object => "an object",
            Shape::List => "a list",
            Shape::Text => "text",
            Shape::WholeNumber => "a whole number",
            Shape::Boolean => "true or false",
        })
    }
}

/// The way from the top of the document to a value, kept on the stack and written out only for a defect.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Top,
    /// The top of a text that may be shared.
    Document(&'a Arc<Zeroizing<String>>),
    /// Only names that the format defines: an unknown name might itself be a secret.
    Name(&'static str),
    Index(usize),
    /// A row of CSV, from 1.
    Row(usize),
}

impl<'a> Path<'a> {
    pub(crate) const TOP: Path<'static> = Path { parent: None, step: Step::Top };

    /// Returns the top of a text that lists may share: see [`document`](Self::document).
    pub(crate) fn document_of(text: &'a Arc<Zeroizing<String>>) -> Path<'a> {
        Path { parent: None, step: Step::Document(text) }
    }

    /// Returns the text that the way begins at, if it may be shared.
    pub(crate) fn document(&self) -> Option<&'a Arc<Zeroizing<String>>> {
        match (self.parent, self.step) {
            (_, Step::Document(text)) => Some(text),
            (Some(parent), _) => parent.document(),
            (None, _) => None,
        }
    }

    pub(crate) fn row(number: usize) -> Path<'static> {
        Path { parent: None, step: Step::Row(number) }
    }

    pub(crate) fn member(&'a self, name: &'static str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Name(name) }
    }

    pub(crate) fn element(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    pub(crate) fn defect(&self, problem: Problem) -> Defect {
        Defect { path: self.to_string(), problem }
    }

    /// The name of the nearest list or member above or at this place.
    pub(crate) fn name(&self) -> Option<&'static str> {
        match self.step {
            Step::Name(name) => Some(name),
            _ => self.parent.and_then(Path::name),
        }
    }
}

impl fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let above = self.parent.filter(|p| !matches!(p.step, Step::Top | Step::Document(_)));
        if let Some(parent) = above {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Top | Step::Document(_) => f.write_str("(document)"),
            Step::Row(number) => write!(f, "row {number}"),
            Step::Name(name) if above.is_some_and(|above| matches!(above.step, Step::Row(_))) => write!(f, ", {name}"),
            Step::Name(name) if above.is_some() => write!(f, ".{name}"),
            Step::Name(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}
