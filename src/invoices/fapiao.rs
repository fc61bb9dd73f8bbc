//! VAT invoices through WeChat Pay's e-invoice product (pay v3 §9).

use anyhow::{Context, bail};
use async_trait::async_trait;
use bytes::Bytes;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::OnceCell;
use wechat::pay::PayError;
use wechat::pay::fapiao::{
    BuyerInformation, DevelopmentConfig, FapiaoApplication, FapiaoInformation, FapiaoItem, FapiaoScene, FapiaoToIssue,
    FapiaoToReverse, TitleKind as WechatTitleKind,
};

use super::issuer::{Application, Issued, Issuer, Progress, Reversal, round_number};
use super::model::Invoice;
use crate::app::SharedApp;
use crate::invoice_titles::{InvoiceKind, TitleKind};

/// WeChat counts quantities in units of 10^-8.
const ONE_PIECE: i64 = 100_000_000;

/// WeChat Pay as issuer.
pub(super) struct WechatFapiao {
    app: SharedApp,
    /// Set once the address of notices is registered at WeChat.
    callback: OnceCell<()>,
}

impl WechatFapiao {
    pub(super) fn new(app: SharedApp) -> Self {
        Self { app, callback: OnceCell::new() }
    }

    /// Registers the address of notices once per process. Without it invoices are still issued, only found later, by
    /// asking: so a refusal is logged and no more.
    async fn ensure_callback(&self) {
        let registered = self.callback.get_or_try_init(|| self.register_callback()).await;
        if let Err(error) = registered {
            tracing::warn!(%error, "the address of e-invoice notices could not be registered");
        }
    }

    async fn register_callback(&self) -> Result<(), PayError> {
        let url = format!("{}/wechat/pay/notify/fapiao", self.app.config.service.public_base_url);
        let present = self.app.pay.fapiao_development_config().await?;
        if present.callback_url.as_deref() == Some(url.as_str()) {
            return Ok(());
        }
        let wanted = DevelopmentConfig { callback_url: Some(url), ..DevelopmentConfig::default() };
        self.app.pay.fapiao_set_development_config(&wanted).await.map(drop)
    }

    fn request(&self, application: &Application) -> FapiaoApplication {
        let invoice = &application.invoice;
        let config = &self.app.config.invoices;
        let title = &invoice.title;
        let item = FapiaoItem {
            tax_code: config.vat_tax_code.clone(),
            goods_category: None,
            goods_name: Some(config.vat_goods_name.clone()),
            specification: None,
            unit: None,
            quantity: ONE_PIECE,
            total_amount: invoice.amount.0,
            tax_rate: config.vat_tax_rate_per_10000,
            tax_prefer_mark: None,
            discount: false,
        };
        FapiaoApplication {
            scene: scene(invoice),
            fapiao_apply_id: apply_id(invoice),
            buyer_information: BuyerInformation {
                kind: match title.kind {
                    TitleKind::Organization => WechatTitleKind::Organization,
                    TitleKind::Individual => WechatTitleKind::Individual,
                },
                name: title.name.clone(),
                taxpayer_id: title.tax_no.clone(),
                address: title.address.clone(),
                telephone: title.phone.clone(),
                bank_name: title.bank_name.clone(),
                bank_account: title.bank_account.clone(),
                phone: None,
                email: title.email.clone(),
            },
            fapiao_information: vec![FapiaoToIssue {
                fapiao_id: application.number(),
                total_amount: invoice.amount.0,
                need_list: None,
                remark: Some(remark(application)),
                items: vec![item],
            }],
        }
    }
}

/// The transaction that was paid with, or our own number for money that came another way.
fn apply_id(invoice: &Invoice) -> String {
    invoice.apply_id.clone().unwrap_or_else(|| round_number(invoice))
}

fn scene(invoice: &Invoice) -> FapiaoScene {
    match invoice.apply_id {
        Some(_) => FapiaoScene::WithWechatpay,
        None => FapiaoScene::WithoutWechatpay,
    }
}

/// The interface has no field for the kind of invoice: a special one is asked for in words.
fn remark(application: &Application) -> String {
    let wish =
        if application.invoice.kind == InvoiceKind::Special { "，申请开具增值税专用发票" } else { "" };
    format!("缴款订单 {}，检验报告 {} 份{wish}", application.order_no, application.report_count)
}

fn progress(information: &FapiaoInformation) -> Progress {
    if let Some(code) = information.fapiao_error_code.as_deref().filter(|code| !code.is_empty()) {
        let words = information.fapiao_error_message.as_deref().filter(|words| !words.is_empty());
        return Progress::Failed(words.unwrap_or(code).to_owned());
    }
    let blue = information.blue_fapiao.as_ref();
    match (information.status.as_str(), blue.and_then(|blue| blue.fapiao_number.clone())) {
        ("ISSUED", Some(number)) => Progress::Issued(Issued {
            code: blue.and_then(|blue| blue.fapiao_code.clone()).filter(|code| !code.is_empty()),
            number,
            check_code: blue.and_then(|blue| blue.check_code.clone()).filter(|code| !code.is_empty()),
            issued_at: blue.and_then(|blue| blue.fapiao_time.as_deref()).and_then(epoch_ms),
            file_url: String::new(),
            ofd_url: None,
        }),
        ("REVERSE_ACCEPTED" | "REVERSED", _) => Progress::Failed("发票已红冲，请联系客服".to_owned()),
        _ => Progress::Pending,
    }
}

fn epoch_ms(rfc3339: &str) -> Option<i64> {
    OffsetDateTime::parse(rfc3339, &Rfc3339).ok().map(|moment| moment.unix_timestamp() * 1_000)
}

#[async_trait]
impl Issuer for WechatFapiao {
    async fn look(&self, application: &Application) -> anyhow::Result<Progress> {
        let number = application.number();
        match self.app.pay.fapiao_query(&apply_id(&application.invoice), Some(&number)).await {
            Ok(found) => {
                let ours = found.iter().find(|information| information.fapiao_id == number);
                Ok(ours.map_or(Progress::Unknown, progress))
            }
            Err(error) if error.not_found() => Ok(Progress::Unknown),
            Err(error) => Err(error.into()),
        }
    }

    async fn apply(&self, application: &Application) -> anyhow::Result<Progress> {
        self.ensure_callback().await;
        match self.app.pay.fapiao_issue(&self.request(application)).await {
            Ok(()) => Ok(Progress::Pending),
            // Only what is wrong with the request itself is the payer's to mend; rights, limits and outages are ours.
            Err(PayError::Rejected { status: 400, message, .. }) => Ok(Progress::Failed(message)),
            Err(error) => Err(error.into()),
        }
    }

    async fn reverse(&self, application: &Application, reason: &str) -> anyhow::Result<Reversal> {
        let (apply_id, number) = (apply_id(&application.invoice), application.number());
        let found = self.app.pay.fapiao_query(&apply_id, Some(&number)).await?;
        let ours = found.iter().find(|information| information.fapiao_id == number);
        let ours = ours.context("the invoice is not known at WeChat")?;
        match ours.status.as_str() {
            "REVERSED" => {
                let red = ours.red_fapiao.as_ref().and_then(|red| red.fapiao_number.clone());
                return Ok(Reversal::Done(red.unwrap_or_default()));
            }
            "ISSUED" => {}
            _ => return Ok(Reversal::Pending),
        }
        let invoice = &application.invoice;
        let wanted = FapiaoToReverse {
            fapiao_id: number,
            fapiao_code: invoice.invoice_code.clone(),
            fapiao_number: invoice.invoice_number.clone().context("an issued invoice has a number")?,
        };
        match self.app.pay.fapiao_reverse(&apply_id, reason, &[wanted]).await {
            Ok(()) => Ok(Reversal::Pending),
            Err(PayError::Rejected { status: 400, message, .. }) => Ok(Reversal::Failed(message)),
            Err(error) => Err(error.into()),
        }
    }

    async fn fetch(&self, application: &Application, issued: &Issued) -> anyhow::Result<Bytes> {
        let (apply_id, number) = (apply_id(&application.invoice), application.number());
        let files = self.app.pay.fapiao_files(&apply_id, Some(&number)).await?;
        let file = files.into_iter().find(|file| file.fapiao_id == number);
        let url = file.and_then(|file| file.download_url).context("no address of the invoice file yet")?;
        let mut parameters =
            vec![("mchid", self.app.pay.mch_id()), ("fapiao_id", &number), ("invoice_no", &issued.number)];
        if let Some(code) = &issued.code {
            parameters.push(("invoice_code", code));
        }
        let content = self.app.pay.fapiao_download(&url, &parameters).await?;
        if !content.starts_with(b"%PDF") {
            bail!("the invoice file is no PDF");
        }
        Ok(content.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn information(status: &str) -> FapiaoInformation {
        serde_json::from_value(serde_json::json!({ "fapiao_id": "x", "status": status })).expect("fits")
    }

    #[test]
    fn a_fully_digital_invoice_has_a_number_and_no_code() {
        let mut issued = information("ISSUED");
        issued.blue_fapiao = serde_json::from_value(serde_json::json!({
            "fapiao_code": "", "fapiao_number": "26500000000000000001", "fapiao_time": "2026-11-22T10:00:00+08:00"
        }))
        .expect("fits");
        let Progress::Issued(found) = progress(&issued) else { panic!("issued") };
        assert_eq!((found.code, found.number.as_str()), (None, "26500000000000000001"));
        assert_eq!(found.issued_at, Some(1_795_312_800_000));
    }

    #[test]
    fn an_error_code_is_a_failure_whatever_the_state_says() {
        let mut failed = information("ISSUE_ACCEPTED");
        failed.fapiao_error_code = Some("TAXPAYER_ID_INVALID".to_owned());
        failed.fapiao_error_message = Some("购买方纳税人识别号校验未通过".to_owned());
        assert_eq!(progress(&failed), Progress::Failed("购买方纳税人识别号校验未通过".to_owned()));
        assert_eq!(progress(&information("ISSUE_ACCEPTED")), Progress::Pending);
        assert_eq!(progress(&information("SOMETHING_NEW")), Progress::Pending);
    }
}
