//! Bodies of the electronic-invoice interface. Amounts are fen; rates are parts per 10,000.

use serde::{Deserialize, Serialize};

/// Whether the invoice belongs to a payment inside WeChat Pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FapiaoScene {
    /// The application id is the payment's transaction_id.
    WithWechatpay,
    /// The application id is our own.
    WithoutWechatpay,
}

impl FapiaoScene {
    /// The scene as WeChat spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WithWechatpay => "WITH_WECHATPAY",
            Self::WithoutWechatpay => "WITHOUT_WECHATPAY",
        }
    }
}

/// 抬头类型.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TitleKind {
    /// A person.
    Individual,
    /// A unit with a tax number.
    Organization,
}

/// Where the title link is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TitleSource {
    /// A web page.
    Web,
    /// A mini-program.
    MiniProgram,
}

impl TitleSource {
    /// The source as WeChat spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "WEB",
            Self::MiniProgram => "MINIPROGRAM",
        }
    }
}

/// The seller on the invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerInformation {
    /// 名称.
    pub name: String,
    /// 纳税人识别号.
    pub taxpayer_id: String,
    /// 地址.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// 电话.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telephone: Option<String>,
    /// 开户行.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_name: Option<String>,
    /// 银行账号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<String>,
}

/// Who made, checked and collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraInformation {
    /// 收款人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee: Option<String>,
    /// 复核人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
    /// 开票人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawer: Option<String>,
}

/// The merchant as registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerProfile {
    /// The seller.
    pub seller_information: SellerInformation,
    /// The people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_information: Option<ExtraInformation>,
}

/// One kind of goods the merchant may invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxCode {
    /// 商品名称.
    pub goods_name: String,
    /// 税收分类编码.
    pub tax_code: String,
    /// Tax rate in parts per 10,000: 600 is 6 %.
    pub tax_rate: i64,
    /// 税收优惠政策标识.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_prefer_mark: Option<String>,
}

/// One page of tax codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxCodes {
    /// The codes.
    #[serde(default)]
    pub data: Vec<TaxCode>,
    /// First of this page.
    #[serde(default)]
    pub offset: u32,
    /// Page size.
    #[serde(default)]
    pub limit: u32,
    /// All there are.
    #[serde(default)]
    pub total_count: u32,
}

/// What the title page shall show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleUrlRequest {
    /// transaction_id, or our own id.
    pub fapiao_apply_id: String,
    /// Where it opens.
    pub source: TitleSource,
    /// The payer's openid.
    pub openid: String,
    /// The AppID of that openid.
    pub app_id: String,
    /// Amount shown, in fen.
    pub total_amount_fen: Option<i64>,
    /// Seller shown.
    pub seller_name: Option<String>,
    /// Ask for a phone number.
    pub show_phone: bool,
    /// The phone number must be given.
    pub require_phone: bool,
    /// Ask for a mail address.
    pub show_email: bool,
    /// The mail address must be given.
    pub require_email: bool,
}

/// WeChat's page for titles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleUrl {
    /// AppID of the mini-program.
    pub miniprogram_appid: String,
    /// Path inside it.
    pub miniprogram_path: String,
    /// Original id of the mini-program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub miniprogram_user_name: Option<String>,
}

/// The title the payer filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserTitle {
    /// Person or unit.
    #[serde(rename = "type")]
    pub kind: TitleKind,
    /// 抬头.
    pub name: String,
    /// 纳税人识别号; units only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxpayer_id: Option<String>,
    /// 地址.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// 电话.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telephone: Option<String>,
    /// 开户行.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_name: Option<String>,
    /// 银行账号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<String>,
    /// Phone for the delivery, in clear; encrypted on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Mail address for the delivery, in clear; encrypted on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Amount in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Our order number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// Kind of invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fapiao_bill_type: Option<String>,
    /// A word of the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_apply_message: Option<String>,
}

/// The buyer on the invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyerInformation {
    /// Person or unit.
    #[serde(rename = "type")]
    pub kind: TitleKind,
    /// 抬头.
    pub name: String,
    /// 纳税人识别号; units only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxpayer_id: Option<String>,
    /// 地址.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// 电话.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telephone: Option<String>,
    /// 开户行.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_name: Option<String>,
    /// 银行账号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<String>,
    /// Phone for the delivery, in clear; encrypted on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Mail address for the delivery, in clear; encrypted on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FapiaoItem {
    /// 税收分类编码.
    pub tax_code: String,
    /// 商品编码类别.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_category: Option<String>,
    /// 商品名称.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<String>,
    /// 规格型号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specification: Option<String>,
    /// 单位.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Quantity in units of 10^-8: 100,000,000 is one.
    pub quantity: i64,
    /// Amount with tax, in fen.
    pub total_amount: i64,
    /// Tax rate in parts per 10,000.
    pub tax_rate: i64,
    /// 税收优惠政策标识.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_prefer_mark: Option<String>,
    /// Whether this line is a discount.
    #[serde(default)]
    pub discount: bool,
}

/// An invoice to be issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FapiaoToIssue {
    /// Our invoice id, at most 32 characters.
    pub fapiao_id: String,
    /// Amount with tax, in fen.
    pub total_amount: i64,
    /// Whether an itemised list is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need_list: Option<bool>,
    /// 备注.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The lines.
    pub items: Vec<FapiaoItem>,
}

/// An application for invoices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FapiaoApplication {
    /// Inside WeChat Pay or not.
    pub scene: FapiaoScene,
    /// transaction_id, or our own id.
    pub fapiao_apply_id: String,
    /// The buyer; phone and mail in clear.
    pub buyer_information: BuyerInformation,
    /// One to five invoices.
    pub fapiao_information: Vec<FapiaoToIssue>,
}

#[derive(Serialize)]
pub(super) struct ApplicationBody<'a> {
    pub(super) scene: FapiaoScene,
    pub(super) fapiao_apply_id: &'a str,
    pub(super) buyer_information: BuyerInformation,
    pub(super) fapiao_information: &'a [FapiaoToIssue],
}

/// The issued (blue) or reversing (red) invoice as the tax bureau knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlueFapiao {
    /// 发票代码; fully digital invoices (数电票) have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fapiao_code: Option<String>,
    /// 发票号码.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fapiao_number: Option<String>,
    /// 校验码.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_code: Option<String>,
    /// 密码区.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// 开票时间, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fapiao_time: Option<String>,
}

/// The card in the payer's card holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardInformation {
    /// AppID of the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_appid: Option<String>,
    /// openid of the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_openid: Option<String>,
    /// Card template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_id: Option<String>,
    /// Card number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_code: Option<String>,
    /// INSERT_ACCEPTED → INSERTED → DISCARD_ACCEPTED → DISCARDED.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_status: Option<String>,
}

/// An invoice as the query tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FapiaoInformation {
    /// Our invoice id.
    pub fapiao_id: String,
    /// ISSUE_ACCEPTED → ISSUED → REVERSE_ACCEPTED → REVERSED.
    pub status: String,
    /// The issued invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blue_fapiao: Option<BlueFapiao>,
    /// The reversing invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub red_fapiao: Option<BlueFapiao>,
    /// The card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_information: Option<CardInformation>,
    /// Amount with tax, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_amount: Option<i64>,
    /// Tax, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_amount: Option<i64>,
    /// Amount without tax, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// The seller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_information: Option<SellerInformation>,
    /// 备注.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Why issuing failed, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fapiao_error_code: Option<String>,
    /// Why issuing failed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fapiao_error_message: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct InformationList {
    #[serde(default)]
    pub(super) fapiao_information: Vec<FapiaoInformation>,
}

/// Where an invoice file can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FapiaoFile {
    /// Our invoice id.
    pub fapiao_id: String,
    /// State of the invoice.
    pub status: String,
    /// Address, good for some 30 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct FileList {
    #[serde(default)]
    pub(super) fapiao_download_info_list: Vec<FapiaoFile>,
}

/// An invoice to be reversed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FapiaoToReverse {
    /// Our invoice id.
    pub fapiao_id: String,
    /// 发票代码, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fapiao_code: Option<String>,
    /// 发票号码.
    pub fapiao_number: String,
}

#[derive(Serialize)]
pub(super) struct ReverseBody<'a> {
    pub(super) reverse_reason: &'a str,
    pub(super) fapiao_information: &'a [FapiaoToReverse],
}

/// Settings of the e-invoice product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevelopmentConfig {
    /// Where `FAPIAO.*` notices go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// Show the invoice entry in payment receipts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_fapiao_cell: Option<bool>,
    /// Offer special VAT invoices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_vat_fapiao: Option<bool>,
}
