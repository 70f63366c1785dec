//! JUnit's XML, held against the rules of the schema that Jenkins' xUnit plugin reads by (`junit-10.xsd`), and against what
//! the schema cannot say: that the totals are those of the test cases.

use roxmltree::{Document, Node};

/// Of an element: which attributes it must have, which it may have, which elements it may hold, and whether it holds text.
type Rule = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str], bool);

const SUITE: [&str; 5] = ["testsuite", "properties", "testcase", "system-out", "system-err"];

const CASE: [&str; 9] = [
    "skipped",
    "error",
    "failure",
    "rerunFailure",
    "rerunError",
    "flakyFailure",
    "flakyError",
    "system-out",
    "system-err",
];

const RULES: [Rule; 10] = [
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"], false),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
        &SUITE,
        false,
    ),
    ("testcase", &["name"], &["time", "classname", "group"], &CASE, false),
    ("failure", &[], &["type", "message"], &[], true),
    ("error", &[], &["type", "message"], &[], true),
    ("skipped", &[], &["type", "message"], &[], true),
    ("system-out", &[], &[], &[], true),
    ("system-err", &[], &[], &[], true),
    ("properties", &[], &[], &["property"], false),
    ("property", &["name", "value"], &[], &[], false),
];

/// All that is wrong with a document.
pub(crate) fn faults(xml: &str) -> Vec<String> {
    let document = match Document::parse(xml) {
        Ok(document) => document,
        Err(error) => return vec![error.to_string()],
    };
    let root = document.root_element();
    let mut faults = Vec::new();
    if !["testsuites", "testsuite"].contains(&root.tag_name().name()) {
        faults.push(format!("the root is {}", root.tag_name().name()));
    }
    root.descendants().filter(Node::is_element).for_each(|element| check(element, &mut faults));
    faults
}

fn check(element: Node<'_, '_>, faults: &mut Vec<String>) {
    let name = element.tag_name().name();
    let Some((_, must, may, holds, text)) = RULES.iter().find(|rule| rule.0 == name) else {
        return faults.push(format!("there is no element {name}"));
    };
    for attribute in must.iter().filter(|attribute| !element.has_attribute(**attribute)) {
        faults.push(format!("{name} has no {attribute}"));
    }
    for attribute in element.attributes() {
        let (known, value) = (attribute.name(), attribute.value());
        if !must.contains(&known) && !may.contains(&known) {
            faults.push(format!("{name} may not have {known}"));
        }
        // `(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?`
        let is_time = value.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.');
        if known == "time" && (!is_time || value.matches('.').count() > 1) {
            faults.push(format!("{name} has the time {value}"));
        }
    }
    for child in element.children() {
        let inside = child.tag_name().name();
        if child.is_element() && !holds.contains(&inside) {
            faults.push(format!("{name} may not hold {inside}"));
        } else if child.is_text() && !text && !child.text().unwrap_or_default().trim().is_empty() {
            faults.push(format!("{name} may not hold text"));
        }
    }
    if name.starts_with("testsuite") {
        totals(element, faults);
    }
}

fn totals(element: Node<'_, '_>, faults: &mut Vec<String>) {
    let cases: Vec<Node<'_, '_>> = element.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    let with = |tag: &str| cases.iter().filter(|case| case.children().any(|child| child.has_tag_name(tag))).count();
    for (attribute, count) in [("tests", cases.len()), ("failures", with("failure")), ("errors", with("error"))] {
        if element.attribute(attribute).is_some_and(|said| said != count.to_string()) {
            faults.push(format!("{} {attribute}, and there are {count}", element.tag_name().name()));
        }
    }
}

#[test]
fn what_the_schema_forbids_is_found() {
    let suite = |inside: &str| {
        let head = "<testsuites><testsuite name=\"a\" tests=\"1\" failures=\"0\" errors=\"0\">";
        faults(&format!("{head}{inside}</testsuite></testsuites>")).len()
    };
    assert_eq!(suite("<testcase name=\"b\" time=\"0.1\"><system-out>x</system-out></testcase>"), 0);
    assert_eq!(suite("<testcase time=\"soon\"/>"), 2);
    assert_eq!(suite("<testcase name=\"b\" line=\"1\">x</testcase>"), 2);
    assert_eq!(suite("<testcase name=\"b\"><failure/></testcase>"), 1);
    assert_eq!(suite("<testcase name=\"b\"><report/></testcase>"), 2);
    assert_eq!(suite("<testcase name=\"b\">"), 1);
}
