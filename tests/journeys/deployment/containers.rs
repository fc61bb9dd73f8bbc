//! Containers and the cluster: what they run is known to the binary and may do little, copies are kept, nodes are found.

use std::collections::BTreeSet;
use std::process::Command;

use foundation::config::Config;
use regex::Regex;
use serde_yaml_ng::Value;

use super::{documents, read};

/// Where copies go in every container.
const COPIES: &str = "/var/backups/tejian";

/// The compose file, with what services share filled in.
pub(super) fn compose() -> Value {
    let mut compose = documents("deploy/compose/compose.yaml").remove(0);
    compose.apply_merge().unwrap();
    compose
}

fn services(compose: &Value) -> Vec<(&str, &Value)> {
    let services = compose["services"].as_mapping().unwrap();
    services.iter().map(|(name, service)| (name.as_str().unwrap(), service)).collect()
}

fn is_ours(service: &Value) -> bool {
    service["image"].as_str() == Some("tejian")
}

pub(super) fn objects() -> Vec<Value> {
    ["deploy/kubernetes/tejian.yaml", "deploy/kubernetes/restore.yaml"].into_iter().flat_map(documents).collect()
}

fn name_of(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

pub(super) fn is_a(kind: &str, object: &Value) -> bool {
    object["kind"].as_str() == Some(kind)
}

/// What runs in the cluster: name of the object and its pod.
pub(super) fn pods(objects: &[Value]) -> Vec<(&str, &Value)> {
    objects.iter().filter_map(|object| Some((name_of(object), pod_of(object)?))).collect()
}

fn pod_of(object: &Value) -> Option<&Value> {
    match object["kind"].as_str()? {
        "Deployment" | "Job" => Some(&object["spec"]["template"]["spec"]),
        "CronJob" => Some(&object["spec"]["jobTemplate"]["spec"]["template"]["spec"]),
        _ => None,
    }
}

fn containers(pod: &Value) -> Vec<&Value> {
    ["initContainers", "containers"].into_iter().filter_map(|kind| pod[kind].as_sequence()).flatten().collect()
}

pub(super) fn words(list: &Value) -> Vec<String> {
    let list = list.as_sequence().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
fn a_node_runs_as_nobody_on_a_file_system_it_cannot_write() {
    let objects = objects();
    let pods = pods(&objects);
    assert!(pods.len() >= 4, "a node, its migration, its copies and the way back: {}", pods.len());
    for (name, pod) in pods {
        assert_eq!(pod["securityContext"]["runAsNonRoot"].as_bool(), Some(true), "{name}");
        for container in containers(pod) {
            let may = &container["securityContext"];
            assert_eq!(may["readOnlyRootFilesystem"].as_bool(), Some(true), "{name}");
            assert_eq!(may["allowPrivilegeEscalation"].as_bool(), Some(false), "{name}");
            assert_eq!(words(&may["capabilities"]["drop"]), ["ALL"], "{name}");
        }
    }
    let compose = compose();
    let ours: Vec<_> = services(&compose).into_iter().filter(|(_, service)| is_ours(service)).collect();
    assert!(ours.len() >= 4, "two nodes, their migration and their copies: {}", ours.len());
    for (name, service) in ours {
        assert_eq!(service["read_only"].as_bool(), Some(true), "{name}");
        assert_eq!(words(&service["cap_drop"]), ["ALL"], "{name}");
    }
    assert!(read("deploy/Dockerfile").lines().any(|line| line.starts_with("USER ")));
}

#[test]
fn every_command_of_the_examples_is_one_of_ours() {
    let compose = compose();
    let mut commands = Vec::new();
    for (name, service) in services(&compose).into_iter().filter(|(_, service)| is_ours(service)) {
        commands.push(words(&service["command"]));
        let asked = words(&service["healthcheck"]["test"]);
        // Whatever serves is watched; the others end by themselves.
        assert_eq!(asked.is_empty(), !name.starts_with("tejian-"), "{name}");
        if let [kind, binary, arguments @ ..] = asked.as_slice() {
            assert_eq!((kind.as_str(), binary.as_str()), ("CMD", "tejian"), "{name}");
            commands.push(arguments.to_vec());
        }
    }
    let objects = objects();
    for (_, pod) in pods(&objects) {
        commands.extend(containers(pod).into_iter().map(|container| words(&container["args"])));
    }
    for unit in ["tejian@.service", "tejian-backup.service"] {
        let unit = read(&format!("deploy/systemd/{unit}"));
        let started = unit.lines().filter_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/tejian "));
        commands.extend(started.map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>()));
    }
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands {
        assert!(!command.is_empty());
        // Asked for its help, a command is understood and not done.
        let ended = Command::new(env!("CARGO_BIN_EXE_tejian")).args(&command).arg("--help").output().unwrap();
        assert!(ended.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ended.stderr));
    }
}

#[test]
fn copies_are_made_by_the_tools_of_the_servers_version_and_kept_where_they_stay() {
    let image = read("deploy/Dockerfile");
    assert!(image.contains("/bin/pg_dump ") && image.contains("/bin/pg_restore "));
    assert!(image.contains(&format!("install -d -o tejian -g tejian -m 700 {COPIES}")), "a volume begins like this");
    // What Debian brings as its client.
    let debian = Regex::new(r"(?m)^ARG DEBIAN=(\w+)$").unwrap().captures(&image).unwrap()[1].to_owned();
    let client = match debian.as_str() {
        "bookworm" => 15,
        "trixie" => 17,
        other => panic!("which PostgreSQL does Debian {other} have?"),
    };
    let compose = compose();
    let server = compose["services"]["postgres"]["image"].as_str().unwrap();
    assert!(server.starts_with(&format!("postgres:{client}-")), "{server} beside a client of {client}");
    let backup = &compose["services"]["backup"];
    assert!(words(&backup["volumes"]).contains(&format!("backups:{COPIES}")));
    assert!(compose["volumes"].as_mapping().unwrap().contains_key("backups"));
    assert_eq!(words(&backup["command"]).last().map(String::as_str), Some(COPIES));
    assert!(!words(&backup["profiles"]).is_empty(), "it is not started with the nodes");

    let objects = objects();
    let unit = read("deploy/systemd/tejian-backup.service");
    let nightly = pods(&objects).into_iter().find(|(name, _)| *name == "tejian-backup").unwrap().1;
    let all = [unit, words(&backup["command"]).join(" "), words(&containers(nightly)[0]["args"]).join(" ")];
    // Old copies fill the disk, and hold on to people who have gone.
    assert!(all.iter().all(|command| command.contains(&format!(" backup --keep 14 {COPIES}"))), "{all:?}");
    let claims: BTreeSet<&str> =
        objects.iter().filter(|object| is_a("PersistentVolumeClaim", object)).map(name_of).collect();
    for wanted in ["tejian-backup", "tejian-restore"] {
        let pods = pods(&objects);
        let (_, pod) = pods.iter().find(|(name, _)| *name == wanted).unwrap();
        let volumes = pod["volumes"].as_sequence().unwrap();
        let mounts = containers(pod)[0]["volumeMounts"].as_sequence().unwrap();
        let mount = mounts.iter().find(|mount| mount["mountPath"].as_str() == Some(COPIES)).unwrap();
        let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]).unwrap();
        let claim = volume["persistentVolumeClaim"]["claimName"].as_str().unwrap();
        assert!(claims.contains(claim), "{wanted}: {claim}");
        assert_eq!(mount["readOnly"].as_bool().unwrap_or(false), wanted == "tejian-restore", "{wanted}");
        // Otherwise each mount opens to the group what is for one account alone.
        assert_eq!(pod["securityContext"]["fsGroupChangePolicy"].as_str(), Some("OnRootMismatch"), "{wanted}");
    }
}

#[test]
fn no_image_is_taken_without_its_version() {
    let compose = compose();
    for (name, service) in services(&compose).into_iter().filter(|(_, service)| !is_ours(service)) {
        let image = service["image"].as_str().unwrap();
        let version = image.rsplit('/').next().unwrap().split_once(':').map(|(_, version)| version);
        assert!(version.is_some_and(|version| version != "latest"), "{name}: {image}");
    }
}

#[test]
fn the_proxy_knows_its_nodes_before_they_are_there() {
    let compose = compose();
    let known = words(&compose["services"]["proxy"]["extra_hosts"]);
    let proxy = read("deploy/nginx/tejian.conf");
    let nodes: Vec<&str> = proxy
        .lines()
        .filter_map(|line| line.trim().strip_prefix("server ")?.split_once(":8080 "))
        .map(|it| it.0)
        .collect();
    assert_eq!(nodes, ["tejian-1", "tejian-2"]);
    for node in nodes {
        let address = compose["services"][node]["networks"]["default"]["ipv4_address"].as_str().unwrap();
        assert!(known.contains(&format!("{node}:{address}")), "{node} is at {address}; the proxy knows {known:?}");
    }
}

#[test]
fn what_the_proxy_lets_in_the_cluster_lets_in() {
    let proxy = read("deploy/nginx/tejian.conf");
    let size = Regex::new(r"client_max_body_size (\d+)m;").unwrap().captures(&proxy).unwrap()[1].to_owned();
    let most = size.parse::<usize>().unwrap() << 20;
    let defaults = Config::load_from(None, []).unwrap();
    assert!(most >= defaults.http.import_limit_bytes, "an import reaches the node");
    let objects = objects();
    let ways: Vec<&Value> = objects.iter().filter(|object| is_a("Ingress", object)).collect();
    assert_eq!(
        ways.iter().map(|way| name_of(way)).collect::<Vec<_>>(),
        ["tejian", "tejian-large", "tejian-assets", "tejian-notices"]
    );
    for way in ways {
        let name = name_of(way);
        let said = |what: &str| way["metadata"]["annotations"][format!("nginx.ingress.kubernetes.io/{what}")].as_str();
        assert!(way["spec"]["ingressClassName"].as_str().is_some(), "{name}");
        if let Some(next) = said("proxy-next-upstream") {
            assert!(proxy.contains(&format!("proxy_next_upstream {next};")), "{name}: {next}");
        }
        if name != "tejian-notices" {
            assert_eq!(said("proxy-body-size"), Some(format!("{size}m").as_str()), "{name}");
        }
        let zone = match name {
            "tejian" | "tejian-assets" => "people",
            "tejian-large" => "institute",
            _ => "notices",
        };
        let rate = said("limit-rps").unwrap();
        assert!(proxy.contains(&format!(" zone={zone}:")) && proxy.contains(&format!(" rate={rate}r/s;")), "{name}");
        let burst = number(rate) * number(said("limit-burst-multiplier").unwrap());
        assert!(proxy.contains(&format!("limit_req zone={zone} burst={burst} nodelay;")), "{name}: {burst}");
    }
}

/// While nodes change one after the other, a page of one asks the other for its parts.
#[test]
fn parts_of_pages_that_one_node_has_not_are_asked_of_the_other() {
    let proxy = read("deploy/nginx/tejian.conf");
    let (_, rest) = proxy.split_once("    location ~ ^/(h5|console)/assets/ {\n").expect("a place for parts of pages");
    let (parts, others) = rest.split_once("\n    }").unwrap();
    assert!(parts.contains("proxy_next_upstream error timeout http_404;") && parts.contains("limit_req zone=people "));
    assert!(!others.contains("http_404"), "what is not there is told at once elsewhere");
    let objects = objects();
    let mut ways = objects.iter().filter(|object| is_a("Ingress", object));
    let way = ways.find(|way| name_of(way) == "tejian-assets").unwrap();
    let said = |what: &str| way["metadata"]["annotations"][format!("nginx.ingress.kubernetes.io/{what}")].as_str();
    assert_eq!(said("proxy-next-upstream"), Some("error timeout http_404"));
    assert_eq!(said("proxy-next-upstream-tries"), Some("2"));
    let paths = way["spec"]["rules"][0]["http"]["paths"].as_sequence().unwrap();
    let paths: Vec<_> = paths.iter().filter_map(|path| path["path"].as_str()).collect();
    assert_eq!(paths, ["/h5/assets", "/console/assets"]);
}

/// Six months of them are wanted, and a container that is made anew takes its own away.
#[test]
fn what_nodes_and_proxy_say_outlives_their_containers() {
    let compose = compose();
    for name in ["proxy", "tejian-1", "tejian-2"] {
        let logging = &compose["services"][name]["logging"];
        assert_eq!(logging["driver"].as_str(), Some("journald"), "{name}");
    }
    let operations = read("docs/operations.md");
    let days = Regex::new(r"MaxRetentionSec=(\d+)day").unwrap();
    let days = number(&days.captures(&operations).expect("how long the journal keeps")[1]);
    assert!(days >= 184 && operations.contains("Storage=persistent"), "{days}");
}

/// A value that is given by a file is changed by files as well, while both are believed.
#[test]
fn secrets_that_change_without_a_stop_have_an_empty_place_for_the_one_before() {
    let (settings, defaults) = (read("deploy/compose/tejian.toml"), read("config/default.toml"));
    let prepared = read("deploy/compose/prepare.sh");
    let by_file = Regex::new(r#"(?m)^([a-z0-9_]+)_file = "/run/secrets/([a-z0-9_]+)""#).unwrap();
    let mut changing = 0;
    // A second value stands beside the first, in its section.
    for section in settings.split("\n[") {
        let (title, _) = section.split_once(']').unwrap_or_default();
        let Some((_, theirs)) = defaults.split_once(&format!("\n[{title}]")) else { continue };
        let theirs = theirs.split("\n[").next().unwrap();
        for found in by_file.captures_iter(section) {
            let (key, secret) = (&found[1], &found[2]);
            if !theirs.contains(&format!("\n{key}_old = ")) {
                continue;
            }
            changing += 1;
            assert!(section.contains(&format!("\n{key}_old_file = \"/run/secrets/{secret}_old\"")), "{title}.{key}");
            assert!(prepared.contains(&format!("{secret}_old")), "{secret}_old is not made");
        }
    }
    assert_eq!(changing, 4, "links, the APIv3 key, and the two of WeChat's pushes");
}

#[test]
fn what_a_drill_leaves_behind_goes_with_it() {
    let operations = read("docs/operations.md");
    let end = operations.lines().find(|line| line.starts_with("drill ") && line.contains(" down --volumes")).unwrap();
    let compose = compose();
    let profiles: BTreeSet<String> =
        services(&compose).into_iter().flat_map(|(_, service)| words(&service["profiles"])).collect();
    assert!(!profiles.is_empty());
    for profile in profiles {
        // Volumes that only such a service uses stay otherwise.
        assert!(end.contains(&format!("--profile {profile} ")), "{end}");
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap()
}

#[test]
fn proxy_cluster_and_program_agree_on_how_long_large_files_take() {
    let proxy = read("deploy/nginx/tejian.conf");
    let of_location = |start: &str| {
        let (_, rest) = proxy.split_once(start).unwrap();
        rest.split_once("\n    }").unwrap().0.to_owned()
    };
    let large = of_location("location ~ ^/(files|integration|staff)/ {");
    let seconds = |text: &str| {
        number(&Regex::new(r"proxy_read_timeout (\d+)s;").unwrap().captures(text).expect("a time to read")[1])
    };
    let (ordinary, longer) = (seconds(proxy.split_once("    location ").unwrap().0), seconds(&large));
    let objects = objects();
    let way = |name: &str| objects.iter().find(|object| is_a("Ingress", object) && name_of(object) == name).unwrap();
    let said = |name: &str, what: &str| {
        let said = way(name)["metadata"]["annotations"][format!("nginx.ingress.kubernetes.io/{what}")].as_str();
        said.unwrap_or_else(|| panic!("{name}: {what}")).to_owned()
    };
    assert_eq!(number(&said("tejian", "proxy-read-timeout")), ordinary);
    assert_eq!(number(&said("tejian-large", "proxy-read-timeout")), longer);
    // A node speaks before the proxy gives it up.
    let http = Config::load_from(None, []).unwrap().http;
    assert!(http.request_timeout_ms < ordinary * 1_000);
    assert!(http.large_request_timeout_ms < longer * 1_000);
    // A node hears of a file when the proxy has all of it.
    assert!(large.contains("proxy_request_buffering on;") && !proxy.contains("proxy_request_buffering off;"));
    assert_eq!(said("tejian-large", "proxy-request-buffering"), "on");
    let together = Regex::new(r"limit_conn senders (\d+);").unwrap().captures(&large).unwrap()[1].to_owned();
    assert_eq!(said("tejian-large", "limit-connections"), together);
}

#[test]
fn in_the_cluster_only_whoever_watches_reaches_what_a_node_measures() {
    let objects = objects();
    let policy = objects.iter().find(|object| is_a("NetworkPolicy", object)).expect("a policy");
    let node = objects.iter().find(|object| is_a("Deployment", object)).unwrap();
    assert_eq!(policy["spec"]["podSelector"]["matchLabels"], node["spec"]["selector"]["matchLabels"]);
    assert_eq!(words(&policy["spec"]["policyTypes"]), ["Ingress"]);
    let ports = containers(pod_of(node).unwrap())[0]["ports"].as_sequence().unwrap();
    let port =
        |name: &str| ports.iter().find(|port| port["name"].as_str() == Some(name)).unwrap()["containerPort"].clone();
    let rules = policy["spec"]["ingress"].as_sequence().unwrap();
    let rules_of = |port: &Value| -> Vec<&Value> {
        rules
            .iter()
            .filter(|rule| rule["ports"].as_sequence().unwrap().iter().any(|one| one["port"] == *port))
            .collect()
    };
    let (pages, figures) = (rules_of(&port("http")), rules_of(&port("metrics")));
    assert!(pages.len() == 1 && pages[0]["from"].is_null(), "everybody pays");
    assert!(figures.len() == 1 && figures[0]["from"][0]["namespaceSelector"]["matchLabels"].is_mapping());
}
