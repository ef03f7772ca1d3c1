//! Manual pages: of the program, and of each of its commands.

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::args::{ABOUT_FILES, CommandLine, EXIT_STATUS};
use crate::examples::{self, Example};
use crate::failure::{Failure, Status};
use crate::plaintext::Plaintext;

/// Returns the page of the program, or of one of its commands.
pub(crate) fn page(command: Option<&str>) -> Result<Plaintext, Failure> {
    let mut whole = CommandLine::command();
    whole.build();
    let described = match command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                return Err(Failure::new(Status::Usage, format!("there is no command {name}"))
                    .advise("`strongroom help` lists the commands"));
            }
        },
    };
    let mut page = Plaintext::default();
    let written = generated(described, &mut page).and_then(|()| ours(command).to_writer(&mut page));
    written.map_err(|error| Failure::failed(format!("the page cannot be written: {error}")))?;
    Ok(page)
}

/// Renders the sections that clap knows. Examples and exit codes are left out here: [`ours`] gives them sections.
fn generated(command: Command, page: &mut Plaintext) -> std::io::Result<()> {
    let has_commands = command.has_subcommands();
    let man = Man::new(command);
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if has_commands {
        man.render_subcommands_section(page)?;
    }
    Ok(())
}

fn ours(command: Option<&str>) -> Roff {
    let mut page = Roff::new();
    if command.is_none() {
        as_it_stands(&mut page, "FILES", ABOUT_FILES);
    }
    if let Some((_, statuses)) = EXIT_STATUS.split_once('\n') {
        as_it_stands(&mut page, "EXIT STATUS", statuses);
    }
    let examples = examples::of(command);
    if !examples.is_empty() {
        page.control("SH", ["EXAMPLES"]);
        examples.iter().for_each(|example| add(&mut page, example));
    }
    page
}

/// A section of lines that are not filled.
fn as_it_stands(page: &mut Roff, heading: &str, text: &str) {
    page.control("SH", [heading]).control("nf", []);
    for line in text.lines() {
        page.text([roman(line)]);
    }
    page.control("fi", []);
}

fn add(page: &mut Roff, (what, line): &Example) {
    page.control("PP", []).text([roman(format!("{what}:"))]).control("PP", []).control("in", ["+4n"]);
    page.control("EX", []).text([roman(*line)]).control("EE", []).control("in", []);
}
