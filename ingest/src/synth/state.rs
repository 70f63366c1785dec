//! The data centre as facts: everything but its messages.

use super::centre::{DataCentre, ORGANISATIONS};

/// Takes facts: a relation, and its fields in the order of its columns.
pub type Take<'a> = dyn FnMut(&str, &[&str]) + 'a;

/// Speeds of ports in Mbit/s: a host's, a virtual machine's, and those between switches.
const HOST: u32 = 25_000;
const VIRTUAL: u32 = 10_000;
const TRUNK: u32 = 100_000;

struct Facts<'a, 'b> {
    centre: &'a DataCentre,
    take: &'a mut Take<'b>,
    macs: u64,
}

impl DataCentre {
    /// States what is so, as facts; in the same order each time.
    pub fn state(&self, take: &mut Take) {
        let mut facts = Facts { centre: self, take, macs: 0 };
        facts.cores();
        for pod in 0..self.size.pods() {
            facts.pod(pod);
        }
        for rack in 0..self.racks() {
            facts.rack(rack);
        }
        facts.machines();
        facts.software();
    }

    pub(super) fn access(rack: u32, side: u32) -> String {
        format!("access{:03}{}", rack + 1, SIDES[side as usize])
    }

    pub(super) fn distribution(pod: u32, side: u32) -> String {
        format!("dist{:02}{}", pod + 1, SIDES[side as usize])
    }
}

const SIDES: [&str; 2] = ["a", "b"];

fn core(number: u32) -> String {
    format!("core{}", number + 1)
}

/// The address of a machine or gateway by its place in the subnet of a pod's organisation.
fn address(pod: u32, organisation: u8, place: u32) -> String {
    format!("10.{pod}.{}.{}", u32::from(organisation) * 16 + (place >> 8), place & 255)
}

/// The addresses at either end of the link from a distribution switch to a core switch.
fn link_addresses(pod: u32, side: u32, core: u32, cores: u32) -> (String, String) {
    let place = ((pod * 2 + side) * cores + core) * 2;
    let address = |n: u32| format!("10.{}.{}.{}", 250 + (n >> 16), (n >> 8) & 255, n & 255);
    (address(place), address(place + 1))
}

impl Facts<'_, '_> {
    fn say(&mut self, relation: &str, fields: &[&str]) {
        (self.take)(relation, fields);
    }

    fn mac(&mut self) -> String {
        self.macs += 1;
        let [.., a, b, c, d] = self.macs.to_be_bytes();
        format!("02:00:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
    }

    fn port(&mut self, device: &str, name: &str, speed: u32) {
        let mac = self.mac();
        self.say("interface", &[device, name, &mac, &speed.to_string(), "up"]);
    }

    /// A LAG of ports.
    fn lag(&mut self, device: &str, lag: &str, ports: &[&str], speed: u32) {
        for port in ports {
            self.port(device, port, speed);
            self.say("lag_member", &[device, lag, port]);
        }
        self.say("interface", &[device, lag, "", &(speed * ports.len() as u32).to_string(), "up"]);
    }

    fn cable(&mut self, a: (&str, &str), b: (&str, &str)) {
        self.say("cable", &[a.0, a.1, b.0, b.1]);
        self.say("lldp_neighbor", &[a.0, a.1, b.0, b.1]);
        self.say("lldp_neighbor", &[b.0, b.1, a.0, a.1]);
    }

    /// The LAG carries all VLANs of the pod.
    fn trunk(&mut self, device: &str, lag: &str, pod: u32) {
        for organisation in 0..ORGANISATIONS.len() as u8 {
            let vid = DataCentre::vid(pod, organisation).to_string();
            self.say("interface_vlan", &[device, lag, &vid, "tagged"]);
        }
    }

    fn cores(&mut self) {
        let (pods, cores) = (self.centre.size.pods(), self.centre.size.cores());
        for number in 0..cores {
            let name = core(number);
            self.say("device", &[&name, "core", "core"]);
            for pod in 0..pods {
                for side in 0..2 {
                    let port = format!("eth{}/{}", pod + 1, side + 1);
                    let (below, own) = link_addresses(pod, side, number, cores);
                    self.port(&name, &port, TRUNK);
                    self.say("address", &[&name, &port, "default", &own, "31"]);
                    let subnets = format!("10.{pod}.0.0/16");
                    self.say("route", &[&name, "default", &subnets, &below, &port, "ospf", "20"]);
                }
            }
        }
    }

    fn pod(&mut self, pod: u32) {
        let (pods, cores) = (self.centre.size.pods(), self.centre.size.cores());
        for organisation in 0..ORGANISATIONS.len() as u8 {
            let vid = DataCentre::vid(pod, organisation).to_string();
            let name = format!("{}-{:02}", ORGANISATIONS[organisation as usize], pod + 1);
            self.say("vlan", &[&vid, &name]);
        }
        for side in 0..2 {
            let name = DataCentre::distribution(pod, side);
            self.say("device", &[&name, "distribution", &format!("pod{:02}", pod + 1)]);
            self.lag(&name, "po1000", &["eth0/1", "eth0/2"], TRUNK);
            self.trunk(&name, "po1000", pod);
            for organisation in 0..ORGANISATIONS.len() as u8 {
                let interface = format!("vlan{}", DataCentre::vid(pod, organisation));
                let own = address(pod, organisation, 2 + side);
                self.say("interface", &[&name, &interface, "", "0", "up"]);
                self.say("address", &[&name, &interface, "default", &own, "20"]);
                let subnet = format!("{}/20", address(pod, organisation, 0));
                self.say("route", &[&name, "default", &subnet, "", &interface, "connected", "0"]);
            }
            for number in 0..cores {
                let port = format!("eth1000/{}", number + 1);
                let (own, above) = link_addresses(pod, side, number, cores);
                self.port(&name, &port, TRUNK);
                self.say("address", &[&name, &port, "default", &own, "31"]);
                self.cable((&name, &port), (&core(number), &format!("eth{}/{}", pod + 1, side + 1)));
                for other in (0..pods).filter(|other| *other != pod) {
                    let subnets = format!("10.{other}.0.0/16");
                    self.say("route", &[&name, "default", &subnets, &above, &port, "ospf", "30"]);
                }
            }
        }
        let (a, b) = (DataCentre::distribution(pod, 0), DataCentre::distribution(pod, 1));
        self.cable((&a, "eth0/1"), (&b, "eth0/1"));
        self.cable((&a, "eth0/2"), (&b, "eth0/2"));
    }

    /// The two access switches of a rack, and their uplinks.
    fn rack(&mut self, rack: u32) {
        let pod = self.centre.pod_of(rack);
        let place = format!("rack{:03}", rack + 1);
        let (a, b) = (DataCentre::access(rack, 0), DataCentre::access(rack, 1));
        for (side, name) in (0..2).zip([&a, &b]) {
            self.say("device", &[name, "access", &place]);
            self.lag(name, "po1000", &["eth1/53", "eth1/54"], TRUNK);
            self.trunk(name, "po1000", pod);
            for up in 0..2 {
                let above = DataCentre::distribution(pod, up);
                let (lag, below) = (format!("po{}", 101 + up), format!("po{}", rack * 2 + side + 1));
                let ports = [format!("eth1/{}", 49 + up * 2), format!("eth1/{}", 50 + up * 2)];
                let ports_above = [1, 2].map(|n| format!("eth{}/{}", rack + 1, side * 2 + n));
                self.lag(name, &lag, &ports.each_ref().map(String::as_str), TRUNK);
                self.trunk(name, &lag, pod);
                self.lag(&above, &below, &ports_above.each_ref().map(String::as_str), TRUNK);
                self.trunk(&above, &below, pod);
                for (own, other) in ports.iter().zip(&ports_above) {
                    self.cable((name, own), (&above, other));
                }
            }
        }
        self.cable((&a, "eth1/53"), (&b, "eth1/53"));
        self.cable((&a, "eth1/54"), (&b, "eth1/54"));
        self.say("mlag", &[&a, &b, &place]);
    }

    fn machines(&mut self) {
        let centre = self.centre;
        let hosts = centre.size.hosts() as usize;
        let mut tagged = vec![Vec::new(); hosts];
        for (number, machine) in (0..).zip(&centre.machines).skip(hosts) {
            self.say("vm", &[&machine.name, &centre.machines[machine.host as usize].name]);
            self.port(&machine.name, "eth0", VIRTUAL);
            let ip = address(machine.pod, machine.organisation, machine.place + 16);
            self.say("address", &[&machine.name, "eth0", "default", &ip, "20"]);
            tagged[machine.host as usize].push(centre.vid_of(number));
        }
        let mut port_in_rack = vec![0; centre.racks() as usize];
        for (number, machine) in (0..).zip(&centre.machines).take(hosts) {
            let name = &machine.name;
            self.say("device", &[name, "host", &format!("rack{:03}", machine.rack + 1)]);
            self.lag(name, "bond0", &["eth0", "eth1"], HOST);
            let ip = address(machine.pod, machine.organisation, machine.place + 16);
            self.say("address", &[name, "bond0", "default", &ip, "20"]);
            port_in_rack[machine.rack as usize] += 1;
            let place = port_in_rack[machine.rack as usize];
            let (port, lag) = (format!("eth1/{place}"), format!("po{place}"));
            let own = centre.vid_of(number);
            let others = &mut tagged[number as usize];
            others.sort_unstable();
            others.dedup();
            for side in 0..2 {
                let switch = DataCentre::access(machine.rack, side);
                self.lag(&switch, &lag, &[&port], HOST);
                self.cable((name, ["eth0", "eth1"][side as usize]), (&switch, &port));
                self.say("interface_vlan", &[&switch, &lag, &own.to_string(), "untagged"]);
                for vid in others.iter().filter(|vid| **vid != own) {
                    self.say("interface_vlan", &[&switch, &lag, &vid.to_string(), "tagged"]);
                }
            }
        }
    }

    fn software(&mut self) {
        let centre = self.centre;
        for process in &centre.processes {
            let machine = &centre.machines[process.machine as usize].name;
            self.say("process", &[&process.name, machine, process.role.text()]);
        }
        for group in &centre.groups {
            for member in &group.members {
                let relation = if group.is_farm { "esb_farm" } else { "app_server" };
                self.say(relation, &[&group.name, &centre.processes[*member as usize].name]);
            }
            if group.is_farm {
                self.say("balancing", &[&group.name, "round_robin"]);
            }
        }
        for service in &centre.services {
            self.say("service", &[&service.name, &centre.groups[service.application as usize].name]);
            if let Some(farm) = service.farm {
                self.say("published", &[&service.name, &centre.groups[farm as usize].name]);
            }
        }
    }
}
