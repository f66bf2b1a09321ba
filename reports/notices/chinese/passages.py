"""In Chinese: who writes to whom, by what authority and on what evidence; and what stands around a letter."""

from collections.abc import Mapping

FRAME: Mapping[str, str] = {
    "[to be completed: {what}]": "〔待补：{what}〕",
    "signature": "签名",
    "Signature": "签名",
    "Signature: {line}": "签名：{line}",
    "Signed electronically: {who}": "电子签名：{who}",
    "for {party}": "代表：{party}",
    "{name}: {value}": "{name}：{value}",
    "Sender": "发件人",
    "Recipient": "收件人",
    "Subject": "事由",
    "Reference: {number}": "编号：{number}",
    "Reference {number}": "编号 {number}",
    "To whom it may concern:": "敬启者：",
    "Yours faithfully,": "特此通知。",
    "DRAFT": "草稿",
    "READING COPY: the letter itself is the one in its own language": "译文，仅供阅读；以原文函件为准",
    "Draft for review by counsel; not legal advice.": "供律师审阅的草稿，不构成法律意见。",
    "Draft for review by counsel; not legal advice. Reference {number}": "供律师审阅的草稿，不构成法律意见。编号 {number}",
    "Before this letter is sent": "本函发出之前",
    ", counsel completes what is marked in it:": "，请律师补全函中标出的内容：",
    "Annex: stills": "附件：截图",
    "1.": "一、",
    "Page # of *": "第 # 页，共 * 页",
    "{still} at {at}": "{still}，时间点 {at}",
    "{still} at {at} with the place marked": "{still}，时间点 {at}，已标出位置",
}

PASSAGES: Mapping[str, str] = {
    "Use of {names} in a published video": "关于已发布视频中使用{names}的通知",
    "The holder of the rights and its authority": "权利人及其授权依据",
    "{party} ({kind}) holds or represents the rights named below and is authorised to act on them.": (
        "{party}（{kind}）为下列权利的权利人或其代理人，有权就该等权利主张权益。"
    ),
    "mandate for the {modalities}: {proof}": "就{modalities}的授权：{proof}",
    "{proof}, for {where}": "{proof}，适用地域：{where}",
    "place whose law applies: the mandate for {name} covers {where} only": "适用哪一地的法律：就{name}的授权仅及于{where}",
    " until {day}": "，至{day}止",
    " with effect from {day}": "，自{day}起生效",
    "the party's own, declared on {recorded}{given}{until}; declaration taken by {who}": (
        "自有权利，于{recorded}声明{given}{until}；声明由{who}受理"
    ),
    " that runs{until}": "（有效期{until}）",
    " that runs from {starts}{until} by its terms": "（依其条款自{starts}起{until}）",
    "a written authorisation{term}, verified by {who} on {recorded}": "书面授权{term}，由{who}于{recorded}核验",
    "What is protected": "受保护的对象",
    "This notice concerns:": "本通知涉及：",
    "person: likeness (face)": "自然人：肖像（面部）",
    "person: the voice": "自然人：声音",
    "person: likeness (face), and the voice": "自然人：肖像（面部）与声音",
    "The voice that is heard resembles that of {names}. This notice does not state who, or what, spoke.": (
        "视频中可听到的声音与{names}的声音相似。本通知不陈述说话者为何人或何物。"
    ),
    "The recording that is heard is the one of {names}. This notice does not state that their pictures are shown.": (
        "视频中可听到的录音与{names}的录音相同。本通知不陈述视频中出现其画面。"
    ),
    "character: the character as an original work of authorship": "角色：作为独创性作品的角色形象",
    "mark: the mark": "标志：该标志",
    "footage: the recorded work": "影像：该视听作品",
    "Evidence and enclosures": "证据与附件",
    "Files are named with their SHA-256 digests.": "各文件均注明其 SHA-256 摘要值。",
    "Enclosed, and shown small in the annex": "随函附送，并在附件中缩小显示",
    "Preserved, and available on request": "已保全，可应要求提供",
    "Capture": "取证",
    "{when}, from {url}": "{when}，取自 {url}",
    "Video": "视频",
    "Record of the capture": "取证记录",
    "Web archive (WARC)": "网页存档（WARC）",
    "Still {number}": "截图 {number}",
    "{subject} at {at} of the video with the SHA-256 {digest}": "{subject}，视频（SHA-256 为 {digest}）的 {at} 处",
    "{subject} at {at} of the video with the SHA-256 {digest}.": "{subject}，视频（SHA-256 为 {digest} ）的 {at} 处。",
    "Enclosed as {name} and, with the place marked, as {marked}.": "随函附送 {name} ，以及标出位置的 {marked} 。",
    "Without a mark": "未标注",
    "As captured": "取证原样",
    "With the place marked": "已标出位置",
    "Evidence bundle": "证据包",
    "{name}, sealed on {day}": "{name}，于{day}封存",
    "List of its digests": "证据包的摘要清单",
    "Key that signed it": "签名密钥",
}
