//! Where settings come from, who wins, and what is refused.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use super::{Config, ConfigError, Overrides, RegistrationMode, Scheme, example};

/// Loads from a file's text, variables and the command line, far from the environment of the test.
fn load(toml: &str, variables: &[(&str, &str)], overrides: &Overrides) -> Result<Config, ConfigError> {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("given.toml");
    fs::write(&file, toml).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::load_from(Some(&file), variables, overrides)
}

fn refusal(toml: &str, variables: &[(&str, &str)]) -> String {
    load(toml, variables, &Overrides::default()).unwrap_err().to_string()
}

fn base_url(server: &str) -> String {
    load(&format!("[server]\n{server}"), &[], &Overrides::default()).unwrap().server.base_url()
}

#[test]
fn the_example_is_the_defaults_and_is_in_the_documentation() {
    let none = Overrides::default();
    assert_eq!(load(&example(), &[], &none).unwrap(), Config::default());
    let everything = example().lines().map(uncommented).collect::<Vec<_>>().join("\n");
    let config = load(&everything, &[], &none).unwrap();
    assert_eq!(config.server.base_url(), "https://www.social.example");
    assert!(!everything.contains("= \n"), "every absent setting has a sample");
    for section in serde_json::to_value(Config::default()).unwrap().as_object().unwrap().keys() {
        assert!(everything.contains(&format!("\n[{section}]\n")), "{section} is missing from the example");
    }
    let kept = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/config.example.toml"));
    assert!(kept.unwrap_or_default() == example(), "run: cargo run -- config example > docs/config.example.toml");
}

/// `#key = sample` without its `#`; prose begins with `# `.
fn uncommented(line: &str) -> &str {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())).unwrap_or(line)
}

#[test]
fn the_later_source_wins() {
    let toml = "[server]\nlisten = \"127.0.0.1:1\"\ndomain = \"a.example\"\n[oauth]\npassword_grant = true";
    let variables = [
        ("CHRONODON_SERVER__LISTEN", "127.0.0.1:2"),
        ("CHRONODON_SERVER__DOMAIN", "b.example"),
        ("CHRONODON_REGISTRATIONS__MODE", "open"),
        ("CHRONODON_RATE_LIMITS__ENABLED", "false"),
        ("CHRONODON_INSTANCE__LANGUAGES", "[de, en]"),
        ("CHRONODON_POSTGRES_BIN", "/opt/postgres"),
        ("HOME", "/root"),
    ];
    let overrides = Overrides { listen: Some(SocketAddr::from(([127, 0, 0, 1], 3))), ..Overrides::default() };
    let config = load(toml, &variables, &overrides).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.server.domain(), "b.example");
    assert_eq!(config.registrations.mode, RegistrationMode::Open);
    assert!(config.oauth.password_grant && !config.rate_limits.enabled);
    assert_eq!(config.instance.languages, ["de", "en"]);
    assert_eq!(config.database.pool_size, 16);
}

#[test]
fn an_unknown_key_is_refused_with_its_name_and_source() {
    let said = refusal("[server]\nlissten = \"127.0.0.1:1\"", &[]);
    assert!(said.contains("lissten") && said.contains("given.toml"), "{said}");
    let said = refusal("[sever]\nlisten = \"127.0.0.1:1\"", &[]);
    assert!(said.contains("sever") && said.contains("given.toml"), "{said}");
    let said = refusal("", &[("CHRONODON_SERVER__LISSTEN", "127.0.0.1:1")]);
    assert!(said.contains("lissten") && said.contains("environment"), "{said}");
    let said = refusal("", &[("CHRONODON_SERVER_LISTEN", "127.0.0.1:1")]);
    assert!(said.contains("CHRONODON_SERVER_LISTEN is not a setting"), "{said}");
}

#[test]
fn a_wrong_value_is_refused_with_its_key_and_source() {
    let said = refusal("[registrations]\nmode = \"ajar\"", &[]);
    assert!(said.contains("mode") && said.contains("ajar") && said.contains("given.toml"), "{said}");
    let said = refusal("", &[("CHRONODON_DATABASE__POOL_SIZE", "many")]);
    assert!(said.contains("CHRONODON_DATABASE__POOL_SIZE"), "{said}");
    assert!(refusal("[database]\npool_size = 0", &[]).contains("database.pool_size"));
    for domain in ["https://a.example", "a.example/x", "user@a.example", ""] {
        assert!(refusal("", &[("CHRONODON_SERVER__DOMAIN", domain)]).contains("server.domain"), "{domain}");
    }
    let missing = Config::load_from(Some(Path::new("/nowhere.toml")), Vec::new(), &Overrides::default());
    assert!(missing.unwrap_err().to_string().contains("/nowhere.toml"));
}

#[test]
fn the_data_directory_brings_its_own_file() {
    let directory = tempfile::TempDir::new().unwrap();
    fs::write(directory.path().join("chronodon.toml"), "[instance]\ntitle = \"Found\"").unwrap();
    let overrides = Overrides { data_dir: Some(directory.path().to_owned()), ..Overrides::default() };
    assert_eq!(Config::load_from(None, Vec::new(), &overrides).unwrap().instance.title, "Found");
    let variables = vec![("CHRONODON_SERVER__DATA_DIR".to_owned(), directory.path().display().to_string())];
    assert_eq!(Config::load_from(None, variables, &Overrides::default()).unwrap().instance.title, "Found");
}

#[test]
fn public_addresses_are_https_unless_the_domain_is_this_machine() {
    assert_eq!(base_url("domain = \"Social.Example\""), "https://social.example");
    assert_eq!(base_url("domain = \"bücher.example:8443\""), "https://xn--bcher-kva.example:8443");
    assert_eq!(base_url("domain = \"127.0.0.1:3000\""), "http://127.0.0.1:3000");
    assert_eq!(base_url("domain = \"[::1]:3000\""), "http://[::1]:3000");
    assert_eq!(base_url("domain = \"localhost:4000\""), "http://localhost:4000");
    assert_eq!(base_url("listen = \"127.0.0.1:4001\""), "http://localhost:4001");
    assert_eq!(base_url("domain = \"localhost.example\""), "https://localhost.example");
    assert_eq!(base_url("domain = \"192.0.2.1\"\nscheme = \"http\""), "http://192.0.2.1");
    assert_eq!(base_url("domain = \"a.example\"\nweb_domain = \"w.a.example\""), "https://w.a.example");
    assert_eq!(Config::default().server.scheme(), Scheme::Http);
}

#[test]
fn addresses_are_confirmed_at_once_while_no_mail_can_be_sent() {
    assert!(Config::default().registrations.confirm_email && !Config::default().confirms_email());
}

#[test]
fn networks_are_read_and_exceptions_are_named() {
    assert!(Config::default().federation.exceptions().is_empty());
    let toml = "[federation]\nallowed_private_networks = [\"127.0.0.0/8\", \"fd00::1\"]\nca_file = \"root.pem\"";
    let said = load(toml, &[], &Overrides::default()).unwrap().federation.exceptions();
    assert!(said[0].contains("127.0.0.0/8, fd00::1/128") && said[1].contains("root.pem"), "{said:?}");
    assert!(refusal("[federation]\nallowed_private_networks = [\"127.0.0.0/33\"]", &[]).contains("127.0.0.0/33"));
}
