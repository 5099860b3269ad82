"""The candidate's pages in eight languages, with nothing missing in any."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import CandidateFactory, LinkFactory, make_interview

ROOT = Path(__file__).parent.parent.parent
CATALOGS = [code for code, _ in settings.LANGUAGES if code != "en"]
# A catalog keeps these between a text and its context, and between a text and its plural.
CONTEXT, PLURAL = "\x04", "\x00"


def texts_of_templates() -> set[str]:
    found = set()
    for path in (ROOT / "templates").rglob("*"):
        if path.suffix not in (".html", ".txt"):
            continue
        body = path.read_text()
        found |= {text for _, text in re.findall(r"{% translate (['\"])(.*?)\1", body)}
        for block in re.findall(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", body):
            named = re.sub(r"{{ (\w+) }}", r"%(\1)s", block)
            found.add(PLURAL.join(named.split("{% plural %}")))
    return found


def texts_of_code() -> set[str]:
    found = set()
    for path in (ROOT / "scheduling").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                if node.func.id in ("_", "gettext", "gettext_lazy", "pgettext"):
                    found.add(CONTEXT.join(map(str, words)))
    return found


def catalog(code: str) -> dict[str, list[str]]:
    """What the compiled catalog says for each text, all its plural forms."""
    with (ROOT / f"locale/{code}/LC_MESSAGES/django.mo").open("rb") as file:
        kept = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # there is no public way to all
    found: dict[str, list[str]] = {}
    for key, words in kept.items():
        found.setdefault(key[0] if isinstance(key, tuple) else key, []).append(words)
    return found


def source(code: str) -> dict[str, list[str]]:
    """The same, as the catalog's source has it."""
    found: dict[str, list[str]] = {}
    context = key = ""
    for line in (ROOT / f"locale/{code}/LC_MESSAGES/django.po").read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "msgctxt":
            context = ast.literal_eval(rest) + CONTEXT
        elif word == "msgid":
            key, context = context + ast.literal_eval(rest), ""
        elif word.startswith("msgstr"):
            found.setdefault(key, []).append(ast.literal_eval(rest))
    return found


@pytest.mark.parametrize("code", CATALOGS)
def test_says_everything_in_every_language(code: str) -> None:
    singular = {text.split(PLURAL)[0] for text in texts_of_templates() | texts_of_code()}

    assert len(singular) > 90
    assert singular - set(catalog(code)) == set()
    assert [text for text, words in catalog(code).items() if not all(words)] == []


@pytest.mark.parametrize("code", CATALOGS)
def test_keeps_the_placeholders(code: str) -> None:
    def names(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)s", text))

    wrong = [text for text, words in catalog(code).items() if text and any(names(w) != names(text) for w in words)]

    assert wrong == []


@pytest.mark.parametrize("code", CATALOGS)
def test_is_compiled_from_its_source(code: str) -> None:
    compiled = {text: words for text, words in catalog(code).items() if text}

    assert compiled == {text: words for text, words in source(code).items() if text}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("fr", "vous êtes invité"),
        ("es", "tiene una invitación"),
        ("de", "Sie sind eingeladen"),
        ("nl", "u bent uitgenodigd"),
        ("pt", "você recebeu um convite"),
        ("it", "ha ricevuto un invito"),
        ("uk", "Вас запрошено"),
    ],
)
def test_speaks_the_browsers_language(db: None, code: str, words: str) -> None:
    link = LinkFactory(candidate=CandidateFactory(name="Zoë Quill"))

    response = Client().get(link.get_absolute_url(), headers={"accept-language": f"{code}-XX,{code};q=0.9,en;q=0.1"})

    page = response.content.decode()
    assert words in page
    assert f'<html lang="{code}"' in page


def test_remembers_the_chosen_language(db: None) -> None:
    link, visitor = LinkFactory(), Client(headers={"accept-language": "fr"})

    visitor.get(f"{link.get_absolute_url()}?lang=uk")

    assert "Оберіть час" in visitor.get(link.get_absolute_url()).content.decode()


def test_writes_dates_the_languages_way(db: None) -> None:
    link = LinkFactory()
    interview = make_interview(link.candidate, link=link)
    assert interview.starts_at is not None

    page = Client().get(f"{link.get_absolute_url()}?lang=es").content.decode()

    assert f" de {interview.starts_at.year}, " in page


@pytest.mark.parametrize("language", ["xx", "../de", "de" * 500, ""])
def test_falls_back_to_english(db: None, language: str) -> None:
    link = LinkFactory()

    response = Client().get(f"{link.get_absolute_url()}?lang={language}", headers={"accept-language": language})

    assert "Choose a time" in response.content.decode()


def test_leaves_the_desk_in_english(charlie: Client) -> None:
    response = charlie.get("/", headers={"accept-language": "de"}, follow=True)

    assert '<html lang="en"' in response.content.decode()
