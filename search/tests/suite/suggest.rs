//! Completing beginnings and correcting queries, over real transcripts and titles.

use std::sync::Arc;

use async_trait::async_trait;
use reelgraph_models::asset::Revision;
use reelgraph_models::id::{AssetId, PersonId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::people::KnownBy;
use reelgraph_search::document::{AssetDocument, AssetKey, MomentDocument, PersonMention};
use reelgraph_search::error::SearchError;
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::query::SearchRequest;
use reelgraph_search::searcher::Searcher;
use reelgraph_search::suggest::{Suggester, Suggestion, SuggestionKind, SuggestionSource};
use reelgraph_search::text::{TextIndex, TextSettings};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{Outcome, TENANT, asset_id, document, moment, other_tenant, said, seconds, seen, titled, written};

/// From the film Sintel (Blender Foundation, CC BY 3.0), as a recogniser writes it down.
const SINTEL: [&str; 6] = [
    "This blade has a dark past. It has shed much innocent blood.",
    "You're a fool for travelling alone, so completely unprepared.",
    "You're lucky your blood's still flowing. Thank you.",
    "So, what brings you to the land of the gatekeepers?",
    "I'm searching for someone. Someone very dear? A kindred spirit? A dragon.",
    "A dangerous quest for a lone hunter. I've been alone for as long as I can remember.",
];

struct Library {
    _folder: TempDir,
    index: SearchIndex,
    suggester: Suggester,
}

async fn library(documents: Vec<AssetDocument>) -> Result<Library, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let text = TextIndex::open(folder.path(), TextSettings::default())?;
    let index = SearchIndex::text_only(Arc::new(text));
    index.apply(Batch { documents, ..Batch::default() }).await?;
    index.commit(Revision(1)).await?;
    Ok(Library { _folder: folder, suggester: Suggester::new(index.clone()), index })
}

fn film(tenant: TenantId) -> AssetDocument {
    let asset = asset_id(1);
    let spoken = (0..).zip(SINTEL).map(|(n, text)| said(asset, seconds(n * 10, n * 10 + 8), text, "en"));
    let seen = seen(asset, seconds(100, 110), &["snow mountain", "dragon", "mountain tent"]);
    let written = written(asset, seconds(120, 125), "Durian Open Movie Project");
    let title = titled(asset, "Sintel: the Élan trailer");
    document(tenant, asset, spoken.chain([seen, written, title]).collect())
}

impl Library {
    async fn suggest(&self, prefix: &str) -> Result<Vec<(SuggestionKind, String)>, SearchError> {
        let found = self.suggester.suggest(TENANT, prefix, 20, None).await?;
        Ok(found.into_iter().map(|it| (it.kind, it.text)).collect())
    }

    async fn texts(&self, prefix: &str) -> Result<Vec<String>, SearchError> {
        Ok(self.suggest(prefix).await?.into_iter().map(|(_, text)| text).collect())
    }

    /// The corrected query, and the words by themselves.
    async fn meant(&self, query: &str) -> Result<Option<(String, Vec<String>)>, SearchError> {
        let meant = self.suggester.did_you_mean(TENANT, query).await?;
        Ok(meant.map(|it| (it.query, it.corrections.into_iter().map(|it| format!("{}>{}", it.from, it.to)).collect())))
    }
}

#[tokio::test]
async fn beginnings_are_completed_by_titles_labels_words_and_pairs() -> Outcome {
    let library = library(vec![film(TENANT)]).await?;
    use SuggestionKind::{Label, Phrase, Title};
    let title = "Sintel: the Élan trailer";
    for (prefix, expected) in [
        ("sin", vec![(Title, title)]),
        ("ELAN", vec![(Title, title)]),
        ("trai", vec![(Title, title)]),
        ("mount", vec![(Label, "mountain tent"), (Label, "snow mountain")]),
        ("drag", vec![(Label, "dragon"), (Phrase, "dragon")]),
        ("gate", vec![(Phrase, "gatekeepers")]),
        ("kindred s", vec![(Phrase, "kindred spirit"), (Phrase, "kindred searching"), (Phrase, "kindred shed")]),
        ("my innoc", vec![(Phrase, "my innocent"), (Phrase, "my innocent blood")]),
        ("open ", vec![(Phrase, "open movie")]),
        ("zebra", vec![]),
        ("", vec![]),
        ("\u{0}  !", vec![]),
    ] {
        let found = library.suggest(prefix).await?;
        let expected: Vec<_> = expected.into_iter().map(|(kind, text)| (kind, text.to_owned())).collect();
        let is_there = expected.iter().all(|it| found.contains(it)) && (!expected.is_empty() || found.is_empty());
        assert!(is_there, "{prefix:?}: {found:?}");
        assert_eq!(found.first(), expected.first(), "{prefix:?}: {found:?}");
    }
    Ok(())
}

#[tokio::test]
async fn frequent_words_come_first_and_are_spelled_as_they_usually_are() -> Outcome {
    let asset = asset_id(1);
    let texts = ["eine Brücke", "die Brücke am See", "Brücke und Brot", "Brot", "die Brucker Bürger", "brucke"];
    let moments = (0..).zip(texts).map(|(n, text)| said(asset, seconds(n * 10, n * 10 + 5), text, "de")).collect();
    let more = said(asset_id(2), seconds(0, 5), "昨日は東京タワーに行きました", "ja");
    let library = library(vec![document(TENANT, asset, moments), document(TENANT, asset_id(2), vec![more])]).await?;
    assert_eq!(library.texts("br").await?, ["brücke", "brot", "brucker", "brucker bürger"]);
    assert_eq!(library.texts("Brück").await?.first().map(String::as_str), Some("brücke"));
    assert_eq!(library.texts("東京").await?, ["東京", "東京タワー"]);
    assert_eq!(library.texts("東京タ").await?, ["東京タワー"]);
    Ok(())
}

#[tokio::test]
async fn another_tenants_words_and_those_of_deleted_assets_are_never_suggested() -> Outcome {
    let kept = document(TENANT, asset_id(2), vec![said(asset_id(2), seconds(0, 5), "nothing of the kind", "en")]);
    let library = library(vec![film(other_tenant()), film(TENANT), kept]).await?;
    assert_eq!(library.texts("gate").await?, ["gatekeepers"]);
    let gone = AssetKey { tenant: TENANT, asset: asset_id(1) };
    library.index.apply(Batch { removed: vec![gone], ..Batch::default() }).await?;
    library.index.commit(Revision(2)).await?;
    for prefix in ["gate", "sin", "mount", "drag", "dark p"] {
        assert_eq!(library.texts(prefix).await?, Vec::<String>::new(), "{prefix}");
    }
    assert_eq!(library.meant("gatekeepres").await?, None);
    let theirs = library.suggester.suggest(other_tenant(), "gate", 5, None).await?;
    assert_eq!(theirs.len(), 1);
    Ok(())
}

#[tokio::test]
async fn words_that_are_nowhere_are_put_right_and_nothing_else_is_touched() -> Outcome {
    let library = library(vec![film(TENANT)]).await?;
    let right =
        |query: &str, words: &[&str]| Some((query.to_owned(), words.iter().map(|it| (*it).to_owned()).collect()));
    for (query, expected) in [
        ("gatekeepres", right("gatekeepers", &["gatekeepres>gatekeepers"])),
        (
            "the \"kindrd spirit\" of the draagon",
            right("the \"kindred spirit\" of the dragon", &["kindrd>kindred", "draagon>dragon"]),
        ),
        ("-draagon said:inocent OR mountian*", right("-draagon said:innocent OR mountian*", &["inocent>innocent"])),
        ("Sintle Trailer", right("sintel Trailer", &["Sintle>sintel"])),
        // Another form of a word that is there, and the words themselves.
        ("travel hunters bloods", None),
        ("dangerous quest for a lone hunter", None),
        // Nothing is near; too short to tell; no word.
        ("zzzzzzzz", None),
        ("dog cat", None),
        ("2026 \"", None),
        // A field that there is not.
        ("dragon.gatekeepres>1", None),
        ("", None),
    ] {
        assert_eq!(library.meant(query).await?, expected, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn a_frequent_word_is_meant_where_a_rare_one_was_a_slip_of_the_recogniser() -> Outcome {
    let asset = asset_id(1);
    let text = |n: i64| if n == 7 { "the hobbour" } else { "the harbour at night" };
    let mut moments: Vec<_> = (0..60).map(|n| said(asset, seconds(n * 10, n * 10 + 5), text(n), "en")).collect();
    moments.push(said(asset, seconds(900, 905), "harbor seals", "en"));
    let library = library(vec![document(TENANT, asset, moments)]).await?;
    // Both are there; one sixty times as often, and no two letters apart.
    assert_eq!(library.meant("harbor").await?.map(|it| it.0), Some("harbour".to_owned()));
    assert_eq!(library.meant("harbour").await?, None);
    assert_eq!(library.meant("harbuor").await?.map(|it| it.0), Some("harbour".to_owned()));
    Ok(())
}

/// An asset in which someone is seen and heard, who may have a name.
fn starring(tenant: TenantId, asset: AssetId, names: &[Option<&str>]) -> AssetDocument {
    let mention = |(number, name): (u128, &Option<&str>)| PersonMention {
        id: PersonId::from_uuid(Uuid::from_u128(number)),
        name: name.map(str::to_owned),
        by: if number % 2 == 0 { KnownBy::Face } else { KnownBy::Voice },
    };
    let people = (0..).zip(names).map(mention).collect();
    let shot = MomentDocument { people, ..moment(asset, MomentKind::Shot, seconds(0, 5)) };
    document(tenant, asset, vec![shot])
}

#[tokio::test]
async fn people_are_suggested_by_any_of_their_names_and_by_nothing_else() -> Outcome {
    use SuggestionKind::Person;

    let names = [Some("Zoë Ångström"), Some("Ada \"The Countess\" Lovelace"), None];
    let theirs = starring(other_tenant(), asset_id(9), &[Some("Zoë of Others")]);
    let library = library(vec![film(TENANT), starring(TENANT, asset_id(2), &names), theirs]).await?;
    let quoted = "Ada \"The Countess\" Lovelace";
    for (prefix, expected) in [
        ("zo", vec!["Zoë Ångström"]),
        ("ANGST", vec!["Zoë Ångström"]),
        ("zoe a", vec!["Zoë Ångström"]),
        ("love", vec![quoted]),
        ("person:zo", vec!["person:\"Zoë Ångström\""]),
        ("red car person:\"zoë å", vec!["red car person:\"Zoë Ångström\""]),
        ("-speaker:ada", vec!["-speaker:\"Ada  The Countess  Lovelace\""]),
        ("person:", vec![]),
        ("person:gate", vec![]),
        ("person:\"zoe\" x", vec![]),
        ("zoe o", vec![]),
    ] {
        let found = library.suggester.suggest(TENANT, prefix, 20, Some(&[Person])).await?;
        let texts: Vec<&str> = found.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, expected, "{prefix}");
    }
    // After the field only names are meant, and the words of a title or a sentence are not.
    assert_eq!(library.texts("person:sin").await?, Vec::<String>::new());
    assert_eq!(library.texts("title:sin").await?, ["title:\"Sintel: the Élan trailer\""]);
    assert_eq!(library.texts("asset.title:sin").await?, ["asset.title:\"Sintel: the Élan trailer\""]);
    assert_eq!(library.suggest("zo").await?.first().map(|(kind, _)| *kind), Some(Person));
    let phrases = library.suggester.suggest(TENANT, "person:zo", 20, Some(&[SuggestionKind::Phrase])).await?;
    assert_eq!(phrases, []);
    // What is suggested finds them.
    let found = Searcher::new(library.index.clone());
    let found = found.search(&SearchRequest::parse(TENANT, "person:\"Zoë Ångström\"")?).await?;
    assert_eq!(found.edges.first().map(|edge| edge.node.asset), Some(asset_id(2)));

    let renamed = starring(TENANT, asset_id(2), &[Some("Zora Neale"), None]);
    library.index.apply(Batch { documents: vec![renamed], ..Batch::default() }).await?;
    library.index.commit(Revision(2)).await?;
    for (prefix, expected) in [("zo", vec!["Zora Neale"]), ("ada", vec![]), ("ang", vec![])] {
        assert_eq!(library.texts(prefix).await?, expected, "{prefix}");
    }
    Ok(())
}

/// Whoever knows concepts.
#[derive(Debug)]
struct Concepts;

#[async_trait]
impl SuggestionSource for Concepts {
    fn kind(&self) -> SuggestionKind {
        SuggestionKind::Concept
    }

    async fn suggest(&self, _: TenantId, prefix: &str, most: usize) -> Result<Vec<Suggestion>, SearchError> {
        let names = ["dragonfly", "dragoon"];
        let begun = names.into_iter().filter(|name| name.to_lowercase().starts_with(prefix)).take(most);
        Ok(begun.map(|name| Suggestion { kind: self.kind(), text: name.to_owned(), moments: 3 }).collect())
    }
}

#[tokio::test]
async fn whoever_knows_names_takes_part() -> Outcome {
    let library = library(vec![film(TENANT)]).await?;
    let suggester = library.suggester.clone().with_source(Arc::new(Concepts));
    let found = suggester.suggest(TENANT, "drag", 3, None).await?;
    let texts: Vec<_> = found.iter().map(|it| (it.kind, it.text.as_str())).collect();
    assert_eq!(
        texts,
        [(SuggestionKind::Concept, "dragonfly"), (SuggestionKind::Label, "dragon"), (SuggestionKind::Phrase, "dragon")]
    );
    let concepts = suggester.suggest(TENANT, "drag", 5, Some(&[SuggestionKind::Concept])).await?;
    assert_eq!(concepts.len(), 2);
    Ok(())
}
