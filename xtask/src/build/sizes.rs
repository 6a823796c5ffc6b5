//! The sizes of the files that visitors and agents download, and their budgets.

use std::fmt::Write;

use anyhow::{Result, bail};

use super::assets::Asset;

/// Bytes (brotli) of the loader's first file, which every host page loads.
pub const LOADER_BUDGET: usize = 3_000;

/// Bytes (brotli) of the loader's second file, which is loaded when a visitor shows interest.
pub const PANEL_BUDGET: usize = 6_000;

/// Bytes (brotli) of everything to open the chat: the loader's second file, document, CSS, JS and
/// WebAssembly. The aim is 95,000, once words and markup have left the module.
pub const OPEN_BUDGET: usize = 110_000;

/// Bytes (brotli) of what is loaded when a visitor asks for it, together.
pub const DEMAND_BUDGET: usize = 25_000;

/// Files that are downloaded together.
pub struct Part {
    /// The name in the table.
    pub name: &'static str,
    /// The files.
    pub assets: Vec<Asset>,
    /// The limit in bytes (brotli) on their sum; `None` if they are only listed.
    pub budget: Option<usize>,
}

impl Part {
    fn brotli(&self) -> usize {
        self.assets.iter().map(|asset| asset.brotli).sum()
    }
}

/// The sizes of all files, in bytes, with their sums and budgets.
pub fn table(parts: &[Part]) -> String {
    let mut table = String::new();
    line(&mut table, "", &["raw", "gzip", "brotli"], "");
    for part in parts {
        let _ = writeln!(table, "{}", part.name);
        for asset in &part.assets {
            let name = format!("  {}", asset.path.display());
            line(&mut table, &name, &sizes(asset.raw, asset.gzip, asset.brotli), "");
        }
        let sum = |size: fn(&Asset) -> usize| part.assets.iter().map(size).sum();
        let sums = sizes(sum(|asset| asset.raw), sum(|asset| asset.gzip), part.brotli());
        let note = match part.budget {
            Some(budget) => format!("of {}", grouped(budget)),
            None => String::new(),
        };
        line(&mut table, "  together", &sums, &note);
    }
    table
}

/// An error that names each part that is over its budget, or empty.
pub fn verdict(parts: &[Part]) -> Result<()> {
    let mut objections = Vec::new();
    for part in parts {
        let Some(budget) = part.budget else { continue };
        let weight = part.brotli();
        if part.assets.is_empty() {
            objections.push(format!("the {} is missing", part.name));
        } else if weight > budget {
            objections.push(format!(
                "the {} weighs {} bytes by brotli, {} over its budget of {}",
                part.name,
                grouped(weight),
                grouped(weight - budget),
                grouped(budget),
            ));
        }
    }
    if !objections.is_empty() {
        bail!("{}", objections.join("; "));
    }
    Ok(())
}

fn sizes(raw: usize, gzip: usize, brotli: usize) -> [String; 3] {
    [raw, gzip, brotli].map(grouped)
}

fn line(table: &mut String, name: &str, columns: &[impl AsRef<str>; 3], note: &str) {
    let [raw, gzip, brotli] = columns.each_ref().map(AsRef::as_ref);
    let line = format!("{name:<52}{raw:>11}{gzip:>11}{brotli:>11}  {note}");
    let _ = writeln!(table, "{}", line.trim_end());
}

/// A number with commas between the thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(path: &str, brotli: usize) -> Asset {
        Asset { path: path.into(), raw: brotli * 3, gzip: brotli * 2, brotli }
    }

    fn part(name: &'static str, assets: Vec<Asset>, budget: Option<usize>) -> Part {
        Part { name, assets, budget }
    }

    #[test]
    fn thousands_stand_apart() {
        let numbers = [0, 999, 1_000, 12_345, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn the_table_shows_each_file_and_the_sums_with_their_budgets() {
        let parts = [
            part("loader", vec![asset("porchlight.js", 1_100)], Some(3_000)),
            part("inbox", vec![asset("index.html", 300), asset("app.wasm", 40_000)], None),
        ];
        let expected = "
                                                            raw       gzip     brotli
loader
  porchlight.js                                           3,300      2,200      1,100
  together                                                3,300      2,200      1,100  of 3,000
inbox
  index.html                                                900        600        300
  app.wasm                                              120,000     80,000     40,000
  together                                              120,900     80,600     40,300
";
        assert_eq!(format!("\n{}", table(&parts)), expected);
    }

    #[test]
    fn a_budget_may_be_used_up_to_its_last_byte() {
        let exact = [part("frame", vec![asset("a.js", 40), asset("b.wasm", 60)], Some(100))];
        assert!(verdict(&exact).is_ok());
        let over = [part("frame", vec![asset("a.js", 41), asset("b.wasm", 60)], Some(100))];
        let objection = verdict(&over).unwrap_err().to_string();
        assert!(objection.contains("the frame weighs 101 bytes by brotli, 1 over"), "{objection}");
    }

    #[test]
    fn what_is_missing_does_not_pass_for_light() {
        let objection = verdict(&[part("loader", vec![], Some(3_000))]).unwrap_err().to_string();
        assert_eq!(objection, "the loader is missing");
    }

    #[test]
    fn what_has_no_budget_may_weigh_anything() {
        assert!(verdict(&[part("inbox", vec![asset("app.wasm", 1_000_000)], None)]).is_ok());
    }
}
