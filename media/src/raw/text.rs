//! Strings that FFmpeg hands out.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use ffmpeg_next::ffi;

/// Longest piece of metadata that is kept, in bytes; titles are shorter, lyrics and comments are not wanted.
const MAX_TEXT_BYTES: usize = 1024;

/// Copies a C string; bytes that are not UTF-8 become replacement characters. `None` for a null pointer or no text.
///
/// # Safety
/// `text` is null or points to a string with a terminator.
pub(super) unsafe fn owned(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    let kept = bytes.get(..MAX_TEXT_BYTES).unwrap_or(bytes);
    let text = String::from_utf8_lossy(kept).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Looks up `key` in a dictionary, ignoring case.
///
/// # Safety
/// `dictionary` is null or a live dictionary.
pub(super) unsafe fn entry(dictionary: *const ffi::AVDictionary, key: &CStr) -> Option<String> {
    // SAFETY: av_dict_get takes a null dictionary for an empty one; an entry's value has a terminator.
    unsafe {
        let found = ffi::av_dict_get(dictionary, key.as_ptr(), ptr::null(), 0);
        if found.is_null() { None } else { owned((*found).value) }
    }
}

/// The file name that demuxers may look at: nothing but a harmless extension, which some raw formats need.
pub(super) fn hint(extension: Option<&str>) -> CString {
    let extension: String = extension
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    CString::new(format!("media.{extension}")).unwrap_or_default()
}
