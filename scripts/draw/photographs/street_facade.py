"""Walls with windows, shops and shutters. Lengths in metres."""

import numpy as np

from photographs.street_layout import GROUND_FLOOR, STOREY, House
from toolkit.arrays import Array, mix, smoothstep, vector
from toolkit.noise import fbm, gradient_noise

RECESS = 0.24


def _random(house: House, column: Array, floor: Array, salt: int) -> Array:
    """A number from 0 to 1 for each window of a house."""
    key = column.astype(np.int64) * 7919 + floor.astype(np.int64) * 104729 + house.seed + salt * 613
    return ((key * 2654435761) % 4294967296 / 4294967296.0).astype(np.float32)


def facade(house: House, points: Array, direction: Array, normal: Array, glass: Array) -> tuple:
    """Colour, normal and own light of points on a house's street side.

    Windows lie behind the wall: rays are followed into their reveals. `glass` is the light that
    panes mirror.
    """
    along, up = points[:, 2] - house.start, points[:, 1]
    colour = _masonry(house, points)
    light = np.zeros_like(colour)
    bay = (house.end - house.start) / house.bays
    ground = up < GROUND_FLOOR - 0.28
    floor = np.where(ground, -1.0, np.floor((up - GROUND_FLOOR) / STOREY))
    column = np.floor(along / bay)
    u = along - (column + 0.5) * bay
    v = np.where(ground, up - 1.62, up - GROUND_FLOOR - (floor + 0.52) * STOREY)
    half_u = np.where(ground, 0.42 * bay, 0.53)
    half_v = np.where(ground, 1.12, 0.92)
    real = floor < house.storeys
    colour = _trim(house, colour, u, v, half_u, half_v, real & ~ground, up)
    opening = real & (np.abs(u) < half_u) & (np.abs(v) < half_v)
    inside = np.flatnonzero(opening)
    if len(inside):
        pane = (u[inside], v[inside], half_u[inside], half_v[inside])
        keys = (column[inside], floor[inside])
        own = _window(house, pane, keys, direction[inside], glass[inside])
        colour[inside], normal[inside], light[inside] = own
    return colour, normal, light


def _masonry(house: House, points: Array) -> Array:
    along, up = points[:, 2], points[:, 1]
    stain = fbm([0.5 * along, 0.35 * up + house.start], 30, 5)
    streak = fbm([3.0 * along, 0.25 * up], 31, 3)
    fleck = gradient_noise([28.0 * along, 28.0 * up], 32)
    shade = 1.0 + 0.28 * stain + 0.16 * streak + 0.06 * fleck
    if not house.brick:
        return house.colour * np.clip(shade, 0.3, 1.6)[:, None]
    row = np.floor(up / 0.085)
    u, v = along / 0.25 + 0.5 * (row % 2), up / 0.085
    tint = np.sin(np.floor(u) * 12.9898 + row * 78.233) * 43758.5453
    tint = tint - np.floor(tint)
    mortar = np.maximum(
        smoothstep(0.40, 0.48, np.abs(u % 1.0 - 0.5)), smoothstep(0.32, 0.46, np.abs(v % 1.0 - 0.5))
    )
    brick = mix(vector(0.30, 0.11, 0.07), vector(0.45, 0.22, 0.14), tint[:, None])
    return mix(brick, vector(0.36, 0.32, 0.28), 0.75 * mortar[:, None]) * shade[:, None]


def _trim(
    house: House,
    colour: Array,
    u: Array,
    v: Array,
    half_u: Array,
    half_v: Array,
    upper: Array,
    up: Array,
) -> Array:
    """Stone frames, sills, shutters and flower boxes."""
    frame = upper & (np.abs(u) < half_u + 0.14) & (np.abs(v) < half_v + 0.16)
    colour = np.where(frame[:, None], vector(0.58, 0.54, 0.47), colour)
    if house.seed % 3:
        leaf = upper & (np.abs(np.abs(u) - half_u - 0.36) < 0.27) & (np.abs(v) < half_v + 0.03)
        slats = 0.7 + 0.5 * ((up * 14.0) % 1.0)
        colour = np.where(leaf[:, None], house.shutters * slats[:, None] * 1.6, colour)
    if house.seed % 2:
        box = upper & (np.abs(u) < half_u + 0.05) & (np.abs(v + half_v + 0.02) < 0.16)
        plant = fbm([16.0 * u + house.start, 16.0 * v], 33, 3)
        green = mix(vector(0.03, 0.09, 0.02), vector(0.12, 0.20, 0.05), (0.5 + plant)[:, None])
        green = np.where((plant > 0.22)[:, None], vector(0.62, 0.08, 0.10), green)
        colour = np.where(box[:, None], green, colour)
    return colour


def _window(house: House, pane: tuple, keys: tuple, direction: Array, glass: Array) -> tuple:
    """Colour, normal and own light of what is seen in a wall's openings."""
    u, v, half_u, half_v = pane
    column, floor = keys
    inward = np.maximum(direction[:, 0] * house.side, 1e-4)
    reach_u = np.where(direction[:, 2] > 0, half_u - u, half_u + u) / np.maximum(
        np.abs(direction[:, 2]), 1e-4
    )
    reach_v = np.where(direction[:, 1] > 0, half_v - v, half_v + v) / np.maximum(
        np.abs(direction[:, 1]), 1e-4
    )
    depth = RECESS / inward
    travelled = np.minimum(depth, np.minimum(reach_u, reach_v))
    at_pane = depth <= travelled
    u, v = u + travelled * direction[:, 2], v + travelled * direction[:, 1]
    normal = np.zeros_like(direction)
    normal[:, 0] = -house.side
    jamb = ~at_pane & (reach_u < reach_v)
    lintel = ~at_pane & ~jamb
    normal[jamb] = 0.0
    normal[jamb, 2] = -np.sign(direction[jamb, 2])
    normal[lintel] = 0.0
    normal[lintel, 1] = -np.sign(direction[lintel, 1])
    shop = floor < 0
    frame = (half_u - np.abs(u) < 0.07) | (half_v - np.abs(v) < 0.07)
    bars = ~shop & ((np.abs(u) < 0.035) | (np.abs(v - 0.30) < 0.03))
    bars |= shop & ((np.abs(u) < 0.04) | (np.abs(v - 0.62) < 0.04))
    wood = at_pane & (frame | bars)
    light = _behind(house, (u, v, half_u, half_v), keys, shop)
    light = light + glass * np.where(light.sum(axis=1) > 0.4, 0.10, 0.55)[:, None]
    light[~at_pane | wood] = 0.0
    colour = np.where(at_pane[:, None], vector(0.01, 0.012, 0.015), vector(0.44, 0.41, 0.36))
    joinery = np.where(shop[:, None], house.awning * 0.8, vector(0.55, 0.53, 0.48))
    colour = np.where(wood[:, None], joinery, colour)
    return colour, normal, light


def _behind(house: House, pane: tuple, keys: tuple, shop: Array) -> Array:
    """The light of rooms: curtains, lampshades; goods in shops."""
    u, v, half_u, half_v = pane
    column, floor = keys
    lot = _random(house, column, floor, 1)
    lit = np.where(shop, lot < 0.85, lot < 0.42)
    warmth = _random(house, column, floor, 2)
    colour = mix(vector(1.9, 0.92, 0.30), vector(1.7, 1.22, 0.66), warmth[:, None])
    drawn = 0.30 + 0.35 * _random(house, column, floor, 3)
    fold = 0.75 + 0.25 * np.sin(42.0 * u + 3.0 * np.sin(5.0 * v))
    curtain = smoothstep(drawn - 0.06, drawn, np.abs(u) / half_u)
    glow = 0.50 + 0.75 * np.exp(-((u + 0.2) ** 2 + (v - 0.15) ** 2) / 0.35)
    room = glow * mix(1.0, 0.62 * fold, curtain)
    shelf, item = np.floor((v + half_v) / 0.52), np.floor(u / 0.15)
    tall = 0.12 + 0.32 * _random(house, item + 31 * column, shelf, 4)
    tone = _random(house, item + 31 * column, shelf, 5)
    ware = ((v + half_v) % 0.52 < tall) & (np.abs(u / 0.15 % 1.0 - 0.5) < 0.42) & (shelf < 3)
    wares = np.where(ware, 0.18 + 0.75 * tone**2, 1.05 - 0.16 * v)
    wares = np.where(((v + half_v) % 0.52 > 0.48) & (shelf < 3), 0.3, wares)
    tint = np.where((ware & (tone > 0.66))[:, None], vector(1.1, 0.62, 0.45), vector(1.0, 1.0, 1.0))
    tint = np.where((ware & (tone < 0.33))[:, None], vector(0.7, 0.95, 1.0), tint)
    brightness = np.where(shop, 0.62 * wares, 0.75 * room)
    tint = np.where(shop[:, None], tint, vector(1.0, 1.0, 1.0))
    return colour * tint * (brightness * np.where(lit, 1.0, 0.03))[:, None]
