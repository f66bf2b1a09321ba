"""In Chinese: the laws, what they ask for, what a notice says under them, and what was found of labels."""

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "studio": "制片公司",
    "union": "工会",
    "agency": "经纪公司",
    "estate": "遗产管理人",
    "performer": "表演者",
    "face": "面部肖像",
    "artwork": "美术形象",
    "footage": "影像片段",
    "voice": "声音",
    "sound": "录音",
}

ASKED: Mapping[str, str] = {
    "whether the person is living or deceased": "该自然人在世或已故",
    "{asked}: {name}": "{asked}：{name}",
    "jurisdiction": "所适用法律的地域",
    "basis of the authority to act for {name}": "就{name}主张权利的授权依据",
    "separate authority for this very notice": "针对本通知的单独授权",
    "postal address of the sender": "发件人的通讯地址",
    "e-mail of the sender": "发件人的电子邮箱",
    "name and capacity of the person who signs": "签名人的姓名与身份",
    "name of the recipient": "收件人名称",
    "address or e-mail of the recipient": "收件人的地址或电子邮箱",
}

LAWS: Mapping[str, str] = {
    "Notice to a network service of infringed copyright, China": "致网络服务提供者的侵权通知书（著作权）",
    "Notice to a network service of a violated portrait right, China": "致网络服务提供者的侵权通知书（肖像权）",
    "PRC network-rights Regulation, Art. 14": "《信息网络传播权保护条例》第十四条",
    "PRC Civil Code, Arts. 1018, 1019 and 1195": (
        "《中华人民共和国民法典》第一千零一十八条、第一千零一十九条、第一千一百九十五条"
    ),
    "Notice": "通知",
    "Law": "法律依据",
    " (counsel to confirm)": "（待律师确认）",
    "Why it is illegal": "违法理由",
    "Authority for this notice": "本通知的单独授权",
    "To be known": "尚待查明",
    "the sender acts on rights of its own": "发件人主张的是自有权利",
    "Without the consent of the person whom it shows, nobody may make, use or publish a portrait, nor violate the right to "
    "it by forging it with information technology (Art. 1019).": (
        "未经肖像权人同意，任何组织或者个人不得制作、使用、公开其肖像，也不得利用信息技术手段伪造等方式侵害其肖像权"
        "（第一千零一十九条）。"
    ),
    "{party} answers for the truth of this notice, and for damage that a wrong notice causes.": (
        "{party}对本通知的真实性负责，并对因错误通知造成的损害承担责任。"
    ),
    "Remove the material from the addresses and pages stated here, block it or break the links to it, and forward this notice to "
    "the user who published it.": (
        "请对本函所列网络地址和网页上的内容采取删除、屏蔽、断开链接等必要措施，并将本通知转送发布该内容的网络用户。"
    ),
    "Exceptions considered": "已考虑的例外情形",
    "Other exceptions: {said}": "其他例外情形：{said}",
    "Fair use (17 U.S.C. § 107) was considered by {who} on {day}, before this notice was drafted, with this result: {reason}": (
        "本通知起草之前，{who}已于{day}考虑合理使用（《美国法典》第17编第107条），结论如下：{reason}"
    ),
    "Labelling of generated content": "生成合成内容的标识",
    "Under the Measures for Labelling AI-Generated Synthetic Content, in force since 1 September 2025, and the standard GB "
    "45438-2025, a generated video has a visible label of at least two seconds at its start, and a label in the file's "
    "metadata (AIGC).": (
        "依据自2025年9月1日起施行的《人工智能生成合成内容标识办法》及 GB 45438-2025 标准，生成合成的视频应当在起始画面设置"
        "持续不少于两秒的显式标识，并在文件元数据中添加隐式标识（AIGC）。"
    ),
    "Where the video was generated or synthesised, the lack of a label is a breach of its own. Verify it, and deal with it "
    "under these rules, whatever becomes of the rest of this notice. That a label was not found does not say how the video "
    "was made.": (
        "若该视频系生成合成内容，缺少标识本身即构成单独的违规。请予核验，并依上述规定单独处理，不以本通知其他部分的处理结果为转移。"
        "未发现标识，并不说明该视频的制作方式。"
    ),
    "Label in the file (AIGC)": "文件中的隐式标识（AIGC）",
    "Visible label at the start": "起始画面的显式标识",
    "Label on the page": "网页上的标识",
    "the page labels the video as made with AI": "网页标明该视频系人工智能制作",
    "found in the file": "文件中有该标识",
    "found in the file, and not well formed": "文件中有该标识，但格式不符合规定",
    "not found in the file": "文件中未发现该标识",
    "not known: the file could not be read for it": "不明：无法就此读取该文件",
    "not known: it was not looked for": "不明：未就此检查",
    "Found": "已发现",
    "Not found": "未发现",
    "Not known": "不明",
    "{head}: {detail}.": "{head}：{detail}。",
    "{head}.": "{head}。",
    "Whether the video is labelled: no label was looked for.": "该视频是否带有标识：未检查任何标识。",
    "No label was found (which says nothing about how the video was made): no {labels}.": (
        "未发现标识（这并不说明该视频的制作方式）：未发现{labels}。"
    ),
    "Whether there is an {label}: it was not looked for.": "是否有{label}：未就此检查。",
    "Whether there is an {label}": "是否有{label}",
    "AI label in the file (GB 45438)": "文件中的人工智能标识（GB 45438）",
    "entry of Content Credentials in the file (C2PA)": "文件中的内容凭证（C2PA）",
    "IPTC digital source type in the file": "文件中的数字来源类型（IPTC）",
    "AI label on the page": "网页上的人工智能标识",
    "AI generator named in title or caption": "标题或说明中的生成工具名称",
    "AI mark or label on screen": "画面中的生成工具标志或人工智能标识",
    "A generator's mark or an AI label is on screen": "画面中有生成工具标志或人工智能标识",
    "found: it is seen for two seconds or more": "已发现：持续不少于两秒",
    "not found among bright letters that stand still": "在静止的浅色文字中未发现",
    "The file carries an AI label (GB 45438)": "文件带有人工智能标识（GB 45438）",
    "The file carries Content Credentials (C2PA)": "文件带有内容凭证（C2PA）",
    "The file states its digital source type (IPTC)": "文件注明其数字来源类型（IPTC）",
    "The page labels the video as made with AI": "网页标明该视频系人工智能制作",
    "Title or caption name a generator": "标题或说明中写有生成工具名称",
    "A label is missing": "缺少标识",
    "The file carries an AI label (GB 45438) that is not well formed": "文件带有人工智能标识（GB 45438），但格式不符合规定",
    "The file carries Content Credentials (C2PA) that do not verify": "文件带有内容凭证（C2PA），但未能通过验证",
    "The file states a digital source type (IPTC) that is none of the vocabulary, or cannot be relied on": (
        "文件注明的数字来源类型（IPTC）不属于其词表，或不可信赖"
    ),
}
