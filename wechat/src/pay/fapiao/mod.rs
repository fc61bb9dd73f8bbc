//! 微信支付电子发票: electronic invoices through WeChat Pay (pay v3 §9, `v3/new-tax-control-fapiao`).
//!
//! The way of an invoice: the payer gives a title (own page, or [`PayClient::fapiao_title_url`]), we issue, a notice
//! `FAPIAO.ISSUED` comes, the file is fetched.

mod model;

use serde::de::DeserializeOwned;
use url::Url;

use model::{ApplicationBody, FileList, InformationList, ReverseBody};
pub use model::{
    BlueFapiao, BuyerInformation, CardInformation, DevelopmentConfig, ExtraInformation, FapiaoApplication, FapiaoFile,
    FapiaoInformation, FapiaoItem, FapiaoScene, FapiaoToIssue, FapiaoToReverse, SellerInformation, SellerProfile,
    TaxCode, TaxCodes, TitleKind, TitleSource, TitleUrl, TitleUrlRequest, UserTitle,
};

use super::call::Call;
use super::client::{PayClient, transport_error};
use super::error::{PayError, UnknownReason};
use crate::crypto::sensitive;

const ROOT: [&str; 2] = ["v3", "new-tax-control-fapiao"];
const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

impl PayClient {
    /// The seller as registered at WeChat and the tax bureau.
    pub async fn fapiao_seller(&self) -> Result<SellerProfile, PayError> {
        self.fapiao_get(&["merchant", "base-information"], &[]).await
    }

    /// The goods and tax codes the merchant may put on an invoice, page by page.
    pub async fn fapiao_tax_codes(&self, offset: u32, limit: u32) -> Result<TaxCodes, PayError> {
        let (offset, limit) = (offset.to_string(), limit.to_string());
        self.fapiao_get(&["merchant", "tax-codes"], &[("offset", &offset), ("limit", &limit)]).await
    }

    /// A link to WeChat's own page where the payer fills in a title; it lives some 30 minutes.
    pub async fn fapiao_title_url(&self, request: &TitleUrlRequest) -> Result<TitleUrl, PayError> {
        let amount = request.total_amount_fen.map(|fen| fen.to_string());
        let flag = |value: bool| if value { "true" } else { "false" };
        let mut query = vec![
            ("fapiao_apply_id", request.fapiao_apply_id.as_str()),
            ("source", request.source.as_str()),
            ("openid", &request.openid),
            ("appid", &request.app_id),
            ("show_phone_cell", flag(request.show_phone)),
            ("must_input_phone", flag(request.require_phone)),
            ("show_email_cell", flag(request.show_email)),
            ("must_input_email", flag(request.require_email)),
        ];
        query.extend(amount.as_deref().map(|amount| ("total_amount", amount)));
        query.extend(request.seller_name.as_deref().map(|name| ("seller_name", name)));
        self.fapiao_get(&["user-title", "title-url"], &query).await
    }

    /// The title the payer filled in, phone and mail decrypted. `not_found()` on the error while there is none.
    pub async fn fapiao_user_title(&self, fapiao_apply_id: &str, scene: FapiaoScene) -> Result<UserTitle, PayError> {
        let query = [("fapiao_apply_id", fapiao_apply_id), ("scene", scene.as_str())];
        let mut title: UserTitle = self.fapiao_get(&["user-title"], &query).await?;
        for field in [&mut title.phone, &mut title.email] {
            if let Some(ciphertext) = field.take().filter(|text| !text.is_empty()) {
                let plain = sensitive::decrypt(self.signing_key(), &ciphertext);
                *field =
                    Some(plain.map_err(|error| PayError::unknown(UnknownReason::Unreadable, None, error.to_string()))?);
            }
        }
        Ok(title)
    }

    /// Applies for up to five invoices. `Ok` means accepted (202 with an empty body): the notice `FAPIAO.ISSUED` or
    /// [`Self::fapiao_query`] tells the end. Repeating with the same ids is safe.
    pub async fn fapiao_issue(&self, application: &FapiaoApplication) -> Result<(), PayError> {
        if !(1..=5).contains(&application.fapiao_information.len()) {
            return Err(PayError::Invalid("one to five invoices per application".to_owned()));
        }
        let mut buyer = application.buyer_information.clone();
        let mut serial = None;
        for field in [&mut buyer.phone, &mut buyer.email] {
            if let Some(plain) = field.take().filter(|text| !text.is_empty()) {
                let (name, key) = self.encryption_key().await?;
                let sealed = sensitive::encrypt_for(&key, &plain);
                *field = Some(sealed.map_err(|error| PayError::Invalid(error.to_string()))?);
                serial = Some(name);
            }
        }
        let body = ApplicationBody {
            scene: application.scene,
            fapiao_apply_id: &application.fapiao_apply_id,
            buyer_information: buyer,
            fapiao_information: &application.fapiao_information,
        };
        let path = [&ROOT[..], &["fapiao-applications"]].concat();
        self.send(Call::post(&path, &body)?.encrypted_for(serial)).await.map(drop)
    }

    /// The state of an application's invoices, or of one of them.
    pub async fn fapiao_query(
        &self,
        fapiao_apply_id: &str,
        fapiao_id: Option<&str>,
    ) -> Result<Vec<FapiaoInformation>, PayError> {
        let query: Vec<_> = fapiao_id.map(|id| ("fapiao_id", id)).into_iter().collect();
        let list: InformationList = self.fapiao_get(&["fapiao-applications", fapiao_apply_id], &query).await?;
        Ok(list.fapiao_information)
    }

    /// Addresses of the invoice files; an address is good for some 30 seconds.
    pub async fn fapiao_files(
        &self,
        fapiao_apply_id: &str,
        fapiao_id: Option<&str>,
    ) -> Result<Vec<FapiaoFile>, PayError> {
        let query: Vec<_> = fapiao_id.map(|id| ("fapiao_id", id)).into_iter().collect();
        let path = ["fapiao-applications", fapiao_apply_id, "fapiao-files"];
        let list: FileList = self.fapiao_get(&path, &query).await?;
        Ok(list.fapiao_download_info_list)
    }

    /// Fetches an invoice file. `download_url` comes from [`Self::fapiao_files`]; the answer is not signed.
    /// `parameters` (mchid, openid, fapiao_id, invoice_code, invoice_no, as far as known) are appended unless the
    /// address has them.
    pub async fn fapiao_download(&self, download_url: &str, parameters: &[(&str, &str)]) -> Result<Vec<u8>, PayError> {
        let unreadable = |note: &str| PayError::unknown(UnknownReason::Unreadable, None, note);
        let mut url = Url::parse(download_url).map_err(|_| unreadable("the download address is no address"))?;
        let missing: Vec<_> = parameters
            .iter()
            .filter(|(name, _)| !url.query_pairs().any(|(given, _)| given == *name))
            .copied()
            .collect();
        if !missing.is_empty() {
            url.query_pairs_mut().extend_pairs(missing);
        }
        let mut response = self.get_unverified(url).await?;
        let mut file = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
            if file.len() + chunk.len() > FILE_BYTES_MAX {
                return Err(unreadable("the file is too large"));
            }
            file.extend_from_slice(&chunk);
        }
        Ok(file)
    }

    /// Asks to take invoices back (冲红). `Ok` means accepted; `FAPIAO.REVERSED` tells the end.
    pub async fn fapiao_reverse(
        &self,
        fapiao_apply_id: &str,
        reason: &str,
        invoices: &[FapiaoToReverse],
    ) -> Result<(), PayError> {
        let body = ReverseBody { reverse_reason: reason, fapiao_information: invoices };
        let path = [&ROOT[..], &["fapiao-applications", fapiao_apply_id, "reverse"]].concat();
        self.send(Call::post(&path, &body)?).await.map(drop)
    }

    /// The product's settings.
    pub async fn fapiao_development_config(&self) -> Result<DevelopmentConfig, PayError> {
        self.fapiao_get(&["merchant", "development-config"], &[]).await
    }

    /// Changes the product's settings: the address of notices, the invoice entry in receipts. `None` leaves as is.
    /// WeChat then probes the address with a request without signature; refusing it is right.
    pub async fn fapiao_set_development_config(
        &self,
        settings: &DevelopmentConfig,
    ) -> Result<DevelopmentConfig, PayError> {
        let path = [&ROOT[..], &["merchant", "development-config"]].concat();
        self.send(Call::patch(&path, settings)?).await?.json()
    }

    async fn fapiao_get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, PayError> {
        self.send(Call::get(&[&ROOT[..], path].concat(), query)).await?.json()
    }
}
