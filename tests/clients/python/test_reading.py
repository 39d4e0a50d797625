"""Timelines, notifications, search, media, and what the server says of itself."""

import queue
import time

from mastodon import StreamListener
from test_people import picture


def test_home_and_public(alice, bob):
    alice.account_follow(bob.me().id)
    statuses = [bob.status_post(f"post {n}") for n in range(5)]
    home = alice.timeline_home(limit=2)
    assert [status.id for status in home] == [statuses[4].id, statuses[3].id]
    older = alice.fetch_next(home)
    assert [status.id for status in older] == [statuses[2].id, statuses[1].id]
    assert alice.fetch_previous(older)[-1].id == statuses[3].id
    assert alice.timeline_local()[0].id == statuses[4].id
    bob.status_delete(statuses[4].id)
    assert alice.timeline_home()[0].id == statuses[3].id


def test_tag(alice):
    tag = f"tag{time.time_ns()}"
    posted = alice.status_post(f"about #{tag}")
    assert [status.id for status in alice.timeline_hashtag(tag)] == [posted.id]


def test_notifications(alice, bob):
    posted = alice.status_post("hello")
    bob.status_favourite(posted.id)
    bob.status_reblog(posted.id)
    bob.status_post(f"hi @{alice.username}")
    assert [n.type for n in alice.notifications()] == ["mention", "reblog", "favourite"]
    assert alice.notifications_unread_count().count == 3
    grouped = alice.grouped_notifications()
    assert len(grouped.notification_groups) == 3
    alice.notifications_dismiss(alice.notifications()[0].id)
    alice.notifications_clear()
    assert alice.notifications() == []


def test_markers_and_preferences(alice):
    posted = alice.status_post("read this")
    alice.markers_set(["home"], [posted.id])
    assert str(alice.markers_get(["home"])["home"].last_read_id) == str(posted.id)
    assert alice.preferences()["posting:default:visibility"] == "public"


def test_search_finds_what_was_just_written(alice):
    word = f"heron{time.time_ns()}"
    posted = alice.status_post(f"a {word} #{word}")
    assert [status.id for status in alice.search_v2(word, result_type="statuses").statuses] == [posted.id]
    assert alice.search_v2(word, result_type="hashtags").hashtags[0].name == word
    assert alice.search_v2(alice.username, result_type="accounts").accounts[0].id == alice.me().id


def test_media(alice, bob):
    media = alice.media_post(picture(), "image/png", description="a colour", focus=(0.5, -0.5), synchronous=True)
    assert media.description == "a colour" and media.meta.focus.x == 0.5
    posted = alice.status_post("look", media_ids=[media.id])
    shown = bob.status(posted.id).media_attachments[0]
    assert shown.id == media.id and shown.type == "image" and shown.blurhash
    assert shown.meta.original.width == 64


def test_the_server_describes_itself(alice):
    assert alice.instance_v2().configuration.polls.max_options == 4
    assert alice.instance_v1().urls.streaming_api.startswith("ws")
    assert alice.instance_rules() == []
    assert len(alice.instance_activity()) == 12
    assert alice.instance_nodeinfo().software.name == "chronodon"
    assert alice.custom_emojis() == []


class Heard(StreamListener):
    def __init__(self):
        self.events = queue.Queue()

    def on_update(self, status):
        self.events.put(("update", status.id))

    def on_delete(self, status_id):
        self.events.put(("delete", status_id))

    def on_notification(self, notification):
        self.events.put(("notification", notification.type))


def test_the_user_stream(alice, bob):
    alice.account_follow(bob.me().id)
    heard = Heard()
    stream = alice.stream_user(heard, run_async=True)
    try:
        deadline = time.time() + 10
        while not stream.is_receiving() and time.time() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        posted = bob.status_post(f"live, @{alice.username}")
        got = {heard.events.get(timeout=10), heard.events.get(timeout=10)}
        assert got == {("update", posted.id), ("notification", "mention")}
        bob.status_delete(posted.id)
        kind, gone = heard.events.get(timeout=10)
        assert kind == "delete" and str(gone) == str(posted.id)
    finally:
        stream.close()
