//! From FILE to its items.

use std::collections::BTreeMap;
use std::path::Path;

use strongroom_vault::{
    EncryptedExport, Export, ExportFile, HeaderError, KdfParameterError, Limits, OpenError, ReadError, SaltForm,
};

use crate::failure::{Failure, Status};
use crate::input::{self, Input};
use crate::password::Passwords;
use crate::progress::Progress;
use crate::protection::Store;
use crate::{args, bounds, password, protection, streams};

/// Opens one backup.
pub(crate) fn open(file: &Path, opening: &args::Opening, quiet: bool) -> Result<Export, Failure> {
    let at = Input::of(file);
    Opener::new([at].into_iter(), opening, None, quiet)?.open(at)
}

/// Opens backups, one after the other. A password is kept for those that follow, in secret memory.
pub(crate) struct Opener<'a> {
    opening: &'a args::Opening,
    quiet: bool,
    limits: Limits,
    /// Opened for the first backup that is encrypted, unless one was before.
    store: Option<Store>,
    passwords: Passwords<'a>,
}

impl<'a> Opener<'a> {
    /// Refuses what cannot be right of all the backups together, before the first is read.
    pub(crate) fn new<'f>(
        mut backups: impl Iterator<Item = Input<'f>> + Clone,
        opening: &'a args::Opening,
        store: Option<Store>,
        quiet: bool,
    ) -> Result<Self, Failure> {
        password::check(&opening.password, backups.clone())?;
        if backups.by_ref().any(Input::is_dash) && backups.any(Input::is_dash) {
            return Err(Failure::new(Status::Usage, "standard input is given as more than one of the backups"));
        }
        let limits = bounds::limits(&opening.bounds);
        Ok(Self { opening, quiet, limits, store, passwords: Passwords::new(&opening.password) })
    }

    /// Opens the backup: asks for its password if it has one that is not known, and says at which stage it failed. Says
    /// so too if it is not encrypted: whoever expects a password to be asked for may have been given another file.
    pub(crate) fn open(&mut self, at: Input<'_>) -> Result<Export, Failure> {
        let bytes = at.read(&self.limits)?;
        let file = input::parse(&bytes, self.opening.format, &self.limits).map_err(|error| {
            let failure = at.failure(Status::Failed, &error.to_string());
            match advice(&error, &bytes, &self.opening.bounds) {
                Some(advice) => failure.advise(advice),
                None => failure,
            }
        })?;
        // What is needed of the file is kept by now.
        drop(bytes);
        match file {
            ExportFile::Plain(export) | ExportFile::Csv(export) => {
                if !self.quiet {
                    streams::tell(&at.says("the backup is not encrypted"));
                    tell_guesses(at, &export);
                }
                Ok(export)
            }
            ExportFile::PasswordProtected(encrypted) => self.decrypt(at, &encrypted),
            _ => Err(at.failure(Status::Failed, "an export of a kind that this program does not open")),
        }
    }

    fn decrypt(&mut self, at: Input<'_>, encrypted: &EncryptedExport) -> Result<Export, Failure> {
        let store = match &mut self.store {
            Some(store) => store,
            none => none.insert(protection::open(self.opening.demand, self.quiet)?),
        };
        let (export, form) = self.passwords.open(store, at, |password| {
            let _sign = Progress::begin("deriving the key", self.quiet);
            match encrypted.open_with_salt_form(store, password) {
                Ok(opened) => Ok(Some(opened)),
                Err(OpenError::WrongPassword) => Ok(None),
                Err(other) => Err(at.failure(Status::Failed, &other.to_string())),
            }
        })?;
        if form == SaltForm::Decoded && !self.quiet {
            streams::tell(&at.says(
                "official mobile apps wrote such files from September to December 2025 only, and no other tool opens \
                 them: make a new backup",
            ));
        }
        Ok(export)
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
