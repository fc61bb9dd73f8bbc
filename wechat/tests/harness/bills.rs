//! bills.json and its files.

use serde_json::Value;
use wechat::crypto::digest::sha1_hex;
use wechat::pay::bills::{BillReader, BillRow};

use super::{Folder, Outcome, Tally, equal, text};

pub fn run(folder: &Folder) -> Option<Tally> {
    let file = folder.json("bills.json")?;
    let mut tally = Tally::new("bills.json");
    tally.each(&file["vectors"], |vector| {
        let bytes = folder.bytes(text(vector, "file")?)?;
        if let Some(expected) = vector["hash_value"].as_str() {
            equal("hash", sha1_hex(&bytes).as_str(), &expected.to_ascii_lowercase())?;
        }
        // The expected rows stand under the name of the parser that made them.
        let parsed = vector.as_object().and_then(|fields| fields.values().find(|field| field["rows"].is_array()));
        let expected = parsed.unwrap_or(vector);
        let mut reader = BillReader::new(bytes.as_slice()).map_err(|error| error.to_string())?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().map_err(|error| error.to_string())? {
            rows.push(row);
        }
        let wanted = expected["rows"].as_array().ok_or("no rows expected")?;
        equal("number of rows", rows.len(), wanted.len())?;
        for (row, wanted) in rows.iter().zip(wanted) {
            same(row, wanted)?;
        }
        match (reader.summary(), expected["summary"].is_object()) {
            (Some(sums), true) => same(sums, &expected["summary"]),
            (None, true) => Err("no sums found".to_owned()),
            (_, false) => Ok(()),
        }
    });
    Some(tally)
}

fn same(row: &BillRow, wanted: &Value) -> Outcome {
    for (column, value) in wanted.as_object().ok_or("a row is no object")? {
        equal(column, row.get(column), value.as_str())?;
    }
    Ok(())
}
