//! The access token of one account: one owner, shared by all nodes, never fought over (mp §5, pitfalls F1, F2).
//!
//! `stable_token` without `force_refresh` gives every caller the same token while it is valid, so nodes cannot
//! invalidate each other. A token that WeChat calls stale is replaced only if it is still the stored one.

mod store;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

pub use store::{MemoryTokenStore, StoreError, TokenStore};

use crate::api::{ApiError, Transport, to_json};
use crate::clock::UnixClock;

/// WeChat renews a token 5 minutes before its end, and both are good meanwhile.
const RENEW_BEFORE_END_SECONDS: u64 = 300;
const LIFETIME_SECONDS_MIN: u64 = 30;
/// After a configuration error nothing is asked for this long: repeating cannot help and hides the alarm.
const BREAK_SECONDS: i64 = 60;

/// Nobody is fetching.
const FREE: &str = "free";
/// A node that died while fetching keeps the others waiting no longer than this.
const LEASE_SECONDS: u64 = 10;
/// So often, and with this pause, the others look for what it fetched: three seconds in all.
const LEASE_LOOKS: u32 = 60;
const LEASE_PAUSE: Duration = Duration::from_millis(50);

/// Hands out access tokens and tickets of one account. Cloning is cheap and shares everything.
#[derive(Clone)]
pub struct TokenService {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Transport,
    app_id: String,
    app_secret: SecretString,
    store: Arc<dyn TokenStore>,
    clock: UnixClock,
    /// Only one caller at a time fetches; the others find what it stored.
    single_flight: tokio::sync::Mutex<()>,
    broken: Mutex<Option<(i64, ApiError)>>,
}

#[derive(Serialize)]
struct StableTokenRequest<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
}

#[derive(Deserialize)]
struct StableToken {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize)]
struct Ticket {
    ticket: String,
    expires_in: u64,
}

impl TokenService {
    pub(crate) fn new(
        transport: Transport,
        app_id: &str,
        app_secret: SecretString,
        store: Arc<dyn TokenStore>,
        clock: UnixClock,
    ) -> Self {
        let inner = Inner {
            transport,
            app_id: app_id.to_owned(),
            app_secret,
            store,
            clock,
            single_flight: tokio::sync::Mutex::new(()),
            broken: Mutex::new(None),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The current token, fetched when the store has none.
    pub async fn access_token(&self) -> Result<String, ApiError> {
        if let Some(token) = self.stored(&self.token_key()).await? {
            return Ok(token);
        }
        self.fetch_unless(None).await
    }

    /// The token after `failed`, which WeChat called stale. When another caller has stored a newer one meanwhile,
    /// that one is returned and nothing is fetched.
    pub async fn replace(&self, failed: &str) -> Result<String, ApiError> {
        self.fetch_unless(Some(failed)).await
    }

    /// The ticket of the JS-SDK, kept like the token.
    pub async fn jsapi_ticket(&self) -> Result<String, ApiError> {
        let key = format!("wechat:ticket:jsapi:{}", self.inner.app_id);
        if let Some(ticket) = self.stored(&key).await? {
            return Ok(ticket);
        }
        let token = self.access_token().await?;
        match self.fetch_ticket(&key, &token).await {
            Err(error) if error.token_is_stale() => {
                let token = self.replace(&token).await?;
                self.fetch_ticket(&key, &token).await
            }
            result => result,
        }
    }

    async fn fetch_ticket(&self, key: &str, token: &str) -> Result<String, ApiError> {
        let _guard = self.inner.single_flight.lock().await;
        if let Some(ticket) = self.stored(key).await? {
            return Ok(ticket);
        }
        let query = [("access_token", token), ("type", "jsapi")];
        let ticket: Ticket = self.inner.transport.json("/cgi-bin/ticket/getticket", &query, None).await?;
        self.swap(key, None, &ticket.ticket, ticket.expires_in).await?;
        Ok(ticket.ticket)
    }

    async fn fetch_unless(&self, failed: Option<&str>) -> Result<String, ApiError> {
        let key = self.token_key();
        let _guard = self.inner.single_flight.lock().await;
        let stored = self.stored(&key).await?;
        if let Some(token) = stored.as_deref().filter(|token| Some(*token) != failed) {
            return Ok(token.to_owned());
        }
        let lease = self.lease().await?;
        if lease.is_none()
            && let Some(token) = self.wait_for_other_node(&key, failed).await?
        {
            return Ok(token);
        }
        // Another node may have finished between the look and the lease.
        let stored = self.stored(&key).await?;
        let result = match stored.as_deref().filter(|token| Some(*token) != failed) {
            Some(token) => Ok(token.to_owned()),
            None => self.fetch_and_store(&key, stored.as_deref()).await,
        };
        if let Some(lease) = lease {
            self.end_lease(&lease).await?;
        }
        result
    }

    async fn fetch_and_store(&self, key: &str, stored: Option<&str>) -> Result<String, ApiError> {
        let fetched = self.fetch().await?;
        if self.swap(key, stored, &fetched.access_token, fetched.expires_in).await? {
            return Ok(fetched.access_token);
        }
        // Another node was faster; its token is as good as ours.
        Ok(self.stored(key).await?.unwrap_or(fetched.access_token))
    }

    /// Of all nodes one fetches at a time: `None` when another is at it.
    async fn lease(&self) -> Result<Option<String>, ApiError> {
        let key = self.lease_key();
        let own = crate::random::alphanumeric(16);
        let present = self.stored(&key).await?;
        if present.as_deref().is_some_and(|holder| holder != FREE) {
            return Ok(None);
        }
        let taken = self.inner.store.compare_and_swap(&key, present.as_deref(), &own, LEASE_SECONDS).await;
        Ok(taken.map_err(|error| ApiError::Store(error.0))?.then_some(own))
    }

    async fn end_lease(&self, own: &str) -> Result<(), ApiError> {
        let freed = self.inner.store.compare_and_swap(&self.lease_key(), Some(own), FREE, LEASE_SECONDS).await;
        freed.map(drop).map_err(|error| ApiError::Store(error.0))
    }

    /// The token that another node fetches meanwhile; `None` when it takes too long: then this node fetches, too, which
    /// costs a call and harms nobody.
    async fn wait_for_other_node(&self, key: &str, failed: Option<&str>) -> Result<Option<String>, ApiError> {
        for _ in 0..LEASE_LOOKS {
            tokio::time::sleep(LEASE_PAUSE).await;
            let stored = self.stored(key).await?;
            if let Some(token) = stored.filter(|token| Some(token.as_str()) != failed) {
                return Ok(Some(token));
            }
        }
        Ok(None)
    }

    fn lease_key(&self) -> String {
        format!("wechat:token-lease:{}", self.inner.app_id)
    }

    async fn fetch(&self) -> Result<StableToken, ApiError> {
        let now = (self.inner.clock)();
        if let Some((until, error)) = &*self.inner.broken.lock().unwrap_or_else(PoisonError::into_inner)
            && now < *until
        {
            return Err(error.clone());
        }
        let body = to_json(&StableTokenRequest {
            grant_type: "client_credential",
            appid: &self.inner.app_id,
            secret: self.inner.app_secret.expose_secret(),
        })?;
        let result: Result<StableToken, _> = self.inner.transport.json("/cgi-bin/stable_token", &[], Some(&body)).await;
        if let Err(error) = &result {
            // Asked with the secret, 40001 means that the secret is wrong.
            let configuration = matches!(error, ApiError::Configuration { .. }) || error.errcode() == Some(40001);
            if configuration {
                tracing::error!(%error, app_id = %self.inner.app_id, "no access token: the account's setup is wrong");
                let until = now.saturating_add(BREAK_SECONDS);
                *self.inner.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, error.clone()));
            }
        }
        result
    }

    async fn stored(&self, key: &str) -> Result<Option<String>, ApiError> {
        self.inner.store.get(key).await.map_err(|error| ApiError::Store(error.0))
    }

    async fn swap(&self, key: &str, old: Option<&str>, new: &str, expires_in: u64) -> Result<bool, ApiError> {
        let ttl_seconds = expires_in.saturating_sub(RENEW_BEFORE_END_SECONDS).max(LIFETIME_SECONDS_MIN);
        let result = self.inner.store.compare_and_swap(key, old, new, ttl_seconds).await;
        result.map_err(|error| ApiError::Store(error.0))
    }

    fn token_key(&self) -> String {
        format!("wechat:token:{}", self.inner.app_id)
    }
}

impl std::fmt::Debug for TokenService {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TokenService").field("app_id", &self.inner.app_id).finish_non_exhaustive()
    }
}
