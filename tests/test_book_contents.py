"""What the pages of the website that are no lessons say, against the data that they are made of."""

import re
from pathlib import Path

import pytest
import website
from book_site import LESSONS, PAGES, TOC, cells, soup
from bs4 import Tag
from course_site.content.speed import CASES
from course_site.output.descriptions import shortened

from rmsprop_course.benchmark import load_results
from rmsprop_course.conventions import CONVENTIONS, NAMES
from rmsprop_course.literature import SYMBOLS, TERMS
from rmsprop_course.literature._table import plain

DESCRIBED = [page for page in PAGES if page != "index.html"]  # which sends to the first page
MAP_ROW = re.compile(r"^\| (\d\d) \| \[(.+)\]\((.+)\.ipynb\) \| (.+) \|$", re.MULTILINE)


def article(site: Path, name: str) -> Tag:
    """The page's own text: no menus."""
    return soup(site / f"{name}.html").article


def head(site: Path, page: str) -> Tag:
    return soup(site / page).head


def meta(site: Path, page: str, name: str) -> str:
    """What the page's only element of that name says."""
    (found,) = head(site, page).find_all("meta", {"name": name}) or head(site, page).find_all(
        "meta", {"property": name}
    )
    return found["content"]


def text(tag: Tag) -> str:
    """Its words; the site sets a typewriter's apostrophe as a curly one."""
    return " ".join(tag.get_text().replace("’", "'").split())


def rows(table: Tag) -> list[list[str]]:
    return [[text(cell) for cell in row.find_all(["td", "th"])] for row in table.find_all("tr")]


def first_cell(document: str) -> str:
    return cells(document)[0].source


def minutes(document: str) -> int:
    return int(re.search(r"\*\*Time\*\* (\d+) minutes", first_cell(document))[1])


# --- The first page ---


@pytest.fixture(scope="module")
def seen_first(browser, site_url):
    """The first page as it opens on a screen of a given size."""

    def open_it(width: int, height: int):
        page = browser.new_page(viewport={"width": width, "height": height})
        opened.append(page)
        page.goto(f"{site_url}/book/index.html")
        return page

    opened = []
    yield open_it
    for page in opened:
        page.close()


FOLD = """selector => [...document.querySelectorAll(selector)].map(
    element => Math.round(element.getBoundingClientRect().bottom))"""


def test_a_large_screen_shows_what_for_whom_where_to_start_and_a_playground(seen_first):
    page = seen_first(1280, 900)
    for above, count in {"h1": 1, ".landing-lead p": 2, ".landing-start a": 3}.items():
        bottoms = page.evaluate(FOLD, f"article {above}")
        assert len(bottoms) == count and max(bottoms) < 400
    pictures = page.evaluate(FOLD, ".rmsprop-figure .panels > svg")
    assert len(pictures) == 2 and max(pictures) < 900


def test_a_phone_shows_what_for_whom_where_to_start_and_the_paths(seen_first):
    page = seen_first(360, 800)
    assert max(page.evaluate(FOLD, "article h1, .landing-lead p, .landing-start a")) < 560
    assert page.evaluate(FOLD, ".rmsprop-figure .panels > svg")[0] < 800


def test_the_playground_on_the_first_page_answers(seen_first):
    figure = seen_first(1280, 900).locator(".rmsprop-figure")
    before = figure.get_by_role("status").inner_text()
    figure.get_by_label("learning rate").press("ArrowRight")
    assert figure.get_by_role("status").inner_text() != before


def test_the_table_of_contents_comes_to_the_first_page_when_called(seen_first):
    for size in ((1280, 900), (360, 800)):
        page = seen_first(*size)
        glossary = page.get_by_role("link", name="Glossary", exact=True)
        assert not glossary.is_visible()
        page.locator("button.primary-toggle:visible").click()
        glossary.wait_for()


def test_the_first_page_has_a_button_that_searches(seen_first):
    page = seen_first(1280, 900)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("searchbox").fill("half-life")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/search.html?q=half-life")


def test_the_first_page_says_the_title_of_the_site_once(site):
    assert (
        head(site, "book/index.html").title.get_text() == article(site, "book/index").h1.contents[0]
    )


def test_the_start_buttons_lead_to_the_lessons_the_optimizer_and_the_classroom(site):
    links = article(site, "book/index").select(".landing-start a")
    assert [link["href"] for link in links] == [
        "../notebooks/00_start_here.html",
        "migration.html",
        "instructors.html",
    ]


def test_the_first_page_needs_no_mathematics(site):
    assert "mathjax/" not in (site / "book" / "index.html").read_text(encoding="utf-8")


def test_the_first_page_lists_the_lessons_with_the_questions_of_the_readme(site):
    listed = [
        (text(item).split()[0], text(item.a), item.a["href"], text(item))
        for item in article(site, "book/index").select(".lesson-part li")
    ]
    readme = MAP_ROW.findall((website.ROOT / "README.md").read_text(encoding="utf-8"))
    assert [document for _, _, document, _ in readme] == LESSONS
    assert [row[:3] for row in listed] == [
        (number, title, f"../{document}.html") for number, title, document, _ in readme
    ]
    for (*_, document, question), (*_, said) in zip(readme, listed, strict=True):
        assert said.endswith(f"{question} {minutes(document)} min")


def test_the_first_page_groups_the_lessons_as_the_table_of_contents_does(site):
    parts = {
        text(part.select_one(".rubric")): [
            link["href"].removeprefix("../").removesuffix(".html") for link in part.select("li a")
        ]
        for part in article(site, "book/index").select(".lesson-part")
    }
    chapters = {
        part["caption"]: [chapter["file"] for chapter in part["chapters"]] for part in TOC["parts"]
    }
    in_contents = {
        caption: [file for file in files if file in LESSONS] for caption, files in chapters.items()
    }
    assert parts == {caption: files for caption, files in in_contents.items() if files}


def test_the_speeds_are_those_that_were_recorded(site):
    header, *shown = rows(article(site, "book/index").table)
    reports = list(load_results().values())
    assert header[1:] == [report.device for report in reports]
    assert [row[0] for row in shown] == list(CASES.values())
    for case, row in zip(CASES, shown, strict=True):
        for report, cell in zip(reports, row[1:], strict=True):
            of_case = [it for it in report.rows if it.case == case and it.variant == "plain"]
            times = {it.optimizer: it.median_ms for it in of_case}
            numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", cell)]
            theirs = min(times["torch default"], times["torch foreach"])
            assert numbers[:2] == pytest.approx([theirs, times["ours fused"]], rel=6e-3)
            assert numbers[2] == pytest.approx(theirs / times["ours fused"], rel=0.03)


# --- How to use this book ---


def reading_paths(site: Path) -> dict[str, tuple[list[str], str]]:
    """Numbers of the lessons and the time, by the aim."""
    ways = article(site, "book/how_to_use").find_all("table")[-1]
    return {aim: (lessons.split(" · "), time) for aim, lessons, time in rows(ways)[1:]}


def test_a_way_through_the_book_holds_what_its_lessons_need(site):
    by_number = {Path(document).name[:2]: document for document in LESSONS}
    ways = reading_paths(site)
    assert len(ways) == 7 and list(by_number) in [lessons for lessons, _ in ways.values()]
    for aim, (lessons, _) in ways.items():
        for number in lessons:
            needs = (
                first_cell(by_number[number]).partition("**You need**")[2].partition("**Time")[0]
            )
            missing = set(re.findall(r"\b\d\d\b", needs)) - set(lessons)
            assert not missing, f"{aim}: lesson {number} needs {missing}"


def test_a_way_through_the_book_takes_as_long_as_its_lessons(site):
    by_number = {Path(document).name[:2]: document for document in LESSONS}
    for lessons, time in reading_paths(site).values():
        said = re.fullmatch(r"(?:(\d+) h)? ?(?:(\d+) min)?", time)
        hours, rest = (int(part or 0) for part in said.groups())
        assert 60 * hours + rest == sum(minutes(by_number[number]) for number in lessons)


def test_without_a_repository_nothing_is_said_of_running_a_lesson_elsewhere(site):
    said = text(article(site, "book/how_to_use"))
    assert "make lab" in said
    assert "Binder" not in said and "Colab" not in said


# --- The glossary ---


def entries(site: Path, place: int) -> list[tuple[Tag, Tag]]:
    listed = article(site, "book/glossary").find_all("dl")[place]
    return list(zip(listed.find_all("dt"), listed.find_all("dd"), strict=True))


@pytest.mark.parametrize(("place", "known"), [(0, SYMBOLS), (1, TERMS)], ids=["symbols", "terms"])
def test_the_glossary_has_every_entry_with_all_that_is_known_of_it(site, place, known):
    shown = entries(site, place)
    assert [text(name).removesuffix("#") for name, _ in shown] == [entry.name for entry in known]
    for (_, said), entry in zip(shown, known, strict=True):
        meaning, facts = map(text, said.find_all("p"))
        assert meaning == " ".join(entry.meaning.split())
        assert facts.endswith(f"From lesson {entry.lesson} on.")
        assert all(name in facts for name in entry.elsewhere)
        assert ("Units: " in facts) == (entry.units not in ("", "none"))
        assert entry.units in facts or (entry.units == "none" and "A plain number." in facts)


@pytest.mark.parametrize(("place", "known"), [(0, SYMBOLS), (1, TERMS)], ids=["symbols", "terms"])
def test_an_entry_of_the_glossary_leads_to_its_lesson(site, place, known):
    links = [said.find_all("p")[1].a["href"] for _, said in entries(site, place)]
    assert [Path(link).name[:2] for link in links] == [entry.lesson for entry in known]


def test_an_entry_of_the_glossary_has_an_anchor_that_says_its_name(site):
    anchors = [name["id"] for place in (0, 1) for name, _ in entries(site, place)]
    assert len(set(anchors)) == len(SYMBOLS) + len(TERMS)
    assert {"symbol-gamma", "symbol-v0", "symbol-lambda-star", "term-half-life"} <= set(anchors)
    assert all(re.fullmatch(r"(symbol|term)(-[A-Za-z0-9]+)+", anchor) for anchor in anchors)


def test_letters_lead_to_the_first_term_that_begins_with_them(site):
    letters = article(site, "book/glossary").select(".glossary-letters a")
    names = {name["id"]: text(name) for name, _ in entries(site, 1)}
    firsts = {text(letter): names[letter["href"].removeprefix("#")][0] for letter in letters}
    assert set(firsts) == {entry.name[0].upper() for entry in TERMS}
    assert all(letter == first.upper() for letter, first in firsts.items())


# --- Conventions ---


def test_the_conventions_page_holds_every_value_of_every_convention(site):
    *tables, _ = article(site, "book/conventions").find_all("table")
    shown = {name: "" for name in CONVENTIONS}
    for table in tables:
        for name, *values in rows(table)[1:]:
            shown[name] += " | ".join(["", *values])
    words = {True: "inside the root", False: "outside"}
    buffer = {True: "in the buffer", False: "after the buffer", None: "–"}
    for entry in CONVENTIONS.values():
        first = (words[entry.eps_inside_sqrt], entry.eps, entry.initial_square_avg)
        defaults = (entry.decay, entry.learning_rate, entry.momentum, entry.centered)
        expected = [*first, buffer[entry.lr_in_momentum], *defaults, entry.weight_decay_kind]
        assert shown[entry.name] == " | ".join(["", *map(plain, expected), entry.source])


def test_the_conventions_page_holds_the_names_of_each_quantity(site):
    shown = rows(article(site, "book/conventions").find_all("table")[-1])[1:]
    assert shown == [[name.symbol, name.course, ", ".join(name.elsewhere)] for name in NAMES]


def test_the_definition_is_attributed(site):
    said = article(site, "book/conventions")
    links = {link["href"] for link in said.find_all("a")}
    assert "https://creativecommons.org/licenses/by-sa/4.0/" in links
    assert "https://paperswithcode2.com/method/2612" in links
    assert "Papers with Code" in text(said)


# --- What a page says of itself ---


@pytest.mark.parametrize("page", DESCRIBED)
def test_a_page_describes_itself_in_plain_text(site, page):
    said = meta(site, page, "description")
    assert 50 <= len(said) <= 200
    assert not re.search(r"[\\$*`<>{}\n]", said)
    assert said.endswith((".", "?", "…"))
    assert meta(site, page, "og:description") == said


def test_no_two_pages_describe_themselves_alike(site):
    said = [meta(site, page, "description") for page in DESCRIBED]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("document", LESSONS)
def test_a_lesson_describes_itself_by_the_question_that_it_opens_with(site, document):
    hook = first_cell(document).split("\n\n")[1]
    words = re.findall(r"[A-Za-z0-9]{4,}", re.sub(r"\$.*?\$|\*", "", hook))
    said = re.findall(r"[A-Za-z0-9]{4,}", meta(site, f"{document}.html", "description"))
    assert said[:8] == words[:8]


def test_a_page_that_is_shared_shows_its_title(site):
    page = f"{LESSONS[10]}.html"
    assert meta(site, page, "og:title") == "10. Find out what √v computes"
    assert meta(site, page, "og:type") == "article"
    assert meta(site, "book/index.html", "og:type") == "website"


def test_only_a_site_with_an_address_names_it(site):
    assert not head(site, "book/index.html").find("meta", {"property": "og:url"})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("One page.", "One page."),
        (f"One {'long ' * 25}sentence. {'Another ' * 20}", f"One {'long ' * 25}sentence."),
        (f"No. {'word ' * 60}", f"No. {'word ' * 39}".strip() + "…"),
    ],
)
def test_a_description_ends_with_a_sentence_or_a_word(said, expected):
    assert shortened(said) == expected


# --- What is not there ---


@pytest.fixture
def lost(browser, site_url):
    """A page at an address that does not exist, three folders deep."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    answer = page.goto(f"{site_url}/notebooks/no/such/lesson.html")
    assert answer.status == 404
    yield page
    page.close()


def test_the_page_for_what_is_missing_looks_like_the_others_at_any_depth(lost, site_url):
    font = "element => getComputedStyle(element).fontWeight"
    here = lost.locator("article h1").evaluate(font)
    lost.goto(f"{site_url}/book/changelog.html")
    assert lost.locator("article h1").evaluate(font) == here == "600"


def test_the_page_for_what_is_missing_leads_home(lost, site_url):
    lost.get_by_role("link", name="the first page").click()
    assert lost.url == f"{site_url}/book/index.html"


def test_the_page_for_what_is_missing_searches(lost, site_url):
    field = lost.locator("article").get_by_role("searchbox")
    field.fill("half-life")
    field.press("Enter")
    lost.wait_for_url(f"{site_url}/search.html?q=half-life")
    assert lost.locator("#search-results li").first.inner_text()


def test_the_page_for_what_is_missing_lists_the_lessons(site):
    links = [link["href"] for link in article(site, "404").select("li a")]
    assert links == [f"/{document}.html" for document in LESSONS]


def test_the_assignments_are_no_part_of_the_site(site):
    folders = (website.ROOT / "notebooks" / "assignments" / "source").iterdir()
    names = {folder.name for folder in folders}
    assert len(names) >= 4
    assert not [path for path in site.rglob("*") if path.stem in names]
    shown = (path.read_text(encoding="utf-8") for path in site.rglob("*.html"))
    assert not any("assignments/source" in page for page in shown)
