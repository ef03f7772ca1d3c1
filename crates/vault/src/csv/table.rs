//! A file of CSV that is kept as it is, to be read row by row.

use zeroize::Zeroizing;

use crate::csv::{
    cells::{Dialect, Row, Rows},
    columns::{Columns, CsvError, Form},
    header::Header,
};

/// The rows of a file and what its columns are.
pub(crate) struct Table {
    bytes: Zeroizing<Vec<u8>>,
    /// The offset in bytes of the first row after the names of the columns.
    begin: usize,
    /// The number of lines before it.
    lines_before: usize,
    dialect: Dialect,
    pub(crate) columns: Columns,
}

impl Table {
    /// Keeps a copy of a file, if its first row names the columns.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CsvError> {
        let header = Header::of(bytes).ok_or(CsvError::Empty)?;
        let mut rows = header.rows();
        let first = rows.next().ok_or(CsvError::Empty)?;
        let columns = Columns::read(&first, header.form().unwrap_or(Form::Present))?;
        let (begin, lines_before) = (bytes.len() - rows.rest().len(), first.number);
        Ok(Table { bytes: bytes.to_vec().into(), begin, lines_before, dialect: header.dialect(), columns })
    }

    /// Returns the rows that are not blank.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let (_, text) = self.bytes.split_at(self.begin);
        Rows::after(self.lines_before, text, self.dialect).filter(|row| !row.is_blank())
    }
}
