//! How one value is read from JSON and written to it.

use serde_json::value::RawValue;
use strongroom::{ExposeSecret, Plaintext};

use crate::{
    defect::{Defect, Path, Problem},
    member::Member,
    odd::Odd,
    read,
    write::Writer,
};

pub(crate) trait Codec: Sized {
    /// Reads what is written as the format has it.
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect>;

    /// What can be read of a value that [`read`](Codec::read) refuses with `defect`, and all that is wrong with it.
    fn salvage(_: &RawValue, _: &Path<'_>, defect: Defect) -> (Option<Self>, Vec<Defect>) {
        (None, vec![defect])
    }

    fn write(&self, out: &mut Writer);

    /// Adds what is wrong with the members of the value.
    fn odd_within<'a>(&'a self, _: &mut Vec<&'a Defect>) {}
}

/// Reads a member's value, as far as it can be read.
pub(crate) fn read_member<T: Codec>(json: &RawValue, path: &Path<'_>) -> Member<T> {
    if read::is_null(json) {
        return Member::Null;
    }
    match T::read(json, path) {
        Ok(value) => Member::Value(value),
        Err(defect) => {
            let (value, defects) = T::salvage(json, path, defect);
            Member::Odd(Odd::new(value, defects, [json]))
        }
    }
}

impl Codec for String {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        read::text(json).map_err(|p| path.defect(p))
    }

    fn salvage(json: &RawValue, _: &Path<'_>, defect: Defect) -> (Option<Self>, Vec<Defect>) {
        (read::text_as_spelt(json).map(|text| text.as_str().to_owned()), vec![defect])
    }

    fn write(&self, out: &mut Writer) {
        out.text(self);
    }
}

impl Codec for Plaintext {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        read::secret(json).map_err(|p| path.defect(p))
    }

    fn salvage(json: &RawValue, _: &Path<'_>, defect: Defect) -> (Option<Self>, Vec<Defect>) {
        (read::text_as_spelt(json).map(|text| text.as_str().into()), vec![defect])
    }

    fn write(&self, out: &mut Writer) {
        out.text(self.expose_secret());
    }
}

impl Codec for bool {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        read::boolean(json).map_err(|p| path.defect(p))
    }

    fn salvage(json: &RawValue, _: &Path<'_>, defect: Defect) -> (Option<Self>, Vec<Defect>) {
        (read::odd_boolean(json), vec![defect])
    }

    fn write(&self, out: &mut Writer) {
        out.raw(if *self { "true" } else { "false" });
    }
}

impl Codec for i64 {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        read::whole_number(json).map_err(|p| path.defect(p))
    }

    fn salvage(json: &RawValue, _: &Path<'_>, defect: Defect) -> (Option<Self>, Vec<Defect>) {
        (read::odd_whole_number(json), vec![defect])
    }

    fn write(&self, out: &mut Writer) {
        out.raw(&self.to_string());
    }
}

/// How many elements of a list within an item are read. What a file of a few MiB could say beyond that would take
/// hundreds of MiB as values, and no vault has as many.
pub(crate) const MAX_ELEMENTS: usize = 1024;

impl<T: Codec> Codec for Vec<T> {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        let mut elements = read::elements(json).map_err(|p| path.defect(p))?;
        let mut values = Vec::new();
        for (index, json) in elements.by_ref().take(MAX_ELEMENTS).enumerate() {
            values.push(T::read(json, &path.element(index))?);
        }
        match elements.next() {
            None => Ok(values),
            Some(_) => Err(path.defect(Problem::TooMany { max: MAX_ELEMENTS })),
        }
    }

    fn salvage(json: &RawValue, path: &Path<'_>, defect: Defect) -> (Option<Self>, Vec<Defect>) {
        let Ok(mut elements) = read::elements(json) else {
            let one = if read::is_text(json) { read_member(json, path).into_value() } else { None };
            return (one.map(|one| vec![one]), vec![defect]);
        };
        let (mut values, mut defects) = (Vec::new(), Vec::new());
        for (index, json) in elements.by_ref().take(MAX_ELEMENTS).enumerate() {
            match read_member(json, &path.element(index)) {
                Member::Absent | Member::Null => {}
                Member::Value(value) => values.push(value),
                Member::Odd(mut odd) => {
                    values.extend(odd.take());
                    defects.extend_from_slice(odd.defects());
                }
            }
        }
        if elements.next().is_some() {
            defects.push(path.defect(Problem::TooMany { max: MAX_ELEMENTS }));
        }
        (Some(values), defects)
    }

    fn write(&self, out: &mut Writer) {
        out.begin_list();
        for value in self {
            out.element();
            value.write(out);
        }
        out.end_list();
    }

    fn odd_within<'a>(&'a self, out: &mut Vec<&'a Defect>) {
        for value in self {
            value.odd_within(out);
        }
    }
}
