//! Accounts and statuses of another server as they are here once they were taken in: by commands, nothing is asked for.

use chronodon::commands::{By, FollowAccount, ReceiveStatus};
use chronodon::ids::command_id;
use chronodon_events::remote::{QuotePolicy, RemoteActor, RemoteAttachment, RemoteEmoji, RemotePicture};
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, MediaId, StatusId};
use jiff::Timestamp;

use super::Remote;
use crate::support::{Person, TestServer};

impl Remote {
    /// An account there, without pictures.
    pub fn described(&self, name: &str) -> RemoteActor {
        described(&self.host, name)
    }

    /// Takes in an account with this avatar.
    pub async fn discovered(&self, server: &TestServer, name: &str, avatar: &str) -> AccountId {
        let avatar = Some(RemotePicture { url: self.file(avatar), description: String::new() });
        let actor = RemoteActor { avatar, ..self.described(name) };
        server.app.commands.discover_account(By::operator(), actor).await.unwrap()
    }

    /// A status there.
    pub fn status(&self, account: AccountId, name: &str, published: Timestamp) -> ReceiveStatus {
        let uri = self.url(&format!("/statuses/{name}"));
        ReceiveStatus { text: format!("<p>{name}</p>"), ..status_at(account, &uri, published) }
    }

    /// An attachment there.
    pub fn attachment(&self, name: &str) -> RemoteAttachment {
        RemoteAttachment {
            media_id: MediaId(0),
            kind: None,
            url: self.file(name),
            preview_url: None,
            mime_type: None,
            description: String::new(),
            blurhash: None,
            focus: None,
            width: None,
            height: None,
            duration_seconds: None,
        }
    }

    /// An emoji there.
    pub fn emoji(&self, name: &str) -> RemoteEmoji {
        RemoteEmoji { shortcode: name.to_owned(), url: self.file(name) }
    }
}

fn described(host: &str, name: &str) -> RemoteActor {
    let uri = format!("http://{host}/users/{name}");
    RemoteActor {
        url: uri.clone(),
        username: name.to_owned(),
        domain: host.to_owned(),
        inbox: format!("{uri}/inbox"),
        shared_inbox: Some(format!("http://{host}/inbox")),
        followers: Some(format!("{uri}/followers")),
        uri,
        ..RemoteActor::default()
    }
}

/// An account at `host`, which ours has met.
pub async fn known(server: &TestServer, host: &str, name: &str) -> AccountId {
    let by = By::system(command_id(), None);
    server.app.commands.discover_account(by, described(host, name)).await.unwrap()
}

/// The account follows one of ours, as if its Follow had come in. Returns the Follow's id.
pub async fn followed_by(server: &TestServer, account: AccountId, person: &Person) -> String {
    let activity = command_id();
    let uri = format!("http://elsewhere.localhost/follows/{activity}");
    let by = By::inbox(account, activity);
    let asked = FollowAccount::default();
    server.app.commands.follow_account(by, account, person.id, asked, Some(uri.clone())).await.unwrap();
    uri
}

/// A public status at an address.
pub fn status_at(account: AccountId, uri: &str, published: Timestamp) -> ReceiveStatus {
    ReceiveStatus {
        account,
        uri: uri.to_owned(),
        url: uri.to_owned(),
        published,
        updated_at: None,
        visibility: Visibility::Public,
        in_reply_to: None,
        in_reply_to_uri: None,
        text: "<p>far away</p>".to_owned(),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        mentions: Vec::new(),
        hashtags: Vec::new(),
        attachments: Vec::new(),
        emojis: Vec::new(),
        poll: None,
        quote: None,
        quote_policy: QuotePolicy::default(),
        conversation_uri: None,
    }
}

/// Takes a status in, as if it had come in; it has not been deleted.
pub async fn received(server: &TestServer, status: ReceiveStatus) -> StatusId {
    let by = By::inbox(status.account, command_id());
    server.app.commands.receive_status(by, status).await.unwrap().unwrap()
}
