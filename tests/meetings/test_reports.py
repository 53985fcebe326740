"""Participant reports as Zoom, Teams and BigBlueButton write them, and as people's machines change them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.meetings.exchange.reports import Provider, Report, Unreadable, UnreadableReport, read_report
from lms.meetings.rules import minutes_in

BEGIN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SESSION = (BEGIN, BEGIN + timedelta(minutes=60))
NAIROBI = "Africa/Nairobi"
REGISTRATION = "AbCdEfGhIjKlMnOpQrStUv"

ZOOM = """\
Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent,In Waiting Room
"Okafor, Ada (Ada)",ADA@example.org,11/25/2026 02:55:00 PM,11/25/2026 03:20:00 PM,25,No,Y,No
"Okafor, Ada (Ada)",ada@example.org,11/25/2026 03:30:00 PM,11/25/2026 04:00:00 PM,30,No,Y,No
"Okafor, Ada (phone)",ada@example.org,11/25/2026 03:10:00 PM,11/25/2026 03:25:00 PM,15,Yes,Y,No
iPhone,,11/25/2026 03:00:00 PM,11/25/2026 03:30:00 PM,30,Yes,,No
iPhone,,11/25/2026 03:10:00 PM,11/25/2026 03:40:00 PM,30,Yes,,No
iPhone,,11/25/2026 03:45:00 PM,11/25/2026 03:50:00 PM,5,Yes,,No
Late,late@example.org,11/25/2026 03:00:00 PM,11/25/2026 03:30:00 PM,30,Yes,,Yes
"""
ZOOM_WITH_SUMMARY = """\
Topic,ID,Host name,Host email,Duration (minutes),Start time,End time,Participants
Questions,812 3456 7890,Bo,bo@example.org,62,11/25/2026 02:58:00 PM,11/25/2026 04:00:00 PM,2

Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,Recording disclaimer response,In waiting room
Ada Okafor,ada@example.org,11/25/2026 03:00:00 PM,11/25/2026 03:59:00 PM,59,No,OK,No
"""
ZOOM_UNIQUE = """\
Name (Original Name),User Email,Total Duration (Minutes),Guest
Ada Okafor,ada@example.org,47,No
"""
ZOOM_WEBINAR = """\
Attendee Report
Report Generated:,"Nov 25, 2026 5:00 PM"
Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Registered,# Cancelled,Unique Viewers
Questions,847 5984 1045,"Nov 25, 2026 2:59 PM",61,3,0,2
Host Details,
Attended,User Name (Original Name),Email,Join Time,Leave Time,Time in Session (minutes),Is Guest,Country/Region Name
Yes,Bo,bo@example.org,"Nov 25, 2026 15:00:00","Nov 25, 2026 16:00:00",60,No,Kenya
Attendee Details,
Attended,User Name (Original Name),First Name,Last Name,Email,Registration Time,Approval Status,Join Time,\
Leave Time,Time in Session (minutes),Is Guest,Country/Region Name
Yes,Ada Okafor,Ada,Okafor,ada@example.org,"Nov 20, 2026 10:00:00",approved,"Nov 25, 2026 15:05:00",\
"Nov 25, 2026 15:45:00",40,Yes,Nigeria
No,Px,Px,X,px@example.org,"Nov 20, 2026 10:00:00",approved,--,--,--,--,Ghana
"""
TEAMS = """\
1. Summary
Meeting title\tQuestions
Attended participants\t2
Start time\t11/25/26, 2:58:00 PM
End time\t11/25/26, 4:00:30 PM
Meeting duration\t1h 2m 30s
Average attendance time\t40m

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
Ada Okafor\t11/25/26, 3:00:00 PM\t11/25/26, 4:00:00 PM\t45m\tada@example.org\tada@example.org\tPresenter
Chi (Guest)\t11/25/26, 3:00:00 PM\t11/25/26, 3:30:00 PM\t30m\t\t\tAttendee
Dee Fernández\t11/25/26, 3:00:00 PM\t11/25/26, 3:10:00 PM\t10m\t\tdee@example.org\tAttendee

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
Ada Okafor\t11/25/26, 3:00:00 PM\t11/25/26, 3:20:00 PM\t20m\tada@example.org\tPresenter
Ada Okafor\t11/25/26, 3:35:00 PM\t11/25/26, 4:00:00 PM\t25m\tada@example.org\tPresenter
Chi (Guest)\t11/25/26, 3:00:00 PM\t11/25/26, 3:30:00 PM\t30m\t\tAttendee
Dee Fernández\t11/25/26, 3:00:00 PM\t11/25/26, 3:10:00 PM\t10m\t\tAttendee
"""
TEAMS_IN_FRENCH = """\
1. Résumé
Titre de la réunion\tQuestions

2. Participants
Nom\tPremière participation\tDernière sortie\tDurée en réunion\tE-mail\tID du participant (UPN)\tRôle
Ada Okafor\t25/11/2026, 15:00:00\t25/11/2026, 16:00:00\t45 min 10 s\tada@example.org\tada@example.org\tPrésentateur
"""
TEAMS_OLD = """\
Meeting Summary
Total Number of Participants\t1
Meeting Title\tQuestions

Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)
Ada Okafor\t11/25/2026, 3:00:00 PM\t11/25/2026, 3:20:00 PM\t20m\tada@example.org\tAttendee\tada@example.org
Ada Okafor\t11/25/2026, 3:30:00 PM\t11/25/2026, 3:50:00 PM\t20m\tada@example.org\tAttendee\tada@example.org
"""
BBB_HEAD = (
    "Name,Moderator,Activity Score,Talk Time,Webcam Time,Messages,Reactions,Poll Votes,Raise Hands,Join,Left,Duration"
)
BBB = f"""\
{BBB_HEAD},Which one?
"Ada Okafor [{REGISTRATION}]","FALSE","3.4","00:01:10","-","2","0","1","0",\
"11/25/2026, 03:00:10 PM","11/25/2026, 03:59:00 PM","00:41:30","A"
"Bo","TRUE","0","00:20:00","-","2","0","-","0","11/25/2026, 02:50:10 PM","-","01:10:00","-"
"Anonymous","","","","","","","","","","","","Yes
No"
"""
BBB_IN_FRENCH = (
    BBB.replace(
        BBB_HEAD,
        "Nom,Modérateur,Score d'activité,Temps de parole,Webcam,Messages,Réactions,Votes,Mains levées,"
        "Rejoint,Sortie,Durée",
    )
    .replace("11/25/2026, 03", "25/11/2026 15")
    .replace("11/25/2026, 02", "25/11/2026 14")
    .replace(" PM", "")
)


def read(text: str, zone: str = NAIROBI, encoding: str = "utf-8") -> Report:
    return read_report(text.encode(encoding), zone, SESSION)


def people(report: Report) -> list[tuple[str, str, int]]:
    return [(each.name, each.addresses[0] if each.addresses else "", minutes_in(each.spans)) for each in report.lines]


def test_zoom_puts_reconnections_and_two_devices_together() -> None:
    report = read(ZOOM)
    assert report.provider is Provider.ZOOM
    assert people(report) == [
        ("Okafor, Ada (Ada)", "ada@example.org", 60),
        ("iPhone", "", 35),
        ("iPhone", "", 30),
    ], "two of one name at once are two; who waited outside was not there"
    ada = report.lines[0]
    assert ada.spans == (
        (BEGIN - timedelta(minutes=5), BEGIN + timedelta(minutes=25)),
        (BEGIN + timedelta(minutes=30), BEGIN + timedelta(minutes=60)),
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ZOOM_WITH_SUMMARY, [("Ada Okafor", "ada@example.org", 59)]),
        (ZOOM_UNIQUE, [("Ada Okafor", "ada@example.org", 47)]),
        (ZOOM_WEBINAR, [("Bo", "bo@example.org", 60), ("Ada Okafor", "ada@example.org", 40)]),
    ],
)
def test_zoom_in_its_other_shapes(text: str, found: list[tuple[str, str, int]]) -> None:
    assert (read(text).provider, people(read(text))) == (Provider.ZOOM, found)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
def test_teams_by_connection(encoding: str) -> None:
    report = read(TEAMS, encoding=encoding)
    assert report.provider is Provider.TEAMS
    assert people(report) == [
        ("Ada Okafor", "ada@example.org", 45),
        ("Chi (Guest)", "", 30),
        ("Dee Fernández", "dee@example.org", 10),
    ]


@pytest.mark.parametrize(
    ("text", "minutes"), [(TEAMS_IN_FRENCH, 45), (TEAMS_OLD, 40), (TEAMS.partition("3. In-Meeting")[0], 45)]
)
def test_teams_in_its_other_shapes(text: str, minutes: int) -> None:
    report = read(text, encoding="utf-16")
    assert report.provider is Provider.TEAMS
    assert people(report)[0] == ("Ada Okafor", "ada@example.org", minutes)


@pytest.mark.parametrize("text", [BBB, BBB_IN_FRENCH], ids=["en", "fr"])
def test_bigbluebutton_knows_no_address_but_the_registration_behind_the_name(text: str) -> None:
    report = read(text)
    assert report.provider is Provider.BIGBLUEBUTTON
    assert [each.registration for each in report.lines] == [REGISTRATION, None]
    assert people(report) == [(f"Ada Okafor [{REGISTRATION}]", "", 42), ("Bo", "", 70)]
    assert report.lines[0].spans[0][0] == BEGIN + timedelta(seconds=10)


def test_what_a_spreadsheet_made_of_it() -> None:
    assert people(read(ZOOM_WITH_SUMMARY.replace(",", ";"))) == [("Ada Okafor", "ada@example.org", 59)]
    narrow = ZOOM_WITH_SUMMARY.replace(" PM", "\u202fPM")
    assert people(read(narrow)) == [("Ada Okafor", "ada@example.org", 59)]
    day_first = ZOOM_WITH_SUMMARY.replace("11/25/2026", "25/11/2026")
    assert people(read(day_first)) == [("Ada Okafor", "ada@example.org", 59)]
    iso = ZOOM_WITH_SUMMARY.replace("11/25/2026 03:00:00 PM", "2026-11-25 15:00:00").replace(
        "11/25/2026 03:59:00 PM", "2026-11-25 15:59:00"
    )
    assert people(read(iso)) == [("Ada Okafor", "ada@example.org", 59)]


def test_day_and_month_are_told_apart_by_the_session() -> None:
    text = ZOOM_UNIQUE.replace("Total Duration (Minutes)", "Join Time,Leave Time,Duration (Minutes)").replace(
        ",47,", ",{0} 15:00:00,{0} 15:30:00,30,"
    )
    for day, month in ((5, 12), (12, 5)):
        begin = datetime(2026, month, day, 12, tzinfo=UTC)
        for written in (f"{day:02}/{month:02}/2026", f"{month:02}/{day:02}/2026"):
            report = read_report(text.format(written).encode(), NAIROBI, (begin, begin + timedelta(hours=1)))
            assert report.lines[0].spans[0][0] == begin


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Unreadable.UNKNOWN),
        (b"a,b,c\n1,2,3\n", Unreadable.UNKNOWN),
        (b"\xff\xfe\x00", Unreadable.UNKNOWN),
        (b"PK\x03\x04\x00\x00", Unreadable.UNKNOWN),
        (ZOOM_UNIQUE.splitlines()[0].encode(), Unreadable.EMPTY),
        (ZOOM.replace("11/25/2026", "45/45/2026").encode(), Unreadable.TIMES),
        (ZOOM.replace("11/25/2026", "11/24/2026").encode(), Unreadable.ANOTHER_TIME),
        ((ZOOM_UNIQUE + "x,y@example.org,1,No\n" * 5001).encode(), Unreadable.TOO_LONG),
        (ZOOM.encode() + b" " * 2_000_000, Unreadable.TOO_LONG),
    ],
)
def test_what_cannot_be_taken(data: bytes, why: Unreadable) -> None:
    with pytest.raises(UnreadableReport) as error:
        read_report(data, NAIROBI, SESSION)
    assert error.value.why is why


def test_hours_of_another_zone_are_noticed() -> None:
    with pytest.raises(UnreadableReport) as error:
        read(ZOOM, "America/Lima")
    assert error.value.why is Unreadable.ANOTHER_TIME
    assert (
        people(
            read(
                ZOOM.replace("03:", "07:").replace("04:", "08:").replace("02:", "06:").replace("PM", "AM"),
                "America/Lima",
            )
        )[0][2]
        == 60
    )


@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: (ZOOM + text).encode(errors="ignore")))
)
def test_whatever_is_sent_is_read_or_refused(data: bytes) -> None:
    try:
        report = read_report(data, NAIROBI, SESSION)
    except UnreadableReport:
        return
    assert all(each.name and each.spans for each in report.lines)
