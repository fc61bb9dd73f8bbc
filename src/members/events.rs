//! The history of a unit's members.

use foundation::ids::new_id_text;
use foundation::paging::{Page, PageRequest};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::member_events::{ActiveModel, Column, Entity};
use crate::accounts::{Account, UnitId};

/// What happened to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventKind {
    Invited,
    InvitationRevoked,
    Joined,
    Changed,
    Removed,
    Left,
    HandedOver,
    SubAccountMade,
    PasswordReset,
}

impl EventKind {
    fn as_str(self) -> &'static str {
        match self {
            EventKind::Invited => "invited",
            EventKind::InvitationRevoked => "invitation_revoked",
            EventKind::Joined => "joined",
            EventKind::Changed => "changed",
            EventKind::Removed => "removed",
            EventKind::Left => "left",
            EventKind::HandedOver => "handed_over",
            EventKind::SubAccountMade => "sub_account_made",
            EventKind::PasswordReset => "password_reset",
        }
    }

    fn text_of(stored: &str) -> &'static str {
        match stored {
            "invited" => "邀请成员",
            "invitation_revoked" => "撤回邀请",
            "joined" => "加入单位",
            "changed" => "修改成员",
            "removed" => "移出成员",
            "left" => "退出单位",
            "handed_over" => "移交负责人",
            "sub_account_made" => "新建子账号",
            "password_reset" => "重置子账号密码",
            _ => "其他",
        }
    }
}

/// One line of the history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct MemberEvent {
    /// Which.
    id: String,
    /// 邀请成员, 加入单位 …
    text: String,
    /// Who did it.
    actor_name: String,
    /// To whom.
    member_name: String,
    /// More of it: role and limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Epoch milliseconds.
    at: i64,
}

/// Writes a line, in the transaction of the change.
pub(super) async fn record<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    kind: EventKind,
    actor: &Account,
    (member_name, detail): (&str, Option<String>),
    now_ms: i64,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(new_id_text("mev")),
        unit_id: Set(unit.to_string()),
        kind: Set(kind.as_str().to_owned()),
        actor_id: Set(actor.id.to_string()),
        actor_name: Set(actor.display_name.clone()),
        member_name: Set(member_name.to_owned()),
        detail: Set(detail),
        at: Set(now_ms),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// One page of a unit's history, newest first.
pub(super) async fn page<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    wanted: &PageRequest,
) -> Result<Page<MemberEvent>, DbErr> {
    let mut select =
        Entity::find().filter(Column::UnitId.eq(unit.as_str())).order_by_desc(Column::Id).limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let page = Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone());
    Ok(page.map(|row| MemberEvent {
        id: row.id,
        text: EventKind::text_of(&row.kind).to_owned(),
        actor_name: row.actor_name,
        member_name: row.member_name,
        detail: row.detail,
        at: row.at,
    }))
}
