//! What a stranger copies out of docs/operations.md is there and is understood: commands, scripts, plugs.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use foundation::config::Config;
use regex::Regex;

use super::{read, root};

/// Command lines of the blocks that are to be copied, without comments; a line that goes on is one.
fn copied_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut is_shell = false;
    let mut goes_on = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_shell = line == "```sh";
            goes_on = false;
            continue;
        }
        if !is_shell {
            continue;
        }
        let code = line.split(" #").next().unwrap_or_default().trim();
        let (code, continued) = code.strip_suffix('\\').map_or((code, false), |code| (code, true));
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => last.push_str(&format!(" {}", code.trim())),
            None => lines.push(code.trim().to_owned()),
        }
        goes_on = continued;
    }
    lines.retain(|line| !line.is_empty() && !line.starts_with('#'));
    lines
}

/// Arguments of every command of ours in the manual: in lines to be copied, and named in backquotes.
fn commands_of_ours(text: &str) -> Vec<Vec<String>> {
    let called =
        Regex::new(r"^(?:.* && )?(?:(?:sudo -u tejian (?:sh -c 'umask 077; )?|.* -- |.* bin/)?tejian|tj) ([^&|;>']+)")
            .unwrap();
    let quoted = Regex::new(r"`(?:sudo -u tejian )?(?:tejian|tj) ([^`]+)`").unwrap();
    let lines = copied_lines(text);
    let copied = lines.iter().filter_map(|line| Some(called.captures(line)?[1].to_owned()));
    let in_containers = Regex::new(r"(?:compose\.yaml|^drill) run .*\b(?:migrate|backup) (--config [^&|;>]+)").unwrap();
    let contained = lines.iter().filter_map(|line| Some(in_containers.captures(line)?[1].to_owned()));
    let named = quoted.captures_iter(text).map(|found| found[1].to_owned());
    let split = |command: String| command.split_whitespace().map(in_place).collect();
    // Where it is said what the words are for, there is no command yet.
    copied.chain(contained).chain(named).filter(|command| command != "子命令").map(split).collect()
}

/// What stands where a reader puts in his own.
fn in_place(word: &str) -> String {
    match word {
        "日期" => "2026-11-21".to_owned(),
        _ => word.to_owned(),
    }
}

#[test]
fn lines_to_be_copied_are_taken_out_of_the_manual() {
    let text = "`tejian jobs list`\n```sh\n# first\na b \\\n  c   # said\nsudo -u tejian tejian --config … migrate   # x\n\
                tj() { sudo -u tejian tejian \"$@\"; }\ntj doctor\nsudo -u tejian sh -c 'umask 077; tejian restore x'\n\
                ```\ntejian no\n";
    let lines = copied_lines(text);
    assert_eq!(lines[..2], ["a b c", "sudo -u tejian tejian --config … migrate"]);
    let commands = commands_of_ours(text);
    assert_eq!(
        commands,
        [vec!["--config", "…", "migrate"], vec!["doctor"], vec!["restore", "x"], vec!["jobs", "list"]]
    );
}

/// What root writes, a node can neither read nor change, and nothing tells so before it is needed.
#[test]
fn no_line_to_be_copied_lets_root_do_what_the_account_of_the_nodes_does() {
    let operations = read("docs/operations.md");
    let by_whoever_reads = Regex::new(r"^(?:.*(?:&&|;) *)?tejian (?:--config|[a-z])").unwrap();
    let with_settings = Regex::new(r"`tejian --config[^`]*`").unwrap();
    let lines = copied_lines(&operations);
    // The account's own shell may say it.
    for line in lines.iter().filter(|line| !line.starts_with("sudo -u tejian sh -c ")) {
        assert!(!by_whoever_reads.is_match(line), "{line}");
    }
    assert_eq!(with_settings.find(&operations).map(|found| found.as_str()), None);
    let meant =
        r#"tj() { sudo -u tejian sh -c 'umask 077; exec tejian --config /etc/tejian/tejian.toml "$@"' tj "$@"; }"#;
    let first_use = lines.iter().position(|line| line.starts_with("tj ")).expect("it is used");
    assert!(lines[..first_use].iter().any(|line| line == meant), "used before it is said what it is");
}

#[test]
fn every_command_that_the_manual_gives_is_one_of_ours() {
    let commands: BTreeSet<Vec<String>> = commands_of_ours(&read("docs/operations.md")).into_iter().collect();
    assert!(commands.len() > 25, "{commands:?}");
    for command in commands {
        // Asked for its help, a command is understood and not done.
        let ended = Command::new(env!("CARGO_BIN_EXE_tejian")).args(&command).arg("--help").output().unwrap();
        assert!(ended.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ended.stderr));
    }
}

#[test]
fn every_file_that_the_manual_names_is_there() {
    let operations = read("docs/operations.md");
    let named = Regex::new(r"\b(?:deploy|scripts|config|tests)/[A-Za-z0-9_@./-]*[A-Za-z0-9_]").unwrap();
    // Made by prepare.sh or by whoever installs; nothing of them lies in the repository.
    let theirs = ["secrets", "verify", "proxy", "certs", ".env"].map(|name| format!("deploy/compose/{name}"));
    let files: BTreeSet<&str> = named.find_iter(&operations).map(|found| found.as_str()).collect();
    assert!(files.len() > 15, "{files:?}");
    for file in files {
        let is_theirs = theirs.iter().any(|start| file.starts_with(start.as_str()));
        assert!(is_theirs || root().join(file).exists(), "{file}");
    }
}

#[test]
fn the_scripts_of_the_trial_are_named_run_and_can_be_read_by_the_shell() {
    let operations = read("docs/operations.md");
    for entry in std::fs::read_dir(root().join("deploy/trial")).unwrap().flatten() {
        let path = entry.path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".sh") {
            continue;
        }
        let understood = Command::new("bash").arg("-n").arg(&path).status().unwrap();
        assert!(understood.success(), "{name}");
        // What the others share is not run by itself.
        let is_run = name != "places.sh";
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o111 != 0, is_run, "{name}");
        assert_eq!(operations.contains(&format!("deploy/trial/{name}")), is_run, "{name}");
    }
}

#[test]
fn every_plug_of_the_table_is_pulled_and_put_back_by_the_script() {
    let operations = read("docs/operations.md");
    let chapter = operations.split("\n## ").find(|chapter| chapter.contains("拔插头\n")).unwrap();
    let row = Regex::new(r"(?m)^\| [^|]+ \| `([a-z-]+)` \|").unwrap();
    let named: BTreeSet<String> = row.captures_iter(chapter).map(|found| found[1].to_owned()).collect();
    let rows = chapter.lines().filter(|line| line.starts_with("| ")).count() - 1;
    assert_eq!(named.len(), rows, "a row without its name: {named:?}");
    let script = read("deploy/trial/plug.sh");
    for act in ["pull", "back"] {
        let case = Regex::new(&format!(r"(?m)^  {act}-([a-z-]+)\)")).unwrap();
        let known: BTreeSet<String> = case.captures_iter(&script).map(|found| found[1].to_owned()).collect();
        assert_eq!(known, named, "{act}");
    }
}

#[test]
fn the_settings_of_the_trial_are_known_and_tell_people_apart() {
    let path = std::env::temp_dir().join(foundation::ids::new_id_text("own"));
    std::fs::write(&path, read("deploy/trial/own.toml").replace("PLACE", "/var/lib/tejian-trial")).unwrap();
    let loaded = Config::load_from(Some(&path), []);
    std::fs::remove_file(&path).unwrap();
    let config = loaded.expect("the settings of the trial are known");
    assert!(config.http.trust_forwarded_for && !config.database.migrate_on_start);
    let places = read("deploy/trial/places.sh");
    for (setting, name) in [(config.database.url.expose(), "postgres_port"), (config.redis.url.expose(), "redis_port")]
    {
        let port = Regex::new(&format!(r"\b{name}=(\d+)")).unwrap().captures(&places).expect("a port")[1].to_owned();
        assert!(setting.contains(&format!(":{port}/")), "{setting}");
    }
    // The proxy of the trial is the one of the installation.
    let up = read("deploy/trial/up.sh");
    assert!(up.contains("deploy/nginx/tejian.conf"));
    for replaced in ["tejian-1:8080", "tejian-2:8080", "/etc/nginx/tejian/", "/var/log/nginx/"] {
        assert!(up.contains(replaced) && read("deploy/nginx/tejian.conf").contains(replaced), "{replaced}");
    }
}
