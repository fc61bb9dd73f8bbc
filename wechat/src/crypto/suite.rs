//! Which family of algorithms a merchant number uses. WeChat Pay's protocol is the same in both; names, keys and ciphers
//! differ (as in the national-crypto extension of WeChat's own Java library, wechatpay-java-shangmi).

/// The family: every key and every message of one merchant number is of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Suite {
    /// RSA with SHA-256, AES-256-GCM, RSA-OAEP.
    #[default]
    International,
    /// 国密: SM2 with SM3, SM4-GCM, SM2 encryption.
    ShangMi,
}

impl Suite {
    /// Both.
    pub const ALL: [Suite; 2] = [Suite::International, Suite::ShangMi];

    /// The scheme of `Authorization`, also the value of `Wechatpay-Signature-Type`.
    pub fn scheme(self) -> &'static str {
        match self {
            Suite::International => "WECHATPAY2-SHA256-RSA2048",
            Suite::ShangMi => "WECHATPAY2-SM2-WITH-SM3",
        }
    }

    /// The family with this scheme.
    pub fn of_scheme(scheme: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.scheme() == scheme)
    }

    /// `algorithm` of encrypted resources.
    pub fn resource_algorithm(self) -> &'static str {
        match self {
            Suite::International => "AEAD_AES_256_GCM",
            Suite::ShangMi => "AEAD_SM4_GCM",
        }
    }

    /// `algorithm_type` with which the list of certificates is asked for; nothing for the first family, whose list is the
    /// one that is given without being asked.
    pub fn certificate_type(self) -> Option<&'static str> {
        match self {
            Suite::International => None,
            Suite::ShangMi => Some("SM2"),
        }
    }
}
