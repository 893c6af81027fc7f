//! `reelgraph eval`: measures quality against truth, and speed. One JSON line a figure.
//!
//! `DATA` is a folder laid out as docs/measuring.md says; a part that is absent is skipped, and said so.

mod bench;
mod calibrate;
mod captions;
mod coco;
mod compare;
mod composed;
mod copies;
mod drawn;
mod faces;
mod ffmpeg;
mod figure;
mod filled;
mod filmed;
mod judged;
mod lengths;
mod library;
mod media;
mod moderation;
mod objects;
mod screen_text;
mod shots;
mod slides;
mod sounds;
mod speakers;
mod speech;
mod statistics;

use std::process::ExitCode;

use crate::arguments::{Common, EvalCommand};
use crate::config;

use figure::Report;
pub use judged::compare_spaces;
use media::Media;

pub async fn run(common: &Common, command: EvalCommand) -> anyhow::Result<ExitCode> {
    let config = config::load(common)?;
    let (arguments, is_bench) = match &command {
        EvalCommand::Quality(arguments) => (arguments, false),
        EvalCommand::Bench(arguments) => (arguments, true),
        EvalCommand::Compare(arguments) => return compare::run(&config, arguments, common.json).await,
        EvalCommand::Lengths(arguments) => {
            let report = Report::new(common.json, None);
            let media = Media::new(&config, arguments.data.clone())?;
            report.part("lengths", lengths::run(&config, &media, arguments, &report).await);
            return Ok(report.exit_code());
        }
        EvalCommand::Search(arguments) => return judged::run(common, arguments).await,
        EvalCommand::Judgements(arguments) => return judged::print_judgements(&arguments.data),
        EvalCommand::Calibrate(arguments) => return calibrate::run(common, config, arguments).await,
    };
    let report = Report::new(common.json, arguments.only.clone());
    let media = Media::new(&config, arguments.data.clone())?;
    if is_bench {
        bench::run(&config, &media, &report).await;
        return Ok(report.exit_code());
    }
    tokio::task::block_in_place(|| {
        report.part("shots", shots::run(&media, &report));
        report.part("speech", speech::run(&media, &report));
        report.part("on-screen text", screen_text::run(&media, &report));
        report.part("objects", objects::run(&media, &report));
        report.part("image–text", captions::run(&media, &report));
        report.part("faces", faces::run(&media, &report));
        report.part("suitability", moderation::run(&media, &report));
        report.part("sounds", sounds::run(&media, &report));
        report.part("copies", copies::run(&media, &report));
    });
    report.part("speakers", speakers::run(&config, &media, &report).await);
    report.part("text in a film", drawn::run(&config, &media, &report).await);
    report.part("tracks and scenes", filmed::run(&config, &media, &report).await);
    report.part("slides", slides::run(&config, &media, &report).await);
    report.part("judged queries", judged::quality(&config, &media, &report).await);
    Ok(report.exit_code())
}
