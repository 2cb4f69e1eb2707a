//! Those without a ticket, who get nothing, and web pages, which a browser asks for.

use reqwest::Method;

use super::answer::Answer;
use super::probes::PROBE;
use super::tickets::{base, verdict};
use super::{Trouble, Verdict, Verification, causes};

impl Verification {
    pub(super) async fn anonymous(&self) -> Verdict {
        verdict(self.try_anonymous().await)
    }

    /// Reads, lists and writes as anybody can who knows the address.
    async fn try_anonymous(&self) -> Result<String, Trouble> {
        let bucket = self.bucket_url().await?;
        let open = self.key("anonymous");
        self.note(&open);
        let object = format!("{bucket}{}", self.key("first"));
        let list = format!("{}?list-type=2", bucket.trim_end_matches('/'));
        let write = format!("{bucket}{open}");
        for (method, url, body, what) in [
            (Method::GET, object, &[][..], "read an object"),
            (Method::GET, list, &[], "list the bucket"),
            (Method::PUT, write, PROBE, "put an object"),
        ] {
            let answer = self.unsigned(method, &url, body).await?;
            if answer.status.is_success() {
                return Err(Trouble::new(
                    format!(
                        "anybody can {what}: the store answered {}",
                        answer.status.as_u16()
                    ),
                    "recordings are open to whoever knows or guesses an address",
                    "turn all four of Block Public Access on, and take public statements out of the bucket policy and the ACLs: `revui-server storage apply` does the first",
                ));
            }
            if !answer.is_refusal() && !answer.is(404) {
                return Err(causes::answered(&answer, causes::Tried::Get));
            }
        }
        Ok("neither read, nor list, nor put".to_owned())
    }

    pub(super) async fn cors(&self, origin: &str) -> Verdict {
        verdict(self.try_cors(origin).await)
    }

    /// What a browser asks before the page's PUT, and what it must see in the answer to that.
    /// Source: <https://fetch.spec.whatwg.org/#http-cors-protocol>
    async fn try_cors(&self, origin: &str) -> Result<String, Trouble> {
        // S3 takes a pattern with one `*`; a page has a name.
        let page = origin.replace('*', "any");
        let key = self.key("cors");
        let ticket = self.put_ticket(base(&key), self.now()).await?;
        let preflight = [
            ("origin", page.as_str()),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "content-type"),
        ];
        let preflight = preflight.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let preflight = preflight.into();
        let asked = self.send(Method::OPTIONS, ticket.url.expose(), &preflight, Vec::new());
        let answer = asked.await.map_err(|error| causes::unanswered(&error))?;
        check_preflight(&answer, &page)?;
        let mut with_origin = ticket.clone();
        with_origin
            .headers
            .insert("origin".to_owned(), page.clone());
        let put = self.use_ticket(Method::PUT, &with_origin, PROBE).await?;
        super::bucket::taken(&put, causes::Tried::Put)?;
        if !allows_origin(&put, &page) {
            return Err(trouble(
                format!("the answer to the PUT itself does not allow {page}"),
                "add the origin to AllowedOrigins",
            ));
        }
        if !names(put.header("access-control-expose-headers"), "etag") {
            return Err(trouble(
                "the page may not read the ETag of what it has put".to_owned(),
                "add ETag to ExposeHeaders",
            ));
        }
        Ok("preflight and PUT, and the ETag can be read".to_owned())
    }
}

fn check_preflight(answer: &Answer, page: &str) -> Result<(), Trouble> {
    if !answer.status.is_success() || !allows_origin(answer, page) {
        return Err(trouble(
            format!("a browser's preflight from {page} is refused: {answer}"),
            "add the origin to AllowedOrigins, as the browser sends it: scheme, host and port, no slash at the end",
        ));
    }
    if !names(answer.header("access-control-allow-methods"), "put") {
        return Err(trouble(
            "a browser's preflight is answered without PUT".to_owned(),
            "add PUT to AllowedMethods",
        ));
    }
    if !names(
        answer.header("access-control-allow-headers"),
        "content-type",
    ) {
        return Err(trouble(
            "a browser's preflight is answered without content-type".to_owned(),
            "set AllowedHeaders to *",
        ));
    }
    Ok(())
}

fn allows_origin(answer: &Answer, page: &str) -> bool {
    let allowed = answer.header("access-control-allow-origin");
    allowed.is_some_and(|allowed| allowed == "*" || allowed == page)
}

/// Whether a list of names has this one, or `*`.
fn names(list: Option<&str>, wanted: &str) -> bool {
    let mut names = list.unwrap_or_default().split(',').map(str::trim);
    names.any(|name| name == "*" || name.eq_ignore_ascii_case(wanted))
}

fn trouble(found: String, mend: &str) -> Trouble {
    Trouble::new(
        found,
        "a browser keeps the page from uploading, and says no more than \"CORS error\"",
        format!(
            "{mend}; `revui-server storage apply` sets the bucket's CORS rules from storage.toml"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_what_it_names() {
        for (list, expected) in [
            (None, false),
            (Some(""), false),
            (Some("GET, PUT"), true),
            (Some("get,put"), true),
            (Some("*"), true),
            (Some("OUTPUT"), false),
        ] {
            assert_eq!(names(list, "put"), expected, "{list:?}");
        }
    }
}
