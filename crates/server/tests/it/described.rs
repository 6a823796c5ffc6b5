//! The error codes in the API's description, held against those that the server sends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use porchlight_protocol::ErrorCode;
use reqwest::Method;
use serde_json::Value;

/// Codes that any address may answer with, described or not.
const EVERYWHERE: [ErrorCode; 3] =
    [ErrorCode::NotFound, ErrorCode::MethodNotAllowed, ErrorCode::Internal];

/// The method of an operation, and the segments of its path.
type Operation = (String, Vec<String>);

/// The codes of each operation.
static DESCRIBED: LazyLock<BTreeMap<Operation, BTreeSet<String>>> = LazyLock::new(|| {
    let description = porchlight_server::routes::description("session");
    let document: Value = serde_json::from_slice(description.as_bytes()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        item.as_object().unwrap().iter().map(move |(method, operation)| {
            let refusals = operation["responses"]["default"]["description"].as_str();
            let refusals = refusals.unwrap_or_else(|| panic!("{method} {path}"));
            let codes = refusals.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            ((method.to_uppercase(), segments.clone()), codes)
        })
    });
    operations.collect()
});

/// Fails if the description lacks a refusal that the server gave.
pub fn must_describe(method: &Method, path: &str, code: &str) {
    let path = path.split('?').next().unwrap();
    let asked: Vec<&str> = path.split('/').collect();
    let matches = |segments: &[String]| {
        let mut both = segments.iter().zip(&asked);
        segments.len() == asked.len() && both.all(|(of, is)| of.starts_with('{') || of == is)
    };
    let operation =
        DESCRIBED.iter().find(|((of, segments), _)| of == method.as_str() && matches(segments));
    let Some((_, codes)) = operation else { return };
    let everywhere = EVERYWHERE.iter().any(|general| general.as_str() == code);
    assert!(
        everywhere || codes.contains(code),
        "{method} {path} answers {code}, which the API's description lacks: add it to its groups"
    );
}

/// A code that is sent is written down somewhere in the code that sends it: not where it is defined or
/// described, nor where answers are only looked at.
#[test]
fn every_code_that_is_described_is_one_that_is_sent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut source = String::new();
    let crates = ["src", "../store/src", "../protocol/src", "../words/src"];
    let mut ahead: Vec<_> = crates.map(|folder| root.join(folder)).into();
    while let Some(folder) = ahead.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                ahead.push(path);
            } else if name == "error.rs" && path.starts_with(root.join("../protocol")) {
            } else if !["refusals.rs", "gate.rs"].contains(&name.as_str()) {
                source.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let described: BTreeSet<&str> = DESCRIBED.values().flatten().map(String::as_str).collect();
    for code in ErrorCode::ALL {
        let sent = source.contains(&format!("ErrorCode::{code:?}"));
        let retired = ErrorCode::RETIRED.contains(code);
        assert_eq!(sent, !retired, "{code:?} is sent");
        let listed = described.contains(code.as_str()) || EVERYWHERE.contains(code);
        assert_eq!(listed, !retired, "{code:?} is described");
    }
}
