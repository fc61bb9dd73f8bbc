//! Who opened the callback. A code can be exchanged once, but WeChat's client may open the callback twice within a
//! moment (mp §6): the result is kept for a minute by code, and the second one gets the same.

use std::time::Duration;

use foundation::cache::SharedCache;
use foundation::secret_hash::token_hash;
use serde::{Deserialize, Serialize};
use wechat::api::ApiError;
use wechat::mp::MpClient;

use crate::sign_in::entrance::WechatPerson;

const KEPT: Duration = Duration::from_secs(60);
/// Longer than the exchange itself may take.
const UNDER_WAY: Duration = Duration::from_secs(12);
const PENDING: &str = "pending";
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
const LOOKS_MAX: usize = 60;

/// The person behind a code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    /// Whom WeChat names.
    pub person: WechatPerson,
    /// A visitor of a snapshot page: the openid is virtual and must not be bound.
    pub is_snapshot: bool,
}

/// Why there is nobody.
#[derive(Debug)]
pub enum ExchangeError {
    /// The code is used up or not valid: begin again.
    CodeSpent,
    /// WeChat or the cache does not answer.
    Unavailable(String),
}

/// Exchanges a code, or waits for the result of the exchange that is already under way.
pub async fn exchange(cache: &SharedCache, mp: &MpClient, code: &str) -> Result<Found, ExchangeError> {
    let key = format!("oauth:code:{}", token_hash(code));
    if cache.compare_and_set(&key, None, PENDING, UNDER_WAY).await.map_err(unavailable)? {
        // On its own: when the client drops the first of its two requests, the second still needs the result.
        let (cache, mp, code) = (cache.clone(), mp.clone(), code.to_owned());
        let exchanged = tokio::spawn(async move { exchange_once(&cache, &mp, &key, &code).await });
        return exchanged.await.map_err(unavailable)?;
    }
    for _ in 0..LOOKS_MAX {
        match cache.get(&key).await.map_err(unavailable)? {
            Some(text) if text == PENDING => tokio::time::sleep(LOOK_INTERVAL).await,
            Some(text) => return serde_json::from_str(&text).map_err(unavailable),
            None => return Err(ExchangeError::CodeSpent),
        }
    }
    Err(ExchangeError::Unavailable("the first exchange does not end".to_owned()))
}

async fn exchange_once(cache: &SharedCache, mp: &MpClient, key: &str, code: &str) -> Result<Found, ExchangeError> {
    match mp.oauth_exchange(code).await {
        Ok(identity) => {
            let app_id = mp.app_id().to_owned();
            let person = WechatPerson { app_id, openid: identity.openid, unionid: identity.unionid };
            let found = Found { person, is_snapshot: identity.is_snapshot_user };
            let text = serde_json::to_string(&found).map_err(unavailable)?;
            cache.set(key, &text, KEPT).await.map_err(unavailable)?;
            Ok(found)
        }
        Err(error) => {
            cache.remove(key).await.map_err(unavailable)?;
            Err(match error {
                error if error.code_invalid_or_used() => ExchangeError::CodeSpent,
                ApiError::Invalid(_) => ExchangeError::CodeSpent,
                error => unavailable(error),
            })
        }
    }
}

fn unavailable(error: impl std::fmt::Display) -> ExchangeError {
    ExchangeError::Unavailable(error.to_string())
}
