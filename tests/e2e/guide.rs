use crate::harness::{assert_plain, journey};

#[test]
fn guide_has_the_facts_of_the_source() {
    journey(async |app| {
        app.open_page("/guide", "guide").await;
        let text = app.main_text().await;
        assert_plain(&text, "the guide");
        for fact in ["gdutcard", "100", "90"] {
            assert!(
                text.contains(fact)
                    || app
                        .driver()
                        .source()
                        .await
                        .unwrap_or_default()
                        .contains(fact),
                "the guide lacks {fact}: {text}"
            );
        }
        for link in [
            "a[href='http://card.gdut.edu.cn'], a[href='http://card.gdut.edu.cn/']",
            "a[href^='https://www.gzekt.com']",
            "a[href='mailto:card@gdut.edu.cn']",
        ] {
            assert!(app.count(link).await > 0, "the guide lacks {link}");
        }
        // Written as the source's heading has it, another university's name would be here.
        assert!(
            !text.contains("\u{5e7f}\u{5dde}\u{5927}\u{5b66}\u{4e00}\u{5361}\u{901a}"),
            "another university's card is named"
        );
    });
}

#[test]
fn guide_which_card_knows_every_campus() {
    journey(async |app| {
        app.open_page("/guide/which-card", "which-card").await;
        for (campus, both) in [
            ("longdong", false),
            ("dongfenglu", false),
            ("panyu", false),
            ("daxuecheng", true),
        ] {
            app.choose("main input[type=radio], main option", campus)
                .await;
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            let text = app.main_text().await;
            assert_plain(&text, campus);
            assert!(
                app.count("main a[href*='gdut'], main a[href^='/bind']")
                    .await
                    > 0,
                "{campus} has a way on"
            );
            let hot_water = text.contains("\u{70ed}\u{6c34}");
            assert!(!both || hot_water, "hot water is not named for {campus}");
        }
    });
}

#[test]
fn guide_new_student_tells_what_is_on_the_card() {
    journey(async |app| {
        app.open_page("/guide/new-student", "new-student").await;
        for (campus, sums) in [
            ("longdong", &["100"][..]),
            ("daxuecheng", &["90", "10", "0"]),
        ] {
            app.choose("main input[type=radio], main option", campus)
                .await;
            for sum in sums {
                app.reads(sum).await;
            }
        }
    });
}
