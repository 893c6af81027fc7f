//! Registering, listing, renaming, deleting; and the wall between tenants.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{anyhow, ensure};
use reelgraph_models::asset::{AssetSource, AssetState, PublicUrl, Revision};
use reelgraph_models::blob::BlobKey;
use reelgraph_models::content::ContentHash;
use reelgraph_models::job::{JobState, Progress};
use reelgraph_models::metadata::MetadataError;
use reelgraph_models::moment::{Moment, MomentKind, MomentTexts};
use reelgraph_models::observation::{Finding, Modality};
use reelgraph_models::probe::{Probe, StreamDetails, StreamInfo};
use reelgraph_models::reason::Reason;
use reelgraph_models::store::{
    AssetCursor, AssetFilter, JobFilter, MomentFilter, ObservationFilter, PageRequest, Registration, StoreError,
};
use reelgraph_models::time::MediaTime;

use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, new_asset, register, shots, span_ms, spec, tags, vectors};

on_both!(
    an_asset_and_its_job_are_read_back_as_they_were_registered,
    the_same_bytes_a_second_time_are_the_asset_that_is_there,
    of_many_who_register_the_same_bytes_at_once_one_makes_the_asset,
    pages_neither_skip_nor_repeat_assets_of_the_same_instant,
    a_filter_finds_by_state_by_words_and_by_time,
    wildcards_in_words_stand_for_themselves,
    nothing_of_one_tenant_is_seen_or_changed_by_another,
    a_deleted_asset_is_gone_from_everywhere_but_the_feed,
    the_bytes_of_a_deleted_asset_can_be_registered_again,
    a_purged_asset_leaves_no_names_behind,
    a_rename_reaches_the_moment_of_the_whole_asset_and_the_feed,
    a_title_that_is_blank_or_endless_is_refused,
    fields_of_an_asset_are_changed_by_name_all_or_none,
    captions_are_told_by_language,
    a_nul_in_a_name_is_dropped,
    a_probe_is_kept_with_its_streams,
    an_unknown_asset_is_said_to_be_unknown,
);

async fn an_asset_and_its_job_are_read_back_as_they_were_registered(world: World) -> anyhow::Result<()> {
    let mut new = new_asset("sintel")?;
    let address = PublicUrl::new(&url::Url::parse("https://a:b@media.example/sintel.mp4?sig=1")?);
    new.source = AssetSource::Url { address };
    let Registration::New { asset, job } = world.tenant.register_asset(new.clone(), spec()).await? else {
        anyhow::bail!("a first registration must be new");
    };
    ensure!(world.tenant.get_asset(asset.id).await? == asset);
    ensure!(world.tenant.get_job(job.id).await? == job);
    assert_eq!((asset.content, &asset.source, asset.state), (new.content, &new.source, AssetState::Registered));
    assert_eq!((asset.created_at, asset.revision), (crate::harness::start(), Revision(0)));
    assert_eq!((job.asset, job.state, job.progress), (asset.id, JobState::Queued, Progress::default()));
    Ok(())
}

async fn the_same_bytes_a_second_time_are_the_asset_that_is_there(world: World) -> anyhow::Result<()> {
    let (first, _) = register(&world.tenant, "one").await?;
    let mut again = new_asset("one")?;
    again.title = "another name".to_owned();
    let outcome = world.tenant.register_asset(again, spec()).await?;
    ensure!(outcome == Registration::AlreadyKnown { asset: first.clone() });
    assert_eq!(world.tenant.count_assets(&AssetFilter::default()).await?, 1);
    assert_eq!(world.tenant.list_jobs(&JobFilter::default(), PageRequest::first(10)).await?.rows.len(), 1);
    assert_eq!(world.tenant.find_asset_by_content(&first.content).await?, Some(first));
    assert_eq!(world.tenant.find_asset_by_content(&ContentHash::of(b"other")).await?, None);
    Ok(())
}

async fn of_many_who_register_the_same_bytes_at_once_one_makes_the_asset(world: World) -> anyhow::Result<()> {
    let tasks = (0..12).map(|_| {
        let tenant = world.tenant.clone();
        tokio::spawn(
            async move { tenant.register_asset(new_asset("same")?, spec()).await.map_err(anyhow::Error::from) },
        )
    });
    let mut made = 0;
    let mut ids = BTreeSet::new();
    for task in tasks.collect::<Vec<_>>() {
        let outcome = task.await??;
        made += usize::from(matches!(outcome, Registration::New { .. }));
        ids.insert(outcome.asset().id);
    }
    assert_eq!((made, ids.len()), (1, 1));
    Ok(())
}

async fn pages_neither_skip_nor_repeat_assets_of_the_same_instant(world: World) -> anyhow::Result<()> {
    let mut registered = Vec::new();
    for number in 0..7 {
        // Three at one instant, then one a second.
        registered.push(register(&world.tenant, &format!("asset {number}")).await?.0);
        if number > 2 {
            world.advance(Duration::from_secs(1));
        }
    }
    let (mut seen, mut page, mut pages) = (Vec::new(), PageRequest::first(2), 0);
    loop {
        let found = world.tenant.list_assets(&AssetFilter::default(), page).await?;
        pages += 1;
        seen.extend(found.rows.iter().map(|asset| (asset.created_at, asset.id)));
        let Some(last) = found.rows.last().filter(|_| found.has_next) else { break };
        page = PageRequest::after(AssetCursor::of(last), 2);
    }
    let mut expected: Vec<_> = registered.iter().map(|asset| (asset.created_at, asset.id)).collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!((seen, pages), (expected, 4));
    Ok(())
}

async fn a_filter_finds_by_state_by_words_and_by_time(world: World) -> anyhow::Result<()> {
    let (harbour, _) = register(&world.tenant, "Harbour at dawn").await?;
    world.advance(Duration::from_secs(60));
    let (market, _) = register(&world.tenant, "market").await?;
    world.tenant.set_asset_state(market.id, AssetState::Failed, Some(Reason::new("crashed", "it crashed"))).await?;

    let find = async |filter: AssetFilter| {
        let page = world.tenant.list_assets(&filter, PageRequest::first(10)).await?;
        assert_eq!(world.tenant.count_assets(&filter).await?, page.rows.len() as u64);
        anyhow::Ok(page.rows.into_iter().map(|asset| asset.id).collect::<Vec<_>>())
    };
    let failed = AssetFilter { states: vec![AssetState::Failed], ..AssetFilter::default() };
    assert_eq!(find(failed).await?, [market.id]);
    let words = AssetFilter { words: Some("HARBOUR at".to_owned()), ..AssetFilter::default() };
    assert_eq!(find(words).await?, [harbour.id]);
    let file_name = AssetFilter { words: Some("market.mp".to_owned()), ..AssetFilter::default() };
    assert_eq!(find(file_name).await?, [market.id]);
    let late = AssetFilter { created_from: Some(market.created_at), ..AssetFilter::default() };
    assert_eq!(find(late).await?, [market.id]);
    let early = AssetFilter { created_before: Some(market.created_at), ..AssetFilter::default() };
    assert_eq!(find(early).await?, [harbour.id]);
    let reason = world.tenant.get_asset(market.id).await?.state_reason;
    assert_eq!(reason, Some(Reason::new("crashed", "it crashed")));
    Ok(())
}

async fn wildcards_in_words_stand_for_themselves(world: World) -> anyhow::Result<()> {
    let (percent, _) = register(&world.tenant, "100% wool").await?;
    register(&world.tenant, "1000 sheep").await?;
    for words in ["100%", "%", r"0% w"] {
        let filter = AssetFilter { words: Some(words.to_owned()), ..AssetFilter::default() };
        let page = world.tenant.list_assets(&filter, PageRequest::first(10)).await?;
        assert_eq!(page.rows.iter().map(|asset| asset.id).collect::<Vec<_>>(), [percent.id], "{words}");
    }
    for words in [r"\", "_", r"100\%"] {
        let filter = AssetFilter { words: Some(words.to_owned()), ..AssetFilter::default() };
        assert_eq!(world.tenant.count_assets(&filter).await?, 0, "{words}");
    }
    Ok(())
}

async fn nothing_of_one_tenant_is_seen_or_changed_by_another(world: World) -> anyhow::Result<()> {
    let (asset, job) = register(&world.tenant, "mine").await?;
    let run = tags(asset.id, "tags", &["dog"]);
    let moments = shots(asset.id, 2);
    let set = vectors(asset.id, "1", &[[1.0, 0.0, 0.0]]);
    world.tenant.replace_run(asset.id, &run).await?;
    world.tenant.replace_moments(asset.id, &moments).await?;
    world.tenant.replace_embeddings(asset.id, &set).await?;
    let mine = world.tenant.get_asset(asset.id).await?;

    let other = world.store.tenant(OTHER_TENANT);
    let observations: Vec<_> = run.observations.iter().map(|seen| seen.id).collect();
    let moment_ids: Vec<_> = moments.iter().map(|moment| moment.id).collect();
    ensure!(other.find_asset(asset.id).await?.is_none());
    ensure!(other.assets_by_ids(&[asset.id]).await?.is_empty());
    ensure!(other.find_asset_by_content(&asset.content).await?.is_none());
    ensure!(other.list_assets(&AssetFilter::default(), PageRequest::first(9)).await?.rows.is_empty());
    ensure!(other.find_job(job.id).await?.is_none());
    ensure!(other.jobs_by_ids(&[job.id]).await?.is_empty());
    ensure!(other.latest_jobs(&[asset.id]).await?.is_empty());
    ensure!(other.list_jobs(&JobFilter::default(), PageRequest::first(9)).await?.rows.is_empty());
    let all = ObservationFilter::default();
    ensure!(other.list_observations(asset.id, &all, PageRequest::first(9)).await?.rows.is_empty());
    ensure!(other.observations_by_ids(&observations).await?.is_empty());
    ensure!(other.overlapping_observations(&[(asset.id, span_ms(0, 9_000))], &[]).await? == [vec![]]);
    ensure!(other.list_moments(asset.id, &MomentFilter::default(), PageRequest::first(9)).await?.rows.is_empty());
    ensure!(other.moments_by_ids(&moment_ids).await?.is_empty());
    ensure!(other.list_embeddings(asset.id, PageRequest::first(9)).await?.rows.is_empty());

    let unknown = |outcome: Result<(), StoreError>| matches!(outcome, Err(StoreError::NotFound { .. }));
    ensure!(unknown(other.replace_run(asset.id, &run).await));
    ensure!(unknown(other.replace_moments(asset.id, &[]).await));
    ensure!(unknown(other.replace_embeddings(asset.id, &set).await));
    ensure!(unknown(other.set_asset_state(asset.id, AssetState::Failed, None).await));
    ensure!(unknown(other.rename_asset(asset.id, "stolen").await.map(drop)));
    ensure!(unknown(other.cancel_job(job.id).await.map(drop)));
    ensure!(unknown(other.enqueue_job(asset.id, spec()).await.map(drop)));
    ensure!(!other.delete_asset(asset.id).await?);
    ensure!(!other.purge_asset(asset.id).await?);
    ensure!(world.tenant.get_asset(asset.id).await? == mine);

    // The same bytes are another asset there.
    let (theirs, _) = register(&other, "mine").await?;
    assert_ne!(theirs.id, asset.id);
    Ok(())
}

async fn a_deleted_asset_is_gone_from_everywhere_but_the_feed(world: World) -> anyhow::Result<()> {
    let (asset, job) = register(&world.tenant, "gone").await?;
    let run = tags(asset.id, "tags", &["dog"]);
    let moments = shots(asset.id, 1);
    world.tenant.replace_run(asset.id, &run).await?;
    world.tenant.replace_moments(asset.id, &moments).await?;
    let before = world.store.latest_revision().await?;

    ensure!(world.tenant.delete_asset(asset.id).await?);
    ensure!(!world.tenant.delete_asset(asset.id).await?, "a second deletion finds nothing");
    ensure!(world.tenant.find_asset(asset.id).await?.is_none());
    assert_eq!(world.tenant.count_assets(&AssetFilter::default()).await?, 0);
    ensure!(world.tenant.moments_by_ids(&[moments[0].id]).await?.is_empty());
    ensure!(world.tenant.observations_by_ids(&[run.observations[0].id]).await?.is_empty());
    assert_eq!(world.tenant.get_job(job.id).await?.state, JobState::Cancelled);
    let writes = [
        world.tenant.replace_moments(asset.id, &moments).await,
        world.tenant.replace_run(asset.id, &run).await,
        world.tenant.set_asset_state(asset.id, AssetState::Ready, None).await,
        world.tenant.enqueue_job(asset.id, spec()).await.map(drop),
    ];
    ensure!(writes.iter().all(|write| matches!(write, Err(StoreError::Deleted { .. }))), "{writes:?}");

    let feed = world.store.changed_since(before, 10).await?;
    assert_eq!(feed.iter().map(|line| (line.asset, line.is_deleted)).collect::<Vec<_>>(), [(asset.id, true)]);
    Ok(())
}

async fn the_bytes_of_a_deleted_asset_can_be_registered_again(world: World) -> anyhow::Result<()> {
    let (first, _) = register(&world.tenant, "phoenix").await?;
    world.tenant.delete_asset(first.id).await?;
    let (second, _) = register(&world.tenant, "phoenix").await?;
    assert_ne!(first.id, second.id);
    assert_eq!(world.tenant.get_asset(second.id).await?, second);
    Ok(())
}

async fn a_purged_asset_leaves_no_names_behind(world: World) -> anyhow::Result<()> {
    let (asset, job) = register(&world.tenant, "private matters").await?;
    ensure!(!world.tenant.purge_asset(asset.id).await?, "only deleted assets are purged");
    let other = BlobKey::new("originals/other")?;
    let keys = vec![asset.original.clone(), other.clone()];
    assert_eq!(world.tenant.unused_originals(keys).await?, [other]);
    ensure!(world.store.deleted_assets(10).await?.is_empty());
    let lease =
        world.store.jobs().lease_next("worker", Duration::from_secs(60)).await?.ok_or_else(|| anyhow!("no job"))?;
    world.tenant.delete_asset(asset.id).await?;
    ensure!(world.store.deleted_assets(10).await?.is_empty(), "a job still works on it");
    world.store.jobs().finish_cancelled(&lease).await?;
    let deleted = world.store.deleted_assets(10).await?;
    assert_eq!(deleted.iter().map(|one| (one.id, &one.original)).collect::<Vec<_>>(), [(asset.id, &asset.original)]);
    ensure!(world.tenant.purge_asset(asset.id).await?);
    ensure!(world.store.deleted_assets(10).await?.is_empty());
    ensure!(world.tenant.find_job(job.id).await?.is_none());
    let filter = AssetFilter { words: Some("private".to_owned()), ..AssetFilter::default() };
    assert_eq!(world.tenant.count_assets(&filter).await?, 0);
    let feed = world.store.changed_since(Revision(0), 10).await?;
    ensure!(feed.iter().any(|line| line.asset == asset.id && line.is_deleted), "the tombstone stays");
    Ok(())
}

async fn a_rename_reaches_the_moment_of_the_whole_asset_and_the_feed(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "old").await?;
    let texts = MomentTexts { title: "old".to_owned(), said: "hello".to_owned(), ..MomentTexts::default() };
    let whole = Moment::new(asset.id, MomentKind::Asset, span_ms(0, 5_000), texts);
    let shot = shots(asset.id, 1).remove(0);
    world.tenant.replace_moments(asset.id, &[whole.clone(), shot.clone()]).await?;
    let before = world.tenant.get_asset(asset.id).await?.revision;

    let renamed = world.tenant.rename_asset(asset.id, "  new ").await?;
    assert_eq!(renamed.title, "new");
    ensure!(renamed.revision > before);
    let found = world.tenant.moments_by_ids(&[whole.id, shot.id]).await?;
    let mut expected = whole;
    expected.texts.title = "new".to_owned();
    assert_eq!(found.get(&expected.id), Some(&expected));
    assert_eq!(found.get(&shot.id), Some(&shot));
    Ok(())
}

async fn a_title_that_is_blank_or_endless_is_refused(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "title").await?;
    for title in ["", "  \t", &"x".repeat(501)] {
        let outcome = world.tenant.rename_asset(asset.id, title).await;
        ensure!(matches!(outcome, Err(StoreError::Invalid { .. })), "{outcome:?}");
    }
    assert_eq!(world.tenant.rename_asset(asset.id, &"ü".repeat(500)).await?.title.chars().count(), 500);
    assert_eq!(register(&world.tenant, &"y".repeat(900)).await?.0.title.len(), 500);
    Ok(())
}

async fn fields_of_an_asset_are_changed_by_name_all_or_none(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "noted").await?;
    let field = |name: &str, values: &[&str]| {
        (name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
    };
    let before = world.tenant.get_asset(asset.id).await?.revision;
    let noted = [field("project", &["Sintel", "Durian"]), field("reel", &["A001"])];
    let changed = world.tenant.set_asset_metadata(asset.id, &noted).await?;
    ensure!(changed.revision > before);
    let changed = world.tenant.set_asset_metadata(asset.id, &[field("reel", &[]), field("rights", &["BBC"])]).await?;
    let names: Vec<_> = changed.metadata.fields().map(|(name, _)| name).collect();
    assert_eq!(names, ["project", "rights"]);

    let half_wrong = [field("project", &["Another"]), field("Bad Name", &["x"])];
    let outcome = world.tenant.set_asset_metadata(asset.id, &half_wrong).await;
    ensure!(matches!(outcome, Err(StoreError::Metadata(MetadataError::Name { .. }))), "{outcome:?}");
    assert_eq!(world.tenant.get_asset(asset.id).await?.metadata, changed.metadata);
    let other = world.store.tenant(OTHER_TENANT).set_asset_metadata(asset.id, &noted).await;
    ensure!(matches!(other, Err(StoreError::NotFound { .. })), "{other:?}");
    Ok(())
}

fn said(language: &str) -> Finding {
    Finding::Speech { text: "one".to_owned(), language: language.to_owned(), words: Vec::new(), suspect: Vec::new() }
}

async fn captions_are_told_by_language(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "captioned").await?;
    assert_eq!(world.tenant.caption_languages(asset.id).await?, Vec::<String>::new());
    for (analyzer, language) in
        [("supplied/studio-fr/speech", "fr"), ("supplied/embedded:2/speech", "de"), ("speech/speech", "en")]
    {
        let mut run = tags(asset.id, analyzer, &["one", "two"]);
        for seen in &mut run.observations {
            seen.modality = Modality::Speech;
            seen.finding = said(language);
        }
        world.tenant.replace_run(asset.id, &run).await?;
    }
    assert_eq!(world.tenant.caption_languages(asset.id).await?, ["de", "fr"]);
    Ok(())
}

async fn a_nul_in_a_name_is_dropped(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a\0b").await?;
    assert_eq!((asset.title.as_str(), asset.file_name.as_str()), ("ab", "ab.mp4"));
    assert_eq!(world.tenant.rename_asset(asset.id, "c\0d").await?.title, "cd");
    let reason = Reason::new("odd", "with \0 inside");
    world.tenant.set_asset_state(asset.id, AssetState::Failed, Some(reason.clone())).await?;
    assert_eq!(world.tenant.get_asset(asset.id).await?.state_reason, Some(reason));
    let filter = AssetFilter { words: Some("c\0d".to_owned()), ..AssetFilter::default() };
    assert_eq!(world.tenant.count_assets(&filter).await?, 1);
    Ok(())
}

async fn a_probe_is_kept_with_its_streams(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "probed").await?;
    let (bare, _) = register(&world.tenant, "bare").await?;
    let stream = |index, codec: &str| StreamInfo {
        index,
        codec: codec.to_owned(),
        profile: None,
        language: Some("eng\0".to_owned()),
        title: None,
        bit_rate_bps: Some(96_000),
        is_default: true,
        is_decodable: true,
        details: StreamDetails::Subtitle { is_forced: false, is_for_hard_of_hearing: false },
    };
    let mut probe = Probe {
        container: "matroska".to_owned(),
        duration: MediaTime::from_millis(52_000),
        bit_rate_bps: None,
        size_bytes: 1,
        streams: vec![stream(1, "subrip"), stream(0, "ass")],
        chapters: Vec::new(),
        has_embedded_thumbnail: false,
        non_standard: Vec::new(),
    };
    world.tenant.set_asset_probe(asset.id, &probe).await?;
    assert_eq!(world.tenant.get_asset(asset.id).await?.probe.as_ref(), Some(&probe));
    let streams = world.tenant.streams(&[asset.id, bare.id]).await?;
    assert_eq!(streams.len(), 1);
    assert_eq!(streams.get(&asset.id), Some(&vec![stream(0, "ass"), stream(1, "subrip")]));

    probe.streams.truncate(1);
    world.tenant.set_asset_probe(asset.id, &probe).await?;
    assert_eq!(world.tenant.streams(&[asset.id]).await?.get(&asset.id), Some(&probe.streams));
    world.tenant.set_asset_thumbnail(asset.id, &BlobKey::new("stills/1.jpg")?).await?;
    assert_eq!(world.tenant.get_asset(asset.id).await?.thumbnail, Some(BlobKey::new("stills/1.jpg")?));
    Ok(())
}

async fn an_unknown_asset_is_said_to_be_unknown(world: World) -> anyhow::Result<()> {
    let id = reelgraph_models::id::AssetId::generate(world.clock.as_ref());
    let error = world.tenant.get_asset(id).await.err();
    let error = error.ok_or_else(|| anyhow::anyhow!("found what is not there"))?;
    assert_eq!((error.code(), error.is_retryable()), ("not_found", false));
    assert_eq!(error.to_string(), format!("no asset {id}"));
    Ok(())
}
