from __future__ import annotations

import json

import pytest
from airport_rig import JPEG, frame

from airport.documents import Invalid, parse_document, parse_moment, show_moment
from airport.environment import BadSetting, Environment
from airport.fault import Fault, parse_fault
from airport.frame import parse_frame


def test_a_frame_is_the_same_after_a_journey() -> None:
    sent = frame(destination="http://somewhere:8080/results", **{"extra-info": {"gate": "B12"}})

    assert parse_frame(json.dumps(sent).encode()).document() == sent


def test_a_frame_holds_its_picture() -> None:
    assert parse_frame(json.dumps(frame()).encode()).jpeg() == JPEG


def test_a_section_may_come_as_text_as_older_cameras_send_it() -> None:
    assert parse_frame(json.dumps(frame(section="3")).encode()).section == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"timestamp": "yesterday"}, "timestamp: expected a moment", id="a timestamp is ISO 8601"),
        pytest.param({"section": "one"}, "section: expected a whole number, got a text", id="a section is a number"),
        pytest.param({"section": True}, "section: expected a whole number, got true or false", id="true is not a number"),
        pytest.param({"event": "leave"}, "event: expected entry or exit, got leave", id="an event is entry or exit"),
        pytest.param({"image": ""}, "image: expected a text, got an empty text", id="an image is there"),
        pytest.param({"destination": "ftp://x"}, "destination: expected a URL", id="results go out by HTTP"),
        pytest.param({"frame_uuid": None}, "frame_uuid: expected a text, got null", id="null is not a text"),
    ],
)
def test_a_wrong_frame_is_refused_by_field(changes: dict[str, object], message: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_frame(json.dumps(frame(**changes)).encode())

    assert message in str(refused.value)


@pytest.mark.parametrize("image", ["not base64!", "aGVsbG8="], ids=["no base64", "no JPEG"])
def test_a_picture_that_is_none_is_refused(image: str) -> None:
    with pytest.raises(Invalid, match="^image: "):
        parse_frame(json.dumps(frame(image=image)).encode()).jpeg()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid, match="expected a JSON object"):
        parse_document(body)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2020-02-25T14:35:38.204522Z", "2020-02-25T14:35:38.204522Z"),
        ("2020-02-25T15:35:38+01:00", "2020-02-25T14:35:38.000000Z"),
        ("2020-02-25", "2020-02-25T00:00:00.000000Z"),
    ],
)
def test_moments_are_shown_in_utc(given: str, shown: str) -> None:
    assert show_moment(parse_moment(given, "from")) == shown


@pytest.mark.parametrize("given", ["0001-01-01T00:00:00+14:00", "tomorrow", ""])
def test_what_is_no_moment_is_refused(given: str) -> None:
    with pytest.raises(Invalid, match="from: expected a moment"):
        parse_moment(given, "from")


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"status": 503, "share": 0.5, "delay_ms": 10}, Fault(503, 0.5, 10)),
        ({"status": 503}, Fault(503, 1.0, 0)),
        ({"delay_ms": 200}, Fault(0, 1.0, 200)),
    ],
)
def test_a_fault_is_read(document: dict[str, object], fault: Fault) -> None:
    assert parse_fault(document) == fault


@pytest.mark.parametrize("document", [{"status": 99}, {"share": 2}, {"share": -1}, {"delay_ms": "long"}, {"stauts": 503}])
def test_a_wrong_fault_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        parse_fault(document)


@pytest.mark.parametrize("value", ["-1", "fast", "inf", "nan"])
def test_a_setting_that_is_no_number_names_itself(value: str) -> None:
    with pytest.raises(BadSetting, match=f"FPS={value}"):
        Environment({"FPS": value}).number("FPS")


def test_an_empty_setting_is_not_set() -> None:
    assert Environment({"FPS": ""}).number("FPS", 3) == 3
