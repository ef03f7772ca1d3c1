//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::address::Address;
use crate::examples;
use crate::field_name::FieldName;
use crate::filter::Filters;

/// The formats of files that are read. The help ends with this text.
pub(crate) const ABOUT_FILES: &str = "\
FILE is told by its content, never by its name; --format overrides that, and `-` is standard input:
  JSON  exports of the Bitwarden clients, password-protected or plain; the list of `bw list items`
  CSV   exports of the Bitwarden clients, as spreadsheets leave them too, and in their form until 2017
Anything else is named for what it is: `strongroom doctor FILE` says by what that is known.";

/// The exit codes. The help ends with this text too.
pub(crate) const EXIT_STATUS: &str = "\
Exit status:
  0  done
  1  it failed; standard error says what and where
  2  the command line is wrong
  3  wrong password
  4  items, or members of items, are unreadable or odd: the rest was given, they are named on standard error
  5  nothing matched: no item, or no value of `--field`
  6  two backups differ (kept for a later command)

If several apply, the first of 1, 2, 3, 5, 4, 6 counts, over several files too. With 1, 2 and 3 standard output is
empty, unless others of several files were opened.";

fn after_help() -> String {
    format!("{}\n\n{ABOUT_FILES}\n\n{EXIT_STATUS}", examples::help(examples::PROGRAM))
}

/// Opens an encrypted Bitwarden backup offline, its keys in secret memory.
#[derive(Parser, Debug)]
#[command(name = "strongroom", version, after_help = after_help(), propagate_version = true, max_term_width = 100)]
pub(crate) struct CommandLine {
    /// Say nothing on standard error but why something failed
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    List(List),
    Search(Search),
    Show(Show),
    Decrypt(Decrypt),
    Doctor(Doctor),
    /// Print the completions for a shell
    #[command(after_help = examples::help(examples::COMPLETIONS))]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page of the program, or of one of its commands
    #[command(after_help = examples::help(examples::MAN))]
    Man {
        /// The command
        command: Option<String>,
    },
}

/// List the items of backups: position, type (and whether in the trash or archived), name, user, folder, first address
#[derive(Args, Debug)]
#[command(after_help = examples::help(examples::LIST))]
pub(crate) struct List {
    /// The backups, one of which may be `-` for standard input: exports as the Bitwarden clients write them (JSON,
    /// password-protected or plain; CSV), or the list that `bw list items` prints. The content decides which, not the
    /// name. Of several the file is named first in each row. One that cannot be opened is named on standard error, and
    /// the others are listed
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) filters: Filters,
    #[command(flatten)]
    pub(crate) opening: Opening,
}

/// Find items of backups by words in them, by the page that a login is for, or by a secret
#[derive(Args, Debug)]
#[command(override_usage = "strongroom search [OPTIONS] <QUERY> <FILE>...\n       \
                            strongroom search [OPTIONS] --url <URL> <FILE>...\n       \
                            strongroom search [OPTIONS] --secret <FILE>...\n       \
                            strongroom search [OPTIONS] --secret-file <PATH> <FILE>...")]
#[command(after_help = examples::help(examples::SEARCH))]
pub(crate) struct Search {
    /// QUERY: words, each of which has to occur in the name, the notes, the user name, an address, a custom field's
    /// name or value, or another value that `show` does not mask. Upper and lower case are the same (`STRASSE` finds
    /// `straße`), and so are the ways to write a letter. Passwords and whatever else is masked are not searched, but
    /// the notes are. FILE: the backups, as for `list`. The last column, FOUND, has the places, as `show --field` takes
    /// them
    #[arg(value_name = "QUERY FILE", required = true)]
    pub(crate) words: Vec<OsString>,
    /// Take QUERY as a regular expression that has to match in one place. Upper and lower case are the same, unless it
    /// begins with `(?-i)`
    #[arg(long, conflicts_with_all = ["url", "secret", "secret_file"])]
    pub(crate) regex: bool,
    /// Instead of QUERY: logins for this page, as Bitwarden matches their addresses: by base domain (the public suffix
    /// list is compiled in), host, beginning, exactly, by regular expression, or never. Equivalent domains, which a
    /// server knows, are not applied
    #[arg(long, value_name = "URL", conflicts_with_all = ["secret", "secret_file"])]
    pub(crate) url: Option<String>,
    /// Instead of QUERY: items that have exactly this secret, which is asked on the terminal: as password, former
    /// password, hidden field, seed, number or whatever else `show` masks
    #[arg(long, conflicts_with = "secret_file")]
    pub(crate) secret: bool,
    /// The same with the secret read from this file. One newline at its end is not part of it
    #[arg(long, value_name = "PATH")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) filters: Filters,
    #[command(flatten)]
    pub(crate) opening: Opening,
}

impl Search {
    /// Returns true if something else is looked for, so that the first word is a file too.
    pub(crate) fn is_without_query(&self) -> bool {
        self.url.is_some() || self.secret || self.secret_file.is_some()
    }
}

/// Show one item, its secrets masked
#[derive(Args, Debug)]
#[command(override_usage = "strongroom show [OPTIONS] <FILE> <ITEM>\n       \
                            strongroom show [OPTIONS] <FILE> --position <N>\n       \
                            strongroom show [OPTIONS] <FILE> --id <ID>\n       \
                            strongroom show [OPTIONS] <FILE> --name <NAME>")]
#[command(after_help = examples::help(examples::SHOW))]
pub(crate) struct Show {
    /// The backup, or `-` for standard input: an export as the Bitwarden clients write it (JSON, password-protected or
    /// plain; CSV), or the list that `bw list items` prints. Its content decides which, not its name
    pub(crate) file: PathBuf,
    /// Show the secrets too
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Print one value and nothing else: `name`, `folder`, `username`, `password`, `totp` (the seed), `notes`, `uri`
    /// (the first), any other member by the name that `--json` gives it (upper and lower case are the same), or else
    /// the custom field of exactly this name. `field:NAME` is a custom field, `field:NAME#2` the second of those of
    /// one name, `uri:2` the second address, `history:1` the first former password. Secret values are printed without
    /// `--reveal`
    #[arg(long, value_name = "NAME", conflicts_with_all = ["json", "reveal"])]
    pub(crate) field: Option<FieldName>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) address: Address,
    #[command(flatten)]
    pub(crate) opening: Opening,
}

/// Write the plain export: everything in the backup, unencrypted, as JSON, or what fits into CSV
#[derive(Args, Debug)]
#[command(after_help = examples::help(examples::DECRYPT))]
pub(crate) struct Decrypt {
    /// The backup, or `-` for standard input: an export as the Bitwarden clients write it (JSON, password-protected or
    /// plain; CSV), or the list that `bw list items` prints. Its content decides which, not its name
    pub(crate) file: PathBuf,
    /// The file to write, readable by its owner alone, whole or not at all. Without it, or with `-`: standard output
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Write CSV, which holds logins and notes alone; what it leaves out is counted on standard error
    #[arg(long)]
    pub(crate) csv: bool,
    /// Replace OUT if it is there
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) opening: Opening,
}

/// Say how well keys are protected on this machine, and what to do about what is weak; or what a file is
#[derive(Args, Debug)]
#[command(after_help = examples::help(examples::DOCTOR))]
pub(crate) struct Doctor {
    /// Say what this file is, and by what that is known. `-` is standard input
    #[arg(conflicts_with_all = ["require", "require_in_use"])]
    pub(crate) file: Option<PathBuf>,
    /// Take the file for one of this format, whatever its content looks like
    #[arg(long, value_name = "FORMAT", requires = "file")]
    pub(crate) format: Option<Format>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) demand: Demand,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
}

/// What a file is taken for.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// An export as JSON, password-protected or plain, or a list of items
    Json,
    /// An export as CSV
    Csv,
}

/// What it takes to open a backup.
#[derive(Args, Debug)]
pub(crate) struct Opening {
    /// Take FILE for one of this format, whatever its content looks like
    // Whatever heading the options before it have.
    #[arg(long, value_name = "FORMAT", help_heading = None::<&str>)]
    pub(crate) format: Option<Format>,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) demand: Demand,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
}

/// Where the password comes from. There is no option that takes it as such: other users see command lines and
/// environments.
#[derive(Args, Debug)]
#[command(next_help_heading = "Password, asked on the terminal unless given by")]
pub(crate) struct Password {
    /// Read the password from this file. One newline at its end is not part of it. Given more than once: the n-th is
    /// tried first on the n-th FILE that is encrypted, and the others after it
    #[arg(long, value_name = "PATH")]
    pub(crate) password_file: Vec<PathBuf>,
    /// Read the password from standard input, to its end. One newline at its end is not part of it. It is tried on
    /// every FILE
    #[arg(long, conflicts_with = "password_file")]
    pub(crate) password_stdin: bool,
}

#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Protection")]
pub(crate) struct Demand {
    /// Refuse to work unless keys rest in memory of at least this level. Otherwise the best that this machine grants is
    /// taken, with a warning below `secret`
    #[arg(long, value_name = "LEVEL")]
    pub(crate) require: Option<Level>,
    /// The same for keys in use: the stack that operations run on
    #[arg(long, value_name = "LEVEL")]
    pub(crate) require_in_use: Option<Level>,
}

/// How far out of reach the memory is.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Level {
    /// Out of reach even of root (Linux memfd_secret)
    Secret,
    /// Never written to swap
    Locked,
    /// Erased after use, no more
    Plain,
}

/// What is accepted of a file beyond the usual bounds, which keep a hostile one from taking the machine.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Files outside the usual bounds, if you trust where they come from")]
pub(crate) struct Bounds {
    /// Accept this many iterations of the key derivation, few or many
    #[arg(long, value_name = "N")]
    pub(crate) allow_kdf_iterations: Option<u32>,
    /// Accept this much memory for Argon2id, in MiB
    #[arg(long, value_name = "MIB")]
    pub(crate) allow_kdf_memory: Option<u32>,
    /// Accept this many lanes of Argon2id
    #[arg(long, value_name = "N")]
    pub(crate) allow_kdf_parallelism: Option<u32>,
    /// Accept this product of iterations and memory for Argon2id, in MiB: it decides the time
    #[arg(long, value_name = "MIB")]
    pub(crate) allow_kdf_work: Option<u64>,
    /// Accept a file of up to this size, in MiB
    #[arg(long, value_name = "MIB")]
    pub(crate) allow_file_size: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_declaration_is_sound() {
        CommandLine::command().debug_assert();
    }

    /// The words of the part of a line of shell that is ours: what stands between `|` and `>`.
    fn words(line: &str) -> Vec<&str> {
        let ours = line.split(['|', '>']).map(str::trim).find(|part| part.starts_with("strongroom")).unwrap();
        ours.split(' ').map(|word| word.trim_matches('\'')).collect()
    }

    #[test]
    fn every_command_has_examples_and_takes_them() {
        let program = CommandLine::command();
        let names = program.get_subcommands().map(|command| Some(command.get_name()));
        let mut taken = 0;
        for command in names.chain([None]) {
            assert!(!examples::of(command).is_empty(), "{command:?}");
            for (_, line) in examples::of(command) {
                let words = words(line);
                CommandLine::try_parse_from(&words).unwrap_or_else(|error| panic!("{line}: {error}"));
                assert!(command.is_none_or(|command| words.get(1) == Some(&command)), "{line}: of another command");
                taken += 1;
            }
        }
        assert!(taken > 15, "{taken}");
    }
}
