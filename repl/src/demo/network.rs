//! The first part of the demonstration: paths through a network, and what a missing cable changes.

use super::paths::Paths;
use super::{ask, data, edit, heading, number, text};
use crate::failure::Outcome;
use crate::model::{Model, counted};
use crate::output::Output;
use crate::shell::duration;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

/// Two servers of one VLAN in two racks, and two of different VLANs.
const PAIRS: [(&str, &str); 2] = [("server102", "server302"), ("server101", "server301")];

/// The cable that is taken away.
const CABLE: [&str; 4] = ["leaf01", "Ethernet1/1", "spine01", "Ethernet1/1"];

/// Shows it.
pub(super) fn show(output: &mut Output) -> Outcome {
    heading(output, "a real network")?;
    let mut model = Model::new("<demo>", 1)?;
    model.load(&["<network/path_link.dl>", "<network/l3_hop.dl>"].map(PathBuf::from))?;
    let directory = data::lay_out(data::NETWORK)?;
    let started = Instant::now();
    model.import("suzieq", &[PathBuf::from(directory.path())])?;
    for (src, dst) in PAIRS {
        edit(&mut model, true, &format!("asked({src:?}, {dst:?})"))?;
    }
    let took = duration(started.elapsed());
    introduce(&mut model, &took, output)?;
    let mut before = Vec::new();
    for (src, dst) in PAIRS {
        heading(output, &format!("how does {src} reach {dst}?"))?;
        place(&mut model, src, dst, output)?;
        let paths = paths(&mut model, src, dst)?;
        tell(&paths, output)?;
        before.push(paths);
    }
    take_away(&mut model, &before, output)
}

/// What there is.
fn introduce(model: &mut Model, took: &str, output: &mut Output) -> Outcome {
    let mut roles: Vec<(String, usize)> = Vec::new();
    for row in ask(model, "device(_, role, _), n = count : { device(_, role, _) }")? {
        roles.push((text(&row[0]), usize::try_from(number(&row[1])).unwrap_or(0)));
    }
    let devices: usize = roles.iter().map(|(_, n)| n).sum();
    let roles: Vec<String> = roles.iter().map(|(role, n)| format!("{n} {role}")).collect();
    let cables = ask(model, "cable(a, i, b, j)")?.len();
    let routes = ask(model, "route(d, v, p, h, i, pr, m)")?.len();
    output.data(&format!(
        "A leaf-spine network of Cisco NX-OS switches with EVPN, as the poller SuzieQ saw it: {}\n({}), {}, {}.\n\
         Imported, and all that follows from it derived, in {took}.",
        counted(devices, "device"),
        roles.join(", "),
        counted(cables, "cable"),
        counted(routes, "route"),
    ))?;
    Ok(())
}

/// Where the two machines are.
fn place(model: &mut Model, src: &str, dst: &str, output: &mut Output) -> Outcome {
    for machine in [src, dst] {
        let mut switches = Vec::new();
        let mut vlans = BTreeSet::new();
        for row in ask(model, &format!("attached({machine:?}, switch, vid)"))? {
            switches.push(text(&row[0]));
            vlans.insert(number(&row[1]));
        }
        let vlans: Vec<String> = vlans.iter().map(i64::to_string).collect();
        output.data(&format!("{machine} is attached to {} in VLAN {}.", switches.join(" and "), vlans.join(", ")))?;
    }
    let tunnels = format!("vtep(switch, vni, vid, _), attached({src:?}, _, vid), attached({dst:?}, _, vid)");
    let tunnels = ask(model, &tunnels)?;
    if let Some(first) = tunnels.first() {
        let ends: BTreeSet<String> = tunnels.iter().map(|row| text(&row[0])).collect();
        let ends = ends.into_iter().collect::<Vec<_>>().join(", ");
        output.data(&format!("VXLAN carries that VLAN over layer 3, as VNI {}, between {ends}.", text(&first[1])))?;
    }
    output.data(&format!("\n  ?- path_link({src:?}, {dst:?}, seq, from, to)."))?;
    Ok(())
}

/// The paths from one machine to another.
fn paths(model: &mut Model, src: &str, dst: &str) -> Outcome<Paths> {
    let hops = ask(model, &format!("path_link({src:?}, {dst:?}, seq, from, to)"))?;
    let routers = ask(model, &format!("l3_hop({src:?}, {dst:?}, router)"))?;
    Ok(Paths {
        hops: hops.iter().map(|row| (number(&row[0]), text(&row[1]), text(&row[2]))).collect(),
        routers: routers.iter().map(|row| text(&row[0])).collect(),
    })
}

fn tell(paths: &Paths, output: &mut Output) -> Outcome {
    output.data(&format!("\n{}", paths.draw("    ")))?;
    let ways = counted(usize::try_from(paths.count()).unwrap_or(usize::MAX), "equal-cost path");
    output.data(&match paths.routers.is_empty() {
        true => format!("{ways}. This is layer 2: no router between them."),
        false => format!("{ways}. This is layer 3: those in brackets route."),
    })?;
    Ok(())
}

/// Takes the cable away and tells what that changed.
fn take_away(model: &mut Model, before: &[Paths], output: &mut Output) -> Outcome {
    let [a, i, b, j] = CABLE;
    heading(output, &format!("the cable from {a} to {b} is pulled"))?;
    let fact = format!("cable({a:?}, {i:?}, {b:?}, {j:?})");
    output.data(&format!("  -{fact}."))?;
    let took = edit(model, false, &fact)?;
    output.data(&format!("Everything was up to date again after {}. What changed:", duration(took)))?;
    let style = output.out_style;
    for ((src, dst), before) in PAIRS.iter().zip(before) {
        let after = paths(model, src, dst)?;
        output.data(&format!("\n{src} → {dst}: {} equal-cost paths, {} before", after.count(), before.count()))?;
        for (seq, from, to) in before.hops.difference(&after.hops) {
            output.data(&style.red(&format!("  - step {seq}: {from} → {to}")))?;
        }
        for (seq, from, to) in after.hops.difference(&before.hops) {
            output.data(&style.green(&format!("  + step {seq}: {from} → {to}")))?;
        }
        if after != *before {
            output.data(&format!("\n{}", after.draw("    ").trim_end()))?;
        }
    }
    let took = edit(model, true, &fact)?;
    let mut same = true;
    for ((src, dst), before) in PAIRS.iter().zip(before) {
        same &= paths(model, src, dst)? == *before;
    }
    let restored = if same { "all paths are as they were" } else { "the paths differ from those before" };
    output.data(&format!("\nPlugged in again (+{fact}.): {restored}, after {}.", duration(took)))?;
    Ok(())
}
