//! The rows that are printed of one or several backups: a table for people, JSON for machines.

use strongroom_vault::Export;

use crate::failure::Failure;
use crate::output::Output;
use crate::row::{self, Row};
use crate::table::Table;
use crate::{answer, streams, unreadable};

/// Rows on their way to standard output. Nothing is printed before a backup was opened.
pub(crate) struct Sheet<'a> {
    out: Output,
    layout: Layout<'a>,
}

enum Layout<'a> {
    Table {
        table: Table,
        /// Says whether the file is named in each row.
        several: bool,
    },
    Json {
        /// `None`: nothing was printed yet.
        answer: Option<answer::Lists>,
        /// The unreadable parts of the backups so far. They are kept, because JSON lists them after all rows, and a
        /// backup is closed before the next is opened.
        unreadable: Vec<unreadable::ForMachines<'a>>,
    },
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(json: bool, several: bool, is_search: bool) -> Self {
        let layout = if json {
            Layout::Json { answer: None, unreadable: Vec::new() }
        } else {
            let file = several.then_some("FILE");
            let found = is_search.then_some("FOUND");
            let header: Vec<&str> = file.into_iter().chain(row::HEADER).chain(found).collect();
            Layout::Table { table: Table::new(&header, streams::terminal_width()), several }
        };
        Self { out: Output::default(), layout }
    }

    /// Begins the rows of a backup that was opened.
    pub(crate) fn begin(&mut self) -> Result<(), Failure> {
        if let Layout::Json { answer: answer @ None, .. } = &mut self.layout {
            let mut lists = answer::Lists::begin(&mut self.out)?;
            lists.list("items", &mut self.out)?;
            *answer = Some(lists);
        }
        Ok(())
    }

    pub(crate) fn row(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        match &mut self.layout {
            Layout::Table { table, several } => {
                let cells = row.cells();
                let file = several.then(|| row.file());
                let cells: Vec<&str> = file.into_iter().chain(cells.iter().map(String::as_str)).collect();
                table.row(&cells, &mut self.out)
            }
            Layout::Json { answer: Some(answer), .. } => answer.element(row, &mut self.out),
            Layout::Json { answer: None, .. } => Err(Failure::failed("a defect of the program: a row of no backup")),
        }
    }

    /// Ends the rows of a backup, of which no row follows. Of the last one nothing is kept in memory.
    pub(crate) fn end(&mut self, file: &'a str, export: &Export, is_last: bool) -> Result<(), Failure> {
        let Layout::Json { answer, unreadable } = &mut self.layout else { return Ok(()) };
        let of_this = unreadable::ForMachines::all_of(file, export);
        match answer {
            Some(answer) if is_last => {
                end_items(answer, std::mem::take(unreadable).into_iter().chain(of_this), &mut self.out)
            }
            _ => {
                unreadable.extend(of_this);
                Ok(())
            }
        }
    }

    /// Prints what is left. `is_ended` says whether the last of the backups was.
    pub(crate) fn finish(mut self, is_ended: bool) -> Result<(), Failure> {
        match self.layout {
            Layout::Table { table, .. } => table.finish(&mut self.out)?,
            Layout::Json { answer: None, .. } => {}
            Layout::Json { answer: Some(mut answer), unreadable } => {
                if !is_ended {
                    end_items(&mut answer, unreadable.into_iter(), &mut self.out)?;
                }
                answer.finish(&mut self.out)?;
            }
        }
        self.out.flush()
    }
}

fn end_items<'a>(
    answer: &mut answer::Lists,
    mut unreadable: impl Iterator<Item = unreadable::ForMachines<'a>>,
    out: &mut Output,
) -> Result<(), Failure> {
    answer.list("unreadable", out)?;
    unreadable.try_for_each(|bad| answer.element(&bad, out))
}
