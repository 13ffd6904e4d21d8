"""A frame: one picture of a camera with where, when and which way people were going."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from airport.documents import Document, Invalid, parse_document, parse_event, parse_moment, parse_text, parse_whole


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it travels; `destination` and `extra_info` only where a sender gave them."""

    timestamp: str
    image: str  # base64 of a JPEG
    section: int
    event: str
    frame_uuid: str
    destination: str = ""
    extra_info: object = None

    def document(self) -> dict[str, object]:
        document: dict[str, object] = {
            "timestamp": self.timestamp,
            "image": self.image,
            "section": self.section,
            "event": self.event,
            "frame_uuid": self.frame_uuid,
        }
        if self.destination:
            document["destination"] = self.destination
        if self.extra_info is not None:
            document["extra-info"] = self.extra_info
        return document

    def origin(self) -> dict[str, object]:
        """All but the picture: what a result says of the frame it came from."""
        document = self.document()
        del document["image"]
        document.pop("destination", None)
        return document

    def jpeg(self) -> bytes:
        try:
            jpeg = base64.b64decode(self.image, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Invalid(f"image: expected base64, {error}") from error
        check_jpeg(jpeg, "image")
        return jpeg


def parse_frame(body: bytes) -> Frame:
    document = parse_document(body)
    return Frame(
        timestamp=_parse_timestamp(document),
        image=parse_text(document, "image"),
        section=parse_whole(document, "section"),
        event=parse_event(document),
        frame_uuid=parse_text(document, "frame_uuid"),
        destination=parse_destination(document) if document.get("destination") else "",
        extra_info=document.get("extra-info"),
    )


def parse_destination(document: Document) -> str:
    """The URL of whoever wants something sent."""
    destination = parse_text(document, "destination")
    if not destination.startswith(("http://", "https://")) or not destination.isprintable():
        raise Invalid(f"destination: expected a URL that begins with http:// or https://, got {destination[:80]}")
    return destination


def check_jpeg(jpeg: bytes, name: str) -> None:
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise Invalid(f"{name}: expected a JPEG")


def _parse_timestamp(document: Document) -> str:
    timestamp = parse_text(document, "timestamp")
    parse_moment(timestamp, "timestamp")
    return timestamp
