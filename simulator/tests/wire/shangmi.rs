//! The national suite on the wire.

use serde_json::json;
use simulator::Identities;
use wechat::crypto::suite::Suite;
use wechat::pay::PayError;
use wechat::pay::fapiao::FapiaoScene;

use crate::stage::Stage;

async fn stage() -> Stage {
    Stage::with(|options| options.identities = Identities::fixed_shangmi()).await
}

#[tokio::test]
async fn orders_notices_and_the_list_of_certificates_speak_sm2_and_sm4() {
    let stage = stage().await;
    let client = stage.client();
    let prepay_id = client.order_jsapi(&stage.order("T2026073101"), &stage.openid()).await.expect("accepted");
    let parameters = json!(client.payment_parameters(&stage.identities.mp.app_id, &prepay_id));
    stage.simulator.pay_jsapi(&stage.openid(), &parameters).await.expect("paid");
    stage.simulator.deliver_due().await;
    let received = stage.received().remove(0);
    let of = |name: &str| received.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    assert_eq!(
        of("wechatpay-signature-type").as_deref().map(|value| value as &[u8]),
        Some(&b"WECHATPAY2-SM2-WITH-SM3"[..])
    );
    assert!(String::from_utf8_lossy(&received.body).contains("AEAD_SM4_GCM"));
    let notice = stage.opened_notices(&client).await.remove(0).expect("a good signature");
    assert_eq!(notice.transaction().expect("a payment").total_fen(), Some(1265));
    assert!(client.query("T2026073101").await.expect("known").is_paid());

    let learning = stage.client_with(|config| {
        config.public_key = None;
        config.platform_certificates_pem.clear();
    });
    assert_eq!(learning.refresh_certificates().await.expect("the list opens"), 1);
    assert!(learning.query("T2026073101").await.expect("verified by a learned certificate").is_paid());
}

#[tokio::test]
async fn phone_numbers_are_sealed_by_sm2() {
    let stage = stage().await;
    let title = json!({"type": "ORGANIZATION", "name": "某公司", "phone": "13900000001"});
    stage.simulator.fill_invoice_title("A1", title);
    let read = stage.client().fapiao_user_title("A1", FapiaoScene::WithoutWechatpay).await.expect("filled in");
    assert_eq!(read.phone.as_deref(), Some("13900000001"));
}

#[tokio::test]
async fn a_merchant_of_the_other_suite_is_refused() {
    let stage = stage().await;
    let other = Identities::fixed();
    let client = stage.client_with(|config| {
        config.suite = Suite::International;
        config.merchant_private_key_pem = other.merchant_private_key_pem.clone().into();
        config.public_key = None;
        config.platform_certificates_pem = vec![other.platform_certificates[0].certificate_pem.clone()];
    });
    match client.query("T2026073101").await {
        Err(PayError::Rejected { code, .. }) => assert_eq!(code, "SIGN_ERROR"),
        unexpected => panic!("{unexpected:?}"),
    }
}
