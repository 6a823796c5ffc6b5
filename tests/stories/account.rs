//! The picture of an agent.

use porchlight_stories::{Inbox, Light, Look, Role, Screen, Story, until};
use serde_json::json;

/// Drops a file onto the part of the page: a drawn picture, or another file with the name of one.
fn drops(page: &Screen, whole: bool) {
    let script = "
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [600, 400];
        const draw = canvas.getContext('2d');
        const sky = draw.createLinearGradient(0, 0, 600, 400);
        sky.addColorStop(0, '#f6b26b');
        sky.addColorStop(1, '#20446a');
        draw.fillStyle = sky;
        draw.fillRect(0, 0, 600, 400);
        draw.fillStyle = '#fff3d6';
        draw.beginPath();
        draw.arc(300, 170, 70, 0, 7);
        draw.arc(300, 420, 150, 0, 7);
        draw.fill();
        const text = atob(canvas.toDataURL('image/png').split(',')[1]);
        const bytes = arguments[0] ? Uint8Array.from(text, c => c.charCodeAt(0)) : ['hello'];
        const file = new File(arguments[0] ? [bytes] : bytes, 'me.png', { type: 'image/png' });
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(file);
        const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
        document.querySelector('.account__picture').dispatchEvent(event);
        return 0";
    // The page is loaded.
    page.sees(Role::Heading, "Picture");
    page.script::<i32>(script, json!([whole]));
}

/// How many pictures are shown in these avatars.
fn shows(page: &Screen, avatars: &str, number: usize) {
    let script = "return [...document.querySelectorAll(`${arguments[0]} img`)]
        .filter(img => img.complete && img.naturalWidth === 128).length";
    until(&format!("{number} pictures in {avatars}"), || {
        let shown: usize = page.script(script, json!([avatars]));
        if shown == number { Ok(()) } else { Err(format!("there are {shown}")) }
    });
}

fn goes_to(inbox: &Inbox, page: &str) {
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, page);
    inbox.page.sees(Role::Heading, page);
}

#[test]
fn an_agent_has_a_picture_and_their_team_sees_it() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the lamp in stock?");
    let bens = story.bens_inbox();
    bens.opens("Is the lamp in stock?");
    bens.claim();
    goes_to(&bens, "Your account");
    drops(&bens.page, false);
    bens.page.says("This isn’t a picture in PNG, JPEG or WebP");
    drops(&bens.page, true);
    bens.page.focuses(Role::Button, "Save");
    bens.page.axe_finds_nothing();
    bens.page.press("\u{e007}");
    bens.page.says("Saved.");
    shows(&bens.page, ".rail", 1);
    shows(&bens.page, ".account__picture", 1);

    let adas = story.inbox();
    shows(&adas.page, ".item__meta", 1);
    goes_to(&adas, "Team");
    shows(&adas.page, ".people", 1);
    adas.page.axe_finds_nothing();

    bens.page.click(Role::Button, "Remove picture");
    bens.page.says("Your picture is removed");
    shows(&bens.page, ".rail", 0);
    bens.page.click(Role::Button, "Undo");
    bens.page.says("Your picture is back");
    shows(&bens.page, ".rail", 1);
    adas.page.reload();
    shows(&adas.page, ".people", 1);
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn pictures_of_a_picture() {
    for (light, look, when) in [
        (Light::Day, Look::DESK, "desk-day"),
        (Light::Night, Look::DESK, "desk-night"),
        (Light::Night, Look { width: 320, height: 640 }, "phone-night"),
    ] {
        let story = Story::begin_with(light, Look::DESK);
        let shop = story.shop();
        shop.open_chat();
        shop.starts("Is the lamp in stock?");
        let inbox = story.inbox_on(look);
        let takes = |what: &str| {
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("picture-{when}-{what}"));
        };
        inbox.opens("Is the lamp in stock?");
        inbox.claim();
        inbox.page.go(&format!("{}/dashboard/chat/settings/account", inbox.origin()));
        inbox.page.sees(Role::Button, "Choose a picture");
        drops(&inbox.page, true);
        inbox.page.focuses(Role::Button, "Save");
        takes("chosen");
        inbox.page.press("\u{e007}");
        inbox.page.says("Saved.");
        takes("saved");
        inbox.page.go(&format!("{}/dashboard/chat/settings/team", inbox.origin()));
        shows(&inbox.page, ".people", 1);
        takes("team");
        inbox.page.go(&format!("{}/dashboard/chat/inbox", inbox.origin()));
        shows(&inbox.page, ".item__meta", 1);
        takes("list");
    }
    for (name, tag) in [("Deutsch", "de"), ("العربية", "ar")] {
        let story = Story::begin();
        let inbox = story.inbox().chooses_language(name, tag);
        inbox.page.go(&format!("{}/dashboard/chat/settings/account", inbox.origin()));
        inbox.page.sees(Role::Heading, "Picture");
        inbox.page.settle();
        story.keeps_picture(&inbox.page, &format!("picture-{tag}"));
    }
}
