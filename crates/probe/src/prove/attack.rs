//! The whole attack: every operation of every victim.

use std::collections::BTreeSet;
use std::fs;

use strongroom_probe::{Form, Hold, Scanner};

use crate::account::Account;
use crate::captive::Way;
use crate::cores::Cores;
use crate::course::{Course, Plan, attack};
use crate::failure::Failure;
use crate::findings::{Findings, Row};
use crate::operation::Operation;
use crate::samples;

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Order {
    /// Counted stops of the protected victim in each operation.
    pub(crate) stops: usize,
    /// Threads that run the operation.
    pub(crate) threads: usize,
    pub(crate) operations: Vec<Operation>,
    /// Attacks the usual way in the place of the protected one.
    pub(crate) control: bool,
    /// Whether core files are taken and stacks sampled.
    pub(crate) files: bool,
}

/// Counted stops of the controls: they are to show that something is found.
const CONTROL_STOPS: usize = 5;

pub(crate) fn run(order: &Order) -> Result<Findings, Failure> {
    let account = Account::random()?;
    let sealed = account.sealed()?;
    let needles = account.needles()?;
    let scanner = Scanner::new(&needles)?;
    let program = std::env::current_exe()?;
    let directory = tempfile::tempdir()?;
    let (cores, none) = (Cores::of_machine(), Cores::none());
    let plan = |cores| Plan {
        account: &account,
        sealed: &sealed,
        scanner: &scanner,
        program: &program,
        directory: directory.path(),
        cores,
        threads: order.threads,
    };
    let (with_files, without) = (plan(if order.files { &cores } else { &none }), plan(&none));

    let planted = without.captive(Way::Planted)?;
    let report = scanner.process(planted.pid())?;
    drop(planted);
    let not_planted =
        needles.labels().filter(|label| report.count(label).of_16 == 0).map(ToString::to_string).collect();

    let protected = if order.control { Way::Usual } else { Way::Protected };
    let captive = without.captive(protected)?;
    drop(Hold::of(captive.pid()).map_err(Failure::Halt)?);
    let protection = captive.protection.clone();
    drop(captive);

    let mut rows = Vec::new();
    for &operation in &order.operations {
        // One control is enough to show that core files would hold what they are searched for.
        let usual = if rows.is_empty() { &with_files } else { &without };
        rows.push(Row {
            operation,
            protected: attack(&with_files, protected, operation, order.stops)?,
            usual: attack(usual, Way::Usual, operation, order.stops.min(CONTROL_STOPS))?,
            in_place: attack(&without, Way::InPlace, operation, order.stops.min(CONTROL_STOPS))?,
        });
    }
    let wiped = attack(&without, Way::Readable, Operation::Unwrap, order.stops.min(4 * CONTROL_STOPS))?;
    let samples = if order.files { samples::take(&with_files)? } else { Vec::new() };
    let live = rows.iter().flat_map(|row| [&row.usual, &row.in_place]).chain([&wiped]);
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
