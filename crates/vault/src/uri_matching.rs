//! Matches addresses of logins with pages, in Bitwarden's six ways.
//!
//! Source: Bitwarden's help, "Match detection for URIs". Domains that a server declares equivalent are its data, and no
//! export has them: they are not looked at.

use std::fmt;

use regex::RegexBuilder;
use url::{Host, Url};

use crate::item::login::{LoginUri, UriMatch};

/// The most memory in bytes that a regular expression of a file may take when it is compiled.
const MAX_PATTERN: usize = 1 << 20;

/// The address of a page, with which those of logins are compared.
///
/// Without a scheme `http://` is assumed, as for the addresses of logins.
///
/// ```
/// use strongroom_vault::{LoginUri, Member, PageUrl};
///
/// let page = PageUrl::parse("https://mail.example.co.uk/inbox")?;
/// let uri = LoginUri { uri: Member::Value("example.co.uk".to_owned()), ..LoginUri::default() };
/// assert_eq!(uri.matches(&page), Ok(true));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PageUrl {
    typed: String,
    /// The address in the form in which a browser writes it.
    written: String,
    place: Place,
}

/// A text that is no address of a page: it names no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the address of a page: it names no host")]
pub struct PageUrlError;

/// A regular expression of a login that cannot be used here, so it matches nothing. Those of the official clients know
/// look-around and references back, whose time has no bound, and which [`regex`] does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression of the address cannot be used")]
pub struct PatternError;

impl PageUrl {
    /// Reads the address of a page.
    ///
    /// # Errors
    /// The text names no host.
    pub fn parse(text: &str) -> Result<Self, PageUrlError> {
        let typed = text.trim().to_owned();
        let url = parse(&typed).ok_or(PageUrlError)?;
        let place = Place::of(&url).ok_or(PageUrlError)?;
        Ok(Self { typed, written: url.into(), place })
    }

    /// Returns true if the page's address fulfils this, as it was given or as a browser writes it.
    fn any(&self, holds: impl Fn(&str) -> bool) -> bool {
        holds(&self.typed) || holds(&self.written)
    }
}

/// The address is plaintext.
impl fmt::Debug for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageUrl(..)")
    }
}

impl LoginUri {
    /// Returns true if this address is for the page.
    ///
    /// | `match` | the address is for a page |
    /// | --- | --- |
    /// | base domain, or none | of the same registrable domain, by the public suffix list that the crate [`psl`] holds |
    /// | host | of the same host and port |
    /// | starts with | whose address starts with this one |
    /// | exact | whose address is this one |
    /// | regular expression | in whose address it finds something, upper and lower case being the same |
    /// | never, or a number that this version does not know | never |
    ///
    /// An IP address, `localhost` and a name that is itself a public suffix are domains of their own. An address of
    /// another kind than a website's, such as `androidapp://`, has no base domain: scheme and host have to be the same.
    ///
    /// # Errors
    /// Its regular expression cannot be used. It matches nothing.
    pub fn matches(&self, page: &PageUrl) -> Result<bool, PatternError> {
        let Some(uri) = self.uri().map(str::trim).filter(|uri| !uri.is_empty()) else { return Ok(false) };
        let place = || parse(uri).and_then(|url| Place::of(&url));
        Ok(match self.r#match() {
            None | Some(UriMatch::Domain) => place().is_some_and(|place| place.has_domain_of(&page.place)),
            Some(UriMatch::Host) => place().is_some_and(|place| place.has_host_of(&page.place)),
            Some(UriMatch::StartsWith) => page.any(|page| page.starts_with(uri)),
            Some(UriMatch::Exact) => page.any(|page| page == uri),
            Some(UriMatch::RegularExpression) => {
                let pattern = RegexBuilder::new(uri).case_insensitive(true).size_limit(MAX_PATTERN).build();
                let pattern = pattern.map_err(|_| PatternError)?;
                page.any(|page| pattern.is_match(page))
            }
            Some(UriMatch::Never | UriMatch::Other(_)) => false,
        })
    }
}

fn parse(text: &str) -> Option<Url> {
    // Before a port stands no scheme: `localhost:8080`.
    let with_scheme = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    with_scheme.ok()
}

/// The parts of an address that decide whether two addresses match.
#[derive(Clone)]
struct Place {
    /// The scheme. `None` for a website.
    scheme: Option<String>,
    host: String,
    /// The port. `None` for the default port of the scheme.
    port: Option<u16>,
    /// The registrable domain. `None` if the address is no website or its host has none.
    domain: Option<String>,
}

impl Place {
    fn of(url: &Url) -> Option<Self> {
        let is_website = matches!(url.scheme(), "http" | "https" | "ftp" | "ws" | "wss");
        let host = url.host_str()?.trim_end_matches('.').to_lowercase();
        if host.is_empty() {
            return None;
        }
        let is_name = matches!(url.host(), Some(Host::Domain(_)));
        let domain = if is_website && is_name { psl::domain_str(&host).map(str::to_owned) } else { None };
        let scheme = (!is_website).then(|| url.scheme().to_owned());
        Some(Self { scheme, host, port: url.port(), domain })
    }

    fn has_domain_of(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && match (&self.domain, &other.domain) {
                (Some(one), Some(other)) => one == other,
                (None, None) => self.host == other.host,
                _ => false,
            }
    }

    fn has_host_of(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.host == other.host && self.port == other.port
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Member;

    const DOMAIN: Option<i64> = Some(0);
    const HOST: Option<i64> = Some(1);
    const STARTS: Option<i64> = Some(2);
    const EXACT: Option<i64> = Some(3);
    const REGEX: Option<i64> = Some(4);

    /// What is for which page. The addresses are those of Bitwarden's help, and odd ones.
    const CASES: &[(Option<i64>, &str, &str, bool)] = &[
        // No kind is base domain.
        (None, "https://www.google.com", "http://google.com", true),
        (DOMAIN, "https://www.google.com", "http://google.com", true),
        (DOMAIN, "https://www.google.com", "https://sub.accounts.google.com", true),
        (DOMAIN, "https://www.google.com", "https://accounts.google.com/page.html", true),
        (DOMAIN, "https://www.google.com", "https://google.net", false),
        (DOMAIN, "https://www.google.com", "https://google.com.evil.example", false),
        (DOMAIN, "https://www.google.com", "https://notgoogle.com", false),
        (DOMAIN, "https://www.google.com:8443", "https://google.com", true),
        (DOMAIN, "google.com", "https://mail.google.com", true),
        (DOMAIN, "HTTPS://Google.COM.", "mail.google.com", true),
        (DOMAIN, "https://a.example.co.uk", "https://b.example.co.uk", true),
        (DOMAIN, "https://a.co.uk", "https://b.co.uk", false),
        // A private suffix of the list, and one that is a host itself.
        (DOMAIN, "https://alice.github.io", "https://bob.github.io", false),
        (DOMAIN, "https://github.io", "https://bob.github.io", false),
        (DOMAIN, "https://github.io", "https://github.io/x", true),
        (DOMAIN, "https://bücher.example", "https://www.xn--bcher-kva.example", true),
        (DOMAIN, "https://a.食狮.公司.cn", "https://食狮.公司.cn", true),
        (DOMAIN, "https://食狮.公司.cn", "https://other.公司.cn", false),
        (DOMAIN, "http://localhost:3000", "localhost", true),
        (DOMAIN, "localhost:3000", "http://localhost:8080", true),
        (DOMAIN, "http://nas", "http://nas/login", true),
        (DOMAIN, "http://nas", "http://nas2/login", false),
        (DOMAIN, "http://192.168.1.1", "http://192.168.1.1:8080", true),
        (DOMAIN, "192.168.1.1", "http://192.168.1.1", true),
        (DOMAIN, "http://192.168.1.1", "http://10.168.1.1", false),
        (DOMAIN, "http://[::1]:80", "http://[0:0::1]", true),
        (DOMAIN, "http://[::1]", "http://[::2]", false),
        (DOMAIN, "androidapp://com.twitter.android", "androidapp://com.twitter.android", true),
        (DOMAIN, "androidapp://com.twitter.android", "androidapp://com.other.android", false),
        (DOMAIN, "androidapp://com.twitter.android", "androidapp://org.twitter.android", false),
        (DOMAIN, "androidapp://example.com", "https://example.com", false),
        (DOMAIN, "ftp://example.com", "https://www.example.com", true),
        (DOMAIN, "", "https://example.com", false),
        (DOMAIN, " ", "https://example.com", false),
        (DOMAIN, "https://", "https://example.com", false),
        (DOMAIN, "not an address", "https://example.com", false),
        (HOST, "https://sub.domain.com:4000", "http://sub.domain.com:4000", true),
        (HOST, "https://sub.domain.com:4000", "http://sub.domain.com:4000/page.html", true),
        (HOST, "https://sub.domain.com:4000", "https://domain.com", false),
        (HOST, "https://sub.domain.com:4000", "https://sub.domain.com", false),
        (HOST, "https://sub.domain.com:4000", "https://sub2.domain.com", false),
        (HOST, "https://sub.domain.com:4000", "https://sub.domain.com:5000", false),
        (HOST, "sub.domain.com", "https://sub.domain.com:443/x", true),
        (HOST, "https://192.168.1.1:8006", "https://192.168.1.1:8006/#v1", true),
        (HOST, "https://192.168.1.1:8006", "https://192.168.1.1", false),
        (STARTS, "https://sub.domain.com/path/", "https://sub.domain.com/path/", true),
        (STARTS, "https://sub.domain.com/path/", "https://sub.domain.com/path/page.html", true),
        (STARTS, "https://sub.domain.com/path/", "https://sub.domain.com/path", false),
        (STARTS, "https://sub.domain.com/path/", "https://sub.domain.com:4000/path/page.html", false),
        (STARTS, "https://domain.com/", "https://domain.com", true),
        (STARTS, "domain.com", "https://domain.com", false),
        (EXACT, "https://www.google.com/page.html", "https://www.google.com/page.html", true),
        (EXACT, "https://www.google.com/page.html", "http://www.google.com/page.html", false),
        (EXACT, "https://www.google.com/page.html", "https://www.google.com/page.html?query=123", false),
        (EXACT, "https://www.google.com/page.html", "https://www.google.com", false),
        (EXACT, "https://www.google.com/", "https://www.google.com", true),
        (REGEX, "^https://.*google.com", "https://google.com", true),
        (REGEX, "^https://.*google.com", "https://sub.sub2.google.com", true),
        (REGEX, "^https://.*google.com", "https://malicious-site.com?q=google.com", true),
        (REGEX, "^https://.*google.com", "http://google.com", false),
        (REGEX, "^HTTPS://.*Google.com", "https://yahoo.com", false),
        (REGEX, "^HTTPS://.*Google.com", "https://google.com", true),
        (Some(5), "https://www.google.com", "https://www.google.com", false),
        (Some(6), "https://www.google.com", "https://www.google.com", false),
    ];

    fn uri(how: Option<i64>, uri: &str) -> LoginUri {
        let how = how.map_or(Member::Absent, |number| Member::Value(UriMatch::from(number)));
        LoginUri { uri: Member::Value(uri.to_owned()), r#match: how, ..LoginUri::default() }
    }

    #[test]
    fn addresses_are_for_pages() {
        for (how, address, page, is_for) in CASES {
            let matches = uri(*how, address).matches(&PageUrl::parse(page).unwrap());
            assert_eq!(matches, Ok(*is_for), "{how:?}: {address} for {page}");
        }
        let page = PageUrl::parse("https://example.com").unwrap();
        assert_eq!(LoginUri::default().matches(&page), Ok(false), "no address");
    }

    #[test]
    fn patterns_that_cannot_be_used_match_nothing() {
        let page = PageUrl::parse("https://aaa.example").unwrap();
        for pattern in ["(", "(?=a)", r"(a)\1", "[z-a]", "((((((((a{99}){99}){99}))))))"] {
            assert_eq!(uri(REGEX, pattern).matches(&page), Err(PatternError), "{pattern}");
        }
        // The control: time is linear in the page, whatever the pattern.
        assert_eq!(uri(REGEX, "^https://(a+)+$").matches(&page), Ok(false));
    }

    #[test]
    fn what_names_no_host_is_no_page() {
        for text in ["", " ", "http://", "a b", "https://[::1", "data://", "http://x:99999"] {
            assert_eq!(PageUrl::parse(text).err(), Some(PageUrlError), "{text:?}");
        }
        assert_eq!(format!("{:?}", PageUrl::parse("https://example.com").unwrap()), "PageUrl(..)");
    }
}
