//! One request, before it is signed and sent.

use serde::Serialize;
use url::Url;

use super::error::PayError;
use crate::http;

/// One request to be sent.
pub(crate) struct Call {
    pub(crate) method: reqwest::Method,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) encryption_serial: Option<String>,
}

impl Call {
    pub(crate) fn get(segments: &[&str], query: &[(&str, &str)]) -> Self {
        Self::new(reqwest::Method::GET, segments, query, None)
    }

    pub(crate) fn post<T: Serialize + ?Sized>(segments: &[&str], body: &T) -> Result<Self, PayError> {
        Self::with_body(reqwest::Method::POST, segments, body)
    }

    pub(crate) fn patch<T: Serialize + ?Sized>(segments: &[&str], body: &T) -> Result<Self, PayError> {
        Self::with_body(reqwest::Method::PATCH, segments, body)
    }

    /// Names the key with which fields of the body were encrypted.
    pub(crate) fn encrypted_for(mut self, serial: Option<String>) -> Self {
        self.encryption_serial = serial;
        self
    }

    fn with_body<T: Serialize + ?Sized>(
        method: reqwest::Method,
        segments: &[&str],
        body: &T,
    ) -> Result<Self, PayError> {
        let body = serde_json::to_vec(body).map_err(|error| PayError::Invalid(error.to_string()))?;
        Ok(Self::new(method, segments, &[], Some(body)))
    }

    fn new(method: reqwest::Method, segments: &[&str], query: &[(&str, &str)], body: Option<Vec<u8>>) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            method,
            segments: segments.iter().map(|segment| (*segment).to_owned()).collect(),
            query: query.iter().map(owned).collect(),
            body,
            encryption_serial: None,
        }
    }

    /// The address as it is signed and sent. A number that is empty or would climb in the path is refused: it would
    /// ask for something else.
    pub(crate) fn url(&self, base: &Url) -> Result<Url, PayError> {
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(PayError::Invalid("a number must not be empty".to_owned()));
        }
        let query: Vec<(&str, &str)> = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Ok(http::join(base, &segments, &query))
    }
}
