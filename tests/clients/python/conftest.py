"""People with accounts on the running server, each with a Mastodon.py of their own."""

import itertools
import json
import os
import subprocess

import pytest
from mastodon import Mastodon

URL = os.environ["CHRONODON_TEST_URL"]
NUMBERS = itertools.count()


def chronodon(*arguments):
    """Runs a subcommand beside the running server and reads its JSON."""
    done = subprocess.run([os.environ["CHRONODON_TEST_BIN"], "--json", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture
def url():
    return URL


@pytest.fixture
def person():
    """Makes people: `person("alice")` is signed in, under a name that nobody else has."""

    def make(name):
        username = f"{name}_{os.getpid()}_{next(NUMBERS)}"
        chronodon("account", "create", username, "--email", f"{username}@example.org", "--approve",
                  "--password", "correct horse battery")
        token = chronodon("token", "create", username, "--scopes", "read write follow push")["access_token"]
        client = Mastodon(api_base_url=URL, access_token=token, ratelimit_method="throw")
        client.username = username
        return client

    return make


@pytest.fixture
def alice(person):
    return person("alice")


@pytest.fixture
def bob(person):
    return person("bob")
