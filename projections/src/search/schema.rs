//! The fields of the index. A change of anything here is a new [`VERSION`] and a rebuild.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{TantivyDocument, Term};

use super::document::{Account, Document, Key, Status, flag};
use super::words;

/// Raised with the schema, the documents or the way texts are cut.
pub(super) const VERSION: u32 = 1;

/// Columns, by name: collectors read them so.
pub(super) mod column {
    pub(in crate::search) const STATUS: &str = "status";
    pub(in crate::search) const ACCOUNT: &str = "account";
    pub(in crate::search) const AUTHOR: &str = "author";
    pub(in crate::search) const CREATED: &str = "created";
    pub(in crate::search) const FLAGS: &str = "flags";
}

/// The fields.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    /// Which document.
    pub(super) key: Field,
    /// The document whole, as JSON.
    pub(super) whole: Field,
    /// Texts of a status.
    pub(super) text: Field,
    /// Hashtags of a status.
    pub(super) tag: Field,
    pub(super) language: Field,
    /// The id of a status; absent on other documents.
    status: Field,
    /// The id of an account; absent on other documents.
    account: Field,
    /// The author of a status.
    pub(super) author: Field,
    /// When a status was posted, in milliseconds since 1970.
    created: Field,
    flags: Field,
    /// The username of an account, folded, whole.
    pub(super) username: Field,
    /// The beginnings of an account's names.
    pub(super) name: Field,
    /// The note of a discoverable account.
    pub(super) note: Field,
}

impl Fields {
    pub(super) fn new() -> Self {
        let mut builder = Schema::builder();
        let cut = |tokenizer, record| {
            let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(record);
            TextOptions::default().set_indexing_options(indexing.set_fieldnorms(false))
        };
        Self {
            key: builder.add_text_field("key", STRING),
            whole: builder.add_text_field("whole", STORED),
            text: builder.add_text_field("text", cut(words::WORDS, IndexRecordOption::WithFreqsAndPositions)),
            tag: builder.add_text_field("tag", STRING),
            language: builder.add_text_field("language", STRING),
            status: builder.add_i64_field(column::STATUS, FAST),
            account: builder.add_i64_field(column::ACCOUNT, FAST),
            author: builder.add_i64_field(column::AUTHOR, FAST | INDEXED),
            created: builder.add_i64_field(column::CREATED, FAST),
            flags: builder.add_u64_field(column::FLAGS, FAST),
            username: builder.add_text_field("username", STRING),
            name: builder.add_text_field("name", cut(words::BEGINNINGS, IndexRecordOption::Basic)),
            note: builder.add_text_field("note", cut(words::WORDS, IndexRecordOption::Basic)),
            schema: builder.build(),
        }
    }

    /// The term that a document has alone.
    pub(super) fn key_term(&self, key: Key) -> Term {
        Term::from_field_text(self.key, &key.term())
    }

    /// A document as the index takes it.
    pub(super) fn index(&self, document: &Document) -> TantivyDocument {
        let mut indexed = TantivyDocument::default();
        indexed.add_text(self.key, document.key().term());
        indexed.add_text(self.whole, serde_json::to_string(document).expect("documents have JSON forms"));
        match document {
            Document::Account(account) => self.index_account(account, &mut indexed),
            Document::Media(_) => {}
            Document::Status(status) => self.index_status(status, &mut indexed),
        }
        indexed
    }

    fn index_account(&self, account: &Account, indexed: &mut TantivyDocument) {
        indexed.add_i64(self.account, account.id);
        indexed.add_u64(self.flags, if account.indexable { flag::INDEXABLE } else { 0 });
        indexed.add_text(self.username, account.username.to_lowercase());
        indexed.add_text(self.name, &account.username);
        indexed.add_text(self.name, &account.display_name);
        if account.discoverable {
            indexed.add_text(self.note, &account.note);
        }
    }

    fn index_status(&self, status: &Status, indexed: &mut TantivyDocument) {
        indexed.add_i64(self.status, status.id);
        indexed.add_i64(self.author, status.account_id);
        indexed.add_i64(self.created, status.created_at.as_millisecond());
        indexed.add_u64(self.flags, status.flags());
        let media = status.media.iter().map(|(_, description)| description);
        let texts = [&status.text, &status.spoiler_text].into_iter().chain(&status.options).chain(media);
        texts.filter(|text| !text.is_empty()).for_each(|text| indexed.add_text(self.text, text));
        status.tags.iter().for_each(|tag| indexed.add_text(self.tag, tag));
        if let Some(language) = &status.language {
            indexed.add_text(self.language, language.to_lowercase());
        }
    }
}
