"""Draws the place that a camera looks at: plain corners of an airport, out of focus, the same for a camera in every frame."""

from __future__ import annotations

import random
from collections.abc import Callable

import cv2
import numpy as np

from airport.vision.colours import Colour, cloth_colour, mix, rgb, scaled
from airport.vision.dice import dice
from airport.vision.picture import Image

_Point = tuple[float, float]


class _Wall:
    """A blank picture and the few strokes that backdrops need."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self.width, self.height = width, height
        self.picture: Image = np.empty((height, width, 3), np.uint8)
        self.picture[:] = colour

    def area(self, corners: list[_Point], colour: Colour) -> None:
        cv2.fillPoly(self.picture, [np.rint(np.array(corners)).astype(np.int32)], colour, cv2.LINE_AA)

    def block(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        cv2.rectangle(self.picture, (round(left), round(top)), (round(right), round(bottom)), colour, cv2.FILLED)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        cv2.circle(self.picture, (round(x), round(y)), round(radius), colour, cv2.FILLED, cv2.LINE_AA)

    def stroke(self, start: _Point, end: _Point, colour: Colour, width: int) -> None:
        cv2.line(self.picture, (round(start[0]), round(start[1])), (round(end[0]), round(end[1])), colour, width, cv2.LINE_AA)

    def fade(self, top: float, bottom: float, upper: Colour, lower: Colour) -> None:
        """A band from one colour to the other."""
        rows = np.linspace(0, 1, max(1, round(bottom) - round(top)))[:, None]
        band = np.array(upper) * (1 - rows) + np.array(lower) * rows
        self.picture[round(top) : round(bottom)] = np.rint(band)[:, None, :]


def draw_backdrop(camera: str, width: int, height: int) -> Image:
    """The place of this camera, slightly out of focus as people stand in front of it."""
    rng = dice("backdrop", camera)
    wall = _Wall(width, height, _plaster(rng))
    dice("view", camera).choice(_PLACES)(wall, rng)
    blurred: Image = np.asarray(cv2.GaussianBlur(wall.picture, (0, 0), rng.uniform(1.2, 2.4)), np.uint8)
    return blurred


def _plaster(rng: random.Random) -> Colour:
    tone = rng.uniform(150, 226)
    return rgb(tone + rng.uniform(-8, 12), tone + rng.uniform(-6, 8), tone + rng.uniform(-14, 14))


def _floor(wall: _Wall, rng: random.Random, top: float) -> None:
    tone = rng.uniform(96, 190)
    shade = rgb(tone + rng.uniform(-6, 14), tone, tone + rng.uniform(-12, 8))
    wall.fade(top, wall.height, scaled(shade, 0.86), scaled(shade, 1.1))
    for line in range(-6, 7):
        wall.stroke((wall.width / 2 + line * 30, top), (wall.width / 2 + line * 150, wall.height), scaled(shade, 0.93), 1)
    wall.stroke((0, top), (wall.width, top), scaled(shade, 0.6), 3)


def _gate(wall: _Wall, rng: random.Random) -> None:
    """A gate with tall windows over the apron."""
    width, height = wall.width, wall.height
    sill = height * rng.uniform(0.56, 0.7)
    dusk = rng.random()
    wall.fade(0, sill * 0.8, mix(rgb(96, 152, 214), rgb(70, 74, 120), dusk), mix(rgb(206, 226, 240), rgb(244, 176, 120), dusk))
    wall.block(0, sill * 0.8, width, sill, mix(rgb(138, 142, 146), rgb(84, 82, 92), dusk))
    _plane(wall, rng.uniform(0.1, 0.7) * width, sill * 0.74, rng.uniform(110, 210), cloth_colour(rng))
    frame = rgb(78, 84, 92)
    for column in range(rng.randint(4, 7) + 1):
        x = column * width / 6 + rng.uniform(-2, 2)
        wall.block(x - 3, 0, x + 3, sill, frame)
    wall.block(0, sill * 0.22, width, sill * 0.22 + 4, frame)
    _floor(wall, rng, sill)
    _seats(wall, rng, sill)


def _plane(wall: _Wall, x: float, y: float, long: float, tail: Colour) -> None:
    """An airliner standing on the apron, seen from its side."""
    white, high = rgb(238, 240, 244), long * 0.055
    wall.area(
        [(x, y - high), (x + long * 0.9, y - high), (x + long, y), (x + long * 0.9, y + high), (x + long * 0.05, y + high), (x - high, y)],
        white,
    )
    wall.area([(x, y - high), (x - long * 0.05, y - high * 4.4), (x + long * 0.06, y - high * 4.4), (x + long * 0.16, y - high)], tail)
    wall.area(
        [(x + long * 0.4, y), (x + long * 0.56, y), (x + long * 0.36, y + high * 2.4), (x + long * 0.28, y + high * 2.4)],
        rgb(190, 196, 204),
    )
    for window in range(9):
        wall.disc(x + long * (0.18 + 0.075 * window), y - high * 0.3, 1.5, rgb(70, 84, 104))


def _seats(wall: _Wall, rng: random.Random, top: float) -> None:
    colour = cloth_colour(rng)
    x = rng.uniform(-30, 40)
    while x < wall.width:
        wall.block(x, top + 6, x + 34, top + 34, colour)
        wall.block(x, top + 38, x + 34, top + 46, scaled(colour, 0.7))
        x += 42


def _corridor(wall: _Wall, rng: random.Random) -> None:
    """A corridor that runs away from the camera, with lights overhead and doors."""
    width, height = wall.width, wall.height
    far_x, far_y = width * rng.uniform(0.35, 0.65), height * rng.uniform(0.36, 0.46)
    half_w, half_h = width * 0.14, height * 0.16
    left, right, top, bottom = far_x - half_w, far_x + half_w, far_y - half_h, far_y + half_h
    side = _plaster(rng)
    wall.area([(0, 0), (width, 0), (right, top), (left, top)], scaled(side, 1.08))
    wall.area([(0, 0), (left, top), (left, bottom), (0, height)], scaled(side, 0.9))
    wall.area([(width, 0), (right, top), (right, bottom), (width, height)], scaled(side, 0.8))
    wall.area([(0, height), (left, bottom), (right, bottom), (width, height)], scaled(side, 0.58))
    wall.block(left, top, right, bottom, scaled(side, 1.02))
    for step in (0.15, 0.42, 0.62, 0.76):
        x, y = far_x * step + width / 2 * (1 - step), top * step
        wall.area(
            [
                (x - 60 * (1 - step), y),
                (x + 60 * (1 - step), y),
                (x + 52 * (1 - step), y + 9 * (1 - step)),
                (x - 52 * (1 - step), y + 9 * (1 - step)),
            ],
            rgb(255, 252, 240),
        )
    band = cloth_colour(rng)
    wall.area([(0, height * 0.62), (left, far_y + half_h * 0.3), (left, far_y + half_h * 0.45), (0, height * 0.7)], band)
    wall.area([(width, height * 0.62), (right, far_y + half_h * 0.3), (right, far_y + half_h * 0.45), (width, height * 0.7)], band)
    wall.block(far_x - 24, far_y - 20, far_x + 24, bottom, scaled(band, 0.7))
    _sign(wall, rng, far_x, top + 4)


def _sign(wall: _Wall, rng: random.Random, x: float, y: float) -> None:
    """A hanging sign: a yellow or blue board with an arrow."""
    board, ink = rng.choice(((rgb(246, 200, 40), rgb(30, 30, 30)), (rgb(28, 66, 130), rgb(240, 240, 240))))
    wall.block(x - 62, y, x + 62, y + 26, board)
    wall.area([(x - 50, y + 13), (x - 36, y + 5), (x - 36, y + 21)], ink)
    wall.block(x - 36, y + 11, x - 22, y + 15, ink)
    for line in range(2):
        wall.block(x - 8, y + 7 + 9 * line, x - 8 + rng.uniform(24, 58), y + 10 + 9 * line, ink)


def _desks(wall: _Wall, rng: random.Random) -> None:
    """Check-in desks under a row of screens."""
    width, height = wall.width, wall.height
    _floor(wall, rng, height * 0.8)
    desk, screen = cloth_colour(rng), rgb(26, 40, 66)
    pitch = width / rng.randint(3, 5)
    for place in range(6):
        x = (place - 0.5) * pitch + pitch * 0.25
        wall.block(x, 20, x + pitch * 0.8, 70, screen)
        for line in range(3):
            wall.block(
                x + 8,
                28 + line * 13,
                x + 8 + pitch * rng.uniform(0.3, 0.7),
                32 + line * 13,
                rgb(226, 206, 96) if line == 0 else rgb(176, 196, 220),
            )
        wall.block(x + pitch * 0.1, height * 0.6, x + pitch * 0.9, height * 0.86, desk)
        wall.block(x + pitch * 0.06, height * 0.58, x + pitch * 0.94, height * 0.61, scaled(desk, 1.3))
    wall.block(0, 78, width, 82, rgb(110, 112, 118))


def _shop(wall: _Wall, rng: random.Random) -> None:
    """Shelves of a shop."""
    width, height = wall.width, wall.height
    _floor(wall, rng, height * 0.84)
    wall.block(0, 0, width, 34, cloth_colour(rng))
    shelf = rgb(206, 196, 180)
    for row in range(4):
        y = 96 + row * 62
        x = rng.uniform(0, 14)
        while x < width:
            wide, tall = rng.uniform(10, 30), rng.uniform(20, 46)
            if rng.random() < 0.85:
                wall.block(x, y - tall, x + wide, y, cloth_colour(rng))
            if rng.random() < 0.25:
                wall.disc(x + wide / 2, y - tall, wide / 2, cloth_colour(rng))
            x += wide + rng.uniform(3, 16)
        wall.block(0, y, width, y + 6, shelf)


def _belt(wall: _Wall, rng: random.Random) -> None:
    """A luggage belt, a clock and a plant."""
    width, height = wall.width, wall.height
    wall.fade(0, height * 0.62, _plaster(rng), _plaster(rng))
    _floor(wall, rng, height * 0.62)
    wall.block(0, height * 0.58, width, height * 0.70, rgb(58, 60, 66))
    x = rng.uniform(-10, 60)
    while x < width:
        wide, tall, colour = rng.uniform(46, 80), rng.uniform(36, 64), cloth_colour(rng)
        wall.block(x, height * 0.6 - tall, x + wide, height * 0.6, colour)
        wall.block(x + wide * 0.35, height * 0.6 - tall - 9, x + wide * 0.65, height * 0.6 - tall, scaled(colour, 0.6))
        wall.stroke((x + wide * 0.3, height * 0.6 - tall), (x + wide * 0.3, height * 0.6), scaled(colour, 0.75), 2)
        x += wide + rng.uniform(30, 150)
    clock = width * rng.uniform(0.1, 0.9)
    wall.disc(clock, 60, 30, rgb(40, 44, 52))
    wall.disc(clock, 60, 26, rgb(244, 244, 240))
    wall.stroke((clock, 60), (clock + 10, 46), rgb(40, 44, 52), 2)
    wall.stroke((clock, 60), (clock - 14, 68), rgb(40, 44, 52), 2)
    _plant(wall, rng, width * rng.uniform(0.05, 0.95))
    _sign(wall, rng, width * rng.uniform(0.3, 0.7), 16)


def _plant(wall: _Wall, rng: random.Random, x: float) -> None:
    base = wall.height * 0.74
    for _ in range(16):
        tip = (x + rng.uniform(-44, 44), base - rng.uniform(50, 120))
        wall.stroke((x, base - 20), tip, rgb(48 + rng.uniform(0, 40), 110 + rng.uniform(-20, 40), 60), rng.randint(4, 9))
    wall.area([(x - 22, base - 26), (x + 22, base - 26), (x + 16, base + 18), (x - 16, base + 18)], rgb(158, 96, 66))


_PLACES: tuple[Callable[[_Wall, random.Random], None], ...] = (_gate, _corridor, _desks, _shop, _belt)
