"""Texts → words, compiled: what a record line holds of each value. A word of 0 is a missing value, but for numbers (NaN).

A short text is its (up to three) code points, 21 bits each. Digits are nibbles, 1 for 0 up to 10 for 9 and 11 for X, fifteen to a word. What fits
neither has bit 63 set, its length and its place in the heap: hash and letter signature (two units each), then its code points.
"""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np

from linkage.bits import GOLDEN, MIXED, eight_bytes, fetch, folded
from linkage.compiled import cached, inner

HEAPED = np.int64(-(2**63))
HEAD = 4  # units of hash and signature before a heaped text's characters
POINT = (1 << 21) - 1
AHEAD = 16
DIGITS_IN_WORD = 15
DEPTH_AT = 4 * DIGITS_IN_WORD
VILLAGE, TOWNSHIP, COUNTY = (
    (44, 0xFFF << 36, 0x111 << 36),
    (32, 0xFFF << 24, 0x111 << 24),
    (20, 0xFF << 16, 0x11 << 16),
)
"""Of an area code as nibbles: where the part's last digit stands, all its digits, all of them zero (which names no place)."""
FIRST_DAY, LAST_DAY = 1678, 2261
"""Years that a nanosecond timestamp can name: other dates are taken for missing."""


@inner
def is_known(known, place):
    return len(known) == 0 or (known[place >> 3] >> (place & 7)) & 1 != 0


@inner
def hash_bytes(data, at, size):
    """64-bit hash of some bytes, never 0."""
    found = GOLDEN ^ np.uint64(size)
    while size >= 8:
        found = folded(found ^ eight_bytes(data, at), MIXED)
        at += 8
        size -= 8
    rest = np.uint64(0)
    for place in range(size):
        rest |= np.uint64(data[at + place]) << np.uint64(8 * place)
    found = folded(found ^ rest, GOLDEN)
    return found if found != 0 else np.uint64(1)


@cached("u1[]", "i4[]", "u1[]", "i8", "u8[]")
def hash_texts(data, start, known, shift, out):
    """Hashes of a column, 0 where missing or blank."""
    for row in range(len(out)):
        at, size = np.int64(start[row]), np.int64(start[row + 1] - start[row])
        out[row] = hash_bytes(data, at, size) if size > 0 and is_known(known, row + shift) else np.uint64(0)


@cached("u8[]", "i8", "u8[]")
def mix_keys(hashes, place, out):
    """Take one more column into a rule's keys (uint64, 0 once any column is missing); `place` 0 begins."""
    for row in range(len(out)):
        if place == 0:
            out[row] = hashes[row]
        elif out[row] != 0:
            key = folded(out[row] ^ GOLDEN, hashes[row] ^ MIXED) if hashes[row] != 0 else np.uint64(0)
            out[row] = key if key != 0 or hashes[row] == 0 else np.uint64(1)


@cached("u8[]", "u4[]")
def tag(hashes, out):
    """32 bits of each hash, 0 for 0 alone."""
    for row in range(len(out)):
        short = hashes[row] >> np.uint64(32)
        out[row] = short if short != 0 or hashes[row] == 0 else np.uint64(1)


@inner
def code_point(data, at):
    """(code point, bytes it takes) of the UTF-8 at a place."""
    first = np.int64(data[at])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return ((first & 31) << 6) | (np.int64(data[at + 1]) & 63), 2
    second = np.int64(data[at + 1]) & 63
    if first < 0xF0:
        return ((first & 15) << 12) | (second << 6) | (np.int64(data[at + 2]) & 63), 3
    rest = ((np.int64(data[at + 2]) & 63) << 6) | (np.int64(data[at + 3]) & 63)
    return ((first & 7) << 18) | (second << 12) | rest, 4


@inner
def heap_text(data, at, size, heap, used):
    """Put a text on the heap if it has room; returns (word, units used then)."""
    end, length, place = at + size, 0, used + HEAD
    hashed, signature = hash_bytes(data, at, size), np.uint64(0)
    while at < end:
        point, width = code_point(data, at)
        bucket = np.uint64(1) << np.uint64(2 * (point & 31))
        signature |= bucket << np.uint64(1) if signature & bucket else bucket
        if place < len(heap):
            heap[place] = point
        at += width
        place += 1
        length += 1
    if place <= len(heap):
        heap[used], heap[used + 1] = hashed & np.uint64(0xFFFFFFFF), hashed >> np.uint64(32)
        heap[used + 2], heap[used + 3] = signature & np.uint64(0xFFFFFFFF), signature >> np.uint64(32)
    return HEAPED | (np.int64(min(length, (1 << 22) - 1)) << 40) | used, place


@inner
def is_wanted(wanted, row):
    return len(wanted) == 0 or wanted[row] != 0


@cached("u1[]", "i4[]", "u1[]", "i8", "u1[]", "i8[,]", "i8", "u4[]", "i8")
def pack_short(data, start, known, shift, wanted, lines, word, heap, used):
    """Texts of the wanted rows (`wanted` empty: all) by their code points; returns the units of heap that are used, or would be if it were large enough."""
    for row in range(len(lines)):
        if not is_wanted(wanted, row):
            continue
        at, end = np.int64(start[row]), np.int64(start[row + 1])
        lines[row, word] = 0
        if at == end or not is_known(known, row + shift):
            continue
        packed, place, is_short = np.int64(0), at, end - at <= 12
        for turn in range(3):
            if is_short and place < end:
                point, width = code_point(data, place)
                packed |= point << (21 * turn)
                is_short = point != 0
                place += width
        if is_short and place == end:
            lines[row, word] = packed
        else:
            lines[row, word], used = heap_text(data, at, end - at, heap, used)
    return used


@inner
def nibble(byte):
    """1–10 for a digit, 11 for X, else 0."""
    if 48 <= byte <= 57:
        return np.int64(byte) - 47
    return np.int64(11) if byte == 88 else np.int64(0)


@cached("u1[]", "i4[]", "u1[]", "i8", "u1[]", "i8[,]", "i8", "i8", "i8", "u4[]", "i8")
def pack_digits(data, start, known, shift, wanted, lines, word, more, more_shift, heap, used):
    """Likewise texts of digits, the sixteenth to eighteenth at `more_shift` of word `more` (−1: texts of fifteen at most)."""
    most = DIGITS_IN_WORD + (3 if more >= 0 else 0)
    for row in range(len(lines)):
        if not is_wanted(wanted, row):
            continue
        at, size = np.int64(start[row]), np.int64(start[row + 1] - start[row])
        lines[row, word] = 0
        if size == 0 or not is_known(known, row + shift):
            continue
        low, high, is_digits = np.int64(0), np.int64(0), size <= most
        for place in range(size if is_digits else 0):
            value = nibble(data[at + place])
            is_digits &= value != 0
            if place < DIGITS_IN_WORD:
                low |= value << (4 * place)
            else:
                high |= value << (4 * (place - DIGITS_IN_WORD))
        if is_digits:
            lines[row, word] = low
            if more >= 0:
                lines[row, more] |= high << more_shift
        else:
            lines[row, word], used = heap_text(data, at, size, heap, used)
    return used


@cached("i8[,]", "i8")
def mark_depths(lines, word):
    """Note above an area code's digits whether its village (1), township (2), county (4) are known."""
    for row in range(len(lines)):
        code = lines[row, word]
        if code > 0:
            known = np.int64((code >> VILLAGE[0]) & 15 != 0 and (code & VILLAGE[1]) != VILLAGE[2])
            known += 2 * np.int64((code >> TOWNSHIP[0]) & 15 != 0 and (code & TOWNSHIP[1]) != TOWNSHIP[2])
            known += 4 * np.int64((code >> COUNTY[0]) & 15 != 0 and (code & COUNTY[1]) != COUNTY[2])
            lines[row, word] = code | (known << DEPTH_AT)


@inner
def day_number(year, month, day):
    """Days since 0000-03-01 of the proleptic Gregorian calendar."""
    year -= month <= 2
    month = month - 3 if month > 2 else month + 9
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1


@inner
def days_in(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@inner
def packed_date(year, month, day, whole):
    """18 bits of day number and, if `whole`, 32 of YYYYMMDD in nibbles above them; 0 for a day that is none."""
    if not (FIRST_DAY <= year <= LAST_DAY and 1 <= month <= 12 and 1 <= day <= days_in(year, month)):
        return np.int64(0)
    packed = np.int64(day_number(year, month, day) - day_number(FIRST_DAY, 1, 1) + 1)
    if whole:
        number = year * 10_000 + month * 100 + day
        for place in range(8):
            packed |= (number % 10) << (18 + 4 * place)
            number //= 10
    return packed


@cached("u1[]", "i4[]", "u1[]", "i8", "i8[,]", "i8", "i8", "i8", "i8[]")
def pack_dates(data, start, known, shift, lines, word, at_bit, whole, odd):
    """ISO dates (YYYY-MM-DD); `odd` gets the rows that are written otherwise, and their number is returned."""
    others = 0
    for row in range(len(lines)):
        at, size = np.int64(start[row]), np.int64(start[row + 1] - start[row])
        if size == 0 or not is_known(known, row + shift):
            continue
        number, is_plain = np.int64(0), size == 10
        for place in range(10 if is_plain else 0):
            byte = np.int64(data[at + place])
            if place in (4, 7):
                is_plain &= byte == 45
            else:
                is_plain &= 48 <= byte <= 57
                number = number * 10 + byte - 48
        if is_plain:
            packed = packed_date(number // 10_000, number // 100 % 100, number % 100, whole)
            lines[row, word] |= packed << at_bit
        else:
            odd[others] = row
            others += 1
    return others


@cached("i8[]", "i8[]", "i8[,]", "i8", "i8", "i8")
def pack_odd_dates(rows, numbers, lines, word, at_bit, whole):
    """Dates given as YYYYMMDD numbers (0: none)."""
    for place in range(len(rows)):
        number = numbers[place]
        packed = packed_date(number // 10_000, number // 100 % 100, number % 100, whole)
        lines[rows[place], word] |= packed << at_bit


@cached("i8[,]", "i8", "i8")
def move_heap(lines, word, by):
    """Heaped words after their heap was put behind another of `by` units."""
    for row in range(len(lines)):
        if lines[row, word] < 0:
            lines[row, word] += by


@cached("i8[,]", "u4[]", "i8", "i8", "i8", "i8", "i8", "i8", "i8", "u8[]")
def identities(lines, heap, is_date, is_heaped, is_id, word, shift, more, more_shift, out):
    """Numbers that are equal just where values are (0 missing): the day of a date, the hash of a heaped text, else the word itself."""
    for row in range(len(lines)):
        found = lines[row, word]
        if is_date:
            out[row] = np.uint64((found >> shift) & ((1 << 18) - 1))
        elif is_heaped and found < 0:
            at = found & ((1 << 40) - 1)
            out[row] = np.uint64(heap[at]) | (np.uint64(heap[at + 1]) << np.uint64(32))
        elif is_id and found != 0:
            tail = (lines[row, more] >> more_shift) & 0xFFF
            out[row] = folded(np.uint64(found) ^ GOLDEN, np.uint64(tail) ^ MIXED)
        else:
            out[row] = np.uint64(found)


@cached("u8[]", "u8[]")
def list_values(values, keys):
    """Put each value (0 is missing) into an open table."""
    mask = np.uint64(len(keys) - 1)
    for row in range(len(values)):
        if values[row] != 0:
            keys[value_slot(values[row], keys, mask)] = values[row]


@cached("u8[]", "u8[]", "i4[]")
def count_listed(values, keys, counts):
    """Count how often each value of a table stands among others; returns how many of these are not missing."""
    mask, known = np.uint64(len(keys) - 1), 0
    for row in range(len(values)):
        if row + AHEAD < len(values):
            fetch(keys, np.int64(folded(values[row + AHEAD] ^ GOLDEN, MIXED) & mask))
        if values[row] != 0:
            slot = value_slot(values[row], keys, mask)
            counts[slot] += keys[slot] != 0
            known += 1
    return known


@inner
def value_slot(wanted, keys, mask):
    """Slot of a value, or the free one where it belongs."""
    slot = folded(wanted ^ GOLDEN, MIXED) & mask
    while keys[slot] != wanted and keys[slot] != 0:
        slot = (slot + np.uint64(1)) & mask
    return slot


@cached("u8[]", "u8[]", "i4[]")
def meetings(values, keys, counts):
    """How many counted rows but one have each value, summed (0 is missing)."""
    mask, met = np.uint64(len(keys) - 1), 0
    for row in range(len(values)):
        if values[row] != 0:
            met += max(np.int64(counts[value_slot(values[row], keys, mask)]) - 1, 0)
    return met
