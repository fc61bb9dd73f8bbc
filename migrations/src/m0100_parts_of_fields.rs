//! On PostgreSQL, the parts of a text are taken field by field. Before, they were taken from the whole text, in which a
//! character is found by counting from its beginning: an order of twenty fees cost more for this than for everything else
//! (docs/decisions/0010). Nobody asks for a part that reaches over the border of two fields, so that those are left out;
//! whoever reads, in this release or in the one before, finds what he found.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::columns::*;
use crate::m0091_searched_parts;

/// Every two characters, and every six that are plain (letters, digits and signs of one byte), of each field. In a language
/// whose statements are planned once in a connection, and sorted byte by byte: which comes first is of no meaning here.
const PARTS: &str = "CREATE OR REPLACE FUNCTION search_parts(searched text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ \
     BEGIN RETURN (SELECT coalesce(array_agg(DISTINCT part COLLATE \"C\"), '{}') FROM ( \
       SELECT substr(field, i, 2) AS part \
       FROM unnest(string_to_array(translate(searched, chr(10), '|'), '|')) AS field, generate_series(1, length(field) - 1) AS i \
       UNION ALL \
       SELECT substr(field, i, 6) \
       FROM unnest(string_to_array(translate(searched, chr(10), '|'), '|')) AS field, generate_series(1, length(field) - 5) AS i \
       WHERE octet_length(substr(field, i, 6)) = 6 \
     ) AS parts); END $$";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        put(manager, PARTS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        put(manager, m0091_searched_parts::PARTS).await
    }
}

async fn put(manager: &SchemaManager<'_>, parts: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    run(manager, &[parts]).await
}
