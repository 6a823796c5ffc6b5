//! Files: what a person has chosen is sent as it is, and what the server has is read as it is.

use gloo_net::http::Response;
use porchlight_client::Failure;
use porchlight_protocol::json::{FromJson, Json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Blob};

use crate::api::{AGENT, Api, Identity, TIMEOUT_MS, read, refused};
use crate::js;
use crate::json::tree;

impl Api {
    /// Puts a file at `path`, and reads the answer.
    pub async fn put_file<T: FromJson>(&self, path: &str, file: &Blob) -> Result<T, Failure> {
        let response = self.fetch("PUT", path, file.into()).await?;
        let text = response.text().await.map_err(|_| Failure::Network)?;
        let json = tree(&text);
        if response.ok() {
            read(Ok(json.unwrap_or(Json::Null)))
        } else {
            Err(refused(&response, json))
        }
    }

    /// The file at `path`.
    pub async fn file(&self, path: &str) -> Result<Blob, Failure> {
        let response = self.fetch("GET", path, JsValue::UNDEFINED).await?;
        if !response.ok() {
            let text = response.text().await.map_err(|_| Failure::Network)?;
            return Err(refused(&response, tree(&text)));
        }
        let whole: web_sys::Response = response.into();
        let blob = whole.blob().map_err(|_| Failure::Network)?;
        let blob = JsFuture::from(blob).await.map_err(|_| Failure::Network)?;
        blob.dyn_into().map_err(|_| Failure::Network)
    }

    async fn fetch(&self, method: &str, path: &str, body: JsValue) -> Result<Response, Failure> {
        // Visitors have no files.
        let Identity::Agent { csrf } = self.identity() else { return Err(Failure::Network) };
        let headers = js::object(&[("X-CSRF-Token", csrf.into())]);
        let request = js::object(&[
            ("method", method.into()),
            ("headers", headers.into()),
            ("body", body),
            ("signal", AbortSignal::timeout_with_u32(TIMEOUT_MS).into()),
        ]);
        let address = [AGENT, path].concat();
        let request = web_sys::Request::new_with_str_and_init(&address, request.unchecked_ref())
            .map_err(|_| Failure::Network)?;
        gloo_net::http::Request::from(request).send().await.map_err(|_| Failure::Network)
    }
}
