"""Parts of reading an article: blocks, titles, names, page data, choice."""

import inspect

import pytest
from lxml.html import document_fromstring, fromstring
from readability import Document

from corpus.pages.articles import read_article
from corpus.pages.blocks import page_lines, survey, units
from corpus.pages.bylines import find_bylines
from corpus.pages.choosing import Readable, likeness, shingles
from corpus.pages.markup import parse_markup
from corpus.pages.pagedata import page_data
from corpus.pages.titles import find_title
from tests.captured import RECORDED

SENTENCE = "去年十二月，港城夜校只有十一名学生，上个星期教室里坐了九十四个人。"
ENGLISH = "The evening classes at the harbour school had eleven pupils in December, and ninety-four last week."
LD = '<script type="application/ld+json">{}</script>'
LINKS = "<ul>" + "".join(f"<li><a href=/{n}>Ferry timetable number {n}</a></li>" for n in range(12)) + "</ul>"


def test_the_article_is_chosen_and_links_and_comments_are_not() -> None:
    article = f"<div id=main><div class=body><p>{ENGLISH * 2}</p><p>{ENGLISH}</p></div>{LINKS}</div>"
    comments = f"<div class=comments><p>{ENGLISH * 9}</p></div>"
    found = survey(document_fromstring(f"<body><div id=top>{LINKS}</div>{article}{comments}</body>"))
    assert found.article == (ENGLISH * 2, ENGLISH)
    assert len(found.lines) > 24 and 0 < found.link_share < 1


def test_line_breaks_end_lines_and_what_is_hidden_is_not_printed() -> None:
    page = document_fromstring(
        "<body>one<br>two <b>and</b> three<p hidden>no</p><p style='display:none'>no</p><script>no</script></body>"
    )
    assert page_lines(page) == ["one", "two and three"]
    assert units("三个字 and two words") == 6


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>New pupils - The Daily</title>", "<h1>The Daily</h1><h2>New pupils</h2>", "New pupils"),
        ("<title>夜校来了新同学_港城新闻网</title>", "", "夜校来了新同学"),
        ("<title>夜校来了新同学 - 生活 - 港城新闻网</title>", "<h1>夜校来了新同学</h1>", "夜校来了新同学"),
        ("<title>港城新闻网-新闻中心</title>", "<h1>夜校来了新同学们</h1>", "夜校来了新同学们"),
        ("<title>正文</title>", "<h1>港城晚报</h1><h2>夜校来了一班新同学</h2>", "夜校来了一班新同学"),
        ("<title>某市人民政府</title>", "<div class=title>夜校来了一班新同学</div>", "夜校来了一班新同学"),
        ("<title>Harbour Ledger</title>", "<h1>New pupils at the night school</h1>", "New pupils at the night school"),
        ("<title>Harbour Ledger | New pupils at the night school</title>", "", "New pupils at the night school"),
        ("<title>港城新闻 - 夜校来了一班新同学</title>", "", "夜校来了一班新同学"),
        ("<title>夜校来了-一班新同学-评论-港城网</title>", "<p>夜校来了-一班新同学</p>", "夜校来了-一班新同学"),
        ("<title>Les élèves travaillent-ils trop peu ?</title>", "", "Les élèves travaillent-ils trop peu ?"),
        ("<title>诗三首_副刊</title>", "<h1>诗三首</h1>", "诗三首"),
        ("<title>Home</title>" + LD.format('{"@type": "Report", "headline": "New pupils"}'), "", "New pupils"),
        ("", "<h1>Only a heading</h1>", "Only a heading"),
        ("", "<p>nothing</p>", None),
    ],
)  # fmt: skip
def test_titles(head: str, body: str, title: str | None) -> None:
    tree = document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    assert find_title(tree, page_data(tree), page_lines(tree)) == title


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ([f"港城1月16日电（记者 苏小舟 何田）{SENTENCE}", SENTENCE], ("苏小舟", "何田")),
        ([f"〔記者蘇小舟、何田／海灣報導〕{SENTENCE}"], ("蘇小舟", "何田")),
        ([f"（海灣社記者蘇小舟海灣16日電）{SENTENCE}"], ("蘇小舟",)),
        (["記者蘇小舟／海灣報導", SENTENCE], ("蘇小舟",)),
        (["文/苏小舟", SENTENCE], ("苏小舟",)),
        ([SENTENCE, SENTENCE, "本报记者 苏小舟"], ("苏小舟",)),
        ([SENTENCE, "（责任编辑：何田）"], ()),
        ([SENTENCE, "（圖／記者何田攝）"], ()),
    ],
)
def test_chinese_names_stand_in_the_text(lines: list[str], names: tuple[str, ...]) -> None:
    tree = document_fromstring("<html><body></body></html>")
    assert find_bylines(tree, page_data(tree), lines, lines) == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("（记者 何 田 通讯员 苏 舟）", ("何田", "苏舟")),
        ("海湾社港城1月16日电（记者 何 田 苏小舟）", ("何田", "苏小舟")),
        ("海湾网港城1月16日电(何田 苏小舟)", ("何田", "苏小舟")),
        ("作者：何　田", ("何田",)),
        ("本报记者 何田 通讯员 苏舟", ("何田", "苏舟")),
        ("（记者何田、实习生苏舟）", ("何田", "苏舟")),
        ("港城客户端 通讯员 何田 记者 苏舟", ("何田", "苏舟")),
        ("2025-01-16 10:00 港城网 记者 何田", ("何田",)),
        ("港城网 2025-01-16 15:30:12 文/何田 图/苏舟", ("何田",)),
        ("2025/01/16 10:20 記者蘇小舟／海灣報導", ("蘇小舟",)),
        ("地方中心／高雄報導", ()),
        ("來源：港城晚報 記者 何田 攝影 蘇舟", ("何田",)),
        ("港城晚报记者何田报道", ("何田",)),
        ("港城经济报道记者何田 海湾报道", ("何田",)),
        ("特约撰稿 何田 发自海湾", ("何田",)),
        ("■本报首席记者 欧阳小舟", ("欧阳小舟",)),
        ("采写：港城晚报记者 何田", ("何田",)),
        ("采写/何田", ("何田",)),
        ("文字：何田", ("何田",)),
        ("口述：王女士 整理：何田", ("何田",)),
        ("监制丨钱五 制片人丨孙六 记者丨何田 苏小舟", ("何田", "苏小舟")),
        ("作者：何田，某大学新闻学院教授", ("何田",)),
        ("（作者：何田，系某研究院研究员）", ("何田",)),
        ("(作者为某大学副教授 何田)", ("何田",)),
        ("撰稿：何田；校对：钱五", ("何田",)),
        ("何田/港城青年报", ("何田",)),
        ("【编译/港城网 何田】", ("何田",)),
        ("作者：小舟不系", ("小舟不系",)),
        ("每日记者：何田 每日编辑：钱五", ("何田",)),
        ("截至记者发稿时，校方尚未就相关问题作出回应。", ()),
        ("截至记者发稿，校方尚未回应", ()),
        ("一名记者在现场看到，队伍排到了马路对面。", ()),
        ("本报记者多次致电校方，均无人接听。", ()),
        ("有记者问：夜校还招人吗？", ()),
        ("记者：方便说说吗？", ()),
        ("作者：“写完最后一个字，天已经亮了。”", ()),
        ("作者：不详", ()),
        ("（本报记者对此文亦有贡献）", ()),
        ("图片由通讯员 提供", ()),
        ("海湾社记者何田摄", ()),
    ],
)  # fmt: skip
def test_forms_of_chinese_bylines(line: str, names: tuple[str, ...]) -> None:
    tree = document_fromstring("<html><body></body></html>")
    for lines in ([line, SENTENCE, SENTENCE], [SENTENCE, SENTENCE, line]):
        assert find_bylines(tree, page_data(tree), lines, lines) == names


def test_a_line_that_speaks_of_a_reporter_does_not_hide_the_byline_below() -> None:
    tree = document_fromstring("<html><body></body></html>")
    lines = [SENTENCE, "截至记者发稿时，校方尚未就相关问题作出回应。", "记者丨何田"]
    assert find_bylines(tree, page_data(tree), lines, lines) == ("何田",)


def test_english_names_are_stated_or_marked() -> None:
    for page in (
        '<meta name="author" content="By Nora Fielding and Tom Abara">',
        '<meta name="author" content="Staff reporter"><p class="byline">By Nora Fielding, Tom Abara</p>',
        LD.format('[{"@type": ["NewsArticle"], "author": [{"name": "Nora Fielding"}, "Tom Abara"]}]'),
    ):
        tree = document_fromstring(f"<html><body>{page}</body></html>")
        assert find_bylines(tree, page_data(tree), [], [ENGLISH]) == ("Nora Fielding", "Tom Abara")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Nora Fielding and Tom Abara", ("Nora Fielding", "Tom Abara")),
        ("By NORA FIELDING, TOM ABARA and Ida de la Cruz", ("NORA FIELDING", "TOM ABARA", "Ida de la Cruz")),
        ("By Nora Fielding | January 16, 2025", ("Nora Fielding",)),
        ("By Nora Fielding, January 16, 2025 2:30 pm", ("Nora Fielding",)),
        ("By NORA FIELDING and TOM ABARA, Associated Press", ("NORA FIELDING", "TOM ABARA")),
        ("Posted on January 16, 2025 by Nora Fielding", ("Nora Fielding",)),
        ("Posted by Nora 16.01.2025", ("Nora",)),
        ("---- by Nora Fielding", ("Nora Fielding",)),
        ("By The Numbers", ()),
        ("By Thursday, the hall was full.", ()),
        ("By Popular Demand", ()),
    ],
)
def test_english_names_in_print(line: str, names: tuple[str, ...]) -> None:
    tree = document_fromstring("<html><body></body></html>")
    lines = ["New pupils", line, ENGLISH, ENGLISH]
    assert find_bylines(tree, page_data(tree), lines, lines[1:]) == names
    far = ["New pupils", line, *["Menu"] * 20, ENGLISH, ENGLISH]
    assert find_bylines(tree, page_data(tree), far, far[-2:], "New pupils") == names


def test_an_author_told_beside_an_article_is_found_by_its_id() -> None:
    graph = '{"@graph": [{"@type": "Person", "@id": "#n", "name": "Nora Fielding"}, {"@type": "Article", "author": {"@id": "#n"}}]}'
    tree = document_fromstring(f"<html><body>{LD.format(graph)}</body></html>")
    assert find_bylines(tree, page_data(tree), [], [ENGLISH]) == ("Nora Fielding",)


def test_authors_of_other_articles_are_not_taken() -> None:
    own = "<article><p class=byline>By <span class=author>Nora Fielding</span> and <span class=author>Tom Abara</span></p></article>"
    others = "<div class=related><p class=author>Ida Cruz</p></div><footer><p class=author>Bo Lind</p></footer>"
    teaser = f"<div>{'<div>' * 5}<p class=author>Ada Quist</p>{'</div>' * 5}</div>"
    for page, names in ((own + teaser + others, ("Nora Fielding", "Tom Abara")), (others, ())):
        tree = document_fromstring(f"<html><body><div id=a><div><div>{page}</div></div></div></body></html>")
        assert find_bylines(tree, page_data(tree), [], [ENGLISH]) == names


def test_the_names_of_the_site_and_of_agencies_are_no_authors_beside_people() -> None:
    for author in (
        "Nora Fielding, Associated Press",
        "Nora Fielding | Harbour Daily",
        "Nora Fielding for Harbour Times",
    ):
        meta = f'<meta property="og:site_name" content="Harbour Daily"><meta name="author" content="{author}">'
        tree = document_fromstring(f"<html><head>{meta}</head><body></body></html>")
        assert find_bylines(tree, page_data(tree), [], [ENGLISH]) == ("Nora Fielding",)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("（海灣社記者蘇小舟華盛頓14日專電）", ("蘇小舟",)),
        ("苏小舟 报道", ("苏小舟",)),
        ("Author, 苏小舟", ("苏小舟",)),
        ("——作者手记", ()),
        ("作者最新文章", ()),
        ("2025-01-16 10:35港城報 記者蘇小舟／即時報導", ("蘇小舟",)),
    ],
)
def test_more_forms_of_chinese_bylines(line: str, names: tuple[str, ...]) -> None:
    tree = document_fromstring("<html><body></body></html>")
    lines = [line, SENTENCE, SENTENCE]
    assert find_bylines(tree, page_data(tree), lines, lines) == names


def test_the_byline_directly_above_a_text_beats_one_below() -> None:
    tree = document_fromstring("<html><body></body></html>")
    lines = ["夜校来了新同学", "記者蘇小舟／海灣報導", *["菜单"] * 20, SENTENCE, SENTENCE, "（記者何田／海灣報導）"]
    assert find_bylines(tree, page_data(tree), lines, lines[-3:], "夜校来了新同学") == ("蘇小舟",)


def test_page_data_is_bounded() -> None:
    deep = '<script type="application/ld+json">' + "[" * 500 + "]" * 500 + "</script>"
    big = '<script type="application/ld+json">{"@type":"NewsArticle","x":"' + "y" * (3 << 20) + '"}</script>'
    wrapped = '<script type="application/ld+json"><!-- {"@type":"NewsArticle","headline":"a\nb"} --></script>'
    data = page_data(document_fromstring(f"<html><body>{deep}{big}{wrapped}</body></html>"))
    assert [one.get("headline") for one in data.articles()] == ["a b"]


def test_extractors_are_compared_by_shingles() -> None:
    assert likeness(shingles(SENTENCE), shingles(SENTENCE)) == 1
    assert likeness(shingles(SENTENCE), shingles(ENGLISH)) == 0
    assert likeness(shingles(""), shingles("")) == 0
    found = read_article(f"<body><p>{ENGLISH}</p><p>{ENGLISH}</p></body>", None)
    assert found and found.agreement > 0.9 and found.text == f"{ENGLISH}\n{ENGLISH}"


def test_markup_of_any_depth_is_read() -> None:
    page = parse_markup("<div>" * 3000 + "<p>&lt;kept&gt;</p>")
    assert page and page.truncated and page_lines(page.tree) == ["<kept>"]
    shallow = parse_markup("<p>unclosed" * 3000)
    assert shallow and not shallow.truncated
    assert parse_markup("") is None


def test_readability_parses_where_ours_steps_in_and_reads_the_same_lines_without_it() -> None:
    theirs = getattr(Document, "_parse", None)
    assert theirs and len(inspect.signature(theirs).parameters) == len(inspect.signature(Readable._parse).parameters), (
        "readability parses otherwise now: see Readable in corpus/pages/choosing.py"
    )
    nuisance = "<style>p {}</style>a<link rel=x>b<script>1</script>c<p onclick=x()><a href='javascript:x()'>more</a>"
    pages = [f"<base href=/b/><body><div class=comment style=color:red>{nuisance}</div>{LINKS}<p>{ENGLISH * 9}"]
    pages += [path.read_text("utf-8", "replace") for path in sorted(RECORDED.glob("article/*/input.html"))]
    read = 0
    for page in map(parse_markup, pages):
        if page is not None:
            with_cleaner, without = (
                page_lines(fromstring(one(page.tree).summary(html_partial=True))) for one in (Document, Readable)
            )
            assert without == with_cleaner
            read += bool(without)
    assert read > 4
