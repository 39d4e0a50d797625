"""Posting and everything that is done with posts."""

import datetime

import pytest
from mastodon import MastodonAPIError, MastodonNotFoundError


def test_post_read_edit_delete(alice, bob):
    posted = alice.status_post("Hello #world", spoiler_text="greeting", language="en", visibility="public")
    assert bob.status(posted.id).spoiler_text == "greeting"
    assert posted.tags[0].name == "world"
    edited = alice.status_update(posted.id, "Hello, edited #world")
    assert edited.edited_at and "edited" in edited.content
    history = bob.status_history(posted.id)
    assert [("edited" in version.content) for version in history] == [False, True]
    assert alice.status_source(posted.id).text == "Hello, edited #world"
    deleted = alice.status_delete(posted.id)
    assert deleted.text == "Hello, edited #world"
    with pytest.raises(MastodonNotFoundError):
        bob.status(posted.id)


def test_idempotency(alice):
    first = alice.status_post("once", idempotency_key="the key")
    assert alice.status_post("once", idempotency_key="the key").id == first.id


def test_threads(alice, bob):
    root = alice.status_post("root")
    reply = bob.status_reply(root, "reply")
    leaf = alice.status_post("leaf", in_reply_to_id=reply.id)
    context = alice.status_context(reply.id)
    assert [status.id for status in context.ancestors] == [root.id]
    assert [status.id for status in context.descendants] == [leaf.id]
    assert alice.status(root.id).replies_count == 1


def test_favourite_reblog_bookmark_pin_mute(alice, bob):
    posted = alice.status_post("like me")
    assert bob.status_favourite(posted.id).favourited
    assert bob.status_favourite(posted.id).favourites_count == 1
    assert [who.id for who in alice.status_favourited_by(posted.id)] == [bob.me().id]
    assert bob.favourites()[0].id == posted.id
    assert not bob.status_unfavourite(posted.id).favourited

    reblog = bob.status_reblog(posted.id)
    assert reblog.reblog.id == posted.id and reblog.id != posted.id
    assert [who.id for who in alice.status_reblogged_by(posted.id)] == [bob.me().id]
    assert bob.status(posted.id).reblogged
    assert not bob.status_unreblog(posted.id).reblogged

    assert bob.status_bookmark(posted.id).bookmarked
    assert bob.bookmarks()[0].id == posted.id
    assert not bob.status_unbookmark(posted.id).bookmarked

    assert alice.status_pin(posted.id).pinned
    assert [status.id for status in bob.account_statuses(alice.me().id, pinned=True)] == [posted.id]
    assert not alice.status_unpin(posted.id).pinned
    assert alice.status_mute(posted.id).muted
    assert not alice.status_unmute(posted.id).muted


def test_polls(alice, bob):
    poll = alice.make_poll(["Yes", "No"], expires_in=600)
    posted = alice.status_post("Well?", poll=poll)
    voted = bob.poll_vote(posted.poll.id, 1)
    assert voted.own_votes == [1] and voted.votes_count == 1
    with pytest.raises(MastodonAPIError):
        bob.poll_vote(posted.poll.id, 0)
    assert alice.poll(posted.poll.id).options[1].votes_count == 1


def test_quotes(alice, bob):
    posted = alice.status_post("quote me", quote_approval_policy="nobody")
    with pytest.raises(MastodonNotFoundError):
        bob.status_post("look", quoted_status_id=posted.id)
    opened = alice.status_update_quote_approval_policy(posted.id, "public")
    assert opened.quote_approval.automatic == ["public"]
    quoting = bob.status_post("look", quoted_status_id=posted.id)
    assert quoting.quote.state == "accepted" and quoting.quote.quoted_status.id == posted.id
    assert [status.id for status in alice.status_quotes(posted.id)] == [quoting.id]
    assert alice.notifications(types=["quote"])[0].status.id == quoting.id
    assert alice.status_quote_revoke(posted.id, quoting.id).quote.state == "revoked"
    assert alice.status(posted.id).quotes_count == 0


def test_private_posts_stay_private(alice, bob, person):
    carol = person("carol")
    direct = alice.status_post(f"psst @{bob.username}", visibility="direct")
    assert bob.status(direct.id).visibility == "direct"
    with pytest.raises(MastodonNotFoundError):
        carol.status(direct.id)


def test_times_are_read(alice):
    posted = alice.status_post("now")
    age = datetime.datetime.now(datetime.timezone.utc) - posted.created_at
    assert abs(age.total_seconds()) < 60
