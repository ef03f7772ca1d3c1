//! A command line of ours, spelled anew: what a person can paste into a shell to get what was meant.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::address::plain_id;
use crate::{args, shell_word};

/// A command on one item, whichever.
pub(crate) struct Again {
    /// The command and the file.
    before: Vec<OsString>,
    /// All options but those that say which item.
    behind: Vec<OsString>,
}

impl Again {
    /// Returns the `show` that was asked for.
    pub(crate) fn show(command: &args::Show, quiet: bool) -> Self {
        // Each member is named here, so that none is forgotten.
        let args::Show { file, address: _, reveal, field, json, opening } = command;
        let mut behind = Words::default();
        behind.option("--field", field.as_ref().map(ToString::to_string));
        behind.flag("--reveal", *reveal);
        behind.flag("--json", *json);
        behind.opening(opening);
        behind.flag("--quiet", quiet);
        Self { before: vec!["strongroom".into(), "show".into(), as_argument(file).into()], behind: behind.0 }
    }

    /// Spells it for the item with this position. The id is added for a person, who knows it from elsewhere.
    pub(crate) fn at(&self, position: usize, id: Option<&str>) -> String {
        let mut words = Words(self.before.clone());
        words.option("--position", Some(position));
        words.option("--id", plain_id(id));
        words.0.extend_from_slice(&self.behind);
        let words: Vec<String> = words.0.iter().map(|word| shell_word::spell(word)).collect();
        words.join(" ")
    }
}

/// A file whose name begins with `-` is no option; `-` itself is standard input.
fn as_argument(file: &Path) -> PathBuf {
    let begins_with_dash = file.as_os_str().as_encoded_bytes().starts_with(b"-");
    if begins_with_dash && file != Path::new("-") { Path::new(".").join(file) } else { file.to_owned() }
}

#[derive(Default)]
struct Words(Vec<OsString>);

impl Words {
    fn flag(&mut self, name: &str, given: bool) {
        if given {
            self.0.push(name.into());
        }
    }

    fn option(&mut self, name: &str, value: Option<impl ToString>) {
        self.word(name, value.map(|value| value.to_string().into()));
    }

    fn choice(&mut self, name: &str, value: Option<impl ValueEnum>) {
        let value = value.and_then(|value| value.to_possible_value());
        self.option(name, value.as_ref().map(clap::builder::PossibleValue::get_name));
    }

    /// In one word where the value would pass for an option.
    fn word(&mut self, name: &str, value: Option<OsString>) {
        match value {
            None => {}
            Some(value) if value.as_encoded_bytes().starts_with(b"-") => {
                let mut word = OsString::from(format!("{name}="));
                word.push(value);
                self.0.push(word);
            }
            Some(value) => self.0.extend([name.into(), value]),
        }
    }

    fn opening(&mut self, opening: &args::Opening) {
        let args::Opening { format, password, demand, bounds } = opening;
        let args::Password { password_file, password_stdin } = password;
        let args::Demand { require, require_in_use } = demand;
        let args::Bounds {
            allow_kdf_iterations,
            allow_kdf_memory,
            allow_kdf_parallelism,
            allow_kdf_work,
            allow_file_size,
        } = bounds;
        self.choice("--format", *format);
        for path in password_file {
            self.word("--password-file", Some(path.as_os_str().to_owned()));
        }
        self.flag("--password-stdin", *password_stdin);
        self.choice("--require", *require);
        self.choice("--require-in-use", *require_in_use);
        self.option("--allow-kdf-iterations", *allow_kdf_iterations);
        self.option("--allow-kdf-memory", *allow_kdf_memory);
        self.option("--allow-kdf-parallelism", *allow_kdf_parallelism);
        self.option("--allow-kdf-work", *allow_kdf_work);
        self.option("--allow-file-size", *allow_file_size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Command, CommandLine};
    use clap::Parser as _;

    fn again(line: &[&str]) -> String {
        let line = CommandLine::try_parse_from([&["strongroom", "show"], line].concat()).unwrap();
        let Command::Show(command) = &line.command else { panic!("another command") };
        Again::show(command, line.quiet).at(7, Some("5c28"))
    }

    #[test]
    fn all_but_the_address_is_kept() {
        for (line, spelled) in [
            (&["b.json", "Mail"][..], "b.json --position 7 --id 5c28"),
            (&["my b.json", "--name", "x", "--user", "y", "--json"], "'my b.json' --position 7 --id 5c28 --json"),
            (&["-", "x", "--reveal", "-q"], "- --position 7 --id 5c28 --reveal --quiet"),
            (&["b", "x", "--field=-it's"], r"b --position 7 --id 5c28 '--field=-it'\''s'"),
            (&["--password-file=-p", "--", "-x.json", "y"], "./-x.json --position 7 --id 5c28 --password-file=-p"),
        ] {
            assert_eq!(again(line), format!("strongroom show {spelled}"), "{line:?}");
        }
        let all = "--field password --format json --password-file p --password-file q --require secret --require-in-use locked \
                   --allow-kdf-iterations 1 --allow-kdf-memory 2 --allow-kdf-parallelism 3 --allow-kdf-work 4 \
                   --allow-file-size 5 --quiet";
        let line: Vec<&str> = ["b", "x"].into_iter().chain(all.split_whitespace()).collect();
        assert_eq!(again(&line), format!("strongroom show b --position 7 --id 5c28 {all}"));
        let stdin = again(&["b", "x", "--password-stdin"]);
        assert_eq!(stdin, "strongroom show b --position 7 --id 5c28 --password-stdin");
    }
}
