//! From FILE to its items.

use std::collections::BTreeMap;
use std::path::Path;

use strongroom_vault::{
    EncryptedExport, Export, ExportFile, HeaderError, KdfParameterError, OpenError, ReadError, SaltForm,
};

use crate::failure::{Failure, Status};
use crate::input::{self, Input};
use crate::progress::Progress;
use crate::{args, bounds, password, protection, streams};

/// Opens the backup: asks for its password if it has one, and says at which stage it failed. Says so too if it is not
/// encrypted: whoever expects a password to be asked for may have been given another file.
pub(crate) fn open(file: &Path, opening: &args::Opening, quiet: bool) -> Result<Export, Failure> {
    let at = Input::of(file);
    password::check(&opening.password, at)?;
    let limits = bounds::limits(&opening.bounds);
    let bytes = at.read(&limits)?;
    let file = input::parse(&bytes, opening.format, &limits).map_err(|error| {
        let failure = at.failure(Status::Failed, &error.to_string());
        match advice(&error, &bytes, &opening.bounds) {
            Some(advice) => failure.advise(advice),
            None => failure,
        }
    })?;
    // What is needed of the file is kept by now.
    drop(bytes);
    match file {
        ExportFile::Plain(export) | ExportFile::Csv(export) => {
            if !quiet {
                streams::tell(&at.says("the backup is not encrypted"));
                tell_guesses(at, &export);
            }
            Ok(export)
        }
        ExportFile::PasswordProtected(encrypted) => decrypt(at, &encrypted, opening, quiet),
        _ => Err(at.failure(Status::Failed, "an export of a kind that this program does not open")),
    }
}

/// How many items are named for one choice that was made.
const MOST_NAMED: usize = 20;

/// Says which cells of CSV have a word without a meaning, and what was chosen in its place. A line for each choice.
fn tell_guesses(at: Input<'_>, export: &Export) {
    let mut by_choice: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for guess in export.csv_guesses() {
        by_choice.entry((guess.column(), guess.choice())).or_default().push(guess.index());
    }
    for ((column, choice), items) in by_choice {
        let named: Vec<_> = items.iter().take(MOST_NAMED).map(|index| format!("items[{index}]")).collect();
        let more = items.len() - named.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let (count, named) = (items.len(), named.join(", "));
        streams::tell(
            &at.says(&format!("{column}, {count} of its cells: {choice} (`decrypt` keeps the word): {named}{more}")),
        );
    }
}

fn decrypt(
    at: Input<'_>,
    encrypted: &EncryptedExport,
    opening: &args::Opening,
    quiet: bool,
) -> Result<Export, Failure> {
    let store = protection::open(opening.demand, quiet)?;
    let password = password::read(&store, &opening.password, at)?;
    let opened = {
        let _sign = Progress::begin("deriving the key", quiet);
        encrypted.open_with_salt_form(&store, &password)
    };
    let (export, form) = opened.map_err(|error| match error {
        OpenError::WrongPassword => {
            let failure = at.failure(Status::WrongPassword, "wrong password");
            match password::oddity(&password) {
                Some(oddity) => failure.advise(oddity),
                None => failure,
            }
        }
        other => at.failure(Status::Failed, &other.to_string()),
    })?;
    if form == SaltForm::Decoded && !quiet {
        streams::tell(&at.says(
            "official mobile apps wrote such files from September to December 2025 only, and no other tool opens them: \
             make a new backup",
        ));
    }
    Ok(export)
}

/// What can be done about a file that is not read.
pub(crate) fn advice(error: &ReadError, bytes: &[u8], allowed: &args::Bounds) -> Option<String> {
    match error {
        ReadError::Kdf(KdfParameterError::Bounds(_)) => {
            let options = bounds::options_for(bytes, allowed)?;
            Some(format!("if you trust the file: {options}"))
        }
        ReadError::Header(HeaderError::AccountRestricted) => {
            Some("import it into that account, or export again and choose a password for the file".to_owned())
        }
        ReadError::Header(HeaderError::Nul { .. }) => Some("fetch the file again, or export again".to_owned()),
        ReadError::Other(other) => Some(other.advice().to_owned()),
        _ => None,
    }
}
