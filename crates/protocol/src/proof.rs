//! How a site's back end proves who a visitor is: what can be wrong with a proof, as the team is told it, and as a visitor's
//! page is.

use serde::Serialize;

use crate::person::SecretSeen;
use crate::{ErrorCode, Millis, from_json};

/// A proof to look at. The body of `POST …/settings/identity/check`. Nothing of it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckProof {
    /// The id that it is said to prove.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// A JWT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt: Option<String>,
}

/// What a proof is worth. The answer to [`CheckProof`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProofChecked {
    /// What is wrong with it; absent if it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProofProblem>,
    /// What is meant: the algorithm or the field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The person whom it proves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it expires, or did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
    /// The secret by which it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretSeen>,
}

/// What is wrong with a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProofProblem {
    /// There is neither hash nor JWT.
    Absent,
    /// It is of another kind than the settings say, or both were sent.
    OtherMethod,
    /// The site has no secret yet, or no public key.
    NoKey,
    /// The id can't be one.
    IdInvalid,
    /// It is no hash: not 64 hexadecimal digits.
    NoHash,
    /// It is the hash of another id, or by another secret.
    HashWrong,
    /// It is no JWT.
    NoToken,
    /// The JWT names another algorithm.
    Algorithm,
    /// The JWT's signature is by another secret or key, or the JWT was changed.
    Signature,
    /// The JWT has a critical extension.
    Extension,
    /// The JWT has no `exp`, or one that is no number.
    NoExpiry,
    /// The JWT has expired.
    Expired,
    /// The JWT is not valid yet, by its `nbf`.
    NotYet,
    /// The JWT has no `sub`, or one that can't be an id.
    NoSubject,
    /// The JWT's `sub` is another id than was said.
    OtherId,
    /// A claim can't be what it is.
    Claim,
    /// Something of which this version does not know.
    Other,
}

impl ProofProblem {
    /// What a visitor's page is told of it: enough to look it up, and nothing of the site's secrets.
    pub const fn code(self) -> ErrorCode {
        match self {
            ProofProblem::Absent | ProofProblem::OtherMethod | ProofProblem::NoKey => {
                ErrorCode::ProofUnexpected
            }
            ProofProblem::IdInvalid => ErrorCode::ExternalIdInvalid,
            ProofProblem::NoHash | ProofProblem::HashWrong => ErrorCode::HashWrong,
            ProofProblem::Algorithm => ErrorCode::TokenAlgorithm,
            ProofProblem::Expired => ErrorCode::TokenExpired,
            ProofProblem::NoToken
            | ProofProblem::Signature
            | ProofProblem::Extension
            | ProofProblem::NoExpiry
            | ProofProblem::NotYet
            | ProofProblem::NoSubject
            | ProofProblem::OtherId
            | ProofProblem::Claim
            | ProofProblem::Other => ErrorCode::TokenInvalid,
        }
    }
}

from_json!(strict struct CheckProof { id: optional, hash: optional, jwt: optional });
from_json!(
    struct ProofChecked {
        problem: optional,
        at: optional,
        id: optional,
        expires_at: optional,
        secret: optional,
    }
);
from_json!(enum ProofProblem {
    "absent" => Absent, "other_method" => OtherMethod, "no_key" => NoKey, "id_invalid" => IdInvalid,
    "no_hash" => NoHash, "hash_wrong" => HashWrong, "no_token" => NoToken, "algorithm" => Algorithm,
    "signature" => Signature, "extension" => Extension, "no_expiry" => NoExpiry,
    "expired" => Expired, "not_yet" => NotYet, "no_subject" => NoSubject, "other_id" => OtherId,
    "claim" => Claim, _ => Other
});
