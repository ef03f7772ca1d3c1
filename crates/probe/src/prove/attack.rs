//! The whole attack: every operation of every victim.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use strongroom_probe::{Form, Hold, Needles, Scanner};

use crate::account::Account;
use crate::captive::{Captive, Way};
use crate::cores::Cores;
use crate::course::{Course, Plan};
use crate::failure::Failure;
use crate::findings::{Findings, Row, Wiped};
use crate::operation::Operation;
use crate::samples;
use crate::visit::attack;

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Order {
    /// Counted stops of the protected victim in each operation.
    pub(crate) stops: usize,
    /// Threads that run the operation.
    pub(crate) threads: usize,
    pub(crate) operations: Vec<Operation>,
    /// Bits of every RSA key.
    pub(crate) rsa_bits: usize,
    /// Attacks the usual way in the place of the protected one.
    pub(crate) control: bool,
    /// Whether core files are taken and stacks sampled.
    pub(crate) files: bool,
}

/// Counted stops of the controls: they are to show that something is found.
const CONTROL_STOPS: usize = 5;

/// The same where forms are there for a short time, which few stops would miss.
const RARE_STOPS: usize = 50;

/// Counted stops where workspaces can be read: in many of these moments nothing that is looked for lies there.
const READABLE_STOPS: usize = 30;

/// The same of commits, each of which is locked at one moment out of many.
const COMMIT_STOPS: usize = 100;

/// What memory is read in that others can read: workspaces with bytes, with large integers, with a scalar, with a large
/// stack; and keys that a lock erases in the middle of a commit.
const READABLE: [Operation; 5] =
    [Operation::Unwrap, Operation::Decapsulate, Operation::Sign, Operation::SignMlDsa, Operation::Commit];

pub(crate) fn run(order: &Order) -> Result<Findings, Failure> {
    let account = Account::random(order.rsa_bits)?;
    let sealed = account.sealed()?;
    let needles = account.needles(&sealed)?;
    let scanner = Scanner::new(&needles)?;
    let lines = format!("{}\n{}\n", account.password, serde_json::to_string(&sealed).map_err(|_| Failure::Account)?);
    let program = std::env::current_exe()?;
    let directory = tempfile::tempdir()?;
    account.write_files(directory.path())?;
    let cores = if order.files { Cores::of_machine() } else { Cores::none() };
    let plan = Plan {
        account: &account,
        lines: &lines,
        scanner: &scanner,
        program: &program,
        directory: directory.path(),
        cores: &cores,
        threads: order.threads,
    };

    let not_planted = not_planted(&plan, &needles)?;
    let protected = if order.control { Way::Usual } else { Way::ProtectionLevels };
    let captive = plan.captive(protected, Operation::Encrypt)?;
    drop(Hold::of(captive.pid()).map_err(Failure::Halt)?);
    let protection = captive.protection.clone();
    drop(captive);

    let rows = rows(order, &plan, protected)?;
    let none = Cores::none();
    let readable = |operation| -> Result<Wiped, Failure> {
        let stops = if operation == Operation::Commit { COMMIT_STOPS } else { READABLE_STOPS };
        let course = attack(&Plan { cores: &none, ..plan }, Way::Readable, operation, stops)?;
        Ok(Wiped { operation, course })
    };
    let wiped = READABLE.into_iter().map(readable).collect::<Result<Vec<_>, _>>()?;
    let samples = if order.files { samples::take(&plan)? } else { Vec::new() };
    let ablations = rows.iter().flat_map(|row| {
        [Some(&row.usual), Some(&row.in_place), row.without_signal_stacks.as_ref()].into_iter().flatten()
    });
    let live = ablations.chain(wiped.iter().map(|wiped| &wiped.course));
    let live: BTreeSet<&String> = live.flat_map(|course: &Course| &course.forms).collect();
    let unproven = Form::ALL.iter().map(ToString::to_string).filter(|form| !live.contains(form)).collect();
    Ok(Findings {
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim_end().to_owned(),
        protection,
        stops: order.stops,
        threads: order.threads,
        needles: needles.labels().count(),
        rows,
        wiped,
        samples,
        not_planted,
        unproven,
        missing: cores.missing,
    })
}

/// Needles that are not found even in a process that surely holds them.
fn not_planted(plan: &Plan<'_>, needles: &Needles) -> Result<Vec<String>, Failure> {
    let patterns: Vec<String> = needles.patterns().map(|pattern| BASE64_STANDARD.encode(pattern)).collect();
    let lines = format!("{}\n{}\n", patterns.len(), patterns.join("\n"));
    let planted = Captive::start(plan.program, Way::Planted, Operation::Encrypt, &lines, plan.directory, None)?;
    let report = plan.scanner.process(planted.pid())?;
    Ok(needles.labels().filter(|label| report.count(label).of_16 == 0).map(ToString::to_string).collect())
}

/// Attacks the victims in each operation, several operations at once: as many as there are processors.
fn rows(order: &Order, plan: &Plan<'_>, protected: Way) -> Result<Vec<Row>, Failure> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Row)>, Failure> {
        // Core files of two kernels' hands must not meet.
        let directory = tempfile::tempdir()?;
        plan.account.write_files(directory.path())?;
        let plan = Plan { directory: directory.path(), ..*plan };
        let mut rows = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(&operation) = order.operations.get(number) else { return Ok(rows) };
            let row = row(order, &plan, protected, operation, number == 0).map_err(|failure| {
                // The others need not begin another.
                next.store(order.operations.len(), Ordering::Relaxed);
                Failure::Of { operation, source: Box::new(failure) }
            })?;
            rows.push((number, row));
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(order.operations.len());
    let mut rows = thread::scope(|scope| -> Result<Vec<(usize, Row)>, Failure> {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut rows = Vec::new();
        for worker in workers {
            rows.extend(worker.join().map_err(|_| Failure::Panicked)??);
        }
        Ok(rows)
    })?;
    rows.sort_by_key(|(number, _)| *number);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn row(order: &Order, plan: &Plan<'_>, protected: Way, operation: Operation, first: bool) -> Result<Row, Failure> {
    let none = Cores::none();
    let without = Plan { cores: &none, ..*plan };
    // One control is enough to show that core files would hold what they are searched for.
    let usual = if first { plan } else { &without };
    // The last blocks of Argon2, a key as text.
    let rare = matches!(operation, Operation::Argon2id | Operation::Import);
    let controls = order.stops.min(if rare { RARE_STOPS } else { CONTROL_STOPS });
    let without_signal_stacks =
        (operation == Operation::List).then(|| attack(&without, Way::WithoutSignalStacks, operation, RARE_STOPS));
    Ok(Row {
        operation,
        protected: attack(plan, protected, operation, order.stops)?,
        usual: attack(usual, Way::Usual, operation, controls)?,
        in_place: attack(&without, Way::InPlace, operation, controls)?,
        without_signal_stacks: without_signal_stacks.transpose()?,
    })
}
