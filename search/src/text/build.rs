//! From an asset's document to entries of the text index.

use std::collections::{BTreeMap, BTreeSet};

use reelgraph_models::people::KnownBy;
use tantivy::TantivyDocument;
use tantivy::tokenizer::{PreTokenizedString, Token as IndexToken};

use super::schema::{Channel, Fields, Scope};
use crate::analysis::{Language, Script, Stemming, fold_label, language_of, pairs, romanised, tokenize};
use crate::document::{AssetDocument, Label, MomentDocument, ObjectCount, Passage};
use crate::kind::code_of;
use crate::order::{title_key, value_key};
use crate::query::condition::{MAX_COUNTED_OBJECTS, metadata_word, metadata_words, object_word};
use crate::query::licence_words;
use crate::suggest::Completions;

/// Unused positions between two passages, so that no phrase reaches across.
const PASSAGE_GAP: usize = 16;
/// Most occurrences of a label of full confidence; BM25 counts occurrences, and levels off after a few.
const FULL_CONFIDENCE_OCCURRENCES: f32 = 3.0;

/// Entries of all moments of an asset.
pub(super) fn entries(fields: &Fields, document: &AssetDocument) -> Vec<TantivyDocument> {
    let scope = Scope::of(document.tenant);
    let mut stemming = Stemming::default();
    let mut shared = TantivyDocument::default();
    let asset = &document.fields;
    shared.add_text(fields.tenant, scope.word(""));
    shared.add_text(fields.asset_key, scope.asset_word(document.asset));
    let (high, low) = document.asset.as_uuid().as_u64_pair();
    shared.add_u64(fields.asset_high, high);
    shared.add_u64(fields.asset_low, low);
    shared.add_i64(fields.duration, asset.duration.as_micros());
    shared.add_i64(fields.created, asset.created_at.timestamp_micros());
    if let Some(width) = asset.width_px {
        shared.add_u64(fields.width, width.into());
    }
    if let Some(height) = asset.height_px {
        shared.add_u64(fields.height, height.into());
    }
    shared.add_u64(fields.has_audio, asset.has_audio.into());
    shared.add_u64(fields.has_video, asset.has_video.into());
    for name in container_names(&asset.container) {
        shared.add_text(fields.container, scope.word(name));
    }
    for language in &asset.languages {
        shared.add_text(fields.spoken, scope.word(&language.to_lowercase()));
    }
    for language in &asset.caption_languages {
        shared.add_text(fields.captions, scope.word(&language.to_lowercase()));
    }
    shared.add_text(fields.review, scope.word(asset.review.as_str()));
    for word in licence_words(&asset.rights) {
        shared.add_text(fields.licences, scope.word(&word));
    }
    for word in metadata_words(&asset.file.asked(&asset.metadata)) {
        shared.add_text(fields.metadata, scope.word(&word));
    }
    for (name, values) in asset.metadata.fields() {
        shared.add_text(fields.metadata_shown, scope.word(&metadata_word(name, None)));
        for value in values {
            shared.add_text(fields.metadata_shown, scope.word(&metadata_word(name, Some(value))));
        }
    }
    if let Some(key) = title_key(&asset.title) {
        shared.add_text(fields.order_key, scope.order_word("", &key));
    }
    for (name, values) in asset.file.ordering(&asset.metadata) {
        if let Some(first) = values.first() {
            shared.add_text(fields.order_key, scope.order_word(name, &value_key(first)));
        }
    }
    for word in title_words(asset.title.as_str(), asset.file_name.as_str()) {
        shared.add_text(fields.title_word, scope.word(&word));
    }
    let mut completions = Completions::default();
    let build = |moment| {
        let spoken = asset.languages.first();
        entry(fields, &scope, (&mut stemming, &mut completions), shared.clone(), moment, spoken)
    };
    document.moments.iter().map(build).collect()
}

/// A demuxer's short name and, where it is a list of formats, each of them.
pub(crate) fn container_names(container: &str) -> impl Iterator<Item = &str> {
    let formats = container.split(',').filter(move |format| !format.is_empty() && *format != container);
    std::iter::once(container).chain(formats)
}

/// Folded words of title and file name, each once.
pub(crate) fn title_words(title: &str, file_name: &str) -> BTreeSet<String> {
    tokenize(title).into_iter().chain(tokenize(file_name)).map(|token| token.exact).collect()
}

/// The words of every class of objects, by each of its names, and every number of them that was reached.
pub(crate) fn object_words(objects: &[ObjectCount]) -> Vec<String> {
    let mut counts = BTreeMap::<String, u32>::new();
    for object in objects {
        for name in std::iter::once(&object.label).chain(&object.also) {
            let most = counts.entry(fold_label(name)).or_default();
            *most = (*most).max(object.count.min(MAX_COUNTED_OBJECTS));
        }
    }
    counts.remove("");
    counts.iter().flat_map(|(label, most)| (1..=*most).map(|count| object_word(label, count))).collect()
}

fn entry(
    fields: &Fields,
    scope: &Scope,
    (stemming, completions): (&mut Stemming, &mut Completions),
    mut entry: TantivyDocument,
    moment: &MomentDocument,
    spoken: Option<&String>,
) -> TantivyDocument {
    let (high, low) = moment.id.as_uuid().as_u64_pair();
    entry.add_u64(fields.moment_high, high);
    entry.add_u64(fields.moment_low, low);
    entry.add_u64(fields.kind, code_of(moment.kind));
    entry.add_i64(fields.start, moment.span.start().as_micros());
    entry.add_i64(fields.end, moment.span.end().as_micros());

    for completion in completions.of(moment, spoken.map(String::as_str)) {
        entry.add_text(fields.suggest, scope.word(&completion));
    }

    let mut languages = BTreeSet::new();
    let mut add = |channel: Channel, passages: &mut dyn Iterator<Item = (&str, Language, usize)>| {
        let words = analyze(scope, stemming, passages);
        if !words.exact.is_empty() {
            let channel = fields.channel(channel);
            entry.add_pre_tokenized_text(channel.exact, pre_tokenized(words.exact));
            entry.add_pre_tokenized_text(channel.stem, pre_tokenized(words.stems));
            languages.extend(words.languages);
        }
    };
    add(Channel::Said, &mut moment.said.iter().map(|passage| running(passage, None)));
    add(Channel::Written, &mut moment.written.iter().map(|passage| running(passage, spoken)));
    add(Channel::Title, &mut moment.titles.iter().map(|passage| running(passage, spoken)));
    add(
        Channel::Seen,
        &mut moment.seen.iter().map(|label| (label.text.as_str(), Language::English, occurrences(label))),
    );
    add(
        Channel::Sound,
        &mut moment.sounds.iter().map(|label| (label.text.as_str(), Language::English, occurrences(label))),
    );
    for (channel, by) in [(Channel::Face, KnownBy::Face), (Channel::Voice, KnownBy::Voice)] {
        let named = moment.people.iter().filter(|person| person.by == by).filter_map(|person| person.name.as_deref());
        // No language inflects a name by rules that a stemmer knows.
        add(channel, &mut named.map(|name| (name, Language::English, 1)));
    }
    let names: BTreeSet<&str> = moment.people.iter().filter_map(|person| person.name.as_deref()).collect();
    for name in names {
        entry.add_text(fields.person_shown, scope.word(name));
    }
    for word in object_words(&moment.objects) {
        entry.add_text(fields.object, scope.word(&word));
    }
    let classes: BTreeSet<String> = moment.objects.iter().map(|object| fold_label(&object.label)).collect();
    for class in classes.iter().filter(|class| !class.is_empty()) {
        entry.add_text(fields.object_shown, scope.word(class));
    }
    for (fields, ordinals) in [(fields.shots, moment.shots), (fields.scenes, moment.scenes)] {
        let [first, last] = fields;
        if let Some(ordinals) = ordinals {
            entry.add_u64(first, ordinals.first.into());
            entry.add_u64(last, ordinals.last.into());
        }
    }
    for language in languages {
        entry.add_text(fields.language, scope.word(language.code()));
    }
    entry
}

fn running<'a>(passage: &'a Passage, otherwise: Option<&String>) -> (&'a str, Language, usize) {
    let code = passage.language.as_ref().or(otherwise).map(String::as_str);
    (&passage.text, language_of(code, &passage.text), 1)
}

fn occurrences(label: &Label) -> usize {
    let confidence = if label.confidence.is_finite() { label.confidence.clamp(0.0, 1.0) } else { 0.0 };
    // In range: at most the constant above.
    (confidence * FULL_CONFIDENCE_OCCURRENCES).ceil().max(1.0) as usize
}

#[derive(Default)]
struct Words {
    exact: Vec<IndexToken>,
    stems: Vec<IndexToken>,
    languages: BTreeSet<Language>,
}

/// Analyses passages one after the other: each text, its language, and how often it counts.
fn analyze(
    scope: &Scope,
    stemming: &mut Stemming,
    passages: &mut dyn Iterator<Item = (&str, Language, usize)>,
) -> Words {
    let mut words = Words::default();
    let mut position = 0;
    for (text, language, times) in passages {
        let tokens = tokenize(text);
        let mut is_stemmed = false;
        for _ in 0..times {
            for (place, token) in tokens.iter().enumerate() {
                words.exact.push(index_token(scope.word(&token.exact), position + place));
                if let Some(roman) = romanised(&token.exact) {
                    words.exact.push(index_token(scope.word(&roman), position + place));
                }
                if token.script == Script::Spaced {
                    let stem = stemming.stem(&token.surface, language);
                    words.stems.push(index_token(scope.word(&stem), position + place));
                    is_stemmed = true;
                }
            }
            for (place, pair) in pairs(&tokens) {
                words.exact.push(index_token(scope.word(&pair.exact), position + place));
            }
            position += tokens.len() + PASSAGE_GAP;
        }
        if is_stemmed {
            words.languages.insert(language);
        }
    }
    // Postings want positions in order; pairs were added after the characters that they begin with.
    words.exact.sort_by_key(|token| token.position);
    words
}

fn index_token(text: String, position: usize) -> IndexToken {
    IndexToken { offset_from: 0, offset_to: 0, position, text, position_length: 1 }
}

/// The field is not stored, so the text itself need not be kept.
fn pre_tokenized(tokens: Vec<IndexToken>) -> PreTokenizedString {
    PreTokenizedString { text: String::new(), tokens }
}
