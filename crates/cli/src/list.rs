//! `list`: what is in backups, without its secrets.

use crate::args;
use crate::failure::{Failure, Status};
use crate::listing::Listing;

pub(crate) fn run(command: &args::List, quiet: bool) -> Result<Status, Failure> {
    let args::List { files, json, filters, opening } = command;
    Listing { files, query: None, filters, opening, store: None, json: *json, quiet }.run()
}
