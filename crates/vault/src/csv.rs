//! A vault as CSV, the way the official clients export it: logins and notes, a row each.

pub(crate) mod cells;
pub(crate) mod columns;
pub(crate) mod guesses;
pub(crate) mod header;
pub(crate) mod left_out;
pub(crate) mod lines;
pub(crate) mod reading;
pub(crate) mod table;
pub(crate) mod writing;

#[cfg(test)]
mod tests;
