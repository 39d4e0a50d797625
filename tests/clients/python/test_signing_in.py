"""Apps, log-ins and sign-ups, as Mastodon.py does them."""

import html
import re
import secrets
from urllib.parse import parse_qs, urlparse

import pytest
import requests
from mastodon import Mastodon, MastodonAPIError, MastodonIllegalArgumentError

SCOPES = ["read", "write", "follow"]


def register(url, redirect="urn:ietf:wg:oauth:2.0:oob"):
    client_id, client_secret = Mastodon.create_app("tests", scopes=SCOPES, redirect_uris=redirect, api_base_url=url)
    return Mastodon(client_id=client_id, client_secret=client_secret, api_base_url=url)


def fields_of(page):
    """The hidden fields of the first form."""
    inputs = re.findall(r"<input[^>]*>", page)
    read = lambda tag, name: html.unescape((re.search(rf'{name}="([^"]*)"', tag) or [None, ""])[1])
    return {read(tag, "name"): read(tag, "value") for tag in inputs if 'type="hidden"' in tag}


def test_password_grant(url, alice):
    client = register(url)
    token = client.log_in(f"{alice.username}@example.org", "correct horse battery", scopes=SCOPES, allow_http=True)
    assert token and client.me().username == alice.username
    with pytest.raises(MastodonIllegalArgumentError):
        register(url).log_in(f"{alice.username}@example.org", "wrong", scopes=SCOPES, allow_http=True)


def test_authorization_code_through_the_pages(url, alice):
    client = register(url)
    browser = requests.Session()
    asked = client.auth_request_url(scopes=SCOPES, allow_http=True)
    page = browser.get(asked)
    assert page.status_code == 200 and "password" in page.text
    action = re.search(r'<form[^>]*action="([^"]*)"', page.text)[1].replace("&amp;", "&")
    form = fields_of(page.text)
    names = re.findall(r'<input[^>]*name="([^"]*)"', page.text)
    login = next(name for name in names if "mail" in name or "login" in name or "user" in name)
    password = next(name for name in names if "password" in name)
    page = browser.post(requests.compat.urljoin(page.url, action),
                        data={**form, login: f"{alice.username}@example.org", password: "correct horse battery"})
    assert page.status_code == 200, page.text
    action = re.search(r'<form[^>]*action="([^"]*)"', page.text)[1].replace("&amp;", "&")
    page = browser.post(requests.compat.urljoin(page.url, action), data={**fields_of(page.text), "decision": "allow"})
    assert page.status_code == 200, page.text
    code = parse_qs(urlparse(page.url).query).get("code", [None])[0]
    code = code or re.search(r'(?:<code[^>]*>|value=")([A-Za-z0-9_-]{20,})', page.text)[1]
    token = client.log_in(code=code, scopes=SCOPES, allow_http=True)
    assert token and client.me().username == alice.username
    client.revoke_access_token(allow_http=True)
    with pytest.raises((MastodonAPIError, MastodonIllegalArgumentError)):
        Mastodon(access_token=token, api_base_url=url).me()


def test_sign_up(url):
    name = f"new_{secrets.token_hex(4)}"
    client = register(url)
    client.create_account(name, "correct horse battery", f"{name}@example.org", agreement=True, scopes=SCOPES)
    assert client.me().username == name

