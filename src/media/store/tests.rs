//! The store on a real file system.

use super::*;
use crate::media::{FileType, MediaError, Unprocessable};

fn store() -> (tempfile::TempDir, Store) {
    let data_dir = tempfile::tempdir().expect("a directory");
    let store = Store::open(data_dir.path()).expect("opens");
    (data_dir, store)
}

fn output(bytes: &'static [u8]) -> Output {
    Output { file_type: FileType::Png, bytes: bytes.into() }
}

fn files_below(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).expect("readable");
    entries
        .map(|entry| entry.expect("readable").path())
        .map(|path| if path.is_dir() { files_below(&path) } else { 1 })
        .sum()
}

#[tokio::test]
async fn a_file_is_kept_found_and_deleted() {
    let (_data_dir, store) = store();
    let path = store.put(Section::Attachments, 42, &output(b"pixels")).await.expect("kept");
    let again = store.put(Section::Attachments, 42, &output(b"pixels")).await.expect("kept");
    assert_ne!(path, again, "the same file twice has two names");
    let text = path.to_string();
    assert!(text.starts_with("attachments/000/000/000/000/000/042/"), "{text}");
    let (file, _) = store.locate(&text).expect("ours");
    assert_eq!(fs::read(&file).expect("there"), b"pixels");
    for _ in 0..2 {
        store.delete(&text).await.expect("deleted, also when it is gone");
    }
    assert!(!file.exists() && file.parent().expect("a directory").exists(), "the other file stays");
    store.delete(&again.to_string()).await.expect("deleted");
    assert_eq!(fs::read_dir(store.root().join("attachments")).expect("there").count(), 0, "no empty directories");
    store.delete("../../etc/passwd").await.expect("not ours, nothing done");
}

#[tokio::test]
async fn an_owner_goes_with_everything() {
    let (_data_dir, store) = store();
    for owner in [7, 7, 8] {
        store.put(Section::Avatars, owner, &output(b"pixels")).await.expect("kept");
    }
    for _ in 0..2 {
        store.delete_owner(Section::Avatars, 7).await.expect("deleted, also when it is gone");
    }
    assert_eq!(files_below(&store.root().join("avatars")), 1);
}

#[tokio::test]
async fn writers_and_deleters_do_not_trip_each_other() {
    let (_data_dir, store) = store();
    let mut tasks = tokio::task::JoinSet::new();
    for owner in 0..4_i64 {
        for _ in 0..8 {
            let store = store.clone();
            tasks.spawn(async move {
                let path = store.put(Section::Emojis, owner, &output(b"pixels")).await?;
                store.delete(&path.to_string()).await
            });
        }
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("ran").expect("kept and deleted");
    }
    assert_eq!(files_below(store.root()), 0);
}

#[tokio::test]
async fn uploads_are_bounded_and_leave_nothing() {
    let (_data_dir, store) = store();
    let mut upload = store.upload(Purpose::Emoji).await.expect("begun");
    upload.write(&[0; 256 * 1024]).await.expect("fits");
    let refused = upload.write(&[0]).await;
    assert!(
        matches!(refused, Err(MediaError::Unprocessable(Unprocessable::TooLarge { bytes_max: 262_144 }))),
        "{refused:?}"
    );
    assert_eq!(files_below(store.root()), 1);
    drop(upload);
    assert_eq!(files_below(store.root()), 0);
}

#[tokio::test]
async fn what_was_handed_in_survives_a_restart() {
    let (data_dir, store) = store();
    let mut upload = store.upload(Purpose::Attachment).await.expect("begun");
    upload.write(b"pic").await.expect("written");
    upload.write(b"ture").await.expect("written");
    let received = upload.finish().await.expect("finished");
    store.keep_incoming(42, received).await.expect("kept");
    let mut lost = store.upload(Purpose::Attachment).await.expect("begun");
    lost.write(b"half").await.expect("written");
    let lost = lost.finish().await.expect("finished");
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options().write(true).open(&lost).and_then(|file| file.set_modified(long_ago)).expect("aged");
    let mut writing = store.upload(Purpose::Attachment).await.expect("begun");
    writing.write(b"by another process").await.expect("written");

    let store = Store::open(data_dir.path()).expect("opens again");
    assert_eq!(store.incoming_ids().await.expect("listed"), [42]);
    assert_eq!(fs::read(store.incoming(42)).expect("there"), b"picture");
    assert!(!lost.exists(), "what was half written long ago is gone");
    assert_eq!(writing.finish().await.expect("finished").metadata().expect("there").len(), 18);
    for _ in 0..2 {
        store.discard_incoming(42).await.expect("discarded, also when it is gone");
    }
    assert_eq!(files_below(store.root()), 0);
}
