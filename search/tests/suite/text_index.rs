//! The text index on its own: languages, channels, filters, tenants, and what happens to its folder.

use std::error::Error;
use std::path::Path;

use crate::support::{
    Outcome, TENANT, asset_id, document, file, licensed, noted, other_tenant, place_and_day, said, seconds, seen,
    titled, with, within, written,
};
use reelgraph_models::asset::Revision;
use reelgraph_models::id::{MomentId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::review::ReviewState;
use reelgraph_models::time::MediaTime;
use reelgraph_search::document::{AssetDocument, AssetFields, AssetKey};
use reelgraph_search::error::SearchError;
use reelgraph_search::query::Query;
use reelgraph_search::query::filter::{Between, Filter};
use reelgraph_search::text::{Channel, TextCandidate, TextIndex, TextSettings};

fn open(folder: &Path) -> Result<TextIndex, SearchError> {
    TextIndex::open(folder, TextSettings::default())
}

async fn publish(index: &TextIndex, documents: Vec<AssetDocument>) -> Result<(), SearchError> {
    index.apply(documents.into(), &[]).await?;
    index.commit(Revision(1)).await
}

async fn find(
    index: &TextIndex,
    tenant: TenantId,
    query: &str,
    filter: &Filter,
) -> Result<Vec<(Channel, TextCandidate)>, Box<dyn Error>> {
    let query = Query::parse(query)?;
    let retrieval = query.retrieval().ok_or("more than one look")?;
    let matches = index.search(tenant, retrieval, filter, 100).await?;
    let flat = matches.channels.into_iter().flat_map(|list| {
        let channel = list.channel;
        list.candidates.into_iter().map(move |candidate| (channel, candidate))
    });
    Ok(flat.collect())
}

async fn moments(index: &TextIndex, query: &str) -> Result<Vec<MomentId>, Box<dyn Error>> {
    let found = find(index, TENANT, query, &Filter::default()).await?;
    Ok(found.into_iter().map(|(_, candidate)| candidate.moment).collect())
}

#[tokio::test]
async fn words_are_found_in_any_form_of_their_own_language() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = open(folder.path())?;
    let asset = asset_id(1);
    let texts = [
        ("en", "She was running towards the limited editions", "limited edition run"),
        ("de", "Die Häuser standen leer", "haus"),
        ("de", "Wir sahen die Häuser am See", "hausern"),
        ("fr", "L’élève mangeait une pomme", "ELEVE"),
        ("fr", "Nous avons mangé", "mangées"),
        ("ru", "Он читал интересные книги", "книга"),
        // In Latin letters, and the other way about.
        ("ru", "Он читал интересные книги", "knigi"),
        ("el", "το κάστρο στην Αθήνα", "athina"),
        ("en", "a castle in Moskva", "Москва"),
        ("es", "Las canciones son bonitas", "canción"),
        ("ja", "昨日は東京タワーに行きました", "東京タワー"),
        ("zh", "我们在北京大学学习", "北京"),
        ("ko", "서울에서 만나요", "서울"),
        ("ar", "قرأت الكتاب أمس", "كتاب"),
        ("th", "สวัสดีครับ", "สวัสดี"),
        ("tr", "Kitapları okudum", "kitaplar"),
    ];
    let spans = (0_i64..).map(|n| seconds(n * 10, n * 10 + 5));
    let said: Vec<_> =
        texts.iter().zip(spans).map(|((language, text, _), span)| said(asset, span, text, language)).collect();
    publish(&index, vec![document(TENANT, asset, said.clone())]).await?;
    for ((_, text, query), moment) in texts.iter().zip(&said) {
        assert!(moments(&index, query).await?.contains(&moment.id), "{query:?} does not find {text:?}");
    }
    // A stem of one language does not meet the same letters in another.
    let gift = crate::support::said(asset_id(2), seconds(0, 1), "gifts for everyone", "en");
    publish(&index, vec![document(TENANT, asset_id(2), vec![gift])]).await?;
    assert!(moments(&index, "東亰").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn more_of_the_query_and_closer_together_ranks_higher() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = open(folder.path())?;
    let asset = asset_id(1);
    let filler = "and then we went on to speak of many other things that day";
    let moments_said = vec![
        said(asset, seconds(0, 5), "the red car stood there", "en"),
        said(asset, seconds(10, 15), &format!("red is a colour {filler} a car"), "en"),
        said(asset, seconds(20, 25), "the car the car the car", "en"),
        said(asset, seconds(30, 35), "nothing of it", "en"),
    ];
    let ids: Vec<_> = moments_said.iter().map(|moment| moment.id).collect();
    publish(&index, vec![document(TENANT, asset, moments_said)]).await?;
    assert_eq!(moments(&index, "red car").await?, ids[..3]);
    assert_eq!(moments(&index, "\"red car\"").await?, ids[..1]);
    assert_eq!(moments(&index, "\"car red\"").await?, []);
    Ok(())
}

#[tokio::test]
async fn each_channel_answers_for_itself_and_can_be_left_out() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = open(folder.path())?;
    let asset = asset_id(1);
    let moments = vec![
        seen(asset, seconds(0, 5), &["dragon"]),
        written(asset, seconds(5, 9), "Here be\ndragons"),
        said(asset, seconds(0, 4), "a dragon", "en"),
        titled(asset, "The Dragon_Film.mp4"),
    ];
    publish(&index, vec![document(TENANT, asset, moments)]).await?;
    let found = find(&index, TENANT, "dragon", &Filter::default()).await?;
    let mut channels: Vec<_> = found.iter().map(|(channel, _)| *channel).collect();
    channels.sort_unstable();
    assert_eq!(channels, [Channel::Seen, Channel::Title, Channel::Said, Channel::Written]);
    let only = Filter { modalities: Some(vec![Modality::Objects, Modality::Speech]), ..Filter::default() };
    let found = find(&index, TENANT, "dragon", &only).await?;
    assert_eq!(found.iter().map(|(channel, _)| *channel).collect::<Vec<_>>(), [Channel::Seen, Channel::Said]);
    Ok(())
}

#[tokio::test]
async fn filters_let_through_what_they_name() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = open(folder.path())?;
    let plain = document(TENANT, asset_id(1), vec![said(asset_id(1), seconds(0, 5), "word", "en")]);
    let mut rich = document(TENANT, asset_id(2), vec![said(asset_id(2), seconds(10, 15), "word", "en")]);
    rich.fields = AssetFields {
        title: "Äpfel im Garten".into(),
        file_name: "apples_01.mp4".into(),
        container: "matroska,webm".into(),
        duration: MediaTime::from_millis(90_000),
        created_at: "2026-03-01T12:00:00Z".parse()?,
        width_px: Some(1_920),
        height_px: Some(1_080),
        has_audio: false,
        has_video: true,
        languages: vec!["de".into()],
        caption_languages: vec!["fr".into()],
        metadata: noted(&[("project", "Sintel"), ("take", "12"), ("shot", "2024-05-31")])?,
        file: file(),
        rights: licensed()?,
        review: ReviewState::Approved,
    };
    publish(&index, vec![plain, rich.clone()]).await?;
    let created = rich.fields.created_at;
    for filter in [
        Filter { assets: Some(vec![asset_id(2)]), ..Filter::default() },
        Filter { within: Some(seconds(14, 20)), ..Filter::default() },
        Filter { duration: at(None, Some(MediaTime::from_millis(90_000))), ..Filter::default() },
        Filter { created_at: at(Some(created), None), ..Filter::default() },
        Filter { width_px: at(Some(1), None), ..Filter::default() },
        Filter { height_px: at(None, Some(1_080)), ..Filter::default() },
        Filter { has_audio: Some(false), ..Filter::default() },
        Filter { has_video: Some(true), ..Filter::default() },
        Filter { caption_languages: Some(vec!["FR".into()]), ..Filter::default() },
        Filter { review: Some(vec![ReviewState::Approved, ReviewState::Restricted]), ..Filter::default() },
        Filter { licensed: place_and_day("AT", "2026-12-31"), ..Filter::default() },
        Filter { licensed: place_and_day("US", "2028-01-01"), ..Filter::default() },
        Filter { metadata: vec![with("project", Some("SINTEL"))], ..Filter::default() },
        Filter { metadata: vec![with("project", None)], ..Filter::default() },
        Filter { metadata: vec![within("take", "9", "100")], ..Filter::default() },
        Filter { metadata: vec![within("take", "-3.5", "12.0"), within("shot", "2024", "2024")], ..Filter::default() },
        Filter { languages: Some(vec!["DE".into()]), ..Filter::default() },
        Filter { containers: Some(vec!["matroska,webm".into()]), ..Filter::default() },
        Filter { title: Some("garten apfel 01".into()), ..Filter::default() },
    ] {
        let found = find(&index, TENANT, "word", &filter).await?;
        assert_eq!(found.iter().map(|(_, one)| one.asset).collect::<Vec<_>>(), [asset_id(2)], "{filter:?}");
    }
    for filter in [
        Filter { assets: Some(Vec::new()), ..Filter::default() },
        Filter { kinds: Some(vec![MomentKind::Shot]), ..Filter::default() },
        Filter { within: Some(seconds(5, 10)), ..Filter::default() },
        Filter { review: Some(vec![ReviewState::Rejected]), ..Filter::default() },
        Filter { licensed: place_and_day("AT", "2027-01-01"), ..Filter::default() },
        Filter { licensed: place_and_day("US", "2026-06-01"), ..Filter::default() },
        Filter { metadata: vec![with("project", Some("durian"))], ..Filter::default() },
        Filter { metadata: vec![with("reel", None)], ..Filter::default() },
        Filter { metadata: vec![within("take", "100", "1000")], ..Filter::default() },
        Filter { metadata: vec![within("shot", "2024-06", "2025")], ..Filter::default() },
        Filter { metadata: vec![within("project", "-1000", "1000")], ..Filter::default() },
        Filter { caption_languages: Some(vec!["en".into()]), ..Filter::default() },
    ] {
        assert!(find(&index, TENANT, "word", &filter).await?.is_empty(), "{filter:?}");
    }
    Ok(())
}

#[tokio::test]
async fn tenants_never_meet_not_even_in_a_score() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = open(folder.path())?;
    let mine = document(TENANT, asset_id(1), vec![said(asset_id(1), seconds(0, 5), "a secret plan", "en")]);
    publish(&index, vec![mine]).await?;
    let alone = find(&index, TENANT, "secret", &Filter::default()).await?;
    let theirs =
        |n: u128| document(other_tenant(), asset_id(n), vec![said(asset_id(n), seconds(0, 5), "a secret plan", "en")]);
    publish(&index, (2..40).map(theirs).collect()).await?;
    let beside = find(&index, TENANT, "secret", &Filter::default()).await?;
    assert_eq!(alone.len(), 1);
    assert_eq!(beside, alone);
    let stranger = TenantId::from_uuid(uuid::Uuid::from_u128(1));
    assert!(find(&index, stranger, "secret", &Filter::default()).await?.is_empty());
    // Nor can one remove what is another's.
    index.apply([].into(), &[AssetKey { tenant: other_tenant(), asset: asset_id(1) }]).await?;
    index.commit(Revision(2)).await?;
    assert_eq!(find(&index, TENANT, "secret", &Filter::default()).await?, alone);
    Ok(())
}

#[tokio::test]
async fn publishing_again_replaces_and_removing_removes() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = open(folder.path())?;
    let asset = asset_id(1);
    let publish_text = |text: &str| document(TENANT, asset, vec![said(asset, seconds(0, 5), text, "en")]);
    publish(&index, vec![publish_text("first words")]).await?;
    publish(&index, vec![publish_text("second words")]).await?;
    publish(&index, vec![publish_text("second words")]).await?;
    assert_eq!(index.count(), 1);
    assert_eq!(moments(&index, "first").await?.len(), 0);
    assert_eq!(moments(&index, "second").await?.len(), 1);
    index.apply([].into(), &[AssetKey { tenant: TENANT, asset }]).await?;
    assert_eq!(moments(&index, "second").await?.len(), 1, "nothing changes before the commit");
    index.commit(Revision(9)).await?;
    assert_eq!(moments(&index, "second").await?.len(), 0);
    assert_eq!(index.watermark().await?, Revision(9));
    Ok(())
}

#[tokio::test]
async fn the_folder_can_be_opened_again_lost_or_damaged() -> Outcome {
    let folder = tempfile::tempdir()?;
    let asset = asset_id(1);
    let index = open(folder.path())?;
    publish(&index, vec![document(TENANT, asset, vec![said(asset, seconds(0, 5), "some words", "en")])]).await?;
    index.commit(Revision(5)).await?;
    assert!(matches!(open(folder.path()), Err(SearchError::OpenTextIndex { .. })), "a second writer got in");
    index.apply([document(TENANT, asset, Vec::new())].into(), &[]).await?;
    drop(index);

    let index = open(folder.path())?;
    assert_eq!(index.watermark().await?, Revision(5));
    assert_eq!(moments(&index, "words").await?.len(), 1, "what was not committed is not there");
    drop(index);

    std::fs::write(folder.path().join("meta.json"), "{")?;
    let index = open(folder.path())?;
    assert_eq!((index.watermark().await?, index.count()), (Revision(0), 0));
    drop(index);

    std::fs::remove_dir_all(folder.path())?;
    let index = open(folder.path())?;
    assert_eq!((index.watermark().await?, index.count()), (Revision(0), 0));
    index.clear().await?;
    assert_eq!(index.watermark().await?, Revision(0));
    Ok(())
}

#[tokio::test]
async fn strange_queries_get_sensible_answers() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = open(folder.path())?;
    let asset = asset_id(1);
    publish(&index, vec![document(TENANT, asset, vec![said(asset, seconds(0, 5), "to be or not to be", "en")])])
        .await?;
    assert_eq!(moments(&index, "to be or not to be").await?.len(), 1);
    assert_eq!(moments(&index, "\"to be or not\"").await?.len(), 1);
    let many: Vec<String> = (0..400).map(|n| format!("w{n}")).collect();
    for query in
        ["", "   ", "🎬🔥", "\u{0}\u{7}\u{202e}", "AND OR NOT", "((((", "\"", "b^2~*?[x TO y]", &many.join(" ")]
    {
        moments(&index, query).await?;
    }
    assert!(moments(&index, "🎬").await?.is_empty());
    Ok(())
}

fn at<T>(min: Option<T>, max: Option<T>) -> Between<T> {
    Between { min, max }
}
