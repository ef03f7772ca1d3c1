//! The attack: each victim is started, brought to rest, and read.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use strongroom_probe::{Label, Needles, ScanError, ScanReport, TooPlain, scan};

use crate::known::{HELD, Held, Known};
use crate::victim;

/// Why the attack could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    #[error("{0}")]
    TooPlain(#[from] TooPlain),
    #[error("a victim could not be run: {0}")]
    Victim(#[from] io::Error),
    #[error("a victim ended before it was ready; its own message stands above")]
    Ended,
    #[error("the victim's answer does not open with the key it was to hold: {0:?}")]
    WrongKey(String),
    #[error("{0}")]
    Scan(#[from] ScanError),
}

/// What the attack found.
pub(crate) struct Findings {
    pub(crate) labels: Vec<Label>,
    /// What the protected victim says of itself.
    pub(crate) protection: String,
    pub(crate) protected: ScanReport,
    pub(crate) unprotected: ScanReport,
    pub(crate) planted: ScanReport,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// Nothing in the protected victim, everything in the controls.
    Proven,
    /// Something in the protected victim.
    Leak,
    /// Nothing in the protected victim, but the controls show that not everything would have been found.
    Unproven,
}

impl Findings {
    pub(crate) fn verdict(&self) -> Verdict {
        if !self.protected.hits.is_empty() {
            Verdict::Leak
        } else if self.not_planted().next().is_some() || self.not_held().next().is_some() {
            Verdict::Unproven
        } else {
            Verdict::Proven
        }
    }

    /// Needles that were not found even where they were planted.
    pub(crate) fn not_planted(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter().filter(|label| self.planted.count(label).of_16 == 0)
    }

    /// What the unprotected store surely holds, and was not found in any form that this attacker knows.
    pub(crate) fn not_held(&self) -> impl Iterator<Item = &Held> {
        let found = |secret: &str, form| {
            let label = Label { secret: secret.to_owned(), form };
            self.unprotected.count(&label).of_16 > 0
        };
        HELD.iter().filter(move |held| !held.forms.iter().any(|&form| found(held.secret, form)))
    }
}

pub(crate) fn run() -> Result<Findings, Failure> {
    let known = Known::random()?;
    let needles = known.needles()?;

    let wrapped_key = known.wrapped_user_key()?;
    let with_store = |role| {
        let (answer, report) = attack(&[role, &known.salt, &wrapped_key], &format!("{}\n", known.password), &needles)?;
        let (text, protection) = answer.split_once(' ').unwrap_or((&answer, ""));
        match known.open(text) {
            Some(text) if text == victim::TEXT => Ok((protection.to_owned(), report)),
            _ => Err(Failure::WrongKey(answer)),
        }
    };
    let (protection, protected) = with_store(victim::PROTECTED)?;
    let (_, unprotected) = with_store(victim::UNPROTECTED)?;
    let user = BASE64_STANDARD.encode(known.user.as_flattened());
    let (_, planted) = attack(&[victim::PLANTED], &format!("{}\n{}\n{user}\n", known.password, known.salt), &needles)?;
    Ok(Findings { labels: needles.labels().cloned().collect(), protection, protected, unprotected, planted })
}

/// Starts a victim, waits until it rests, and reads its memory.
fn attack(arguments: &[&str], secrets: &str, needles: &Needles) -> Result<(String, ScanReport), Failure> {
    let mut victim = Resting(
        Command::new(std::env::current_exe()?).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?,
    );
    let Some(input) = victim.0.stdin.as_mut() else { return Err(Failure::Ended) };
    // A victim that ended does not read: what it has to say comes next.
    let _ = input.write_all(secrets.as_bytes());
    let mut answer = String::new();
    if let Some(output) = victim.0.stdout.take() {
        BufReader::new(output).read_line(&mut answer)?;
    }
    match answer.strip_suffix('\n') {
        None => Err(Failure::Ended),
        Some(answer) => Ok((answer.to_owned(), scan(victim.0.id(), needles)?)),
    }
}

/// A victim: it would end with its standard input, but nothing is left to wait for.
struct Resting(Child);

impl Drop for Resting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests;
