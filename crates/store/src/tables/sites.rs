//! Sites: the origins that may embed the chat, the plan and the closing settings.

use porchlight_protocol::hours::{Away, Hours, is_nobody_there};
use porchlight_protocol::left::Taking;
use porchlight_protocol::mail::MailSettings;
use porchlight_protocol::person::IdentitySettings;
use porchlight_protocol::privacy::Retention;
use porchlight_protocol::questions::Questions;
use porchlight_protocol::replace::Replace;
use porchlight_protocol::settings::Since;
use porchlight_protocol::visit::Collecting;
use porchlight_protocol::{ClosingSettings, ErrorCode, Millis, Plan, Policy, Revision, SiteKey};

use crate::commit::Commit;
use crate::error::Result;
use crate::hours;
use crate::news::Changed;
use crate::origin::Origin;
use crate::place;
use crate::random;
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::accounts;
use super::conversations::{self, REMOVED_MAX};
use super::networks::Networks;
use super::trials::{self, NO_TRIALS};

/// A site, with its closing settings.
#[derive(Debug, Clone)]
pub struct Site {
    /// The site's row.
    pub id: SiteId,
    /// The site key, which is public.
    pub key: SiteKey,
    /// The site's name.
    pub name: String,
    /// The site's plan.
    pub plan: Plan,
    /// The closing settings as they were saved. In force is [`Site::policy`].
    pub closing: ClosingSettings,
    /// Visitors can write to the team, not to bots alone.
    pub live_chat: bool,
    /// Visitors can leave messages while live chat is off.
    pub takes_messages: bool,
    /// Visitors see when the team has seen their last message.
    pub read_receipts: bool,
    /// The opening hours as they were saved. In force is [`Site::away`].
    pub hours: Hours,
    /// How the site's back end proves who a visitor is, and whether it has to.
    pub identity: IdentitySettings,
    /// For how long closed conversations are kept.
    pub retention: Retention,
    /// What live chats ask.
    pub questions: Questions,
    /// What is collected of visitors without anybody telling it.
    pub collecting: Collecting,
    /// When it sends e-mail.
    pub mail: MailSettings,
    /// The networks that are blocked.
    pub(crate) networks: Networks,
    /// The revision at which the closing settings or the plan changed last.
    pub closing_revision: Revision,
    /// The revision at which anything of [`Site::policy_at`] changed last; see [`newest`].
    pub policy_revision: Revision,
    since: Since,
}

impl Site {
    /// The closing policy in force.
    pub fn policy(&self) -> Policy {
        let closing = self.closing.policy(self.plan, self.since);
        let read_receipts = self.read_receipts;
        Policy { live_chat_off: self.taking().is_nothing(), read_receipts, ..closing }
    }

    /// What visitors can write to the team.
    pub fn taking(&self) -> Taking {
        Taking::of(self.live_chat, self.takes_messages)
    }

    /// The same with when the site is away, as clients receive it.
    pub fn policy_at(&self, now: Millis) -> Policy {
        Policy { away: self.away(now), ..self.policy() }
    }

    /// When the site is away, from now on.
    pub fn away(&self, now: Millis) -> Vec<Away> {
        let by_hours = || if self.hours.on { hours::away(&self.hours, now) } else { Vec::new() };
        self.taking().away(by_hours)
    }

    /// True if nobody is there for visitors, if `is_online` tells whether an agent is online.
    pub(crate) fn is_nobody_there(&self, now: Millis, is_online: bool) -> bool {
        let away = if is_online { self.away(now) } else { Vec::new() };
        is_nobody_there(&away, now, is_online)
    }

    /// The site after a commit that sets these.
    fn changed(&self, plan: Plan, closing: ClosingSettings, revision: Revision) -> Site {
        let keeps = closing.policy(plan, self.since).keep_unread;
        let since = self.since.after(&self.policy(), keeps, revision);
        let (closing_revision, policy_revision) = (revision, revision);
        Site { plan, closing, closing_revision, policy_revision, since, ..self.clone() }
    }
}

const COLUMNS: &str = "id, key, name, plan, auto_close_after_s, bots_apart, \
     bot_auto_close_after_s, warn_before_s, hide_closed, disable_field, notice, notices, \
     closing_revision, hide_closed_since, keep_unread, hide_unread_since, live_chat, \
     policy_revision, hours, read_receipts, identity, retention_days, questions, \
     collecting, network_key, networks_until, takes_messages, mail";

/// The number of [`COLUMNS`]: what a query asks for beside them begins at this place.
const BESIDE: usize = 28;

fn site(row: &Row) -> Result<Site> {
    let (key, plan): (String, String) = (row.get(1)?, row.get(3)?);
    let plan = Plan::ALL.into_iter().find(|known| known.as_str() == plan);
    let hours: Option<String> = row.get(18)?;
    let hours = hours.map(|json| serde_json::from_str(&json)).transpose()?;
    let identity: Option<String> = row.get(20)?;
    let identity = identity.map(|json| serde_json::from_str(&json)).transpose()?;
    let questions = row.text(22).map(serde_json::from_str).transpose()?;
    let collecting: Option<String> = row.get(23)?;
    let collecting = collecting.map(|json| serde_json::from_str(&json)).transpose()?;
    let mail = row.text(27).map(serde_json::from_str).transpose()?;
    let notices = row.text(11).ok_or_else(|| damaged("a site's notices"))?;
    Ok(Site {
        id: row.get(0)?,
        key: key.parse().map_err(|_| damaged("a site's key"))?,
        name: row.get(2)?,
        plan: plan.ok_or_else(|| damaged("a site's plan"))?,
        closing: ClosingSettings {
            auto_close_after_s: row.get(4)?,
            bots_apart: row.get(5)?,
            bot_auto_close_after_s: row.get(6)?,
            warn_before_s: row.get(7)?,
            hide_closed: row.get(8)?,
            keep_unread: row.get(14)?,
            disable_field: row.get(9)?,
            notice: row.get(10)?,
            notices: serde_json::from_str(notices)?,
        },
        live_chat: row.get(16)?,
        takes_messages: row.get(26)?,
        read_receipts: row.get(19)?,
        hours: hours.unwrap_or_default(),
        identity: identity.unwrap_or_default(),
        retention: Retention { days: retention_days(row.get(21)?)? },
        questions: questions.unwrap_or_default(),
        collecting: collecting.unwrap_or(Collecting::BEFORE),
        mail: mail.unwrap_or_default(),
        networks: Networks { key: row.get(24)?, until: row.get(25)? },
        policy_revision: newest(row.get(12)?, row.get(17)?),
        closing_revision: row.get(12)?,
        since: Since { hides_closed: row.get(13)?, hides_unread: row.get(15)? },
    })
}

fn retention_days(days: Option<u64>) -> Result<Option<u32>> {
    days.map(|days| u32::try_from(days).map_err(|_| damaged("a site's retention"))).transpose()
}

/// The revision of a policy, by the columns `closing_revision` and `policy_revision`. A node of an older version, beside
/// which this one runs during an upgrade, writes only the first.
fn newest(closing: Revision, policy: Revision) -> Revision {
    closing.max(policy)
}

/// The site with this key.
pub(crate) fn by_key(sql: Sql<'_>, key: &SiteKey) -> Result<Site> {
    let query = format!("SELECT {COLUMNS} FROM sites WHERE key = $1");
    sql.first(&query, params![key.as_str()], site)?.ok_or_else(|| ErrorCode::SiteUnknown.into())
}

/// The site of this row.
pub(crate) fn by_id(sql: Sql<'_>, id: SiteId) -> Result<Site> {
    let query = format!("SELECT {COLUMNS} FROM sites WHERE id = $1");
    sql.first(&query, params![id], site)?.ok_or_else(|| ErrorCode::SiteUnknown.into())
}

/// The row of the site with this key.
pub(crate) fn id(sql: Sql<'_>, key: &SiteKey) -> Result<Option<SiteId>> {
    sql.first("SELECT id FROM sites WHERE key = $1", params![key.as_str()], |row| row.get(0))
}

/// The site of this row with its newest revision and the steady time of that, locked until the transaction ends.
pub(crate) fn lock(sql: Sql<'_>, id: SiteId) -> Result<(Site, Revision, Millis)> {
    let query =
        format!("SELECT {COLUMNS}, revision, steady FROM sites WHERE id = $1 /* FOR UPDATE */");
    let found = sql.first(&query, params![id], |row| {
        Ok((site(row)?, row.get(BESIDE)?, row.get(BESIDE + 1)?))
    })?;
    found.ok_or_else(|| ErrorCode::SiteUnknown.into())
}

/// Saves the newest revision of a site, and the steady time of its commit.
pub(crate) fn save_revision(
    sql: Sql<'_>,
    id: SiteId,
    revision: Revision,
    steady: Millis,
) -> Result<()> {
    sql.pipeline(
        "UPDATE sites SET revision = $1, \
         steady = CASE WHEN steady < $2 THEN $2 ELSE steady END WHERE id = $3",
        params![revision, steady, id],
    )
}

/// The newest steady time at which a site was written.
pub(crate) fn steady(sql: Sql<'_>) -> Result<Millis> {
    let newest: Option<Millis> = sql.value("SELECT max(steady) FROM sites", params![])?;
    Ok(newest.unwrap_or_default())
}

/// All sites, trials too. Skips rows that can't be read.
pub(crate) fn all(sql: Sql<'_>) -> Result<Vec<Site>> {
    readable(sql, &format!("SELECT {COLUMNS} FROM sites ORDER BY id"))
}

/// The sites that people have added, and so no trials, the oldest first. Skips rows that can't be read.
pub(crate) fn listed(sql: Sql<'_>) -> Result<Vec<Site>> {
    readable(sql, &format!("SELECT {COLUMNS} FROM sites WHERE {NO_TRIALS} ORDER BY id"))
}

fn readable(sql: Sql<'_>, query: &str) -> Result<Vec<Site>> {
    let sites = sql.all(query, params![], |row| noted(sql, row))?;
    Ok(sites.into_iter().flatten().collect())
}

/// The site of a row; `None` if it can't be read, which is noted.
fn noted(sql: Sql<'_>, row: &Row) -> Result<Option<Site>> {
    let id: SiteId = row.get(0)?;
    Ok(site(row).inspect_err(|_| sql.note_damage(format_args!("site {id}"))).ok())
}

/// The origins of the pages that may embed the chat.
pub(crate) fn origins(sql: Sql<'_>, site: SiteId) -> Result<Vec<String>> {
    let query = "SELECT origin FROM allow_origins WHERE site = $1 ORDER BY origin";
    sql.all(query, params![site], |row| row.get(0))
}

/// A site to add.
#[derive(Debug, Clone)]
pub struct NewSite {
    /// The site key.
    pub key: SiteKey,
    /// The site's name.
    pub name: String,
    /// The site's plan.
    pub plan: Plan,
    /// The origins of the pages that may embed the chat.
    pub origins: Vec<Origin>,
}

impl NewSite {
    /// A site with a new key.
    pub fn named(name: &str, plan: Plan, origins: &[Origin]) -> anyhow::Result<Self> {
        let key = format!("pl_{}", porchlight_protocol::id::hex(&random::bytes::<10>()?));
        Ok(NewSite { key: key.parse()?, name: name.to_owned(), plan, origins: origins.to_vec() })
    }
}

/// Adds a site with default settings.
pub(crate) fn add(sql: Sql<'_>, new: &NewSite) -> Result<SiteId> {
    let collecting = serde_json::to_string(&Collecting::default())?;
    let site = sql.value(
        "INSERT INTO sites (key, name, created_at, plan, collecting) \
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        params![new.key.as_str(), &new.name, place::now(sql)?, new.plan.as_str(), &collecting],
    )?;
    insert_origins(sql, site, &new.origins)?;
    Ok(site)
}

/// Inserts the origins that are not there yet. Returns how many these are.
fn insert_origins(sql: Sql<'_>, site: SiteId, origins: &[Origin]) -> Result<usize> {
    let insert = "INSERT INTO allow_origins (site, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    origins.iter().map(|origin| sql.execute(insert, params![site, origin.as_str()])).sum()
}

/// The site with this name, in any case.
pub(crate) fn by_name(sql: Sql<'_>, name: &str) -> Result<Option<Site>> {
    let name = name.to_lowercase();
    Ok(listed(sql)?.into_iter().find(|site| site.name.to_lowercase() == name))
}

/// Renames a site. Pages show the new name after a reload.
pub(crate) fn rename(sql: Sql<'_>, site: &Site, name: &str) -> Result<()> {
    sql.execute("UPDATE sites SET name = $1 WHERE id = $2", params![name, site.id])?;
    Ok(())
}

/// Adds origins that may embed the chat. Returns how many are new.
pub(crate) fn add_origins(sql: Sql<'_>, site: &Site, origins: &[Origin]) -> Result<usize> {
    insert_origins(sql, site.id, origins)
}

/// Removes origins that may embed the chat. Pages follow with their next load. Returns how many were removed.
pub(crate) fn remove_origins(sql: Sql<'_>, site: &Site, origins: &[Origin]) -> Result<usize> {
    let mut removed = 0;
    for origin in origins {
        removed += sql.execute(
            "DELETE FROM allow_origins WHERE site = $1 AND origin = $2",
            params![site.id, origin.as_str()],
        )?;
    }
    Ok(removed)
}

/// The numbers of what is removed with a site.
#[derive(Debug, Clone, Copy)]
pub struct Belongings {
    /// Conversations.
    pub conversations: u64,
    /// Visitors.
    pub visitors: u64,
    /// Agents.
    pub agents: u64,
    /// Bots.
    pub bots: u64,
}

/// The numbers of what is removed with a site.
pub(crate) fn belongings(sql: Sql<'_>, site: &Site) -> Result<Belongings> {
    let count = |table| -> Result<u64> {
        let query = format!("SELECT count(*) FROM {table} WHERE site = $1");
        sql.value(&query, params![site.id])
    };
    Ok(Belongings {
        conversations: count("conversations")?,
        visitors: count("visitors")?,
        agents: count("agents")?,
        bots: count("bots")?,
    })
}

/// Removes a site for good: first the team, then its trials, then conversations in batches, so that other sites' messages
/// don't wait long, and at last the site itself. True if nothing is left of it.
pub(crate) fn remove_some(sql: Sql<'_>, site: &Site) -> Result<bool> {
    // As all do who write to its conversations.
    lock(sql, site.id)?;
    let tables = [
        "sessions",
        "pictures",
        "agents",
        "invitations",
        "flows",
        "bots",
        "allow_origins",
        "texts",
        "secrets",
        "audit",
        "mails",
        "unsubscribed",
    ];
    for table in tables {
        sql.execute(&format!("DELETE FROM {table} WHERE site = $1"), params![site.id])?;
    }
    accounts::forget_unused(sql)?;
    // Without agents, no other one begins.
    if let Some(trial) = trials::one_of(sql, site.id)? {
        remove_some(sql, &by_id(sql, trial)?)?;
        return Ok(false);
    }
    let query = "SELECT id FROM conversations WHERE site = $1 LIMIT $2";
    let ids: Vec<String> = sql.all(query, params![site.id, REMOVED_MAX], |row| row.get(0))?;
    conversations::remove(sql, site.id, &ids)?;
    if ids.len() == REMOVED_MAX {
        return Ok(false);
    }
    for table in ["records", "returns", "visitors"] {
        sql.execute(&format!("DELETE FROM {table} WHERE site = $1"), params![site.id])?;
    }
    trials::forget(sql, site.id)?;
    sql.execute("DELETE FROM sites WHERE id = $1", params![site.id])?;
    Ok(true)
}

/// How far a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteHead {
    /// The site.
    pub site: SiteId,
    /// Its newest revision.
    pub revision: Revision,
    /// The revision of its policy.
    pub policy_revision: Revision,
}

/// How far all sites are.
pub(crate) fn heads(sql: Sql<'_>) -> Result<Vec<SiteHead>> {
    let query = "SELECT id, revision, closing_revision, policy_revision FROM sites";
    sql.all(query, params![], |row| {
        let policy_revision = newest(row.get(2)?, row.get(3)?);
        Ok(SiteHead { site: row.get(0)?, revision: row.get(1)?, policy_revision })
    })
}

/// The public URL of the server, as it was given last.
pub(crate) fn public_url(sql: Sql<'_>) -> Result<Option<Origin>> {
    let url: Option<String> = sql.value("SELECT public_url FROM meta", params![])?;
    Ok(url.and_then(|url| url.parse().ok()))
}

/// Saves the public URL of the server, for the script tags that commands print.
pub(crate) fn set_public_url(sql: Sql<'_>, url: &Origin) -> Result<()> {
    sql.execute(
        "UPDATE meta SET public_url = $1 WHERE public_url IS DISTINCT FROM $1",
        params![url.as_str()],
    )?;
    Ok(())
}

/// Replaces the origins that may embed the chat.
pub(crate) fn set_origins(sql: Sql<'_>, site: SiteId, origins: &[Origin]) -> Result<()> {
    sql.execute("DELETE FROM allow_origins WHERE site = $1", params![site])?;
    insert_origins(sql, site, origins)?;
    Ok(())
}

/// Saves the closing settings and publishes the policy. Changes nothing if the settings are the same; refuses if they
/// have changed since the revision that the admin saw.
pub(crate) fn set_closing(
    commit: &mut Commit<'_>,
    site: &Site,
    closing: ClosingSettings,
    seen: Option<Revision>,
) -> Result<Site> {
    if !site.plan.includes_closing() {
        return Err(ErrorCode::PlanRequired.into());
    }
    let closing = closing.checked()?;
    if closing == site.closing {
        return Ok(site.clone());
    }
    if seen.is_some_and(|seen| seen != site.closing_revision) {
        return Err(ErrorCode::SettingsChanged.into());
    }
    let revision = commit.next_revision(site.id)?;
    let changed = site.changed(site.plan, closing, revision);
    save(commit, &changed)?;
    let policy = changed.policy_at(commit.now);
    commit.publish(site.id, revision, Changed::Policy(policy))?;
    Ok(changed)
}

/// Switches live chat on or off, and publishes the policy.
pub(crate) fn set_live_chat(commit: &mut Commit<'_>, site: &Site, on: bool) -> Result<()> {
    if on == site.live_chat {
        return Ok(());
    }
    publish(commit, Site { live_chat: on, ..site.clone() })?;
    Ok(())
}

/// Switches on or off that messages are taken while live chat is off, and publishes the policy.
pub(crate) fn set_takes_messages(commit: &mut Commit<'_>, site: &Site, on: bool) -> Result<()> {
    if on != site.takes_messages {
        publish(commit, Site { takes_messages: on, ..site.clone() })?;
    }
    Ok(())
}

/// Switches read receipts for visitors on or off, and publishes the policy.
pub(crate) fn set_read_receipts(commit: &mut Commit<'_>, site: &Site, on: bool) -> Result<()> {
    if on != site.read_receipts {
        publish(commit, Site { read_receipts: on, ..site.clone() })?;
    }
    Ok(())
}

/// Saves the opening hours, and publishes the policy. Refused if nobody could tell the time by them, or if they have changed
/// since the admin saw them.
pub(crate) fn set_hours(
    commit: &mut Commit<'_>,
    site: &Site,
    hours: Replace<Hours>,
) -> Result<Site> {
    let hours = Replace { value: hours::known(hours.value)?, ..hours }.in_place_of(&site.hours)?;
    if hours == site.hours {
        return Ok(site.clone());
    }
    publish(commit, Site { hours, ..site.clone() })
}

/// Saves how the site's back end proves who a visitor is. Clients need not know.
pub(crate) fn set_identity(
    commit: &mut Commit<'_>,
    site: &Site,
    identity: IdentitySettings,
) -> Result<Site> {
    let changed = Site { identity, ..site.clone() };
    if changed.identity != site.identity {
        save(commit, &changed)?;
    }
    Ok(changed)
}

/// Saves for how long closed conversations are kept. No client has to know. False if it was so already.
pub(crate) fn set_retention(
    commit: &mut Commit<'_>,
    site: &Site,
    retention: Retention,
) -> Result<bool> {
    if retention == site.retention {
        return Ok(false);
    }
    save(commit, &Site { retention, ..site.clone() })?;
    Ok(true)
}

/// Saves what live chats ask. No client has to know. Refused if it has changed since the admin saw it.
pub(crate) fn set_questions(
    commit: &mut Commit<'_>,
    site: &Site,
    questions: Replace<Questions>,
) -> Result<Questions> {
    let questions = Replace { value: questions.value.checked()?, ..questions };
    let questions = questions.in_place_of(&site.questions)?;
    if questions != site.questions {
        save(commit, &Site { questions: questions.clone(), ..site.clone() })?;
    }
    Ok(questions)
}

/// Saves what is collected of visitors. No client has to know: a page is told with its next document. What is collected no
/// longer is removed from the records, see [`sweeping`]. False if it was so already.
pub(crate) fn set_collecting(
    commit: &mut Commit<'_>,
    site: &Site,
    collecting: Collecting,
) -> Result<bool> {
    if collecting == site.collecting {
        return Ok(false);
    }
    save(commit, &Site { collecting, ..site.clone() })?;
    if collecting.drops(site.collecting) {
        set_sweep(commit.sql, site.id, Some(""))?;
    }
    Ok(true)
}

/// Saves when the site sends e-mail. No client of visitors has to know. Refused if it has changed since the admin saw it.
pub(crate) fn set_mail(
    commit: &mut Commit<'_>,
    site: &Site,
    mail: Replace<MailSettings>,
) -> Result<MailSettings> {
    let mail = Replace { value: mail.value.checked()?, ..mail }.in_place_of(&site.mail)?;
    if mail != site.mail {
        save(commit, &Site { mail: mail.clone(), ..site.clone() })?;
    }
    Ok(mail)
}

/// Saves by which key networks are hashed, and until when one is blocked at most.
pub(crate) fn set_networks(
    commit: &mut Commit<'_>,
    site: &Site,
    networks: Networks,
) -> Result<Site> {
    commit.sql.pipeline(
        "UPDATE sites SET network_key = $1, networks_until = $2 WHERE id = $3",
        params![networks.key, networks.until, site.id],
    )?;
    let changed = Site { networks, ..site.clone() };
    commit.replace(changed.clone())?;
    Ok(changed)
}

/// The sites, of all, whose records hold what is collected no longer.
pub(crate) fn sweeping(sql: Sql<'_>) -> Result<Vec<SiteId>> {
    let query = "SELECT id FROM sites WHERE sweep IS NOT NULL ORDER BY id";
    sql.all(query, params![], |row| row.get(0))
}

/// The visitor up to whom the records of a site have lost what is collected no longer; `None` if all have.
pub(crate) fn sweep(sql: Sql<'_>, site: SiteId) -> Result<Option<String>> {
    let query = "SELECT sweep FROM sites WHERE id = $1";
    Ok(sql.first(query, params![site], |row| row.get(0))?.flatten())
}

/// Saves that visitor.
pub(crate) fn set_sweep(sql: Sql<'_>, site: SiteId, up_to: Option<&str>) -> Result<()> {
    sql.pipeline("UPDATE sites SET sweep = $1 WHERE id = $2", params![up_to, site])
}

/// The sites, of all, that remove closed conversations after a while.
pub(crate) fn retaining(sql: Sql<'_>) -> Result<Vec<SiteId>> {
    let query = "SELECT id FROM sites WHERE retention_days IS NOT NULL ORDER BY id";
    sql.all(query, params![], |row| row.get(0))
}

/// Saves what is no part of the closing settings, and publishes the policy.
fn publish(commit: &mut Commit<'_>, site: Site) -> Result<Site> {
    let revision = commit.next_revision(site.id)?;
    let changed = Site { policy_revision: revision, ..site };
    save(commit, &changed)?;
    let policy = changed.policy_at(commit.now);
    commit.publish(changed.id, revision, Changed::Policy(policy))?;
    Ok(changed)
}

/// Changes a site's plan, in a command's transaction.
pub(crate) fn set_plan(commit: &mut Commit<'_>, site: &Site, plan: Plan) -> Result<()> {
    if plan == site.plan {
        return Ok(());
    }
    let revision = commit.next_revision(site.id)?;
    save(commit, &site.changed(plan, site.closing.clone(), revision))
}

/// Gives a site that was just added, and that nobody knows yet, the settings of another, with its plan. But not those for
/// identity: who tries a bot is nobody whom the site's back end could prove.
pub(crate) fn take_settings(commit: &mut Commit<'_>, of: &Site, to: SiteId) -> Result<()> {
    let Site { id, key, name, networks, closing_revision, policy_revision, since, .. } =
        commit.hold(to)?;
    let identity = IdentitySettings::default();
    let of = Site { identity, ..of.clone() };
    let site = Site { id, key, name, networks, closing_revision, policy_revision, since, ..of };
    save(commit, &site)
}

fn save(commit: &mut Commit<'_>, site: &Site) -> Result<()> {
    let closing = &site.closing;
    let notices = serde_json::to_string(&closing.notices)?;
    let hours = serde_json::to_string(&site.hours)?;
    let identity = serde_json::to_string(&site.identity)?;
    let questions = serde_json::to_string(&site.questions)?;
    let collecting = serde_json::to_string(&site.collecting)?;
    let mail = serde_json::to_string(&site.mail)?;
    commit.sql.pipeline(
        "UPDATE sites SET plan = $1, auto_close_after_s = $2, bots_apart = $3, \
         bot_auto_close_after_s = $4, warn_before_s = $5, hide_closed = $6, disable_field = $7, \
         notice = $8, notices = $9, closing_revision = $10, hide_closed_since = $11, \
         keep_unread = $12, hide_unread_since = $13, live_chat = $14, \
         policy_revision = $15, hours = $16, read_receipts = $17, identity = $18, \
         retention_days = $19, questions = $20, collecting = $21, takes_messages = $22, \
         mail = $23 WHERE id = $24",
        params![
            site.plan.as_str(),
            closing.auto_close_after_s,
            closing.bots_apart,
            closing.bot_auto_close_after_s,
            closing.warn_before_s,
            closing.hide_closed,
            closing.disable_field,
            closing.notice,
            &notices,
            site.closing_revision,
            site.since.hides_closed,
            closing.keep_unread,
            site.since.hides_unread,
            site.live_chat,
            site.policy_revision,
            &hours,
            site.read_receipts,
            &identity,
            site.retention.days.map(u64::from),
            &questions,
            &collecting,
            site.takes_messages,
            &mail,
            site.id,
        ],
    )?;
    commit.replace(site.clone())
}

const TIMED: &str = "(auto_close_after_s IS NOT NULL OR bot_auto_close_after_s IS NOT NULL)";

/// The sites with a period, of all sites: for the timer.
pub(crate) fn timed(sql: Sql<'_>) -> Result<Vec<Site>> {
    readable(sql, &format!("SELECT {COLUMNS} FROM sites WHERE {TIMED}"))
}

/// Those of them that have open conversations, with the first `active_at` among each of these `kinds` of conversations of
/// site `$1`.
pub(crate) fn timed_with(
    sql: Sql<'_>,
    kinds: [&str; 2],
) -> Result<Vec<(Site, [Option<Millis>; 2])>> {
    let [one, other] = kinds.map(|those| those.replace("$1", "sites.id"));
    let query = format!(
        "SELECT {COLUMNS}, (SELECT min(active_at) {one}), (SELECT min(active_at) {other}) \
         FROM sites JOIN tallies ON tallies.site = sites.id WHERE open > 0 AND {TIMED}"
    );
    let found = sql.all(&query, params![], |row| {
        let site = noted(sql, row)?;
        site.map(|site| Ok((site, [row.get(BESIDE)?, row.get(BESIDE + 1)?]))).transpose()
    })?;
    Ok(found.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_beside_a_site_comes_after_its_columns() {
        assert_eq!(COLUMNS.split(',').count(), BESIDE);
    }
}
