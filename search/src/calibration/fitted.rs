//! The numbers that ship, as `reelgraph eval calibrate --output` writes them.

use std::borrow::Cow;

use reelgraph_models::observation::Modality;

use super::{Calibration, ChannelCurves, Curve, Point, SpaceCurves};

pub(super) const FITTED: Calibration = Calibration {
    fitted_on: Cow::Borrowed(
        "captions, labels and sentences of 51 photographs and 24 recordings, and the sample: 3436 hits of 496 queries",
    ),
    base: -4.083,
    cut_off: 0.23,
    channels: Cow::Borrowed(CHANNELS),
    spaces: Cow::Borrowed(SPACES),
};

const CHANNELS: &[ChannelCurves] = &[
    ChannelCurves {
        channel: Modality::Speech,
        coverage: Curve::known(&[
            Point(0.0, 0.0),
            Point(0.25, 0.798),
            Point(0.5, 1.993),
            Point(0.75, 3.363),
            Point(1.0, 4.568),
        ]),
        words: Curve::known(&[Point(1.0, 0.0), Point(2.0, 0.481), Point(3.0, 1.012), Point(5.0, 1.027)]),
    },
    ChannelCurves {
        channel: Modality::ScreenText,
        coverage: Curve::known(&[
            Point(0.0, 0.0),
            Point(0.25, 1.088),
            Point(0.5, 2.006),
            Point(0.75, 3.404),
            Point(1.0, 4.848),
        ]),
        words: Curve::known(&[Point(1.0, 0.0), Point(2.0, 0.557), Point(3.0, 1.058), Point(5.0, 1.126)]),
    },
    ChannelCurves {
        channel: Modality::Tags,
        coverage: Curve::known(&[
            Point(0.0, 0.0),
            Point(0.25, 0.845),
            Point(0.5, 0.845),
            Point(0.75, 1.985),
            Point(1.0, 4.215),
        ]),
        words: Curve::known(&[Point(1.0, 0.0), Point(2.0, 0.204), Point(3.0, 0.312), Point(5.0, 0.785)]),
    },
];

const SPACES: &[SpaceCurves] = &[
    SpaceCurves {
        space: Cow::Borrowed("bge-small-en"),
        similarity: Curve::known(&[
            Point(0.63, 0.0),
            Point(0.65, 0.153),
            Point(0.67, 0.504),
            Point(0.74, 1.701),
            Point(0.78, 1.992),
            Point(0.92, 2.316),
            Point(0.98, 2.352),
        ]),
        closeness: Curve::known(&[Point(-0.2, 0.0), Point(-0.1, 0.0), Point(-0.05, 0.875), Point(-0.001, 2.939)]),
    },
    SpaceCurves {
        space: Cow::Borrowed("label-space"),
        similarity: Curve::known(&[
            Point(0.2, 0.0),
            Point(0.23, 0.358),
            Point(0.27, 0.358),
            Point(0.33, 1.093),
            Point(0.44, 1.093),
            Point(0.52, 1.093),
            Point(0.6, 1.093),
        ]),
        closeness: Curve::known(&[Point(-0.2, 0.0), Point(-0.1, 0.863), Point(-0.05, 1.05), Point(-0.001, 2.567)]),
    },
];
