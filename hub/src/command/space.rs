//! `reelgraph space`: fills an embedding space beside the one that serves, compares the two, switches, and goes back.

use std::process::ExitCode;

use anyhow::bail;
use indicatif::HumanDuration;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{eval, refresh};
use crate::arguments::{Common, SpaceCommand, SpaceFillArguments, SpaceRoleName};
use crate::client::Client;
use crate::{config, output};

/// Rounds of a fill: one for all, one for what was busy, one for what came in meanwhile by workers of before.
const FILL_ROUNDS: u32 = 3;

const SPACES: &str = "role name version dimensions state isSearchable vectorCount momentCount lackingMomentCount";

pub async fn run(common: &Common, command: SpaceCommand) -> anyhow::Result<ExitCode> {
    match command {
        SpaceCommand::List => list(common).await,
        SpaceCommand::Fill(arguments) => fill(common, &arguments).await,
        SpaceCommand::Compare(arguments) => eval::compare_spaces(common, &arguments).await,
        SpaceCommand::Switch { role, force } => change(common, "switchEmbeddingSpace", role, force).await,
        SpaceCommand::Rollback { role, force } => change(common, "rollBackEmbeddingSpace", role, force).await,
        SpaceCommand::Drop { role, name, space_version } => {
            let input = json!({ "role": role.name(), "name": name, "version": space_version });
            let client = Client::of_library(config::load(common)?).await?;
            let done = mutate(&client, "dropEmbeddingSpace", "DropEmbeddingSpaceInput", input).await?;
            if !common.json {
                let assets = done.get("clearedAssetCount").and_then(Value::as_u64).unwrap_or_default();
                output::line(format!("Vectors of {assets} assets were removed."));
            }
            show(common, &done)
        }
    }
}

async fn list(common: &Common) -> anyhow::Result<ExitCode> {
    let client = Client::of_library(config::load(common)?).await?;
    let data = client.execute(&format!("{{ embeddingSpaces {{ {SPACES} }} }}"), Value::Null).await?;
    let spaces = data.get("embeddingSpaces").cloned().unwrap_or_default();
    show(common, &json!({ "spaces": spaces }))
}

async fn change(common: &Common, mutation: &str, role: SpaceRoleName, force: bool) -> anyhow::Result<ExitCode> {
    let client = Client::of_library(config::load(common)?).await?;
    let input = json!({ "role": role.name(), "force": force });
    show(common, &mutate(&client, mutation, "SwitchEmbeddingSpaceInput", input).await?)
}

/// Changes spaces; what was refused is an error.
async fn mutate(client: &Client, mutation: &str, input_type: &str, input: Value) -> anyhow::Result<Value> {
    let document = format!(
        "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{
          spaces {{ {SPACES} }} clearedAssetCount lackingMomentCount errors {{ code message }} }} }}"
    );
    let mut data = client.execute(&document, json!({ "input": input })).await?;
    let done = data.get_mut(mutation).map(Value::take).unwrap_or_default();
    checked(done)
}

fn checked(done: Value) -> anyhow::Result<Value> {
    match done.pointer("/errors/0/message").and_then(Value::as_str) {
        Some(message) => bail!("{message}"),
        None => Ok(done),
    }
}

async fn fill(common: &Common, arguments: &SpaceFillArguments) -> anyhow::Result<ExitCode> {
    let mut config = config::load(common)?;
    if common.verbose == 0 {
        config.worker_log = Some("error".to_owned());
    }
    let started_at = chrono::Utc::now();
    let client = Client::of_library(config).await?;
    let shutdown = CancellationToken::new();
    let background = client.start_background(&shutdown)?;
    let outcome = async {
        if background.is_some() {
            refresh::models_reported(&client, started_at).await?;
        }
        fill_with(common, arguments, &client).await
    };
    let outcome = outcome.await;
    shutdown.cancel();
    if let Some(background) = background {
        background.ended().await;
    }
    outcome
}

async fn fill_with(common: &Common, arguments: &SpaceFillArguments, client: &Client) -> anyhow::Result<ExitCode> {
    let mut failed = 0;
    for round in 1..=FILL_ROUNDS {
        let planned = ask_to_fill(client, arguments).await?;
        let number = |name: &str| planned.get(name).and_then(Value::as_u64).unwrap_or_default();
        let (jobs, busy) = (number("jobCount"), number("alreadyQueuedCount"));
        if !common.json && (round == 1 || jobs > 0) {
            let time = planned.get("estimateMs").and_then(Value::as_u64).map(std::time::Duration::from_millis);
            let time = time.map_or_else(String::new, |time| format!(", about {} for one worker", HumanDuration(time)));
            output::line(format!("{jobs} assets lack {}{time}.", arguments.name));
            if busy > 0 {
                output::line(format!("{busy} more have a job that waits or runs already."));
            }
        }
        let id = planned.pointer("/refresh/id").and_then(Value::as_str);
        let (Some(id), false) = (id, arguments.no_wait) else {
            show(common, &planned)?;
            return Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        };
        let ended = refresh::follow(client, id, common.json).await?;
        failed = ended.get("failedCount").and_then(Value::as_u64).unwrap_or_default();
        if failed > 0 && !common.json {
            output::line(format!("{failed} failed; `reelgraph space fill` tries them again."));
        }
    }
    let data = client.execute(&format!("{{ embeddingSpaces {{ {SPACES} }} }}"), Value::Null).await?;
    show(common, &json!({ "spaces": data.get("embeddingSpaces") }))?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask_to_fill(client: &Client, arguments: &SpaceFillArguments) -> anyhow::Result<Value> {
    let SpaceFillArguments { role, name, space_version, dry_run, .. } = arguments;
    let document = format!(
        "mutation($input: FillEmbeddingSpaceInput!) {{ fillEmbeddingSpace(input: $input) {{ spaces {{ {SPACES} }}
          jobCount alreadyQueuedCount estimateMs refresh {{ id }} errors {{ code message }} }} }}"
    );
    let input = json!({ "role": role.name(), "name": name, "version": space_version, "dryRun": dry_run });
    let mut data = client.execute(&document, json!({ "input": input })).await?;
    checked(data.get_mut("fillEmbeddingSpace").map(Value::take).unwrap_or_default())
}

/// Prints the spaces as a table, or all of it as JSON.
fn show(common: &Common, done: &Value) -> anyhow::Result<ExitCode> {
    if common.json {
        output::json(done)?;
        return Ok(ExitCode::SUCCESS);
    }
    let spaces = done.get("spaces").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if spaces.is_empty() {
        output::line(
            "There is no embedding space, and no model for one; `reelgraph models pull` fetches the default set.",
        );
    }
    for space in spaces {
        output::line(row(space));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(space: &Value) -> String {
    let text = |name: &str| space.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| space.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (role, state) = (text("role").to_lowercase(), text("state").to_lowercase());
    let key = format!("{}@{}", text("name"), text("version"));
    let lacking = match space.get("lackingMomentCount").and_then(Value::as_u64) {
        None => String::new(),
        Some(0) => ", complete".to_owned(),
        Some(moments) => format!(", lacks {moments}"),
    };
    let model = if space.get("isSearchable") == Some(&Value::Bool(true)) { "" } else { "  no model here" };
    let (vectors, moments) = (number("vectorCount"), number("momentCount"));
    format!("{role:<9} {state:<10} {key:<32} {vectors} vectors of {moments} moments{lacking}{model}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_a_space_is_and_what_it_lacks() {
        let space = json!({ "role": "PASSAGES", "state": "CANDIDATE", "name": "e5", "version": "1", "vectorCount": 3,
          "momentCount": 2, "lackingMomentCount": 4, "isSearchable": false });
        let expected =
            "passages  candidate  e5@1                             3 vectors of 2 moments, lacks 4  no model here";
        assert_eq!(row(&space), expected);
    }
}
