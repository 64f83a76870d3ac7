"""Kinds of mistakes that a native reviewer finds in a translation: what it says, how it is written, how it is marked.

Written without a look at the rules of ``docs/_l10n``. An inflected form of a term is no mistake and no kind.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from .message import (
    CODE,
    ENGLISH_SENTENCE,
    HAN,
    LINK,
    ROLE,
    WORD,
    Kinds,
    Message,
    among,
    both_ways,
    found,
    is_prose,
    one,
    pairs_for,
    put,
    sentences,
    swapped,
    word_for_word,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

KINDS = Kinds()
PT, ZH = "pt_BR", "zh_Hans"

# What it says


@KINDS("negation dropped")
def negation_dropped(message: Message, random: Random) -> str | None:
    """A sentence that now says the contrary."""
    if message.language == PT:
        return one(message.msgstr, r"\b[Nn]ão ", "", random)
    pairs = {
        "不会": "会",
        "不能": "能",
        "没有": "有",
        "无法": "可以",
        "不是": "是",
        "不要": "要",
        "不需要": "需要",
        "尚未": "已",
        "未": "已",
    }
    return word_for_word(message.msgstr, pairs, random, whole=False)


@KINDS("negation added")
def negation_added(message: Message, random: Random) -> str | None:
    """The same, the other way round."""
    if message.language == PT:
        return one(
            message.msgstr,
            r"(?<!não )\b(é|está|são|pode|tem|faz|recebe|envia|há|deve)\b",
            lambda at: f"não {at[0]}",
            random,
        )
    pairs = {
        "可以": "不可以",
        "能够": "不能",
        "需要": "不需要",
        "会": "不会",
        "是": "不是",
        "支持": "不支持",
        "必须": "不必",
    }
    return one(message.msgstr, "(?<!不)(?:" + "|".join(pairs) + ")", lambda at: pairs[at[0]], random)


@KINDS("the contrary word")
def contrary(message: Message, random: Random) -> str | None:
    """Before for after, first for last."""
    pairs = {
        PT: both_ways(
            [
                ("antes", "depois"),
                ("primeiro", "último"),
                ("primeira", "última"),
                ("mais", "menos"),
                ("sempre", "nunca"),
                ("abre", "fecha"),
                ("aberta", "fechada"),
                ("maior", "menor"),
                ("começa", "termina"),
                ("com", "sem"),
                ("dentro", "fora"),
                ("acima", "abaixo"),
                ("aceita", "recusa"),
                ("início", "fim"),
            ]
        ),
        ZH: both_ways(
            [
                ("之前", "之后"),
                ("第一", "最后"),
                ("打开", "关闭"),
                ("开始", "结束"),
                ("启动", "停止"),
                ("允许", "禁止"),
                ("接受", "拒绝"),
                ("上面", "下面"),
                ("更多", "更少"),
                ("总是", "从不"),
                ("以内", "以外"),
                ("相同", "不同"),
            ]
        ),
    }
    return pairs_for(message, pairs, random)


@KINDS("obligation weakened")
def weakened(message: Message, random: Random) -> str | None:
    """May for must."""
    pairs = {
        PT: {"deve": "pode", "devem": "podem", "precisa": "pode", "é preciso": "é possível"},
        ZH: {"必须": "可以", "需要": "可以", "应该": "可能"},
    }
    return pairs_for(message, pairs, random)


@KINDS("sentence missing")
def sentence_missing(message: Message, random: Random) -> str | None:
    """A whole sentence left out."""
    parts = sentences(message)
    if len(parts) < 2:
        return None
    del parts[random.randrange(len(parts))]
    return "".join(parts).strip()


@KINDS("end missing")
def cut_short(message: Message, random: Random) -> str | None:
    """Pasted without its end."""
    text = message.msgstr
    places = found(text, r" " if message.language == PT else r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])")
    places = [match for match in places if len(text) / 3 < match.start() < len(text) * 2 / 3]
    return text[: random.choice(places).start()] if places and len(text) > 20 else None


@KINDS("sentence added")
def sentence_added(message: Message, random: Random) -> str | None:
    """Advice that the English does not give."""
    if not is_prose(message, 6):
        return None
    more = {
        PT: [
            " Isso também melhora bastante o desempenho em produção.",
            " Recomendamos fazer isso sempre que possível.",
        ],
        ZH: ["这样做还能明显提高生产环境的性能。", "我们建议你在任何情况下都这样做，以免出现问题。"],
    }
    return message.msgstr + random.choice(more[message.language])


@KINDS("translator's note")
def note_left(message: Message, random: Random) -> str | None:
    """What the translator wrote to a colleague."""
    if not is_prose(message):
        return None
    notes = {
        PT: [" (N. do T.: termo a confirmar)", " TODO: revisar", " [revisar]"],
        ZH: ["（译注：术语待确认）", " TODO：待校对", "【待校对】"],
    }
    return message.msgstr + random.choice(notes[message.language])


@KINDS("neighbour's translation")
def of_neighbour(message: Message, random: Random) -> str | None:
    """One line too low."""
    return message.neighbour if is_prose(message) and message.neighbour else None


@KINDS("translation of an older text")
def older(message: Message, random: Random) -> Message | None:
    """The English has gone on, the mark is cleared, the translation stands."""
    if not is_prose(message, 6):
        return None
    changes: list[Callable[[], str | None]] = [
        lambda: f"{message.msgid} {message.neighbour_english}" if len(message.neighbour_english) > 25 else None,
        lambda: one(message.msgid, r"\b(is|are|does|can|has)\b(?! not)", lambda at: f"{at[0]} not", random),
        lambda: put(message.msgid, match, f"`{match[1]}_async`") if (match := CODE.search(message.msgid)) else None,
    ]
    random.shuffle(changes)
    texts = (change() for change in changes)
    return next((replace(message, msgid=text) for text in texts if text), None)


@KINDS("written twice")
def twice(message: Message, random: Random) -> str | None:
    """Pasted twice."""
    return message.msgstr + (" " if message.language == PT else "") + message.msgstr if is_prose(message, 2) else None


# In the wrong language


@KINDS("empty")
def empty(message: Message, random: Random) -> str:
    """Not translated."""
    return ""


@KINDS("fuzzy")
def fuzzy(message: Message, random: Random) -> Message:
    """Not read by a person."""
    return replace(message, fuzzy=True)


@KINDS("English as it is")
def english(message: Message, random: Random) -> str | None:
    """Copied from the source."""
    return message.msgid if is_prose(message) else None


@KINDS("English heading as it is")
def english_heading(message: Message, random: Random) -> str | None:
    """The same, of two or three words."""
    return (
        message.msgid
        if 2 <= len(re.findall(r"[a-z]{2,}", CODE.sub("", message.msgid))) <= 3 and not is_prose(message)
        else None
    )


@KINDS("English sentence left")
def english_sentence(message: Message, random: Random) -> str | None:
    """One of several."""
    ours, theirs = sentences(message), ENGLISH_SENTENCE.split(message.msgid)
    if len(ours) != len(theirs) or len(ours) < 2:
        return None
    at = random.randrange(len(ours))
    ours[at] = theirs[at] + (" " if at + 1 < len(ours) else "")
    return "".join(ours)


@KINDS("English end left")
def english_end(message: Message, random: Random) -> str | None:
    """Translated to the middle of the sentence."""
    ours, theirs = found(message.msgstr, r"[,，、]\s*"), found(message.msgid, r", ")
    if not ours or not theirs:
        return None
    return message.msgstr[: ours[-1].end()] + message.msgid[theirs[-1].end() :]


@KINDS("English word left")
def english_word(message: Message, random: Random) -> str | None:
    """A word that everybody translates."""
    pairs = {
        PT: {
            "servidor": "server",
            "requisição": "request",
            "requisições": "requests",
            "arquivo": "file",
            "e": "and",
            "ou": "or",
        }
        | {"processo": "process", "resposta": "response", "conexão": "connection", "página": "page", "quando": "when"}
        | {
            "página": "page",
            "cabeçalho": "header",
            "linha": "line",
            "espera": "waits",
            "primeira": "first",
            "em": "in",
        },
        ZH: {
            "服务器": " server ",
            "请求": " request ",
            "响应": " response ",
            "进程": " process ",
            "连接": " connection ",
        }
        | {
            "和": " and ",
            "或": " or ",
            "文件": " file ",
            "页面": " page ",
            "当": " when ",
            "读取": " read ",
            "只": " only ",
        },
    }
    return pairs_for(message, pairs, random)


@KINDS("European word", PT)
def european(message: Message, random: Random) -> str | None:
    """As they say in Lisbon."""
    pairs = {
        "arquivo": "ficheiro",
        "arquivos": "ficheiros",
        "usuário": "utilizador",
        "usuários": "utilizadores",
        "tela": "ecrã",
    }
    pairs |= {
        "projeto": "projecto",
        "projetos": "projectos",
        "conexão": "ligação",
        "conexões": "ligações",
        "registro": "registo",
    }
    pairs |= {
        "senha": "palavra-passe",
        "objeto": "objecto",
        "ação": "acção",
        "equipe": "equipa",
        "fato": "facto",
        "porta": "porto",
    }
    pairs |= {
        "banco de dados": "base de dados",
        "padrão": "predefinição",
        "configurações": "definições",
        "exceção": "excepção",
    }
    pairs |= {
        "biblioteca": "livraria",
        "aba": "separador",
        "direto": "directo",
        "seção": "secção",
        "contato": "contacto",
    }
    pairs |= {
        "baixar": "descarregar",
        "salvar": "guardar",
        "celular": "telemóvel",
        "gerenciador": "gestor",
        "requisição": "pedido",
    }
    pairs |= {
        "requisições": "pedidos",
        "assíncrono": "assíncrono".replace("ô", "ó"),
        "eletrônico": "electrónico",
        "ativo": "activo",
    }
    return word_for_word(message.msgstr, pairs, random, whole=True)


@KINDS("European grammar", PT)
def european_grammar(message: Message, random: Random) -> str | None:
    """An infinitive for the gerund, or tu."""
    gerund = one(message.msgstr, r"\b(está|estão) (\w+)([aei])ndo\b", r"", random)
    if gerund is not None:
        return one(message.msgstr, r"\b(está|estão) (\w+)([aei])ndo\b", lambda at: f"{at[1]} a {at[2]}{at[3]}r", random)
    return word_for_word(
        message.msgstr, {"você": "tu", "seu": "teu", "sua": "tua", "seus": "teus", "suas": "tuas"}, random, whole=True
    )


@KINDS("Spanish word", PT)
def spanish(message: Message, random: Random) -> str | None:
    """From the wrong dictionary."""
    pairs = {
        "e": "y",
        "não": "no",
        "um": "un",
        "uma": "una",
        "do": "del",
        "ao": "al",
        "com": "con",
        "em": "en",
        "servidor": "servicio",
    }
    pairs |= {
        "requisição": "solicitud",
        "conexão": "conexión",
        "processo": "proceso",
        "resposta": "respuesta",
        "arquivo": "archivo",
    }
    return word_for_word(message.msgstr, pairs, random, whole=True)


TRADITIONAL = dict(
    zip(
        "务请应进连启动开关响时间设数据库错误运网络线环变发收读写这个们为对会过还说该类来见问题书样产处现从将并两与于单边传",
        "務請應進連啟動開關響時間設數據庫錯誤運網絡線環變發收讀寫這個們為對會過還說該類來見問題書樣產處現從將並兩與於單邊傳",
        strict=True,
    )
)


@KINDS("Traditional character", ZH)
def traditional(message: Message, random: Random) -> str | None:
    """One that the input method brought."""
    return word_for_word(
        message.msgstr, {old: new for old, new in TRADITIONAL.items() if old != new}, random, whole=False
    )


@KINDS("Traditional text", ZH)
def traditional_text(message: Message, random: Random) -> str:
    """All of it."""
    return message.msgstr.translate(str.maketrans("".join(TRADITIONAL), "".join(TRADITIONAL.values())))


@KINDS("word of Taiwan", ZH)
def taiwanese(message: Message, random: Random) -> str | None:
    """Simplified characters, Taiwanese words."""
    pairs = {
        "服务器": "伺服器",
        "文件": "档案",
        "默认": "预设",
        "程序": "程式",
        "网络": "网路",
        "信息": "资讯",
        "用户": "使用者",
    }
    pairs |= {
        "线程": "执行绪",
        "内存": "记忆体",
        "支持": "支援",
        "代码": "程式码",
        "模块": "模组",
        "函数": "函式",
        "端口": "连接埠",
    }
    pairs |= {
        "数据库": "资料库",
        "数据": "资料",
        "对象": "物件",
        "字符串": "字串",
        "接口": "介面",
        "循环": "回圈",
        "项目": "专案",
    }
    pairs |= {
        "视图": "检视",
        "变量": "变数",
        "连接": "连线",
        "异步": "非同步",
        "缓存": "快取",
        "软件": "软体",
        "加载": "载入",
    }
    return word_for_word(message.msgstr, pairs, random, whole=False)


@KINDS("words of another language")
def other_language(message: Message, random: Random) -> str | None:
    """A sentence of the wrong catalogue."""
    return among(message, {PT: "服务器", ZH: "o servidor não"}[message.language], random) if is_prose(message) else None


@KINDS("formal address")
def formal(message: Message, random: Random) -> str | None:
    """Another tone than on all other pages."""
    return pairs_for(message, {PT: {"você": "o senhor"}, ZH: {"你": "您"}}, random)


# Terms and names


@KINDS("wrong term")
def wrong_term(message: Message, random: Random) -> str | None:
    """Neither the glossary's word nor one that it forbids."""
    pairs = {
        PT: {
            "servidor": "provedor",
            "processo": "procedimento",
            "worker": "operário",
            "conexão": "junção",
            "porta": "entrada",
        }
        | {
            "thread": "fio",
            "arquivo": "documento",
            "resposta": "retorno",
            "cabeçalho": "título",
            "proxy": "intermediário",
        }
        | {
            "cliente": "freguês",
            "sinal": "aviso",
            "socket": "tomada",
            "ambiente virtual": "ambiente simulado",
            "view": "tela",
        },
        ZH: {
            "服务器": "服务端",
            "处理器": "把手",
            "端口": "港口",
            "进程": "过程",
            "线程": "丝线",
            "套接字": "插座",
            "中间件": "中间层",
        }
        | {
            "响应": "回复",
            "工作进程": "工人",
            "协程": "协作程序",
            "信号": "标志",
            "代理": "中介",
            "视图": "风景",
            "事件循环": "事件圈",
        }
        | {"虚拟环境": "模拟环境", "连接": "链接", "应用程序": "申请", "请求头": "请求标题", "日志": "木头"},
    }
    return pairs_for(message, pairs, random)


@KINDS("another thing")
def another_thing(message: Message, random: Random) -> str | None:
    """The client for the server."""
    pairs = {
        PT: both_ways(
            [
                ("servidor", "cliente"),
                ("requisição", "resposta"),
                ("processo", "thread"),
                ("entrada", "saída"),
                ("view", "proxy"),
            ]
        ),
        ZH: both_ways(
            [("服务器", "客户端"), ("请求", "响应"), ("进程", "线程"), ("发送", "接收"), ("视图", "代理"), ("读", "写")]
        ),
    }
    return pairs_for(message, pairs, random)


NAMES = {
    "Uvicorn": "Hypercorn",
    "Hypercorn": "Daphne",
    "Daphne": "Granian",
    "Granian": "Gunicorn",
    "Gunicorn": "Uvicorn",
}
NAMES |= {
    "Django": "Flask",
    "GingerDJ": "Django",
    "Python": "Ruby",
    "nginx": "Apache",
    "Linux": "Windows",
    "ASGI": "WSGI",
}
NAMES |= {"HTTP": "FTP", "WebSocket": "HTTP", "Kubernetes": "Docker", "TLS": "SSH", "PostgreSQL": "MySQL"}


@KINDS("another name")
def another_name(message: Message, random: Random) -> str | None:
    """Copied from the page of another server."""
    return one(message.msgstr, r"(?<![\w-])(?:" + "|".join(NAMES) + r")(?![\w-])", lambda at: NAMES[at[0]], random)


@KINDS("name misspelt")
def name_misspelt(message: Message, random: Random) -> str | None:
    """Wrong capitals, or a letter less."""
    changes: list[Callable[[str], str]] = [
        str.lower,
        str.upper,
        lambda name: name[:2] + name[3:],
        lambda name: name[0] + name[2] + name[1] + name[3:],
    ]
    names = [name for name in NAMES if len(name) > 4]

    def other(match: re.Match[str]) -> str:
        return next(new for change in random.sample(changes, 4) if (new := change(match[0])) != match[0])

    return one(message.msgstr, r"(?<![\w-])(?:" + "|".join(names) + r")(?![\w-])", other, random)


# Numbers, units, constants, code

NUMBER = r"(?<![\w.,-])\d+(?:\.\d+)*(?![\w-])"


@KINDS("wrong number")
def wrong_number(message: Message, random: Random) -> str | None:
    """A digit is another one."""

    def other(match: re.Match[str]) -> str:
        at = random.choice([at for at, letter in enumerate(match[0]) if letter.isdigit()])
        return f"{match[0][:at]}{(int(match[0][at]) + random.randint(1, 9)) % 10}{match[0][at + 1 :]}"

    return one(message.msgstr, NUMBER, other, random)


@KINDS("numbers swapped")
def numbers_swapped(message: Message, random: Random) -> str | None:
    """Each in the other's place."""
    return swapped(message.msgstr, found(message.msgstr, NUMBER), random)


@KINDS("number written in words")
def number_word(message: Message, random: Random) -> str | None:
    """Two for three."""
    pairs = {
        PT: {
            "dois": "três",
            "duas": "três",
            "três": "quatro",
            "quatro": "cinco",
            "cinco": "seis",
            "dez": "doze",
            "ambos": "três",
        },
        ZH: {"两个": "三个", "两": "三", "三个": "四个", "二": "三", "四个": "五个", "五": "六", "十": "百"},
    }
    return pairs_for(message, pairs, random)


@KINDS("number as grouped elsewhere")
def number_grouped(message: Message, random: Random) -> str | None:
    """A point where the English has none."""
    return one(message.msgstr, r"(?<![\w.,-])\d{4,}(?![\w-])", lambda at: f"{at[0][:-3]}.{at[0][-3:]}", random)


@KINDS("unit changed")
def unit(message: Message, random: Random) -> str | None:
    """Minutes for seconds."""
    pairs = {
        PT: {
            "segundos": "minutos",
            "segundo": "minuto",
            "MiB": "MB",
            "KiB": "KB",
            "bytes": "bits",
            "MB": "GB",
            "ms": "s",
            "minutos": "horas",
        }
        | {"kB": "MB", "dias": "horas", "s": "ms", "caracteres": "bytes"},
        ZH: {
            "秒": "分钟",
            "分钟": "小时",
            "字节": "比特",
            "毫秒": "秒",
            " MiB": " MB",
            " KiB": " KB",
            " MB": " GB",
            "天": "小时",
            "字符": "字节",
        },
    }
    units = pairs[message.language]
    names = "|".join(sorted(units, key=len, reverse=True))
    if message.language == PT:
        return one(
            message.msgstr, rf"(?<=\d )(?:{names})\b|\b(?:segundos?|bytes|minutos)\b", lambda at: units[at[0]], random
        )
    return one(message.msgstr, f"(?:{names})", lambda at: units[at[0]], random)


CONSTANT = re.compile(
    r"(?<![\w-])[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]|(?<![\w-])(?:DEBUG|SIGTERM|SIGKILL|SIGINT|ROOT|SECRET)(?![\w-])"
)


@KINDS("constant changed")
def constant(message: Message, random: Random) -> str | None:
    """A letter less in the name of a setting."""
    matches = list(CONSTANT.finditer(message.msgstr))
    if not matches:
        return None
    match = random.choice(matches)
    at = random.randrange(1, len(match[0]) - 1)
    return put(message.msgstr, match, match[0][:at] + match[0][at + 1 :])


@KINDS("flag changed")
def flag(message: Message, random: Random) -> str | None:
    """Another option of the command."""
    matches = list(re.finditer(r"(?<![\w-])--?[a-z][\w-]*", message.msgstr))
    if not matches:
        return None
    match = random.choice(matches)
    new = random.choice(
        [match[0] + "s", match[0].lstrip("-"), "–" + match[0].lstrip("-"), f"--no-{match[0].lstrip('-')}"]
    )
    return put(message.msgstr, match, new)


def code(message: Message) -> list[re.Match[str]]:
    """The code spans that stand in the prose."""
    return list(CODE.finditer(message.msgstr))


@KINDS("code changed")
def code_changed(message: Message, random: Random) -> str | None:
    """A letter of it is another."""
    spans = [match for match in code(message) if re.search(r"[a-z]{3}", match[1])]
    if not spans:
        return None
    match = random.choice(spans)
    at = random.choice([each.start() for each in re.finditer("[a-z]", match[1])])
    letter = random.choice([new for new in "aeiourstn" if new != match[1][at]])
    return put(message.msgstr, match, f"`{match[1][:at]}{letter}{match[1][at + 1 :]}`")


@KINDS("code translated")
def code_translated(message: Message, random: Random) -> str | None:
    """What has to be typed as it is."""
    spans = [match for match in code(message) if re.search(r"[a-z]{3}", match[1])]
    if not spans:
        return None
    match = random.choice(spans)
    words = {PT: ["aplicação", "meu-site", "enviar", "arquivo.py"], ZH: ["应用", "我的站点", "发送", "文件.py"]}
    return put(message.msgstr, match, f"`{random.choice(words[message.language])}`")


@KINDS("code dropped")
def code_dropped(message: Message, random: Random) -> str | None:
    """With all that stood in it."""
    spans = code(message)
    return put(message.msgstr, random.choice(spans), "").replace("  ", " ").strip() if spans else None


@KINDS("code as text")
def code_as_text(message: Message, random: Random) -> str | None:
    """Without its marks."""
    spans = code(message)
    if not spans:
        return None
    match = random.choice(spans)
    return put(message.msgstr, match, match[1])


@KINDS("code half marked")
def code_half_marked(message: Message, random: Random) -> str | None:
    """One mark is missing."""
    places = list(re.finditer("`", message.msgstr))
    return put(message.msgstr, random.choice(places), "") if places else None


@KINDS("code spaced")
def code_spaced(message: Message, random: Random) -> str | None:
    """A blank inside it, or other quotes."""
    spans = [match for match in code(message) if re.search(r"[ ='\"./-]", match[1])]
    if not spans:
        return None
    match = random.choice(spans)
    inside = one(
        match[1], r"[ ='\"./-]", lambda at: {" ": "  ", '"': "”", "'": "’", "-": "‑"}.get(at[0], f" {at[0]} "), random
    )
    return put(message.msgstr, match, f"`{inside}`")


@KINDS("code spans swapped")
def code_swapped(message: Message, random: Random) -> str | None:
    """Each in the other's place."""
    return swapped(message.msgstr, code(message), random)


@KINDS("code added")
def code_added(message: Message, random: Random) -> str | None:
    """A word of the prose marked as code."""
    return one(message.msgstr, r"[A-Za-z]{4,}", lambda at: f"`{at[0]}`", random)


@KINDS("placeholder changed")
def placeholder(message: Message, random: Random) -> str | None:
    """What a value is put in for."""
    new = random.choice(["%(nome)s", "%(name)", "% (name)s", "", "%(date)d", "{name}", "%s"])
    matches = list(re.finditer(r"%\(\w+\)s", message.msgstr))
    return put(message.msgstr, random.choice(matches), new) if matches else None


# Links, roles, emphasis


@KINDS("link target changed")
def target_changed(message: Message, random: Random) -> str | None:
    """Leads to another page."""
    links = list(LINK.finditer(message.msgstr))
    if not links:
        return None
    match = random.choice(links)
    target = match[2]
    new = [
        target + "x",
        target.replace("#", "#x"),
        target.rstrip("/").rpartition("/")[0] + "/index.md",
        target.replace("en/", "pt-br/"),
        "#",
    ]
    return put(message.msgstr, match, f"[{match[1]}]({random.choice([each for each in new if each != target])})")


@KINDS("link as text")
def link_as_text(message: Message, random: Random) -> str | None:
    """Only its text is left."""
    links = list(LINK.finditer(message.msgstr))
    if not links:
        return None
    match = random.choice(links)
    return put(message.msgstr, match, match[1])


@KINDS("link without text")
def link_without_text(message: Message, random: Random) -> str | None:
    """Nothing to click."""
    links = list(LINK.finditer(message.msgstr))
    if not links:
        return None
    match = random.choice(links)
    return put(message.msgstr, match, f"[]({match[2]})")


@KINDS("link broken by a blank")
def link_broken(message: Message, random: Random) -> str | None:
    """Brackets that no longer make a link."""
    links = list(LINK.finditer(message.msgstr))
    if not links:
        return None
    match = random.choice(links)
    news = [
        f"[{match[1]}] ({match[2]})",
        f"[{match[1]}（{match[2]}）",
        f"[{match[1]}]({match[2]}",
        f"[{match[1]}](<{match[2]})",
    ]
    return put(message.msgstr, match, random.choice(news))


@KINDS("link targets swapped")
def targets_swapped(message: Message, random: Random) -> str | None:
    """Each text leads where the other should."""
    return swapped(message.msgstr, list(re.finditer(r"(?<=\]\()[^)]+(?=\))", message.msgstr)), random)


@KINDS("link on other words")
def link_on_other_words(message: Message, random: Random) -> str | None:
    """A text that says nothing, here."""
    links = [match for match in LINK.finditer(message.msgstr) if "`" not in match[1]]
    if not links:
        return None
    match = random.choice(links)
    return put(message.msgstr, match, f"[{ {PT: 'aqui', ZH: '这里'}[message.language] }]({match[2]})")


@KINDS("role changed")
def role_changed(message: Message, random: Random) -> str | None:
    """Another name, or a misspelt one."""
    roles = list(ROLE.finditer(message.msgstr))
    if not roles:
        return None
    match = random.choice(roles)
    return put(message.msgstr, match, f"{{{random.choice([match[1][:-1], 'doc', match[1].upper()])}}}`{match[2]}`")


@KINDS("role's value changed")
def role_value(message: Message, random: Random) -> str | None:
    """It shows what is not measured."""
    roles = list(ROLE.finditer(message.msgstr))
    if not roles:
        return None
    match = random.choice(roles)
    return put(
        message.msgstr,
        match,
        f"{{{match[1]}}}`{random.choice(['9', match[2].partition(' ')[0], '7 ' + match[2].partition(' ')[2]])}`",
    )


@KINDS("role dropped")
def role_dropped(message: Message, random: Random) -> str | None:
    """Braces gone, or all of it, or a blank before the mark."""
    roles = list(ROLE.finditer(message.msgstr))
    if not roles:
        return None
    match = random.choice(roles)
    return put(
        message.msgstr,
        match,
        random.choice(
            [f"`{match[2]}`", match[2].partition(" ")[0], f"{{{match[1]}}} `{match[2]}`", f"｛{match[1]}｝`{match[2]}`"]
        ),
    )


@KINDS("emphasis dropped")
def emphasis_dropped(message: Message, random: Random) -> str | None:
    """Plain where the English is bold."""
    return one(message.msgstr, r"(\*\*?)([^*]+)\1", lambda at: at[2], random)


@KINDS("emphasis unbalanced")
def emphasis_unbalanced(message: Message, random: Random) -> str | None:
    """A star that stays a star."""
    text = message.msgstr
    if "*" in text and "`" not in text:
        return text.replace("*", "", 1)
    return one(
        text, r"\w{3,}", lambda at: random.choice([f"**{at[0]}", f"*{at[0]}", f"{at[0]}**", f"** {at[0]} **"]), random
    )


@KINDS("emphasis added")
def emphasis_added(message: Message, random: Random) -> str | None:
    """Bold where the English is plain."""
    if message.language == PT:
        return one(
            message.msgstr,
            r"\b\w{4,}\b",
            lambda at: random.choice([f"**{at[0]}**", f"*{at[0]}*", f"_{at[0]}_"]),
            random,
        )
    return one(message.msgstr, r"[\u4e00-\u9fff]{2}", lambda at: f" **{at[0]}** ", random)


@KINDS("bold that is not rendered", ZH)
def bold_not_rendered(message: Message, random: Random) -> str | None:
    """Quotes inside the stars, characters outside: Markdown leaves the stars."""
    if "**" in message.msgstr:
        return re.sub(r"“\*\*(\w+)\*\*”", r"**“\1”**", message.msgstr)
    return one(
        message.msgstr,
        r"(?<=[\u4e00-\u9fff])[\u4e00-\u9fff]{2}(?=[\u4e00-\u9fff])",
        lambda at: f"**“{at[0]}”**",
        random,
    )


@KINDS("text as a block")
def as_block(message: Message, random: Random) -> str | None:
    """A list, a quotation, a heading, code, where the English has a paragraph."""
    marks = ["- ", "1. ", "> ", "# ", "    ", "* ", "+ "]
    return random.choice(marks) + message.msgstr if is_prose(message) else None


@KINDS("line broken")
def line_broken(message: Message, random: Random) -> str | None:
    """A hard break, or a new paragraph."""
    return among(message, random.choice(["\\\n", "\n\n", "  \n"]), random) if is_prose(message) else None


# How it is written


@KINDS("doubled word")
def doubled_word(message: Message, random: Random) -> str | None:
    """Written twice in a row."""
    if message.language == PT:
        return one(message.msgstr, r"\b[^\W\d_]+(?= )", lambda at: f"{at[0]} {at[0].lower()}", random)
    return one(message.msgstr, r"的|是|在|服务器|请求|进程|可以|连接|会", lambda at: at[0] * 2, random)


@KINDS("accent missing", PT)
def accent_missing(message: Message, random: Random) -> str | None:
    """Of a word where another one does not come out."""
    valid = {"é", "está", "à", "às", "e", "dá", "até", "há", "nós", "lá", "já", "só"}

    def other(match: re.Match[str]) -> str:
        return "".join(each for each in unicodedata.normalize("NFD", match[0]) if not unicodedata.combining(each))

    matches = [
        match for match in found(message.msgstr, WORD) if other(match) != match[0] and match[0].lower() not in valid
    ]
    if not matches:
        return None
    match = random.choice(matches)
    return put(message.msgstr, match, other(match))


@KINDS("accent wrong", PT)
def accent_wrong(message: Message, random: Random) -> str | None:
    """Another one than the word has, or as it was before 2009."""
    pairs = {"ã": "â", "ç": "c", "á": "à", "é": "ê", "ê": "é", "í": "ì", "ó": "ô", "ô": "ó", "õ": "ô", "ú": "ü"}
    return one(message.msgstr, r"(?<=\w)[ãçáéêíóôõú]|[ãçáéêíóôõú](?=\w)", lambda at: pairs[at[0]], random)


@KINDS("letters swapped", PT)
def letters_swapped(message: Message, random: Random) -> str | None:
    """Two neighbours, inside a word."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        places = [at for at in range(1, len(word) - 2) if word[at] != word[at + 1]]
        at = random.choice(places) if places else 1
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return one(message.msgstr, r"\b[a-zà-ÿ]{5,}\b", other, random)


@KINDS("letter missing", PT)
def letter_missing(message: Message, random: Random) -> str | None:
    """Inside a longer word."""

    def other(match: re.Match[str]) -> str:
        at = random.randrange(1, len(match[0]) - 1)
        return match[0][:at] + match[0][at + 1 :]

    return one(message.msgstr, r"\b[a-zà-ÿ]{6,}\b", other, random)


@KINDS("wrong article", PT)
def wrong_article(message: Message, random: Random) -> str | None:
    """Of the other gender."""
    pairs = both_ways(
        [
            ("do", "da"),
            ("no", "na"),
            ("um", "uma"),
            ("pelo", "pela"),
            ("este", "esta"),
            ("esse", "essa"),
            ("dos", "das"),
            ("nos", "nas"),
        ]
    )
    nouns = (
        "servidor|requisição|processo|conexão|resposta|arquivo|página|cliente|porta|cabeçalho|projeto|aplicação|linha"
    )
    return one(message.msgstr, rf"\b(?:{'|'.join(pairs)})\b(?= (?:{nouns})s?\b)", lambda at: pairs[at[0]], random)


@KINDS("verb in the wrong number", PT)
def wrong_verb(message: Message, random: Random) -> str | None:
    """One server, several verbs."""
    pairs = both_ways(
        [("é", "são"), ("está", "estão"), ("tem", "têm"), ("pode", "podem"), ("recebe", "recebem"), ("fica", "ficam")]
    )
    return word_for_word(message.msgstr, pairs, random, whole=True)


@KINDS("character of the same sound", ZH)
def same_sound(message: Message, random: Random) -> str | None:
    """The first one that the input method offered."""
    pairs = {
        "服务器": "服务气",
        "进程": "近程",
        "端口": "短口",
        "请求": "情求",
        "响应": "想应",
        "启动": "起动",
        "连接": "联接",
        "线程": "县城",
    }
    pairs |= {
        "在": "再",
        "做": "作",
        "必须": "必需",
        "已经": "以经",
        "文件": "文建",
        "数据库": "数据酷",
        "代理": "带理",
        "日志": "日至",
    }
    pairs |= {
        "默认": "墨认",
        "信号": "新号",
        "循环": "寻环",
        "处理": "处里",
        "异步": "一步",
        "视图": "试图",
        "终端": "中断",
        "命令": "名令",
    }
    return word_for_word(message.msgstr, pairs, random, whole=False)


@KINDS("character missing", ZH)
def character_missing(message: Message, random: Random) -> str | None:
    """One of a word."""
    pairs = {
        "服务器": "服器",
        "数据库": "数库",
        "处理器": "处器",
        "中间件": "中件",
        "客户端": "客端",
        "应用程序": "应程序",
        "套接字": "套字",
    }
    pairs |= {
        "请求": "求",
        "响应": "响",
        "进程": "进",
        "事件循环": "事循环",
        "环境变量": "环变量",
        "如果": "果",
        "因为": "因",
        "可以": "以",
    }
    return word_for_word(message.msgstr, pairs, random, whole=False)


@KINDS("half-width punctuation", ZH)
def half_width(message: Message, random: Random) -> str | None:
    """A comma of the Latin keyboard."""
    pairs = {"，": ",", "。": ".", "：": ":", "；": ";", "（": "(", "）": ")", "！": "!", "？": "?", "、": ","}
    return one(message.msgstr, "[" + "".join(pairs) + "]", lambda at: pairs[at[0]], random)


@KINDS("full-width letters", ZH)
def full_width(message: Message, random: Random) -> str | None:
    """A name or a number from the wrong input mode."""
    return one(message.msgstr, r"[A-Za-z0-9]+", lambda at: "".join(chr(ord(each) + 0xFEE0) for each in at[0]), random)


@KINDS("full-width punctuation", PT)
def full_width_punctuation(message: Message, random: Random) -> str | None:
    """From the wrong keyboard."""
    pairs = {",": "，", ".": "。", ":": "：", ";": "；", "(": "（", ")": "）"}
    return one(message.msgstr, r"[,.:;()](?=\s|$)", lambda at: pairs[at[0]], random)


@KINDS("Chinese and Latin without a space", ZH)
def no_space(message: Message, random: Random) -> str | None:
    """Words that stick together."""
    places = list(re.finditer(r"(?<=[\u4e00-\u9fff]) (?=[\w`\[{])|(?<=[\w`)]) (?=[\u4e00-\u9fff])", message.msgstr))
    return put(message.msgstr, random.choice(places), "") if places else None


@KINDS("space inside Chinese", ZH)
def space_inside(message: Message, random: Random) -> str | None:
    """Where nobody writes one."""
    return one(message.msgstr, r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])|(?<=[，。：])(?=[\u4e00-\u9fff])", " ", random)


@KINDS("final stop missing")
def stop_missing(message: Message, random: Random) -> str | None:
    """A sentence that just ends."""
    return message.msgstr[:-1] if message.msgstr.endswith((".", "。", ":", "：", "?", "？")) else None


@KINDS("final stop added")
def stop_added(message: Message, random: Random) -> str | None:
    """After a heading."""
    return (
        message.msgstr + {PT: ".", ZH: "。"}[message.language]
        if is_prose(message, 1) and message.msgstr[-1].isalnum()
        else None
    )


@KINDS("final stop another")
def stop_other(message: Message, random: Random) -> str | None:
    """A full stop where something should follow."""
    pairs = {".": "!", "。": "！", ":": ".", "：": "。", "?": ".", "？": "。"}
    last = message.msgstr[-1:]
    return message.msgstr[:-1] + pairs[last] if last in pairs else None


@KINDS("two spaces")
def two_spaces(message: Message, random: Random) -> str | None:
    """Or a tab, or one that does not break."""
    return one(message.msgstr, " ", random.choice(["  ", "\t", "\u00a0", "\u3000"]), random)


@KINDS("space at the edge")
def edge_space(message: Message, random: Random) -> str:
    """Before the first or after the last word."""
    return random.choice([f" {message.msgstr}", f"{message.msgstr} ", f"{message.msgstr}\n"])


@KINDS("space before punctuation", PT)
def space_before(message: Message, random: Random) -> str | None:
    """As the French write it."""
    return one(message.msgstr, r"(?<=\w)[,.:;?](?=\s|$)", lambda at: f" {at[0]}", random)


@KINDS("space missing after punctuation", PT)
def space_after(message: Message, random: Random) -> str | None:
    """Two words that stick together."""
    return one(message.msgstr, r"(?<=[^\W\d_][,.:;]) (?=[^\W\d_])", "", random)


@KINDS("quotes of another language")
def quotes(message: Message, random: Random) -> str | None:
    """Corners in Simplified Chinese, angles in Brazil."""
    if message.language == ZH:
        return one(
            message.msgstr, r"“([^”]*)”", lambda at: random.choice([f"「{at[1]}」", f'"{at[1]}"', f"”{at[1]}“"]), random
        ) or one(message.msgstr, r"(?<=[\u4e00-\u9fff])[\u4e00-\u9fff]{2}", lambda at: f"「{at[0]}」", random)
    return one(message.msgstr, r"[“\"]([^”\"]*)[”\"]", lambda at: f"«{at[1]}»", random) or one(
        message.msgstr, r"\b\w{5,}\b", lambda at: random.choice([f"«{at[0]}»", f"“{at[0]}", f"„{at[0]}“"]), random
    )


@KINDS("bracket not closed")
def bracket(message: Message, random: Random) -> str | None:
    """One of two is missing."""
    return one(message.msgstr, r"[()（）“”]", "", random)


@KINDS("small letter at the start", PT)
def small_letter(message: Message, random: Random) -> str | None:
    """Of a sentence."""
    return one(message.msgstr, r"(?:^|(?<=[.?!] ))[A-ZÀ-Ý](?=[a-zà-ÿ]|\s)", lambda at: at[0].lower(), random)


@KINDS("capitals as in English", PT)
def title_case(message: Message, random: Random) -> str | None:
    """Every Word of a Heading, or one of the prose."""
    return one(message.msgstr, r"(?<=[a-zà-ÿ,] )[a-zà-ÿ]{4,}\b", lambda at: at[0].capitalize(), random)


@KINDS("mojibake")
def mojibake(message: Message, random: Random) -> str | None:
    """Read in the wrong encoding."""
    text = message.msgstr
    if not HAN.search(text) and not re.search("[à-ÿ]", text):
        return None
    return (
        text.encode().decode("latin-1")
        if random.random() < 0.5
        else re.sub(r"[à-ÿ]|[\u4e00-\u9fff]", "?", text, count=1)
    )


@KINDS("accents in pieces", PT)
def in_pieces(message: Message, random: Random) -> str:
    """Letters and accents as characters of their own, which a search does not find."""
    return unicodedata.normalize("NFD", message.msgstr)


@KINDS("entity for a letter", PT)
def entity_letter(message: Message, random: Random) -> str | None:
    """As HTML was written once."""
    names = {"ã": "&atilde;", "ç": "&ccedil;", "á": "&aacute;", "é": "&eacute;", "õ": "&otilde;", "ê": "&ecirc;"}
    return one(message.msgstr, "[" + "".join(names) + "]", lambda at: names[at[0]], random)
