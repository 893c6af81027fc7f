//! The limits that a child puts on itself.
#![expect(unsafe_code, reason = "prctl has no safe wrapper among the dependencies")]

use std::io;

use rlimit::Resource;

use super::calls::give_up_calls;
use crate::{Limits, MediaError};

/// Processor seconds between the signal that says stop (`SIGXCPU`) and the one that cannot be refused.
const CPU_GRACE_S: u64 = 2;

/// Ties this process down, for good: it dies with its parent, gains no rights, reaches nothing but files that it can read,
/// leaves no core, and has bounds on memory, processor time and descriptors.
pub(super) fn restrict(limits: &Limits, parent_pid: u32) -> Result<(), MediaError> {
    let confine = |limit: &str| {
        let limit = limit.to_owned();
        move |source| MediaError::Confine { limit, source }
    };
    control(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong).map_err(confine("death with the parent"))?;
    if std::os::unix::process::parent_id() != parent_pid {
        let source = io::Error::other("the parent has gone already");
        return Err(MediaError::Confine { limit: "death with the parent".to_owned(), source });
    }
    no_new_privileges().map_err(confine("no new privileges"))?;
    let cpu_s = limits.max_cpu_time_s;
    for (name, resource, soft, hard) in [
        ("core size", Resource::CORE, 0, 0),
        ("file size", Resource::FSIZE, 0, 0),
        ("open files", Resource::NOFILE, limits.max_open_files, limits.max_open_files),
        ("processor time", Resource::CPU, cpu_s, cpu_s.saturating_add(CPU_GRACE_S)),
        ("memory", Resource::AS, limits.max_memory_bytes, limits.max_memory_bytes),
    ] {
        lower(resource, soft, hard).map_err(confine(name))?;
    }
    match give_up_calls() {
        // A kernel without filters (some container hosts): the limits hold all the same.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) => Ok(()),
        given_up => given_up.map_err(confine("system calls")),
    }
}

/// Lets this thread, and whatever it starts, gain no rights by running a program.
pub(super) fn no_new_privileges() -> io::Result<()> {
    control(libc::PR_SET_NO_NEW_PRIVS, 1)
}

/// Sets a limit, or keeps one that is stricter already.
fn lower(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let (_, current_hard) = resource.get()?;
    resource.set(soft.min(current_hard), hard.min(current_hard))
}

fn control(option: libc::c_int, value: libc::c_ulong) -> io::Result<()> {
    let nothing: libc::c_ulong = 0;
    // SAFETY: these options take one number and touch no memory of the caller.
    let done = unsafe { libc::prctl(option, value, nothing, nothing, nothing) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
