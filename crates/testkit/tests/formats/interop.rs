//! What ran with the official SDK, as its page has it.

/// A row of the page: the format, whose data is opened by whom, how many cases, and what came of them.
pub(crate) struct Ran {
    pub(crate) format: String,
    direction: String,
    cases: String,
    result: String,
}

/// All rows.
pub(crate) struct Interop(Vec<Ran>);

impl Interop {
    pub(crate) fn read(page: &str) -> Self {
        let row = |line: &str| {
            let cells: Vec<&str> = line.strip_prefix('|')?.trim_end_matches('|').split('|').map(str::trim).collect();
            let [format, direction, _, cases, result] = cells[..] else { return None };
            let [format, direction, cases, result] = [format, direction, cases, result].map(str::to_owned);
            Some(Ran { format, direction, cases, result })
        };
        let rows = page.lines().filter_map(row).filter(|row| row.direction != "direction" && row.direction != "---");
        Self(rows.collect())
    }

    /// The formats of all rows.
    pub(crate) fn formats(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|row| row.format.as_str())
    }

    /// What came of these formats together.
    ///
    /// # Errors
    /// A row that is not there, or that is pending.
    pub(crate) fn sum(&self, formats: &[&str]) -> Result<String, String> {
        let (mut counts, mut reasons) = (Vec::<(&str, usize)>::new(), Vec::<String>::new());
        for format in formats {
            let mut rows = self.0.iter().filter(|row| row.format == *format).peekable();
            if rows.peek().is_none() {
                return Err(format!("docs/interop.md has no row: {format}"));
            }
            for row in rows {
                let whose = row.direction.split_once(',').map_or(&*row.direction, |(whose, _)| whose);
                match (row.cases.parse::<usize>(), row.result.strip_prefix("not offered: ")) {
                    (Ok(cases), _) if row.result == "agreed" => {
                        match counts.iter_mut().find(|(known, _)| *known == whose) {
                            Some((_, count)) => *count += cases,
                            None => counts.push((whose, cases)),
                        }
                    }
                    (_, Some(why)) => reasons.push(format!("{whose} not offered: {why}")),
                    _ => return Err(format!("a row of docs/interop.md is pending: {format}")),
                }
            }
        }
        let counts: Vec<String> = counts.into_iter().map(|(whose, count)| format!("{whose} {count}")).collect();
        let counts = (!counts.is_empty()).then(|| format!("[{}](interop.md)", counts.join(", ")));
        Ok(counts.into_iter().chain(reasons).collect::<Vec<_>>().join("; "))
    }
}
