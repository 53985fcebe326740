"""Time zones to choose from, by their cities."""

from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import get_timezone_location
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older

from lms.kernel.i18n import lazy_gettext as _l

_AREAS: dict[str, Any] = {
    "Africa": _l("Africa"),
    "America": _l("The Americas"),
    "Antarctica": _l("Antarctica"),
    "Arctic": _l("The Arctic"),
    "Asia": _l("Asia"),
    "Atlantic": _l("The Atlantic"),
    "Australia": _l("Australia"),
    "Europe": _l("Europe"),
    "Indian": _l("The Indian Ocean"),
    "Pacific": _l("The Pacific"),
}


@cache
def zone_choices(language: str) -> list[SelectChoice]:
    """Today's zones by their cities, in groups; UTC first. The browser may add an older name of its own."""
    locale = Locale.parse(language)
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    zones = [line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#")]
    choices = [
        SelectChoice(
            zone,
            get_timezone_location(zone, locale=locale, return_city=True),
            optgroup=str(_AREAS[zone.partition("/")[0]]),
        )
        for zone in zones
    ]
    return [
        SelectChoice("UTC", "UTC"),
        *sorted(choices, key=lambda each: (each.optgroup or "", (each.label or "").casefold())),
    ]
