//! One-time codes: made, limited, redeemed once.

use std::time::Duration;

use axum::http::StatusCode;
use foundation::calendar::beijing_date;
use foundation::ids::new_id_text;
use foundation::problem::Problem;
use foundation::sealed::BlindIndex;
use foundation::secret_hash::token_hash;
use rand::Rng;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::caller::Caller;
use super::entity::sms_codes;
use crate::app::App;
use crate::sms::CodePurpose;
use crate::web::wait_after_hourly;

const DAY: Duration = Duration::from_secs(86_400);

/// Refuses when this phone, this device, this network address or everybody together asks too often (`login.sms_*`).
/// Counted before anything is sent; what was refused for the phone still counts for device and address.
pub async fn demand_quiet(app: &App, phone: &str, purpose: CodePurpose, caller: &Caller) -> Result<(), Problem> {
    let login = &app.config.login;
    let now = app.now_ms();
    demand_few(app, "sms:address", &caller.address, login.sms_per_address_per_hour).await?;
    if let Some(device) = &caller.device_key {
        demand_few(app, "sms:device", device, login.sms_per_device_per_hour).await?;
    }
    demand_pause(app, phone, purpose, now).await?;
    demand_few(app, "sms:phone", BlindIndex::of(phone).as_str(), login.sms_per_phone_per_hour).await?;
    demand_day(app, now).await
}

async fn demand_few(app: &App, what: &str, whom: &str, max: u64) -> Result<(), Problem> {
    match wait_after_hourly(app, what, whom, max).await? {
        None => Ok(()),
        Some(wait_s) => Err(too_often(wait_s)),
    }
}

/// All codes of a day have a limit, whoever asks: somebody with many addresses must not spend the institute's money. The
/// one that reaches it raises the alarm.
async fn demand_day(app: &App, now: i64) -> Result<(), Problem> {
    let max = app.config.login.sms_per_day_max;
    let today = beijing_date(now);
    let count = app.cache.count_up(&format!("sms:day:{today}"), DAY).await?;
    metrics::gauge!("tejian_sms_codes_today").set(count as f64);
    if count <= max {
        return Ok(());
    }
    if count == max + 1 {
        tracing::error!(max, %today, "the SMS codes of this day are used up (login.sms_per_day_max)");
        metrics::counter!("tejian_sms_day_limit_reached").increment(1);
    }
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "sms_unavailable", "今天的短信已经发完，这次没有发送")
        .advice("请改用密码或微信登录；着急请致电客服"))
}

/// Between two codes for one phone and purpose there is a pause, so that who has just signed in is not kept from proving
/// himself; of two requests at once only one passes.
async fn demand_pause(app: &App, phone: &str, purpose: CodePurpose, now: i64) -> Result<(), Problem> {
    let pause_s = app.config.login.sms_resend_s;
    let key = pause_key(phone, purpose);
    let previous = app.cache.get(&key).await?;
    if let Some(sent_at) = previous.as_deref().and_then(|text| text.parse::<i64>().ok()) {
        let left_ms = sent_at + pause_s * 1_000 - now;
        if left_ms > 0 {
            return Err(too_often(seconds((left_ms + 999) / 1_000)));
        }
    }
    let kept = Duration::from_secs(seconds(pause_s));
    if app.cache.compare_and_set(&key, previous.as_deref(), &now.to_string(), kept).await? {
        return Ok(());
    }
    Err(too_often(seconds(pause_s)))
}

/// After a code that could not be sent the person may ask again at once.
pub async fn forget_pause(app: &App, phone: &str, purpose: CodePurpose) -> Result<(), Problem> {
    Ok(app.cache.remove(&pause_key(phone, purpose)).await?)
}

fn pause_key(phone: &str, purpose: CodePurpose) -> String {
    format!("sms:pause:{}:{}", purpose.as_str(), BlindIndex::of(phone).as_str())
}

fn too_often(wait_s: u64) -> Problem {
    Problem::too_often("sms_too_often", "验证码发送得太频繁，这次没有发送", wait_s)
        .advice(format!("请 {wait_s} 秒后再试"))
}

fn seconds(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(1)
}

/// Makes a code of six digits and keeps its hash; earlier codes of the phone for this purpose end.
pub async fn issue<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    phone: &str,
    purpose: CodePurpose,
) -> Result<String, Problem> {
    let now = app.now_ms();
    sms_codes::Entity::delete_many()
        .filter(sms_codes::Column::Phone.eq(BlindIndex::of(phone)))
        .filter(sms_codes::Column::Purpose.eq(purpose.as_str()))
        .exec(connection)
        .await?;
    sms_codes::Entity::delete_many().filter(sms_codes::Column::ExpiresAt.lt(now)).exec(connection).await?;
    let id = new_id_text("sms");
    let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
    let row = sms_codes::ActiveModel {
        code_hash: Set(code_hash(&id, &code)),
        id: Set(id),
        phone: Set(BlindIndex::of(phone)),
        purpose: Set(purpose.as_str().to_owned()),
        wrong_count: Set(0),
        created_at: Set(now),
        expires_at: Set(now + app.config.login.sms_code_minutes * 60_000),
        used_at: Set(None),
    };
    sms_codes::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(code)
}

/// Whether `code` is the phone's current one for this purpose; then it is used up. Every try is counted before it is compared, so that
/// parallel guesses cannot outrun `login.sms_code_wrong_max`. Commit in both cases.
pub async fn redeem<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    phone: &str,
    purpose: CodePurpose,
    code: &str,
) -> Result<bool, Problem> {
    let now = app.now_ms();
    let newest = sms_codes::Entity::find()
        .filter(sms_codes::Column::Phone.eq(BlindIndex::of(phone)))
        .filter(sms_codes::Column::Purpose.eq(purpose.as_str()))
        .filter(sms_codes::Column::ExpiresAt.gt(now))
        .filter(sms_codes::Column::UsedAt.is_null())
        .order_by_desc(sms_codes::Column::Id)
        .one(connection)
        .await?;
    let Some(row) = newest else { return Ok(false) };
    let this_row = || sms_codes::Column::Id.eq(row.id.as_str());
    let counted = sms_codes::Entity::update_many()
        .col_expr(sms_codes::Column::WrongCount, Expr::col(sms_codes::Column::WrongCount).add(1))
        .filter(this_row())
        .filter(sms_codes::Column::UsedAt.is_null())
        .filter(sms_codes::Column::WrongCount.lt(app.config.login.sms_code_wrong_max))
        .exec(connection)
        .await?;
    if counted.rows_affected == 0 || code_hash(&row.id, code) != row.code_hash {
        return Ok(false);
    }
    let used = sms_codes::Entity::update_many()
        .col_expr(sms_codes::Column::UsedAt, Expr::value(now))
        .filter(this_row())
        .filter(sms_codes::Column::UsedAt.is_null())
        .exec(connection)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Salted with the row's id, so that equal codes do not look equal.
fn code_hash(id: &str, code: &str) -> String {
    token_hash(&format!("{id}:{code}"))
}
