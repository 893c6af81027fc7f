//! ONNX Runtime: one environment a process, sessions on it, and a clock of the time spent inside them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ort::environment::Environment;
use ort::ep::CPU;
use ort::logging::LogLevel;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputs, SessionOutputs};
use ort::value::{DynValue, PrimitiveTensorElementType};

use crate::error::InferenceError;

/// The one environment that ONNX Runtime allows a process, with the library it came from. Once made it stays until the
/// process ends: the library can be neither unloaded nor exchanged, and a second environment is refused.
static ENVIRONMENT: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// Threads for one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Threads {
    count: usize,
    spinning: bool,
}

impl Threads {
    /// The most that one session gets.
    pub const MAX: usize = 64;

    /// One thread: no pool at all.
    pub const ONE: Self = Self { count: 1, spinning: false };

    /// `count` threads (clamped to `1..=`[`Threads::MAX`]) that sleep while they have nothing to do, so that other
    /// analyzers get the cores. The right choice wherever more than one session is busy.
    pub const fn shared(count: usize) -> Self {
        Self { count: Self::clamped(count), spinning: false }
    }

    /// `count` threads (clamped to `1..=`[`Threads::MAX`]) that spin between operations. Faster for a session that has
    /// the machine to itself, harmful otherwise.
    pub const fn exclusive(count: usize) -> Self {
        Self { count: Self::clamped(count), spinning: true }
    }

    /// How many.
    pub const fn count(self) -> usize {
        self.count
    }

    const fn clamped(count: usize) -> usize {
        if count == 0 {
            1
        } else if count > Self::MAX {
            Self::MAX
        } else {
            count
        }
    }
}

/// What a session does with its working memory between runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scratch {
    /// Gives it back.
    Released,
    /// Keeps it.
    Kept,
}

/// A loaded ONNX Runtime with a clock of the time that its models ran.
pub struct Runtime {
    environment: Environment,
    library: PathBuf,
    inference_nanos: AtomicU64,
}

impl Runtime {
    /// Loads the library (once a process; later calls share it) and starts a clock at zero.
    ///
    /// # Errors
    /// [`InferenceError::LibraryMissing`], [`InferenceError::LoadLibrary`] (not a library, too old),
    /// [`InferenceError::OtherLibraryLoaded`] where this process runs on another file already,
    /// [`InferenceError::StartRuntime`].
    pub fn open(library: &Path) -> Result<Arc<Self>, InferenceError> {
        let library =
            library.canonicalize().map_err(|_| InferenceError::LibraryMissing { path: library.to_path_buf() })?;
        let mut shared = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
        let environment = match shared.as_ref() {
            Some((loaded, environment)) if *loaded == library => environment.clone(),
            Some((loaded, _)) => {
                return Err(InferenceError::OtherLibraryLoaded { loaded: loaded.clone(), asked: library });
            }
            None => {
                let environment = start(&library)?;
                *shared = Some((library.clone(), environment.clone()));
                environment
            }
        };
        Ok(Arc::new(Self { environment, library, inference_nanos: AtomicU64::new(0) }))
    }

    /// The library file in use.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// Makes a session of a graph file. Weights that the graph names as external data are read from the same folder.
    ///
    /// # Errors
    /// [`InferenceError::LoadGraph`].
    pub fn load(self: &Arc<Self>, graph: &Path, threads: Threads) -> Result<Model, InferenceError> {
        let failed = |source| InferenceError::LoadGraph { graph: graph.to_path_buf(), source };
        let session = self.session(graph, threads, Scratch::Released, None).map_err(failed)?;
        Ok(self.model(session, graph, threads))
    }

    /// As [`Runtime::load`], for a graph whose inputs are all of about one size: working memory is kept from run to run,
    /// which saves large pictures a third of their time.
    ///
    /// # Errors
    /// [`InferenceError::LoadGraph`].
    pub fn load_fixed(self: &Arc<Self>, graph: &Path, threads: Threads) -> Result<Model, InferenceError> {
        let failed = |source| InferenceError::LoadGraph { graph: graph.to_path_buf(), source };
        let session = self.session(graph, threads, Scratch::Kept, None).map_err(failed)?;
        Ok(self.model(session, graph, threads))
    }

    fn model(self: &Arc<Self>, session: Session, graph: &Path, threads: Threads) -> Model {
        tracing::debug!(graph = %graph.display(), threads = threads.count(), "model loaded");
        Model { session, graph: graph.to_path_buf(), runtime: Arc::clone(self) }
    }

    /// Runs the runtime's own graph optimisations once and writes the outcome, with folded weights inside, to
    /// `optimized`: the `derive` step of a model card.
    ///
    /// # Errors
    /// [`InferenceError::LoadGraph`].
    pub fn optimize(self: &Arc<Self>, graph: &Path, optimized: &Path) -> Result<(), InferenceError> {
        let failed = |source| InferenceError::LoadGraph { graph: graph.to_path_buf(), source };
        self.session(graph, Threads::ONE, Scratch::Released, Some(optimized)).map(drop).map_err(failed)
    }

    /// Sum of the time that all models of this runtime spent inside ONNX Runtime since [`Runtime::open`].
    pub fn inference_time(&self) -> Duration {
        Duration::from_nanos(self.inference_nanos.load(Ordering::Relaxed))
    }

    fn session(
        &self,
        graph: &Path,
        threads: Threads,
        scratch: Scratch,
        optimized: Option<&Path>,
    ) -> Result<Session, ort::Error> {
        // Basic when written to disk: extended and layout optimisations depend on the machine.
        let level = if optimized.is_some() { GraphOptimizationLevel::Level1 } else { GraphOptimizationLevel::All };
        let mut builder = Session::builder(&self.environment)?
            .with_optimization_level(level)?
            .with_intra_threads(threads.count())?
            .with_inter_threads(1)?
            .with_intra_op_spinning(threads.spinning)?
            .with_inter_op_spinning(false)?
            // The arena never gives memory back: where inputs differ in size (text, pages) it would only grow.
            .with_execution_providers([CPU::default().with_arena_allocator(scratch == Scratch::Kept).build()])?
            // One block planned for a whole run takes more than the arena does: TransNet V2 583 MB instead of 329, and 8 % longer.
            .with_memory_pattern(false)?;
        if let Some(path) = optimized {
            builder = builder.with_optimized_model_path(path)?;
        }
        builder.commit_from_file(graph)
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("library", &self.library).finish_non_exhaustive()
    }
}

fn start(library: &Path) -> Result<Environment, InferenceError> {
    let builder = ort::init_from(library)
        .map_err(|source| InferenceError::LoadLibrary { path: library.to_path_buf(), source })?;
    let environment = builder
        .with_name("reelgraph")
        .with_telemetry(false)
        .build()
        .map_err(|source| InferenceError::StartRuntime { source })?;
    environment.set_log_level(LogLevel::Error);
    Ok(environment)
}

/// A graph ready to run.
pub struct Model {
    session: Session,
    graph: PathBuf,
    runtime: Arc<Runtime>,
}

impl Model {
    /// Runs the graph; the elapsed time goes on the runtime's clock.
    ///
    /// Inputs are best made with `ort::inputs!["name" => TensorRef::from_array_view(&array)?]`; [`Model::tensor_error`]
    /// turns the error of such a conversion into this crate's.
    ///
    /// # Errors
    /// [`InferenceError::Run`].
    pub fn run<'i, 'v: 'i, const N: usize>(
        &mut self,
        inputs: impl Into<SessionInputs<'i, 'v, N>>,
    ) -> Result<Outputs<'_>, InferenceError> {
        let started = Instant::now();
        let result = self.session.run(inputs);
        let nanos = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.runtime.inference_nanos.fetch_add(nanos, Ordering::Relaxed);
        match result {
            Ok(values) => Ok(Outputs { values, graph: &self.graph }),
            Err(source) => Err(InferenceError::Run { graph: self.graph.clone(), source }),
        }
    }

    /// The graph file.
    pub fn graph(&self) -> &Path {
        &self.graph
    }

    /// Names of the graph's inputs, in its order.
    pub fn input_names(&self) -> impl Iterator<Item = &str> {
        self.session.inputs().iter().map(|input| input.name())
    }

    /// Names of the graph's outputs, in its order.
    pub fn output_names(&self) -> impl Iterator<Item = &str> {
        self.session.outputs().iter().map(|output| output.name())
    }

    /// The declared shape of an input or output that is a tensor; `-1` stands for any length.
    pub fn declared_shape(&self, tensor: &str) -> Option<&[i64]> {
        let (inputs, outputs) = (self.session.inputs(), self.session.outputs());
        let outlet = inputs.iter().chain(outputs).find(|outlet| outlet.name() == tensor)?;
        outlet.dtype().tensor_shape().map(|shape| &**shape)
    }

    /// A value of the graph's custom metadata, such as the character set of a recogniser.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.session.metadata().ok()?.custom(key)
    }

    /// Wraps the error of making an input tensor.
    pub fn tensor_error(&self, tensor: &str) -> impl Fn(ort::Error) -> InferenceError + use<> {
        let (graph, tensor) = (self.graph.clone(), tensor.to_owned());
        move |source| InferenceError::Tensor { graph: graph.clone(), tensor: tensor.clone(), source }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("graph", &self.graph).finish_non_exhaustive()
    }
}

/// What a run gave.
#[derive(Debug)]
pub struct Outputs<'m> {
    values: SessionOutputs<'m>,
    graph: &'m Path,
}

impl Outputs<'_> {
    /// The shape and the row-major elements of an output.
    ///
    /// # Errors
    /// [`InferenceError::MissingTensor`]; [`InferenceError::Tensor`] where the elements are of another type.
    pub fn tensor<T: PrimitiveTensorElementType>(&self, name: &str) -> Result<(&[i64], &[T]), InferenceError> {
        let (shape, elements) = self.value(name)?.try_extract_tensor::<T>().map_err(|source| {
            InferenceError::Tensor { graph: self.graph.to_path_buf(), tensor: name.to_owned(), source }
        })?;
        Ok((shape, elements))
    }

    /// As [`Outputs::tensor`], where the shape must be `expected`; `-1` stands for any length.
    ///
    /// # Errors
    /// Those of [`Outputs::tensor`], and [`InferenceError::Shape`].
    pub fn tensor_of<T: PrimitiveTensorElementType>(
        &self,
        name: &str,
        expected: &[i64],
    ) -> Result<(&[i64], &[T]), InferenceError> {
        let (shape, elements) = self.tensor::<T>(name)?;
        let fits =
            shape.len() == expected.len() && shape.iter().zip(expected).all(|(have, want)| *want < 0 || have == want);
        if fits {
            Ok((shape, elements))
        } else {
            Err(InferenceError::Shape {
                graph: self.graph.to_path_buf(),
                tensor: name.to_owned(),
                expected: format!("{expected:?}"),
                actual: shape.to_vec(),
            })
        }
    }

    /// Takes an output out, to hand it to a later run without a copy (a key-value cache).
    ///
    /// # Errors
    /// [`InferenceError::MissingTensor`].
    pub fn take(&mut self, name: &str) -> Result<DynValue, InferenceError> {
        let missing = || InferenceError::MissingTensor { graph: self.graph.to_path_buf(), tensor: name.to_owned() };
        if name.is_empty() {
            return Err(missing());
        }
        let missing = missing();
        self.values.remove(name).ok_or(missing)
    }

    fn value(&self, name: &str) -> Result<&DynValue, InferenceError> {
        // The library asserts that names are not empty.
        (!name.is_empty())
            .then(|| self.values.get(name))
            .flatten()
            .ok_or_else(|| InferenceError::MissingTensor { graph: self.graph.to_path_buf(), tensor: name.to_owned() })
    }
}
