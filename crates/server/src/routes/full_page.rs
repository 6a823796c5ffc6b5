//! The chat as a page of its own, at `/c/SITE_KEY`: for links in e-mails, which may be opened in any browser. It loads the
//! chat with the script tag, as any page does.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use porchlight_protocol::{ErrorCode, SiteKey};
use porchlight_store::Origin;

use crate::app::App;
use crate::auth::ClientIp;
use crate::error::Result;
use crate::export::html::escaped;

use super::{pages, plain};

const STYLE: &str =
    concat!(include_str!("../../../../style/tokens.css"), include_str!("full_page.css"));

/// The address of a site's chat as a page; with the secret of a link that leads back to a conversation, in the fragment, which
/// browsers send to no server.
pub fn address(server: &Origin, site: &SiteKey, link: Option<&str>) -> String {
    match link {
        Some(link) => format!("{server}/c/{site}#{link}"),
        None => format!("{server}/c/{site}"),
    }
}

/// A site's chat as a page.
pub async fn full_page(
    State(app): State<App>,
    Path(key): Path<String>,
    ClientIp(ip): ClientIp,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let language = pages::language(query.as_deref(), &headers);
    let page = async {
        app.limits.network_reads.check(&ip)?;
        let key: SiteKey = key.parse().map_err(|_| ErrorCode::SiteUnknown)?;
        let (site, _) = app.store.site_and_origins(key).await?;
        let own = app.own_origin();
        let policy = format!(
            "script-src {own}; connect-src {own}; frame-src {own}; img-src data:; frame-ancestors 'none'"
        );
        let body = format!(
            "<main hidden><h1></h1><p></p><button></button></main>\
             <script type=\"module\" src=\"{own}/porchlight-page.js?lang={}&amp;site={}\"></script>",
            language.tag, site.key,
        );
        Result::Ok(plain::document(language, &escaped(&site.name), STYLE, &body, &policy))
    };
    pages::answer(page.await, language)
}
