//! Finding an order by payer's name and number (S2-38).

use foundation::problem::Problem;
use foundation::secret_hash::token_hash;
use foundation::text::{fold_width, name_form};
use subtle::ConstantTimeEq;

use super::limits;
use crate::app::App;
use crate::captcha;
use crate::orders::{self, OrderRow};
use crate::transfers;

const NAME_CHARACTERS_MAX: usize = 100;
const NUMBER_CHARACTERS_MAX: usize = 40;
/// No order has this id; it is looked up so that an unknown number costs what a known one does.
const NO_ORDER: &str = "ord_00000000000000000000000000000000";

/// What a visitor knows.
pub(super) struct Known<'a> {
    pub(super) payer_name: &'a str,
    /// 缴款订单号, 缴款书编号 or 缴款码.
    pub(super) number: &'a str,
    pub(super) captcha_id: &'a str,
    pub(super) captcha_answer: &'a str,
}

/// The order, in whatever state. One refusal (404) for an unknown number and for a name that does not fit it.
pub(super) async fn find(app: &App, address: &str, known: Known<'_>) -> Result<OrderRow, Problem> {
    let name = name_form(known.payer_name);
    let number: String = fold_width(known.number).split_whitespace().collect::<String>().to_uppercase();
    refuse_malformed(&name, &number)?;
    let settings = &app.config.guest;
    limits::demand_few(app, "address", address, settings.finds_per_address_per_hour).await?;
    captcha::redeem(app, known.captcha_id, known.captcha_answer).await?;
    limits::demand_few(app, "number", &number, settings.finds_per_number_per_hour).await?;
    let reader = app.database.reader();
    let by_order_no = orders::find_by_number(reader, &number).await?;
    let noticed = transfers::order_of_number(reader, &number).await?;
    let by_notice = orders::find_row(reader, noticed.as_deref().unwrap_or(NO_ORDER)).await?;
    let order = by_order_no.or(by_notice);
    let wanted = token_hash(&order.as_ref().map_or_else(String::new, |order| name_form(&order.unit_name)));
    let fits: bool = wanted.as_bytes().ct_eq(token_hash(&name).as_bytes()).into();
    order.filter(|_| fits).ok_or_else(|| {
        Problem::not_found("guest_order_not_found", "没有找到这笔缴费，请核对单位名称和编号")
            .advice("单位名称要与缴款书上的完全一致；编号可以填缴款书编号、订单号或20位缴款码")
    })
}

fn refuse_malformed(name: &str, number: &str) -> Result<(), Problem> {
    let problem = Problem::unacceptable("guest_question_malformed", "填写的内容不完整").advice("请按提示修改后再查找");
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        return Err(problem.field("payer_name", "请填写缴款单位的全称（100 字以内）"));
    }
    if number.is_empty() || number.chars().count() > NUMBER_CHARACTERS_MAX {
        return Err(problem.field("notice_no", "请填写缴款书编号或订单号（40 个字符以内）"));
    }
    Ok(())
}
