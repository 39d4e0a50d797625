"""Profiles, follows, blocks, mutes and lists."""

import io

import pytest
from mastodon import MastodonAPIError
from PIL import Image


def picture(size=(64, 48), colour=(200, 80, 40)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def test_profile(alice):
    before = alice.me()
    me = alice.account_update_credentials(
        display_name="Alice", note="I like herons", fields=[("Site", "https://example.org")], locked=True,
        avatar=picture(), avatar_mime_type="image/png")
    assert me.display_name == "Alice" and me.locked and me.fields[0].name == "Site"
    assert me.avatar != before.avatar
    assert alice.account_verify_credentials().source.note == "I like herons"
    assert alice.account_lookup(alice.username).id == me.id


def test_follow_and_unfollow(alice, bob):
    bob_id = bob.me().id
    assert alice.account_follow(bob_id).following
    assert alice.account_follow(bob_id).following
    assert alice.account_relationships([bob_id])[0].following
    assert [who.id for who in bob.account_followers(bob_id)] == [alice.me().id]
    assert [who.id for who in alice.account_following(alice.me().id)] == [bob_id]
    assert bob.notifications()[0].type == "follow"
    assert not alice.account_unfollow(bob_id).following
    assert bob.account_followers(bob_id) == []


def test_requests(alice, bob):
    alice.account_update_credentials(locked=True)
    assert bob.account_follow(alice.me().id).requested
    assert [who.id for who in alice.follow_requests()] == [bob.me().id]
    alice.follow_request_authorize(bob.me().id)
    assert bob.account_relationships([alice.me().id])[0].following
    alice.account_remove_from_followers(bob.me().id)
    assert not bob.account_relationships([alice.me().id])[0].following


def test_block_and_mute(alice, bob):
    bob.account_follow(alice.me().id)
    assert alice.account_block(bob.me().id).blocking
    assert [who.id for who in alice.blocks()] == [bob.me().id]
    assert not bob.account_relationships([alice.me().id])[0].following
    assert not alice.account_unblock(bob.me().id).blocking
    assert alice.account_mute(bob.me().id, duration=3600).muting
    assert alice.mutes()[0].id == bob.me().id
    assert not alice.account_unmute(bob.me().id).muting
    assert alice.account_note_set(bob.me().id, "met at the lake").note == "met at the lake"


def test_lists(alice, bob):
    alice.account_follow(bob.me().id)
    birds = alice.list_create("Birds", replies_policy="none")
    alice.list_accounts_add(birds.id, [bob.me().id])
    posted = bob.status_post("for the list")
    assert alice.timeline_list(birds.id)[0].id == posted.id
    assert [who.id for who in alice.list_accounts(birds.id)] == [bob.me().id]
    assert alice.account_lists(bob.me().id)[0].id == birds.id
    assert alice.list_update(birds.id, "Herons").title == "Herons"
    alice.list_accounts_delete(birds.id, [bob.me().id])
    alice.list_delete(birds.id)
    assert alice.lists() == []


def test_nobody_follows_themselves(alice):
    with pytest.raises(MastodonAPIError):
        alice.account_follow(alice.me().id)
