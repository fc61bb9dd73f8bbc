//! What must be there before a registration is handed in.

use foundation::complaints::Complaints;
use foundation::problem::Problem;
use foundation::text::{is_email, is_mobile_phone};

use super::dictionaries::Dictionaries;
use super::model::RegistrationKind;
use super::store::RegistrationRow;
use crate::accounts::is_login_of_person;
use crate::uploads::Purpose;

const LOGIN_CHARACTERS: std::ops::RangeInclusive<usize> = 4..=32;

/// Nothing is wrong yet with what is handed in.
pub(super) fn complaints() -> Complaints {
    let refusal = Problem::unacceptable("registration_incomplete", "注册信息还没有填完整，没有提交");
    Complaints::new(refusal.advice("请按提示补充后再提交，已填写的内容都会保留"))
}

/// Refuses what is incomplete or malformed. `files` are the purposes of the papers that are there.
pub(super) fn demand_complete(row: &RegistrationRow, files: &[Purpose]) -> Result<(), Problem> {
    let kind = row.kind()?;
    let mut wrong = complaints();
    check_person(row, kind, &mut wrong);
    if kind != RegistrationKind::Person {
        check_unit(row, kind, &mut wrong);
    }
    if kind.is_reviewed() {
        // The sealed paper that staff have scanned stands for both.
        let on_paper = files.contains(&Purpose::PaperScan);
        if !on_paper && !files.contains(&Purpose::BusinessLicence) {
            wrong.add("licence_ids", "请上传营业执照（照片或扫描件）");
        }
        if !on_paper && !files.contains(&Purpose::ApplicationForm) {
            wrong.add("form_ids", "请下载注册申请书，盖章后拍照上传");
        }
    }
    wrong.end()
}

fn check_person(row: &RegistrationRow, kind: RegistrationKind, wrong: &mut Complaints) {
    if row.registrant_name.is_empty() {
        wrong.add("registrant_name", if kind == RegistrationKind::Person { "请填写姓名" } else { "请填写注册人姓名" });
    }
    if !row.email.is_empty() && !is_email(&row.email) {
        wrong.add("email", "邮箱地址写法不对，也可以不填");
    }
    if !row.login_name.is_empty()
        && let Err(message) = demand_login_name(&row.login_name)
    {
        wrong.add("login_name", message);
    }
}

fn check_unit(row: &RegistrationRow, kind: RegistrationKind, wrong: &mut Complaints) {
    let lists = Dictionaries::get();
    if row.unit_name.chars().count() < 2 {
        wrong.add("unit_name", "请填写单位全称，与营业执照一致");
    }
    if lists.unit_kind(&row.unit_kind).is_empty() {
        wrong.add("unit_kind", "请选择单位类型");
    } else if kind == RegistrationKind::Manufacturer && row.unit_kind != "manufacturer" {
        wrong.add("unit_kind", "制造单位注册应选择“制造单位”");
    }
    if lists.district(&row.district_code).is_empty() {
        wrong.add("district_code", "请选择注册地");
    }
    // An uncertified unit may have no licence at all.
    if (kind.is_reviewed() || !row.uscc.is_empty())
        && let Err(error) = wechat::uscc::check(&row.uscc)
    {
        wrong.add("uscc", error.to_string());
    }
    if !row.safety_manager_phone.is_empty() && !is_mobile_phone(&row.safety_manager_phone) {
        wrong.add("safety_manager_phone", "请输入 11 位手机号");
    }
    if !kind.is_reviewed() {
        return;
    }
    if row.address.chars().count() < 4 {
        wrong.add("address", "请填写详细地址");
    }
    if row.legal_rep.is_empty() {
        wrong.add("legal_rep", "请填写法定代表人姓名");
    }
    if lists.industry(&row.industry_code).is_empty() {
        wrong.add("industry_code", "请选择所属行业");
    }
    if row.safety_manager_name.is_empty() {
        wrong.add("safety_manager_name", "请填写安全管理负责人姓名");
    }
    if row.safety_manager_phone.is_empty() {
        wrong.add("safety_manager_phone", "请填写安全管理负责人手机号，检验意见会发送到这个号码");
    }
}

/// What a 登录账号 must be ([`is_login_of_person`]).
///
/// # Errors
/// What is wrong, for people.
pub fn demand_login_name(name: &str) -> Result<(), String> {
    if LOGIN_CHARACTERS.contains(&name.len()) && is_login_of_person(name) {
        return Ok(());
    }
    Err("登录账号为 4–32 位字母、数字，以字母开头，中间要有一个点，如 wang.xm；也可以不填".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_never_looks_like_a_phone_or_like_the_account_of_a_unit() {
        assert!(demand_login_name("wang.xm-01").is_ok());
        for wrong in ["13900000001", "a.c", "王.小明", "a b.c d", "1abc.d", "U021", "wangxm", "wang.", "wang@xm.c"] {
            assert!(demand_login_name(wrong).is_err(), "{wrong}");
        }
    }
}
