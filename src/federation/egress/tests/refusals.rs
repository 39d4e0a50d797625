//! What may not be called is not: the trap hears nothing.

use chronodon_activitypub::uri::UriError;

use super::hostile::{Hostile, redirect};
use super::*;

fn is_refused(result: Result<Fetched, EgressError>) -> bool {
    matches!(&result, Err(error @ (EgressError::Forbidden(_) | EgressError::Uri(_))) if error.is_final())
}

#[tokio::test]
async fn an_address_in_the_place_of_a_name_is_judged() {
    let trap = Hostile::trap("127.0.0.1:0").await;
    let port = trap.address.port();
    for egress in [egress(&[]), egress(&["10.0.0.0/8", "127.0.0.2"])] {
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            format!("http://trap.localhost:{port}/"),
            format!("https://127.0.0.1:{port}/"),
            format!("http://[::1]:{port}/"),
        ] {
            assert!(is_refused(document(&egress, &url).await), "{url}");
        }
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_public_server_calls_only_https_and_names() {
    let trap = Hostile::trap("127.0.0.1:0").await;
    let port = trap.address.port();
    let egress = public(&["127.0.0.0/8"], names(&[("trap.example", &[&["127.0.0.1"]])]));
    for (url, why) in [
        (format!("http://127.0.0.1:{port}/"), UriError::Scheme),
        (format!("https://127.0.0.1:{port}/"), UriError::Host),
        (format!("http://localhost:{port}/"), UriError::Scheme),
        (format!("https://localhost:{port}/"), UriError::Host),
    ] {
        assert_eq!(document(&egress, &url).await, Err(EgressError::Uri(why)), "{url}");
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn the_usual_tricks_in_place_of_an_address_are_none() {
    let egress = egress(&["127.0.0.0/8"]);
    for host in ["2130706433", "0x7f.1", "0x7f000001", "017700000001", "127.1", "[::ffff:127.0.0.1]", "[::127.0.0.1]"] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}/");
            assert!(Uri::parse(&url, egress.rules()).is_err(), "{url}");
        }
    }
    for url in ["https://a.example/%0d%0aHost:b", "https://a.example/\r\nHost: b", "https://a.example:6379\r\n/"] {
        let Ok(uri) = Uri::parse(url, egress.rules()) else { continue };
        let sent = uri.to_url();
        assert!(!sent.as_str().contains(['\r', '\n']), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_no_public_address_is_refused() {
    for address in [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "0.0.0.0",
        "255.255.255.255",
        "100.64.0.1",
        "192.0.0.1",
        "198.18.0.1",
        "240.0.0.1",
        "192.88.99.1",
        "224.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "fe80::1",
        "fd00::1",
    ] {
        let egress = public(&["172.16.0.0/12"], names(&[("evil.example", &[&[address]])]));
        for port in ["", ":80", ":6379", ":25", ":5432"] {
            let result = document(&egress, &format!("https://evil.example{port}/")).await;
            assert!(matches!(result, Err(EgressError::Forbidden(_))), "{address}{port}: {result:?}");
        }
    }
}

#[tokio::test]
async fn public_addresses_have_no_other_ports() {
    for networks in [&[][..], &["10.0.0.0/8"]] {
        let egress = public(networks, names(&[("a.example", &[&["8.8.8.8"]])]));
        for port in [22, 25, 5432, 6379, 8443] {
            let result = document(&egress, &format!("https://a.example:{port}/")).await;
            assert!(matches!(result, Err(EgressError::Forbidden(_))), "{port}: {result:?}");
        }
    }
}

#[tokio::test]
async fn of_several_addresses_only_the_allowed_are_called_and_each_time_anew() {
    let good = Hostile::start(|_| {
        let mut answer = hostile::ok(ACTIVITY, "{}");
        answer.push(hostile::Step::Hang);
        answer
    })
    .await;
    let port = good.address.port();
    let trap = Hostile::trap(&format!("127.0.0.2:{port}")).await;
    let mixed: &[&str] = &["127.0.0.2", "127.0.0.1", "::1"];
    let egress = egress_with(
        &["127.0.0.1"],
        names(&[("mixed.localhost", &[mixed]), ("rebinding.localhost", &[&["127.0.0.1"], &["127.0.0.2"]])]),
        |_| {},
    );
    assert!(document(&egress, &format!("http://mixed.localhost:{port}/")).await.is_ok());
    assert!(document(&egress, &format!("http://rebinding.localhost:{port}/")).await.is_ok());
    // The connection that stands is to the first address; once it is of no use, the second one is judged.
    let second = document(&egress, &format!("http://rebinding.localhost:{port}/")).await;
    assert!(second.is_err(), "{second:?}");
    let third = document(&egress, &format!("http://rebinding.localhost:{port}/")).await;
    assert!(matches!(third, Err(EgressError::Forbidden(_))), "{third:?}");
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_judged_like_the_first_address() {
    let trap = Hostile::trap("127.0.0.2:0").await;
    let (here, port) = (trap.address, trap.address.port());
    let targets = [
        format!("http://{here}/"),
        format!("//{here}/"),
        format!("http://trap.localhost:{port}/"),
        format!("http://0x7f.2:{port}/"),
        format!("http://2130706434:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "https://10.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.2:70/".to_owned(),
        "data:application/activity+json,{}".to_owned(),
    ];
    let egress = egress_with(&["127.0.0.1"], names(&[("trap.localhost", &[&["127.0.0.2"]])]), |_| {});
    for target in targets {
        let to = target.clone();
        let server = Hostile::start(move |_| redirect(&to)).await;
        for signer in [None, Some(&*KEY)] {
            let result = egress.get_document(&uri(&server.url("/")), signer).await;
            assert!(is_refused(result.clone()), "{target}: {result:?}");
        }
        let mut file = Vec::new();
        let result = egress.get_file(&uri(&server.url("/")), 100, &mut file).await;
        assert!(result.is_err_and(|error| error.is_final()) && file.is_empty(), "{target}");
        assert!(egress.get_jrd(&uri(&server.url("/"))).await.is_err());
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn nothing_is_called_when_federation_is_off() {
    let trap = Hostile::trap("127.0.0.1:0").await;
    let egress = egress_with(&["127.0.0.0/8"], resolve::system(), |config| config.federation.enabled = false);
    assert_eq!(document(&egress, &trap.url("/")).await, Err(EgressError::Off));
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_name_that_is_not_there_may_be_later() {
    let egress = public(&[], names(&[]));
    let error = document(&egress, "https://nowhere.example/").await.unwrap_err();
    assert!(matches!(error, EgressError::Unreachable(_)) && !error.is_final() && !error.may_have_arrived());
}
