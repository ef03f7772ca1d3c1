//! The findings as a table.

use std::fmt;

use strongroom_probe::{Count, Kind, ScanReport};

use crate::attack::{Findings, Verdict};
use crate::known::Held;

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let victims = [&self.protected, &self.unprotected, &self.planted];
        writeln!(f, "Keys at rest in another process, read through /proc/PID/mem.")?;
        writeln!(f, "The victim's store says: {}.\n", self.protection)?;
        row(f, ["Pieces of 8 / 16 bytes", "found in"], ["the victim", "unprotected", "planted"])?;
        for label in &self.labels {
            let counts = victims.map(|report| shown(report.count(label)));
            row(f, [&label.secret, &label.form.to_string()], counts.each_ref().map(String::as_str))?;
        }
        let totals = victims.map(|report| report.hits.len().to_string());
        row(f, ["all pieces of 8", ""], totals.each_ref().map(String::as_str))?;
        writeln!(f)?;
        for (name, report) in ["the victim", "unprotected", "planted"].iter().zip(victims) {
            writeln!(f, "{name}: {}", scanned(report))?;
        }
        for (region, hits) in self.protected.by_region() {
            writeln!(f, "found in the victim: {hits} in {region}")?;
        }
        for label in self.not_planted() {
            writeln!(f, "not found where it was planted: {label}")?;
        }
        for Held { secret, forms } in self.not_held() {
            let forms: Vec<String> = forms.iter().map(ToString::to_string).collect();
            writeln!(f, "not found in the unprotected store: {secret}, as {}", forms.join(" or "))?;
        }
        writeln!(
            f,
            "\n{}",
            match self.verdict() {
                Verdict::Proven => "PROVEN at rest: nothing was found in the victim, everything in the controls.",
                Verdict::Leak => "LEAK: key material of the resting victim can be read by another process.",
                Verdict::Unproven =>
                    "UNPROVEN: a control was not found, so finding nothing in the victim means nothing.",
            }
        )?;
        writeln!(
            f,
            "Not looked at: operations while they run, registers, core files, swap, the kernel's own view of memory."
        )
    }
}

fn row(
    f: &mut fmt::Formatter<'_>,
    [secret, form]: [&str; 2],
    [victim, unprotected, planted]: [&str; 3],
) -> fmt::Result {
    writeln!(f, "{secret:26}{form:32}{victim:>12}{unprotected:>14}{planted:>12}")
}

fn shown(count: Count) -> String {
    format!("{} / {}", count.of_8, count.of_16)
}

fn scanned(report: &ScanReport) -> String {
    let sum = |secret: bool| {
        let of_kind = report.unreadable.iter().filter(|lost| (lost.region.kind == Kind::Secret) == secret);
        of_kind.map(|lost| lost.bytes / 1024).sum::<u64>()
    };
    format!(
        "{} KiB read in {} regions; unreadable: {} KiB of memfd_secret, {} KiB of others",
        report.bytes / 1024,
        report.regions,
        sum(true),
        sum(false)
    )
}
