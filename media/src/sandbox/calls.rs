//! The system calls that a decode child gives up: seccomp filters (`Documentation/userspace-api/seccomp_filter.rst`).
//!
//! Limits bound what a codec can use up; this bounds what a codec that was taken over can reach: no other program, no other
//! process, no network, and no file that it could change.
#![expect(unsafe_code, reason = "prctl has no safe wrapper among the dependencies")]

use std::io;

use libc::{c_long, sock_filter};

/// `AUDIT_ARCH_X86_64` of linux/audit.h.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
/// `AUDIT_ARCH_AARCH64` of linux/audit.h.
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Numbers from here on are the x32 set of calls, which would go around the filter.
const X32_CALLS: u32 = 0x4000_0000;

/// Offsets in `struct seccomp_data`; arguments are 64 bits wide, and the lower half comes first on both architectures.
const CALL_AT: u32 = 0;
const ARCHITECTURE_AT: u32 = 4;
const ARGUMENTS_AT: u32 = 16;

/// Ways of opening a file that could change it.
const WRITING: u32 = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND) as u32;

/// Calls that are refused whatever their arguments, on every architecture.
const REFUSED: &[c_long] = &[
    // Other programs and processes.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kill,
    libc::SYS_pidfd_open,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    // The network.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    // Files.
    libc::SYS_truncate,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    // The system.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_io_uring_setup,
];

/// Older calls that only this architecture has.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_creat,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_mknod,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
/// Older calls that only this architecture has.
#[cfg(target_arch = "aarch64")]
const REFUSED_HERE: &[c_long] = &[libc::SYS_renameat];

/// Gives the calls up for this thread and all that it starts. The thread must have given up new privileges before.
///
/// # Errors
/// What the kernel says; [`io::ErrorKind::InvalidInput`] where it was built without filters.
pub(super) fn give_up_calls() -> io::Result<()> {
    let program = program();
    let length = u16::try_from(program.len()).map_err(io::Error::other)?;
    let filter = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    // SAFETY: the kernel copies the program, which lives through the call, and does not change it.
    let done =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER as libc::c_ulong, &raw const filter) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn program() -> Vec<sock_filter> {
    let refuse = answer(libc::EPERM);
    let mut program = vec![
        load(ARCHITECTURE_AT),
        jump(libc::BPF_JEQ, ARCHITECTURE, 1, 0),
        statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_KILL_PROCESS),
        load(CALL_AT),
        jump(libc::BPF_JGE, X32_CALLS, 0, 1),
        refuse,
    ];
    for call in REFUSED.iter().chain(REFUSED_HERE) {
        program.extend([jump(libc::BPF_JEQ, number(*call), 0, 1), refuse]);
    }
    // The C library falls back to the older call, whose flags can be seen.
    for call in [libc::SYS_clone3, libc::SYS_openat2] {
        program.extend([jump(libc::BPF_JEQ, number(call), 0, 1), answer(libc::ENOSYS)]);
    }
    #[cfg(target_arch = "x86_64")]
    program.extend(when(libc::SYS_open, 1, WRITING, refuse, allow()));
    program.extend(when(libc::SYS_openat, 2, WRITING, refuse, allow()));
    program.extend(when(libc::SYS_clone, 0, libc::CLONE_THREAD as u32, allow(), refuse));
    program.push(allow());
    program
}

/// For one call: `yes` if any of these bits is set in that argument, else `no`.
fn when(call: c_long, argument: u32, bits: u32, yes: sock_filter, no: sock_filter) -> [sock_filter; 5] {
    [
        jump(libc::BPF_JEQ, number(call), 0, 4),
        load(ARGUMENTS_AT + 8 * argument),
        jump(libc::BPF_JSET, bits, 0, 1),
        yes,
        no,
    ]
}

fn number(call: c_long) -> u32 {
    u32::try_from(call).unwrap_or(u32::MAX)
}

fn load(offset: u32) -> sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset)
}

fn allow() -> sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW)
}

fn answer(errno: i32) -> sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ERRNO | errno.unsigned_abs())
}

fn statement(code: u32, value: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: 0, k: value }
}

fn jump(condition: u32, value: u32, if_true: u8, if_false: u8) -> sock_filter {
    sock_filter { code: (libc::BPF_JMP | condition | libc::BPF_K) as u16, jt: if_true, jf: if_false, k: value }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::net::{TcpListener, UdpSocket};
    use std::process::Command;
    use std::thread;

    use super::super::restrict::no_new_privileges;
    use super::*;

    #[test]
    fn what_was_given_up_is_refused_and_the_rest_goes_on() {
        // A filter holds for the thread that takes it, and for those that it starts.
        let tied = thread::spawn(|| {
            no_new_privileges()?;
            give_up_calls()?;
            let refused = |result: io::Result<()>| result.is_err_and(|error| error.raw_os_error() == Some(libc::EPERM));
            let exe = std::env::current_exe()?;
            File::open(&exe)?;
            assert!(refused(File::create(std::env::temp_dir().join("reelgraph-must-not-exist")).map(drop)));
            assert!(refused(OpenOptions::new().append(true).open(&exe).map(drop)));
            assert!(refused(TcpListener::bind("127.0.0.1:0").map(drop)));
            assert!(refused(UdpSocket::bind("127.0.0.1:0").map(drop)));
            assert!(refused(std::fs::remove_file(&exe)));
            assert!(refused(Command::new("/bin/true").status().map(drop)));
            assert!(thread::spawn(|| 7).join().is_ok_and(|seven| seven == 7));
            io::Result::Ok(())
        });
        match tied.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => panic!("{error}"),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
