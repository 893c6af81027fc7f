//! Moderation with the real models and lists, where they are pulled.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod support;

use std::path::Path;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::moderation::{
    Context, PictureModel, PictureModerator, PictureScores, Policy, Spelling, TermClass, ToxicityModel, WordLists,
};
use reelgraph_inference::runtime::Threads;
use reelgraph_models::observation::Severity;
use reelgraph_models::picture::Picture;
use support::{TestResult, pulled, store_root};

/// `fixtures/astronaut.jpg`: Eileen Collins, NASA, public domain.
fn astronaut() -> TestResult<Picture> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/astronaut.jpg");
    let rgb = image::open(path)?.to_rgb8();
    let (width, height) = rgb.dimensions();
    Ok(Picture::new(width, height, rgb.into_raw())?)
}

/// The store of this machine, where that card is pulled; no runtime is needed.
fn store_with(card: &str) -> Option<ModelStore> {
    let store = ModelStore::new(store_root()?);
    match store.open(card) {
        Ok(_) => Some(store),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

fn toxicity() -> TestResult<Option<ToxicityModel>> {
    Ok(store_with("alt-profanity-check").map(|store| ToxicityModel::load(&store)).transpose()?)
}

fn words() -> TestResult<Option<WordLists>> {
    Ok(store_with("naughty-words").map(|store| WordLists::load(&store)).transpose()?)
}

#[test]
fn an_ordinary_portrait_is_scored_by_both_models_and_not_flagged() -> TestResult {
    let mut scores: Vec<PictureScores> = Vec::new();
    for model in PictureModel::ALL {
        let Some((store, runtime)) = pulled(&["onnxruntime", model.card()]) else { return Ok(()) };
        let mut moderator = PictureModerator::load(&runtime, &store, model, Threads::shared(2))?;
        let grey = |width: u32, height: u32| Picture::new(width, height, vec![90; (width * height * 3) as usize]);
        // More than a batch, of every shape, the portrait last.
        let mut pictures = vec![grey(1, 1)?, grey(2_000, 3)?, grey(7, 900)?];
        pictures.extend(vec![astronaut()?; 8]);
        let all = moderator.scores(&pictures)?;
        assert_eq!(all.len(), pictures.len());
        let alone = moderator.scores(&[astronaut()?])?;
        for (name, score) in all[10].named() {
            let same = alone[0].named().into_iter().find(|(other, _)| *other == name).map(|(_, score)| score);
            assert!(same.is_some_and(|same| (same - score).abs() < 1e-4), "{name}");
        }
        assert!(moderator.scores(&[])?.is_empty());
        if let PictureScores::NsfwMobileNet { drawing, hentai, neutral, porn, sexy } = all[10] {
            assert!((drawing + hentai + neutral + porn + sexy - 1.0).abs() < 1e-3);
        }
        scores.push(all[10]);
    }
    let judged = Policy::default().judge_picture(&scores).ok_or("both models gave scores")?;
    assert_eq!(judged.severity, Severity::None, "{judged:?}");
    assert!(judged.score < 0.1, "{judged:?}");
    Ok(())
}

#[test]
fn toxicity_is_what_the_package_computes() -> TestResult {
    let Some(model) = toxicity()? else { return Ok(()) };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/toxicity.json");
    let fixture: serde_json::Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let tolerance: f64 = serde_json::from_value(fixture["tolerance"].clone())?;
    let texts: Vec<String> = serde_json::from_value(fixture["texts"].clone())?;
    let expected: Vec<f64> = serde_json::from_value(fixture["outputs"].clone())?;
    assert!(texts.len() == expected.len() && !texts.is_empty());
    for (text, expected) in texts.iter().zip(expected) {
        let score = f64::from(model.score(text).raw);
        assert!((score - expected).abs() <= tolerance, "{text:?}: {score} where {expected} is expected");
    }
    Ok(())
}

#[test]
fn insults_are_flagged_by_the_text_model_and_medicine_is_not() -> TestResult {
    let Some(model) = toxicity()? else { return Ok(()) };
    let severity = |text: &str| Policy::default().judge_text(model.score(text)).map(|judged| judged.severity);
    assert_eq!(severity("You are a stupid idiot and I hate you."), Some(Severity::Medium));
    for ordinary in
        ["breast cancer research", "Sex education in schools", "The weather is nice today.", "It was the best of times"]
    {
        assert!(severity(ordinary).is_none_or(|severity| severity == Severity::None), "{ordinary}");
    }
    let Some(lists) = words()? else { return Ok(()) };
    let in_context = |text: &str| model.score_in_context(text, &lists.find(text, &["en"]));
    let crow = "cock-a-doodle-doo";
    assert!(model.score(crow).raw > 0.95 && in_context(crow).raw < 0.5, "{:?}", in_context(crow));
    let insult = "You stupid idiot, cock-a-doodle-doo!";
    assert_eq!(Policy::default().judge_text(in_context(insult)).map(|judged| judged.severity), Some(Severity::Medium));
    assert_eq!(severity("Сегодня хорошая погода"), None, "it knows no word of this");
    Ok(())
}

/// The heaviest find of a text.
fn heaviest(lists: &WordLists, text: &str, language: &str) -> Severity {
    let found = lists.find(text, &[language]);
    found.iter().map(|found| found.severity).max().unwrap_or(Severity::None)
}

#[test]
fn ordinary_sentences_in_many_languages_are_no_finding() -> TestResult {
    let Some(lists) = words()? else { return Ok(()) };
    let ordinary = [
        ("en", "Breast cancer research needs more money."),
        ("en", "Sex education in our school starts at twelve."),
        ("en", "The rapist was convicted in court; the victim spoke to the police."),
        ("en", "Scunthorpe, Penistone and Middlesex lie in England, and so does Sussex."),
        ("en", "Cock-a-doodle-doo, said the cock to the hens."),
        ("en", "A great tit built its nest; the assassin passed the class."),
        ("en", "Dick Van Dyke and Moby Dick in a Shih Tzu's classic cocktail."),
        ("en", "The nurse examined the patient's anus and penis for cancer."),
        ("en", "He plays as hooker in the scrum of our rugby team."),
        ("de", "Das Buch ist dick und die Vögel singen."),
        ("de", "Die Klinik forscht über Krebs am Penis."),
        ("fr", "Il a baisé la main de la reine et la baleine a sauté."),
        ("es", "El gato negro duerme; el martillo está en la mesa."),
        ("it", "Il finocchio e il pesce sono sulla tavola."),
        ("pt", "Vou comer frango assado com cerveja."),
        ("nl", "Mijn nicht moet een jas naaien en de muts zit op de paal."),
        ("sv", "Filmen är slut klockan sex."),
        ("no", "Mitt fag på skolen er matematikk, og nå er det slutt."),
        ("fi", "Panna muna pöytään."),
        ("ko", "그 영화는 아직 보지 않았고 잠을 자지 못했다."),
        ("zh", "今日批准的一次性交付，叫做爱情，路口交通很好。"),
        ("ja", "フックとファンタジーの女の子。"),
        ("th", "เปิดหีบแล้วกินกะปิ"),
        ("tr", "Sıkıldım ama sinemaya gittim."),
        ("ru", "Какая разница, сказал мент."),
        ("ar", "هذا بحث في الطب عن سرطان الثدي"),
        ("fa", "هیچ کس در خانه نیست"),
    ];
    for (language, text) in ordinary {
        let found = lists.find(text, &[language]);
        let heavy: Vec<_> = found.iter().filter(|found| found.severity > Severity::Low).collect();
        assert!(heavy.is_empty(), "{text}: {heavy:?}");
        let bad_news = text.contains("convicted");
        assert!(bad_news || heaviest(&lists, text, language) == Severity::None, "{text}: {found:?}");
    }
    Ok(())
}

#[test]
fn real_insults_are_findings_in_every_list_that_has_them() -> TestResult {
    let Some(lists) = words()? else { return Ok(()) };
    let insults = [
        ("en", "You bitch, go away!"),
        ("en", "what a bunch of assholes"),
        ("en", "go f*ck yourself, you sh1thead sh1t"),
        ("en", "fuuuuck this f.u.c.k"),
        ("de", "Du Arschloch!"),
        ("fr", "Espèce de connard, va te faire enculer, enculé"),
        ("es", "Eres un cabron, hijo de puta"),
        ("it", "Testa di cazzo!"),
        ("pt", "Seu filho da puta"),
        ("nl", "Wat een klootzak"),
        ("pl", "Ty skurwysynu, kurwa"),
        ("ru", "Иди на хуй"),
        ("ko", "이 씨발놈아, 병신아"),
        ("zh", "操你妈的王八蛋"),
        ("ja", "このビッチが"),
        ("th", "ไอ้เหี้ย เย็ด ควย"),
        ("tr", "orospu"),
    ];
    for (language, text) in insults {
        assert!(heaviest(&lists, text, language) >= Severity::Medium, "{text}: {:?}", lists.find(text, &[language]));
    }
    Ok(())
}

#[test]
fn a_find_says_where_in_which_list_and_how_it_is_spelled() -> TestResult {
    let Some(lists) = words()? else { return Ok(()) };
    let found = lists.find("Breast cancer: the nipples; and “sh1t”!", &["en"]);
    let facts: Vec<_> =
        found.iter().map(|one| (one.chars.clone(), one.language, one.class, one.spelling, one.context)).collect();
    assert_eq!(
        facts,
        [
            (19..26, "en", TermClass::SexualReference, Spelling::Exact, Some(Context::Earnest)),
            (33..37, "en", TermClass::Mild, Spelling::Disguised, None),
        ]
    );
    assert_eq!(found[1].class.label().map(|label| label.path), Some("language/profanity/mild"));
    Ok(())
}
