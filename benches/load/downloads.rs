//! Paid reports on their way to the phone.

use std::time::Instant;

use anyhow::Context;
use serde_json::{Value, json};

use crate::callbacks::{Orders, book};
use crate::driver::{End, ask, drive, named, request};
use crate::report::{Report, Row};
use crate::seed::{FEES_PER_ORDER, FIRST_ORDERED_FEE, id, session};
use crate::settings::Settings;
use crate::stage::Stage;

const CONNECTIONS: [usize; 2] = [1, 32];
/// A report of a few pages with a picture.
const REPORT_BYTES: usize = 300 * 1024;
/// Units that fetch a report of theirs.
const READERS: i64 = 64;

/// Measures downloads beside reading the same file, in turn.
pub fn measure(stage: &Stage, settings: &Settings, orders: &mut Orders, report: &mut Report) -> anyhow::Result<()> {
    let range = orders.next_range(READERS);
    book(stage, orders, 1, READERS, 1)?;
    let mut requests = Vec::new();
    for order in range {
        let number = FIRST_ORDERED_FEE + order * FEES_PER_ORDER;
        let key = format!("reports/{number}.pdf");
        stage.wait(stage.app.files.put(&key, vec![b'%'; REPORT_BYTES].into()))?;
        let session = session(stage, order % settings.units())?;
        let headers = [("authorization", session.as_str()), ("x-client", "h5-wechat")];
        let wanted = json!({ "kind": "report", "id": id("rpt", number) }).to_string();
        let answer = ask(stage.address, &request("POST", "/api/v1/download-links", &headers, wanted.as_bytes()))?;
        let link: Value = serde_json::from_slice(&answer)?;
        requests.push(request("GET", link["url"].as_str().context("a link")?, &[], b""));
    }
    for round in 0..settings.rounds {
        for connections in CONNECTIONS {
            let name = named("download of a report of 300 KiB", connections);
            let outcome = drive(stage, connections, &requests, End::After(settings.duration), 200)?;
            report.add(stage, &name, Row::of(&outcome, 1.0));
            report.add_limit(stage, &name, "one thread reads the file", Some(read_bare(stage, settings)?));
        }
        report.progress(&format!("{}: downloads, round {} of {}", stage.name, round + 1, settings.rounds));
    }
    Ok(())
}

fn read_bare(stage: &Stage, settings: &Settings) -> anyhow::Result<f64> {
    let directory = std::path::Path::new(&stage.app.config.files.directory).join("reports");
    let file = std::fs::read_dir(directory)?.next().context("a file")??.path();
    let (started, mut read) = (Instant::now(), 0);
    while started.elapsed() < settings.duration {
        anyhow::ensure!(std::fs::read(&file)?.len() == REPORT_BYTES, "the whole file");
        read += 1;
    }
    Ok(f64::from(read) / started.elapsed().as_secs_f64())
}
