//! The notice of a settled refund: JSON, or the old XML.

use base64::Engine;
use rand::Rng;
use serde_json::json;

use super::refunds::payer_amounts;
use crate::instants;
use crate::random;
use crate::shared::Shared;
use crate::world::World;
use crate::world::outbox::{NoticeForm, NoticeState, QueuedNotice};
use crate::world::refunds::RefundState;

/// Queues the notice; without a notify_url there is none, as for a merchant who has set no
/// address in the console.
pub(crate) fn queue_notice(shared: &Shared, world: &mut World, out_refund_no: &str) {
    let faults = shared.faults.settings();
    let Some(refund) = world.refunds.get(out_refund_no) else { return };
    let Some(url) = refund.notify_url.clone() else { return };
    let (payer_total, payer_refund) = payer_amounts(world, refund);
    let (event_type, summary) = match refund.state {
        RefundState::Success => ("REFUND.SUCCESS", "退款成功"),
        RefundState::Abnormal => ("REFUND.ABNORMAL", "退款异常"),
        RefundState::Closed => ("REFUND.CLOSED", "退款关闭"),
        RefundState::Processing => return,
    };
    let (form, plaintext) = if faults.refund_notice_v2_xml {
        (NoticeForm::V2RefundXml, v2_xml(shared))
    } else {
        let mut plain = json!({
            "mchid": shared.identities.mch_id,
            "transaction_id": refund.transaction_id,
            "out_trade_no": refund.out_trade_no,
            "refund_id": refund.refund_id,
            "out_refund_no": refund.out_refund_no,
            "refund_status": refund.state.as_str(),
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": refund.total_fen,
                "refund": refund.refund_fen,
                "payer_total": payer_total,
                "payer_refund": payer_refund,
            },
        });
        if let Some(at) = refund.succeeded_at {
            plain["success_time"] = json!(instants::rfc3339(at));
        }
        if faults.unknown_fields {
            plain["field_of_tomorrow"] = json!(["新字段"]);
        }
        (NoticeForm::V3, plain.to_string())
    };
    let now = shared.now();
    let lost = shared.faults.take(|faults| &mut faults.notice_lost_next);
    world.notices.push(QueuedNotice {
        id: uuid::Uuid::new_v4().to_string(),
        event_type: event_type.into(),
        key: out_refund_no.to_owned(),
        summary: summary.into(),
        original_type: Some("refund".into()),
        plaintext,
        form,
        url,
        created_at: now,
        due_at: now + faults.notice_delay_s.max(0),
        state: if lost { NoticeState::Lost } else { NoticeState::Waiting },
        tries: Vec::new(),
    });
}

/// The old notice. Its content is sealed by the merchant's v2 key, which a v3 merchant does not
/// have: nobody here can read it, and the receiver must query the refund instead.
fn v2_xml(shared: &Shared) -> String {
    let mut sealed = [0u8; 512];
    rand::rng().fill(&mut sealed[..]);
    format!(
        "<xml><return_code>SUCCESS</return_code><appid><![CDATA[{}]]></appid><mch_id><![CDATA[{}]]></mch_id><nonce_str><![CDATA[{}]]></nonce_str><req_info><![CDATA[{}]]></req_info></xml>",
        shared.identities.mp.app_id,
        shared.identities.mch_id,
        random::letters(32),
        base64::engine::general_purpose::STANDARD.encode(sealed),
    )
}
