//! The change itself.

use foundation::problem::Problem;
use sea_orm::ConnectionTrait;

use super::store;
use crate::accounts::{self, Account, AccountId, Session, earlier_phones};
use crate::app::App;
use crate::happenings::{PersonEvent, publish_person};
use crate::orders;

/// What is to become of an account.
#[derive(Debug)]
pub struct NewPhone<'a> {
    /// Whose.
    pub account: &'a Account,
    /// The phone he holds now.
    pub phone: &'a str,
    /// Who approved that what carries the old phone stays in sight; nothing when nobody could.
    pub keep_old_by: Option<&'a str>,
    /// The session that stays, and its WeChat with it.
    pub keep_session: Option<&'a Session>,
    /// Which way it was proved, for the history: `old_phone`, `unit_admin`, `staff`.
    pub way: &'a str,
    /// The request that led to it; nothing when there was none.
    pub request_id: Option<&'a str>,
}

/// Gives an account another phone, in the caller's transaction. 409 `phone_taken` when the phone has an account that is in
/// use, `phone_changed_already` when the account's phone is not what it was.
pub async fn replace_phone<C: ConnectionTrait>(app: &App, connection: &C, new: NewPhone<'_>) -> Result<(), Problem> {
    let NewPhone { account, phone, keep_old_by, keep_session, way, request_id } = new;
    let now = app.now_ms();
    if account.phone.as_deref() == Some(phone) {
        return Err(Problem::unacceptable("phone_same", "新手机号和现在的一样，没有修改")
            .field("phone", "请填写新的手机号")
            .advice("请填写新的手机号"));
    }
    if let Some(holder) = accounts::account_by_phone(connection, phone).await? {
        if in_use(connection, &holder.id).await? {
            return Err(taken());
        }
        accounts::retire(connection, &holder.id, now).await?;
        accounts::sign_out_everywhere(connection, &holder.id, None, now).await?;
    }
    // Whoever had this phone before sees no more of it by that: it is shown to be somebody's now.
    earlier_phones::forget(connection, phone).await?;
    if let (Some(old), Some(by)) = (&account.phone, keep_old_by) {
        earlier_phones::keep(connection, &account.id, old, by, now).await?;
    }
    if !accounts::change_phone(connection, account, phone, now).await? {
        return Err(Problem::conflict("phone_changed_already", "手机号已经被改过，没有再次修改").advice("请刷新后查看"));
    }
    accounts::sign_out_everywhere(connection, &account.id, keep_session, now).await?;
    let change_id = match request_id {
        Some(id) => id.to_owned(),
        None => store::insert_done(connection, account, phone, way, now).await?,
    };
    for to_old_phone in [false, true] {
        let event = PersonEvent::PhoneChanged { change_id: change_id.clone(), to_old_phone };
        publish_person(connection, event, now).await?;
    }
    Ok(())
}

/// An account that has a unit or ever made an order is somebody's.
async fn in_use<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<bool, Problem> {
    Ok(!accounts::units_of(connection, account).await?.is_empty()
        || orders::any_of_account(connection, account).await?)
}

fn taken() -> Problem {
    Problem::conflict("phone_taken", "这个手机号已经有自己的账号，没有修改")
        .field("phone", "这个手机号已经在用")
        .advice("可以直接用这个手机号登录，再请单位管理员邀请您；需要合并两个账号请致电客服")
}
