//! The meeting of processes: several that work on one model find each other, and notice when one is gone.
//!
//! Every process is given the same list of hosts and its own place in it. It listens at its own address, calls those
//! before it and waits for those after it. What comes of [`meet`] are connected sockets of three kinds: one between any
//! two processes for timely's data ([`Meeting::allocators`]), and from each process to process 0 a [`Line`] for the
//! commands to each worker and one for names. All that is said here is said in frames of bytes; what they mean is the
//! runtime's affair.
//!
//! Timely does not survive the loss of a process: its threads panic. [`Loss`] makes one clear message of that.
//!
//! ```
//! use cluster::Place;
//!
//! let hosts = || vec!["10.0.0.1:7001".to_string(), "10.0.0.2:7001".to_string()];
//! assert!(Place::new(hosts(), 1, 2).is_ok());
//! assert!(Place::new(hosts(), 2, 2).unwrap_err().contains("there are processes 0 to 1"));
//! ```

mod hello;
mod line;
mod loss;
mod meet;

pub use line::{Line, Reader, Writer};
pub use loss::Loss;
pub use meet::{Meeting, Place, meet};
