//! Shot boundaries by TransNetV2.
