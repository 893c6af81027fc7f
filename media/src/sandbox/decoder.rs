//! A running decode child, as its parent sees it.

use std::ffi::OsStr;
use std::io::{BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::promises::Promises;
use super::request::{Order, Reply, Request};
use super::wire::{Message, read_message};
use crate::error::KillReason;
use crate::{DecodeEvent, Limits, MediaError};

/// Messages that wait between the pipe and the receiver.
const WAITING_MESSAGES: usize = 4;

/// Buffer behind the pipe, in bytes.
const READ_BUFFER_BYTES: usize = 64 * 1024;

/// How much of the child's standard error is kept, in bytes.
const LAST_WORDS_BYTES: u64 = 4096;

/// A decode child at work. Reading it gives its events; dropping it kills it.
///
/// As an iterator it gives [`DecodeEvent`]s up to and with [`DecodeEvent::End`], or ends with one error.
#[derive(Debug)]
pub struct Decoder {
    messages: Receiver<Result<Reply, MediaError>>,
    killer: Killer,
    watcher: Option<JoinHandle<()>>,
    promises: Promises,
    stall_timeout: Duration,
    is_over: bool,
}

/// A handle that ends a decode child from any thread.
#[derive(Debug, Clone)]
pub struct Killer(Arc<Mutex<Option<Child>>>);

impl Killer {
    /// Ends the child; the decoder then reports [`MediaError::ChildKilled`]. Without effect on one that has ended.
    pub fn kill(&self) {
        if let Some(child) = self.lock().as_mut() {
            // An error means that the child has ended already.
            child.kill().unwrap_or_default();
        }
    }

    /// The child's process id while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.lock().as_ref().map(Child::id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Decoder {
    /// Starts `program` with `arguments` as a decode child and gives it `request`.
    ///
    /// # Errors
    /// [`MediaError::Spawn`]; everything that happens afterwards comes from reading.
    pub fn spawn<A: AsRef<OsStr>>(
        program: &Path,
        arguments: &[A],
        request: &Request,
        limits: &Limits,
    ) -> Result<Self, MediaError> {
        let order = Order { parent_pid: std::process::id(), limits: limits.clone(), request: request.clone() };
        let mut line =
            serde_json::to_vec(&order).map_err(|error| MediaError::Protocol { detail: error.to_string() })?;
        line.push(b'\n');
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        // Each arena of the allocator reserves address space, which the memory limit counts.
        command.env("MALLOC_ARENA_MAX", "2");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());

        let killer = Killer(Arc::new(Mutex::new(None)));
        let (sender, messages) = bounded(WAITING_MESSAGES);
        let (started, start) = bounded(1);
        let watch = Watch {
            program: program.to_owned(),
            killer: killer.clone(),
            max_cpu_time_s: limits.max_cpu_time_s,
            messages: sender,
        };
        let failed = |source| MediaError::Spawn { program: program.to_owned(), source };
        // The child dies with the thread that started it (PR_SET_PDEATHSIG): it must be one that stays.
        let watcher = thread::Builder::new()
            .name("decode-watch".to_owned())
            .spawn(move || watch.run(command, &line, &started))
            .map_err(failed)?;
        let stall_timeout = Duration::from_millis(limits.stall_timeout_ms);
        let decoder = Self {
            messages,
            killer,
            watcher: Some(watcher),
            promises: Promises::of(request),
            stall_timeout,
            is_over: false,
        };
        match start.recv() {
            Ok(Ok(())) => Ok(decoder),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(failed(std::io::Error::other("the watching thread ended"))),
        }
    }

    /// A handle that ends the child from another thread.
    pub fn killer(&self) -> Killer {
        self.killer.clone()
    }

    /// Ends the child; reading then gives [`MediaError::ChildKilled`].
    pub fn kill(&self) {
        self.killer.kill();
    }

    /// Waits for the next reply; `None` once the answer is complete.
    ///
    /// # Errors
    /// The one reason why there will be no complete answer.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, MediaError> {
        if self.is_over {
            return Ok(None);
        }
        let received = self.messages.recv_timeout(self.stall_timeout);
        match received {
            Ok(Ok(reply)) => {
                if let Err(error) = self.promises.check(&reply) {
                    self.is_over = true;
                    self.killer.kill();
                    return Err(error);
                }
                self.is_over = !matches!(reply, Reply::Event(_)) || matches!(reply, Reply::Event(DecodeEvent::End(_)));
                Ok(Some(reply))
            }
            Ok(Err(error)) => {
                self.is_over = true;
                Err(error)
            }
            Err(RecvTimeoutError::Timeout) => {
                self.is_over = true;
                self.killer.kill();
                Err(MediaError::Stalled { after_ms: u64::try_from(self.stall_timeout.as_millis()).unwrap_or(u64::MAX) })
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.is_over = true;
                Err(MediaError::Protocol { detail: "the answer stopped without an end".to_owned() })
            }
        }
    }
}

impl Iterator for Decoder {
    type Item = Result<DecodeEvent, MediaError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next_reply() {
            Ok(None) => None,
            Ok(Some(Reply::Event(event))) => Some(Ok(event)),
            Ok(Some(_)) => Some(Err(MediaError::Protocol { detail: "an answer that is no decode event".to_owned() })),
            Err(error) => Some(Err(error)),
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.killer.kill();
        // A watcher that is handing over a message sees that nobody receives.
        let (_, nobody) = bounded(0);
        self.messages = nobody;
        if let Some(watcher) = self.watcher.take() {
            watcher.join().unwrap_or_default();
        }
    }
}

/// What the thread that starts and watches the child needs.
struct Watch {
    program: PathBuf,
    killer: Killer,
    max_cpu_time_s: u64,
    messages: Sender<Result<Reply, MediaError>>,
}

impl Watch {
    fn run(self, mut command: Command, order: &[u8], started: &Sender<Result<(), MediaError>>) {
        let spawned = command.spawn();
        let (mut child, answer) = match spawned {
            Ok(child) => (child, started),
            Err(source) => {
                let error = MediaError::Spawn { program: self.program.clone(), source };
                started.send(Err(error)).unwrap_or_default();
                return;
            }
        };
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        *self.killer.lock() = Some(child);
        answer.send(Ok(())).unwrap_or_default();

        let words = thread::Builder::new().name("decode-stderr".to_owned()).spawn(move || last_words(errors));
        if let Some(mut input) = input {
            // A child that is gone already is told by its exit status.
            input.write_all(order).unwrap_or_default();
        }
        let ended = output
            .map_or(Ok(Ending::Cut), |output| self.forward(&mut BufReader::with_capacity(READ_BUFFER_BYTES, output)));
        // Whatever it still does, the answer is over.
        let child = self.killer.lock().take();
        let status = child.and_then(|mut child| {
            if !matches!(ended, Ok(Ending::Cut)) {
                child.kill().unwrap_or_default();
            }
            child.wait().ok()
        });
        let words = words.ok().and_then(|words| words.join().ok()).unwrap_or_default();
        let error = match ended {
            Ok(Ending::Complete | Ending::Unwanted) => return,
            Err(error) => error,
            Ok(Ending::Cut) => self.explain(status, words),
        };
        self.messages.send(Err(error)).unwrap_or_default();
    }

    /// Passes messages on until the answer is complete, cut off, or unwanted.
    fn forward(&self, from: &mut impl Read) -> Result<Ending, MediaError> {
        loop {
            let reply = match read_message(from)? {
                None => return Ok(Ending::Cut),
                Some(Message::Failure(failure)) => return Err(failure.into()),
                Some(Message::Reply(reply)) => reply,
            };
            let is_last = !matches!(reply, Reply::Event(_)) || matches!(reply, Reply::Event(DecodeEvent::End(_)));
            if self.messages.send(Ok(reply)).is_err() {
                return Ok(Ending::Unwanted);
            }
            if is_last {
                return Ok(Ending::Complete);
            }
        }
    }

    /// Why an answer was cut off, from the way in which the child ended.
    fn explain(&self, status: Option<ExitStatus>, last_words: String) -> MediaError {
        let ran_out = last_words.contains("memory allocation of") || last_words.contains("failed to allocate");
        match status.and_then(|status| status.signal()) {
            Some(libc::SIGXCPU) => MediaError::CpuTimeExceeded { limit_s: self.max_cpu_time_s },
            Some(_) if ran_out => MediaError::OutOfMemory,
            Some(signal) => MediaError::ChildKilled {
                signal,
                likely_reason: match signal {
                    libc::SIGKILL | libc::SIGTERM | libc::SIGINT | libc::SIGHUP => KillReason::Outside,
                    libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE => KillReason::Crash,
                    libc::SIGABRT => KillReason::Abort,
                    _ => KillReason::Unknown,
                },
            },
            None if ran_out => MediaError::OutOfMemory,
            None => {
                let status = status.and_then(|status| status.code()).unwrap_or(-1);
                MediaError::ChildExited { status, last_words }
            }
        }
    }
}

/// How an answer ended.
enum Ending {
    Complete,
    Cut,
    Unwanted,
}

/// Reads what the child writes to standard error to its end, and keeps the beginning of it.
fn last_words(errors: Option<impl Read>) -> String {
    let Some(mut errors) = errors else { return String::new() };
    let mut kept = Vec::new();
    errors.by_ref().take(LAST_WORDS_BYTES).read_to_end(&mut kept).unwrap_or_default();
    std::io::copy(&mut errors, &mut std::io::sink()).unwrap_or_default();
    String::from_utf8_lossy(&kept).trim().to_owned()
}
