//! The handle to secret memory of a verified level.

use crate::error::{EnterError, MemoryError, OpenError};
use crate::evidence::{self, Evidence};
use crate::fork;
use crate::pass::{ScopeInput, ScopeOutput};
use crate::protection::{Policy, Protection, ProtectionLevels};
use crate::refusal::Refusal;
use crate::scope::{self, Home, ScopeToken};
use crate::slots::{Pool, Slot};
use crate::workspace::{self, StackBudget, Workspaces};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Secret memory: slots of one level, and operations on what lies in them. Cloning it makes another handle to the same.
///
/// What nobody uses stays mapped for secrets and operations to come, unless [no handle keeps it](Self::keeping_spare).
///
/// Opening maps one page and looks at it as an attacker would; what it then says of the level was seen, not hoped.
///
/// ```
/// use strongroom_memory::{Demand, Policy, Protection, SecretMemory};
///
/// let memory = SecretMemory::open(Policy::at_rest(Demand::AtLeast(Protection::Plain)))?;
/// println!("{}", memory.protection());
/// # Ok::<(), strongroom_memory::OpenError>(())
/// ```
pub struct SecretMemory {
    shared: Arc<Shared>,
    room: StackBudget,
    /// Whether this handle is counted among those that keep spare memory.
    keeps: bool,
    /// Whether its operations are refused rather than run unprotected.
    demanded: bool,
}

#[derive(Debug)]
struct Shared {
    pool: Arc<Pool>,
    policy: Policy,
    workspaces: Option<Workspaces>,
    /// What refused the slots that operations need, if the limit has no room for them.
    short: Option<Refusal>,
    evidence: Evidence,
    refusals: Vec<Refusal>,
    refusals_in_use: Vec<Refusal>,
}

/// What secret memory holds and may hold, in bytes where it says nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Usage {
    /// Secrets held.
    pub secrets: usize,
    /// Bytes mapped for them, whole pages, guards not counted.
    pub mapped: usize,
    /// The most that is mapped for them.
    pub bound: usize,
    /// Workspaces for operations; they come to what threads run at once.
    pub workspaces: usize,
    /// Operations that used more stack than they had reserved, and cost a longer wipe for it.
    pub deep_exits: u64,
}

impl SecretMemory {
    /// The bound of [`open`](Self::open): 64 MiB.
    pub const DEFAULT_BOUND: usize = 64 << 20;

    /// Opens memory of the best level that `policy` accepts. Levels above what the policy accepts are not tried.
    ///
    /// # Errors
    /// [`OpenError`]: the policy cannot be met; with each refused call, its error number and what to do.
    pub fn open(policy: Policy) -> Result<Self, OpenError> {
        Self::open_bounded(policy, Self::DEFAULT_BOUND)
    }

    /// As [`open`](Self::open), but maps at most `bound` bytes; reaching it is [`MemoryError::Bound`].
    ///
    /// # Errors
    /// As `open`.
    pub fn open_bounded(policy: Policy, bound: usize) -> Result<Self, OpenError> {
        fork::note_use();
        let mut refusals = Vec::new();
        for level in Protection::BEST_FIRST.into_iter().filter(|&level| policy.at_rest.accepts(level)) {
            match Self::prepare(level, bound) {
                Ok((pool, evidence)) => {
                    let (workspaces, refusals_in_use) = Self::open_workspaces(policy, &pool)?;
                    let demanded = !policy.in_use.accepts(Protection::Plain);
                    let short = workspace::has_slots(&pool, !refusals_in_use.is_empty()).err();
                    let shared = Shared { pool, policy, workspaces, short, evidence, refusals, refusals_in_use };
                    return Ok(Self { shared: Arc::new(shared), room: StackBudget::FIELD, keeps: true, demanded });
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        Err(OpenError::AtRest { demand: policy.at_rest, refusals })
    }

    /// A pool of `level`, after a look at a page of it.
    fn prepare(level: Protection, bound: usize) -> Result<(Arc<Pool>, Evidence), Refusal> {
        let pool = Arc::new(Pool::new(level, bound.max(crate::sys::page_size())));
        let sample = pool.take(SAMPLE).map_err(MemoryError::into_refusal)?;
        let evidence = evidence::of_level(level, sample.at())?;
        Ok((pool, evidence))
    }

    /// Workspaces of the best level that the policy accepts in use, or `None` to run in place; and why it is no better.
    fn open_workspaces(policy: Policy, pool: &Arc<Pool>) -> Result<(Option<Workspaces>, Vec<Refusal>), OpenError> {
        let (demand, at_rest) = (policy.in_use, pool.kind());
        let mut refusals = Vec::new();
        // A level above the one at rest would protect nothing: the keys can be read where they rest.
        for level in Protection::BEST_FIRST.into_iter().filter(|&level| level <= at_rest && demand.accepts(level)) {
            if level == Protection::Plain {
                return Ok((None, refusals));
            }
            match Workspaces::open(level, Arc::clone(pool), !refusals.is_empty()) {
                Ok(workspaces) => {
                    workspaces.shorten_reports(workspace::is_on_small_stack);
                    return Ok((Some(workspaces), refusals));
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        Err(OpenError::InUse { demand, at_rest, floor: workspace::floor(), refusals })
    }

    /// What protects the secrets, verified when this was opened.
    #[must_use]
    pub fn protection(&self) -> ProtectionLevels {
        let in_use = self.shared.workspaces.as_ref().map_or(Protection::Plain, Workspaces::kind);
        ProtectionLevels { at_rest: self.shared.pool.kind(), in_use }
    }

    /// Whether this process opened it: not so in a forked child, which has a handle and none of the memory.
    #[inline]
    #[must_use]
    pub fn is_of_this_process(&self) -> bool {
        self.shared.pool.epoch().is_current()
    }

    /// What the caller demanded.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.shared.policy
    }

    /// What it holds now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let Shared { pool, workspaces, .. } = &*self.shared;
        Usage {
            secrets: pool.taken(),
            mapped: pool.mapped(),
            bound: pool.bound(),
            workspaces: workspaces.iter().map(Workspaces::count).sum(),
            deep_exits: workspaces.iter().map(Workspaces::deep_exits).sum(),
        }
    }

    /// Runs a plain function as an operation: only there can secrets be read. See [`scope`](crate::scope).
    ///
    /// ```
    /// # use strongroom_memory::{Policy, SecretBox, SecretMemory};
    /// # let memory = SecretMemory::open(Policy::best_available())?;
    /// let key = SecretBox::make(&memory, |_inside, ()| [0x2a_u8; 32], ())?;
    /// let mut text = *b"attack at dawn";
    /// let changed = memory.scope(
    ///     |inside, (key, text): (&SecretBox<[u8; 32]>, &mut [u8])| {
    ///         text.iter_mut().zip(key.expose(inside).iter()).for_each(|(byte, pad)| *byte ^= pad);
    ///         text.len()
    ///     },
    ///     (&key, &mut text[..]),
    /// )?;
    /// assert_eq!(changed, 14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A function with captures is refused, and so is an output on the heap:
    ///
    /// ```compile_fail,E0308
    /// # use strongroom_memory::{Policy, SecretBox, SecretMemory};
    /// # let memory = SecretMemory::open(Policy::best_available()).unwrap();
    /// # let key = SecretBox::make(&memory, |_inside, ()| [0x2a_u8; 32], ()).unwrap();
    /// let mut stolen = [0; 32];
    /// memory.scope(|inside, key: &SecretBox<[u8; 32]>| { stolen = **key.expose(inside); }, &key);
    /// ```
    ///
    /// ```compile_fail,E0277
    /// # use strongroom_memory::{Policy, SecretBox, SecretMemory};
    /// # let memory = SecretMemory::open(Policy::best_available()).unwrap();
    /// # let key = SecretBox::make(&memory, |_inside, ()| [0x2a_u8; 32], ()).unwrap();
    /// let stolen = memory.scope(|inside, key: &SecretBox<[u8; 32]>| key.expose(inside).to_vec(), &key);
    /// ```
    ///
    /// So is text, and a structure, which may have padding:
    ///
    /// ```compile_fail,E0277
    /// # use strongroom_memory::{Policy, SecretMemory};
    /// # let memory = SecretMemory::open(Policy::best_available()).unwrap();
    /// let stolen = memory.scope(|_, ()| String::from("secret"), ());
    /// ```
    ///
    /// ```compile_fail,E0277
    /// # use strongroom_memory::{Policy, SecretMemory};
    /// # let memory = SecretMemory::open(Policy::best_available()).unwrap();
    /// struct Padded(u8, u64);
    /// let stolen = memory.scope(|_, ()| Padded(1, 2), ());
    /// ```
    ///
    /// # Errors
    /// [`EnterError`]: the operation did not begin (a forked child), or panicked.
    #[inline]
    pub fn scope<I: ScopeInput, O: ScopeOutput>(
        &self,
        operation: fn(&ScopeToken<'_>, I) -> O,
        input: I,
    ) -> Result<O, EnterError> {
        scope::enter(self.home(), input, operation)
    }

    /// As [`scope`](Self::scope), for an operation that reserves other than the handle's room.
    ///
    /// # Errors
    /// As `scope`, and [`EnterError::NoRoom`]: there is no such room.
    #[inline]
    pub fn scope_reserving<I: ScopeInput, O: ScopeOutput>(
        &self,
        room: StackBudget,
        operation: fn(&ScopeToken<'_>, I) -> O,
        input: I,
    ) -> Result<O, EnterError> {
        scope::enter(Home { room, ..self.home() }, input, operation)
    }

    /// Returns the level in use of operations that reserve so much: that of [`protection`](Self::protection), or
    /// [`Protection::Plain`] where the limit on locked memory never has room for them, or they allocate, and the policy
    /// accepts that.
    /// Decided when the memory was opened; it stays so.
    ///
    /// # Errors
    /// [`EnterError::NoRoom`]: there is never room, and the policy demands protection in use.
    /// [`EnterError::Allocates`]: they use the heap, and the policy demands protection in use.
    /// [`EnterError::NoWorkspace`]: there are fewer than 16 KiB for secrets, so that operations may be refused.
    pub fn in_use_of(&self, room: StackBudget) -> Result<Protection, EnterError> {
        let Shared { workspaces, short, .. } = &*self.shared;
        if let Some(refusal) = short {
            return Err(EnterError::NoWorkspace(*refusal));
        }
        let Some(workspaces) = workspaces else { return Ok(Protection::Plain) };
        match workspaces.check(room) {
            Err(error) if self.demanded => Err(error),
            Err(_) => Ok(Protection::Plain),
            Ok(()) => Ok(workspaces.kind()),
        }
    }

    /// The same memory, for operations that reserve other than the usual [`StackBudget::FIELD`].
    #[must_use]
    pub fn reserving(&self, room: StackBudget) -> Self {
        let mut other = self.clone();
        other.room = room;
        other
    }

    /// Returns a handle to the same memory that holds all operations to the level in use of
    /// [`protection`](Self::protection), as if the policy demanded it: those that allocate, or reserve more stack than
    /// there ever is, are refused and do not run on ordinary memory.
    ///
    /// Where that level is [`Protection::Plain`], none is refused.
    ///
    /// ```
    /// use strongroom_memory::{EnterError, Policy, Protection, StackBudget, SecretMemory};
    ///
    /// let memory = SecretMemory::open(Policy::best_available())?;
    /// let allocates = memory.reserving(StackBudget::ALLOCATING);
    /// assert_eq!(allocates.scope(|_, ()| 7_u8, ()), Ok(7));
    /// if memory.protection().in_use > Protection::Plain {
    ///     assert_eq!(allocates.strict().scope(|_, ()| 7_u8, ()), Err(EnterError::Allocates));
    /// }
    /// # Ok::<(), strongroom_memory::OpenError>(())
    /// ```
    #[must_use]
    pub fn strict(&self) -> Self {
        let mut other = self.clone();
        other.demanded |= self.shared.workspaces.is_some();
        other
    }

    /// The same memory, by a handle that keeps what nobody uses for secrets and operations to come, or does not.
    ///
    /// [`open`](Self::open) returns a handle that keeps it, and a clone does as its original. When the last one that
    /// keeps it is dropped, what nobody uses is given back to the system. From then on everything is given back as soon
    /// as nobody uses it: pages with their last secret, a stack with its operation. So no secret page is left when the
    /// last secret is dropped, in whatever order things are dropped. Each operation maps its stack anew then, which
    /// takes it some 0.1 ms.
    ///
    /// ```
    /// use strongroom_memory::{Policy, ProtectedBytes, SecretMemory};
    ///
    /// let memory = SecretMemory::open(Policy::best_available())?;
    /// let idle = memory.keeping_spare(false);
    /// drop(memory);
    /// let word = ProtectedBytes::copy_from(&idle, b"open sesame")?;
    /// idle.scope(|inside, word: &ProtectedBytes| word.expose(inside).len(), &word)?;
    /// assert_eq!(idle.usage().workspaces, 0);
    /// drop(word);
    /// assert_eq!(idle.usage().mapped, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn keeping_spare(&self, keeps: bool) -> Self {
        if keeps {
            self.shared.pool.spare().keep();
        }
        Self { shared: Arc::clone(&self.shared), keeps, ..*self }
    }

    /// Gives back the memory that is kept for secrets and operations to come.
    pub fn trim(&self) {
        self.shared.pool.trim();
        self.shared.workspaces.iter().for_each(Workspaces::trim);
    }

    /// Where its operations run; `None` if they run in place.
    #[cfg(unix)]
    pub(crate) fn workspaces(&self) -> Option<&Workspaces> {
        self.shared.workspaces.as_ref()
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.shared.pool
    }

    /// Where its operations run.
    #[inline]
    pub(crate) fn home(&self) -> Home<'_> {
        let Shared { pool, workspaces, .. } = &*self.shared;
        Home { epoch: pool.epoch(), workspaces: workspaces.as_ref(), room: self.room, demanded: self.demanded }
    }

    /// How the level was verified when this was opened.
    pub(crate) fn evidence(&self) -> Evidence {
        self.shared.evidence
    }

    /// Why better levels could not be had.
    pub(crate) fn refusals(&self) -> &[Refusal] {
        &self.shared.refusals
    }

    /// Why better levels could not be had in use.
    pub(crate) fn refusals_in_use(&self) -> &[Refusal] {
        &self.shared.refusals_in_use
    }

    /// A slot to look at.
    pub(crate) fn sample(&self) -> Result<Slot, MemoryError> {
        self.shared.pool.take(SAMPLE)
    }
}

impl Clone for SecretMemory {
    fn clone(&self) -> Self {
        self.keeping_spare(self.keeps)
    }
}

impl Drop for SecretMemory {
    fn drop(&mut self) {
        if self.keeps && self.shared.pool.spare().let_go() {
            self.trim();
        }
    }
}

/// What protects it; nothing of where things lie.
impl fmt::Debug for SecretMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ProtectionLevels { at_rest, in_use } = self.protection();
        f.debug_struct("SecretMemory").field("at_rest", &at_rest).field("in_use", &in_use).finish_non_exhaustive()
    }
}

/// A slot of the size that a prepared symmetric key takes: the page it maps will be used.
const SAMPLE: usize = 640;
