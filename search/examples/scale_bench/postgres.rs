//! PostgreSQL on the same moments: full text by channel, fused by rank as the product does it, by the `psql` program.
//!
//! Without vectors: pgvector is in no release of Debian's archive that this was measured on.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reelgraph_search::document::{Label, MomentDocument, Passage};

use crate::Outcome;
use crate::library::{asset, assets_of};
use crate::queries::{PAGE_HITS, Queries};
use crate::report::Report;

const QUERIES: usize = 200;
const CHANNELS: [&str; 4] = ["said", "written", "seen", "title"];

pub(crate) fn measure(url: &str, moments: u64, report: &Report) -> Outcome<()> {
    let started = Instant::now();
    fill(url, moments)?;
    report.figure(
        "scale_postgres_fill",
        moments as f64 / started.elapsed().as_secs_f64(),
        "moments/s",
        moments as usize,
    )?;
    let mut script = String::from("\\timing on\n\\o /dev/null\n");
    let mut queries = Queries::new(42);
    for _ in 0..QUERIES {
        writeln!(script, "{}", fused(&queries.next()))?;
    }
    let printed = psql(url, &["--quiet"], |input| Ok(input.write_all(script.as_bytes())?))?;
    let times: Vec<Duration> = printed.lines().filter_map(time_of).collect();
    if times.len() != QUERIES {
        return Err(format!("psql timed {} of {QUERIES} queries: {printed}", times.len()).into());
    }
    report.times("scale_postgres_text", "full text of four channels fused by rank, without vectors", &times)
}

fn fill(url: &str, moments: u64) -> Outcome<()> {
    let columns = CHANNELS.map(|channel| format!("{channel} tsvector")).join(", ");
    let vectors = CHANNELS.map(|channel| format!("to_tsvector('simple', {channel})")).join(", ");
    let texts = CHANNELS.map(|channel| format!("{channel} text")).join(", ");
    let prepare = format!(
        "drop table if exists moments; create table moments (id bigint primary key, {columns}); \
         drop table if exists texts; create unlogged table texts (id bigint, {texts})"
    );
    psql(url, &["--quiet", "--command", &prepare], |_| Ok(()))?;
    psql(url, &["--quiet", "--command", "copy texts from stdin"], |input| {
        for (number, moment) in (0..assets_of(moments)).flat_map(|number| asset(number).moments).enumerate() {
            let [said, written, seen, title] = channels(&moment);
            writeln!(input, "{number}\t{said}\t{written}\t{seen}\t{title}")?;
        }
        Ok(())
    })?;
    let indexes = CHANNELS.map(|channel| format!("create index on moments using gin ({channel})")).join("; ");
    let finish =
        format!("insert into moments select id, {vectors} from texts; drop table texts; {indexes}; analyze moments");
    psql(url, &["--quiet", "--command", &finish], |_| Ok(())).map(drop)
}

/// Generated words have nothing in them that would need escaping.
fn channels(moment: &MomentDocument) -> [String; 4] {
    let texts = |passages: &[Passage]| passages.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(" ");
    let labels = |labels: &[Label]| labels.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(" ");
    [texts(&moment.said), texts(&moment.written), labels(&moment.seen), texts(&moment.titles)]
}

/// The best of each channel for any of the words, fused by reciprocal ranks.
fn fused(query: &str) -> String {
    let any = query.replace(' ', " | ");
    let ranked = |channel: &str| {
        format!(
            "(select id, row_number() over (order by ts_rank({channel}, q) desc) as rank \
             from moments, to_tsquery('simple', '{any}') q where {channel} @@ q \
             order by ts_rank({channel}, q) desc limit 400)"
        )
    };
    let lists = CHANNELS.map(ranked).join(" union all ");
    format!(
        "select id, sum(1.0 / (60 + rank)) as score from ({lists}) lists group by id order by score desc limit {PAGE_HITS};"
    )
}

/// The milliseconds in `Time: 1.234 ms`.
fn time_of(line: &str) -> Option<Duration> {
    let millis: f64 = line.strip_prefix("Time: ")?.split(' ').next()?.parse().ok()?;
    Some(Duration::from_secs_f64(millis / 1e3))
}

/// Runs psql with something on its standard input, and hands back what it prints.
fn psql(url: &str, arguments: &[&str], feed: impl FnOnce(&mut dyn Write) -> Outcome<()>) -> Outcome<String> {
    let mut command = Command::new("psql");
    command.args(["--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", url]).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(input) = child.stdin.take() {
        let mut input = BufWriter::new(input);
        feed(&mut input)?;
        input.flush()?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("psql ended with {}", output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
