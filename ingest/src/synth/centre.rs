//! The data centre: machines in racks in pods, what runs on them, and who serves what.
//!
//! Three tiers. A *rack* has two access switches, an MLAG pair, and every host is joined to both by a LAG. A *pod* is some
//! racks under two distribution switches, which are the gateways of its VLANs: one VLAN and subnet for each organisation
//! in each pod. All distribution switches are joined to all core switches, by routed ports.
//!
//! A *zone* is an ESB and what it serves. It spans as many racks as it has routers, one router a rack; each of these racks
//! also has a multiplexer and a replica of the zone's portal and of each of its applications. What makes the paper's
//! figures is who is in which VLAN: some multiplexers are in that of the router beside them, the others in another; one
//! application lives in the routers' VLAN, the others in those of their organisations; and one has its replicas in other
//! racks.

use super::size::Size;
use std::collections::VecDeque;

/// Who owns machines. Each has a VLAN and a subnet in every pod.
pub(super) const ORGANISATIONS: [&str; 10] =
    ["esb", "edge", "clients", "data", "sales", "operations", "airport", "finance", "partners", "corporate"];
const ESB: u8 = 0;
const EDGE: u8 = 1;
const CLIENTS: u8 = 2;
const DATA: u8 = 3;
/// The first organisation of those that own applications.
const BUSINESS: usize = 4;

const APPLICATIONS: [&str; 10] =
    ["booking", "pricing", "inventory", "ticketing", "payment", "loyalty", "checkin", "baggage", "schedule", "refund"];

/// A host, or a virtual machine.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) name: String,
    /// The host that it runs on, by its number; a host runs on itself.
    pub(super) host: u32,
    pub(super) rack: u32,
    pub(super) pod: u32,
    pub(super) organisation: u8,
    /// Its place in the subnet of its VLAN.
    pub(super) place: u32,
    used: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Client,
    Server,
    Router,
    Multiplexer,
    Other,
}

impl Role {
    pub(super) fn text(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "app_server",
            Role::Router => "esb_router",
            Role::Multiplexer => "esb_mux",
            Role::Other => "other",
        }
    }

    pub(super) fn is_esb(self) -> bool {
        matches!(self, Role::Router | Role::Multiplexer)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) name: String,
    pub(super) machine: u32,
    pub(super) role: Role,
    /// The zone that it belongs to; 0 for one of none.
    pub(super) zone: u32,
    /// The farm or application that it is a replica of.
    pub(super) group: Option<u32>,
}

/// A farm or an application. Its members are in the order of their names.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) is_farm: bool,
    pub(super) members: Vec<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) application: u32,
    /// The farm of routers that publishes it.
    pub(super) farm: Option<u32>,
}

/// The groups of one zone.
#[derive(Clone, Debug, Default)]
pub(super) struct Zone {
    pub(super) routers: u32,
    pub(super) multiplexers: u32,
    pub(super) portal: u32,
    /// With replicas in all racks of the zone, in the VLANs of their organisations.
    pub(super) applications: Vec<u32>,
    /// In the VLAN of the routers.
    pub(super) beside: u32,
    /// In other racks.
    pub(super) remote: u32,
    pub(super) clients: Vec<u32>,
}

/// A data centre.
#[derive(Clone, Debug)]
pub struct DataCentre {
    pub(super) size: Size,
    pub(super) machines: Vec<Machine>,
    pub(super) processes: Vec<Process>,
    pub(super) groups: Vec<Group>,
    pub(super) services: Vec<Service>,
    pub(super) zones: Vec<Zone>,
    /// The database of an application, by the number of its group.
    pub(super) databases: Vec<Option<u32>>,
    /// The service of a group that is called, by its number; 0 for routers and multiplexers, which pass on.
    pub(super) service_of: Vec<u32>,
}

impl DataCentre {
    /// Builds the data centre of a size.
    pub fn new(size: &Size) -> DataCentre {
        let mut builder = Builder::new(size);
        for zone in 0..size.zones() {
            builder.zone(zone);
        }
        builder.rest();
        builder.centre
    }

    pub(super) fn racks(&self) -> u32 {
        self.size.racks()
    }

    pub(super) fn pod_of(&self, rack: u32) -> u32 {
        rack * self.size.pods() / self.racks()
    }

    /// The VLAN of an organisation in a pod.
    pub(super) fn vid(pod: u32, organisation: u8) -> u32 {
        100 + pod * 16 + u32::from(organisation)
    }

    /// The database of the application that a process is a replica of.
    pub(super) fn database_of(&self, process: u32) -> u32 {
        let group = self.processes[process as usize].group;
        group.and_then(|group| self.databases[group as usize]).expect("who asks for data has a database")
    }

    pub(super) fn vid_of(&self, machine: u32) -> u32 {
        let machine = &self.machines[machine as usize];
        Self::vid(machine.pod, machine.organisation)
    }
}

struct Builder {
    centre: DataCentre,
    /// Machines that nothing runs on yet, by rack; hosts and virtual machines alternate.
    free: Vec<VecDeque<u32>>,
    /// Racks of no zone, in turn.
    elsewhere: VecDeque<u32>,
    /// The zone that is being built.
    zone: u32,
}

impl Builder {
    fn new(size: &Size) -> Builder {
        let (hosts, racks) = (size.hosts(), size.racks());
        let mut centre = DataCentre {
            size: size.clone(),
            machines: Vec::new(),
            processes: Vec::new(),
            groups: Vec::new(),
            services: Vec::new(),
            zones: Vec::new(),
            databases: Vec::new(),
            service_of: Vec::new(),
        };
        let machine = |name, host, rack, pod| Machine { name, host, rack, pod, organisation: 0, place: 0, used: false };
        for number in 0..hosts {
            let rack = number * racks / hosts;
            let name = format!("host{:04}", number + 1);
            centre.machines.push(machine(name, number, rack, centre.pod_of(rack)));
        }
        for number in 0..size.vms() {
            // Two virtual machines on one host, then two on the next but one.
            let host = (u64::from(number) * u64::from(hosts) / u64::from(size.vms())) as u32;
            let rack = centre.machines[host as usize].rack;
            let name = format!("vm{:04}", number + 1);
            centre.machines.push(machine(name, host, rack, centre.pod_of(rack)));
        }
        let mut free = vec![(VecDeque::new(), VecDeque::new()); racks as usize];
        for (number, machine) in (0..).zip(&centre.machines) {
            let (hosts, vms) = &mut free[machine.rack as usize];
            if machine.host == number { hosts.push_back(number) } else { vms.push_back(number) }
        }
        let free = free.into_iter().map(|(hosts, vms)| alternate(hosts, vms)).collect();
        let zone_racks: Vec<u32> = (0..size.zones()).flat_map(|zone| zone_racks(size, zone)).collect();
        let elsewhere = (0..racks).filter(|rack| !zone_racks.contains(rack)).collect();
        Builder { centre, free, elsewhere, zone: 0 }
    }

    /// A machine in the rack for an organisation.
    fn take(&mut self, rack: u32, organisation: u8) -> u32 {
        let number = self.free[rack as usize].pop_front().expect("a rack holds what its zone needs");
        let machine = &mut self.centre.machines[number as usize];
        (machine.organisation, machine.used) = (organisation, true);
        number
    }

    /// A machine in some rack of no zone.
    fn take_elsewhere(&mut self, organisation: u8) -> u32 {
        for _ in 0..self.elsewhere.len() {
            self.elsewhere.rotate_left(1);
            let rack = self.elsewhere[0];
            if !self.free[rack as usize].is_empty() {
                return self.take(rack, organisation);
            }
        }
        panic!("the racks of no zone hold what belongs into none")
    }

    fn process(&mut self, name: String, machine: u32, role: Role, group: Option<u32>) -> u32 {
        let number = self.centre.processes.len() as u32;
        self.centre.processes.push(Process { name, machine, role, zone: self.zone, group });
        if let Some(group) = group {
            self.centre.groups[group as usize].members.push(number);
        }
        number
    }

    fn group(&mut self, name: String, is_farm: bool) -> u32 {
        self.centre.groups.push(Group { name, is_farm, members: Vec::new() });
        self.centre.databases.push(None);
        self.centre.service_of.push(0);
        self.centre.groups.len() as u32 - 1
    }

    /// An application with its service, and its database: an application of two replicas in other racks.
    fn application(&mut self, name: &str, farm: Option<u32>) -> u32 {
        let application = self.group(name.to_owned(), false);
        self.service(format!("{name}.query"), application, farm);
        let database = self.group(format!("{name}-db"), false);
        self.service(format!("{name}-db.sql"), database, None);
        for replica in 1..=2 {
            let machine = self.take_elsewhere(DATA);
            self.process(format!("{name}-db-{replica}"), machine, Role::Server, Some(database));
        }
        self.centre.databases[application as usize] = Some(database);
        application
    }

    fn service(&mut self, name: String, application: u32, farm: Option<u32>) {
        self.centre.service_of[application as usize] = self.centre.services.len() as u32;
        self.centre.services.push(Service { name, application, farm });
    }

    /// A replica of the group in each of the racks.
    fn replicas(&mut self, group: u32, racks: &[u32], role: Role, organisation: impl Fn(usize) -> u8) {
        for (i, rack) in racks.iter().enumerate() {
            let machine = self.take(*rack, organisation(i));
            let name = format!("{}-{:02}", self.centre.groups[group as usize].name, i + 1);
            self.process(name, machine, role, Some(group));
        }
    }

    fn zone(&mut self, number: u32) {
        self.zone = number;
        let size = self.centre.size.clone();
        let racks: Vec<u32> = zone_racks(&size, number).collect();
        let name = number + 1;
        let routers = self.group(format!("esb{name}-router"), true);
        self.replicas(routers, &racks, Role::Router, |_| ESB);
        let multiplexers = self.group(format!("esb{name}-mux"), true);
        let (all, beside) = size.multiplexers();
        self.replicas(multiplexers, &racks, Role::Multiplexer, |i| if i < beside as usize { ESB } else { EDGE });
        for i in racks.len()..all as usize {
            let machine = self.take_elsewhere(EDGE);
            self.process(format!("esb{name}-mux-{:02}", i + 1), machine, Role::Multiplexer, Some(multiplexers));
        }
        let business = |i: usize| (BUSINESS + i % (ORGANISATIONS.len() - BUSINESS)) as u8;
        let portal = self.application(&format!("portal{name}"), None);
        self.replicas(portal, &racks, Role::Server, |_| business(0));
        let beside = self.application(&format!("directory{name}"), Some(routers));
        self.replicas(beside, &racks, Role::Server, |_| ESB);
        let mut applications = Vec::new();
        for (i, title) in APPLICATIONS.iter().enumerate().take(size.applications() as usize) {
            let application = self.application(&format!("{title}{name}"), Some(routers));
            self.replicas(application, &racks, Role::Server, |_| business(i + 1));
            applications.push(application);
        }
        let remote = self.application(&format!("archive{name}"), Some(routers));
        for i in 0..size.routers() / 2 {
            let machine = self.take_elsewhere(business(3));
            self.process(format!("archive{name}-{:02}", i + 1), machine, Role::Server, Some(remote));
        }
        let clients = (0..size.clients()).map(|i| {
            let machine = self.take_elsewhere(CLIENTS);
            self.process(format!("client{name}-{:03}", i + 1), machine, Role::Client, None)
        });
        let clients = clients.collect();
        self.centre.zones.push(Zone { routers, multiplexers, portal, applications, beside, remote, clients });
    }

    /// The machines that no zone uses have an owner and an agent, too; and every machine gets its place in its subnet.
    fn rest(&mut self) {
        self.zone = 0;
        let business = ORGANISATIONS.len() - BUSINESS;
        for number in 0..self.centre.machines.len() {
            if !self.centre.machines[number].used {
                self.centre.machines[number].organisation = (BUSINESS + number % business) as u8;
                let name = format!("agent-{}", self.centre.machines[number].name);
                self.process(name, number as u32, Role::Other, None);
            }
        }
        let pods = self.centre.size.pods() as usize;
        let mut places = vec![[0; ORGANISATIONS.len()]; pods];
        for machine in &mut self.centre.machines {
            let next = &mut places[machine.pod as usize][machine.organisation as usize];
            machine.place = *next;
            *next += 1;
        }
    }
}

/// The racks of a zone: as many as it has routers, spread over all pods.
fn zone_racks(size: &Size, zone: u32) -> impl Iterator<Item = u32> + use<> {
    let (racks, zones, routers) = (size.racks(), size.zones(), size.routers());
    (0..routers).map(move |i| (i * zones + zone) * racks / (routers * zones))
}

/// One of the first, one of the second, and so on; then what is left of either.
fn alternate(mut first: VecDeque<u32>, mut second: VecDeque<u32>) -> VecDeque<u32> {
    let mut both = VecDeque::with_capacity(first.len() + second.len());
    loop {
        match (first.pop_front(), second.pop_front()) {
            (None, None) => return both,
            (a, b) => both.extend(a.into_iter().chain(b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_can_be_built() {
        for machines in (120..300).chain((300..8_000).step_by(199)).chain([20_000, 60_000]) {
            let centre = DataCentre::new(&Size::new(machines, 57, 1.0, 1).unwrap());
            assert_eq!(centre.machines.len() as u32, machines);
            assert!(centre.size.racks() >= centre.size.pods() && centre.size.pods() >= 2, "{machines}");
        }
    }

    #[test]
    fn members_stand_in_the_order_of_their_names() {
        let centre = DataCentre::new(&Size::new(7118, 57, 1.0, 1).unwrap());
        for group in &centre.groups {
            let names: Vec<&str> = group.members.iter().map(|&p| centre.processes[p as usize].name.as_str()).collect();
            assert!(names.is_sorted() && !names.is_empty(), "{}: {names:?}", group.name);
        }
    }
}
