//! Work that goes on after an answer: what each job does, safe to do again. Findings come back as commands.

pub mod erase;
pub mod process_media;
