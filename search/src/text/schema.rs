//! Fields of the text index and the terms that go into them.

use reelgraph_models::id::{AssetId, TenantId};
use reelgraph_models::observation::Modality;
use tantivy::Term;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};

use crate::analysis::Language;
use crate::query::Field as QueryField;

/// Changes whenever what is written changes meaning; an index of another format is built anew.
pub(super) const FORMAT: u32 = 7;

/// Between the name of a field and what its value is ordered by; no name has it.
const ORDER_MARK: char = '\u{1f}';
/// The character after it.
const AFTER_ORDER_MARK: char = '\u{20}';

/// A channel of evidence that has words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// What is seen: labels of the picture and objects.
    Seen,
    /// Title and file name.
    Title,
    /// What is said.
    Said,
    /// What is written on screen.
    Written,
    /// Names of people whose face is seen.
    Face,
    /// Names of people whose voice is heard.
    Voice,
    /// What is to be heard beside speech.
    Sound,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 7] =
        [Self::Seen, Self::Title, Self::Said, Self::Written, Self::Face, Self::Voice, Self::Sound];

    /// The modality that its matches are reported as.
    pub const fn modality(self) -> Modality {
        match self {
            Self::Seen => Modality::Tags,
            Self::Title => Modality::Title,
            Self::Said => Modality::Speech,
            Self::Written => Modality::ScreenText,
            Self::Face => Modality::Faces,
            Self::Voice => Modality::Speakers,
            Self::Sound => Modality::Sound,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Title => "title",
            Self::Said => "said",
            Self::Written => "written",
            Self::Face => "face",
            Self::Voice => "voice",
            Self::Sound => "sound",
        }
    }

    /// Whether something that was asked for in a field may be found here.
    pub(crate) fn answers(self, field: Option<QueryField>) -> bool {
        match field {
            // A concept is found by any of its labels, wherever they are.
            None | Some(QueryField::Concept) => true,
            Some(QueryField::Said) => self == Self::Said,
            Some(QueryField::Seen) => self == Self::Seen,
            Some(QueryField::Text) => self == Self::Written,
            Some(QueryField::Title) => self == Self::Title,
            Some(QueryField::Person) => matches!(self, Self::Face | Self::Voice),
            Some(QueryField::Speaker) => self == Self::Voice,
            Some(QueryField::Sound) => self == Self::Sound,
        }
    }
}

/// The two fields of a channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChannelFields {
    pub(super) exact: Field,
    pub(super) stem: Field,
}

/// Every field.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    channels: [ChannelFields; 7],
    /// Tenant, for counts.
    pub(super) tenant: Field,
    /// Tenant and asset, for filters and for deletion.
    pub(super) asset_key: Field,
    /// Tenant and language of any text of the moment.
    pub(super) language: Field,
    /// Tenant and spoken language of the asset.
    pub(super) spoken: Field,
    /// Tenant and demuxer of the asset.
    pub(super) container: Field,
    /// Tenant and language of captions of the asset.
    pub(super) captions: Field,
    /// Tenant and what was decided about the asset.
    pub(super) review: Field,
    /// Tenant, territory and days of licences of the asset.
    pub(super) licences: Field,
    /// Tenant and field of the asset, field and folded value, or field and the beginning of a number or date.
    pub(super) metadata: Field,
    /// Tenant and field of the asset, or field and value as people wrote it; only counted.
    pub(super) metadata_shown: Field,
    /// Tenant, field of the asset or nothing for its title, and what its value is ordered by; one of each.
    pub(super) order_key: Field,
    /// Tenant and folded word of the asset's title or file name.
    pub(super) title_word: Field,
    /// Tenant and name of someone who is seen or heard; only counted.
    pub(super) person_shown: Field,
    /// Tenant, class of objects and a number of them that were in one picture.
    pub(super) object: Field,
    /// Tenant and class of objects by its own name; only counted.
    pub(super) object_shown: Field,
    /// Tenant and what completes a beginning; see [`crate::suggest`].
    pub(super) suggest: Field,
    pub(super) asset_high: Field,
    pub(super) asset_low: Field,
    pub(super) moment_high: Field,
    /// Indexed as well, so that moments can be looked up by their id.
    pub(super) moment_low: Field,
    pub(super) kind: Field,
    /// Microseconds.
    pub(super) start: Field,
    /// Microseconds.
    pub(super) end: Field,
    /// Microseconds.
    pub(super) duration: Field,
    /// Microseconds since 1970.
    pub(super) created: Field,
    pub(super) width: Field,
    pub(super) height: Field,
    pub(super) has_audio: Field,
    pub(super) has_video: Field,
    /// First and last position.
    pub(super) shots: [Field; 2],
    /// First and last position.
    pub(super) scenes: [Field; 2],
}

impl Fields {
    pub(super) fn new() -> Self {
        let mut schema = Schema::builder();
        let channels = Channel::ALL.map(|channel| ChannelFields {
            exact: words(&mut schema, &format!("{}_exact", channel.name())),
            stem: words(&mut schema, &format!("{}_stem", channel.name())),
        });
        Self {
            channels,
            tenant: schema.add_text_field("tenant", STRING),
            asset_key: schema.add_text_field("asset_key", STRING),
            language: schema.add_text_field("language", STRING),
            spoken: schema.add_text_field("spoken", STRING | FAST),
            container: schema.add_text_field("container", STRING | FAST),
            captions: schema.add_text_field("captions", STRING),
            review: schema.add_text_field("review", STRING | FAST),
            licences: schema.add_text_field("licences", STRING),
            metadata: schema.add_text_field("metadata", STRING),
            metadata_shown: schema.add_text_field("metadata_shown", FAST),
            order_key: schema.add_text_field("order_key", FAST),
            title_word: schema.add_text_field("title_word", STRING),
            person_shown: schema.add_text_field("person_shown", FAST),
            object: schema.add_text_field("object", STRING),
            object_shown: schema.add_text_field("object_shown", FAST),
            suggest: schema.add_text_field("suggest", STRING),
            asset_high: schema.add_u64_field("asset_high", FAST),
            asset_low: schema.add_u64_field("asset_low", FAST),
            moment_high: schema.add_u64_field("moment_high", FAST),
            moment_low: schema.add_u64_field("moment_low", FAST | INDEXED),
            kind: schema.add_u64_field("kind", FAST | INDEXED),
            start: schema.add_i64_field("start", FAST),
            end: schema.add_i64_field("end", FAST),
            duration: schema.add_i64_field("duration", FAST),
            created: schema.add_i64_field("created", FAST),
            width: schema.add_u64_field("width", FAST),
            height: schema.add_u64_field("height", FAST),
            has_audio: schema.add_u64_field("has_audio", FAST | INDEXED),
            has_video: schema.add_u64_field("has_video", FAST | INDEXED),
            shots: ["shot_first", "shot_last"].map(|name| schema.add_u64_field(name, FAST)),
            scenes: ["scene_first", "scene_last"].map(|name| schema.add_u64_field(name, FAST)),
            schema: schema.build(),
        }
    }

    pub(super) fn channel(&self, channel: Channel) -> ChannelFields {
        let [seen, title, said, written, face, voice, sound] = self.channels;
        match channel {
            Channel::Seen => seen,
            Channel::Title => title,
            Channel::Said => said,
            Channel::Written => written,
            Channel::Face => face,
            Channel::Voice => voice,
            Channel::Sound => sound,
        }
    }
}

/// Words come analysed; the field only records where they stand.
fn words(schema: &mut SchemaBuilder, name: &str) -> Field {
    let indexing =
        TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::WithFreqsAndPositions);
    schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
}

/// Makes the terms of one tenant: nothing else in the text index does, so a query can only meet that tenant's postings.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    tenant: TenantId,
    prefix: String,
}

impl Scope {
    pub(super) fn of(tenant: TenantId) -> Self {
        Self { tenant, prefix: tenant.as_uuid().simple().to_string() }
    }

    /// Whose terms these are.
    pub(super) fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The stored form of a word. The prefix has a fixed length, so no two tenants' words can be equal.
    pub(super) fn word(&self, word: &str) -> String {
        format!("{}{word}", self.prefix)
    }

    /// The word of a stored form; `None` where it is another tenant's.
    pub(super) fn bare<'a>(&self, stored: &'a [u8]) -> Option<&'a str> {
        std::str::from_utf8(stored).ok()?.strip_prefix(self.prefix.as_str())
    }

    /// Whose a stored form is, and its word; `None` where it has no tenant.
    pub(super) fn tenant_and_word(stored: &[u8]) -> Option<(TenantId, String)> {
        let (tenant, word) = std::str::from_utf8(stored).ok()?.split_at_checked(uuid::fmt::Simple::LENGTH)?;
        Some((TenantId::from_uuid(tenant.parse().ok()?), word.to_owned()))
    }

    /// What the value of a field is ordered by; of the title without a name, which no field is.
    pub(super) fn order_word(&self, name: &str, key: &str) -> String {
        format!("{}{name}{ORDER_MARK}{key}", self.prefix)
    }

    /// Before what every such word of a field comes that has one.
    pub(super) fn after_order_words(&self, name: &str) -> String {
        format!("{}{name}{AFTER_ORDER_MARK}", self.prefix)
    }

    pub(super) fn term(&self, field: Field, word: &str) -> Term {
        Term::from_field_text(field, &self.word(word))
    }

    pub(super) fn tenant_term(&self, fields: &Fields) -> Term {
        self.term(fields.tenant, "")
    }

    pub(super) fn asset_word(&self, asset: AssetId) -> String {
        self.word(&asset.as_uuid().simple().to_string())
    }

    pub(super) fn asset_term(&self, fields: &Fields, asset: AssetId) -> Term {
        Term::from_field_text(fields.asset_key, &self.asset_word(asset))
    }

    pub(super) fn language_term(&self, fields: &Fields, language: Language) -> Term {
        self.term(fields.language, language.code())
    }
}
