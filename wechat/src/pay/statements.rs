//! Downloading bills (pay v3 §8): ask for the address, stream the file, compare the hash.

use serde::Deserialize;
use sha1::{Digest, Sha1};
use time::Date;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use url::Url;

use super::call::Call;
use super::client::{PayClient, transport_error};
use super::error::{PayError, UnknownReason};
use super::timestamps::day_text;

/// Which rows a trade bill holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TradeBillKind {
    /// Payments and refunds.
    #[default]
    All,
    /// Payments.
    Success,
    /// Refunds.
    Refund,
}

/// Which account a fund-flow bill is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FundAccount {
    /// 基本账户.
    #[default]
    Basic,
    /// 运营账户.
    Operation,
    /// 手续费账户.
    Fees,
}

/// A file that was written completely and whose hash fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// How many bytes.
    pub bytes: u64,
    /// SHA-1 in lower-case hexadecimal.
    pub sha1: String,
}

#[derive(Deserialize)]
struct BillAddress {
    hash_type: String,
    hash_value: String,
    download_url: String,
}

impl PayClient {
    /// Writes the trade bill of `day` (Beijing time) to `sink`, uncompressed. `Ok(None)` when nothing happened that
    /// day; `statement_creating()` on the error when it is not ready (before 10:00 the next day). After an error
    /// throw away what was written. Read the file with [`super::bills::BillReader`].
    pub async fn trade_bill<W: AsyncWrite + Unpin>(
        &self,
        day: Date,
        kind: TradeBillKind,
        sink: &mut W,
    ) -> Result<Option<Downloaded>, PayError> {
        let kind = match kind {
            TradeBillKind::All => "ALL",
            TradeBillKind::Success => "SUCCESS",
            TradeBillKind::Refund => "REFUND",
        };
        self.download_bill("tradebill", &[("bill_date", &day_text(day)), ("bill_type", kind)], sink).await
    }

    /// Writes the fund-flow bill of `day` to `sink`; otherwise like [`Self::trade_bill`].
    pub async fn fund_flow_bill<W: AsyncWrite + Unpin>(
        &self,
        day: Date,
        account: FundAccount,
        sink: &mut W,
    ) -> Result<Option<Downloaded>, PayError> {
        let account = match account {
            FundAccount::Basic => "BASIC",
            FundAccount::Operation => "OPERATION",
            FundAccount::Fees => "FEES",
        };
        self.download_bill("fundflowbill", &[("bill_date", &day_text(day)), ("account_type", account)], sink).await
    }

    async fn download_bill<W: AsyncWrite + Unpin>(
        &self,
        name: &str,
        query: &[(&str, &str)],
        sink: &mut W,
    ) -> Result<Option<Downloaded>, PayError> {
        let answer = match self.send(Call::get(&["v3", "bill", name], query)).await {
            Err(error) if error.no_statement() => return Ok(None),
            result => result?,
        };
        let address: BillAddress = answer.json()?;
        if address.hash_type != "SHA1" {
            return Err(unreadable(format!("unknown hash type {}", address.hash_type)));
        }
        // The address is signed and requested exactly as it was given; its answer carries no signature.
        let url = Url::parse(&address.download_url).map_err(|error| unreadable(error.to_string()))?;
        let mut response = self.get_unverified(url).await?;
        let mut hash = Sha1::new();
        let mut bytes = 0u64;
        while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
            hash.update(&chunk);
            bytes += chunk.len() as u64;
            sink.write_all(&chunk).await.map_err(|error| PayError::Invalid(format!("cannot write: {error}")))?;
        }
        sink.flush().await.map_err(|error| PayError::Invalid(format!("cannot write: {error}")))?;
        let sha1 = hex::encode(hash.finalize());
        if !sha1.eq_ignore_ascii_case(&address.hash_value) {
            return Err(PayError::unknown(UnknownReason::NotVerified, None, "the bill's hash does not fit"));
        }
        Ok(Some(Downloaded { bytes, sha1 }))
    }
}

fn unreadable(note: String) -> PayError {
    PayError::unknown(UnknownReason::Unreadable, None, note)
}
