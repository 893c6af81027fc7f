//! How good results are against what people say is true: pure functions, shared by tests, examples and `reelgraph eval`.

mod detection;
mod diarization;
mod interval;
mod probability;
mod random;
mod ranking;
mod reading;
mod retrieval;
mod significance;
mod speech;

pub use detection::{DetectionTruth, ScoredBox, mean_average_precision};
pub use diarization::{DiarizationError, Turn};
pub use interval::{Interval, bootstrap, poisson, wilson};
pub use probability::{brier_score, calibration_error};
pub use ranking::{BEST_GRADE, capped_recall_at, ndcg_at, precision, recall, reciprocal_rank};
pub use reading::{character_error_rate, word_recall};
pub use retrieval::{rank_of, recall_at};
pub use significance::paired_randomisation;
pub use speech::ErrorRate;
