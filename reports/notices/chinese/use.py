"""In Chinese: the use complained of, as it was seen, and where it was not seen any more."""

from collections.abc import Mapping

USE: Mapping[str, str] = {
    "The use complained of": "被投诉的使用行为",
    "The video described here was looked at, at each of its known addresses, right before this letter was drafted. "
    "What is said of an address was so at the time stated with it.": (
        "本函起草前，已在各已知网络地址逐一查看下述视频。关于各地址的陈述，均以其所注时间的情形为准。"
    ),
    "What is stated here to have been seen was seen again at {when}, before this letter was approved.": (
        "本函批准之前，已于{when}再次查看，上述所见情形仍然存在。"
    ),
    ", heard": "，为声音",
    "Each appearance was found by comparison with reference material of the subject and confirmed by the person named.": (
        "每一处出现均系与权利对象的参照材料比对后发现，并由所列人员人工确认。"
    ),
    "Purpose": "使用目的",
    "Address {number}": "网络地址 {number}",
    "The address": "网络地址",
    "Led to": "跳转至",
    "Captured": "取证时间",
    "{when}; SHA-256 of the video {digest}": "{when}；视频的 SHA-256 值为 {digest}",
    "Found later": "后续发现",
    "this address was found on {found}; the confirmation of {decided} covers it": (
        "该地址于{found}发现；{decided}作出的确认同样适用于该地址"
    ),
    "On {when} {seen}{also}.": "{when}，{seen}{also}。",
    ", and {pages} showed it": "，且{pages}展示了该视频",
    "On {when} {pages} showed it.": "{when}，{pages}展示了该视频。",
    "On {when} the page {url} answered; {why}.": "{when}，网页 {url} 有响应；{why}。",
    "the page {url}": "网页 {url} ",
    "the pages {urls}": "网页 {urls} ",
    "the video (same bytes, by their SHA-256) was at {url}": "该视频（依 SHA-256 值，字节完全相同）位于 {url} ",
    "the video was at {url} (unchanged by the site's own word; its bytes were not fetched again)": (
        "该视频位于 {url} （据网站自身回复内容未变；未再次下载比对）"
    ),
    "the video was listed by the platform at {url}; its bytes were not compared": ("平台仍在 {url} 列出该视频；未比对其字节"),
    "the playlist of the video was at {url}; the bytes of its pieces were not compared": (
        "该视频的播放列表位于 {url} ；未比对其各分段的字节"
    ),
    "{name}: its page": "{name}：所在网页",
    "{name}: page {number}": "{name}：网页 {number}",
    "Page": "网页",
    "In readable form": "可读形式",
    "Title": "标题",
    "Titles before": "此前的标题",
    "Author": "发布者",
    "not stated": "未注明",
    "Whose words": "信息来源",
    "{what}: as stated by a feed or a list that leads to the page": "{what}：据指向该网页的订阅源或列表所述",
    "the title": "标题",
    "the author": "发布者",
    "Published": "发布日期",
    "About that date": "关于该日期",
    "a feed or a list that leads to the page": "指向该网页的订阅源或列表",
    "the page": "该网页",
    "dated in the future by {who}: {day}": "{who}所注日期尚未到来：{day}",
    "{day}, as {who} states; it was seen before, on {first}": "据{who}所述为{day}；但此前已于{first}见到",
    "{day}, as {who} states": "据{who}所述为{day}",
    "Seen": "查看时间",
    "first {first}; last {last}": "首次：{first}；最近一次：{last}",
    "Appearances": "出现之处",
    ", which shows {part} of the work": "，显示该作品的{part}",
    ", in which {part} of the work is heard": "，其中可听到该作品的{part}",
    ", in the clearest of which, at {at}, {part} of the work is heard, and in {more} more stretches a part each": (
        "，其中最清晰的一处位于{at}，可听到该作品的{part}，另有{more}处各可听到其一部分"
    ),
    ", of which the clearest, at {at}, shows {part} of the work, and {more} more stretches a part each": (
        "，其中最清晰的一处在{at}，显示该作品的{part}，另有 {more} 处显示该作品的其他部分"
    ),
    "{where}; confirmed by {who} on {day}": "{where}；由{who}于{day}确认",
    ", in {count} places": "，其中共 {count} 处",
    ", in track {number}": "，第 {number} 画面轨",
    " of the video with the SHA-256 {digest}": "（SHA-256 为 {digest} 的视频）",
    "Labels that say how the video{which} was made": "关于视频{which}制作方式的标识",
    "Addresses at which it was not seen any more": "已不再见到该视频的网络地址",
    "The video was also captured or shown at the following addresses. It was not seen there when they were looked at, "
    "and nothing is demanded here of these addresses but the preservation of records.": (
        "该视频还曾在下列地址被取证或展示。查看时在该等地址已不再见到；就该等地址，本函除要求保存记录外别无要求。"
    ),
    "File": "文件",
    "was handed in on {day}, with the SHA-256 {digest}; it has no public address": (
        "于{day}提交，SHA-256 值为 {digest}；没有公开的网络地址"
    ),
    "What was seen": "查看所见",
    "was captured there on {day}, with the SHA-256 {digest}; {seen}": "于{day}在该处取证，SHA-256 值为 {digest}；{seen}",
    "it was handed in as a file and has no public address": "系以文件形式提交，没有公开的网络地址",
    "when looked at on {at}, it could not be reached, which does not mean that it is gone: {why}": (
        "于{at}查看时无法访问，这并不表示其已被删除：{why}"
    ),
    "when looked at on {at}, {what}: {why}": "于{at}查看时，{what}：{why}",
    "it was gone": "已不存在",
    "it was replaced": "已被替换为其他内容",
    "when looked at on {when} the page was there; {lost}": "于{when}查看时网页仍在；{lost}",
    "the video that it shows was not": "其所展示的视频已不存在",
    "other bytes stood where the video that it shows had been": "其所展示视频的原位置已是其他内容",
    "the video that it shows could not be reached": "其所展示的视频无法访问",
    "was last said to show it on {before}; when looked at on {when} it did not show it any more: {why}": (
        "最近一次于{before}称展示该视频；于{when}查看时已不再展示：{why}"
    ),
    "was last said to show it on {before}; when looked at on {when} it could not be reached, which does not mean that it is "
    "gone: {why}": "最近一次于{before}称展示该视频；于{when}查看时无法访问，这并不表示其已被删除：{why}",
}
