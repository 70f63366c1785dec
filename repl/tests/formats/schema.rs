//! JSON schemas (draft 7), as far as the schema of SARIF goes: a keyword that is not known here is a panic, so that nothing
//! of a schema is passed over.

use serde_json::{Map, Value};

/// Keywords that describe and demand nothing.
const REMARKS: [&str; 6] = ["$schema", "$id", "title", "description", "default", "definitions"];

/// All that is wrong with a value, each with its place.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(schema, schema, value, "", &mut faults);
    faults
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let schema = schema.as_object().expect("a schema is an object");
    if let Some(reference) = schema.get("$ref") {
        // In draft 7 what stands beside a reference means nothing.
        let pointer =
            reference.as_str().and_then(|text| text.strip_prefix('#')).expect("a reference within the schema");
        return check(root, root.pointer(pointer).expect("what is referred to is there"), value, at, faults);
    }
    for (keyword, demand) in schema {
        let holds = match keyword.as_str() {
            "properties" | "additionalProperties" | "items" => continue,
            known if REMARKS.contains(&known) => continue,
            "anyOf" => valid(root, demand, value) >= 1,
            "oneOf" => valid(root, demand, value) == 1,
            _ => holds(keyword, demand, value),
        };
        if !holds {
            faults.push(format!("{at}: {value} is not so: {keyword} {demand}"));
        }
    }
    match value {
        Value::Object(fields) => check_fields(root, schema, fields, at, faults),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let demand = schema.get("items").expect("the schema says what arrays hold");
                check(root, demand, item, &format!("{at}/{index}"), faults);
            }
        }
        _ => {}
    }
}

fn check_fields(
    root: &Value,
    schema: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
    faults: &mut Vec<String>,
) {
    for (name, value) in fields {
        let at = format!("{at}/{name}");
        match (schema.get("properties").and_then(|p| p.get(name)), schema.get("additionalProperties")) {
            (Some(demand), _) => check(root, demand, value, &at, faults),
            (None, Some(Value::Bool(false))) => faults.push(format!("{at}: no such property")),
            (None, Some(demand @ Value::Object(_))) => check(root, demand, value, &at, faults),
            (None, _) => {}
        }
    }
}

/// With how many schemas of a list a value agrees.
fn valid(root: &Value, schemas: &Value, value: &Value) -> usize {
    let agrees = |schema: &&Value| {
        let mut faults = Vec::new();
        check(root, schema, value, "", &mut faults);
        faults.is_empty()
    };
    schemas.as_array().expect("a list of schemas").iter().filter(agrees).count()
}

fn holds(keyword: &str, demand: &Value, value: &Value) -> bool {
    let number = |value: &Value| value.as_f64().expect("a number");
    match (keyword, value) {
        ("type", _) => match demand {
            Value::Array(types) => types.iter().any(|demand| is(demand, value)),
            demand => is(demand, value),
        },
        ("enum", _) => demand.as_array().expect("a list").contains(value),
        ("required", Value::Object(fields)) => {
            demand.as_array().expect("a list").iter().all(|name| fields.contains_key(name.as_str().expect("a name")))
        }
        ("minItems", Value::Array(items)) => items.len() as f64 >= number(demand),
        ("uniqueItems", Value::Array(items)) => {
            *demand == Value::Bool(false) || (1..items.len()).all(|at| !items[..at].contains(&items[at]))
        }
        ("minimum", Value::Number(_)) => number(value) >= number(demand),
        ("maximum", Value::Number(_)) => number(value) <= number(demand),
        ("pattern", Value::String(text)) => {
            let pattern = fancy_regex::Regex::new(demand.as_str().expect("a text")).expect("a regular expression");
            pattern.is_match(text).expect("it is decided")
        }
        ("format", Value::String(text)) => match demand.as_str() {
            Some("uri") => is_reference(text) && text.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/')),
            Some("uri-reference") => is_reference(text),
            other => panic!("the format {other:?} is not known here"),
        },
        ("required" | "minItems" | "uniqueItems" | "minimum" | "maximum" | "pattern" | "format", _) => true,
        _ => panic!("the keyword {keyword} is not known here"),
    }
}

fn is(demand: &Value, value: &Value) -> bool {
    match demand.as_str().expect("the name of a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not known here"),
    }
}

/// The characters of RFC 3986, percent signs only before two hexadecimal digits.
fn is_reference(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&b);
    let bytes = text.as_bytes();
    let escaped = |at: usize| bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    bytes.iter().enumerate().all(|(at, b)| plain(*b) || (*b == b'%' && escaped(at)))
}

#[test]
fn what_a_schema_forbids_is_found() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {
            "a": { "$ref": "#/definitions/level" },
            "b": { "type": "array", "uniqueItems": true, "minItems": 1, "items": { "type": "integer", "minimum": 1 } },
            "c": { "oneOf": [{ "type": "string", "format": "uri" }, { "type": "string", "pattern": "^x" }] },
        },
        "definitions": { "level": { "enum": ["note", "error"] } },
    });
    let count = |value: Value| faults(&schema, &value).len();
    assert_eq!(count(serde_json::json!({ "a": "note", "b": [1, 2], "c": "file:///a%20b" })), 0);
    assert_eq!(count(serde_json::json!({ "a": "note", "c": "xy" })), 0);
    assert_eq!(count(serde_json::json!({})), 1);
    assert_eq!(count(serde_json::json!({ "a": "warning" })), 1);
    assert_eq!(count(serde_json::json!({ "a": "note", "b": [] })), 1);
    assert_eq!(count(serde_json::json!({ "a": "note", "b": [0, 0, "x"] })), 4);
    assert_eq!(count(serde_json::json!({ "a": "note", "c": "x:y" })), 1);
    assert_eq!(count(serde_json::json!({ "a": "note", "c": "a b" })), 1);
    assert_eq!(count(serde_json::json!({ "a": "note", "d": 1 })), 1);
}
