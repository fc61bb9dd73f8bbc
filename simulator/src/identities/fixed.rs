//! The fixed set: checked in, so that tests start without making keys.

use super::{AppIdentity, Identities, PlatformIdentity};

impl Identities {
    /// A fixed set of test identities. Never use these keys anywhere else: they are public.
    #[must_use]
    pub fn fixed() -> Self {
        Self {
            mch_id: "1900006511".into(),
            mch_name: "特检缴费（模拟商户）".into(),
            merchant_serial: "5D28D22B1124CE48CB5844DC493FCC7114267E64".into(),
            merchant_private_key_pem: include_str!("../test_keys/merchant.key.pem").into(),
            merchant_certificate_pem: include_str!("../test_keys/merchant.cert.pem").into(),
            api_v3_key: "Sim8Key2Of3Thirty4Two5Characters".into(),
            platform_certificates: vec![
                PlatformIdentity {
                    serial: "5B540BC7805F9A240A690F4CD8AC67E2F4B5E0C5".into(),
                    private_key_pem: include_str!("../test_keys/platform-1.key.pem").into(),
                    certificate_pem: include_str!("../test_keys/platform-1.cert.pem").into(),
                },
                PlatformIdentity {
                    serial: "5085A268662FE5653BED481DCB26E81661A1C0F4".into(),
                    private_key_pem: include_str!("../test_keys/platform-2.key.pem").into(),
                    certificate_pem: include_str!("../test_keys/platform-2.cert.pem").into(),
                },
            ],
            public_key_id: "PUB_KEY_ID_0119000065112026010100000000000001".into(),
            public_key_pem: include_str!("../test_keys/public-key.pub.pem").into(),
            public_key_private_pem: include_str!("../test_keys/public-key.key.pem").into(),
            mp: AppIdentity {
                app_id: "wx5e0a1c7d93b2f468".into(),
                app_secret: "0f1e2d3c4b5a69788796a5b4c3d2e1f0".into(),
                original_id: "gh_7a61c0d4e2b9".into(),
                token: "tejianmptoken".into(),
                encoding_aes_key: "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C".into(),
            },
            mini: AppIdentity {
                app_id: "wx9c41f7e2a05d8b36".into(),
                app_secret: "f0e1d2c3b4a5968778695a4b3c2d1e0f".into(),
                original_id: "gh_3f98b1d5c7a0".into(),
                token: "tejianminitoken".into(),
                encoding_aes_key: "kXnZn8rs6oNpBVxaSkHuCyna4LB2ulBk4zllS7r3C3A".into(),
            },
            fiscal_secret: "5d1f7c2e9b3a4860a7c5e1d3f9b20846".into(),
            sms_secret: "a86420b9f3d1e5c7a0684a3b9e2c7f15".into(),
        }
    }

    /// The fixed set with keys and certificates of the national suite: everything else is the same. Made by OpenSSL.
    #[must_use]
    pub fn fixed_shangmi() -> Self {
        Self {
            merchant_serial: "66B76D2DB2C08F8CD92EBB774DAF804A22F19211".into(),
            merchant_private_key_pem: include_str!("../test_keys/sm2/merchant.key.pem").into(),
            merchant_certificate_pem: include_str!("../test_keys/sm2/merchant.cert.pem").into(),
            platform_certificates: vec![
                PlatformIdentity {
                    serial: "6165D205F432499A4A0C99037BB292B4E7FC0EF6".into(),
                    private_key_pem: include_str!("../test_keys/sm2/platform-1.key.pem").into(),
                    certificate_pem: include_str!("../test_keys/sm2/platform-1.cert.pem").into(),
                },
                PlatformIdentity {
                    serial: "7097F06FA34E779F66439C1C870679CE2ED27BD9".into(),
                    private_key_pem: include_str!("../test_keys/sm2/platform-2.key.pem").into(),
                    certificate_pem: include_str!("../test_keys/sm2/platform-2.cert.pem").into(),
                },
            ],
            public_key_id: "PUB_KEY_ID_0119000065112026010100000000000002".into(),
            public_key_pem: include_str!("../test_keys/sm2/public-key.pub.pem").into(),
            public_key_private_pem: include_str!("../test_keys/sm2/public-key.key.pem").into(),
            ..Self::fixed()
        }
    }
}
