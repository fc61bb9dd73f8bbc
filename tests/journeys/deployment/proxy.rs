//! The proxy: how TLS ends at it or before it, what its log keeps, and how WeChat's files reach the root of the site.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_yaml_ng::Value;

use super::containers::{compose, is_a, objects, pods, words};
use super::{documents, read, root};

/// Where the proxy looks for what an installation adds to its server.
const ADDED: &str = "/etc/nginx/tejian";
/// A part of a path that only its owner should know.
const KEY: &str = r"\{(?:token|ticket|key|code)\}";
const CERTIFICATES: &str = "/etc/nginx/certs";

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Routes whose path is a key: whoever has it gets what lies behind it.
fn routes_with_keys() -> BTreeSet<String> {
    let mut files = Vec::new();
    rust_files(&root().join("src"), &mut files);
    let route = Regex::new(&format!(r#"(?:\.route\(\s*|\bpath = )"(/[^"]*{KEY}[^"]*)""#)).unwrap();
    let routes_in = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        route.captures_iter(&text).map(|found| found[1].to_owned()).collect::<Vec<_>>()
    };
    files.iter().flat_map(routes_in).collect()
}

/// Expressions of the map that says what is written down of a path, and what is written instead.
fn masks(text: &str) -> Vec<(Regex, String)> {
    let start = text.find("map $uri $logged_path {").expect("a map of paths");
    let body = &text[start..];
    let body = &body[..body.find("\n}").unwrap()];
    let line = Regex::new(r#"(?m)^\s*"~(\^[^"]+)"\s+([^;]+);"#).unwrap();
    line.captures_iter(body).map(|found| (Regex::new(&found[1]).unwrap(), found[2].to_owned())).collect()
}

/// What is written of a path: as nginx does it, the first expression that fits.
fn written(masks: &[(Regex, String)], path: &str) -> String {
    let Some((expression, pattern)) = masks.iter().find(|(expression, _)| expression.is_match(path)) else {
        return path.to_owned();
    };
    let found = expression.captures(path).unwrap();
    let mut text = pattern.clone();
    for name in expression.capture_names().flatten() {
        text = text.replace(&format!("${name}"), found.name(name).map_or("", |part| part.as_str()));
    }
    text
}

#[test]
fn the_log_of_the_proxy_keeps_no_key_of_what_it_lets_through() {
    let proxy = read("deploy/nginx/tejian.conf");
    let masks = masks(&proxy);
    let routes = routes_with_keys();
    assert!(routes.len() >= 14, "{routes:?}");
    let parameter = Regex::new(KEY).unwrap();
    for key in ["c2VjcmV0.aGVyZQ-_", "staff", "plainletters"] {
        for route in &routes {
            let path = parameter.replace_all(route, key);
            let written = written(&masks, &path);
            // What is fixed in the path may look like the key.
            let fixed = parameter.replace_all(route, "");
            assert!(!written.contains(key) || fixed.contains(key), "{path} is written as {written}");
            assert!(written.contains("***"), "{path} is written as {written}");
        }
    }
    for path in ["/", "/readyz", "/api/v1/orders", "/h5/assets/index.js", "/wechat/oauth/callback"] {
        assert_eq!(written(&masks, path), path);
    }
    // Neither the whole request nor its query nor where somebody came from.
    let format = &proxy[proxy.find("log_format tejian").expect("a format of the log")..];
    let format = &format[..format.find(";\n").unwrap()];
    for told in
        ["$request ", "$request\"", "$request_uri", "$uri", "$args", "$query_string", "$http_referer", "$http_cookie"]
    {
        assert!(!format.contains(told), "{told}");
    }
    assert!(format.contains("$logged_path") && format.contains("$upstream_http_x_request_id"));
    assert!(proxy.contains("access_log /var/log/nginx/access.log tejian;"));
    assert!(proxy.contains("error_log /var/log/nginx/error.log crit;"), "errors are told with the whole request");
}

#[test]
fn the_cluster_writes_down_what_the_proxy_writes_down() {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let proxy = read("deploy/nginx/tejian.conf");
    let controller = documents("deploy/kubernetes/ingress-nginx.yaml").remove(0);
    assert!(is_a("ConfigMap", &controller));
    let said = |key: &str| plain(controller["data"][key].as_str().unwrap_or_else(|| panic!("{key}")));
    assert!(plain(&proxy).contains(&said("http-snippet")), "{}", said("http-snippet"));
    let format = plain(&proxy[proxy.find("log_format tejian").unwrap()..]).replace("' '", "");
    assert!(format.contains(&said("log-format-upstream")), "{format}");
    assert_eq!(said("error-log-level"), "crit");
}

#[test]
fn tls_ends_at_the_proxy_or_before_it_by_a_file_beside_its_own() {
    let proxy = read("deploy/nginx/tejian.conf");
    let server = &proxy[proxy.find("\nserver {").unwrap()..];
    assert!(server.contains(&format!("include {ADDED}/*.conf;")));
    let compose = compose();
    let mounted = words(&compose["services"]["proxy"]["volumes"]);
    for (own, theirs) in [("./proxy", ADDED), ("./certs", CERTIFICATES)] {
        assert!(mounted.contains(&format!("{own}:{theirs}:ro")), "{mounted:?}");
        let made = read("deploy/compose/prepare.sh");
        assert!(made.lines().any(|line| line.starts_with("mkdir ") && line.contains(&own[2..])), "{own} is not made");
        assert!(read(".gitignore").contains(&format!("/deploy/compose/{}/\n", &own[2..])), "{own} stays here");
    }
    let https = read("deploy/nginx/https.conf");
    for needed in
        ["listen 443 ssl", format!("ssl_certificate     {CERTIFICATES}/").as_str(), "ssl_protocols TLSv1.2 TLSv1.3;"]
    {
        assert!(https.contains(needed), "{needed}");
    }
    let ports = words(&compose["services"]["proxy"]["ports"]);
    // Whoever came over IPv6 would have the address of the gateway, and share one limit with all the others.
    let tls: Vec<&String> = ports.iter().filter(|port| port.ends_with(":443")).collect();
    assert!(!tls.is_empty() && tls.iter().all(|port| port.contains(":-0.0.0.0}:")), "{ports:?}");
    // Whoever is not asked for keys should not be able to reach the site in the clear from outside.
    assert!(
        ports.iter().filter(|port| port.ends_with(":8080")).all(|port| port.contains(":-127.0.0.1}:")),
        "{ports:?}"
    );
    let behind = read("deploy/nginx/behind.conf");
    let subnet = compose["networks"]["default"]["ipam"]["config"][0]["subnet"].as_str().unwrap();
    let usual = Regex::new(r":-([0-9.]+)\}").unwrap().captures(subnet).unwrap()[1].to_owned();
    assert!(behind.contains(&format!("\nset_real_ip_from {usual}.1;")), "the machine itself, seen from the containers");
    assert!(behind.contains("\nreal_ip_header X-Forwarded-For;") && !behind.contains("real_ip_recursive on"));
    // With either, what a node is told is the address that is counted here.
    assert!(server.contains("proxy_set_header X-Forwarded-For $remote_addr;"));
    let operations = read("docs/operations.md");
    for file in ["deploy/nginx/https.conf", "deploy/nginx/behind.conf", "deploy/kubernetes/ingress-nginx.yaml"] {
        assert!(operations.contains(file), "{file}");
    }
    // What the manual changes in the file stands there.
    assert!(server.contains("\n    listen 8080;\n"));
    assert!(operations.contains("; s/listen 8080;/listen 127.0.0.1:8080;/'"), "in the clear for this machine alone");
}

#[test]
fn files_by_which_wechat_verifies_the_domain_have_a_place_in_every_way_of_installing() {
    let directory = |settings: &str| -> String {
        let line = Regex::new(r#"(?m)^\s*verification_directory = "([^"]+)""#).unwrap();
        line.captures(settings).expect("a directory of verification files")[1].to_owned()
    };
    let operations = read("docs/operations.md");
    let compose = compose();
    let inside = directory(&read("deploy/compose/tejian.toml"));
    for node in ["tejian-1", "tejian-2"] {
        let mounted = words(&compose["services"][node]["volumes"]);
        assert!(mounted.contains(&format!("./verify:{inside}:ro")), "{node}: {mounted:?}");
    }
    let objects = objects();
    let settings = objects.iter().find(|object| is_a("ConfigMap", object)).unwrap();
    let inside = directory(settings["data"]["tejian.toml"].as_str().unwrap());
    let pods = pods(&objects);
    let (_, pod) = pods.iter().find(|(name, _)| *name == "tejian").unwrap();
    let named = |list: &Value, name: &str| -> Value {
        let list = list.as_sequence().unwrap();
        list.iter().find(|one| one["name"].as_str() == Some(name)).unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(named(&pod["containers"][0]["volumeMounts"], "verify")["mountPath"].as_str(), Some(inside.as_str()));
    let volume = named(&pod["volumes"], "verify");
    let map = &volume["configMap"];
    assert_eq!(map["optional"].as_bool(), Some(true), "nodes start before there is one");
    assert!(operations.contains(&format!("kubectl create configmap {}", map["name"].as_str().unwrap())));
    assert!(operations.contains(&directory(&read("deploy/systemd/tejian.toml"))));
    // The proxy hands such requests on, as everything that it does not know.
    assert!(!read("deploy/nginx/tejian.conf").contains("MP_verify"));
}
