"""The rules that translations obey: the shipped ones do, and defects sown into a clean sample are refused."""

import io
import shutil
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from _ext.languages import LANGUAGES as SITE_LANGUAGES
from _l10n import extract, glossary, messages
from _l10n.check import Guide, check
from _l10n.check import main as check_main
from _l10n.languages import LANGUAGES
from _l10n.layout import Layout
from _l10n.markup import of_site
from _l10n.pages import lint
from _l10n.problem import Problem
from _l10n.speller import DICTIONARIES
from _l10n.words import LATIN_WORD
from tests.spelled import SPELLED

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests" / "locale_sample"


@dataclass(frozen=True)
class Defect:
    """One text of one catalogue of the sample, replaced by a worse one."""

    name: str
    language: str
    rule: str
    old: str
    new: str
    file: str = "servers/uvicorn.po"
    at: str = ""
    """A text on the line where the defect is reported; by default, the first line that was changed."""

    @property
    def path(self) -> Path:
        return Path("locale", self.language, "LC_MESSAGES", self.file)

    def sown(self, text: str) -> str:
        assert text.count(self.old) == 1, f"{self.old!r} stands {text.count(self.old)} times in {self.path}"
        return text.replace(self.old, self.new)

    def line(self, before: str, after: str) -> int:
        lines = after.split("\n")
        if self.at:
            return next(number for number, line in enumerate(lines, 1) if self.at in line)
        pairs = zip(before.split("\n"), lines, strict=False)
        return next(number for number, (old, new) in enumerate(pairs, 1) if old != new)

    @property
    def name_in_tests(self) -> str:
        return f"{self.language}-{self.name}".replace(" ", "-")

    @property
    def marks(self) -> tuple[pytest.MarkDecorator, ...]:
        return (SPELLED,) if self.rule == "spelling" and self.language in DICTIONARIES else ()


def defects() -> Iterator[Defect]:
    for entry in tomllib.loads((SAMPLE / "defects.toml").read_text(encoding="utf-8"))["defect"]:
        for language in LANGUAGES:
            if language in entry:
                old, new = entry[language]
                given = {key: entry[key] for key in ("name", "rule", "file") if key in entry}
                at = entry.get("at", {}).get(language, "")
                yield Defect(**given, language=language, old=old, new=new, at=at)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small guide without fault, with the project's own glossary."""
    root = tmp_path_factory.mktemp("guide")
    shutil.copytree(SAMPLE, root, dirs_exist_ok=True)
    for words in ("glossary.tsv", "words_pt_BR.txt"):
        shutil.copy(ROOT / "locale" / words, root / "locale")
    return root


@pytest.fixture(scope="session")
def checked(sample: Path) -> Guide:
    """The sample with its glossary and its settings read already: catalogues are all that the tests of it change."""
    guide = Guide(Layout(sample.resolve()))
    for code, speller in guide.spellers.items():
        # The dictionary takes half a second to open: once for all texts.
        texts = [defect.new for defect in defects() if defect.language == code]
        texts += [msgstr for _, language, msgstr in GOOD if language == code]
        speller.learn(word for text in texts for word in LATIN_WORD.findall(text))
    return guide


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Extract messages in this process, where Sphinx is imported; the tests without this start one of their own."""

    def build(layout: Layout, output: Path, doctrees: Path) -> None:
        with patch_docutils(layout.root), docutils_namespace(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'myst_parser")  # what MyST still asks Sphinx for is not ours to change
            Sphinx(layout.docs, layout.root, output, doctrees, "gettext", status=None, warning=io.StringIO()).build()

    monkeypatch.setattr(extract, "_build", build)


@pytest.fixture
def guide(sample: Path, tmp_path: Path) -> Path:
    """A copy of the sample that a test may change."""
    return shutil.copytree(sample, tmp_path / "guide")


def refused(problems: list[Problem]) -> list[str]:
    return [str(problem) for problem in problems if not problem.hint]


@pytest.mark.slow  # `make check` says it by itself
def test_the_shipped_translations_obey_every_rule() -> None:
    assert refused(check(ROOT, layout=True)) == []


def test_the_languages_are_those_of_the_site() -> None:
    assert [language.code for language in SITE_LANGUAGES if language.code != "en"] == list(LANGUAGES)


@SPELLED
def test_no_alarm_on_the_clean_sample(sample: Path) -> None:
    assert check(sample, layout=True) == []


@pytest.mark.parametrize(
    "defect", [pytest.param(defect, marks=defect.marks, id=defect.name_in_tests) for defect in defects()]
)
def test_a_defect_is_refused(checked: Guide, defect: Defect) -> None:
    path = checked.layout.root / defect.path
    before = path.read_text(encoding="utf-8")
    after = defect.sown(before)
    path.write_text(after, encoding="utf-8", newline="")
    try:
        problems = checked.check([path])
    finally:
        path.write_text(before, encoding="utf-8")
    found = [(problem.path, problem.line, problem.rule) for problem in problems if not problem.hint]
    assert (defect.path, defect.line(before, after), defect.rule) in found, "\n".join(map(str, problems)) or "nothing"


def test_at_least_forty_kinds_of_defects() -> None:
    assert len({defect.name for defect in defects()}) >= 40


def changed(root: Path, language: str, stem: str, old: str, new: str) -> Path:
    """Replace a text of a catalogue and return its path."""
    path = Layout(root).catalogue(language, stem)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def rewritten(root: Path, stem: str, old: str, new: str) -> None:
    """Replace a text of an English page."""
    page = Layout(root).page(stem)
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new), encoding="utf-8")


def merge(root: Path) -> None:
    assert messages.main(["--root", str(root)]) == 0


def catalogues(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.glob("locale/*/**/*.po"))}


@pytest.mark.usefixtures("quick")
class TestMessages:
    """`make messages`."""

    def test_changes_nothing_when_nothing_changed(self, guide: Path, capsys: pytest.CaptureFixture[str]) -> None:
        before = catalogues(guide)
        merge(guide)
        assert catalogues(guide) == before
        assert capsys.readouterr().out == ""

    def test_lines_that_move_change_nothing(self, guide: Path) -> None:
        before = catalogues(guide)
        rewritten(guide, "index", "## Settings", "% A comment.\n\n\n## Settings")
        merge(guide)
        assert catalogues(guide) == before

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_changed_message_is_fuzzy_and_keeps_its_english(self, guide: Path, language: str) -> None:
        rewritten(guide, "index", "is a process with its own memory", "is a process with its own memory and port")
        merge(guide)
        once = catalogues(guide)
        text = Layout(guide).catalogue(language, "index").read_text(encoding="utf-8")
        assert (
            "#, fuzzy\n"
            '#| msgid "Each worker is a process with its own memory."\n'
            'msgid "Each worker is a process with its own memory and port."\n'
        ) in text
        merge(guide)
        assert catalogues(guide) == once

    def test_a_message_changed_twice_keeps_the_english_that_was_translated(self, guide: Path) -> None:
        for old, new in (("its own memory", "its own memory and port"), ("memory and port", "memory, port and log")):
            rewritten(guide, "index", old, new)
            merge(guide)
        text = Layout(guide).catalogue("pt_BR", "index").read_text(encoding="utf-8")
        assert '#| msgid "Each worker is a process with its own memory."\nmsgid "Each worker is a process with' in text

    def test_a_removed_message_is_gone(self, guide: Path) -> None:
        rewritten(guide, "servers/uvicorn", "## Log\n", "")
        merge(guide)
        for language in LANGUAGES:
            text = Layout(guide).catalogue(language, "servers/uvicorn").read_text(encoding="utf-8")
            assert 'msgid "Log"' not in text
            assert "#~" not in text

    def test_a_message_that_moves_to_another_page_takes_its_translation_along(self, guide: Path) -> None:
        rewritten(guide, "index", "- Each worker is a process with its own memory.\n", "")
        rewritten(guide, "servers/uvicorn", "## Log\n", "Each worker is a process with its own memory.\n\n## Log\n")
        merge(guide)
        assert refused(check(guide, layout=True)) == []

    def test_a_new_page_gets_catalogues(self, guide: Path) -> None:
        (guide / "docs" / "servers" / "daphne.md").write_text("# Daphne\n\nA server.\n\n- `--port`\n", encoding="utf-8")
        rewritten(guide, "index", "servers/uvicorn\n```", "servers/uvicorn\nservers/daphne\n```")
        assert "missing-catalogue" in {problem.rule for problem in check(guide)}
        merge(guide)
        text = Layout(guide).catalogue("zh_Hans", "servers/daphne").read_text(encoding="utf-8")
        # What has no words is its own translation; a sentence waits for its translator.
        assert 'msgid "Daphne"\nmsgstr "Daphne"\n' in text
        assert 'msgid "`--port`"\nmsgstr "`--port`"\n' in text
        assert 'msgid "A server."\nmsgstr ""\n' in text

    def test_the_catalogues_of_a_removed_page_are_deleted(self, guide: Path) -> None:
        Layout(guide).page("servers/uvicorn").unlink()
        rewritten(guide, "index", "```{toctree}\nservers/uvicorn\n```", "")
        rewritten(guide, "index", "{doc}`the page on Uvicorn <servers/uvicorn>`", "the page on Uvicorn")
        assert "foreign-file" in {problem.rule for problem in check(guide)}
        merge(guide)
        assert not list(guide.glob("locale/**/uvicorn.po"))

    def test_what_poedit_writes_is_good_and_brought_into_form(self, guide: Path) -> None:
        before = catalogues(guide)
        path = changed(
            guide, "pt_BR", "index", '"Language: pt_BR\\n"\n', '"Language: pt_BR\\n"\n"X-Generator: Poedit\\n"\n'
        )
        changed(guide, "pt_BR", "index", 'msgstr "Cada worker', 'msgstr ""\n"Cada worker')
        assert refused(check(guide)) == []
        found = [(problem.path, problem.rule) for problem in check(guide, layout=True)]
        assert found == [(path.relative_to(guide), "layout")]
        merge(guide)
        assert catalogues(guide) == before

    def test_check_writes_nothing_and_names_the_stale_catalogues(
        self, guide: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rewritten(guide, "index", "its own memory", "a memory of its own")
        before = catalogues(guide)
        assert messages.main(["--root", str(guide), "--check"]) == 1
        assert catalogues(guide) == before
        said = capsys.readouterr().err
        assert [line.partition(":")[0] for line in said.splitlines()] == [
            "locale/pt_BR/LC_MESSAGES/index.po",
            "locale/zh_Hans/LC_MESSAGES/index.po",
        ]

    def test_the_credit_of_a_translator_stays(self, guide: Path) -> None:
        credit = '"Last-Translator: Ana <ana@example.org>\\n"\n'
        path = changed(guide, "pt_BR", "index", '"Language: pt_BR\\n"\n', f'{credit}"Language: pt_BR\\n"\n')
        merge(guide)
        assert credit in path.read_text(encoding="utf-8")


@pytest.mark.slow
class TestExtraction:
    """`make messages` with Sphinx in a process of its own."""

    def test_a_changed_page_is_read_again(self, guide: Path) -> None:
        rewritten(guide, "index", "its own memory", "a memory of its own")
        merge(guide)
        assert (
            '"Each worker is a process with a memory of its own."'
            in catalogues(guide)["locale/pt_BR/LC_MESSAGES/index.po"].decode()
        )

    def test_pages_that_do_not_build_are_told(self, guide: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (guide / "conf.py").write_text("extensions = ['missing']\n", encoding="utf-8")
        assert messages.main(["--root", str(guide)]) == 1
        assert capsys.readouterr().err.startswith("docs:1: extraction: Sphinx cannot read the pages: ")


@pytest.mark.slow
class TestFiles:
    """What lies in locale/ and is read by a build."""

    def test_a_catalogue_without_a_page(self, guide: Path) -> None:
        path = Layout(guide).catalogue("pt_BR", "sphinx")
        path.write_text('msgid "Next"\nmsgstr "<script>"\n', encoding="utf-8")
        assert [(problem.path, problem.rule) for problem in check(guide)] == [(path.relative_to(guide), "foreign-file")]

    def test_a_compiled_catalogue_that_differs_from_its_source(self, guide: Path) -> None:
        source = Layout(guide).catalogue("pt_BR", "index")
        polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))
        assert check(guide) == []
        file = polib.pofile(str(source))
        file[0].msgstr = "<script>"
        file.save_as_mofile(str(source.with_suffix(".mo")))
        assert [problem.rule for problem in check(guide)] == ["foreign-file"]

    def test_an_excuse_lets_a_rule_about_words_pass(self, guide: Path) -> None:
        excuse = "# allow forbidden-term: the name of a city\n"
        changed(guide, "pt_BR", "servers/uvicorn", "Encerre o servidor", "Encerre o servidor pelo porto")
        assert "forbidden-term" in {problem.rule for problem in check(guide)}
        place = '#: docs/servers/uvicorn.md\nmsgid "Stop it"'
        changed(guide, "pt_BR", "servers/uvicorn", place, excuse + place)
        assert check(guide, layout=True) == []

    def test_a_hint_refuses_nothing(self, guide: Path, capsys: pytest.CaptureFixture[str]) -> None:
        changed(guide, "pt_BR", "servers/uvicorn", "requisições em andamento", "solicitações em andamento; é só rodar")
        assert check_main(["--root", str(guide)]) == 0
        assert "hint, forbidden-term: «rodar» for «run»" in capsys.readouterr().out


ENGLISH_FAULTS = [
    ("A [word][ref].", "reference-link", 0),
    ("[ref]: https://example.org", "reference-link", 0),
    ("One  \ntwo.", "hard-break", 0),
    ("One\\\ntwo.", "hard-break", 0),
    ("See [](#no-such-label).", "slug", 0),
    ("A <b>word</b>.", "raw-html", 0),
    ("<div>\n</div>", "raw-html", 0),
    ("A {{ word }}.", "substitution", 0),
    ("```{raw} html\n```", "directive", 0),
    ("```{button-ref} index\nGo\n```", "directive", 0),
    ("```{include} x.md\n```", "directive", 0),
    ("```{code-block} python\n:caption: mysite/asgi.py\n\nx\n```", "caption", 1),
    (":::{note}\nFirst.\n\n- A [word][ref].\n:::", "reference-link", 3),
    (
        "::::{note}\n:class: x\n\n:::{tip}\nFirst line,\nsecond <b>line</b>.\n:::\n::::",
        "raw-html",
        5,
    ),
]


class TestEnglish:
    """What dies in translation is refused on the English page."""

    @pytest.mark.parametrize(("text", "rule", "offset"), ENGLISH_FAULTS)
    def test_a_fault_is_refused_at_its_line(self, guide: Path, text: str, rule: str, offset: int) -> None:
        page = Layout(guide).page("index")
        line = page.read_text(encoding="utf-8").count("\n") + 2
        page.write_text(page.read_text(encoding="utf-8") + f"\n{text}\n", encoding="utf-8")
        found = [(problem.path, problem.line, problem.rule) for problem in lint(Layout(guide), of_site(guide))]
        assert (page, line + offset, rule) in found

    def test_a_label_of_another_page_may_be_linked(self, guide: Path) -> None:
        assert "#settings" in Layout(guide).page("servers/uvicorn").read_text(encoding="utf-8")
        assert list(lint(Layout(guide), of_site(guide))) == []

    @pytest.mark.usefixtures("quick")
    def test_it_belongs_to_the_check(self, guide: Path) -> None:
        rewritten(guide, "index", "# Deploy your project", "# Deploy <b>your</b> project")
        assert "raw-html" in {problem.rule for problem in check(guide)}


# Good translations that a careless rule would refuse.
GOOD = [
    ("The middleware waits.", "pt_BR", "Os middlewares esperam."),
    ("Each connection has a default.", "pt_BR", "As conexões têm padrões próprios."),
    ("Install it once.", "pt_BR", "Basta que seja instalado uma vez."),
    ("Two environment variables name the settings.", "pt_BR", "2 variáveis de ambiente indicam as configurações."),
    ("It takes 0.35 s.", "pt_BR", "Leva 0,35 s."),
    ("Turn the machine on.", "pt_BR", "Ligue a máquina."),
    ("A graceful shutdown is best.", "pt_BR", "O melhor é um encerramento controlado (graceful shutdown)."),
    ("The `server` starts.", "pt_BR", "O `server` inicia."),
    ("Two servers answer.", "pt_BR", "Dois servidores respondem."),
    ("It is NOT safe.", "pt_BR", "NÃO é seguro."),
    ("Run the program.", "zh_Hans", "执行程序。"),
    ("Two servers answer.", "zh_Hans", "2 个服务器会响应。"),
    ("A worker is **one process**.", "zh_Hans", "worker 就是**一个进程**。"),
    ("See [](uvicorn.md), `a` and `b`.", "zh_Hans", "参见 [](uvicorn.md)、`a` 和 `b`。"),
    ("ASGI (the interface): see below.", "zh_Hans", "ASGI（接口）：见下文。"),
    ("Press Ctrl+C, then wait 50% longer.", "zh_Hans", "按 Ctrl+C，然后多等 50% 的时间。"),
]


@pytest.mark.parametrize(("msgid", "language", "msgstr"), GOOD)
def test_no_false_alarm(checked: Guide, msgid: str, language: str, msgstr: str) -> None:
    findings = checked.findings(msgid, msgstr, LANGUAGES[language])
    assert [finding for finding in findings if not finding.hint] == []


GLOSSARY_FAULTS = [
    ("server\tservidor\t\t服务器\t\terror\t\nServer\tservidor\t\t服务器\t\terror\t", "already on line 2"),
    ("server\tservidor\t\t服务器\t\terror\t\nx\ty\tservidor\tz\t\terror\t", "forbidden here and required on line 2"),
    ("server\tservidor\t\t服务器\t\twarn\t", "the severity 'warn'"),
    ("server\tservidor\t服务器\terror", "4 columns"),
    ("server, host\tservidor,x;y\t\t服务器\t\terror\t", "alternatives are divided"),
    ("\tservidor\t\t服务器\t\terror\t", "no term"),
]


class TestGlossary:
    """locale/glossary.tsv."""

    def test_the_shipped_one_is_sound(self) -> None:
        assert glossary.read(ROOT / "locale" / "glossary.tsv")[1] == []

    @pytest.mark.parametrize(("rows", "message"), GLOSSARY_FAULTS)
    def test_a_fault_is_told_with_its_line(self, tmp_path: Path, rows: str, message: str) -> None:
        path = tmp_path / "glossary.tsv"
        path.write_text("\t".join(glossary.COLUMNS) + f"\n{rows}\n", encoding="utf-8")
        problems = glossary.read(path)[1]
        assert [problem.line for problem in problems] == [rows.count("\n") + 2]
        assert message in problems[0].message

    def test_other_columns_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "glossary.tsv"
        path.write_text("term\tpt_BR\n", encoding="utf-8")
        assert [problem.rule for problem in glossary.read(path)[1]] == ["glossary"]


# One msgstr each. What comes after an empty line is a block, and a block of its own takes the paragraph's place.
ATTACKS = [
    "<script>attack()</script>",
    "<img src=x onerror=attack()>",
    "[x](javascript:attack())",
    "[x](data:text/html,attack)",
    "{download}`x <../secret.txt>`",
    "{download}`x </../secret.txt>`",
    "[x](../secret.txt)",
    "![x](../secret.txt)",
    "![x](https://evil.example/p.gif)",
    "{{ cycler.__init__.__globals__.os.system('touch attacked') }}",
    "{raw}`<script>attack()</script>`",
    "[x](https://example.org){onclick='attack()'}",
    "```{include} ../secret.txt\n```",
    "```{literalinclude} ../secret.txt\n```",
    "```{raw} html\n<script>attack()</script>\n```",
    "```{raw} html\n:file: ../secret.txt\n```",
    "```{csv-table}\n:file: ../secret.txt\n```",
    "```{figure} ../secret.txt\n```",
    "```{eval-rst}\n.. raw:: html\n\n   <script>attack()</script>\n\n.. include:: ../secret.txt\n```",
    "```{button-link} javascript:attack()\nx\n```",
    "```{button-link} https://evil.example\n:tooltip: '><script>attack()</script>'\nx\n```",
    "```{meta}\n:http-equiv=refresh: 0; url=https://evil.example/\n```",
    "<div onclick='attack()'>x</div>",
    "```{file} attack.sh\n\nattack\n```",
]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site built without any check from catalogues that attack it, with the settings of this guide."""
    root = tmp_path_factory.mktemp("attacked")
    for name in ("conf.py", "docutils.conf"):
        shutil.copy(ROOT / name, root)
    for name in ("_ext", "_l10n", "_static", "_templates", "_theme"):
        shutil.copytree(ROOT / "docs" / name, root / "docs" / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "secret.txt").write_text("the secret\n", encoding="utf-8")
    paragraphs = "".join(f"Paragraph {number}.\n\n" for number in range(2 * len(ATTACKS)))
    (root / "docs" / "index.md").write_text(f"# Attacked\n\n{paragraphs}", encoding="utf-8")
    interface = polib.pofile(str(Layout(ROOT).catalogue("pt_BR", "interface")))
    for entry in interface:
        entry.msgstr = "<script>attack()</script>\"><img src=x onerror='attack()'>"
    file = polib.POFile(wrapwidth=0)
    file.metadata = interface.metadata
    for number, attack in enumerate(ATTACKS):
        file.append(polib.POEntry(msgid=f"Paragraph {2 * number}.", msgstr=attack))
        file.append(polib.POEntry(msgid=f"Paragraph {2 * number + 1}.", msgstr=f"Text {attack}\n\n{attack}"))
    catalogue = Layout(root).catalogue("pt_BR", "index")
    catalogue.parent.mkdir(parents=True)
    file.save(str(catalogue))
    interface.save(str(catalogue.with_name("interface.po")))
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "dirhtml", "-c", str(root), "-D", "language=pt_BR"]
    run = subprocess.run(
        [*command, str(root / "docs"), str(root / "site")], cwd=root, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return root


@pytest.mark.slow
class TestClosedBuild:
    """With the checks off, an attack publishes nothing and runs nothing."""

    def test_the_translations_are_in(self, attacked: Path) -> None:
        assert page(attacked).get_text().count("Text") >= len(ATTACKS)

    def test_nothing_ran(self, attacked: Path) -> None:
        assert not list(attacked.rglob("attacked"))

    def test_no_file_is_published(self, attacked: Path) -> None:
        leaked = [
            path for path in (attacked / "site").rglob("*") if path.is_file() and b"the secret" in path.read_bytes()
        ]
        assert leaked == []

    def test_no_script_is_published(self, attacked: Path) -> None:
        for tag in page(attacked).find_all(True):
            assert tag.name != "script" or "attack" not in tag.get_text()
            assert not [name for name in tag.attrs if name.lower().startswith("on")]
            addresses = [str(tag.attrs[name]) for name in ("href", "src", "action", "content") if name in tag.attrs]
            assert not [address for address in addresses if address.lower().startswith(("javascript:", "data:text"))]
            assert not tag.has_attr("http-equiv")
            assert tag.name != "img" or "evil" not in str(tag["src"])


def page(root: Path) -> BeautifulSoup:
    return BeautifulSoup((root / "site" / "index.html").read_text(encoding="utf-8"), "html.parser")
