//! How connections to other servers are encrypted: with aws-lc, which is chosen here and nowhere else, and only for
//! connections that are made with this. Nothing is installed for the whole process: a library that installs its own
//! choice would find ours in its way.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Why TLS is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// `federation.ca_file` has no certificate in it, or cannot be read.
    #[error("federation.ca_file: no certificate in {}: {why}", file.display())]
    Roots {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The library refuses.
    #[error("TLS: {0}")]
    Library(#[from] rustls::Error),
}

/// A client that believes the system's roots and those in `ca_file`, and speaks HTTP/2 and HTTP/1.1.
///
/// # Errors
/// When `ca_file` cannot be used.
pub fn client(ca_file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if roots.is_empty() {
        tracing::warn!(
            "this system has no root certificates, so that no other server can be called; install ca-certificates"
        );
    }
    if let Some(file) = ca_file {
        for root in read_roots(file)? {
            roots.add(root)?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The certificates in a PEM file: at least one.
///
/// # Errors
/// When there is none, or the file cannot be read.
pub fn read_roots(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let refuse = |why: String| TlsError::Roots { file: file.to_owned(), why };
    let pem = std::fs::read(file).map_err(|error| refuse(error.to_string()))?;
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match roots {
        Ok(roots) if roots.is_empty() => Err(refuse("it holds none".to_owned())),
        Ok(roots) => Ok(roots),
        Err(error) => Err(refuse(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("root.pem");
        assert!(client(Some(&file)).is_err());
        std::fs::write(&file, "no certificate").unwrap();
        assert!(client(Some(&file)).unwrap_err().to_string().contains("root.pem"));
        assert!(client(None).is_ok());
    }
}
