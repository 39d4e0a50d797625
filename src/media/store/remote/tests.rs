//! Copies on a real disk.

use tokio::io::AsyncWriteExt;

use super::*;

struct Kept {
    files: RemoteFiles,
    directory: tempfile::TempDir,
}

impl Kept {
    fn new(bytes_max: u64) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(directory.path()).expect("opens");
        Self { files: RemoteFiles::open(&store, bytes_max).expect("opens"), directory }
    }

    /// Another process on the same directory.
    fn second(&self) -> RemoteFiles {
        let store = Store::open(self.directory.path()).expect("opens");
        RemoteFiles::open(&store, self.files.bytes_max).expect("opens")
    }

    /// How many copies there are.
    fn count(&self) -> usize {
        let mut count = 0;
        let counted = each(&self.files.top(), &mut |_, _| {
            count += 1;
            Ok(())
        });
        counted.expect("readable");
        count
    }
}

async fn keep(files: &RemoteFiles, owner: i64, url: &str, bytes: &[u8]) {
    let mut arriving = files.begin().await.expect("begun");
    arriving.write_all(bytes).await.expect("taken");
    let arrived = arriving.finish().await.expect("written").expect("passed on");
    files.keep(owner, url, arrived).await.expect("kept");
}

fn at(hours: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + hours * 3_600)
}

/// Says when the copy was last used.
async fn used(files: &RemoteFiles, owner: i64, url: &str, hours: u64) {
    let copy = files.find(owner, url, SystemTime::UNIX_EPOCH).await.expect("readable").expect("there");
    copy.file.set_modified(at(hours)).expect("ours");
}

async fn is_there(files: &RemoteFiles, owner: i64, url: &str) -> bool {
    files.find(owner, url, SystemTime::UNIX_EPOCH).await.expect("readable").is_some()
}

const GIF: &[u8] = b"GIF89a a picture";

#[tokio::test]
async fn a_copy_belongs_to_its_owner_and_address() {
    let kept = Kept::new(1 << 20);
    keep(&kept.files, 7, "https://one.example/a", GIF).await;
    keep(&kept.files, 7, "https://one.example/b", b"GIF89a another").await;
    keep(&kept.files, 8, "https://one.example/a", GIF).await;
    let copy = kept.second().find(7, "https://one.example/a", at(0)).await.expect("readable").expect("there");
    assert_eq!(
        (copy.file_type.mime_type, std::io::read_to_string(copy.file).expect("text")),
        ("image/gif", String::from_utf8_lossy(GIF).into_owned())
    );
    assert!(!is_there(&kept.files, 9, "https://one.example/a").await);
    kept.files.delete_others(7, &["https://one.example/b".to_owned()]).await.expect("deleted");
    assert!(
        !is_there(&kept.files, 7, "https://one.example/a").await
            && is_there(&kept.files, 7, "https://one.example/b").await
    );
    kept.files.delete_owner(7).await.expect("deleted");
    kept.files.delete_owner(7).await.expect("deleted before");
    assert_eq!(kept.count(), 1);
    assert!(is_there(&kept.files, 8, "https://one.example/a").await);
}

#[tokio::test]
async fn what_was_not_used_the_longest_makes_room() {
    // Room for sixteen blocks, made when there are more than fourteen.
    let kept = Kept::new(16 * BLOCK_BYTES);
    for number in 0..14 {
        let url = number.to_string();
        keep(&kept.files, number, &url, GIF).await;
        used(&kept.files, number, &url, number.unsigned_abs()).await;
    }
    assert_eq!(kept.count(), 14);
    kept.files.find(0, "0", at(100)).await.expect("readable").expect("there, and used again");
    let other_process = kept.second();
    keep(&other_process, 14, "14", GIF).await;
    assert_eq!(kept.count(), 12);
    for (number, there) in [(0, true), (1, false), (2, false), (3, false), (4, true), (14, true)] {
        assert_eq!(is_there(&kept.files, number, &number.to_string()).await, there, "{number}");
    }
}

#[tokio::test]
async fn the_newest_stays_where_there_is_no_room() {
    let kept = Kept::new(0);
    keep(&kept.files, 1, "1", GIF).await;
    assert_eq!(kept.count(), 1);
    keep(&kept.files, 2, "2", GIF).await;
    assert_eq!(kept.count(), 1);
    assert!(is_there(&kept.files, 2, "2").await);
}

#[tokio::test]
async fn what_is_not_passed_on_or_too_large_stops_arriving() {
    let kept = Kept::new(1 << 20);
    let mut page = kept.files.begin().await.expect("begun");
    let html = "<html>".repeat(100);
    page.write_all(&html.as_bytes()[..200]).await.expect("it begins");
    assert!(page.write_all(html.as_bytes()).await.is_err() && page.is_refused());
    let mut short = kept.files.begin().await.expect("begun");
    short.write_all(b"<svg/>").await.expect("it begins");
    assert!(short.finish().await.expect("read").is_none());
    let mut large = kept.files.begin().await.expect("begun");
    large.write_all(GIF).await.expect("it begins");
    let megabyte = vec![0; 1 << 20];
    let mut taken = 0;
    while large.write_all(&megabyte).await.is_ok() {
        taken += 1;
    }
    assert!(taken == 15 && large.is_refused(), "{taken} MiB");
    drop((page, large));
    assert_eq!(fs::read_dir(kept.directory.path().join("tmp")).expect("readable").count(), 0);
}
