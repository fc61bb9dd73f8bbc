//! Round trips under way: a random state, bound to the browser that began, for ten minutes. A callback whose state was
//! not made for this browser is somebody else's (login CSRF) and signs nobody in.

use foundation::problem::Problem;
use foundation::secret_hash::{new_token, token_hash};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::sign_in::entity::oauth_states;

/// The cookie that marks the browser.
pub const BROWSER_COOKIE: &str = "tejian_oauth";
/// How long a round trip may take.
pub const TTL_MS: i64 = 600_000;

/// A round trip that was begun by this browser.
pub struct RoundTrip {
    /// Where it ends.
    pub return_to: String,
    /// Which try it is: 0 for the first, 1 for the one repetition after a used-up code.
    pub attempt: i64,
}

/// Begins a round trip and returns its state.
pub async fn begin<C: ConnectionTrait>(
    connection: &C,
    browser: &str,
    trip: RoundTrip,
    now_ms: i64,
) -> Result<String, Problem> {
    oauth_states::Entity::delete_many().filter(oauth_states::Column::ExpiresAt.lte(now_ms)).exec(connection).await?;
    let state = new_token();
    let row = oauth_states::ActiveModel {
        state_hash: Set(token_hash(&state)),
        browser_hash: Set(token_hash(browser)),
        return_to: Set(trip.return_to),
        created_at: Set(now_ms),
        expires_at: Set(now_ms + TTL_MS),
        uses: Set(trip.attempt),
    };
    oauth_states::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(state)
}

/// The round trip a callback belongs to, if this browser began it. It stays: WeChat's client may open the callback twice.
pub async fn find<C: ConnectionTrait>(
    connection: &C,
    browser: &str,
    state: &str,
    now_ms: i64,
) -> Result<Option<RoundTrip>, Problem> {
    let row = oauth_states::Entity::find_by_id(token_hash(state))
        .filter(oauth_states::Column::BrowserHash.eq(token_hash(browser)))
        .filter(oauth_states::Column::ExpiresAt.gt(now_ms))
        .one(connection)
        .await?;
    Ok(row.map(|row| RoundTrip { return_to: row.return_to, attempt: row.uses }))
}
