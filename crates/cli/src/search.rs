//! `search`: items by a text, by the page that a login is for, or by a secret.

use std::ffi::OsString;
use std::path::PathBuf;

use strongroom_vault::PageUrl;

use crate::failure::{Failure, Status};
use crate::input::{self, Input};
use crate::listing::Listing;
use crate::query::{Query, Text};
use crate::secret::Secret;
use crate::{args, protection};

pub(crate) fn run(command: &args::Search, quiet: bool) -> Result<Status, Failure> {
    let (text, files) = split(command)?;
    let mut store = None;
    let query = match (text, &command.url) {
        (Some(text), _) if command.regex => {
            Query::Text(Text::pattern(text).map_err(|error| usage(&error.to_string()))?)
        }
        (Some(text), _) => {
            Query::Text(text.parse().map_err(|error: crate::query::TextError| usage(&error.to_string()))?)
        }
        (None, Some(url)) => Query::Page(PageUrl::parse(url).map_err(|error| usage(&format!("--url: {error}")))?),
        (None, None) => {
            check_secret_file(command, &files)?;
            let store = store.insert(protection::open(command.opening.demand, quiet)?);
            Query::Secret(Secret::read(store, command.secret_file.as_deref())?)
        }
    };
    let args::Search { filters, opening, json, .. } = command;
    Listing { files: &files, query: Some(&query), filters, opening, store, json: *json, quiet }.run()
}

/// Splits the words into QUERY, if there is one, and the files.
fn split(command: &args::Search) -> Result<(Option<&str>, Vec<PathBuf>), Failure> {
    let files = |words: &[OsString]| words.iter().map(PathBuf::from).collect();
    if command.is_without_query() {
        return Ok((None, files(&command.words)));
    }
    match command.words.split_first() {
        Some((_, [])) | None => {
            Err(usage("search takes QUERY and FILE; with --url, --secret or --secret-file FILE alone"))
        }
        Some((query, rest)) => {
            let query = query.to_str().ok_or_else(|| usage("QUERY is no Unicode text"))?;
            Ok((Some(query), files(rest)))
        }
    }
}

fn usage(what: &str) -> Failure {
    Failure::new(Status::Usage, what)
}

/// Refuses to read the secret from where a backup or the password comes from.
fn check_secret_file(command: &args::Search, files: &[PathBuf]) -> Result<(), Failure> {
    let of_secret = command.secret_file.as_deref().is_some_and(input::names_standard_input);
    let is_taken =
        command.opening.password.password_stdin || files.iter().any(|file| Input::of(file).is_standard_input());
    if of_secret && is_taken {
        return Err(usage("standard input is a backup or the password, so the secret cannot come from it too"));
    }
    Ok(())
}
