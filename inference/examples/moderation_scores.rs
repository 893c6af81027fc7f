//! Scores pictures with both models of sensitive pictures, and texts with the model of toxic text, as tab-separated lines: the
//! tables of `src/moderation/README.md` are counted from them.
//!
//! ```text
//! cargo run --example moderation_scores MODEL_STORE FILE...
//! ```
//!
//! A file whose name ends in `.txt` holds a text a line; any other is a picture.

use std::error::Error;
use std::path::Path;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::moderation::{PictureModel, PictureModerator, PictureScores, Policy, ToxicityModel};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_models::picture::Picture;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let store = ModelStore::new(arguments.next().ok_or("name the model store and files")?);
    let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
    let mut models = Vec::new();
    for model in PictureModel::ALL {
        models.push(PictureModerator::load(&runtime, &store, model, Threads::shared(2))?);
    }
    let toxicity = ToxicityModel::load(&store)?;
    let policy = Policy::default();
    println!("file\tnsfwjs\topen_nsfw\tlower\tprobability at least\tseverity\ttext");
    for argument in arguments {
        let path = Path::new(&argument);
        let name = path.display();
        if path.extension().is_some_and(|extension| extension == "txt") {
            for line in std::fs::read_to_string(path)?.lines() {
                let score = toxicity.score(line);
                let judged = policy.judge_text(score);
                let severity = judged.map_or("", |judged| judged.severity.as_str());
                let probability = judged.map_or(0.0, |judged| judged.probability_at_least);
                println!("{name}\t\t\t{:.4}\t{probability:.3}\t{severity}\t{line}", score.raw);
            }
            continue;
        }
        let rgb = image::open(path)?.to_rgb8();
        let (width, height) = rgb.dimensions();
        let picture = [Picture::new(width, height, rgb.into_raw())?];
        let mut scores: Vec<PictureScores> = Vec::new();
        for model in &mut models {
            scores.extend(model.scores(&picture)?);
        }
        let [first, second] = [0, 1].map(|index| scores.get(index).map_or(f32::NAN, PictureScores::sexual));
        let judged = policy.judge_picture(&scores).ok_or("both models give scores")?;
        let (lower, probability) = (judged.score, judged.probability_at_least);
        println!("{name}\t{first:.4}\t{second:.4}\t{lower:.4}\t{probability:.3}\t{}\t", judged.severity.as_str());
    }
    Ok(())
}
