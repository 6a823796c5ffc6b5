//! Agents' pictures: who sets them, who sees them, and what is none. What is made of a file is tested beside it, in
//! `picture.rs`.

use image::{DynamicImage, ImageFormat, RgbImage};
use porchlight_protocol::PictureId;
use porchlight_protocol::limits::{BODY_BYTES_MAX, PICTURE_BYTES_MAX};
use porchlight_protocol::team::{Account, Invited, Person, Pictured, Team};
use porchlight_server::limits::Rate;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::*;

/// A square PNG of one colour.
pub fn png(side: u32, shade: u8) -> Vec<u8> {
    let picture = RgbImage::from_pixel(side, side, image::Rgb([shade, 0, 0]));
    let mut file = std::io::Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

/// A picture as a camera makes it: many bytes.
fn photo() -> Vec<u8> {
    let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 7;
    let picture = RgbImage::from_fn(500, 400, |x, y| {
        let [red, green, blue, _] = noise(x + y * y, y + x * x).to_le_bytes();
        image::Rgb([red, green, blue])
    });
    let mut file = std::io::Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

async fn puts(agent: &Caller, file: Vec<u8>) -> Answer {
    agent.send(Method::PUT, "/account/picture", file).await
}

/// Sets the picture of an agent.
pub async fn sets_picture(agent: &Caller, file: Vec<u8>) -> PictureId {
    puts(agent, file).await.ok::<Pictured>().picture
}

async fn sees(agent: &Caller, picture: &PictureId) -> Answer {
    agent.get(&format!("/pictures/{picture}")).await
}

async fn listed(agent: &Caller, name: &str) -> Option<PictureId> {
    let team: Team = agent.get("/team").await.ok();
    let email = format!("{name}@lantern.example");
    team.people.into_iter().find(|it| it.email == email).unwrap().picture
}

#[tokio::test]
async fn an_agent_has_a_picture_that_the_team_sees() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    assert_eq!(listed(&ada, "ben").await, None);
    let first = sets_picture(&ben, png(300, 200)).await;
    assert_eq!(listed(&ada, "ben").await.as_ref(), Some(&first));
    assert_eq!(ben.get("/account").await.ok::<Account>().picture.as_ref(), Some(&first));

    let answer = sees(&ada, &first).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "image/png");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "private, max-age=31536000, immutable");
    assert!(answer.length < 1_000, "it is small, and of one colour: {}", answer.length);

    // The same file has the same address, another one another, at which the first is gone.
    assert_eq!(sets_picture(&ben, png(300, 200)).await, first);
    let photo = photo();
    assert!(photo.len() > BODY_BYTES_MAX, "{}", photo.len());
    let second = sets_picture(&ben, photo).await;
    assert_ne!(second, first);
    assert_eq!(sees(&ada, &first).await.refusal(), "404 not_found");
    assert_eq!(sees(&ada, &second).await.status, 200);

    assert_eq!(ben.delete("/account/picture").await.status, 204);
    assert_eq!(ben.delete("/account/picture").await.status, 204, "it is gone already");
    assert_eq!(listed(&ada, "ben").await, None);
    assert_eq!(sees(&ada, &second).await.refusal(), "404 not_found");
}

#[tokio::test]
async fn nobody_but_the_team_sees_a_picture() {
    let server = TestServer::start().await;
    server.another_site();
    let (ben, elsewhere) = (server.agent("ben").await, server.agent("other-ada").await);
    let picture = sets_picture(&ben, png(200, 9)).await;
    assert_eq!(sees(&elsewhere, &picture).await.refusal(), "404 not_found");
    let stranger = server.caller().under("/api/v1/agent");
    assert_eq!(sees(&stranger, &picture).await.refusal(), "401 sign_in_required");
    assert_eq!(ben.get("/pictures/x").await.refusal(), "404 not_found");
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_the_one_before_stays() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    let before = sets_picture(&ben, png(200, 9)).await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>".to_vec();
    let mut cut = png(200, 9);
    cut.truncate(cut.len() / 2);
    for (file, refusal) in [
        (Vec::new(), "422 picture_invalid"),
        (svg, "422 picture_invalid"),
        (b"GIF89a".to_vec(), "422 picture_invalid"),
        (cut, "422 picture_invalid"),
        (vec![0; PICTURE_BYTES_MAX + 1], "413 picture_too_large"),
        (vec![0; 4 * PICTURE_BYTES_MAX], "413 picture_too_large"),
    ] {
        assert_eq!(puts(&ben, file).await.refusal(), refusal);
    }
    assert_eq!(listed(&ben, "ben").await, Some(before));
    let forged = ben.with("x-csrf-token", "00");
    assert_eq!(puts(&forged, png(200, 1)).await.refusal(), "403 csrf_token_invalid");
}

/// Each is read as a whole, so nobody may keep the server busy with them.
#[tokio::test]
async fn pictures_are_set_a_few_at_a_time() {
    let server =
        TestServer::start_with(|config| config.rates.pictures = Rate::new(2, 60_000)).await;
    let ben = server.agent("ben").await;
    for shade in [1, 2] {
        sets_picture(&ben, png(20, shade)).await;
    }
    assert_eq!(puts(&ben, png(20, 3)).await.refusal(), "429 rate_limited");
    assert_eq!(ben.get("/account").await.status, 200);
}

#[tokio::test]
async fn who_is_deactivated_keeps_their_picture_and_who_is_removed_does_not() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let picture = sets_picture(&ben, png(200, 9)).await;
    let active = format!("/team/{}/active", ben.session.agent.id);
    let off: Person = ada.put(&active, &json!({"on": false})).await.ok();
    assert_eq!(off.picture.as_ref(), Some(&picture));
    assert_eq!(sees(&ada, &picture).await.status, 200);
    let store = server.beside();
    blocking(move || {
        let (_, ben) = store.agent("ben@lantern.example", None).unwrap();
        store.remove_agent(&ben).unwrap()
    });
    assert_eq!(sees(&ada, &picture).await.refusal(), "404 not_found");
}

/// As their name: it is of the site, and the first there is the one that they had.
#[tokio::test]
async fn who_joins_a_second_site_takes_the_picture_along_and_may_change_it_there() {
    let server = TestServer::start().await;
    server.another_site();
    let (owner, ben) = (server.agent("other-ada").await, server.agent("ben").await);
    let here = sets_picture(&ben, png(200, 9)).await;
    let invited: Invited = owner.post("/team/invitations", &json!({"role": "agent"})).await.ok();
    let token = invited.link.split_once('#').unwrap().1;
    let joined = ben.post("/invitation/join", &json!({ "token": token })).await;
    let csrf = joined.ok::<Value>()["csrf"].as_str().unwrap().to_owned();
    let there = server.caller().under("/api/v1/agent").with("cookie", &joined.cookie());
    let there = there.with("x-csrf-token", &csrf);
    assert_eq!(listed(&owner, "ben").await.as_ref(), Some(&here));
    assert_eq!(sees(&owner, &here).await.status, 200);
    let other = sets_picture(&there, png(200, 90)).await;
    assert_eq!(listed(&owner, "ben").await, Some(other));
    let ada = server.agent("ada").await;
    assert_eq!(listed(&ada, "ben").await, Some(here));
}
