//! Settings of a tenant.

use reelgraph_models::settings::{FaceAnalysis, TenantSettings, Vocabulary};

use crate::harness::{World, on_both};
use crate::sample::OTHER_TENANT;

on_both!(settings_are_the_defaults_until_they_are_set_and_belong_to_one_tenant);

async fn settings_are_the_defaults_until_they_are_set_and_belong_to_one_tenant(world: World) -> anyhow::Result<()> {
    assert_eq!(world.tenant.settings().await?, TenantSettings::default());
    let vocabulary = Vocabulary::new(["Sintel".to_owned()])?;
    let first = TenantSettings { faces: FaceAnalysis::Off, ..TenantSettings::default() };
    let second = TenantSettings { vocabulary, ..first.clone() };
    for settings in [first, second] {
        world.tenant.put_settings(&settings).await?;
        assert_eq!(world.tenant.settings().await?, settings);
    }
    assert_eq!(world.store.tenant(OTHER_TENANT).settings().await?, TenantSettings::default());
    Ok(())
}
