//! The numbers beside the inbox's folders. Triggers keep them with the rows, so that no page counts tens of thousands of
//! conversations; only an agent's own are counted, which are few.

use porchlight_protocol::{Counts, MemberId, Revision};

use crate::error::Result;
use crate::sql::{Sql, params};
use crate::store::SiteId;

const COUNTS: &str = "SELECT open, waiting, unread, \
     (SELECT count(*) FROM conversations /* INDEXED BY conversations_of_owner */ \
      WHERE site = $1 AND closed = 0 AND assignee = $2) \
     FROM tallies WHERE site = $1";

/// The numbers of open conversations for an agent's inbox. `revision` is the snapshot's.
pub(crate) fn counts(
    sql: Sql<'_>,
    site: SiteId,
    agent: &MemberId,
    revision: Revision,
) -> Result<Counts> {
    let found = sql.first(COUNTS, params![site, agent.as_str()], |row| {
        let (open, unassigned, unread) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Counts { revision, open, unassigned, mine: row.get(3)?, unread })
    })?;
    // A site without conversations has no row.
    Ok(found.unwrap_or(Counts { revision, ..Counts::default() }))
}

/// The sites whose numbers are not those of their conversations.
pub(crate) fn wrong(sql: Sql<'_>) -> Result<Vec<SiteId>> {
    let query = "SELECT s.id FROM sites s LEFT JOIN tallies t ON t.site = s.id LEFT JOIN \
         (SELECT site, sum(1 - closed) AS open, sum(waiting) AS waiting, sum(unread) AS unread \
          FROM conversations GROUP BY site) c ON c.site = s.id \
         WHERE coalesce(t.open, 0) <> coalesce(c.open, 0) \
         OR coalesce(t.waiting, 0) <> coalesce(c.waiting, 0) \
         OR coalesce(t.unread, 0) <> coalesce(c.unread, 0) ORDER BY s.id";
    sql.all(query, params![], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::Plan;
    use rusqlite::Connection;

    use super::*;
    use crate::postgres::scratch::Scratch;
    use crate::sql::Session;
    use crate::sqlite::schema;
    use crate::tables::sites::{self, NewSite};

    /// Inserts, changes and deletes rows of two sites in all ways, and looks at the numbers after each.
    fn follow(sql: Sql<'_>, key: &[u8; 32]) {
        let agent = MemberId::from_bytes([7; 16]);
        let [one, other] = ["One", "Other"].map(|name| {
            sites::add(sql, &NewSite::named(name, Plan::Professional, &[]).unwrap()).unwrap()
        });
        let visitor = "INSERT INTO visitors (site, key, id, created_at) VALUES ($1, $2, 'v', 0)";
        for site in [one, other] {
            sql.execute(visitor, params![site, key]).unwrap();
        }
        let is = |site, expected: [u64; 4]| {
            let Counts { open, unassigned, unread, mine, .. } =
                counts(sql, site, &agent, 0).unwrap();
            assert_eq!([open, unassigned, unread, mine], expected);
            assert!(wrong(sql).unwrap().is_empty());
        };
        is(one, [0; 4]);
        let insert = "INSERT INTO conversations (site, id, visitor, closed, revision, active, \
             waiting, unread, state) VALUES ($1, 'a', 'v', 0, 0, 0, 1, 1, ''), \
             ($1, 'b', 'v', 0, 0, 0, 0, 1, ''), ($1, 'c', 'v', 1, 0, 0, 0, 0, '')";
        for site in [one, other] {
            sql.execute(insert, params![site]).unwrap();
        }
        is(one, [2, 1, 2, 0]);
        let update = |set: &str, id: &str| {
            let query = format!("UPDATE conversations SET {set} WHERE site = $1 AND id = $2");
            sql.execute(&query, params![one, id]).unwrap();
        };
        update(&format!("waiting = 0, assignee = '{}'", agent.as_str()), "a");
        is(one, [2, 0, 2, 1]);
        update("closed = 1, unread = 0", "b");
        is(one, [1, 0, 1, 1]);
        update("state = 'x', closed = 1", "b");
        update("closed = 0, waiting = 1", "c");
        is(one, [2, 1, 1, 1]);
        sql.batch("BEGIN").unwrap();
        update("closed = 1, waiting = 0", "c");
        is(one, [1, 0, 1, 1]);
        sql.batch("ROLLBACK").unwrap();
        is(one, [2, 1, 1, 1]);
        sql.execute("DELETE FROM conversations WHERE site = $1", params![one]).unwrap();
        is(one, [0; 4]);
        is(other, [2, 1, 2, 0]);
        sql.execute("UPDATE tallies SET open = 9 WHERE site = $1", params![other]).unwrap();
        assert_eq!(wrong(sql).unwrap(), [other]);
        for table in ["conversations", "visitors"] {
            sql.batch(&format!("DELETE FROM {table}")).unwrap();
        }
        sql.batch("DELETE FROM sites").unwrap();
        assert_eq!(sql.value::<u64>("SELECT count(*) FROM tallies", params![]).unwrap(), 0);
    }

    #[test]
    fn the_numbers_follow_the_rows_of_a_file() {
        let mut file = Connection::open_in_memory().unwrap();
        schema::prepare(&file).unwrap();
        schema::migrate(&mut file).unwrap();
        follow(Sql::new(&file), &[1; 32]);
    }

    #[test]
    #[ignore = "needs a PostgreSQL server"]
    fn the_numbers_follow_the_rows_of_a_database() {
        let scratch = Scratch::new("tallies");
        scratch.database.migrate().unwrap();
        let session = scratch.database.session().unwrap();
        follow(Sql::new(session.engine()), &[1; 32]);
    }
}
