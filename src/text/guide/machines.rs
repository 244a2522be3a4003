/// Machines and how to use them.
pub(crate) struct Machines {
    pub(crate) load: &'static str,
    pub(crate) load_label: &'static str,
    pub(crate) top_up: &'static str,
    pub(crate) top_up_label: &'static str,
    pub(crate) hemc: &'static str,
    pub(crate) hemc_label: &'static str,
    pub(crate) where_they_hang: &'static str,
    pub(crate) where_they_hang_label: &'static str,
    pub(crate) hold: &'static str,
    pub(crate) hold_label: &'static str,
    pub(crate) own_drawing: &'static str,
}

texts!(Machines);

static ZH: Machines = Machines {
    load: "圈存机",
    load_label: "圈存机的示意图：有屏幕、按键和放卡的地方",
    top_up: "圈存补登机",
    top_up_label: "圈存补登机的示意图：挂在墙上的小读卡器",
    hemc: "大学城一卡通补登机",
    hemc_label: "大学城一卡通补登机的示意图：挂在墙上的小读卡器",
    where_they_hang: "一般在食堂门口或内墙上",
    where_they_hang_label: "示意图：机器装在食堂门口和食堂内墙上",
    hold: "卡平放在感应区，听到「嘀」再拿开",
    hold_label: "示意图：把卡平放在机器的感应区上",
    own_drawing: "示意图，以机器上的字为准。",
};

static EN: Machines = Machines {
    load: "Loading machine (圈存机)",
    load_label: "Drawing of a loading machine: screen, keys and a place for the card",
    top_up: "Top-up machine (圈存补登机)",
    top_up_label: "Drawing of a loading and top-up machine: a small reader on the wall",
    hemc: "University Town machine (补登机)",
    hemc_label: "Drawing of a University Town top-up machine: a small reader on the wall",
    where_they_hang: "Usually at a canteen's door or inner wall",
    where_they_hang_label: "Drawing: machines by a canteen's door and on its inner wall",
    hold: "Card flat on the reader until it beeps",
    hold_label: "Drawing: a card laid flat on a machine's reader",
    own_drawing: "Sketches; go by the Chinese words on the machine.",
};
