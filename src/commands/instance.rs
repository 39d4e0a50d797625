//! Commands: the server's own rules.

use chronodon_domain::instance::{Instance, SetRules};

use super::{By, CommandError, Commands};

impl Commands {
    /// Sets the rules, in order. The same rules again change nothing.
    ///
    /// # Errors
    /// When the log cannot take it.
    pub async fn set_rules(&self, by: By, rules: Vec<String>) -> Result<(), CommandError> {
        let stream = self.names.named("instance", &["rules"]);
        self.execute::<Instance>(by, stream, &SetRules(rules)).await?;
        Ok(())
    }
}
