//! The numbers that ship, as `reelgraph eval calibrate --output` writes them.

use std::borrow::Cow;

use reelgraph_models::observation::Modality;

use super::{Calibration, ChannelCurves, Curve, Point, SpaceCurves};

pub(super) const FITTED: Calibration = Calibration {
    fitted_on: Cow::Borrowed(
        "captions, labels and sentences of 51 photographs and 24 recordings, and the sample: 3532 hits of 496 queries, read back from answers",
    ),
    base: -4.526,
    cut_off: 0.15,
    channels: Cow::Borrowed(CHANNELS),
    spaces: Cow::Borrowed(SPACES),
};

const CHANNELS: &[ChannelCurves] = &[
    ChannelCurves {
        channel: Modality::Speech,
        coverage: Curve::known(&[
            Point(0.0, 0.0),
            Point(0.25, 0.919),
            Point(0.5, 2.21),
            Point(0.75, 3.756),
            Point(1.0, 4.886),
        ]),
        words: Curve::known(&[Point(1.0, 0.0), Point(2.0, 0.249), Point(3.0, 0.913), Point(5.0, 0.931)]),
    },
    ChannelCurves {
        channel: Modality::ScreenText,
        coverage: Curve::known(&[
            Point(0.0, 0.0),
            Point(0.25, 1.411),
            Point(0.5, 3.103),
            Point(0.75, 4.261),
            Point(1.0, 5.532),
        ]),
        words: Curve::known(&[Point(1.0, 0.0), Point(2.0, 0.632), Point(3.0, 1.073), Point(5.0, 1.128)]),
    },
    ChannelCurves {
        channel: Modality::Tags,
        coverage: Curve::known(&[
            Point(0.0, 0.0),
            Point(0.25, 0.761),
            Point(0.5, 0.761),
            Point(0.75, 2.151),
            Point(1.0, 4.719),
        ]),
        words: Curve::known(&[Point(1.0, 0.0), Point(2.0, 0.263), Point(3.0, 0.492), Point(5.0, 0.913)]),
    },
];

const SPACES: &[SpaceCurves] = &[
    SpaceCurves {
        space: Cow::Borrowed("bge-small-en"),
        similarity: Curve::known(&[
            Point(0.63, 0.0),
            Point(0.65, 0.026),
            Point(0.67, 0.249),
            Point(0.73, 1.612),
            Point(0.79, 1.753),
            Point(0.91, 2.238),
            Point(0.98, 2.335),
        ]),
        closeness: Curve::known(&[Point(-0.2, 0.0), Point(-0.1, 0.0), Point(-0.05, 0.795), Point(-0.001, 3.011)]),
    },
    SpaceCurves {
        space: Cow::Borrowed("label-space"),
        similarity: Curve::known(&[
            Point(0.2, 0.0),
            Point(0.23, 0.523),
            Point(0.26, 0.523),
            Point(0.33, 1.304),
            Point(0.43, 1.304),
            Point(0.52, 1.304),
            Point(0.6, 1.304),
        ]),
        closeness: Curve::known(&[Point(-0.2, 0.0), Point(-0.1, 1.038), Point(-0.05, 1.057), Point(-0.001, 2.553)]),
    },
];
