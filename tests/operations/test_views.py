"""What machines that watch are told, and who else is told nothing."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from lms.factory import create_app
from lms.kernel.db import Database
from lms.operations.numbers import count_request
from lms.settings import Settings

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


def test_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/health/live").text == "alive\n"
    assert client.get("/health/ready").text == "ready\n"
    assert client.get("/health/ready").headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in client.get("/health/live").headers


def test_another_schema_is_not_ready(client: FlaskClient, database: Database) -> None:
    with database.engine.connect().execution_options(lms_write=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        connection.commit()
    answer = client.get("/health/ready")
    assert (answer.status_code, "lms migrate" in answer.text) == (503, True)
    told = client.get("/health/ready", environ_overrides=ELSEWHERE)
    assert (told.status_code, told.text) == (503, "not ready\n")
    assert client.get("/health/live").status_code == 200


def test_a_data_folder_that_is_gone_is_not_ready(settings: Settings, database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    client = create_app(replace(settings, data_dir=folder), database).test_client()
    assert client.get("/health/ready").status_code == 200
    shutil.rmtree(folder)  # with the signing key that the app made in it
    assert "data folder" in client.get("/health/ready").text


@pytest.fixture
def watched(settings: Settings, database: Database) -> FlaskClient:
    return create_app(replace(settings, metrics_token="a-long-token"), database).test_client()


def test_numbers_are_for_this_machine_or_with_the_token(client: FlaskClient, watched: FlaskClient) -> None:
    client.get("/health/live")
    numbers = client.get("/metrics").text
    assert 'masar_requests_total{endpoint="operations.live",method="GET",status="200"}' in numbers
    assert 'masar_request_seconds_bucket{endpoint="operations.live",le="0.1"}' in numbers
    assert "masar_outbox_due 0.0" in numbers
    for headers in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer a-long-tokem"},
        {"Authorization": "Bearer ü"},
    ):
        assert watched.get("/metrics", headers=headers, environ_overrides=ELSEWHERE).status_code == 404
    passed_on = {"X-Forwarded-For": "192.0.2.7"}
    assert client.get("/metrics", headers=passed_on).status_code == 404
    assert (
        client.get("/metrics", headers={"Authorization": "Bearer None"}, environ_overrides=ELSEWHERE).status_code == 404
    )
    right = {"Authorization": "Bearer a-long-token"}
    assert watched.get("/metrics", headers=right, environ_overrides=ELSEWHERE).status_code == 200


def test_invented_methods_are_counted_as_one(client: FlaskClient) -> None:
    for method in ("PROPFIND", "GET-ME-IN"):
        client.open("/health/live", method=method)
        count_request("operations.live", method, 405, 0.001)
    numbers = client.get("/metrics").text
    assert 'method="other"' in numbers
    assert "PROPFIND" not in numbers
    assert "GET-ME-IN" not in numbers
