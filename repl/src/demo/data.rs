//! The data of the demonstration, inside the binary.
//!
//! Importers read files, so the data is laid out in a scratch directory for as long as the demonstration runs.

use crate::failure::{Failure, Outcome};
use tempfile::TempDir;

/// A file of the project's test data.
macro_rules! data {
    ($path:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/", $path))
    };
}

/// Files by name.
type Files = &'static [(&'static str, &'static [u8])];

/// A leaf-spine network with EVPN, as SuzieQ polled it.
pub const NETWORK: Files = &[
    ("arpnd.csv", data!("suzieq-nxos/tables/arpnd.csv")),
    ("device.csv", data!("suzieq-nxos/tables/device.csv")),
    ("evpnVni.csv", data!("suzieq-nxos/tables/evpnVni.csv")),
    ("interfaces.csv", data!("suzieq-nxos/tables/interfaces.csv")),
    ("lldp.csv", data!("suzieq-nxos/tables/lldp.csv")),
    ("macs.csv", data!("suzieq-nxos/tables/macs.csv")),
    ("mlag.csv", data!("suzieq-nxos/tables/mlag.csv")),
    ("routes.csv", data!("suzieq-nxos/tables/routes.csv")),
    ("vlan.csv", data!("suzieq-nxos/tables/vlan.csv")),
];

/// Three minutes of the Train-Ticket application, and where its pods run.
pub const TRACE: Files = &[
    ("placement.csv", data!("nezha-trainticket/placement.csv")),
    ("trace.csv", data!("nezha-trainticket/trace_2023-01-29_08_52.csv")),
];

/// Lays files out in a directory that goes when it is dropped.
pub fn lay_out(files: Files) -> Outcome<TempDir> {
    let directory = tempfile::Builder::new().prefix("strata-demo-").tempdir();
    let directory = directory.map_err(|e| Failure::Ours(format!("cannot make a scratch directory: {e}")))?;
    for (name, content) in files {
        let path = directory.path().join(name);
        std::fs::write(&path, content).map_err(|e| Failure::Ours(format!("cannot write {}: {e}", path.display())))?;
    }
    Ok(directory)
}
