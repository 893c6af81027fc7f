//! Changes of people: names, merging, splitting, and taking each back.

use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::asset::Revision;
use reelgraph_models::id::{AssetId, FaceId, PersonId};
use reelgraph_models::people::{ChangeKind, KnownBy};
use reelgraph_models::store::{ChangedPeople, Owner, PageRequest, StoreError, Wish};

use crate::faces::{ADA, BOB, everyone, faces_in, hear, named, see, seen_in};
use crate::harness::{World, on_both};
use crate::sample::{register, span_ms};

on_both!(
    a_name_shows_in_every_asset_and_the_indexes_are_told,
    who_was_split_comes_together_again_and_the_other_way_round,
    a_merge_takes_names_and_voices_along_and_gives_them_back,
    who_is_not_someone_is_not_whoever_that_one_becomes,
    faces_taken_from_people_without_names_leave_nobody_behind,
    what_later_changes_concern_is_not_undone_before_them,
    what_makes_no_sense_changes_nothing,
);

/// Two assets: Ada twice and Bob in the first, Ada in the second.
async fn film(world: &World) -> anyhow::Result<([AssetId; 2], PersonId, PersonId)> {
    let (one, _) = register(&world.tenant, "a").await?;
    world.advance(Duration::from_secs(1));
    let (two, _) = register(&world.tenant, "b").await?;
    see(&world.tenant, one.id, &[(0, 1_000, ADA), (0, 1_000, BOB), (2_000, 3_000, ADA)]).await?;
    see(&world.tenant, two.id, &[(0, 1_000, ADA)]).await?;
    let people = everyone(&world.tenant).await?;
    Ok(([one.id, two.id], people[0], people[1]))
}

async fn change(world: &World, wish: Wish) -> anyhow::Result<ChangedPeople> {
    Ok(world.tenant.change_people(&wish, "me").await?)
}

fn rename(person: PersonId, name: &str) -> Wish {
    Wish::Rename { person, name: Some(name.to_owned()) }
}

/// The assets that an index would take in again.
async fn changed(world: &World, since: Revision) -> anyhow::Result<Vec<AssetId>> {
    let lines = world.store.changed_since(since, 100).await?;
    let mut assets: Vec<AssetId> = lines.iter().map(|line| line.asset).collect();
    let mut revisions: Vec<Revision> = lines.iter().map(|line| line.revision).collect();
    revisions.dedup();
    assert_eq!(revisions.len(), assets.len(), "each has a revision of its own");
    assets.sort_unstable();
    Ok(assets)
}

async fn a_name_shows_in_every_asset_and_the_indexes_are_told(world: World) -> anyhow::Result<()> {
    let (assets, ada, bob) = film(&world).await?;
    let before = world.store.latest_revision().await?;
    let edited = change(&world, rename(ada, "  Ada Lovelace ")).await?;
    assert_eq!(changed(&world, before).await?, assets);
    for asset in assets {
        let people = world.tenant.people_in(asset).await?;
        ensure!(named(&people).contains(&("Ada Lovelace", span_ms(0, 1_000), KnownBy::Face)));
        ensure!(people.iter().all(|it| (it.person == ada) == it.name.is_some()), "Bob has no name");
    }
    let written = edited.change.context("a change")?;
    assert_eq!((written.kind, written.author.as_str(), written.undone_at), (ChangeKind::Rename, "me", None));
    // The same once more is no change, and who is seen in one asset concerns one.
    let before = world.store.latest_revision().await?;
    assert_eq!(change(&world, rename(ada, "Ada Lovelace")).await?.change, None);
    change(&world, rename(bob, "Bob")).await?;
    assert_eq!(changed(&world, before).await?, assets[..1]);
    let before = world.store.latest_revision().await?;
    world.tenant.undo_person_change(written.id).await?;
    assert_eq!(changed(&world, before).await?, assets);
    ensure!(named(&world.tenant.people_in(assets[1]).await?).is_empty());
    Ok(())
}

async fn who_was_split_comes_together_again_and_the_other_way_round(world: World) -> anyhow::Result<()> {
    let (assets, ada, _) = film(&world).await?;
    let tenant = &world.tenant;
    let faces: Vec<FaceId> = faces_in(tenant, ada, assets[1]).await?.iter().map(|face| face.id).collect();
    let split = Wish::Split { person: ada, faces: faces.clone(), to: Owner::New(None) };
    let edited = change(&world, split).await?;
    let twin = edited.person.context("the twin")?;
    assert_eq!(seen_in(tenant, assets[1]).await?, [twin]);
    assert_eq!(tenant.people_by_ids(&[ada, twin]).await?.values().map(|it| it.faces).sum::<u64>(), 3);
    // A new face joins whom it is nearest to, and nobody is moved by that.
    let (third, _) = register(tenant, "c").await?;
    see(tenant, third.id, &[(0, 1_000, ADA)]).await?;
    assert_eq!(seen_in(tenant, assets[1]).await?, [twin]);
    let undone = tenant.undo_person_change(edited.change.context("a change")?.id).await?;
    ensure!(undone.undone_at.is_some());
    assert_eq!(seen_in(tenant, assets[1]).await?, [ada]);
    let face = tenant.faces_by_ids(&faces).await?.remove(&faces[0]).context("the face")?;
    ensure!(!face.standing.is_decided && face.standing.rejected.is_empty(), "as it was");
    let again = tenant.undo_person_change(undone.id).await;
    assert_eq!(again.err().map(|error| error.code()), Some("wrong_state"));
    Ok(())
}

async fn a_merge_takes_names_and_voices_along_and_gives_them_back(world: World) -> anyhow::Result<()> {
    let (assets, ada, bob) = film(&world).await?;
    let tenant = &world.tenant;
    hear(tenant, assets[1], &[(0, 0, 900)]).await?;
    let voice = tenant.voices(&[assets[1]]).await?.remove(&assets[1]).context("voices")?[0].id;
    change(&world, rename(bob, "Bob")).await?;
    change(&world, Wish::Voice { voice, to: Some(Owner::Known(bob)) }).await?;
    let before = world.store.latest_revision().await?;
    let merged = change(&world, Wish::Merge { into: ada, people: vec![bob] }).await?;
    assert_eq!(changed(&world, before).await?, assets);
    assert_eq!(everyone(tenant).await?, [ada]);
    let people = tenant.people_by_ids(&[ada]).await?;
    assert_eq!(people.get(&ada).map(|it| (it.name.as_deref(), it.faces)), Some((Some("Bob"), 4)));
    assert_eq!(tenant.voices_of(&[ada]).await?.values().flatten().count(), 1);
    tenant.undo_person_change(merged.change.context("a change")?.id).await?;
    let people = tenant.people_by_ids(&[ada, bob]).await?;
    assert_eq!(people.get(&ada).map(|it| (it.name.as_deref(), it.faces)), Some((None, 3)));
    assert_eq!(people.get(&bob).map(|it| (it.name.as_deref(), it.faces, it.assets)), Some((Some("Bob"), 1, 2)));
    assert_eq!(tenant.voices_of(&[bob]).await?.values().flatten().count(), 1);
    let history = tenant.list_person_changes(PageRequest::first(9)).await?.rows;
    assert_eq!(history.iter().filter(|it| it.undone_at.is_some()).count(), 1);
    assert_eq!(history.len(), 3);
    Ok(())
}

async fn who_is_not_someone_is_not_whoever_that_one_becomes(world: World) -> anyhow::Result<()> {
    let (assets, ada, bob) = film(&world).await?;
    let tenant = &world.tenant;
    let face = faces_in(tenant, ada, assets[1]).await?[0].id;
    let eve = change(&world, Wish::Split { person: ada, faces: vec![face], to: Owner::New(None) }).await?;
    let eve = eve.person.context("Eve")?;
    change(&world, Wish::Merge { into: bob, people: vec![ada] }).await?;
    let face = tenant.faces_by_ids(&[face]).await?.remove(&face).context("the face")?;
    assert_eq!((face.standing.person, face.standing.rejected), (Some(eve), vec![bob]));
    Ok(())
}

async fn faces_taken_from_people_without_names_leave_nobody_behind(world: World) -> anyhow::Result<()> {
    let (assets, ada, bob) = film(&world).await?;
    let tenant = &world.tenant;
    let face = faces_in(tenant, bob, assets[0]).await?[0].id;
    let edited = change(&world, Wish::Assign { faces: vec![face], to: Owner::Known(ada) }).await?;
    assert_eq!(everyone(tenant).await?, [ada]);
    tenant.undo_person_change(edited.change.context("a change")?.id).await?;
    assert_eq!(everyone(tenant).await?, [ada, bob]);
    // What they look like is as it was: new faces find both.
    let (third, _) = register(tenant, "c").await?;
    see(tenant, third.id, &[(0, 1_000, ADA), (500, 1_500, BOB)]).await?;
    assert_eq!(seen_in(tenant, third.id).await?, [ada, bob]);
    Ok(())
}

async fn what_later_changes_concern_is_not_undone_before_them(world: World) -> anyhow::Result<()> {
    let (assets, ada, bob) = film(&world).await?;
    let tenant = &world.tenant;
    let face = faces_in(tenant, ada, assets[1]).await?[0].id;
    let split = change(&world, Wish::Split { person: ada, faces: vec![face], to: Owner::New(None) }).await?;
    let merge = change(&world, Wish::Merge { into: bob, people: vec![ada] }).await?;
    let (split, merge) = (split.change.context("a split")?, merge.change.context("a merge")?);
    let early = tenant.undo_person_change(split.id).await;
    ensure!(matches!(early, Err(StoreError::WrongState { .. })), "{early:?}");
    tenant.undo_person_change(merge.id).await?;
    tenant.undo_person_change(split.id).await?;
    assert_eq!(seen_in(tenant, assets[1]).await?, [ada]);
    assert_eq!(everyone(tenant).await?, [ada, bob]);
    // A face that is gone with its asset does not keep the rest from being taken back.
    let merge = change(&world, Wish::Merge { into: ada, people: vec![bob] }).await?.change.context("a merge")?;
    tenant.delete_asset(assets[0]).await?;
    tenant.undo_person_change(merge.id).await?;
    assert_eq!(everyone(tenant).await?, [ada]);
    Ok(())
}

async fn what_makes_no_sense_changes_nothing(world: World) -> anyhow::Result<()> {
    let (assets, ada, bob) = film(&world).await?;
    let face = faces_in(&world.tenant, bob, assets[0]).await?[0].id;
    let nobody = PersonId::from_uuid(uuid::Uuid::from_u128(1));
    let wishes = [
        (rename(ada, " "), "invalid"),
        (rename(ada, &"x".repeat(201)), "invalid"),
        (rename(nobody, "x"), "not_found"),
        (Wish::Merge { into: ada, people: vec![ada] }, "invalid"),
        (Wish::Merge { into: ada, people: Vec::new() }, "invalid"),
        (Wish::Merge { into: ada, people: vec![nobody] }, "not_found"),
        (Wish::Split { person: ada, faces: vec![face], to: Owner::New(None) }, "invalid"),
        (Wish::Split { person: bob, faces: vec![face], to: Owner::Known(bob) }, "invalid"),
        (Wish::Assign { faces: Vec::new(), to: Owner::New(None) }, "invalid"),
        (Wish::Assign { faces: vec![FaceId::from_uuid(nobody.as_uuid())], to: Owner::New(None) }, "not_found"),
        (Wish::Assign { faces: vec![face], to: Owner::Known(nobody) }, "not_found"),
        (Wish::Assign { faces: vec![face], to: Owner::New(Some("\u{7}".to_owned())) }, "invalid"),
    ];
    for (wish, code) in wishes {
        let refused = world.tenant.change_people(&wish, "me").await;
        assert_eq!(refused.err().map(|error| error.code()), Some(code), "{wish:?}");
    }
    ensure!(world.tenant.list_person_changes(PageRequest::first(9)).await?.rows.is_empty());
    assert_eq!(everyone(&world.tenant).await?, [ada, bob]);
    Ok(())
}
