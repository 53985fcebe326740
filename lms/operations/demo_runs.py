"""Dated runs to try the platform with: one that people have applied to, one in its fourth week with forty participants.

What they did is a story with turns: most keep up, some are a module behind, some came for a week, a few never came.
Everything is done through the verbs that people use, at the moments at which it would have happened; nobody is sent a
letter about it.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from lms.accounts.models import Person
from lms.accounts.service import keep_words
from lms.assessment.queries import sitting
from lms.assessment.service import save_answer, start_attempt, submit_attempt
from lms.catalog.models import Course
from lms.catalog.source.parts import Activity, ActivityKind
from lms.intake.exchange import Invitee
from lms.intake.models import Application
from lms.intake.rules import ApplicationState, Criterion
from lms.intake.service import Written, confirm_place, decide, invite, score_application, submit_application
from lms.kernel.events import Within, follow
from lms.kernel.models import OutboxJob
from lms.learning.service import complete_activity, confirm_certificate_details
from lms.runs.models import Run
from lms.runs.policy import leads
from lms.runs.queries import Place, place
from lms.runs.rules import RunKind, RunStage, Visibility, today_in
from lms.runs.service import RunDetails, move_run, open_run
from lms.settings import Settings

COURSE = "building-social-protection-floors"
ZONE = "Africa/Nairobi"
ADDRESS = "@sample.example.org"
"""Where the sample people of a run get no letters."""
MADE_BY = ("gala@example.org", "femi@example.org")
"""Who selects: a coordinator and a programme manager."""


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    zone: str
    language: str
    people: str
    """Four of them, by initials of gender: `f Amina Otieno`. The first two are in the run, the others in the next."""


COUNTRIES = (
    Country("KE", "Africa/Nairobi", "en", "f Amina Otieno, m Brian Mwangi, f Wanjiru Kamau, m Peter Odhiambo"),
    Country("GH", "Africa/Accra", "en", "m Kwame Mensah, f Esi Boateng, f Abena Owusu, m Yaw Asante"),
    Country("ZM", "Africa/Lusaka", "en", "f Mutinta Banda, m Chanda Mulenga, f Thandiwe Phiri, m Mwansa Zulu"),
    Country("MW", "Africa/Blantyre", "en", "f Chikondi Banda, f Tiyamike Phiri, m Limbani Chirwa, f Mercy Gondwe"),
    Country("SN", "Africa/Dakar", "fr", "f Awa Ndiaye, m Ousmane Diop, f Fatou Sow, m Moussa Fall"),
    Country("TG", "Africa/Lome", "fr", "m Koffi Agbeko, f Afi Mensah, f Essi Lawson, m Kodjo Amouzou"),
    Country("MG", "Indian/Antananarivo", "fr", "f Lalao Rakoto, m Hery Rabe, f Voahangy Andria, m Tiana Razafy"),
    Country("MA", "Africa/Casablanca", "fr", "f Salma Bennani, m Youssef Alaoui, f Hind Tazi, m Omar Idrissi"),
    Country("TN", "Africa/Tunis", "ar", "f Ines Trabelsi, m Sami Gharbi, f Rim Jaziri, m Walid Mejri"),
    Country("EG", "Africa/Cairo", "ar", "f Nour Hassan, m Karim Mahmoud, f Dina Farouk, m Tarek Saleh"),
    Country("JO", "Asia/Amman", "ar", "f Rania Khoury, m Laith Haddad, f Sawsan Odeh, m Fadi Nasser"),
    Country("PK", "Asia/Karachi", "en", "f Sana Iqbal, m Bilal Ahmed, f Hira Shah, m Usman Malik"),
    Country("NP", "Asia/Kathmandu", "en", "f Sita Gurung, m Bishal Thapa, f Anju Rai, m Dipesh Karki"),
    Country("BD", "Asia/Dhaka", "en", "f Nasrin Akter, m Rafiq Islam, f Shirin Sultana, m Tanvir Hossain"),
    Country("ID", "Asia/Jakarta", "en", "f Dewi Lestari, m Budi Santoso, f Ratna Sari, m Agus Wijaya"),
    Country("PH", "Asia/Manila", "en", "f Maria Santos, m Jose Reyes, f Liza Cruz, m Ramon Garcia"),
    Country("VN", "Asia/Ho_Chi_Minh", "en", "f Linh Nguyen, m Minh Tran, f Hoa Pham, m Duc Le"),
    Country("PE", "America/Lima", "es", "f Rosa Quispe, m Carlos Huaman, f Elena Flores, m Luis Mamani"),
    Country("CO", "America/Bogota", "es", "f Camila Rojas, m Andres Gomez, f Paula Cardona, m Diego Salazar"),
    Country("GT", "America/Guatemala", "es", "f Maria Ixcoy, m Pedro Tzoc, f Ana Chavez, m Jorge Lopez"),
)
ORGANISATIONS = (
    ("national-government", "Ministry of Social Development", "Programme officer"),
    ("subnational-government", "County social services", "Case manager"),
    ("national-government", "Social Security Institution", "Planning officer"),
    ("national-ngo", "Platform for Social Protection", "Advocacy lead"),
    ("national-government", "Ministry of Finance", "Budget analyst"),
    ("un-multilateral", "United Nations country team", "Social policy officer"),
    (None, "Independent", "Consultant"),
    ("academia", "Institute of Development Studies", "Researcher"),
    ("workers-employers", "Trade union confederation", "Secretary for social policy"),
    ("international-ngo", "Relief and development network", "Cash coordinator"),
)
MOTIVATION = (
    "Our ministry is writing its first social protection strategy, and I will draft the part on income security.",
    "Half of the people in our register never receive a payment. I want to learn at which step we lose them.",
    "We are asked what a floor would cost, and nobody in our team has estimated it before.",
    "Informal workers are most of our members. I would like to bring them into the scheme instead of a pilot.",
    "I handle complaints, and I see the same ones every month. I want to change what causes them.",
)
SCORED = (2, 2, 1, 2, 0)
"""By how many an application was read so far, one application after the other and over again."""
KEEPS_UP, BEHIND, CAME_ONCE, NEVER_CAME = "keeps up", "behind", "came once", "never came"
STORY = (*[KEEPS_UP] * 5, BEHIND, KEEPS_UP, CAME_ONCE, BEHIND, NEVER_CAME)
"""What participants did, one after the other and over again."""


def make_sample_runs(db: Session, settings: Settings, within: Within, now: datetime) -> None:
    """Once: a demonstration that has them, or was begun before there were runs, stays as it is."""
    course = db.scalar(select(Course).where(Course.slug == COURSE))
    if course is None or db.scalar(select(Run.id).where(Run.kind == RunKind.COHORT).limit(1)) is not None:
        return
    today = today_in(ZONE, now)
    monday = today - timedelta(days=today.weekday())
    stage = Stage(db, settings, within, course, [_staff(db, email) for email in MADE_BY], now)
    if not all(leads(each, COURSE, None, _at(monday - timedelta(weeks=20), 9)) for each in stage.staff):
        return
    _run_in_its_fourth_week(stage, monday - timedelta(weeks=3))
    _run_that_selects(stage, monday + timedelta(weeks=6))
    told = OutboxJob.payload["to_email"].as_string()
    db.execute(delete(OutboxJob).where(OutboxJob.topic == "mail", told.like(f"%{ADDRESS}")))


@dataclass(frozen=True, slots=True)
class Stage:
    """What every sample is made with."""

    db: Session
    settings: Settings
    within: Within
    course: Course
    staff: list[Person]
    now: datetime

    def follow(self, now: datetime) -> None:
        follow(self.db, self.within, now)


def _staff(db: Session, email: str) -> Person:
    query = select(Person).options(joinedload(Person.grants)).where(Person.email == email)
    return db.scalars(query).unique().one()


def _at(day: date, hour: int, zone: str = ZONE) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


def _people(db: Session, half: int, now: datetime) -> list[Person]:
    """Two from every country; nobody can log in as one of them."""
    people = []
    for row, country in enumerate(COUNTRIES):
        for number, each in enumerate(country.people.split(", ")[2 * half : 2 * half + 2]):
            gender, name = each.split(" ", 1)
            kind, organisation, job = ORGANISATIONS[(2 * row + number) % len(ORGANISATIONS)]
            person = Person(
                email=f"{name.replace(' ', '.').lower()}.{country.code.lower()}{ADDRESS}",
                email_confirmed_at=now,
                password_hash=f"nobody-{secrets.token_urlsafe(9)}",
                name=name,
                language=country.language,
                time_zone=country.zone,
                country=country.code,
                gender=None if (row, number) == (4, 1) else {"f": "female", "m": "male"}[gender],
                organisation_type=kind,
                organisation=organisation,
                job=job,
                created_at=now,
                grants=[],
            )
            db.add(person)
            keep_words(db, person)
            people.append(person)
    return people


def _open(stage: Stage, slug: str, title: str, starts_on: date, seats: int, apply_until: date) -> Run:
    details = RunDetails(
        title=title,
        starts_on=starts_on,
        weeks=10,
        grace_days=14,
        time_zone=ZONE,
        seats=seats,
        languages=("en", "fr", "ar"),
        visibility=Visibility.PUBLIC,
        provisional=False,
        apply_from=apply_until - timedelta(weeks=3),
        apply_until=apply_until,
        early_days=3,
        confirm_days=7,
    )
    planned = _at(apply_until - timedelta(weeks=6), 9)
    run = open_run(stage.db, None, stage.course, slug, details, planned)
    move_run(stage.db, stage.staff[0], run, RunStage.APPLICATIONS_OPEN, _at(apply_until - timedelta(weeks=3), 9))
    return run


def _apply(stage: Stage, run: Run, people: list[Person], apply_until: date) -> list[Application]:
    applications = []
    for number, person in enumerate(people):
        at = _at(apply_until - timedelta(days=1 + number % 18), 8 + number % 10)
        written = Written(
            years=1 + number * 7 % 19,
            organisation=person.organisation or "",
            role=person.job or "",
            motivation=MOTIVATION[number % len(MOTIVATION)],
            hours=5 + number % 4,
            consent=True,
            answers={},
        )
        applications.append(submit_application(stage.db, stage.settings, person, run, written, at))
        stage.follow(at)
    return applications


def _run_in_its_fourth_week(stage: Stage, starts_on: date) -> None:
    apply_until = starts_on - timedelta(weeks=4)
    people = _people(stage.db, 0, _at(apply_until - timedelta(weeks=4), 9))
    run = _open(stage, "floors-this-season", f"{starts_on:%B %Y}", starts_on, 40, apply_until)
    applied, invited = people[:34], people[34:]
    applications = _apply(stage, run, applied, apply_until)
    coordinator, decided = stage.staff[0], _at(apply_until + timedelta(days=6), 15)
    move_run(stage.db, coordinator, run, RunStage.SELECTING, decided)
    decide(
        stage.db, stage.settings, coordinator, run, applications, ApplicationState.ACCEPTED,
        message="", rest_waits=True, now=decided,
    )  # fmt: skip
    for application, person in zip(applications, applied, strict=True):
        at = decided + timedelta(hours=5 + application.id % 60)
        confirm_place(stage.db, stage.settings, person, run, application, person.language, at)
        stage.follow(at)
    invitees = [Invitee(each.email, each.email, each.name) for each in invited]
    invite(stage.db, stage.settings, coordinator, run, invitees, "en", decided)
    stage.follow(decided)
    move_run(stage.db, coordinator, run, RunStage.RUNNING, _at(starts_on, 7))
    for number, person in enumerate(people):
        _take_part(stage, run, person, STORY[number % len(STORY)], starts_on)


def _take_part(stage: Stage, run: Run, person: Person, story: str, starts_on: date) -> None:
    """What a participant read and which quizzes were taken until now."""
    weeks = {KEEPS_UP: 4, BEHIND: 2, CAME_ONCE: 1, NEVER_CAME: 0}[story]
    found = place(stage.db, person, run.slug, person.language)
    if weeks:
        at = _at(starts_on, 20, person.time_zone)
        confirm_certificate_details(
            stage.db, person, found.enrolment, name=person.name, local_name=None, language=person.language, now=at
        )
    for week, module in enumerate(found.reading.package.modules[:weeks]):
        for step, activity in enumerate(module.activities):
            at = _at(starts_on + timedelta(weeks=week, days=1 + step % 4), 18 + person.id % 3, person.time_zone)
            if at < stage.now:
                _do(stage, run, found, person, activity, at)
                stage.follow(at)


def _do(stage: Stage, run: Run, found: Place, person: Person, activity: Activity, at: datetime) -> None:
    if activity.kind is ActivityKind.LESSON:
        complete_activity(stage.db, person, found.enrolment, activity.key, person.language, at)
    elif activity.kind is ActivityKind.QUIZ:
        _take_quiz(stage, run, person, activity.key, at)


def _take_quiz(stage: Stage, run: Run, person: Person, key: str, at: datetime) -> None:
    """Everything is answered rightly, but for one question in every third quiz."""
    attempt = start_attempt(stage.db, person, place(stage.db, person, run.slug, person.language), key, at)
    found = sitting(stage.db, person, attempt.public_id, person.language)
    left_out = attempt.question_keys[-1] if (person.id + len(key)) % 3 == 0 else None
    for number, question in enumerate(attempt.question_keys, start=1):
        asked = found.asked(question)
        payload = None if question == left_out else asked.rules.right_answer(asked.question)
        save_answer(
            stage.db, attempt, client="sample-visit", client_seq=number, question_key=question, payload=payload,
            language=person.language, now=at + timedelta(minutes=number),
        )  # fmt: skip
    submit_attempt(stage.db, person, attempt, {}, at + timedelta(minutes=9))


def _run_that_selects(stage: Stage, starts_on: date) -> None:
    apply_until = today_in(ZONE, stage.now) - timedelta(days=2)
    people = _people(stage.db, 1, _at(apply_until - timedelta(weeks=4), 9))
    run = _open(stage, "floors-next-season", f"{starts_on:%B %Y}", starts_on, 25, apply_until)
    applications = _apply(stage, run, people, apply_until)
    move_run(stage.db, stage.staff[0], run, RunStage.SELECTING, _at(apply_until + timedelta(days=1), 9))
    for number, application in enumerate(applications):
        for turn, reviewer in enumerate(stage.staff[: SCORED[number % len(SCORED)]]):
            scores = {
                str(each): (number * 7 + row * (1 + number % 3) + turn * (number % 4)) % 5
                for row, each in enumerate(Criterion)
            }
            score_application(stage.db, reviewer, run, application, scores, _at(apply_until + timedelta(days=1), 11))
