//! How a site's back end proves who a visitor is: the check of a hash or of a JWT.
//!
//! A JWT's algorithm is that of the site's settings, never that of its header, which is only compared: so neither `none` nor
//! a public key that is taken for a secret gets anybody in. Of the claims, only those of [`Claims`] are read.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use porchlight_protocol::json::Json;
use porchlight_protocol::limits::{JWT_LEEWAY_S, PUBLIC_KEY_CHARS_MAX};
use porchlight_protocol::person::{
    Change, Details, Identify, IdentitySettings, ProofMethod, SecretSeen, external_id,
};
use porchlight_protocol::proof::{CheckProof, ProofChecked, ProofProblem};
use porchlight_protocol::{ErrorBody, ErrorCode, Millis};
use ring::hmac;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;

use crate::error::{Error, Result};

/// Characters that are told of an algorithm that a JWT names.
const ALGORITHM_CHARS: usize = 20;

/// What was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proved {
    /// The id that the site's back end has for the person.
    pub id: String,
    /// What else it has signed.
    pub details: Details,
    /// When the proof expires, if it does.
    pub expires_at: Option<Millis>,
    /// The secret by which it was made, if it was by one.
    pub secret: Option<SecretSeen>,
}

/// What is wrong with a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    problem: ProofProblem,
    /// The algorithm or the field at fault.
    at: Option<String>,
    /// When it has expired, or would.
    expires_at: Option<Millis>,
    /// Why a claim is refused.
    body: Option<Box<ErrorBody>>,
}

impl From<ProofProblem> for Fault {
    fn from(problem: ProofProblem) -> Self {
        Fault { problem, at: None, expires_at: None, body: None }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let field = (fault.problem == ProofProblem::IdInvalid).then(|| "id".to_owned());
        let body = || ErrorBody { field, ..fault.problem.code().body() };
        Error::Refused(fault.body.unwrap_or_else(|| Box::new(body())))
    }
}

/// The site's secrets, each as people see it and as it is.
type Secrets<'s> = &'s [(SecretSeen, String)];

/// Checks the proof that a page sends along, if it does. `now` is the wall clock.
pub(crate) fn check(
    settings: &IdentitySettings,
    secrets: Secrets<'_>,
    told: &Identify,
    now: Millis,
) -> Result<Option<Proved>> {
    if told.hash.is_none() && told.jwt.is_none() {
        return Ok(None);
    }
    let (id, hash, jwt) = (told.id.as_deref(), told.hash.as_deref(), told.jwt.as_deref());
    Ok(Some(proved(settings, secrets, (id, hash, jwt), now)?))
}

/// What a proof is worth, for the team.
pub(crate) fn examined(
    settings: &IdentitySettings,
    secrets: Secrets<'_>,
    given: &CheckProof,
    now: Millis,
) -> ProofChecked {
    // An empty field is none.
    let text = |given: &'_ Option<String>| given.clone().filter(|text| !text.is_empty());
    let (id, hash, jwt) = (text(&given.id), text(&given.hash), text(&given.jwt));
    match proved(settings, secrets, (id.as_deref(), hash.as_deref(), jwt.as_deref()), now) {
        Ok(Proved { id, expires_at, secret, .. }) => {
            ProofChecked { id: Some(id), expires_at, secret, ..ProofChecked::default() }
        }
        Err(Fault { problem, at, expires_at, .. }) => {
            ProofChecked { problem: Some(problem), at, expires_at, ..ProofChecked::default() }
        }
    }
}

fn proved(
    settings: &IdentitySettings,
    secrets: Secrets<'_>,
    (id, hash, jwt): (Option<&str>, Option<&str>, Option<&str>),
    now: Millis,
) -> Result<Proved, Fault> {
    match (hash, jwt) {
        (None, None) => Err(ProofProblem::Absent.into()),
        (Some(hash), None) if settings.method == ProofMethod::Hmac => {
            if secrets.is_empty() {
                return Err(ProofProblem::NoKey.into());
            }
            let id = id.and_then(external_id).ok_or(ProofProblem::IdInvalid)?;
            let hash = read_hash(hash).ok_or(ProofProblem::NoHash)?;
            let secret = signed_by(secrets, id, &hash).ok_or(ProofProblem::HashWrong)?;
            let details = Details::default();
            Ok(Proved { id: id.to_owned(), details, expires_at: None, secret: Some(secret) })
        }
        (None, Some(jwt)) if settings.method != ProofMethod::Hmac => {
            let proved = read_jwt(settings, secrets, jwt, now)?;
            match id {
                Some(id) if id != proved.id => Err(Fault {
                    at: Some(proved.id),
                    expires_at: proved.expires_at,
                    ..ProofProblem::OtherId.into()
                }),
                _ => Ok(proved),
            }
        }
        _ => Err(ProofProblem::OtherMethod.into()),
    }
}

/// The secret by which `tag` is HMAC-SHA256 of `message`.
fn signed_by(secrets: Secrets<'_>, message: &str, tag: &[u8]) -> Option<SecretSeen> {
    let by = secrets.iter().find(|(_, secret)| signs(secret, message, tag));
    by.map(|(seen, _)| seen.clone())
}

/// 64 hexadecimal digits as bytes.
fn read_hash(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex.chars().map(|c| c.to_digit(16)?.try_into().ok()).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    digits
        .chunks(2)
        .map(|pair| pair.iter().try_fold(0u8, |byte, d| byte.checked_mul(16)?.checked_add(*d)))
        .collect()
}

/// True if `tag` is HMAC-SHA256 of `message` by a secret. It takes as long for a tag that is wrong.
fn signs(secret: &str, message: impl AsRef<[u8]>, tag: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, message.as_ref(), tag).is_ok()
}

/// The header of a JWT, as far as it counts.
#[derive(Deserialize)]
struct Header {
    alg: String,
    /// Extensions that have to be understood: there is none that is.
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

/// The claims about time, in seconds since 1970.
#[derive(Deserialize)]
struct Times {
    exp: f64,
    #[serde(default)]
    nbf: Option<f64>,
}

/// The claims about the person.
struct Claims {
    sub: String,
    details: Details,
}

fn read_jwt(
    settings: &IdentitySettings,
    secrets: Secrets<'_>,
    jwt: &str,
    now: Millis,
) -> Result<Proved, Fault> {
    let none = ProofProblem::NoToken;
    let (signed, signature) = jwt.rsplit_once('.').ok_or(none)?;
    let (header, claims) = signed.split_once('.').ok_or(none)?;
    let header: Header = serde_json::from_slice(&part(header).ok_or(none)?).map_err(|_| none)?;
    let signature = part(signature).ok_or(none)?;
    let expected = match settings.method {
        ProofMethod::Hmac => return Err(ProofProblem::OtherMethod.into()),
        ProofMethod::JwtHs256 => "HS256",
        ProofMethod::JwtEs256 => "ES256",
    };
    if header.alg != expected {
        // A header may be of any length.
        let at = Some(header.alg.chars().take(ALGORITHM_CHARS).collect());
        return Err(Fault { at, ..ProofProblem::Algorithm.into() });
    }
    let secret = if settings.method == ProofMethod::JwtEs256 {
        let key = settings.public_key.as_deref().and_then(public_key);
        let key = key.ok_or(ProofProblem::NoKey)?;
        let holds = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(signed.as_bytes(), &signature);
        holds.map_err(|_| ProofProblem::Signature)?;
        None
    } else if secrets.is_empty() {
        return Err(ProofProblem::NoKey.into());
    } else {
        Some(signed_by(secrets, signed, &signature).ok_or(ProofProblem::Signature)?)
    };
    if header.crit.is_some() {
        return Err(ProofProblem::Extension.into());
    }
    let claims = part(claims).ok_or(none)?;
    let all: serde_json::Value = serde_json::from_slice(&claims).map_err(|_| none)?;
    let times: Times = serde_json::from_slice(&claims).map_err(|_| match all.get("exp") {
        Some(exp) if exp.is_number() => {
            Fault { at: Some("nbf".into()), ..ProofProblem::Claim.into() }
        }
        _ => ProofProblem::NoExpiry.into(),
    })?;
    let leeway = JWT_LEEWAY_S as f64;
    let now_s = now as f64 / 1_000.0;
    let expires_at = Some((times.exp * 1_000.0) as Millis);
    let fault = |problem: ProofProblem| Fault { expires_at, ..problem.into() };
    if times.exp + leeway <= now_s {
        return Err(fault(ProofProblem::Expired));
    }
    if times.nbf.is_some_and(|from| from - leeway > now_s) {
        return Err(fault(ProofProblem::NotYet));
    }
    if !all.get("sub").is_some_and(serde_json::Value::is_string) {
        return Err(fault(ProofProblem::NoSubject));
    }
    let claims: Claims = serde_json::from_slice::<Json>(&claims)
        .ok()
        .and_then(|claims| read_claims(claims).ok())
        .ok_or_else(|| fault(ProofProblem::Claim))?;
    let details = claims.details.checked().map_err(|wrong| Fault {
        at: Some(wrong.field.clone()),
        body: Some(Box::new(wrong.body())),
        ..fault(ProofProblem::Claim)
    })?;
    let id = external_id(&claims.sub).ok_or_else(|| fault(ProofProblem::NoSubject))?.to_owned();
    Ok(Proved { id, details, expires_at, secret })
}

fn part(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn read_claims(claims: Json) -> Result<Claims, porchlight_protocol::json::Malformed> {
    let mut fields = claims.fields()?;
    Ok(Claims {
        sub: fields.required("sub")?,
        details: Details {
            name: fields.optional("name")?,
            email: fields.optional("email")?,
            phone: fields.optional("phone")?,
            // Visitors choose it in the chat.
            call_back: Change::Keep,
            attributes: fields.optional("attributes")?,
        },
    })
}

/// What stands before the point in every public key of P-256 that is written as `SubjectPublicKeyInfo` (RFC 5480).
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The point of a P-256 public key in PEM, uncompressed. `None` if it is none.
fn public_key(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?;
    let body = body.strip_suffix("-----END PUBLIC KEY-----")?;
    let base64: String = body.split_whitespace().collect();
    let der = STANDARD.decode(base64).ok()?;
    let point = der.strip_prefix(&P256)?;
    (point.len() == 65 && point.first() == Some(&4)).then(|| point.to_vec())
}

/// Settings for identity as they are kept, or why they are refused.
pub(crate) fn settings(given: IdentitySettings) -> Result<IdentitySettings> {
    let pem = given.public_key.as_deref().map(str::trim).filter(|pem| !pem.is_empty());
    let fits = |pem: &str| pem.len() <= PUBLIC_KEY_CHARS_MAX && public_key(pem).is_some();
    let is_missing = given.method == ProofMethod::JwtEs256 && pem.is_none();
    if is_missing || !pem.is_none_or(fits) {
        let field = Some("public_key".to_owned());
        let body = ErrorBody { field, ..ErrorCode::PublicKeyInvalid.body() };
        return Err(Error::Refused(Box::new(body)));
    }
    Ok(IdentitySettings { public_key: pem.map(str::to_owned), ..given })
}
