//! People: put together from the faces of many assets, known again, and forgotten.

use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::asset::Revision;
use reelgraph_models::people::KnownBy;
use reelgraph_models::settings::{FaceAnalysis, TenantSettings};
use reelgraph_models::store::{Owner, PageRequest, PersonCursor, PersonFilter, Wish};
use reelgraph_models::time::MediaTime;

use crate::faces::{ADA, BOB, everyone, faces_in, hear, named, see, see_by, seen_in};
use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, register, span_ms};

on_both!(
    a_face_in_two_assets_is_one_person_and_two_at_once_are_two,
    another_analysis_keeps_people_and_faces,
    what_someone_decided_outlives_analyses_that_do_not_see_it,
    a_voice_keeps_its_name_when_the_numbers_change,
    pages_cover_everyone_once_most_seen_first,
    people_are_found_by_any_part_of_their_names,
    a_deleted_asset_takes_those_along_who_were_nowhere_else,
    turning_faces_off_forgets_people_and_all_that_was_changed,
    other_tenants_people_are_others,
    faces_are_put_together_while_people_are_changed,
);

fn rename(person: reelgraph_models::id::PersonId, name: &str) -> Wish {
    Wish::Rename { person, name: Some(name.to_owned()) }
}

async fn a_face_in_two_assets_is_one_person_and_two_at_once_are_two(world: World) -> anyhow::Result<()> {
    let tenant = &world.tenant;
    let (one, _) = register(tenant, "a").await?;
    world.advance(Duration::from_secs(1));
    let (two, _) = register(tenant, "b").await?;
    see(tenant, one.id, &[(0, 1_000, ADA), (0, 1_000, BOB), (2_000, 3_000, [0.9, 0.1, 0.1])]).await?;
    see(tenant, two.id, &[(0, 1_000, [0.95, 0.0, 0.2]), (500, 2_000, [0.93, 0.0, 0.2])]).await?;
    let first = seen_in(tenant, one.id).await?;
    let second = seen_in(tenant, two.id).await?;
    assert_eq!(first.len(), 3);
    assert_eq!(second.len(), 2);
    ensure!(second[0] != second[1], "one person is not twice in the same picture");
    let ada = first[2];
    assert_eq!(first.iter().chain(&second).filter(|person| **person == ada).count(), 3);
    let people = tenant.people_by_ids(&[ada]).await?;
    let person = people.get(&ada).context("Ada")?;
    assert_eq!((person.faces, person.assets, person.name.as_deref()), (3, 2, None));
    let cover = tenant.best_faces(&[ada]).await?.remove(&ada).context("a face of Ada")?;
    assert_eq!(cover.still.map(|still| still.at), Some(MediaTime::from_millis(500)));
    let pages = tenant.list_appearances(ada, PageRequest::first(1)).await?;
    assert_eq!((pages.rows[0].asset, pages.has_next), (one.id, true));
    assert_eq!(pages.rows[0].seen, [span_ms(0, 1_000), span_ms(2_000, 3_000)]);
    let rest = tenant.list_appearances(ada, PageRequest::after(one.id, 9)).await?;
    assert_eq!((rest.rows.len(), rest.rows[0].asset, rest.has_next), (1, two.id, false));
    Ok(())
}

async fn another_analysis_keeps_people_and_faces(world: World) -> anyhow::Result<()> {
    let tenant = &world.tenant;
    let (asset, _) = register(tenant, "a").await?;
    see(tenant, asset.id, &[(0, 1_000, ADA), (0, 1_000, BOB)]).await?;
    let before = everyone(tenant).await?;
    let mut kept = Vec::new();
    for person in &before {
        kept.extend(faces_in(tenant, *person, asset.id).await?);
    }
    ensure!(tenant.has_current_people(asset.id).await?);
    // Other rows of the same faces, in another order, and later by a model whose vectors cannot be compared.
    see(tenant, asset.id, &[(40, 1_000, [0.0, 0.9, 0.1]), (0, 960, [0.9, 0.1, 0.0])]).await?;
    let (ada, bob) = ([0.0, 0.0, 1.0], [0.0, 0.0, 0.9]);
    see_by(tenant, asset.id, "2", &[(0, 1_000, bob), (0, 1_000, ada), (5_000, 6_000, ada)]).await?;
    assert_eq!(everyone(tenant).await?.len(), before.len());
    for face in kept {
        let now = tenant.faces_by_ids(&[face.id]).await?.remove(&face.id).context("the face")?;
        assert_eq!(now.standing, face.standing);
        ensure!(now.observation.is_some() && now.observation != face.observation);
        let by_sight = tenant.faces_by_observations(&now.observation.into_iter().collect::<Vec<_>>()).await?;
        assert_eq!(by_sight.into_values().map(|face| face.id).collect::<Vec<_>>(), [face.id]);
    }
    let seen = seen_in(tenant, asset.id).await?;
    ensure!(before.contains(&seen[2]), "who is seen later is known by the new model from then on");
    Ok(())
}

async fn what_someone_decided_outlives_analyses_that_do_not_see_it(world: World) -> anyhow::Result<()> {
    let tenant = &world.tenant;
    let (asset, _) = register(tenant, "a").await?;
    see(tenant, asset.id, &[(0, 1_000, ADA), (2_000, 3_000, ADA), (4_000, 5_000, ADA)]).await?;
    let ada = everyone(tenant).await?[0];
    let faces = faces_in(tenant, ada, asset.id).await?;
    let to = Owner::New(Some("Eve".to_owned()));
    let split = Wish::Split { person: ada, faces: vec![faces[1].id], to };
    let eve = tenant.change_people(&split, "me").await?.person.context("Eve")?;
    // Eve's face is not seen at all, then again, together with more that look like Ada.
    see(tenant, asset.id, &[(0, 1_000, ADA)]).await?;
    assert_eq!(seen_in(tenant, asset.id).await?, [ada]);
    assert_eq!(tenant.people_by_ids(&[eve]).await?.get(&eve).map(|eve| (eve.faces, eve.assets)), Some((0, 0)));
    see(tenant, asset.id, &[(0, 1_000, ADA), (2_040, 2_960, ADA), (4_000, 5_000, ADA)]).await?;
    // The third looks like both alike, and may be either's.
    assert_eq!(seen_in(tenant, asset.id).await?[..2], [ada, eve]);
    let back = faces_in(tenant, eve, asset.id).await?;
    assert_eq!(back[0].id, faces[1].id);
    assert_eq!(back[0].standing.rejected, [ada]);
    ensure!(back[0].standing.is_decided);
    Ok(())
}

async fn a_voice_keeps_its_name_when_the_numbers_change(world: World) -> anyhow::Result<()> {
    let tenant = &world.tenant;
    let (asset, _) = register(tenant, "a").await?;
    hear(tenant, asset.id, &[(0, 0, 2_000), (1, 3_000, 5_000), (0, 6_000, 8_000)]).await?;
    let voices = tenant.voices(&[asset.id]).await?.remove(&asset.id).context("voices")?;
    let voice = voices.iter().find(|voice| voice.speaker == Some(1)).context("the second voice")?.id;
    let to = Some(Owner::New(Some("Bob".to_owned())));
    let bob = tenant.change_people(&Wish::Voice { voice, to }, "me").await?.person.context("Bob")?;
    hear(tenant, asset.id, &[(0, 3_100, 5_000), (1, 6_000, 8_000), (2, 0, 1_900)]).await?;
    assert_eq!(named(&tenant.people_in(asset.id).await?), [("Bob", span_ms(3_100, 5_000), KnownBy::Voice)]);
    assert_eq!(
        tenant.voices_of(&[bob]).await?.values().flatten().map(|it| (it.id, it.speaker)).collect::<Vec<_>>(),
        [(voice, Some(0))]
    );
    let appearances = tenant.list_appearances(bob, PageRequest::first(9)).await?.rows;
    assert_eq!(appearances[0].heard, [span_ms(3_100, 5_000)]);
    tenant.change_people(&Wish::Voice { voice, to: None }, "me").await?;
    ensure!(tenant.people_in(asset.id).await?.is_empty());
    Ok(())
}

async fn pages_cover_everyone_once_most_seen_first(world: World) -> anyhow::Result<()> {
    let tenant = &world.tenant;
    let (asset, _) = register(tenant, "a").await?;
    let faces: Vec<_> = (0..7)
        .flat_map(|who: i64| (0..=who % 3).map(move |n| (n * 1_000, n * 1_000 + 900, [who as f32 * 3.0, 0.0, 0.0])))
        .collect();
    see(tenant, asset.id, &faces).await?;
    let (mut seen, mut page) = (Vec::new(), PageRequest::first(3));
    loop {
        let found = tenant.list_people(&PersonFilter::default(), page).await?;
        seen.extend(found.rows.iter().map(|person| (person.faces, person.id)));
        let Some(last) = found.rows.last().filter(|_| found.has_next) else { break };
        page = PageRequest::after(PersonCursor::of(last), 3);
    }
    assert_eq!(seen.iter().map(|(faces, _)| *faces).collect::<Vec<_>>(), [3, 3, 2, 2, 1, 1, 1]);
    let mut people: Vec<_> = seen.iter().map(|(_, person)| *person).collect();
    people.sort_unstable();
    people.dedup();
    assert_eq!(people.len(), 7);
    let pages = tenant.first_faces(&people, 2).await?;
    assert_eq!(pages.values().filter(|page| page.has_next).count(), 2);
    Ok(())
}

async fn people_are_found_by_any_part_of_their_names(world: World) -> anyhow::Result<()> {
    let tenant = &world.tenant;
    let (asset, _) = register(tenant, "a").await?;
    see(tenant, asset.id, &[(0, 1_000, ADA), (0, 1_000, BOB)]).await?;
    let person = everyone(tenant).await?[0];
    tenant.change_people(&rename(person, "Çağla 100%_Müller"), "me").await?;
    let found = async |filter: PersonFilter| -> anyhow::Result<usize> {
        Ok(tenant.list_people(&filter, PageRequest::first(9)).await?.rows.len())
    };
    for (words, count) in [("ÇAĞLA", 1), ("müller", 1), ("0%_m", 1), ("%", 1), ("0_%", 0), ("", 1)] {
        let filter = PersonFilter { words: Some(words.to_owned()), ..PersonFilter::default() };
        assert_eq!(found(filter).await?, count, "{words}");
    }
    assert_eq!(found(PersonFilter { is_named: Some(true), words: None }).await?, 1);
    assert_eq!(found(PersonFilter { is_named: Some(false), words: None }).await?, 1);
    Ok(())
}

async fn a_deleted_asset_takes_those_along_who_were_nowhere_else(world: World) -> anyhow::Result<()> {
    let tenant = &world.tenant;
    let (one, _) = register(tenant, "a").await?;
    let (two, _) = register(tenant, "b").await?;
    see(tenant, one.id, &[(0, 1_000, ADA), (0, 1_000, BOB), (0, 1_000, [0.0, 0.0, 1.0])]).await?;
    see(tenant, two.id, &[(0, 1_000, ADA)]).await?;
    let (ada, known) = (seen_in(tenant, two.id).await?[0], everyone(tenant).await?);
    let eve = *known.iter().find(|person| **person != ada).context("another")?;
    tenant.change_people(&rename(eve, "Eve"), "me").await?;
    tenant.delete_asset(one.id).await?;
    let mut left = everyone(tenant).await?;
    left.sort_unstable();
    let mut expected = vec![ada, eve];
    expected.sort_unstable();
    assert_eq!(left, expected, "who is named stays");
    assert_eq!(tenant.people_by_ids(&[ada]).await?.get(&ada).map(|ada| (ada.faces, ada.assets)), Some((1, 1)));
    tenant.bring_up_people(one.id, &[]).await?;
    Ok(())
}

async fn turning_faces_off_forgets_people_and_all_that_was_changed(world: World) -> anyhow::Result<()> {
    let tenant = &world.tenant;
    let (asset, _) = register(tenant, "a").await?;
    see(tenant, asset.id, &[(0, 1_000, ADA)]).await?;
    hear(tenant, asset.id, &[(0, 0, 1_000)]).await?;
    let ada = everyone(tenant).await?[0];
    tenant.change_people(&rename(ada, "Ada"), "me").await?;
    let voice = tenant.voices(&[asset.id]).await?.remove(&asset.id).context("voices")?[0].id;
    tenant.change_people(&Wish::Voice { voice, to: Some(Owner::Known(ada)) }, "me").await?;
    let face = faces_in(tenant, ada, asset.id).await?[0].id;
    let before = world.store.latest_revision().await?;
    let off = TenantSettings { faces: FaceAnalysis::Off, ..TenantSettings::default() };
    tenant.put_settings(&off).await?;
    ensure!(everyone(tenant).await?.is_empty() && tenant.people_in(asset.id).await?.is_empty());
    ensure!(tenant.list_person_changes(PageRequest::first(9)).await?.rows.is_empty());
    ensure!(tenant.faces_by_ids(&[face]).await?.is_empty());
    let changed = world.store.changed_since(before, 9).await?;
    assert_eq!(changed.iter().map(|change| change.asset).collect::<Vec<_>>(), [asset.id], "search forgets the name");
    // Rows that an attempt under way had left would not become people either.
    see(tenant, asset.id, &[(0, 1_000, ADA)]).await?;
    ensure!(everyone(tenant).await?.is_empty());
    Ok(())
}

async fn other_tenants_people_are_others(world: World) -> anyhow::Result<()> {
    let (tenant, other) = (&world.tenant, world.store.tenant(OTHER_TENANT));
    let (mine, _) = register(tenant, "a").await?;
    let (theirs, _) = register(&other, "b").await?;
    see(tenant, mine.id, &[(0, 1_000, ADA)]).await?;
    see(&other, theirs.id, &[(0, 1_000, ADA)]).await?;
    let (ada, stranger) = (everyone(tenant).await?, everyone(&other).await?);
    assert_eq!((ada.len(), stranger.len()), (1, 1));
    ensure!(ada != stranger);
    let refused = other.change_people(&rename(ada[0], "Ada"), "them").await;
    assert_eq!(refused.err().map(|error| error.code()), Some("not_found"));
    let merge = Wish::Merge { into: stranger[0], people: ada.clone() };
    assert_eq!(other.change_people(&merge, "them").await.err().map(|error| error.code()), Some("not_found"));
    let face = faces_in(tenant, ada[0], mine.id).await?[0].id;
    let assign = Wish::Assign { faces: vec![face], to: Owner::Known(stranger[0]) };
    assert_eq!(other.change_people(&assign, "them").await.err().map(|error| error.code()), Some("not_found"));
    let change = tenant.change_people(&rename(ada[0], "Ada"), "me").await?.change.context("a change")?;
    assert_eq!(other.undo_person_change(change.id).await.err().map(|error| error.code()), Some("not_found"));
    ensure!(other.people_in(mine.id).await?.is_empty() && other.people_by_ids(&ada).await?.is_empty());
    Ok(())
}

async fn faces_are_put_together_while_people_are_changed(world: World) -> anyhow::Result<()> {
    let mut assets = Vec::new();
    for number in 0..6 {
        assets.push(register(&world.tenant, &format!("{number}")).await?.0.id);
    }
    see(&world.tenant, assets[0], &[(0, 1_000, ADA)]).await?;
    let ada = everyone(&world.tenant).await?[0];
    let before = world.store.latest_revision().await?;
    let seeing = assets.iter().skip(1).map(|asset| {
        let tenant = &world.tenant;
        async move { see(tenant, *asset, &[(0, 1_000, ADA), (0, 1_000, BOB)]).await }
    });
    let naming: Vec<_> = (0..4)
        .map(|number| {
            let tenant = world.tenant.clone();
            tokio::spawn(async move {
                for round in 0..3 {
                    tenant.change_people(&rename(ada, &format!("Ada {number} {round}")), "me").await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    futures::future::try_join_all(seeing).await?;
    for task in naming {
        task.await??;
    }
    for asset in &assets {
        world.tenant.bring_up_people(*asset, &[]).await?;
    }
    assert_eq!(everyone(&world.tenant).await?.len(), 2, "Ada and Bob");
    assert_eq!(world.tenant.people_by_ids(&[ada]).await?.get(&ada).map(|ada| ada.faces), Some(6));
    assert_eq!(world.tenant.list_person_changes(PageRequest::first(99)).await?.rows.len(), 12);
    ensure!(world.store.latest_revision().await? > Revision(before.0 + 12));
    Ok(())
}
