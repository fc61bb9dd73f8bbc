//! Whether an alarm reaches somebody: nodes are looked for under the name that the rules know, and every severity has somebody
//! who is told.

use std::collections::BTreeSet;

use regex::Regex;
use serde_yaml_ng::Value;

use super::{documents, read};

fn document(path: &str) -> Value {
    documents(path).remove(0)
}

fn rules() -> Vec<Value> {
    let alarms = document("deploy/prometheus/alerts.yml");
    let groups = alarms["groups"].as_sequence().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_sequence().unwrap().clone()).collect()
}

#[test]
fn nodes_are_looked_for_under_the_name_that_the_alarms_know_and_alarms_are_sent_on() {
    let job = Regex::new(r#"job="([^"]+)""#).unwrap();
    let known: BTreeSet<String> = rules()
        .iter()
        .flat_map(|rule| {
            let asked = job.captures_iter(rule["expr"].as_str().unwrap());
            asked.map(|found| found[1].to_owned()).collect::<Vec<_>>()
        })
        .collect();
    assert!(!known.is_empty());
    for path in ["deploy/prometheus/prometheus.yml", "deploy/prometheus/kubernetes.yml"] {
        let settings = document(path);
        let jobs: BTreeSet<String> = settings["scrape_configs"]
            .as_sequence()
            .unwrap()
            .iter()
            .map(|job| job["job_name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(jobs, known, "{path}");
        assert_eq!(settings["rule_files"][0].as_str(), Some("alerts.yml"), "{path}");
        let told = &settings["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"];
        assert!(told.as_sequence().is_some_and(|told| !told.is_empty()), "{path} tells nobody");
    }
    // In the cluster, pods say of themselves where they are measured; that a pod is gone, only those that are left can say.
    let kubernetes = read("deploy/kubernetes/tejian.yaml");
    assert!(kubernetes.contains("prometheus.io/scrape: \"true\"") && kubernetes.contains("name: metrics,"));
    let living =
        rules().into_iter().find(|rule| rule["expr"].as_str().unwrap().contains("tejian_nodes_living")).unwrap();
    assert!(living["expr"].as_str().unwrap().contains("absent(tejian_nodes_living)"), "nobody left to tell");
}

#[test]
fn every_severity_of_an_alarm_wakes_or_writes_to_somebody() {
    let manager = document("deploy/prometheus/alertmanager.yml");
    let receivers: BTreeSet<&str> =
        manager["receivers"].as_sequence().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    let routes = manager["route"]["routes"].as_sequence().unwrap();
    let severities: BTreeSet<String> =
        rules().iter().map(|rule| rule["labels"]["severity"].as_str().unwrap().to_owned()).collect();
    for severity in &severities {
        let wanted = format!("severity=\"{severity}\"");
        let matches = |route: &&Value| {
            let matchers = route["matchers"].as_sequence().unwrap();
            matchers.iter().any(|matcher| matcher.as_str() == Some(wanted.as_str()))
        };
        let route = routes.iter().find(matches).unwrap_or_else(|| panic!("nobody hears of {severity}"));
        assert!(receivers.contains(route["receiver"].as_str().unwrap()), "{severity}");
    }
    assert!(receivers.contains(manager["route"]["receiver"].as_str().unwrap()), "whatever else there is");
    let names: BTreeSet<String> = rules().iter().map(|rule| rule["alert"].as_str().unwrap().to_owned()).collect();
    let silenced = Regex::new(r#"alertname="([A-Za-z]+)""#).unwrap();
    for found in silenced.captures_iter(&read("deploy/prometheus/alertmanager.yml")) {
        assert!(names.contains(&found[1]), "{}", &found[1]);
    }
    assert!(read("docs/operations.md").contains("deploy/prometheus/alertmanager.yml"));
}
