//! Files that are refused by their first bytes, before any demuxer sees them.

use reelgraph_models::probe::Refusal;

/// Brands of ISO base media files that hold still pictures (ISO/IEC 23008-12, AVIF 1.1). Image sequences (`hevc`, `msf1`,
/// `avis`) are not among them.
const STILL_BRANDS: [&[u8; 4]; 7] = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif", b"jpeg"];

/// Beginnings of files that name other files or addresses to be played.
const REFERRING: [&[u8]; 8] =
    [b"#EXTM3U", b"ffconcat version", b"[playlist]", b"[Reference]", b"<asx", b"<smil", b"rtsp://", b"RTSPtext"];

/// Why a file that begins with `start` is refused, if its first bytes alone tell.
pub(super) fn refusal(start: &[u8]) -> Option<Refusal> {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    if REFERRING.iter().any(|prefix| begins_with(text, prefix)) || is_manifest(text) || is_session(text) {
        return Some(Refusal::RefersElsewhere);
    }
    is_still(start).then_some(Refusal::StillPicture)
}

/// Whether a header that could not be read speaks of Common Encryption (ISO/IEC 23001-7).
pub(super) fn mentions_encryption(start: &[u8]) -> bool {
    start.windows(4).any(|name| matches!(name, b"encv" | b"enca" | b"pssh" | b"tenc"))
}

fn begins_with(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// An XML document whose root is a DASH manifest, a Smooth Streaming manifest, a playlist or a composition.
fn is_manifest(text: &[u8]) -> bool {
    const ROOTS: [&[u8]; 6] =
        [b"<MPD", b"<SmoothStreamingMedia", b"<playlist", b"<CompositionPlaylist", b"<smil", b"<asx"];
    begins_with(text, b"<") && ROOTS.iter().any(|root| text.windows(root.len()).any(|window| window == *root))
}

/// A session description (RFC 8866), which is a list of addresses.
fn is_session(text: &[u8]) -> bool {
    begins_with(text, b"v=0") && text.windows(3).any(|window| window == b"\nm=" || window == b"\no=")
}

fn is_still(start: &[u8]) -> bool {
    match start {
        // A PNG moves if an animation chunk comes before its picture data.
        [0x89, b'P', b'N', b'G', ..] => !start.windows(4).any(|chunk| chunk == b"acTL"),
        [0xff, 0xd8, 0xff, ..] => !is_motion_jpeg(start),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            !start.windows(4).any(|chunk| chunk == b"ANIM")
        }
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => {
            STILL_BRANDS.iter().any(|still| brand.starts_with(still.as_slice()))
        }
        _ => false,
    }
}

/// Cameras write Motion JPEG with this mark (Open DML) right behind the start of the first picture.
fn is_motion_jpeg(start: &[u8]) -> bool {
    start.get(6..10).is_some_and(|mark| mark == b"AVI1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playlists_and_manifests_are_told_by_their_first_bytes() {
        let dash = b"<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">";
        for start in [b"\xef\xbb\xbf#EXTM3U\nhttp://a/b.ts".as_slice(), b"ffconcat version 1.0\nfile a.mp4", dash] {
            assert_eq!(refusal(start), Some(Refusal::RefersElsewhere));
        }
        assert_eq!(refusal(b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n"), Some(Refusal::RefersElsewhere));
        assert_eq!(refusal(b"<?xml version=\"1.0\"?><tt xmlns=\"http://www.w3.org/ns/ttml\">"), None);
    }

    #[test]
    fn stills_are_told_from_what_moves() {
        assert_eq!(refusal(b"\x89PNG\r\n\x1a\n....IHDR....IDAT"), Some(Refusal::StillPicture));
        assert_eq!(refusal(b"\x89PNG\r\n\x1a\n....IHDR....acTL....IDAT"), None);
        assert_eq!(refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Some(Refusal::StillPicture));
        assert_eq!(refusal(b"\0\0\0\x18ftypisom\0\0\0\0isom"), None);
    }
}
