"""Scrapy's settings: the safeguards, what follows from the study file, and the check that nobody has changed either."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from corpus.errors import RefusedError, UserError
from corpus.study import STUDY_FILE, Study, load_study
from spiders.shared import Shared, open_shared, study_of
from spiders.sources import spider_name

BOT_NAME = "huanying"
ROBOTS_TOKEN = "huanying"
SPIDER_MODULES = ["spiders"]
ADDONS = {"spiders.settings.StudyAddon": 0}

SAFEGUARDS: dict[str, Any] = {
    "COOKIES_ENABLED": False,
    "DOWNLOADER": "scrapy.core.downloader.Downloader",
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "spiders.guard.Guard": 40,
        "spiders.courtesy.Courtesy": 50,
        "spiders.archiving.Archiver": 999,
    },
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_FAIL_ON_DATALOSS": False,
    "DOWNLOAD_HANDLERS": {
        "data": None,
        "file": None,
        "ftp": None,
        "http": "spiders.browsing.Browsing",
        "https": "spiders.browsing.Browsing",
        "s3": None,
    },
    "DOWNLOAD_SLOTS": {},
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "EXTENSIONS": {},
    "FEEDS": {},
    "HTTPCACHE_ENABLED": False,
    "HTTPPROXY_ENABLED": False,
    "ITEM_PIPELINES": {},
    "JOBDIR": None,
    "METAREFRESH_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "REFERER_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "RETRY_ENABLED": False,
    "ROBOTSTXT_OBEY": False,
    "SCHEDULER": "spiders.scheduling.Scheduler",
    "SPIDER_MIDDLEWARES": {
        "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
        "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
        "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
        "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
        "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
        "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
        "spiders.scheduling.Collector": 1,
    },
    "TELNETCONSOLE_ENABLED": False,
    "TWISTED_DNS_RESOLVER": "spiders.guard.GuardResolver",
    "TWISTED_REACTOR_ENABLED": True,
}
"""What may not be changed in any way. The stock robots check is off because ours, which fails closed, is in its place;
the frontier follows redirects and tries again, so that each answer is archived and each address judged by itself."""

_UNTOUCHED = (
    "DNS_RESOLVER",
    "DOWNLOADER_MIDDLEWARES_BASE",
    "DOWNLOAD_HANDLERS_BASE",
    "EXTENSIONS_BASE",
    "ITEM_PIPELINES_BASE",
    "SPIDER_MIDDLEWARES_BASE",
)
"""Nobody sets these: by each of them a safeguard could be gone round."""

globals().update(SAFEGUARDS)

CONCURRENT_ITEMS = 1  # nothing goes on from a callback to the engine, and each costs a task a page
CONCURRENT_REQUESTS = 64
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/rss+xml,application/xml;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip, deflate, br",
}
"""The codings are those that the archive's reader undoes."""
LOG_LEVEL = "INFO"
LOG_VERSIONS: list[str] = []
LOGSTATS_INTERVAL = 0
MEMUSAGE_ENABLED = False
WARN_ON_GENERATOR_RETURN_VALUE = False


class StudyAddon:
    """Puts the study into the settings; ``scrapy crawl`` finds it by ``-s STUDY_DIR=`` or in the present folder."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "StudyAddon":
        return cls(crawler)

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """For what is made before any crawler: the resolver."""
        folder = Path(settings.get("STUDY_DIR") or ".")
        if settings.get("STUDY") is None and (folder / STUDY_FILE).is_file():
            settings.set("STUDY", load_study(folder), "project")

    def update_settings(self, settings: BaseSettings) -> None:
        """Complete the settings of one crawler, or refuse to run."""
        study = study_of(self.crawler)
        for name, value in from_study(study).items():
            settings.set(name, value, "project")
        check_safeguards(settings, study)
        if not isinstance(settings.get("SHARED"), Shared):
            name = self.crawler.spidercls.name
            own = sorted(one for one, outlet in study.outlets.items() if spider_name(one, outlet) == name)
            chosen = getattr(self.crawler.spider, "chosen", None) or own
            for name in chosen:
                if name not in study.outlets:
                    raise UserError(
                        f"the study has no source {name!r}", hint=f"it has: {', '.join(sorted(study.outlets))}"
                    )
            settings.set("SHARED", open_shared(study, chosen, own=True), "project")


def from_study(study: Study) -> dict[str, Any]:
    """Settings that follow from the study file."""
    politeness = study.file.politeness
    return {
        "USER_AGENT": user_agent(study),
        "DOWNLOAD_TIMEOUT": politeness.timeout,
        "DOWNLOAD_MAXSIZE": politeness.body_mib << 22,  # the archiver stops at a quarter of this and keeps what came
        "DOWNLOAD_WARNSIZE": 0,
    }


def user_agent(study: Study) -> str:
    """Who asks, for which study, and where to complain."""
    try:
        number = version("huanying")
    except PackageNotFoundError:
        number = "0"
    title = study.file.study.title
    told = title if title.isascii() and title.isprintable() else study.id
    contact = study.file.study.contact.encode("ascii", "ignore").decode()
    return f"Huanying/{number} (+{contact}; {told})"


def check_safeguards(settings: BaseSettings, study: Study) -> None:
    """Raises RefusedError where a safeguard is not as we set it."""
    wanted = {**SAFEGUARDS, **from_study(study)}
    changed = [name for name, value in wanted.items() if _plain(settings.get(name)) != value]
    changed += [name for name in _UNTOUCHED if settings.getpriority(name) not in (None, SETTINGS_PRIORITIES["default"])]
    changed += [name for name in settings if str(name).lstrip("_").startswith("PLAYWRIGHT_")]
    if changed:
        raise RefusedError(
            f"safeguards were changed: {', '.join(sorted(changed))}",
            where="Scrapy's settings",
            hint="they cannot be turned off; take them out of the command, the environment and the spider",
        )


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, BaseSettings) else value
