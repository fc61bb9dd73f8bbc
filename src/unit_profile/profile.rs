//! What a unit keeps of itself without a review (S1-57, S2-41).

use axum::http::StatusCode;
use foundation::complaints::Complaints;
use foundation::problem::Problem;
use foundation::text::{fold_width, is_email, is_mobile_phone, phone_form, plain_line};
use serde::Deserialize;
use utoipa::ToSchema;

use super::contacts::{self, ContactRole};
use crate::accounts::{self, OwnFields, Role, Scope};
use crate::app::App;
use crate::registrations::Dictionaries;

/// Who may keep the profile of a unit.
pub(super) fn demand_manager(scope: &Scope) -> Result<(), Problem> {
    demand_role(Some(scope.role()))
}

fn demand_role(role: Option<Role>) -> Result<(), Problem> {
    if role.is_some_and(Role::may_manage) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "role_may_not_manage", "只有单位负责人和管理员可以维护企业信息")
        .advice("请联系本单位的负责人或管理员"))
}

/// Somebody named for something.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactInput {
    /// His name.
    #[serde(default)]
    pub(super) name: String,
    /// His phone.
    #[serde(default)]
    pub(super) phone: String,
}

/// What a unit writes of itself; all of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileUpdate {
    /// 单位类型, of `/dictionaries`.
    #[serde(default)]
    pub(super) unit_kind: String,
    /// 注册地, of `/dictionaries`.
    #[serde(default)]
    pub(super) district_code: String,
    /// 所属行业, of `/dictionaries`.
    #[serde(default)]
    pub(super) industry_code: String,
    /// Phone of the unit.
    #[serde(default)]
    pub(super) phone: String,
    /// E-mail of the unit.
    #[serde(default)]
    pub(super) email: String,
    /// 安全管理负责人.
    #[serde(default)]
    pub(super) safety_manager: ContactInput,
    /// 申请联系人.
    #[serde(default)]
    pub(super) applicant: ContactInput,
}

/// Somebody named for something, as he is kept.
struct Named {
    role: ContactRole,
    name: String,
    phone: String,
}

/// Writes what a unit keeps of itself.
pub(super) async fn update(app: &App, scope: &Scope, update: ProfileUpdate) -> Result<(), Problem> {
    demand_manager(scope)?;
    let (fields, named) = checked(update)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    // As it is now: whoever was taken out while he typed writes nothing.
    accounts::hold_unit(&*transaction, scope.unit_id()).await?;
    let actor = accounts::member(&*transaction, scope.unit_id(), scope.account_id()).await?;
    demand_role(actor.map(|actor| actor.role))?;
    accounts::set_own_fields(&*transaction, scope.unit_id(), fields, now).await?;
    for Named { role, name, phone } in &named {
        let by = scope.account_id().as_str();
        contacts::put_contact(&*transaction, scope.unit_id(), *role, (name, phone), by, now).await?;
    }
    Ok(transaction.commit().await?)
}

/// What was typed in the form in which it is kept, or everything that is wrong with it.
fn checked(update: ProfileUpdate) -> Result<(OwnFields, Vec<Named>), Problem> {
    let lists = Dictionaries::get();
    let refusal = Problem::unacceptable("profile_wrong", "企业信息有误，没有保存").advice("请按提示修改后再保存");
    let mut wrong = Complaints::new(refusal);
    for (field, code, known) in [
        ("unit_kind", &update.unit_kind, lists.unit_kind(&update.unit_kind)),
        ("district_code", &update.district_code, lists.district(&update.district_code)),
        ("industry_code", &update.industry_code, lists.industry(&update.industry_code)),
    ] {
        // A person's unit has a kind of its own, which no list offers.
        if !code.is_empty() && known.is_empty() && code != "person" {
            wrong.add(field, "请从列表里选择");
        }
    }
    let email = fold_width(update.email.trim());
    if !email.is_empty() && !is_email(&email) {
        wrong.add("email", "邮箱地址写法不对");
    }
    let phone = phone_form(&update.phone);
    if phone.len() > 20 || !phone.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+') {
        wrong.add("phone", "电话只能有数字，最多 20 位");
    }
    let named = [
        (ContactRole::SafetyManager, "safety_manager", &update.safety_manager),
        (ContactRole::Applicant, "applicant", &update.applicant),
    ]
    .map(|(role, field, input)| checked_contact(role, field, input, &mut wrong));
    let present = |text: String| (!text.is_empty()).then_some(text);
    let fields = OwnFields {
        unit_kind: present(update.unit_kind),
        district_code: present(update.district_code),
        industry_code: present(update.industry_code),
        phone: present(phone),
        email: present(email),
    };
    wrong.end_with((fields, Vec::from(named)))
}

fn checked_contact(role: ContactRole, field: &str, input: &ContactInput, wrong: &mut Complaints) -> Named {
    let (name, phone) = (plain_line(&input.name), phone_form(&input.phone));
    if name.chars().count() > 50 {
        wrong.add(format!("{field}.name"), "最多 50 个字");
    }
    if phone.is_empty() != name.is_empty() {
        let missing = if name.is_empty() { "name" } else { "phone" };
        wrong.add(format!("{field}.{missing}"), "姓名和手机号要一起填写");
    } else if !phone.is_empty() && !is_mobile_phone(&phone) {
        wrong.add(format!("{field}.phone"), "请输入 11 位手机号");
    }
    Named { role, name, phone }
}
