//! How a site's back end proves who a visitor is: the check of a hash or of a JWT.
//!
//! A JWT's algorithm is that of the site's settings, never that of its header, which is only compared: so neither `none` nor
//! a public key that is taken for a secret gets anybody in. Of the claims, only those of [`Claims`] are read.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use porchlight_protocol::json::Json;
use porchlight_protocol::limits::{JWT_LEEWAY_S, PUBLIC_KEY_CHARS_MAX};
use porchlight_protocol::person::{Details, Identify, IdentitySettings, ProofMethod, external_id};
use porchlight_protocol::{ErrorBody, ErrorCode, Millis};
use ring::hmac;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;

use crate::error::{Error, Result};

/// What was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proved {
    /// The id that the site's back end has for the person.
    pub id: String,
    /// What else it has signed.
    pub details: Details,
}

/// Checks the proof that a page sends along, if it does. `now` is the wall clock.
pub(crate) fn check(
    settings: &IdentitySettings,
    secrets: &[String],
    told: &Identify,
    now: Millis,
) -> Result<Option<Proved>> {
    let proved = match (&told.hash, &told.jwt) {
        (None, None) => return Ok(None),
        (Some(hash), None) if settings.method == ProofMethod::Hmac && !secrets.is_empty() => {
            let id = told.id.as_deref().and_then(external_id).ok_or_else(id_invalid)?;
            let is_right = read_hash(hash)
                .is_some_and(|hash| secrets.iter().any(|secret| signs(secret, id, &hash)));
            if !is_right {
                return Err(ErrorCode::HashWrong.into());
            }
            Proved { id: id.to_owned(), details: Details::default() }
        }
        (None, Some(jwt)) if settings.method != ProofMethod::Hmac => {
            let proved = read_jwt(settings, secrets, jwt, now)?;
            if told.id.as_ref().is_some_and(|id| *id != proved.id) {
                return Err(ErrorCode::TokenInvalid.into());
            }
            proved
        }
        _ => return Err(ErrorCode::ProofUnexpected.into()),
    };
    Ok(Some(proved))
}

fn id_invalid() -> Error {
    let field = Some("id".to_owned());
    Error::Refused(Box::new(ErrorBody { field, ..ErrorCode::ExternalIdInvalid.body() }))
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
    secrets: &[String],
    jwt: &str,
    now: Millis,
) -> Result<Proved> {
    let invalid = || Error::from(ErrorCode::TokenInvalid);
    let (signed, signature) = jwt.rsplit_once('.').ok_or_else(invalid)?;
    let (header, claims) = signed.split_once('.').ok_or_else(invalid)?;
    let header: Header =
        serde_json::from_slice(&part(header).ok_or_else(invalid)?).map_err(|_| invalid())?;
    let signature = part(signature).ok_or_else(invalid)?;
    let expected = match settings.method {
        ProofMethod::Hmac => return Err(ErrorCode::ProofUnexpected.into()),
        ProofMethod::JwtHs256 => "HS256",
        ProofMethod::JwtEs256 => "ES256",
    };
    if header.alg != expected {
        return Err(ErrorCode::TokenAlgorithm.into());
    }
    let holds = match settings.method {
        ProofMethod::Hmac => false,
        ProofMethod::JwtHs256 if secrets.is_empty() => {
            return Err(ErrorCode::ProofUnexpected.into());
        }
        ProofMethod::JwtHs256 => secrets.iter().any(|secret| signs(secret, signed, &signature)),
        ProofMethod::JwtEs256 => {
            let key = settings.public_key.as_deref().and_then(public_key);
            let key = key.ok_or(ErrorCode::ProofUnexpected)?;
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
                .verify(signed.as_bytes(), &signature)
                .is_ok()
        }
    };
    if !holds || header.crit.is_some() {
        return Err(invalid());
    }
    let claims = part(claims).ok_or_else(invalid)?;
    let times: Times = serde_json::from_slice(&claims).map_err(|_| invalid())?;
    let leeway = JWT_LEEWAY_S as f64;
    let now_s = now as f64 / 1_000.0;
    if !(times.exp + leeway > now_s) {
        return Err(ErrorCode::TokenExpired.into());
    }
    if times.nbf.is_some_and(|from| from - leeway > now_s) {
        return Err(invalid());
    }
    let claims: Claims = serde_json::from_slice::<Json>(&claims)
        .ok()
        .and_then(|claims| read_claims(claims).ok())
        .ok_or_else(invalid)?;
    let details =
        claims.details.checked().map_err(|wrong| Error::Refused(Box::new(wrong.body())))?;
    let id = external_id(&claims.sub).ok_or_else(invalid)?.to_owned();
    Ok(Proved { id, details })
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
