//! What two stores are compared by: of each table the number of its rows, and a hash over all of them.

use sha2::{Digest as _, Sha256};

use crate::error::Result;
use crate::sql::{Row, Sql, Value};

use super::rows::Rows;

/// The number of rows of a table, and the sum of their hashes. A sum, because engines sort texts by different rules, and
/// it is the same in any order; no row is there twice, because each has its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Digest {
    /// Rows.
    pub(super) rows: u64,
    sum: [u64; 4],
}

impl Digest {
    /// The digest of a whole table. Calls `seen` with the number of rows of each page.
    pub(super) fn of(sql: Sql<'_>, rows: &Rows, mut seen: impl FnMut(u64)) -> Result<Self> {
        let mut digest = Digest::default();
        let mut after: Option<Vec<Value>> = None;
        loop {
            let page = rows.page(sql, after.as_deref())?;
            let Some(last) = page.last() else { return Ok(digest) };
            for row in &page {
                digest.add(rows.columns(), row);
            }
            after = Some(rows.key(last));
            seen(page.len() as u64);
        }
    }

    fn add(&mut self, columns: &[String], row: &Row) {
        let mut hasher = Sha256::new();
        for (column, value) in columns.iter().zip(row.values()) {
            let int;
            let (kind, bytes): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Int(number) => {
                    int = number.to_le_bytes();
                    (1, &int)
                }
                Value::Text(text) => (2, text.as_bytes()),
                Value::Bytes(bytes) => (3, bytes),
            };
            // With their lengths, so that no byte can belong to its neighbour.
            hasher.update((column.len() as u64).to_le_bytes());
            hasher.update(column.as_bytes());
            hasher.update([kind]);
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        let hash: [u8; 32] = hasher.finalize().into();
        let (parts, _) = hash.as_chunks::<8>();
        for (sum, part) in self.sum.iter_mut().zip(parts) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*part));
        }
        self.rows += 1;
    }

    /// The digest as a text.
    pub(super) fn text(&self) -> String {
        let sum: Vec<String> = self.sum.iter().map(|part| format!("{part:016x}")).collect();
        format!("{}-{}", self.rows, sum.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[&[Value]]) -> Digest {
        let columns = ["a".to_owned(), "b".to_owned()];
        let mut digest = Digest::default();
        for row in rows {
            digest.add(&columns, &Row::new(row.to_vec()));
        }
        digest
    }

    #[test]
    fn rows_that_differ_have_other_digests_and_their_order_has_not() {
        let text = |text: &str| Value::Text(text.to_owned());
        let one = [Value::Int(1), text("x")];
        let two = [Value::Int(2), Value::Null];
        assert_eq!(digest(&[&one, &two]), digest(&[&two, &one]));
        let others: &[&[Value]] = &[
            &[Value::Int(1), text("y")],
            &[Value::Int(1), Value::Bytes(b"x".to_vec())],
            &[Value::Int(1), Value::Null],
            &[text("x"), Value::Int(1)],
            &[Value::Int(1), text("")],
            &[Value::Null, text("x")],
        ];
        for other in others {
            assert_ne!(digest(&[&one]), digest(&[other]), "{other:?}");
        }
        assert_ne!(digest(&[&one]), digest(&[&one, &two]));
        let (ab, c) = ([text("ab"), text("c")], [text("a"), text("bc")]);
        assert_ne!(digest(&[&ab]), digest(&[&c]));
    }
}
