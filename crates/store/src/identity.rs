//! Who a visitor is: what a page tells of its visitor, and how the devices of one person become one visitor.

use porchlight_protocol::person::{self, Details, Identified, Identify, Teller, VisitorRecord};
use porchlight_protocol::{ErrorBody, ErrorCode, Millis, VisitorId};

use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::news::Changed;
use crate::proof::Proved;
use crate::random::{self, Hash};
use crate::store::SiteId;
use crate::tables::sites::Site;
use crate::tables::{conversations, records, visitors};

/// What a request shows of its sender beside what it says: not kept where nothing is known of the visitor otherwise.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The browser and its system, such as `Firefox, Windows`.
    pub device: Option<String>,
    /// The first language that the browser asks for, a BCP 47 tag.
    pub language: Option<String>,
}

/// What a page has told, checked.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// What its back end has proved.
    pub proved: Option<Proved>,
    /// The id that the page claims.
    pub id: Option<String>,
    /// What else it claims.
    pub details: Details,
    /// The language of the chat.
    pub language: Option<String>,
    /// The language that the browser asks for, which counts where no other is known.
    pub accepted: Option<String>,
    /// The browser's time zone.
    pub time_zone: Option<String>,
    /// The page that led to the site.
    pub referrer: Option<String>,
    /// The browser and its system.
    pub device: Option<String>,
}

impl Told {
    /// What a page tells, with what was proved of it; or why it is refused.
    pub fn checked(
        identify: &Identify,
        proved: Option<Proved>,
        surroundings: Surroundings,
    ) -> Result<Self> {
        let refused = |body: ErrorBody| Error::Refused(Box::new(body));
        let id = identify.id.as_deref().map(|id| {
            person::external_id(id).map(str::to_owned).ok_or_else(|| {
                let field = Some("id".to_owned());
                refused(ErrorBody { field, ..ErrorCode::ExternalIdInvalid.body() })
            })
        });
        let language = identify.language.as_deref().and_then(person::language);
        let time_zone = identify.time_zone.as_deref().and_then(person::time_zone);
        Ok(Told {
            proved,
            id: id.transpose()?,
            details: identify.details().checked().map_err(|wrong| refused(wrong.body()))?,
            language,
            accepted: surroundings.language,
            time_zone: time_zone.map(str::to_owned),
            referrer: identify.referrer.as_deref().and_then(person::referrer),
            device: surroundings.device,
        })
    }
}

/// Takes what a page has told of the visitor with this key, at a held site. A key that was never used creates a visitor. If
/// the site knows the person whom it proves from other devices, the key opens that visitor's conversations from now on, and
/// those that it has opened become theirs.
pub(crate) fn identify(
    commit: &mut Commit<'_>,
    site: &Site,
    key: &Hash,
    told: &Told,
) -> Result<Identified> {
    let device = visitors::of_key(commit.sql, site.id, key)?;
    // To be somebody else lifts no block.
    if device.as_ref().is_some_and(|device| device.is_blocked) {
        return Err(ErrorCode::VisitorBlocked.into());
    }
    let device = device.map(|device| device.id);
    let person = match &told.proved {
        Some(proved) => records::person(commit.sql, site.id, &proved.id)?,
        None => None,
    };
    let (visitor, anew) = match (device, person) {
        (None, None) => {
            let visitor = VisitorId::from_bytes(random::bytes()?);
            visitors::insert(commit, site.id, key, &visitor)?;
            (visitor, false)
        }
        (None, Some(person)) => {
            let device = VisitorId::from_bytes(random::bytes()?);
            let revision = records::absorb(commit, site.id, &person, None)?.revision;
            visitors::insert_joined(commit, site.id, key, &device, &person, revision)?;
            (person, true)
        }
        (Some(device), Some(person)) if device == person => (person, false),
        (Some(device), person) => {
            let record = records::of(commit.sql, site.id, &device)?;
            refuse_others(record.as_ref(), told)?;
            match person {
                None => (device, false),
                Some(person) => {
                    join(commit, site.id, device, record, &person)?;
                    (person, true)
                }
            }
        }
    };
    let now = commit.now;
    let record = records::change(commit, site.id, &visitor, |record| take(record, told, now))?;
    Ok(Identified { proved: record.proved, anew })
}

/// Refuses what is about somebody else than the person to whom the device belongs.
fn refuse_others(record: Option<&VisitorRecord>, told: &Told) -> Result<()> {
    let is = record.filter(|record| record.proved).and_then(|record| record.external_id.as_ref());
    let said = told.proved.as_ref().map(|proved| &proved.id).or(told.id.as_ref());
    match (is, said) {
        (Some(is), Some(said)) if is.value != *said => Err(ErrorCode::OtherPerson.into()),
        _ => Ok(()),
    }
}

/// Makes a device, whose visitor is nobody in particular, one of a person's.
fn join(
    commit: &mut Commit<'_>,
    site: SiteId,
    device: VisitorId,
    record: Option<VisitorRecord>,
    person: &VisitorId,
) -> Result<()> {
    conversations::hand_over(commit.sql, site, &device, person)?;
    records::remove(commit.sql, site, &device)?;
    let joined = records::absorb(commit, site, person, record)?;
    visitors::join(commit.sql, site, &device, person, joined.revision)?;
    commit.publish(site, joined.revision, Changed::Joined(records::joining(device, &joined)))
}

/// Takes over what was told: first what is proved, then what is claimed.
fn take(record: &mut VisitorRecord, told: &Told, now: Millis) -> Result<()> {
    let refused = |body: ErrorBody| Error::Refused(Box::new(body));
    if let Some(proved) = &told.proved {
        record.tell_id(&proved.id, &Teller::Proof, now);
        let details = proved.details.clone();
        record.tell(details, &Teller::Proof, now).map_err(|wrong| refused(wrong.body()))?;
    } else if let Some(id) = &told.id {
        record.tell_id(id, &Teller::Page, now);
    }
    let details = told.details.clone();
    record.tell(details, &Teller::Page, now).map_err(|wrong| refused(wrong.body()))?;
    for (slot, told) in [
        (&mut record.language, &told.language),
        (&mut record.time_zone, &told.time_zone),
        (&mut record.referrer, &told.referrer),
        (&mut record.device, &told.device),
    ] {
        if told.is_some() {
            slot.clone_from(told);
        }
    }
    record.language = record.language.take().or_else(|| told.accepted.clone());
    records::sees(record, now);
    Ok(())
}
