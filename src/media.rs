//! Pictures that people hand in: read with bounds, made anew without a byte of the original, kept and served.
//!
//! [`job`] turns an uploaded file into what is shown, [`store`] keeps files, [`library`] joins the two, [`serve`]
//! answers for them over HTTP.
//! Nothing here knows accounts, events or SQL: callers say whose a file is and remember the path they get.
//!
//! Files are judged by their content, never by their name or declared type; only pure Rust decoders read them, but
//! for animated GIFs that [`convert`] gives to ffmpeg after they were decoded here once. A new kind of file is a
//! [`format::Format`], its decoder in [`picture`] or beside it, and an arm in [`job`].

pub mod animation;
mod colour;
pub mod convert;
pub mod format;
pub mod job;
pub mod library;
pub mod picture;
pub mod proxy;
pub mod remote_type;
pub mod serve;
pub mod store;

#[cfg(test)]
mod fixtures;

pub use convert::Converter;
pub use format::{FileType, Format};
pub use job::{Output, Pipeline, Processed, Purpose};
pub use library::{Library, Stored};
pub use remote_type::RemoteType;
pub use store::{RemoteCopy, RemoteFiles, Section, Store, StoredPath, Upload};

/// Why a file did not become media.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The file is at fault: tell its owner, do not try again.
    #[error(transparent)]
    Unprocessable(#[from] Unprocessable),
    /// The disk or the operating system is at fault: try again later.
    #[error("media storage: {0}")]
    Io(#[from] std::io::Error),
}

/// What is wrong with a file, in words for its owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprocessable {
    /// Neither of the formats that are read, whatever its name says.
    #[error("this is not a picture of a supported kind (JPEG, PNG, GIF or WebP)")]
    Unsupported,
    /// More bytes than this purpose allows.
    #[error("the file is larger than {bytes_max} bytes")]
    TooLarge {
        /// The most that would have been taken.
        bytes_max: u64,
    },
    /// More pixels, or longer sides, than are ever decoded.
    #[error("a picture of {width}x{height} pixels is too large")]
    TooManyPixels {
        /// As the file's header says.
        width: u32,
        /// As the file's header says.
        height: u32,
    },
    /// An animation of too many frames.
    #[error("the animation is too long")]
    TooLong,
    /// The header promised what the rest does not hold.
    #[error("the file is damaged: {0}")]
    Damaged(String),
}
