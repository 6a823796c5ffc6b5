//! What the documentation shows is right.

use porchlight_flow::SCHEMA;

use crate::flow;

const DOCS: &str = include_str!("../../../../docs/bots.md");

#[test]
fn each_flow_in_the_documentation_is_read() {
    let fences = DOCS.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let flows: Vec<_> = fences.filter(|json| json.contains("\"flow\": 1")).map(flow).collect();
    assert!(flows.len() > 1, "{} flows", flows.len());
}

#[test]
fn each_field_of_the_format_is_explained() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let defs = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for field in defs.filter_map(|it| it["properties"].as_object()).flat_map(|it| it.keys()) {
        assert!(DOCS.contains(&format!("`{field}`")), "{field}");
    }
}
