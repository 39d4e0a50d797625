//! Handles: which actor one names, and whether an actor has the one it says. A handle belongs to its domain, so the domain
//! is asked; what an actor says of its own handle counts only when that domain names the actor in turn.

use chronodon_activitypub::actor::{Actor, ActorKind};
use chronodon_activitypub::host_meta;
use chronodon_activitypub::json;
use chronodon_activitypub::uri::{Uri, UriRules};
use chronodon_activitypub::webfinger::{Handle, Jrd};

use super::{ResolveError, is_domain_refused, is_own_domain};
use crate::app::App;
use crate::federation::egress::Fetched;

/// The handle that an actor of another server has: the one it says, or its name at its host, or whichever that host says
/// is the proper one.
///
/// # Errors
/// When the handle's domain does not name the actor, or does not answer.
pub async fn prove(app: &App, actor: &Actor) -> Result<Handle, ResolveError> {
    let at_home = Handle { username: actor.username.clone(), domain: actor.id.authority().to_owned() };
    let said = actor.webfinger.as_deref().and_then(|text| Handle::parse(text, app.egress.rules()));
    let said = said.filter(|said| said.username.eq_ignore_ascii_case(&actor.username));
    let claimed = said.unwrap_or_else(|| at_home.clone());
    match look_up(app, &claimed).await {
        Ok((proven, uri)) if uri == actor.id => {
            let same = proven.username.to_lowercase() == actor.username.to_lowercase();
            if same {
                Ok(Handle { username: at_home.username, ..proven })
            } else {
                Err(ResolveError::Invalid("handle"))
            }
        }
        Ok(_) => Err(ResolveError::Invalid("handle")),
        // Actors of servers themselves, such as relays, are often not found by a handle. The name at its own host takes
        // nobody else's.
        Err(error) if error.is_final() && actor.kind == ActorKind::Application && claimed == at_home => Ok(at_home),
        Err(error) => Err(error),
    }
}

/// The actor that a handle names, and the handle as its domain spells it: perhaps at another domain, which says so too.
///
/// # Errors
/// When it names none, or the domain does not answer.
pub async fn look_up(app: &App, handle: &Handle) -> Result<(Handle, Uri), ResolveError> {
    let (subject, actor) = ask(app, handle).await?;
    if subject.domain == handle.domain {
        return Ok((subject, actor));
    }
    let (confirmed, same) = ask(app, &subject).await?;
    if confirmed.to_string().to_lowercase() != subject.to_string().to_lowercase() || same != actor {
        return Err(ResolveError::Invalid("handle"));
    }
    Ok((confirmed, actor))
}

async fn ask(app: &App, handle: &Handle) -> Result<(Handle, Uri), ResolveError> {
    if is_own_domain(app, &handle.domain) {
        return Err(ResolveError::Invalid("handle"));
    }
    if is_domain_refused(app, &handle.domain) {
        return Err(ResolveError::Refused);
    }
    let rules = app.egress.rules();
    let answer = fetch(app, &origin_of(&handle.domain, rules), &handle.to_acct()).await?;
    let answer = Jrd::read(&json::read(&answer.body)?, rules)?;
    let subject = answer.handle(rules).ok_or(ResolveError::Invalid("handle"))?;
    let actor = answer.actor.ok_or(ResolveError::NotFound)?;
    Ok((subject, actor))
}

/// Asks where WebFinger is expected, else where the domain says it is.
async fn fetch(app: &App, origin: &str, resource: &str) -> Result<Fetched, ResolveError> {
    let rules = app.egress.rules();
    let at = host_meta::well_known(origin, resource, rules).ok_or(ResolveError::Invalid("handle"))?;
    let error = match app.egress.get_jrd(&at).await {
        Ok(found) => return Ok(found),
        Err(error) if !error.is_final() => return Err(error.into()),
        Err(error) => error,
    };
    let Ok(host_meta) = Uri::parse(&format!("{origin}/.well-known/host-meta"), rules) else { return Err(error.into()) };
    let Ok(found) = app.egress.get_text(&host_meta).await else { return Err(error.into()) };
    let template = host_meta::read_template(&found.text());
    match template.and_then(|template| host_meta::fill_template(&template, resource, rules)) {
        Some(elsewhere) if elsewhere != at => Ok(app.egress.get_jrd(&elsewhere).await?),
        _ => Err(error.into()),
    }
}

/// Test beds are spoken to without TLS.
fn origin_of(domain: &str, rules: UriRules) -> String {
    let plain = format!("http://{domain}");
    let loopback = rules == UriRules::AlsoLoopback && Uri::parse(&plain, rules).is_ok();
    if loopback { plain } else { format!("https://{domain}") }
}
