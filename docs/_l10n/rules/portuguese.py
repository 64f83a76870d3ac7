"""Brazilian Portuguese: no spelling or grammar of Portugal, no missing accents, no loose punctuation."""

import re
from collections.abc import Iterator

from _l10n.problem import Finding, shown
from _l10n.rules.pair import Pair
from _l10n.words import portuguese_singular, without_accents, words

# What Portugal writes, or wrote before the spelling agreement, and what Brazil writes.
EUROPEAN = {
    "acção": "ação", "aceder": "acessar", "activar": "ativar", "activo": "ativo", "actual": "atual",
    "actualizar": "atualizar", "actualização": "atualização", "adoptar": "adotar", "carácter": "caractere",
    "colecção": "coleção", "connosco": "conosco", "contacto": "contato", "controlo": "controle",
    "correcto": "correto", "directo": "direto", "directório": "diretório", "direcção": "direção",
    "ecrã": "tela", "efectuar": "efetuar", "equipa": "equipe", "excepção": "exceção", "excepto": "exceto",
    "exacto": "exato", "facto": "fato", "ficheiro": "arquivo", "fracção": "fração", "objectivo": "objetivo",
    "objecto": "objeto", "óptimo": "ótimo", "planear": "planejar", "projecto": "projeto", "protecção": "proteção",
    "recepcionar": "receber", "registo": "registro", "seleccionar": "selecionar", "selecção": "seleção",
    "telemóvel": "celular", "utilizador": "usuário",
}  # fmt: skip
# «está a executar» is «está executando»; nouns and fixed phrases that only look like it.
GERUND = re.compile(r"\b(est(?:á|ão|ava|avam|ará|iver|iverem|eja|ejam)) a (\w+[aei]r)\b", re.IGNORECASE)
NOT_VERBS = frozenset({"par", "lugar", "lar"})
# Words that a writer of both languages slips in, and that Portuguese does not have.
SPANISH = frozenset({"y", "el", "los", "las", "del", "una", "unas", "unos", "pero", "muy", "también"})
# Endings that have a tilde in every Portuguese word, and common words that have an accent in any sense.
NO_TILDE = ("cao", "coes", "ssao", "ssoes", "nsao", "rsao")
ACCENTED = (
    "após", "através", "até", "código", "conexão", "contêiner", "diretório", "difícil", "disponível", "é",
    "endereço", "está", "então", "fácil", "histórico", "início", "máquina", "memória", "método", "módulo",
    "mínimo", "máximo", "não", "necessário", "nível", "número", "página", "padrão", "parâmetro", "possível",
    "próprio", "próximo", "rápido", "serviço", "servidor", "só", "também", "término", "último", "único", "usuário",
    "útil", "variável", "versão", "você",
)  # fmt: skip
UNACCENTED = {without_accents(word): word for word in ACCENTED if without_accents(word) != word} | {
    "assincrono": "assíncrono", "sincrono": "síncrono", "tambem": "também", "nao": "não", "voce": "você",
}  # fmt: skip
# Without their accents these are other words.
for other in ("e", "esta", "so", "inicio", "termino", "numero", "maquina", "ultimo", "historico"):
    UNACCENTED.pop(other, None)
LOOSE = (
    (re.compile(r" [,.;:!?)](?=\s|$)"), "a space before punctuation"),
    (re.compile(r"  "), "two spaces"),
    (re.compile(r"[,;:!?][A-Za-zÀ-ÿ]"), "no space after punctuation"),
    (re.compile(r"\(\s|,,|;;|\.\.(?!\.)(?<!\.\.\.)"), "loose punctuation"),
)
FULL_WIDTH = re.compile(r"[，。；：！？、（）]")


def european(pair: Pair) -> Iterator[Finding]:
    """Refuse what is Portuguese of Portugal."""
    prose = pair.translation.prose
    for word in words(prose):
        brazilian = EUROPEAN.get(word) or EUROPEAN.get(portuguese_singular(word)) or EUROPEAN.get(_masculine(word))
        if brazilian and brazilian != word:
            yield Finding("european", f"{word!r} is Portuguese of Portugal", f"write {brazilian!r} (inflected)")
    for match in GERUND.finditer(prose):
        if match[2].lower() not in NOT_VERBS:
            yield Finding("european", f"{match[0]!r} is Portuguese of Portugal", f"write «{match[1]} …ndo»")


def _masculine(word: str) -> str:
    singular = portuguese_singular(word)
    return singular[:-1] + "o" if singular.endswith("a") else singular


def spanish(pair: Pair) -> Iterator[Finding]:
    """Refuse a word of Spanish."""
    english = set(words(pair.english.words))
    for word in words(pair.translation.prose):
        if word in SPANISH and word not in english:
            yield Finding("spanish", f"{word!r} is Spanish", "write it in Portuguese")


def accents(pair: Pair) -> Iterator[Finding]:
    """Refuse words whose accents were not typed."""
    english = set(words(pair.english.words))
    for word in words(pair.translation.prose):
        if word not in english and (word.endswith(NO_TILDE) or word in UNACCENTED):
            cure = f"write {UNACCENTED[word]!r}" if word in UNACCENTED else "write ã or õ"
            yield Finding("accents", f"{word!r} lacks an accent", cure)


def punctuation(pair: Pair) -> Iterator[Finding]:
    """Refuse spaces before punctuation, doubled marks and Chinese ones."""
    prose = pair.translation.prose.strip()
    for pattern, message in LOOSE:
        for match in pattern.finditer(prose):
            if match[0] not in pair.english.prose:
                around = prose[max(match.start() - 8, 0) : match.end() + 8]
                yield Finding("punctuation", f"{message}: {shown(around)}", "write it as a book would")
    for match in FULL_WIDTH.finditer(prose):
        yield Finding("punctuation", f"the full-width {match[0]}", "write the half-width one")
    if prose.count("(") != prose.count(")") and pair.english.prose.count("(") == pair.english.prose.count(")"):
        yield Finding("punctuation", "a parenthesis without its partner", "close what is open")


RULES = (european, spanish, accents, punctuation)
