//! Gives memory that models are done with back to the system.
#![expect(unsafe_code, reason = "malloc_trim has no safe wrapper among the dependencies")]

use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

/// A model's working memory lies among blocks that stay, so that the allocator keeps most of it. Given back this often, what an
/// analysis holds does not grow with the length of the film.
const PERIOD: Duration = Duration::from_secs(5);

/// Gives free memory back now and then, for as long as the handle is held.
pub(super) fn give_back() -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async {
        loop {
            tokio::time::sleep(PERIOD).await;
            // Walks all that is free, and others wait for it where they need memory: some milliseconds.
            if tokio::task::spawn_blocking(trim).await.is_err() {
                return;
            }
        }
    }))
}

fn trim() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes one number, the bytes to keep, may be called from any thread and touches no memory in use.
    unsafe {
        libc::malloc_trim(0);
    }
}
