//! How one value is read from JSON and written to it.

use serde_json::value::RawValue;
use strongroom::{ExposeSecret, Plaintext};

use crate::{
    defect::{Defect, Path},
    read,
    write::Writer,
};

pub(crate) trait Codec: Sized {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect>;
    fn write(&self, out: &mut Writer);
}

impl Codec for String {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        read::text(json).map_err(|p| path.defect(p))
    }

    fn write(&self, out: &mut Writer) {
        out.text(self);
    }
}

impl Codec for Plaintext {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        read::secret(json).map_err(|p| path.defect(p))
    }

    fn write(&self, out: &mut Writer) {
        out.text(self.expose_secret());
    }
}

impl Codec for bool {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        read::boolean(json).map_err(|p| path.defect(p))
    }

    fn write(&self, out: &mut Writer) {
        out.raw(if *self { "true" } else { "false" });
    }
}

impl Codec for i64 {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        read::whole_number(json).map_err(|p| path.defect(p))
    }

    fn write(&self, out: &mut Writer) {
        out.raw(&self.to_string());
    }
}

impl<T: Codec> Codec for Vec<T> {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        let elements = read::elements(json).map_err(|p| path.defect(p))?;
        elements.into_iter().enumerate().map(|(index, json)| T::read(json, &path.element(index))).collect()
    }

    fn write(&self, out: &mut Writer) {
        out.begin_list();
        for value in self {
            out.element();
            value.write(out);
        }
        out.end_list();
    }
}
