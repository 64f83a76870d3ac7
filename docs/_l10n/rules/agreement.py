"""Portuguese agreement where it can be told for certain: an article and its noun, a noun and its verb."""

import re
from collections.abc import Iterator

from _l10n.problem import Finding, shown
from _l10n.rules.pair import Pair
from _l10n.words import portuguese_singular

# The words of a guide like this one; others are told by their endings.
FEMININE = frozenset(
    [
        "resposta",
        "página",
        "porta",
        "linha",
        "thread",
        "view",
        "rede",
        "chave",
        "senha",
        "tabela",
        "máquina",
        "fila",
        "memória",
        "biblioteca",
        "variável",
        "pasta",
        "saída",
        "entrada",
        "tarefa",
        "corrotina",
        "chamada",
        "lista",
        "mensagem",
        "regra",
        "tela",
        "aba",
        "sala",
        "sonda",
        "rota",
        "falha",
        "seção",
        "opção",
    ]
)
MASCULINE = frozenset(
    [
        "servidor",
        "pedido",
        "processo",
        "arquivo",
        "cliente",
        "cabeçalho",
        "projeto",
        "framework",
        "terminal",
        "loop",
        "socket",
        "proxy",
        "worker",
        "handler",
        "banco",
        "comando",
        "módulo",
        "pacote",
        "sinal",
        "erro",
        "código",
        "corpo",
        "host",
        "endereço",
        "caminho",
        "diretório",
        "aplicativo",
        "usuário",
        "navegador",
        "ambiente",
        "tempo",
        "log",
        "evento",
        "middleware",
        "objeto",
        "formulário",
        "certificado",
        "número",
        "método",
        "nome",
        "bloco",
        "script",
        "teste",
    ]
)
FEMININE_ENDINGS = ("ção", "são", "dade", "gem", "ência", "ância")
MASCULINE_ENDINGS = ("mento", "ador", "idor")
ARTICLES = {
    "m": frozenset(["o", "do", "no", "um", "pelo", "este", "esse", "deste", "desse", "neste", "nesse", "ao", "aquele"]),
    "f": frozenset(["da", "na", "uma", "pela", "esta", "essa", "desta", "dessa", "nesta", "nessa", "à", "aquela"]),
}
PLURAL_ARTICLES = {
    "m": frozenset(
        ["os", "dos", "nos", "pelos", "estes", "esses", "destes", "desses", "nestes", "nesses", "aos", "aqueles"]
    ),
    "f": frozenset(
        ["as", "das", "nas", "pelas", "estas", "essas", "destas", "dessas", "nestas", "nessas", "às", "aquelas"]
    ),
}
VERBS = {
    "são": "é",
    "estão": "está",
    "têm": "tem",
    "podem": "pode",
    "recebem": "recebe",
    "ficam": "fica",
    "devem": "deve",
}
VERB_CURE = "take the verb in the number of its subject"
SINGULARS = frozenset(VERBS.values())
SUBJECT = re.compile(
    r"(?:^|[.;:] |\b(?:que|quando|se|enquanto|como) )(os?|as?) ([^\W\d_]{3,}) (?:não )?([a-zà-ÿ]+)(?![\w-])",
    re.IGNORECASE,
)
# What needs no noun, or a noun of any kind, to say whether it is one or many.
ONE = re.compile(
    r"\b(?:el[ea]|isto|isso|aquilo|(?:cada|(?<! e )nenhuma?) [^\W\d_]+|(?:^|(?<=[.:;] ))est[ea]) "
    r"(?:não )?([a-zà-ÿ]+)(?![\w-])",
    re.IGNORECASE,
)
MANY = re.compile(r"\bel[ea]s (?:não )?([a-zà-ÿ]+)(?![\w-])", re.IGNORECASE)


def gender(noun: str) -> str:
    """Return m or f, or nothing where it is not certain."""
    word = portuguese_singular(noun)
    if word in MASCULINE or word.endswith(MASCULINE_ENDINGS):
        return "m"
    return "f" if word in FEMININE or (len(word) > 4 and word.endswith(FEMININE_ENDINGS)) else ""


def article(pair: Pair) -> Iterator[Finding]:
    """Refuse an article of the other gender or number: «da servidor», «os processo»."""
    for match in _pairs(pair.translation.prose):
        first, noun = match[0].lower(), match[1].lower()
        wanted = gender(noun)
        if not wanted:
            continue
        plural = noun.endswith("s") and portuguese_singular(noun) != noun
        there = {kind for kind in "mf" if first in ARTICLES[kind] | PLURAL_ARTICLES[kind]}
        many = first in PLURAL_ARTICLES["m"] | PLURAL_ARTICLES["f"]
        if there and (wanted not in there or many != plural):
            yield Finding("agreement", f"{shown(' '.join(match))} does not agree", "take the article of the noun")


def _pairs(prose: str) -> Iterator[tuple[str, str]]:
    """Yield each word with the one behind it."""
    yield from re.findall(r"(?<![\w-])([^\W\d_]+)(?= ([^\W\d_]{3,})(?![\w-]))", prose)


def verb(pair: Pair) -> Iterator[Finding]:
    """Refuse a verb of the other number right behind its subject: «o servidor são»."""
    for match in SUBJECT.finditer(pair.translation.prose):
        if gender(match[2]) or match[2][0].isupper():
            many = match[1].lower() in ("os", "as")
            if match[3] in (SINGULARS if many else VERBS):
                message = f"{shown(' '.join(match.groups()))} does not agree"
                yield Finding("agreement", message, VERB_CURE)
    for pattern, wrong in ((ONE, frozenset(VERBS)), (MANY, SINGULARS)):
        for match in pattern.finditer(pair.translation.prose):
            if match[1] in wrong:
                yield Finding("agreement", f"{shown(match[0])} does not agree", VERB_CURE)


RULES = (article, verb)
