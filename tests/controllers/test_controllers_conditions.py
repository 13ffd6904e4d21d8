"""What Envoy refused shows on the object, and goes again."""

from airside.controllers.conditions import Refusal, with_condition

VS = {"kind": "VirtualService", "metadata": {"name": "a"}, "spec": {}}
BAD = Refusal("sidecar~127.1.0.2~a.default~default.svc.cluster.local", "http_proxy", "route: bad regex")


def test_an_object_nobody_refuses_gets_no_status() -> None:
    assert with_condition(VS, [], "now") is None


def test_a_refusal_names_proxy_resource_and_envoys_words() -> None:
    written = with_condition(VS, [BAD], "t1")

    assert written is not None
    (condition,) = written["status"]["conditions"]  # type: ignore[index]
    assert condition["status"] == "False"
    assert all(word in condition["message"] for word in (BAD.proxy, BAD.resource, BAD.message))


def test_saying_the_same_again_writes_nothing() -> None:
    written = with_condition(VS, [BAD], "t1")
    assert written is not None
    assert with_condition(written, [BAD, BAD], "t2") is None


def test_when_it_is_taken_after_all_the_condition_turns_true() -> None:
    refused = with_condition(VS, [BAD], "t1")
    assert refused is not None
    mended = with_condition(refused, [], "t2")

    assert mended is not None
    (condition,) = mended["status"]["conditions"]  # type: ignore[index]
    assert (condition["status"], condition["lastTransitionTime"]) == ("True", "t2")


def test_other_conditions_are_left_alone() -> None:
    other = {"type": "Else", "status": "True"}
    written = with_condition({**VS, "status": {"conditions": [other]}}, [BAD], "t1")

    assert written is not None
    assert other in written["status"]["conditions"]  # type: ignore[index]
