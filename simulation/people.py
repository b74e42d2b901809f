"""The people as a struct of arrays: one index per person for life, columns grow as people are born or come."""

from typing import Any

import numpy as np

from .dice import Array

NEVER = np.int32(2**30)
TRACKED = ("name", "marital", "hukou", "residence", "parents", "hh", "phone")

COLUMNS: dict[str, tuple[Any, Any]] = {  # column → (dtype, default)
    "sex": (np.int8, 1),  # 1 man, 2 woman
    "birth": (np.int32, 0),  # days since 1970-01-01
    "surname": (object, None),
    "given": (object, None),
    "name": (object, None),
    "former_name": (object, None),
    "ethnicity": (np.int8, 0),
    "id_number": (object, None),  # None until first registered
    "region": (np.int32, 0),  # of first registration
    "mother": (np.int32, -1),
    "father": (np.int32, -1),
    "spouse": (np.int32, -1),
    "marital": (np.int8, 0),  # 0 未婚 1 已婚 2 丧偶 3 离婚
    "marital_before": (np.int8, -1),
    "hh": (np.int32, -1),
    "hk_v": (np.int32, -1),  # hukou: village (−1 outside), group, door, outside county
    "hk_g": (np.int16, 0),
    "hk_d": (np.int16, 0),
    "hk_o": (np.int32, -1),
    "rs_v": (np.int32, -1),  # residence, likewise
    "rs_g": (np.int16, 0),
    "rs_d": (np.int16, 0),
    "rs_o": (np.int32, -1),
    "alive": (bool, True),
    "death": (np.int32, NEVER),
    "left": (np.int32, NEVER),  # day of leaving for good
    "registered": (np.int32, -NEVER),  # day the birth was entered on the hukou
    "cancelled": (np.int32, NEVER),  # day the police struck a death off
    "floating_since": (np.int32, NEVER),
    "education": (np.int8, -1),
    "occupation": (np.int8, -1),
    "phone": (object, None),
    "twin": (bool, False),
    "rank": (np.int8, 1),
    "came": (np.int16, -99),  # month index of arrival
    **{f"changed_{name}": (np.int16, -99) for name in TRACKED},
}


class People:
    """Columns as attributes (`people.birth`)."""

    def __init__(self) -> None:
        self.columns: dict[str, Array] = {
            name: np.empty(0, dtype=dtype) for name, (dtype, _) in COLUMNS.items()
        }

    def __getattr__(self, name: str) -> Array:
        try:
            return self.__dict__["columns"][name]
        except KeyError as error:
            raise AttributeError(name) from error

    def __len__(self) -> int:
        return len(self.columns["sex"])

    def append(self, size: int, **values: Array) -> Array:
        """Adds `size` people and returns their indices."""
        first = len(self)
        for name, (dtype, default) in COLUMNS.items():
            new = np.full(size, default, dtype=dtype)
            if name in values:
                new[:] = values[name]
            self.columns[name] = np.concatenate([self.columns[name], new]) if first else new
        return np.arange(first, first + size)

    def change(self, rows: Array, month: int, what: str, **values: Array) -> None:
        """Sets columns and remembers when, so that older evidence is known to be outdated."""
        for name, value in values.items():
            self.columns[name][rows] = value
        self.columns[f"changed_{what}"][rows] = month

    @property
    def local(self) -> Array:
        """Hukou in the county."""
        return self.hk_v >= 0

    @property
    def belongs(self) -> Array:
        """Should stand on the register: alive, living in or having hukou in the county, not gone for good."""
        return self.alive & (self.left == NEVER) & ((self.hk_v >= 0) | (self.rs_v >= 0))

    @property
    def floating(self) -> Array:
        """Lives in the county in another village than the hukou's (or with hukou elsewhere)."""
        return self.belongs & (self.rs_v >= 0) & (self.rs_v != self.hk_v)

    def age(self, day: int) -> Array:
        return (day - self.birth) / 365.25


class Households:
    """Hukou households (for people from elsewhere: the household they live in)."""

    def __init__(self) -> None:
        self.village = np.empty(0, dtype=np.int32)
        self.group = np.empty(0, dtype=np.int16)
        self.door = np.empty(0, dtype=np.int16)
        self.head = np.empty(0, dtype=np.int32)
        self.is_local = np.empty(0, dtype=bool)

    def __len__(self) -> int:
        return len(self.village)

    def append(self, village: Array, group: Array, door: Array, is_local: Array) -> Array:
        size = len(village)
        first = len(self)
        self.village = np.concatenate([self.village, np.asarray(village, dtype=np.int32)])
        self.group = np.concatenate([self.group, np.asarray(group, dtype=np.int16)])
        self.door = np.concatenate([self.door, np.asarray(door, dtype=np.int16)])
        self.is_local = np.concatenate(
            [self.is_local, np.broadcast_to(np.asarray(is_local, dtype=bool), (size,))]
        )
        self.head = np.concatenate([self.head, np.full(size, -1, dtype=np.int32)])
        return np.arange(first, first + size)

    def choose_heads(self, people: People, day: int) -> None:
        """Keeps a head who is still there; otherwise the eldest adult man, then woman, takes over."""
        present = people.alive & (people.left == NEVER) & (people.hh >= 0)
        head = self.head
        safe = np.maximum(head, 0)
        stays = (head >= 0) & present[safe] & (people.hh[safe] == np.arange(len(self)))
        rows = np.flatnonzero(present)
        rows = rows[~stays[people.hh[rows]]]
        age = people.age(day)[rows]
        rank = (
            np.where(age >= 20, 0, 200)
            + np.where(age > 64, 20, 0)
            + np.where(people.sex[rows] == 2, 10, 0)
            - age / 20
        )
        order = np.lexsort((rank, people.hh[rows]))
        households, first = np.unique(people.hh[rows][order], return_index=True)
        self.head[households] = rows[order][first]


def relation_to_head(people: People, head: Array, person: Array) -> Array:
    """The word for `person` in the household of `head` (both index arrays), from the links between them."""
    safe_head = np.maximum(head, 0)
    man = people.sex[person] == 1
    spouse_of_head = people.spouse[safe_head]

    def parent_of(child: Array, parent: Array) -> Array:
        valid = (child >= 0) & (parent >= 0)
        inner = np.maximum(child, 0)
        return valid & ((people.mother[inner] == parent) | (people.father[inner] == parent))

    mother, father, spouse = people.mother[person], people.father[person], people.spouse[person]
    is_child = parent_of(person, safe_head) | parent_of(person, spouse_of_head)
    child_in_law = parent_of(spouse, safe_head)
    grandchild = parent_of(mother, safe_head) | parent_of(father, safe_head)
    grandchild |= parent_of(mother, spouse_of_head) | parent_of(father, spouse_of_head)
    paternal = parent_of(father, safe_head) | parent_of(father, spouse_of_head)
    sibling = (mother >= 0) & (mother == people.mother[safe_head])
    own_parent = parent_of(safe_head, person)
    in_law = parent_of(spouse_of_head, person)
    head_is_man = people.sex[safe_head] == 1
    cases = (
        (person == head, "户主", "户主"),
        (person == spouse_of_head, "夫", "妻"),
        (is_child, "子", "女"),
        (child_in_law, "女婿", "儿媳"),
        (grandchild & paternal, "孙子", "孙女"),
        (grandchild, "外孙子", "外孙女"),
        (own_parent, "父亲", "母亲"),
        (in_law & head_is_man, "岳父", "岳母"),
        (in_law, "公公", "婆婆"),
        (sibling & (people.birth[person] < people.birth[safe_head]), "兄", "姐姐"),
        (sibling, "弟", "妹妹"),
    )
    word = np.full(len(person), "其他", dtype=object)
    for condition, male, female in reversed(cases):
        word = np.where(condition, np.where(man, male, female), word)
    return word
