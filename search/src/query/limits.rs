//! Bounds of a search; each says its unit in its name.

use reelgraph_models::time::MediaTime;

/// Longest time between two moments where a query does not say.
pub const DEFAULT_GAP: MediaTime = MediaTime::from_millis(30_000);
/// Longest query, in characters. People type under a hundred; a pasted paragraph fits.
pub const MAX_QUERY_CHARS: usize = 2_000;
/// Characters of a query that models are asked for the meaning of; beyond the first sentences it changes little and costs seconds.
pub const MAX_MEANING_CHARS: usize = 300;
/// Most words, conditions, brackets and operators of a structured query, all together.
pub const MAX_QUERY_SIZE: usize = 1_000;
/// Most distinct words and phrases of a query that count; the width of the set that records which matched.
pub const MAX_TERMS: usize = 64;
/// Hits of a page where the request does not say.
pub const DEFAULT_PAGE_HITS: usize = 20;
/// Most hits of a page.
pub const MAX_PAGE_HITS: usize = 100;
/// Most assets named by a filter.
pub const MAX_FILTER_ASSETS: usize = 1_000;
/// Most values of any other list in a filter.
pub const MAX_FILTER_VALUES: usize = 64;
/// Best candidates taken from each channel of the text index.
pub const TEXT_CANDIDATES: usize = 400;
/// Nearest candidates taken from each embedding space beside those by words.
pub const VECTOR_CANDIDATES: usize = 100;
/// The same where nothing else ranks the answers, as with an example, and where some fall away because they lack words that must
/// be there.
pub const DEEP_VECTOR_CANDIDATES: usize = 200;
/// Most hits that paging can reach of those that words, examples or relations in time rank; what only conditions are asked of is
/// reached without bound in the order of a property.
pub const MAX_REACHABLE_HITS: usize = 1_000;
/// Most hits shown of one asset where hits are grouped by asset.
pub const MAX_HITS_PER_ASSET: usize = 10;
/// Longest a search may take, in milliseconds.
pub const QUERY_TIMEOUT_MS: u64 = 10_000;
/// Searches that run at once; others wait their turn, at most as long as a search may take.
pub const CONCURRENT_SEARCHES: usize = 16;
/// Queries that are turned into vectors at once; one that was given up goes on to its end, and counts until then.
pub const CONCURRENT_ENCODINGS: usize = 2;
/// Most answers that a model orders anew.
pub const MAX_RERANKED_HITS: usize = 50;
/// Searches whose answers are ordered anew at once: the model takes every core that it is given.
pub const CONCURRENT_RERANKINGS: usize = 1;
/// Passages that are judged before another search has its turn.
pub const PASSAGES_AT_ONCE: usize = 8;
/// Most characters of an answer's words that are judged; models read less.
pub const MAX_PASSAGE_CHARS: usize = 4_000;
/// Recent query vectors that are kept.
pub const ENCODER_CACHE_ENTRIES: usize = 512;
/// Recent rankings that are kept for the next page.
pub const RANKING_CACHE_ENTRIES: usize = 32;
/// Most bytes of the index files that are read into memory at the start: a million moments with one space take about three
/// gigabytes.
pub const MAX_READ_AHEAD_BYTES: u64 = 6 << 30;
/// Searches for frequent words at the start.
pub const WARM_UP_SEARCHES: usize = 8;
/// Longest cursor, in bytes.
pub const MAX_CURSOR_BYTES: usize = 256;
/// Deepest nesting of brackets, negations and functions of a query.
pub const MAX_QUERY_DEPTH: usize = 24;
/// Most looks at the indexes that one query takes: its parts that are joined in time.
pub const MAX_LOOKS: usize = 8;
/// Fewest letters before `*`; shorter beginnings match half a dictionary.
pub const MIN_PREFIX_LETTERS: usize = 2;
/// Fewest letters of a word before `~`; shorter words are near to too many others.
pub const MIN_FUZZY_LETTERS: usize = 4;
/// Most words that one `*` or `~` stands for, the most frequent ones.
pub const MAX_EXPANDED_WORDS: usize = 64;
/// Most words of the dictionary that are looked at for one `*` or `~`.
pub const MAX_SCANNED_WORDS: usize = 50_000;
/// Most labels that a vocabulary adds to one run of words.
pub const MAX_EXPANSIONS: usize = 96;
/// Most labels by which one `concept:` is looked for, its own and those of all that is narrower. Each is looked up in every channel
/// and in each text that is shown, so that ten times as many would take longer than the search itself.
pub const MAX_CONCEPT_LABELS: usize = 512;
/// Most words of a label that is looked for in a query.
pub const MAX_LABEL_WORDS: usize = 4;
/// Most vectors of one example.
pub const MAX_EXAMPLE_VECTORS: usize = 16;
/// Most answers of each part of a query that are joined in time.
pub const MAX_JOINED_HITS: usize = 2_000;
/// Most levels of narrower concepts that a vocabulary is asked for.
pub const MAX_NARROWER_LEVELS: u8 = 8;
/// Greatest factor for the weight of a channel.
pub const MAX_WEIGHT: f32 = 10.0;
/// Most values shown of one facet.
pub const MAX_FACET_VALUES: usize = 200;
/// Most answers shown that are not good enough, where nothing is.
pub const MAX_NEAR_MISSES: usize = 10;
