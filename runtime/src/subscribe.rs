//! Following a relation from another thread: a continuous query.
//!
//! [`Engine::subscribe`] gives a [`Subscription`], a mailbox with room for so many deliveries. Each commit that changes the
//! relation, in any fork, puts one in. The consumer takes them when it likes, and the engine never waits for it: when
//! the mailbox is full, the changes of further epochs are added to the last delivery, where what cancels out
//! vanishes; a delivery says which epochs it covers. So whoever applies all deliveries in order has the relation as it is, and
//! what waits is never more than the room plus the difference between two states. Dropping the subscription ends it.
//!
//! Cost: that of watching the relation, and of its changes once more in the mailbox.
//!
//! ```
//! use compiler::planner::{Statistics, plan};
//! use runtime::{Engine, Fork, Options, Origin};
//!
//! # fn main() -> Result<(), runtime::Error> {
//! # let text = ".decl link(a: number, b: number) .decl end(a: number) end(b) :- link(_, b).";
//! # let program = compiler::compile(&[("a.dl", text)], &compiler::NoFiles).program.expect("nothing is wrong");
//! let mut engine = Engine::new(Options::default())?;
//! engine.set_plan(plan(&program, &Statistics::new()))?; // end(b) :- link(_, b).
//! let ends = engine.subscribe("end", 8)?;
//! let link = engine.base("link")?;
//! engine.insert(Fork::BASE, link, &[1, 2], Origin::default())?;
//! let epoch = engine.commit()?.epoch;
//! let delivery = ends.try_receive().expect("something has changed");
//! assert_eq!((delivery.first, delivery.last), (epoch, epoch));
//! assert_eq!(delivery.changes[0].inserted.get(0), [2]);
//! assert!(ends.try_receive().is_none());
//! # Ok(())
//! # }
//! ```

use crate::engine::{Engine, Fork};
use crate::error::Error;
use crate::replan::difference;
use crate::rows::{Changes, Rows};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What some epochs changed in the relation of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The first epoch whose changes are in it.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// The changes, consolidated over these epochs, by fork: as [`crate::Commit::changes`] has them.
    pub changes: Vec<Changes>,
}

/// The consumer's end.
#[derive(Debug)]
pub struct Subscription {
    mailbox: Arc<Mailbox>,
}

/// The engine's end.
pub(crate) struct Feed {
    pub(crate) relation: Arc<str>,
    mailbox: Arc<Mailbox>,
}

#[derive(Debug)]
struct Mailbox {
    relation: Arc<str>,
    room: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Letter>,
    /// Nothing more will come.
    closed: bool,
}

#[derive(Debug)]
struct Letter {
    first: u32,
    last: u32,
    /// How often each row came, in each fork; never zero.
    weights: BTreeMap<(Fork, Vec<u64>), i32>,
}

impl Subscription {
    /// The next delivery, waiting for it; none if the engine has ended, or the relation with its rules.
    pub fn receive(&self) -> Option<Delivery> {
        self.take(None)
    }

    /// The next delivery, waiting for so long at most.
    pub fn receive_within(&self, patience: Duration) -> Option<Delivery> {
        self.take(Some(Instant::now() + patience))
    }

    /// The next delivery, if there is one.
    pub fn try_receive(&self) -> Option<Delivery> {
        self.mailbox.state().waiting.pop_front().map(|letter| letter.open(&self.mailbox.relation))
    }

    /// Whether nothing is waiting and nothing will come.
    pub fn is_over(&self) -> bool {
        let state = self.mailbox.state();
        state.closed && state.waiting.is_empty()
    }

    fn take(&self, deadline: Option<Instant>) -> Option<Delivery> {
        let mut state = self.mailbox.state();
        loop {
            if let Some(letter) = state.waiting.pop_front() {
                return Some(letter.open(&self.mailbox.relation));
            }
            if state.closed {
                return None;
            }
            let changed = &self.mailbox.changed;
            state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return None,
                Some(left) => changed.wait_timeout(state, left).unwrap_or_else(|e| e.into_inner()).0,
                None => changed.wait(state).unwrap_or_else(|e| e.into_inner()),
            };
        }
    }
}

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn put(&self, epoch: u32, changes: &[&Changes]) {
        let mut state = self.state();
        if state.waiting.len() < self.room {
            state.waiting.push_back(Letter { first: epoch, last: epoch, weights: BTreeMap::new() });
        }
        let Some(letter) = state.waiting.back_mut() else { return };
        letter.last = epoch;
        changes.iter().for_each(|change| letter.add(change));
        if letter.weights.is_empty() {
            state.waiting.pop_back();
        }
        drop(state);
        self.changed.notify_all();
    }
}

impl Letter {
    fn add(&mut self, change: &Changes) {
        for (rows, sign) in [(&change.inserted, 1), (&change.retracted, -1)] {
            for row in rows.iter() {
                let key = (change.fork, row.to_vec());
                let weight = self.weights.entry(key.clone()).or_default();
                *weight += sign;
                if *weight == 0 {
                    self.weights.remove(&key);
                }
            }
        }
    }

    fn open(self, relation: &Arc<str>) -> Delivery {
        let mut changes: Vec<Changes> = Vec::new();
        for ((fork, row), weight) in self.weights {
            if changes.last().is_none_or(|last| last.fork != fork) {
                let (inserted, retracted) = (Rows::new(row.len()), Rows::new(row.len()));
                changes.push(Changes { relation: relation.clone(), fork, inserted, retracted });
            }
            changes.iter_mut().next_back().into_iter().for_each(|last| last.push(&row, weight));
        }
        Delivery { first: self.first, last: self.last, changes }
    }
}

impl Feed {
    fn wanted(&self) -> bool {
        Arc::strong_count(&self.mailbox) > 1
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.mailbox.state().closed = true;
        self.mailbox.changed.notify_all();
    }
}

impl Engine {
    /// Follows a relation: from the next commit on, its changes in every fork are delivered. The first delivery has its
    /// present rows as insertions. `room` is how many deliveries may wait, at least one.
    pub fn subscribe(&mut self, relation: &str, room: usize) -> Result<Subscription, Error> {
        let known = self.watches.iter().any(|watch| &*watch.relation == relation);
        let present = if known { self.present(relation)? } else { Vec::new() };
        if !known {
            self.watch(relation)?;
            self.watches.iter_mut().filter(|w| &*w.relation == relation).for_each(|w| w.reported = false);
        }
        let relation: Arc<str> = relation.into();
        let (state, changed) = (Mutex::default(), Condvar::new());
        let mailbox = Arc::new(Mailbox { relation: relation.clone(), room: room.max(1), state, changed });
        // What is watched already does not say again what it holds: that is the first delivery.
        if !present.is_empty() {
            mailbox.put(self.epoch.saturating_sub(1), &present.iter().collect::<Vec<_>>());
        }
        self.feeds.push(Feed { relation, mailbox: mailbox.clone() });
        Ok(Subscription { mailbox })
    }

    /// The rows of a relation as insertions: those of the base, and what each fork adds to them.
    fn present(&mut self, relation: &str) -> Result<Vec<Changes>, Error> {
        let (rows, name) = (self.in_all_forks(relation)?, Arc::<str>::from(relation));
        let nothing = Rows::new(rows[0].1.arity());
        let changes = rows.iter().map(|(fork, own)| {
            let base = (*fork != Fork::BASE).then_some((&nothing, &rows[0].1));
            difference(name.clone(), *fork, (&nothing, own), base)
        });
        Ok(changes.filter(|change| !change.inserted.is_empty() || !change.retracted.is_empty()).collect())
    }

    /// Lets the next commit report the present rows of a relation.
    pub(crate) fn restate(&mut self, relation: &str) -> Result<(), Error> {
        let present = self.present(relation)?;
        self.replanned.extend(present);
        Ok(())
    }

    /// Delivers what an epoch changed, and ends subscriptions that nobody holds any more.
    pub(crate) fn publish(&mut self, epoch: u32, changes: &[Changes]) -> Result<(), Error> {
        if self.feeds.is_empty() {
            return Ok(());
        }
        let (feeds, ended): (Vec<Feed>, Vec<Feed>) =
            std::mem::take(&mut self.feeds).into_iter().partition(Feed::wanted);
        self.feeds = feeds;
        for feed in &self.feeds {
            let of_it: Vec<&Changes> = changes.iter().filter(|change| change.relation == feed.relation).collect();
            if !of_it.is_empty() {
                feed.mailbox.put(epoch, &of_it);
            }
        }
        for feed in ended {
            let unread = |watch: &&crate::engine::Watch| watch.relation == feed.relation && !watch.reported;
            if self.watches.iter().find(unread).is_some() && !self.is_followed(&feed.relation) {
                self.unwatch(&feed.relation)?;
            }
        }
        Ok(())
    }

    /// Whether somebody has subscribed to a relation.
    pub(crate) fn is_followed(&self, relation: &str) -> bool {
        self.feeds.iter().any(|feed| &*feed.relation == relation)
    }

    /// Leaves out changes of relations that are watched for subscriptions only.
    pub(crate) fn reported(&self, changes: Vec<Changes>) -> Vec<Changes> {
        let is_reported = |c: &Changes| self.watches.iter().any(|w| w.relation == c.relation && w.reported);
        changes.into_iter().filter(is_reported).collect()
    }
}
