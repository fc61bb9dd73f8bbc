//! Files of strangers, for tests that throw bytes at them (`crate::doors`).

/// What became of a file.
pub struct Looked {
    /// Its media type.
    pub content_type: &'static str,
    /// What is kept.
    pub content: Vec<u8>,
    /// A small picture of it.
    pub preview: Option<Vec<u8>>,
}

/// Looks at a file as at one that came in parts.
///
/// # Errors
/// The sentence with which it is refused.
pub fn look_at(bytes: &[u8]) -> Result<Looked, String> {
    let accepted = super::check::check(bytes, 20)?;
    Ok(Looked {
        content_type: accepted.content_type,
        content: accepted.content.to_vec(),
        preview: accepted.preview.map(|preview| preview.to_vec()),
    })
}
