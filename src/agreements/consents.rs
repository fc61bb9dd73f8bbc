//! Consents: given, asked for, withdrawn.

use foundation::define_id;
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::entity::consents::{ActiveModel, Column, Entity, Model};
use super::texts::Purpose;
use super::{opened, versions};
use crate::accounts::AccountId;
use crate::app::App;

define_id!(
    /// One consent.
    ConsentId, "cns"
);

/// More than one account ever gives.
const CONSENTS_MAX: u64 = 200;

/// What everybody agrees to before he acts for a unit.
const OF_MEMBERS: [Purpose; 3] = [Purpose::Registration, Purpose::PersonalInformation, Purpose::EnterpriseService];

/// Somebody agreed to something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Consent {
    /// For what.
    pub purpose: Purpose,
    /// Headline of the text.
    pub title: String,
    /// The version that was read.
    pub version: String,
    /// Epoch milliseconds.
    pub agreed_at: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<i64>,
    /// There is a newer version, which was not agreed to yet.
    pub outdated: bool,
    /// Whether it can be withdrawn.
    pub optional: bool,
}

/// From where a consent comes.
#[derive(Debug, Clone)]
pub(super) struct Origin<'a> {
    /// Kind of front end.
    pub(super) client: &'a str,
    /// Network address.
    pub(super) address: &'a str,
}

/// Keeps a consent to the present version; the same one again changes nothing.
pub(super) async fn agree(
    app: &App,
    account: &AccountId,
    purpose: Purpose,
    version: &str,
    token: &str,
    from: Origin<'_>,
) -> Result<(), Problem> {
    let agreement = versions::current_of(app.database.reader(), app, purpose).await?;
    if version != agreement.version {
        return Err(opened::changed(&agreement));
    }
    let opened_at = opened::opened_at(app, &agreement, token)?;
    let row = ActiveModel {
        id: Set(ConsentId::new().into()),
        account_id: Set(account.to_string()),
        purpose: Set(purpose.as_str().to_owned()),
        version: Set(agreement.version.clone()),
        text_sha256: Set(agreement.sha256.clone()),
        client: Set(from.client.to_owned()),
        address: Set(from.address.chars().take(64).collect()),
        opened_at: Set(opened_at),
        agreed_at: Set(app.now_ms()),
        withdrawn_at: Set(None),
    };
    let transaction = app.database.begin_write().await?;
    Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&*transaction)
        .await?;
    transaction.commit().await?;
    metrics::counter!("tejian_consents_total", "purpose" => purpose.as_str()).increment(1);
    Ok(())
}

/// Takes a consent back that nothing depends on; one that is not there is fine.
pub(super) async fn withdraw(app: &App, account: &AccountId, purpose: Purpose) -> Result<(), Problem> {
    let agreement = versions::current_of(app.database.reader(), app, purpose).await?;
    if !agreement.optional {
        return Err(Problem::conflict(
            "consent_needed",
            format!("《{}》是办理业务必需的，不能单独撤回", agreement.title),
        )
        .advice("如不再使用本平台，可以在“我的”中注销账号"));
    }
    let transaction = app.database.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::WithdrawnAt, Expr::value(app.now_ms()))
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::WithdrawnAt.is_null())
        .exec(&*transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// Everything an account ever agreed to, newest first.
pub async fn agreed_by<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    account: &AccountId,
) -> Result<Vec<Consent>, Problem> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .order_by_desc(Column::Id)
        .limit(CONSENTS_MAX)
        .all(connection)
        .await?;
    let texts = versions::current(connection, app).await?;
    let is_live = |row: &Model, version: &str| row.withdrawn_at.is_none() && row.version == version;
    rows.iter()
        .map(|row| {
            let purpose: Purpose = row.purpose.parse()?;
            let agreement = texts.get(&purpose).ok_or_else(|| Problem::internal("every purpose has a text"))?;
            let current = rows.iter().any(|other| other.purpose == row.purpose && is_live(other, &agreement.version));
            Ok(Consent {
                purpose,
                title: agreement.title.clone(),
                outdated: row.withdrawn_at.is_none() && !current,
                version: row.version.clone(),
                agreed_at: row.agreed_at,
                withdrawn_at: row.withdrawn_at,
                optional: agreement.optional,
            })
        })
        .collect()
}

/// Titles of the texts that an account agreed to in an older version only: he is asked again (S1-04).
pub async fn outdated_titles<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    account: &AccountId,
) -> Result<Vec<String>, Problem> {
    let consents = agreed_by(connection, app, account).await?;
    let mut titles: Vec<String> =
        consents.into_iter().filter(|consent| consent.outdated && !consent.optional).map(|one| one.title).collect();
    titles.sort();
    titles.dedup();
    Ok(titles)
}

/// What whoever was taken into a unit by a colleague has not agreed to in any version yet: he never came through the
/// registration, where everybody else is asked (S1-04, S2-04).
pub async fn missing_of_member<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
) -> Result<Vec<Purpose>, Problem> {
    let given: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Purpose)
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::WithdrawnAt.is_null())
        .distinct()
        .into_tuple()
        .all(connection)
        .await?;
    Ok(OF_MEMBERS.into_iter().filter(|purpose| given.iter().all(|one| one != purpose.as_str())).collect())
}

/// Refuses a member of whom [`missing_of_member`] knows something missing; the answer names the first.
pub async fn demand_of_member(app: &App, account: &AccountId) -> Result<(), Problem> {
    let reader = app.database.reader();
    match missing_of_member(reader, account).await?.first() {
        Some(purpose) => demand(reader, app, account, &[*purpose]).await,
        None => Ok(()),
    }
}

/// Refuses who has not agreed to the present versions of these; the answer names the first missing one.
pub async fn demand<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    account: &AccountId,
    purposes: &[Purpose],
) -> Result<(), Problem> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::WithdrawnAt.is_null())
        .all(connection)
        .await?;
    let texts = versions::current(connection, app).await?;
    for purpose in purposes {
        let agreement = texts.get(purpose).ok_or_else(|| Problem::internal("every purpose has a text"))?;
        let of_purpose = |row: &&Model| row.purpose == purpose.as_str();
        if rows.iter().filter(of_purpose).any(|row| row.version == agreement.version) {
            continue;
        }
        let message = match rows.iter().any(|row| of_purpose(&row)) {
            true => format!("《{}》已更新，需要重新阅读并同意", agreement.title),
            false => format!("还没有同意《{}》", agreement.title),
        };
        return Err(Problem::conflict("consent_missing", message)
            .advice("请阅读并同意协议后继续；已填写的内容都会保留")
            .details(json!({ "purpose": purpose, "version": agreement.version })));
    }
    Ok(())
}
