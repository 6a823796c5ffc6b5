//! The table of results: a row for each measurement, a column for each setup.

use std::fmt;
use std::time::Duration;

use super::Setup;

/// What was measured so far.
#[derive(Default)]
pub struct Table {
    setups: Vec<Setup>,
    rows: Vec<(String, Vec<(Setup, String)>)>,
    notes: Vec<String>,
}

impl Table {
    /// Puts a value into the row of this name.
    pub fn put(&mut self, row: &str, setup: Setup, value: String) {
        if !self.setups.contains(&setup) {
            self.setups.push(setup);
        }
        match self.rows.iter_mut().find(|(name, _)| name == row) {
            Some((_, values)) => values.push((setup, value)),
            None => self.rows.push((row.to_owned(), vec![(setup, value)])),
        }
    }

    /// Adds a sentence below the table.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| |")?;
        self.setups.iter().try_for_each(|setup| write!(f, " {setup} |"))?;
        writeln!(f, "\n|---|{}", "---|".repeat(self.setups.len()))?;
        for (name, values) in &self.rows {
            write!(f, "| {name} |")?;
            for setup in &self.setups {
                let value = values.iter().find(|(of, _)| of == setup);
                write!(f, " {} |", value.map_or("–", |(_, value)| value))?;
            }
            writeln!(f)?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n{note}\n"))
    }
}

/// A duration in milliseconds.
pub fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    if ms < 100.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") }
}

/// Bytes in the unit that suits them, of thousands.
pub fn kilobytes(bytes: f64) -> String {
    if bytes < 1e6 { format!("{:.1} kB", bytes / 1e3) } else { format!("{:.0} MB", bytes / 1e6) }
}

/// A part of one core.
pub fn percent(cores: f64) -> String {
    format!("{:.0} %", cores * 100.0)
}

/// The time that this part of all times does not exceed; sorts them.
pub fn part(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    let at = (last as f64 * part).ceil() as usize;
    times.get(at.min(last)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_was_not_measured_is_a_dash() {
        let mut table = Table::default();
        table.put("start", Setup::Sqlite, milliseconds(Duration::from_micros(1_250)));
        table.put("start", Setup::Postgres(2), milliseconds(Duration::from_millis(250)));
        table.put("memory", Setup::Postgres(2), kilobytes(9_800.0));
        table.note("Left out.".to_owned());
        let expected = "\
| | SQLite | PostgreSQL, 2 nodes |
|---|---|---|
| start | 1.2 ms | 250 ms |
| memory | – | 9.8 kB |

Left out.
";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn a_percentile_is_a_time_that_occurred() {
        let mut times: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(part(&mut times, 0.5), Duration::from_millis(51));
        assert_eq!(part(&mut times, 0.99), Duration::from_millis(100));
        assert_eq!(part(&mut [], 0.5), Duration::ZERO);
    }
}
