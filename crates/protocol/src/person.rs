//! The visitor's record: what a team knows of a visitor, who told it, and how a site's page says who its visitor is.
//!
//! What may be said, and what replaces what, is decided here: [`Details::checked`], [`Teller::may_replace`] and
//! [`VisitorRecord::tell`]. `docs/identity.md` says it in words.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::call_back::CallBack;
use crate::id::{ConversationId, MemberId, VisitorId};
use crate::json::{FromJson, Json, Malformed};
use crate::limits::{
    ATTRIBUTE_CHARS_MAX, ATTRIBUTE_KEY_CHARS_MAX, ATTRIBUTE_NUMBER_MAX, ATTRIBUTES_MAX,
    EXTERNAL_ID_CHARS_MAX, NAME_CHARS_MAX, PHONE_CHARS_MAX, REFERRER_CHARS_MAX,
    SECRET_RETIRES_HOURS_MAX, ZONE_CHARS_MAX,
};
use crate::text::{self, TextError};
use crate::visit::{LastPage, Visit};
use crate::{ErrorBody, ErrorCode, Millis, Revision, from_json, notice, team};

/// A value of a record, with who told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// Who told it.
    pub by: Teller,
    /// When.
    pub at: Millis,
}

/// Who told a value of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Teller {
    /// The site's page, without a proof: a claim, which anybody in front of the browser can make.
    Page,
    /// A bot's flow, which has set it.
    Bot,
    /// The visitor, who has answered a question with it.
    Visitor,
    /// An agent, by hand.
    Agent {
        /// The agent's name then.
        name: String,
    },
    /// The site's back end, which has signed it.
    Proof,
    /// Somebody of whom this version does not know.
    Other,
}

impl Teller {
    /// How much it counts; what is told again replaces what counts as much or less.
    const fn weight(&self) -> u8 {
        match self {
            Teller::Page | Teller::Other => 0,
            Teller::Bot | Teller::Visitor => 1,
            Teller::Agent { .. } => 2,
            Teller::Proof => 3,
        }
    }

    /// True if what `self` tells replaces what `before` has told. Agents may correct everything. Otherwise a proof counts
    /// more than an agent, an agent more than the visitor's answers and what bots set, and those more than a page's claim.
    pub const fn may_replace(&self, before: &Teller) -> bool {
        matches!(self, Teller::Agent { .. }) || self.weight() >= before.weight()
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum AttributeValue {
    /// A text on one line.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Bool(bool),
}

/// What a team knows of a visitor. The answer to `GET …/agent/visitors/{id}`, and to a change of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitorRecord {
    /// The visitor's id. Another one than was asked for, if that visitor has joined this one: see [`VisitorName::joined`].
    pub id: VisitorId,
    /// The id that the site's own back end has for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<Told<String>>,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Told<String>>,
    /// The person's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Told<String>>,
    /// The person's telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Told<String>>,
    /// When the person wishes to be called, until somebody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_back: Option<Told<CallBack>>,
    /// What else was told, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Told<AttributeValue>>,
    /// The language of the visitor's chat, a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The browser's time zone, such as `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The browser and its system, such as `Firefox, Windows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The page that led to the site, without what follows its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// The pages of the visitor's last visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<Visit>,
    /// When the visitor was seen first.
    pub first_seen: Millis,
    /// When the visitor was seen last, to the hour.
    pub last_seen: Millis,
    /// True if the site's back end has proved who the visitor is: then `external_id` is the person's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub proved: bool,
    /// The commit that changed the record last; 0 if there was none. A request to save carries it.
    pub revision: Revision,
    /// The commit that changed last what agents can change too, if a later one has only moved the visitor to another page, or
    /// has changed how the visitor stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<Revision>,
    /// The commit that changed last how the visitor stands: blocked or not, erased; 0 if there was none.
    #[serde(skip_serializing_if = "is_none")]
    pub standing: Revision,
    /// The number of the visitor's conversations.
    pub conversations: u64,
}

/// A visitor as lists show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitorName {
    /// The visitor's id.
    pub id: VisitorId,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The person's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The person's telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// When the person wishes to be called, until somebody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_back: Option<CallBack>,
    /// True if the site's back end has proved who the visitor is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub proved: bool,
    /// The page that they are on or have left last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<LastPage>,
    /// The [`VisitorRecord::revision`]. A client that shows the record fetches it again if it has an earlier one.
    pub revision: Revision,
    /// The [`VisitorRecord::standing`]. A client that shows how the visitor stands asks for it again if it has an earlier one.
    #[serde(skip_serializing_if = "is_none")]
    pub standing: Revision,
    /// The visitor of the same person whom this one has joined, and to whom its conversations belong now. The names here
    /// are that person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined: Option<VisitorId>,
}

fn is_none(revision: &Revision) -> bool {
    *revision == 0
}

/// What becomes of a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// Nothing: the field is absent.
    #[default]
    Keep,
    /// It is removed: the field is `null`.
    Remove,
    /// It is this from now on.
    Set(T),
}

impl<T> Change<T> {
    /// True if nothing becomes of it.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Change::Keep)
    }
}

/// What somebody tells of a visitor, before or after it was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// The name.
    pub name: Change<String>,
    /// The e-mail address.
    pub email: Change<String>,
    /// The telephone number.
    pub phone: Change<String>,
    /// When they wish to be called.
    pub call_back: Change<CallBack>,
    /// The attributes, by key.
    pub attributes: BTreeMap<String, Given>,
}

/// The value of an attribute as somebody gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Given {
    /// A value.
    Value(AttributeValue),
    /// `null`: the attribute is removed.
    Nothing,
    /// What no attribute can be: a list, an object, a number that is not whole.
    #[serde(skip_serializing)]
    Unusable,
}

/// An agent's change of a record. The body of `PATCH …/agent/visitors/{id}`. What is absent stays, `null` removes, and
/// the values from before undo it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditVisitor {
    /// The [`VisitorRecord::revision`] that the agent has seen.
    pub revision: Revision,
    /// The name.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub name: Change<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub email: Change<String>,
    /// The telephone number.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub phone: Change<String>,
    /// When they wish to be called; `null` once somebody has called.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<CallBack>))]
    pub call_back: Change<CallBack>,
    /// The attributes that change, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Given>,
}

/// What a site's page tells of its visitor. The body of `PUT …/sites/{site}/visitor`. Without `hash` or `jwt` it is a
/// claim. What is absent stays, and `null` removes what the page itself has told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identify {
    /// The id that the site's own back end has for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub name: Change<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub email: Change<String>,
    /// The telephone number.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub phone: Change<String>,
    /// The attributes, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Given>,
    /// HMAC-SHA256 of `id` by a secret of the site, as 64 hexadecimal digits. It proves `id`, and nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// A JWT that the site's back end has signed. It proves what is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt: Option<String>,
    /// The visitor's language, a BCP 47 tag. One that is ill-formed is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The browser's time zone. One that is ill-formed is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The page that led to the site. One that is no address is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
}

/// The answer to [`Identify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identified {
    /// True if the site's back end has proved who the visitor is, now or before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub proved: bool,
    /// True if the key opens another visitor's conversations from now on, those of the same person on other devices: the
    /// client has to begin anew, with a hello without `booted` and `known`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
}

/// Comes back by a link. The body of `PUT …/visitor/return`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComeBack {
    /// The secret of the link, which is in its fragment.
    pub link: String,
}

/// The answer to [`ComeBack`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Returned {
    /// The conversation to which the link leads.
    pub conversation: ConversationId,
    /// True if the key opens the visitor's conversations from now on, as in [`Identified`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
}

/// How a site's back end proves who a visitor is. Fixed by the site's settings, so that nobody can choose a weaker one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProofMethod {
    /// HMAC-SHA256 of the person's id.
    #[default]
    Hmac,
    /// A JWT with the algorithm HS256, by a secret.
    JwtHs256,
    /// A JWT with the algorithm ES256, by a private key that only the site's back end has.
    JwtEs256,
}

impl ProofMethod {
    /// All methods.
    pub const ALL: [ProofMethod; 3] =
        [ProofMethod::Hmac, ProofMethod::JwtHs256, ProofMethod::JwtEs256];

    /// The method in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            ProofMethod::Hmac => "hmac",
            ProofMethod::JwtHs256 => "jwt-hs256",
            ProofMethod::JwtEs256 => "jwt-es256",
        }
    }

    /// True if it goes by the site's secrets.
    pub const fn has_secrets(self) -> bool {
        matches!(self, ProofMethod::Hmac | ProofMethod::JwtHs256)
    }
}

/// A site's settings for identity. The body of `PUT …/settings/identity`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdentitySettings {
    /// How the site's back end proves who a visitor is.
    pub method: ProofMethod,
    /// True if only visitors whose identity is proved may start conversations.
    pub required: bool,
    /// With `jwt_es256`: the public key, as PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// The answer to `GET …/settings/identity`, and to a change of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdentityPage {
    /// The settings.
    pub settings: IdentitySettings,
    /// The site's secrets, the newest first: proofs by any of them hold.
    pub secrets: Vec<SecretSeen>,
}

/// A secret of a site, without the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecretSeen {
    /// Its id, which is no secret.
    pub id: MemberId,
    /// Its last four characters, by which people tell secrets apart.
    pub ends_in: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it retires, if it does: proofs by it hold no longer from then on, and it is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retires_at: Option<Millis>,
}

/// When a secret retires. The body of `PATCH …/settings/identity/secrets/{id}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetireSecret {
    /// In so many hours, from 1 to 8,760; absent: not any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_hours: Option<u32>,
}

impl RetireSecret {
    /// The period, or why it is refused.
    pub fn checked(self) -> Result<Self, ErrorCode> {
        let fits = |hours| (1..=SECRET_RETIRES_HOURS_MAX).contains(&hours);
        if self.in_hours.is_none_or(fits) { Ok(self) } else { Err(ErrorCode::Malformed) }
    }

    /// When it retires, if that is decided at this time.
    pub fn at(self, now: Millis) -> Option<Millis> {
        self.in_hours.map(|hours| now + Millis::from(hours) * 60 * 60 * 1_000)
    }
}

/// A secret that was made. The answer to `POST …/settings/identity/secrets`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSecret {
    /// The secret as the settings list it.
    pub seen: SecretSeen,
    /// The secret itself, which is shown once.
    pub secret: String,
}

/// Why what was told of a visitor is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailError {
    /// The error code.
    pub code: ErrorCode,
    /// The field at fault, such as `attributes.plan`.
    pub field: String,
}

impl DetailError {
    fn of(code: ErrorCode, field: impl Into<String>) -> Self {
        DetailError { code, field: field.into() }
    }

    /// The error body on the wire.
    pub fn body(&self) -> ErrorBody {
        ErrorBody { field: Some(self.field.clone()), ..self.code.body() }
    }
}

impl EditVisitor {
    /// What the agent tells.
    pub fn details(self) -> Details {
        let EditVisitor { name, email, phone, call_back, attributes, .. } = self;
        Details { name, email, phone, call_back, attributes }
    }
}

impl Identify {
    /// What the page tells.
    pub fn details(&self) -> Details {
        Details {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            // Visitors choose it in the chat.
            call_back: Change::Keep,
            attributes: self.attributes.clone(),
        }
    }
}

impl Details {
    /// True if nothing is told.
    pub fn is_empty(&self) -> bool {
        *self == Details::default()
    }

    /// The details cleaned, or why they are refused: all of them, if one is. A text of which nothing can be seen removes.
    pub fn checked(self) -> Result<Self, DetailError> {
        let too_long = |field: &str| DetailError::of(ErrorCode::TextTooLong, field);
        let name = line(self.name, NAME_CHARS_MAX).map_err(|()| too_long("name"))?;
        let email = match line(self.email, usize::MAX).map_err(|()| too_long("email"))? {
            Change::Set(address) => Change::Set(
                team::email(&address)
                    .ok_or_else(|| DetailError::of(ErrorCode::EmailInvalid, "email"))?,
            ),
            other => other,
        };
        let phone = match line(self.phone, PHONE_CHARS_MAX).map_err(|()| too_long("phone"))? {
            Change::Set(number) if !is_phone(&number) => {
                return Err(DetailError::of(ErrorCode::PhoneInvalid, "phone"));
            }
            other => other,
        };
        if matches!(self.call_back, Change::Set(wish) if !wish.is_some_time()) {
            return Err(DetailError::of(ErrorCode::Malformed, "call_back"));
        }
        if self.attributes.len() > ATTRIBUTES_MAX {
            return Err(DetailError::of(ErrorCode::TooManyAttributes, "attributes"));
        }
        let mut attributes = BTreeMap::new();
        for (key, given) in self.attributes {
            let given = attribute(&key, given).ok_or_else(|| {
                // A key may be of any length.
                let key: String = key.chars().take(ATTRIBUTE_KEY_CHARS_MAX).collect();
                DetailError::of(ErrorCode::AttributeInvalid, format!("attributes.{key}"))
            })?;
            attributes.insert(key, given);
        }
        Ok(Details { name, email, phone, call_back: self.call_back, attributes })
    }
}

/// What a bot's flow tells of a visitor by saving an attribute; an empty value removes it. `name`, `email` and `phone` are the
/// record's own. `None` if the record can't hold it: then it stays in the flow alone.
pub fn saved(attribute: &str, value: &str) -> Option<Details> {
    let change = || Change::Set(value.to_owned());
    let key = attribute.to_lowercase().replace('-', "_");
    let details = match key.as_str() {
        "name" => Details { name: change(), ..Details::default() },
        "email" => Details { email: change(), ..Details::default() },
        "phone" => Details { phone: change(), ..Details::default() },
        _ => {
            let cut: String = value.chars().take(ATTRIBUTE_CHARS_MAX).collect();
            let given = Given::Value(AttributeValue::Text(cut));
            Details { attributes: [(key, given)].into(), ..Details::default() }
        }
    };
    details.checked().ok()
}

/// A line as it is kept; an invisible one is none. `Err` if it is too long.
fn line(given: Change<String>, chars_max: usize) -> Result<Change<String>, ()> {
    match given {
        Change::Set(text) => match text::plain_line(&text, chars_max) {
            Ok(line) => Ok(Change::Set(line)),
            Err(TextError::Empty) => Ok(Change::Remove),
            Err(TextError::TooLong { .. }) => Err(()),
        },
        other => Ok(other),
    }
}

fn is_phone(number: &str) -> bool {
    let digits = number.chars().filter(|c| c.is_numeric()).count();
    let is_of_it = |c: char| c.is_numeric() || " +-./()\u{a0}\u{202f}\u{2010}\u{2011}".contains(c);
    (3..=15).contains(&digits) && number.chars().all(is_of_it)
}

/// An attribute as it is kept; `None` if it can't be one.
fn attribute(key: &str, given: Given) -> Option<Given> {
    if !is_attribute_key(key) {
        return None;
    }
    Some(match given {
        Given::Nothing => Given::Nothing,
        Given::Value(AttributeValue::Text(text)) => {
            match text::plain_line(&text, ATTRIBUTE_CHARS_MAX) {
                Ok(line) => Given::Value(AttributeValue::Text(line)),
                Err(TextError::Empty) => Given::Nothing,
                Err(TextError::TooLong { .. }) => return None,
            }
        }
        Given::Value(AttributeValue::Number(number)) => {
            let fits = (-ATTRIBUTE_NUMBER_MAX..=ATTRIBUTE_NUMBER_MAX).contains(&number);
            return fits.then_some(Given::Value(AttributeValue::Number(number)));
        }
        Given::Value(AttributeValue::Bool(value)) => Given::Value(AttributeValue::Bool(value)),
        Given::Unusable => return None,
    })
}

/// True if an attribute can have this key.
pub fn is_attribute_key(key: &str) -> bool {
    (1..=ATTRIBUTE_KEY_CHARS_MAX).contains(&key.len())
        && key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The id of a person as it is kept, and as it has to be signed: unchanged. `None` if it can't be one.
pub fn external_id(id: &str) -> Option<&str> {
    let fits = id.chars().count() <= EXTERNAL_ID_CHARS_MAX;
    let is_plain = text::plain_line(id, usize::MAX).is_ok_and(|line| line == id);
    (fits && is_plain).then_some(id)
}

/// A time zone's name as it is kept. `None` if it can't be one.
pub fn time_zone(name: &str) -> Option<&str> {
    let is_of_it = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-' | b'/');
    let fits = (1..=ZONE_CHARS_MAX).contains(&name.len()) && name.bytes().all(is_of_it);
    fits.then_some(name)
}

/// A referrer as it is kept: an address without user, query and fragment, which may hold secrets. `None` if it is none.
pub fn referrer(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let is_page = matches!(scheme, "http" | "https");
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().filter(|host| !host.is_empty())?;
    let plain = text::plain_line(&[scheme, "://", host, path].concat(), usize::MAX).ok()?;
    let cut = plain.chars().take(REFERRER_CHARS_MAX).collect();
    is_page.then_some(cut)
}

/// A language tag as it is kept. `None` if it is ill-formed.
pub fn language(tag: &str) -> Option<String> {
    notice::language(tag)
}

impl VisitorRecord {
    /// A record in which nothing was told yet, of a visitor who was seen first at this time.
    pub fn new(id: VisitorId, first_seen: Millis) -> Self {
        VisitorRecord {
            id,
            external_id: None,
            name: None,
            email: None,
            phone: None,
            call_back: None,
            attributes: BTreeMap::new(),
            language: None,
            time_zone: None,
            device: None,
            referrer: None,
            visit: None,
            first_seen,
            last_seen: first_seen,
            proved: false,
            revision: 0,
            edited: None,
            standing: 0,
            conversations: 0,
        }
    }

    /// The visitor as lists show them.
    pub fn as_name(&self) -> VisitorName {
        let value = |told: &Option<Told<String>>| told.as_ref().map(|told| told.value.clone());
        VisitorName {
            id: self.id.clone(),
            name: value(&self.name),
            email: value(&self.email),
            phone: value(&self.phone),
            call_back: self.call_back.as_ref().map(|told| told.value),
            proved: self.proved,
            page: self.visit.as_ref().and_then(Visit::last_page),
            revision: self.revision,
            standing: self.standing,
            joined: None,
        }
    }

    /// Takes over checked details that count as much as what is there, or more: see [`Teller::may_replace`]. Refused, with
    /// nothing changed, if there would be too many attributes.
    pub fn tell(&mut self, details: Details, by: &Teller, at: Millis) -> Result<(), DetailError> {
        let mut attributes = self.attributes.clone();
        for (key, given) in details.attributes {
            let change = match given {
                Given::Value(value) => Change::Set(value),
                Given::Nothing => Change::Remove,
                Given::Unusable => Change::Keep,
            };
            let mut slot = attributes.remove(&key);
            put(&mut slot, change, by, at);
            if let Some(told) = slot {
                attributes.insert(key, told);
            }
        }
        if attributes.len() > ATTRIBUTES_MAX && attributes.len() > self.attributes.len() {
            return Err(DetailError::of(ErrorCode::TooManyAttributes, "attributes"));
        }
        self.attributes = attributes;
        put(&mut self.name, details.name, by, at);
        put(&mut self.email, details.email, by, at);
        put(&mut self.phone, details.phone, by, at);
        // The newest wish counts, whoever has told of it.
        match details.call_back {
            Change::Keep => {}
            Change::Remove => self.call_back = None,
            Change::Set(value) => self.call_back = Some(Told { value, by: by.clone(), at }),
        }
        Ok(())
    }

    /// True if an agent who has seen the record at this revision may change it: only what nobody changes by hand, such as
    /// the page that the visitor is on, is another since.
    pub fn is_as_seen_at(&self, revision: Revision) -> bool {
        (self.edited.unwrap_or(self.revision)..=self.revision).contains(&revision)
    }

    /// Gives the record, which was this before, the revision of the commit that changes it.
    pub fn change_at(&mut self, revision: Revision, before: &VisitorRecord) {
        let same = VisitorRecord {
            visit: before.visit.clone(),
            last_seen: before.last_seen,
            revision: before.revision,
            edited: before.edited,
            standing: before.standing,
            ..self.clone()
        };
        self.edited = (same == *before).then(|| before.edited.unwrap_or(before.revision));
        self.revision = revision;
    }

    /// Takes over the id that the page or its back end has for the person.
    pub fn tell_id(&mut self, id: &str, by: &Teller, at: Millis) {
        put(&mut self.external_id, Change::Set(id.to_owned()), by, at);
        self.proved |= *by == Teller::Proof;
    }

    /// Fills what is not known with what was told of another visitor, who has turned out to be the same person.
    pub fn absorb(&mut self, other: VisitorRecord) {
        let fill = |slot: &mut Option<Told<String>>, told| {
            if slot.is_none() {
                *slot = told;
            }
        };
        fill(&mut self.name, other.name);
        fill(&mut self.email, other.email);
        fill(&mut self.phone, other.phone);
        let told_at = |wish: &Option<Told<CallBack>>| wish.as_ref().map(|told| told.at);
        if told_at(&other.call_back) > told_at(&self.call_back) {
            self.call_back = other.call_back;
        }
        for (key, told) in other.attributes {
            if self.attributes.len() < ATTRIBUTES_MAX {
                self.attributes.entry(key).or_insert(told);
            }
        }
        // These are about now, so that the newer one counts.
        self.language = other.language.or(self.language.take());
        self.time_zone = other.time_zone.or(self.time_zone.take());
        self.device = other.device.or(self.device.take());
        self.referrer = other.referrer.or(self.referrer.take());
        let seen_at = |visit: &Option<Visit>| visit.as_ref().map(|visit| visit.seen_at);
        if seen_at(&other.visit) > seen_at(&self.visit) {
            self.visit = other.visit;
        }
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
    }
}

/// Changes a value, if the teller may. What is told again stays as it was told first, unless it counts more now.
fn put<T: PartialEq>(slot: &mut Option<Told<T>>, change: Change<T>, by: &Teller, at: Millis) {
    if slot.as_ref().is_some_and(|told| !by.may_replace(&told.by)) {
        return;
    }
    match change {
        Change::Keep => {}
        Change::Remove => *slot = None,
        Change::Set(value) => {
            let is_told = |told: &Told<T>| told.value == value && told.by.weight() >= by.weight();
            if !slot.as_ref().is_some_and(is_told) {
                *slot = Some(Told { value, by: by.clone(), at });
            }
        }
    }
}

impl<T: FromJson> FromJson for Told<T> {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        let mut fields = json.fields()?;
        Ok(Told {
            value: fields.required("value")?,
            by: fields.required("by")?,
            at: fields.required("at")?,
        })
    }
}

impl<T: FromJson> FromJson for Change<T> {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::Null => Ok(Change::Remove),
            json => T::from_json(json).map(Change::Set),
        }
    }
}

impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Change::Set(value) => value.serialize(serializer),
            Change::Keep | Change::Remove => serializer.serialize_none(),
        }
    }
}

impl FromJson for AttributeValue {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        match Given::from_json(json)? {
            Given::Value(value) => Ok(value),
            Given::Nothing | Given::Unusable => Err(Malformed("an attribute")),
        }
    }
}

impl FromJson for Given {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        Ok(match json {
            Json::Text(text) => Given::Value(AttributeValue::Text(text)),
            Json::Number(number) => Given::Value(AttributeValue::Number(number)),
            Json::Bool(value) => Given::Value(AttributeValue::Bool(value)),
            Json::Null => Given::Nothing,
            Json::Other | Json::List(_) | Json::Map(_) => Given::Unusable,
        })
    }
}

from_json!(@serde AttributeValue);
from_json!(enum Teller {
    "page" => Page,
    "bot" => Bot,
    "visitor" => Visitor,
    "agent" => Agent { name },
    "proof" => Proof,
    _ => Other,
});
from_json!(struct VisitorRecord {
    id, external_id: optional, name: optional, email: optional, phone: optional,
    call_back: optional, attributes: optional, language: optional, time_zone: optional, device: optional,
    referrer: optional, visit: optional, first_seen, last_seen, proved: optional, revision,
    edited: optional, standing: optional, conversations,
});
from_json!(struct VisitorName {
    id, name: optional, email: optional, phone: optional, call_back: optional, proved: optional,
    page: optional, revision: optional, standing: optional, joined: optional
});
from_json!(strict struct EditVisitor {
    revision, name: optional, email: optional, phone: optional, call_back: optional,
    attributes: optional
});
from_json!(strict struct Identify {
    id: optional, name: optional, email: optional, phone: optional, attributes: optional,
    hash: optional, jwt: optional, language: optional, time_zone: optional, referrer: optional,
});
from_json!(
    struct Identified {
        proved: optional,
        anew: optional,
    }
);
from_json!(strict struct ComeBack { link });
from_json!(struct Returned { conversation, anew: optional });
from_json!(strict enum ProofMethod {
    "hmac" => Hmac, "jwt_hs256" => JwtHs256, "jwt_es256" => JwtEs256
});
from_json!(strict struct IdentitySettings { method, required, public_key: optional });
from_json!(struct IdentityPage { settings, secrets: each });
from_json!(struct SecretSeen { id, ends_in, created_at, retires_at: optional });
from_json!(strict struct RetireSecret { in_hours: optional });
from_json!(struct NewSecret { seen, secret });

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Change<String> {
        Change::Set(text.to_owned())
    }

    fn record() -> VisitorRecord {
        VisitorRecord::new(VisitorId::from_bytes([1; 16]), 5)
    }

    fn agent() -> Teller {
        Teller::Agent { name: "Ada".to_owned() }
    }

    fn attributes(each: &[(&str, Given)]) -> Details {
        let each = each.iter().map(|(key, given)| ((*key).to_owned(), given.clone()));
        Details { attributes: each.collect(), ..Details::default() }
    }

    fn text_of(text: &str) -> Given {
        Given::Value(AttributeValue::Text(text.to_owned()))
    }

    #[test]
    fn a_claim_replaces_nothing_that_counts_more() {
        let all = [Teller::Page, Teller::Bot, Teller::Visitor, agent(), Teller::Proof];
        let replaced = |by: &Teller| -> Vec<bool> {
            all.iter().map(|before| by.may_replace(before)).collect()
        };
        assert_eq!(replaced(&Teller::Page), [true, false, false, false, false]);
        assert_eq!(replaced(&Teller::Bot), [true, true, true, false, false]);
        assert_eq!(replaced(&Teller::Visitor), [true, true, true, false, false]);
        assert_eq!(replaced(&agent()), [true; 5], "an agent corrects everything");
        assert_eq!(replaced(&Teller::Proof), [true; 5]);
        assert_eq!(replaced(&Teller::Other), replaced(&Teller::Page));
    }

    #[test]
    fn what_is_told_again_keeps_its_first_teller() {
        let mut record = record();
        let named = |name| Details { name: set(name), ..Details::default() };
        record.tell(named("Bo"), &agent(), 10).unwrap();
        record.tell(named("Bo"), &agent(), 20).unwrap();
        assert_eq!(record.name.as_ref().unwrap().at, 10);
        record.tell(named("Claimed"), &Teller::Page, 30).unwrap();
        assert_eq!(record.as_name().name.as_deref(), Some("Bo"));
        record.tell(named("Bo"), &Teller::Proof, 40).unwrap();
        assert_eq!(record.name.as_ref().unwrap().by, Teller::Proof, "it counts more now");
        let gone = Details { name: Change::Remove, ..Details::default() };
        record.tell(gone.clone(), &Teller::Page, 50).unwrap();
        assert!(record.name.is_some());
        record.tell(gone, &agent(), 60).unwrap();
        assert_eq!(record.name, None);
    }

    #[test]
    fn a_name_turns_nothing_around() {
        let cleaned =
            |name| Details { name: set(name), ..Details::default() }.checked().unwrap().name;
        assert_eq!(cleaned(" Bo\u{202e}\n\u{0}Lee\u{2069} "), set("Bo Lee"));
        assert_eq!(cleaned("\u{202e}\u{2066}\u{200f}"), Change::Remove);
        let long = Details { name: set(&"é".repeat(NAME_CHARS_MAX + 1)), ..Details::default() };
        assert_eq!(long.checked().unwrap_err().code, ErrorCode::TextTooLong);
    }

    #[test]
    fn addresses_and_numbers_are_of_their_form() {
        let mail = |mail| Details { email: set(mail), ..Details::default() }.checked();
        assert_eq!(mail(" Bo@Shop.Example ").unwrap().email, set("bo@shop.example"));
        assert_eq!(mail("bo").unwrap_err().body().field.as_deref(), Some("email"));
        assert_eq!(mail("").unwrap().email, Change::Remove);
        let call = |phone| Details { phone: set(phone), ..Details::default() }.checked();
        for good in ["112", "+49 (0)30 / 123-456", "٠١٢٣٤٥"] {
            assert_eq!(call(good).unwrap().phone, set(good));
        }
        for bad in ["call me", "1", &"1".repeat(16), "+49 30 123 ext 5"] {
            assert_eq!(call(bad).unwrap_err().code, ErrorCode::PhoneInvalid, "{bad}");
        }
    }

    #[test]
    fn attributes_have_plain_keys_and_plain_values() {
        let long = "x".repeat(ATTRIBUTE_CHARS_MAX + 1);
        let number = |number| Given::Value(AttributeValue::Number(number));
        let good = attributes(&[
            ("plan", text_of(" gold\n")),
            ("orders_2", number(-3)),
            ("vip", Given::Value(AttributeValue::Bool(false))),
            ("old", Given::Nothing),
            ("blank", text_of("\u{200b}")),
        ]);
        let checked = good.checked().unwrap().attributes;
        assert_eq!(checked["plan"], text_of("gold"));
        assert_eq!(checked["blank"], Given::Nothing);
        for (key, given) in [
            ("", text_of("x")),
            ("Plan", text_of("x")),
            ("a-b", text_of("x")),
            (&"k".repeat(ATTRIBUTE_KEY_CHARS_MAX + 1), text_of("x")),
            ("long", text_of(&long)),
            ("list", Given::Unusable),
            ("large", number(ATTRIBUTE_NUMBER_MAX + 1)),
            ("small", number(i64::MIN)),
        ] {
            let refused = attributes(&[(key, given)]).checked().unwrap_err();
            assert_eq!(refused.code, ErrorCode::AttributeInvalid, "{key}");
            assert!(refused.field.starts_with("attributes."), "{key}");
        }
    }

    #[test]
    fn what_a_flow_saves_is_of_the_record_where_it_fits() {
        assert_eq!(saved("email", "Bo@Lee.example").unwrap().email, set("bo@lee.example"));
        assert_eq!(saved("Name", "").unwrap().name, Change::Remove);
        assert_eq!(saved("Order-No", "7").unwrap().attributes["order_no"], text_of("7"));
        assert_eq!(saved("note", "").unwrap().attributes["note"], Given::Nothing);
        let long = saved("note", &"x".repeat(500)).unwrap();
        assert_eq!(long.attributes["note"], text_of(&"x".repeat(ATTRIBUTE_CHARS_MAX)));
        for (attribute, value) in [("größe", "42"), ("email", "none"), ("phone", "none")] {
            assert_eq!(saved(attribute, value), None, "{attribute}");
        }
    }

    #[test]
    fn a_record_has_so_many_attributes() {
        let key = |n: usize| format!("key_{n}");
        let many = |from: usize, to: usize| {
            let each = (from..to).map(|n| (key(n), text_of("x")));
            Details { attributes: each.collect(), ..Details::default() }
        };
        let too_many = many(0, ATTRIBUTES_MAX + 1).checked().unwrap_err();
        assert_eq!(too_many.code, ErrorCode::TooManyAttributes);
        let mut record = record();
        record.tell(many(0, ATTRIBUTES_MAX).checked().unwrap(), &agent(), 1).unwrap();
        let before = record.clone();
        let more = Details { name: set("Bo"), ..many(ATTRIBUTES_MAX, ATTRIBUTES_MAX + 1) };
        assert!(record.tell(more, &agent(), 2).is_err());
        assert_eq!(record, before, "nothing of it is taken");
        let other = attributes(&[("key_0", Given::Nothing), ("new", text_of("x"))]);
        record.tell(other, &agent(), 3).unwrap();
        assert_eq!(record.attributes.len(), ATTRIBUTES_MAX);
    }

    #[test]
    fn an_id_is_kept_as_it_is_signed() {
        for good in ["42", "user-7", "Ä b", "00000000-0000-4000-8000-000000000000"] {
            assert_eq!(external_id(good), Some(good));
        }
        let long = "x".repeat(EXTERNAL_ID_CHARS_MAX + 1);
        for bad in ["", " ", " 42", "4\n2", "4\u{202e}2", "\u{200b}", &long] {
            assert_eq!(external_id(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_address_loses_what_may_be_secret() {
        let kept = |address| referrer(address);
        assert_eq!(
            kept("https://a:b@find.example/s/x?q=me#t").as_deref(),
            Some("https://find.example/s/x")
        );
        assert_eq!(kept("http://find.example?q=me").as_deref(), Some("http://find.example"));
        for none in ["", "find.example", "javascript://x/%0aalert(1)", "https://", "https:///x"] {
            assert_eq!(kept(none), None, "{none}");
        }
        let long = ["https://a.example/", &"x".repeat(10_000)].concat();
        assert_eq!(kept(&long).unwrap().chars().count(), REFERRER_CHARS_MAX);
        assert_eq!(time_zone("America/Argentina/Buenos_Aires").map(str::len), Some(30));
        assert_eq!(time_zone("Europe/Berlin\u{202e}"), None);
    }

    #[test]
    fn the_same_person_is_known_by_what_both_were_told() {
        let mut person = record();
        person.tell_id("42", &Teller::Proof, 1);
        person.tell(Details { name: set("Bo"), ..Details::default() }, &agent(), 1).unwrap();
        let mut device = VisitorRecord::new(VisitorId::from_bytes([2; 16]), 3);
        let told = Details { name: set("B."), email: set("b@c.example"), ..Details::default() };
        device.tell(told, &Teller::Visitor, 9).unwrap();
        device.language = Some("de".to_owned());
        device.last_seen = 20;
        person.absorb(device);
        let name = person.as_name();
        assert_eq!(
            (name.name.as_deref(), name.email.as_deref()),
            (Some("Bo"), Some("b@c.example"))
        );
        assert!(name.proved);
        assert_eq!((person.first_seen, person.last_seen), (3, 20));
        assert_eq!(person.language.as_deref(), Some("de"));
    }
}
