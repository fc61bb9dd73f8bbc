//! The invoice desk: receipts that the issuer refused are asked for again, and issued ones are taken back, some to be made
//! out anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::json;

use super::officers::{Officer, PAUSE};

/// Looks at the newest ones and does what may be done with one of them.
pub(super) async fn look_after(mut clerk: Officer, mut random: StdRng, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(PAUSE * 2).await;
        let Some(page) = clerk.get("/invoices?limit=50").await? else { continue };
        let Some(receipts) = page["items"].as_array().filter(|receipts| !receipts.is_empty()) else { continue };
        let receipt = &receipts[random.random_range(0..receipts.len())];
        let path = format!("/invoices/{}", receipt["id"].as_str().unwrap_or_default());
        let may = |what: &str| receipt["can"][what] == true;
        let (done, path, body) = if may("retry") {
            ("receipts asked for again", format!("{path}/retry"), json!({}))
        } else if may("red_letter") && random.random_bool(0.3) {
            ("receipts taken back", format!("{path}/red-letter"), json!({ "reason": "客户要求作废" }))
        } else if may("reissue") {
            let name = format!("示例物业{:03}有限公司", random.random_range(0..900));
            let title = json!({ "kind": "organization", "name": name, "tax_no": "91500000DEM0000145" });
            ("receipts taken back and made out anew", format!("{path}/reissue"), json!({ "title": title }))
        } else {
            continue;
        };
        let answer = clerk.dangerous(&path, &body).await?;
        clerk.count(done, answer.as_ref());
    }
    Ok(())
}
