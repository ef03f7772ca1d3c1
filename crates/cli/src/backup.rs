//! From FILE to its items.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use strongroom_vault::{
    EncryptedExport, Export, ExportFile, HeaderError, KdfParameterError, Limits, OpenError, ReadError,
};

use crate::failure::{Failure, Status};
use crate::progress::Progress;
use crate::{args, bounds, password, printable, protection, streams};

/// Opens the backup: asks for its password if it has one, and says at which stage it failed. Says so too if it is not
/// encrypted: whoever expects a password to be asked for may have been given another file.
pub(crate) fn open(file: &Path, opening: &args::Opening, quiet: bool) -> Result<Export, Failure> {
    let at = Place(file);
    let limits = bounds::limits(&opening.bounds);
    let bytes = read(at, &limits)?;
    let file = ExportFile::parse(&bytes, &limits).map_err(|error| {
        let failure = at.failure(Status::Failed, &error.to_string());
        match advice(&error, &bytes, &opening.bounds) {
            Some(advice) => failure.advise(advice),
            None => failure,
        }
    })?;
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
fn tell_guesses(at: Place<'_>, export: &Export) {
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
    at: Place<'_>,
    encrypted: &EncryptedExport,
    opening: &args::Opening,
    quiet: bool,
) -> Result<Export, Failure> {
    let store = protection::open(opening.demand, quiet)?;
    let password = password::read(&store, &opening.password, at.0)?;
    let opened = {
        let _sign = Progress::begin("deriving the key", quiet);
        encrypted.open(&store, &password)
    };
    opened.map_err(|error| match error {
        OpenError::WrongPassword if password.is_empty() => {
            at.failure(Status::WrongPassword, "wrong password").advise("the password that was given is empty")
        }
        OpenError::WrongPassword => at.failure(Status::WrongPassword, "wrong password"),
        other => at.failure(Status::Failed, &other.to_string()),
    })
}

/// The bytes of the file, at most as many as the limits say and one more.
fn read(at: Place<'_>, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let most = limits.max_bytes;
    let mut bytes = Vec::new();
    let mut read = || -> io::Result<()> {
        let file = File::open(at.0)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        // Room for all of it, so that it does not move.
        bytes.reserve_exact(length.min(most).saturating_add(1));
        file.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(())
    };
    match read() {
        Err(error) if error.kind() == ErrorKind::IsADirectory => Err(at.failure(Status::Failed, "it is a directory")),
        Err(error) => Err(at.failure(Status::Failed, &format!("it cannot be read: {error}"))),
        Ok(()) if bytes.len() > most => Err(at
            .failure(Status::Failed, &format!("too large: the file is longer than {} MiB", most >> 20))
            .advise("if you trust the file: --allow-file-size MIB accepts more")),
        Ok(()) => Ok(bytes),
    }
}

fn advice(error: &ReadError, bytes: &[u8], allowed: &args::Bounds) -> Option<String> {
    match error {
        ReadError::Kdf(KdfParameterError::Bounds(_)) => {
            let options = bounds::options_for(bytes, allowed)?;
            Some(format!("if you trust the file: {options}"))
        }
        ReadError::Header(HeaderError::AccountRestricted) => {
            Some("import it into that account, or export again and choose a password for the file".to_owned())
        }
        _ => None,
    }
}

/// The file that errors are about.
#[derive(Clone, Copy)]
struct Place<'a>(&'a Path);

impl Place<'_> {
    fn failure(self, status: Status, what: &str) -> Failure {
        Failure::new(status, self.says(what))
    }

    fn says(self, what: &str) -> String {
        format!("{}: {what}", printable::line(&self.0.to_string_lossy()))
    }
}
