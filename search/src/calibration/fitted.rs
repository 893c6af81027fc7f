//! The numbers that ship, as `reelgraph eval calibrate --output` writes them.

use std::borrow::Cow;

use reelgraph_models::observation::Modality;

use super::{Calibration, ChannelCurves, Curve, Point, SpaceCurves};

pub(super) const FITTED: Calibration = Calibration {
    fitted_on: Cow::Borrowed(
        "captions, labels and sentences of 51 photographs and 24 recordings, and the sample: 9429 hits of 496 queries",
    ),
    base: -5.551,
    cut_off: 0.12,
    channels: Cow::Borrowed(CHANNELS),
    spaces: Cow::Borrowed(SPACES),
};

const CHANNELS: &[ChannelCurves] = &[
    ChannelCurves {
        channel: Modality::Speech,
        coverage: Curve::known(&[
            Point(0.0, 0.0),
            Point(0.25, 1.074),
            Point(0.5, 2.047),
            Point(0.75, 3.35),
            Point(1.0, 4.582),
        ]),
        words: Curve::known(&[Point(1.0, 0.0), Point(2.0, 0.777), Point(3.0, 1.532), Point(5.0, 1.636)]),
    },
    ChannelCurves {
        channel: Modality::ScreenText,
        coverage: Curve::known(&[
            Point(0.0, 0.0),
            Point(0.25, 2.086),
            Point(0.5, 3.314),
            Point(0.75, 3.975),
            Point(1.0, 4.71),
        ]),
        words: Curve::known(&[Point(1.0, 0.0), Point(2.0, 0.958), Point(3.0, 1.247), Point(5.0, 1.258)]),
    },
    ChannelCurves {
        channel: Modality::Tags,
        coverage: Curve::known(&[
            Point(0.0, 0.0),
            Point(0.25, 0.542),
            Point(0.5, 0.542),
            Point(0.75, 2.005),
            Point(1.0, 4.451),
        ]),
        words: Curve::known(&[Point(1.0, 0.0), Point(2.0, 0.235), Point(3.0, 0.324), Point(5.0, 0.863)]),
    },
];

const SPACES: &[SpaceCurves] = &[
    SpaceCurves {
        space: Cow::Borrowed("bge-small-en"),
        similarity: Curve::known(&[
            Point(0.34, 0.0),
            Point(0.4, 0.0),
            Point(0.44, 0.0),
            Point(0.49, 0.0),
            Point(0.53, 0.0),
            Point(0.58, 0.008),
            Point(0.69, 2.908),
        ]),
        closeness: Curve::known(&[Point(-0.2, 0.0), Point(-0.1, 0.0), Point(-0.05, 0.0), Point(-0.001, 0.925)]),
    },
    SpaceCurves {
        space: Cow::Borrowed("label-space"),
        similarity: Curve::known(&[
            Point(-0.04, 0.0),
            Point(0.02, 0.0),
            Point(0.06, 0.583),
            Point(0.12, 1.062),
            Point(0.19, 1.542),
            Point(0.33, 2.523),
            Point(0.51, 2.523),
        ]),
        closeness: Curve::known(&[Point(-0.2, 0.0), Point(-0.1, 0.907), Point(-0.05, 1.055), Point(-0.001, 2.48)]),
    },
];
