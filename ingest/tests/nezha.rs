//! The Train-Ticket importer on small files; the real ones are in `tests/`.

use ingest::source::importer;
use ingest::{Facts, Rejected};
use std::path::PathBuf;

const HEADER: &str = "TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano,Duration\n";

/// Imports a directory with these files; all facts, and what was rejected.
fn import(files: &[(&str, String)]) -> (Vec<String>, String) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).expect("written");
    }
    let (mut facts, mut rejected) = (Facts::default(), Rejected::default());
    let paths: [PathBuf; 1] = [directory.path().to_owned()];
    importer("nezha").expect("is listed").import(&paths, &mut facts, &mut rejected).expect("can be read");
    let prefix = format!("{}/", directory.path().display());
    let lines = facts.tables().flat_map(|(relation, table)| {
        table.iter().map(move |row| (relation, row.fields().collect::<Vec<_>>().join(","), row.origin()))
    });
    let lines = lines.map(|(relation, fields, origin)| {
        format!("{relation}({fields}) {}:{}", facts.source_name(origin.source), origin.record).replace(&prefix, "")
    });
    (lines.collect(), rejected.listing().replace(&prefix, ""))
}

#[test]
fn a_span_is_asked_by_the_pod_of_its_parent() {
    // The child comes first, in another file.
    let a = format!("{HEADER}t,s2,s1,b-1-x,get,1500000,2999999,1499\n");
    let b = format!("{HEADER}t,s1,root,a-1-x,/*,1000000,4000000,3000\n");
    let (facts, rejected) = import(&[("a.csv", a), ("b.csv", b), ("p.csv", "Node,PodName\n10.0.0.1,b-1-x\n".into())]);
    assert_eq!(rejected, "");
    assert_eq!(
        facts,
        [
            "app_server(a,a-1-x) b.csv:2",
            "app_server(b,b-1-x) a.csv:2",
            "device(10.0.0.1,host,) p.csv:2",
            "message(t,s2,s1,1500,request,a-1-x,b-1-x,b,0) a.csv:2",
            "message(t,s2,s1,2999,reply,b-1-x,a-1-x,b,0) a.csv:2",
            "message(t,s1,,1000,request,,a-1-x,a,0) b.csv:2",
            "message(t,s1,,4000,reply,a-1-x,,a,0) b.csv:2",
            "process(a-1-x,,app_server) b.csv:2",
            "process(b-1-x,10.0.0.1,app_server) p.csv:2",
            "service(a,a) b.csv:2",
            "service(b,b) a.csv:2",
        ]
    );
}

#[test]
fn a_repeated_row_is_counted_and_states_nothing() {
    let row = "t,s1,root,a-1-x,/*,1000,2000,1\n";
    let (facts, rejected) = import(&[("a.csv", format!("{HEADER}{row}")), ("b.csv", format!("{HEADER}{row}{row}"))]);
    assert_eq!(rejected, "");
    assert!(facts.contains(&"set_aside(b.csv,duplicate,2) b.csv:0".to_owned()), "{facts:#?}");
    assert_eq!(facts.iter().filter(|f| f.starts_with("message")).count(), 2);
}

#[test]
fn spans_without_identifiers_are_all_messages() {
    let row = ",s1,root,a-1-x,/*,1000,2000,1\n";
    let (facts, _) = import(&[("a.csv", format!("{HEADER}{row}{row}"))]);
    assert_eq!(facts.iter().filter(|f| f.starts_with("message")).count(), 4);
    assert!(!facts.iter().any(|f| f.starts_with("set_aside")));
}

#[test]
fn a_pod_on_two_nodes_is_stated_on_both() {
    let (facts, _) = import(&[("p.csv", "Node,PodName\nn2,a-1-x\nn1,a-1-x\nn2,a-1-x\n".into())]);
    let processes: Vec<&String> = facts.iter().filter(|f| f.starts_with("process")).collect();
    assert_eq!(processes, ["process(a-1-x,n1,app_server) p.csv:3", "process(a-1-x,n2,app_server) p.csv:2"]);
}

#[test]
fn rows_that_cannot_be_used_are_counted_by_reason() {
    let spans = "t,s1,root,a-1-x,/*,-6795364578871345152,2000,1\nt,s2,root,a-1-x\nt,s3,root,a-1-x,/*,1,x,1\n";
    let files = [
        ("README.md", "# Spans\n".to_owned()),
        ("a.csv", format!("{HEADER}{spans}")),
        ("p.csv", "Node,PodName\n,a-1-x\n".to_owned()),
    ];
    let (facts, rejected) = import(&files);
    assert_eq!(facts, [] as [String; 0]);
    assert_eq!(
        rejected,
        "README.md:0: unknown table: neither the columns of spans nor those of placements nor those of metrics\n\
         a.csv:2: no time: found \"-6795364578871345152\"\n\
         a.csv:4: no time: found \"x\"\n\
         a.csv:3: wrong number of columns: \"ts2roota-1-x\"\n\
         p.csv:2: no node or no pod: found node \"\", pod \"a-1-x\"\n"
    );
}

const METRICS: &str = "Time,TimeStamp,PodName,CpuUsage(m),PodWorkload(Ops),NodeCpuUsageRate(%)\n";

#[test]
fn metrics_are_of_the_pod_or_of_its_node_at_the_time_in_words() {
    let time = "1970-01-01 00:00:01.5000009 +0000 UTC m=+5.1";
    let rows = format!("{METRICS}{time},200000001,b-1-x,1.5,,7\n{time},1,a-1-x,2.5,3,8\n{time},1,a-1-x,NaN,,\n");
    let (facts, rejected) = import(&[("m.csv", rows), ("p.csv", "Node,PodName\n10.0.0.1,b-1-x\n".into())]);
    assert_eq!(rejected, "");
    let metrics: Vec<&String> = facts.iter().filter(|f| f.starts_with("metric")).collect();
    assert_eq!(
        metrics,
        [
            "metric(b-1-x,CpuUsage(m),1500000,1.5) m.csv:2",
            "metric(10.0.0.1,NodeCpuUsageRate(%),1500000,7) m.csv:2",
            "metric(a-1-x,CpuUsage(m),1500000,2.5) m.csv:3",
            "metric(a-1-x,PodWorkload(Ops),1500000,3) m.csv:3",
        ]
    );
    assert!(facts.contains(&"process(a-1-x,,app_server) m.csv:3".to_owned()), "{facts:#?}");
}

#[test]
fn a_row_of_metrics_that_cannot_be_used_states_nothing() {
    let time = "1970-01-01 00:00:01 +0000 UTC";
    let rows = format!("{METRICS}soon,1,a-1-x,1,2,3\n{time},1,,1,2,3\n{time},1,a-1-x,1,many,3\n{time},1,a-1-x\n");
    let (facts, rejected) = import(&[("m.csv", rows)]);
    assert_eq!(facts, [] as [String; 0]);
    assert_eq!(
        rejected,
        "m.csv:3: no pod: at \"1970-01-01 00:00:01 +0000 UTC\"\n\
         m.csv:2: no time: found \"soon\"\n\
         m.csv:4: no value: PodWorkload(Ops): found \"many\"\n\
         m.csv:5: wrong number of columns: \"1970-01-01 00:00:01 +0000 UTC1a-1-x\"\n"
    );
}

#[test]
fn a_missing_path_is_an_error() {
    let paths = [PathBuf::from("/nonexistent/trace.csv")];
    let error = importer("nezha").unwrap().import(&paths, &mut Facts::default(), &mut Rejected::default());
    assert_eq!(error.unwrap_err().to_string(), "/nonexistent/trace.csv: No such file or directory (os error 2)");
}
