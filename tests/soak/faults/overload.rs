//! A crowd that is larger than what the nodes take at once. Whoever finds no place is told so quickly and when to come back;
//! notices of the channel have places of their own; when the crowd has gone, everybody is served again by itself.

use std::time::Duration;

use futures_util::future::try_join_all;
use rand::Rng;
use rand::rngs::StdRng;
use reqwest::header::RETRY_AFTER;
use reqwest::{Method, StatusCode};
use tokio::time::Instant;

use crate::stage::Stage;
use crate::tally::Group;

/// Several times the places of all nodes (`http.in_flight_max` in the settings of the stage).
const CROWD: usize = 240;
/// Nobody in it listens to Retry-After.
const PAUSE: Duration = Duration::from_millis(100);
/// How long the first page may take when the crowd has gone; other faults go on meanwhile.
const PATIENCE: Duration = Duration::from_secs(120);
const PAGE: &str = "/api/v1/fees?limit=20";
const NOTICE: &str = "/wechat/pay/notify/payment";

/// They come, push, and go.
pub async fn burst(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let Some(token) = stage.any_token() else { return Ok(false) };
    let door = stage.door();
    let until = Instant::now() + Duration::from_millis(random.random_range(2_000..5_000));
    let crowd = (0..CROWD).map(|_| async {
        while Instant::now() < until {
            tokio::time::sleep(PAUSE).await;
            let Ok(answer) = door.request(Method::GET, PAGE).bearer_auth(&token).send().await else { continue };
            let status = answer.status();
            anyhow::ensure!(status != StatusCode::INTERNAL_SERVER_ERROR, "500 for the crowd");
            if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
                anyhow::ensure!(answer.headers().contains_key(RETRY_AFTER), "{status} without Retry-After");
                stage.tally.refused("the crowd: come back later");
            } else if status.is_success() {
                stage.tally.done("pages served to the crowd");
            }
        }
        anyhow::Ok(())
    });
    let notices = async {
        while Instant::now() < until {
            let notice = door.request(Method::POST, NOTICE).body("{}").send().await;
            if let Ok(answer) = notice {
                // Nobody signed it, so it is refused; but for that reason and no other.
                let told = answer.text().await.unwrap_or_default();
                anyhow::ensure!(!told.contains("too_busy"), "a notice finds no place because of people: {told}");
                stage.tally.add(Group::Found, "notices that found a place beside a crowd", 1);
            }
            tokio::time::sleep(PAUSE).await;
        }
        anyhow::Ok(())
    };
    tokio::try_join!(try_join_all(crowd), notices)?;
    let patience = Instant::now() + PATIENCE;
    loop {
        let page = door.request(Method::GET, PAGE).bearer_auth(&token).send().await;
        if page.is_ok_and(|page| page.status().is_success()) {
            return Ok(true);
        }
        anyhow::ensure!(Instant::now() < patience, "nobody is served although the crowd has gone");
        tokio::time::sleep(PAUSE).await;
    }
}
