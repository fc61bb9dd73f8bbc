//! The files in `deploy/` fit the program: figures that alarms and charts ask for are measured, settings are known.

mod alarms;
mod containers;
mod proxy;
mod trial;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use foundation::config::Config;
use regex::Regex;
use serde::Deserialize;
use serde_yaml_ng::{Deserializer, Value};

use crate::world::World;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn documents(path: &str) -> Vec<Value> {
    Deserializer::from_str(&read(path))
        .map(|document| Value::deserialize(document).unwrap_or_else(|error| panic!("{path}: {error}")))
        .collect()
}

fn figures_in(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\btejian_[a-z_]+").unwrap();
    let plain = |found: &str| {
        ["_bucket", "_sum", "_count"].iter().find_map(|end| found.strip_suffix(end)).unwrap_or(found).to_owned()
    };
    name.find_iter(text).map(|found| plain(found.as_str())).collect()
}

/// Figures that the program measures, by its text; where counters begin at nothing, nothing is measured.
fn measured() -> BTreeSet<String> {
    let mut texts = String::new();
    let mut collect = |directory: &Path| {
        let mut directories = vec![directory.to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    directories.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("watch/counters.rs")
                {
                    texts.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
    };
    collect(&root().join("src"));
    collect(&root().join("foundation/src"));
    let quoted = Regex::new("\"(tejian_[a-z_]+)\"").unwrap();
    quoted.captures_iter(&texts).map(|found| found[1].to_owned()).collect()
}

#[test]
fn what_alarms_and_charts_ask_for_is_measured() {
    let measured = measured();
    let alarms = documents("deploy/prometheus/alerts.yml").remove(0);
    let rules: Vec<&Value> = alarms["groups"]
        .as_sequence()
        .unwrap()
        .iter()
        .flat_map(|group| group["rules"].as_sequence().unwrap())
        .collect();
    assert!(rules.len() > 10);
    let operations = read("docs/operations.md");
    for rule in rules {
        let name = rule["alert"].as_str().unwrap();
        for figure in figures_in(rule["expr"].as_str().unwrap()) {
            assert!(measured.contains(&figure), "{name} asks for {figure}, which nobody measures");
        }
        // Whoever is woken is told what to do.
        let action = rule["annotations"]["action"].as_str().unwrap();
        let chapter = action.split_once('「').and_then(|(_, rest)| rest.split_once('」')).unwrap().0;
        let told = ["###", "##"].iter().any(|level| operations.contains(&format!("\n{level} {chapter}\n")));
        assert!(told, "{name}: no chapter {chapter}");
    }
    let charts: serde_json::Value = serde_json::from_str(&read("deploy/grafana/tejian.json")).unwrap();
    let asked = figures_in(&charts.to_string());
    assert!(asked.len() > 15);
    assert_eq!(asked.difference(&measured).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// What an expression asks the growth of: the name of a series, and the labels it must have.
fn growing_in(expression: &str) -> Vec<(String, Vec<String>)> {
    let growth = Regex::new(r"\b(?:increase|rate)\(\s*(tejian_[a-z_]+)(?:\{([^}]*)\})?\[").unwrap();
    let matcher = Regex::new(r#"([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)""#).unwrap();
    let mut asked = Vec::new();
    for found in growth.captures_iter(expression) {
        let mut series: Vec<Vec<String>> = vec![Vec::new()];
        for wanted in matcher.captures_iter(found.get(2).map_or("", |labels| labels.as_str())) {
            let (label, values) = (&wanted[1], &wanted[3]);
            let values: Vec<&str> = match &wanted[2] {
                "=" => vec![values],
                "=~" => values.split('|').collect(),
                _ => continue,
            };
            let is_plain = |value: &str| value.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            assert!(values.iter().all(|value| is_plain(value)), "series that nobody can begin: {expression}");
            let mut longer = Vec::new();
            for labels in &series {
                for value in &values {
                    let mut labels = labels.clone();
                    labels.push(format!("{label}=\"{value}\""));
                    longer.push(labels);
                }
            }
            series = longer;
        }
        asked.extend(series.into_iter().map(|labels| (found[1].to_owned(), labels)));
    }
    asked
}

#[test]
fn what_an_alarm_asks_the_growth_of_is_taken_apart() {
    let asked = growing_in(r#"sum(rate(tejian_a{x="1", y=~"2|3", z!~".*"}[5m])) / increase(tejian_b[1h]) > 0"#);
    let labels = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        asked,
        [
            ("tejian_a".to_owned(), labels(&["x=\"1\"", "y=\"2\""])),
            ("tejian_a".to_owned(), labels(&["x=\"1\"", "y=\"3\""])),
            ("tejian_b".to_owned(), labels(&[])),
        ]
    );
}

/// A series that is born with its first happening shows no growth, and its alarm stays silent.
#[tokio::test]
async fn a_node_to_which_nothing_has_happened_has_every_series_whose_growth_an_alarm_asks_for() {
    // Of this test alone: other worlds in this process count elsewhere.
    let recorder = foundation::telemetry::recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let world = World::start().await;
    assert_eq!(world.visitor().get("/healthz").await.status, 200);
    let told = recorder.handle().render();
    let has = |name: &str, labels: &[String]| {
        told.lines().any(|line| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with(['{', ' '])) && labels.iter().all(|label| line.contains(label))
        })
    };
    let alarms = documents("deploy/prometheus/alerts.yml").remove(0);
    let mut asked_count = 0;
    for rule in alarms["groups"].as_sequence().unwrap().iter().flat_map(|group| group["rules"].as_sequence().unwrap()) {
        for (name, labels) in growing_in(rule["expr"].as_str().unwrap()) {
            asked_count += 1;
            assert!(has(&name, &labels), "{}: no {name} {labels:?} in\n{told}", rule["alert"].as_str().unwrap());
        }
    }
    assert!(asked_count > 12, "the alarms are not read");
    for kind in ["payment", "refund", "fapiao"] {
        for stage in ["algorithm", "decrypt", "timestamp"] {
            let labels = [format!("kind=\"{kind}\""), "outcome=\"refused\"".to_owned(), format!("stage=\"{stage}\"")];
            assert!(has("tejian_notices_total", &labels), "{labels:?}");
        }
    }
}

#[test]
fn the_settings_of_the_examples_are_known() {
    let load = |settings: &str| {
        let path = std::env::temp_dir().join(foundation::ids::new_id_text("settings"));
        // Secrets lie in files that are not here.
        let plain: String =
            settings.lines().filter(|line| !line.contains("_file =")).map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, plain).unwrap();
        let loaded = Config::load_from(Some(&path), []);
        std::fs::remove_file(path).unwrap();
        loaded
    };
    let compose = load(&read("deploy/compose/tejian.toml")).expect("the settings of the compose file are known");
    assert!(!compose.database.migrate_on_start, "one service migrates for all nodes");
    let systemd = load(&read("deploy/systemd/tejian.toml")).expect("the settings of the units are known");
    assert!(systemd.http.trust_forwarded_for, "people are told apart by their addresses, not by that of the proxy");
    assert!([&compose, &systemd].iter().all(|config| !config.http.api_documents), "no list of routes for everybody");
    let kubernetes = documents("deploy/kubernetes/tejian.yaml");
    let settings = kubernetes.iter().find(|object| object["kind"].as_str() == Some("ConfigMap")).unwrap();
    load(settings["data"]["tejian.toml"].as_str().unwrap()).expect("the settings of the manifest are known");
}

#[test]
fn every_secret_that_a_setting_names_is_given_to_the_node() {
    let operations = read("docs/operations.md");
    let compose = documents("deploy/compose/compose.yaml").remove(0);
    let given: BTreeSet<&str> =
        compose["x-node"]["secrets"].as_sequence().unwrap().iter().filter_map(Value::as_str).collect();
    let made = compose["secrets"].as_mapping().unwrap();
    for secret in secrets_below("/run/secrets", &read("deploy/compose/tejian.toml")) {
        assert!(given.contains(secret.as_str()) && made.contains_key(secret.as_str()), "{secret}");
    }

    // The command that makes the Secret names every key, and none that nobody reads.
    let kubernetes = secrets_below("/run/secrets/tejian", &read("deploy/kubernetes/tejian.yaml"));
    let start = operations.find("kubectl create secret generic tejian ").expect("the command that makes the Secret");
    let lines = operations[start..].lines();
    let going_on = |line: &str| line.ends_with('\\');
    let ends = lines.clone().position(|line| !going_on(line)).unwrap();
    let command: String = lines.take(ends + 1).collect();
    let file = Regex::new("--from-file=secrets/([a-z0-9_]+)").unwrap();
    let created: BTreeSet<String> = file.captures_iter(&command).map(|found| found[1].to_owned()).collect();
    assert_eq!(created, kubernetes);

    let chapter = operations.split("\n## ").find(|chapter| chapter.contains("（systemd）\n")).unwrap();
    for secret in secrets_below("/etc/tejian/secrets", &read("deploy/systemd/tejian.toml")) {
        // Whoever has a store knows its key.
        assert!(chapter.contains(&secret) || secret == "s3_secret_key", "{secret} is not made");
    }
}

/// Names of the files of secrets in a directory that settings read.
fn secrets_below(directory: &str, settings: &str) -> BTreeSet<String> {
    let named = Regex::new(&format!("\"{directory}/([a-z0-9_]+)\"")).unwrap();
    let found: BTreeSet<String> = named.captures_iter(settings).map(|found| found[1].to_owned()).collect();
    assert!(found.len() > 5, "{directory}: {found:?}");
    found
}

#[test]
fn a_unit_is_started_again_however_often_it_fails() {
    let unit = read("deploy/systemd/tejian@.service");
    let (before, service) = unit.split_once("\n[Service]\n").unwrap();
    assert!(before.contains("\nStartLimitIntervalSec=0\n"), "five quick failures would leave it down");
    let pause = service.lines().find_map(|line| line.strip_prefix("RestartSec=")).unwrap();
    assert!(service.contains("\nRestart=always\n") && pause.parse::<u32>().unwrap() >= 5);
    // One that froze cannot answer to a signal.
    assert!(["Type=notify", "WatchdogSec=30", "WatchdogSignal=SIGKILL"].iter().all(|line| service.contains(line)));
}

#[test]
fn what_a_unit_keeps_is_for_its_account_alone() {
    for unit in ["tejian@.service", "tejian-backup.service"] {
        let text = read(&format!("deploy/systemd/{unit}"));
        for line in ["User=tejian", "StateDirectory=tejian", "StateDirectoryMode=0700", "UMask=0077"] {
            assert!(text.lines().any(|one| one == line), "{unit}: {line}");
        }
    }
}

#[test]
fn a_unit_keeps_its_figures_from_the_proxy_without_being_asked_to() {
    let unit = read("deploy/systemd/tejian@.service").replace("%i", "8081");
    let variables = unit.lines().filter_map(|line| line.strip_prefix("Environment=")?.split_once('='));
    let variables: Vec<(String, String)> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let config = Config::load_from(None, variables).unwrap();
    assert_eq!(config.http.listen, "127.0.0.1:8081");
    assert_eq!(config.http.metrics_listen, "127.0.0.1:18081");
}
