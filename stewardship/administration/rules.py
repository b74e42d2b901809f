"""The pages of the rules: what holds and held, the one draft that stewards share, what it would do, and putting it in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from register.errors import Conflict, InvalidInput, NotAllowed
from register.rules import LONGEST_NOTE, Trial, Version
from register.work import UnitOfWork
from stewardship.actors import called
from stewardship.administration import rule_forms as forms
from stewardship.administration.rule_words import EFFECTS, GROUPS, MORE_SOURCES, PROBLEMS, SETTINGS, STEPS
from stewardship.administration.sections import RULES, sections_of
from stewardship.errors import NotThere
from stewardship.pages import page
from stewardship.places import Places, read_places
from stewardship.visits import Form, Here, House, Visitor, acting_as

router: Final = APIRouter()
Setter = Annotated[Visitor, Depends(acting_as(*RULES))]
PLACE: Final = "/administration/rules"
LARGEST: Final = 2**31


@router.get(PLACE)
def rules(request: Request, here: Here, visitor: Setter) -> Response:
    return _overview(request, here, visitor)


@router.get(f"{PLACE}/draft")
def draft(request: Request, here: Here, visitor: Setter) -> Response:
    """The draft, or what the first draft begins with: what holds now."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        found = work.rules.draft()
        begun = found.rules if found is not None else _in_force(work, here)
    typed = forms.fields(forms.settled(begun, here.settings.rule_defaults))
    return _form(request, here, visitor, found, typed | {"note": found.note if found else ""})


@router.post(f"{PLACE}/draft")
def save(request: Request, here: Here, visitor: Setter, form: Form) -> Response:
    read = forms.read_form(form, here.settings.rule_defaults)
    if read.problems or len(form.get("note", "")) > LONGEST_NOTE:
        with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
            found = work.rules.draft()
        return _form(request, here, visitor, found, form, 422, problems=read.problems, seen=_revision(form))
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            work.rules.save(read.rules, form.get("note", ""), _revision(form), visitor.user_id, here.now())
    except Conflict:
        return _overtaken(request, here, visitor, form, read.rules)
    return RedirectResponse(f"{PLACE}?done=save", 303)


@router.post(f"{PLACE}/draft/{{act}}")
def act_on(request: Request, here: Here, visitor: Setter, form: Form, act: str) -> Response:
    """try, force, drop; on the revision that was seen."""
    if act not in ("try", "force", "drop"):
        raise NotThere
    trial = None
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            if act == "try":
                trial = work.rules.ask_trial(_revision(form), visitor.user_id, here.now())
                is_new = _is_new(work, trial)
            elif act == "drop":
                work.rules.drop(_revision(form), visitor.user_id)
            else:
                work.rules.put_in_force(_revision(form), visitor.user_id, here.now())
    except Conflict:
        return _overview(request, here, visitor, 409, problem="changed")
    except NotAllowed:
        return _overview(request, here, visitor, 409, problem="second")
    except InvalidInput:
        return _overview(request, here, visitor, 422, problem="trial")
    if trial is None:
        return RedirectResponse(f"{PLACE}?done={act}", 303)
    if is_new and here.trials is not None:
        here.trials.start(trial)
    return RedirectResponse(f"{PLACE}/trials/{trial}", 303)


@router.get(f"{PLACE}/trials/{{trial_id}}")
def trial_page(request: Request, here: Here, visitor: Setter, trial_id: int) -> Response:
    """How far it is, loading itself anew; then what would become of the discrepancies."""
    if not 0 < trial_id < LARGEST:
        raise NotThere
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        found = work.rules.trial(trial_id)
        if found is None:
            raise NotThere
        newest, draft = work.rules.newest_night(), work.rules.draft()
        places = read_places(work.connection)
        names = _names(work, visitor, found.asked_by)
    is_of_draft = draft is not None and (draft.version_no, draft.digest) == (found.version_no, found.digest)
    return page(
        request,
        "administration/trial.html",
        visitor=visitor,
        sections=sections_of(visitor.role),
        trial=found,
        names=names,
        is_alive=found.is_alive(here.now()),
        is_newest=found.night == newest,
        is_of_draft=is_of_draft,
        draft=draft,
        counts=counted(found, places),
        listed=found.result.get("listed", ()),
        places=places,
        effects=EFFECTS,
        steps=STEPS,
    )


def counted(trial: Trial, places: Places) -> dict[str, dict[str, Counter[str]]]:
    """By type and by township: effect → discrepancies."""
    found: dict[str, dict[str, Counter[str]]] = {"type": {}, "township": {}}
    for type_, township, what, number in trial.result.get("counts", ()):
        named = places.names.get(township, township)
        found["type"].setdefault(type_, Counter())[what] += number
        found["township"].setdefault(named, Counter())[what] += number
    return found


def _overview(
    request: Request, here: House, visitor: Visitor, status: int = 200, problem: str | None = None
) -> Response:
    defaults = here.settings.rule_defaults
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        store = work.rules
        draft, history, newest = store.draft(), store.history(), store.newest_night()
        has_another = store.has_another(visitor.user_id)
        writers = (
            user for one in (draft, *history) if one is not None for user in (one.written_by, one.put_by)
        )
        names = _names(work, visitor, *writers)
        told: dict[str, Any] = {"trial": None, "is_tried": False, "needs_another": False}
        if draft is not None:
            trial = store.last_trial(draft)
            is_current = trial is not None and trial.digest == draft.digest
            told = {
                "trial": trial if is_current else None,
                "is_tried": store.is_tried(draft),
                "needs_another": has_another and draft.written_by == visitor.user_id,
            }
    in_force = history[0].rules if history else here.settings.rule_file
    done = request.query_params.get("done", "")
    return page(
        request,
        "administration/rules.html",
        status,
        visitor=visitor,
        here=PLACE,
        sections=sections_of(visitor.role),
        draft=draft,
        names=names,
        changes=[] if draft is None else forms.differences(in_force, draft.rules, defaults),
        in_force=forms.differences({}, in_force, defaults),
        is_file=not history and bool(here.settings.rule_file),
        history=_with_changes(history, here),
        newest=newest,
        has_another=has_another,
        problem=problem,
        done=done if done in ("save", "drop", "force") else "",
        can_try=here.trials is not None and newest is not None,
        **_words(),
        **told,
    )


def _with_changes(history: Sequence[Version], here: House) -> list[tuple[Version, list[forms.Difference]]]:
    """Each version with what it set otherwise than the one before."""
    before = [*(version.rules for version in history[1:]), here.settings.rule_file]
    defaults = here.settings.rule_defaults
    return [
        (version, forms.differences(old, version.rules, defaults)) for version, old in zip(history, before)
    ]


def _form(
    request: Request,
    here: House,
    visitor: Visitor,
    draft: Version | None,
    typed: Mapping[str, str],
    status: int = 200,
    *,
    problems: Mapping[str, str] | None = None,
    seen: int | None = None,
    overtaken: Sequence[forms.Difference] | None = None,
) -> Response:
    defaults = here.settings.rule_defaults
    usual = forms.fields(defaults)
    cells = {name: None for name in (*usual, *typed) if name.startswith("t.") and name.count(".") == 2}
    lines: dict[str, list[tuple[str, str]]] = {}
    for name in cells:
        _, field, source = name.split(".", 2)
        if field in defaults.trust.table:
            lines.setdefault(field, []).append((source, name))
    return page(
        request,
        "administration/draft.html",
        status,
        visitor=visitor,
        here=f"{PLACE}/draft",
        sections=sections_of(visitor.role),
        draft=draft,
        writer="" if draft is None or overtaken is None else _writer(here, visitor, draft),
        revision=seen if seen is not None else (draft.revision if draft else 0),
        typed=typed,
        usual=usual,
        lines=lines,
        due=[name for name in usual if name.startswith("d.")],
        sources=forms.sources(defaults),
        problems=problems or {},
        problem_words=PROBLEMS,
        overtaken=overtaken,
        longest=LONGEST_NOTE,
        **_words(),
    )


def _names(work: UnitOfWork, visitor: Visitor, *users: str | None) -> Mapping[str, str]:
    return called(work.assignments.names({user for user in users if user}), visitor.language)


def _writer(here: House, visitor: Visitor, draft: Version) -> str:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        return _names(work, visitor, draft.written_by).get(draft.written_by, draft.written_by)


def _overtaken(
    request: Request, here: House, visitor: Visitor, form: Mapping[str, str], rules: Mapping[str, Any]
) -> Response:
    """Somebody else saved, dropped or put in force: what is different now, and what was typed, to be sent again."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        found = work.rules.draft()
        now = found.rules if found is not None else _in_force(work, here)
    told = forms.differences(now, rules, here.settings.rule_defaults)
    return _form(request, here, visitor, found, form, 409, overtaken=told)


def _in_force(work: UnitOfWork, here: House) -> Mapping[str, Any]:
    found = work.rules.for_night(None)
    return here.settings.rule_file if found is None else found.rules


def _is_new(work: UnitOfWork, trial_id: int) -> bool:
    found = work.rules.trial(trial_id)
    return found is not None and found.state == "waiting"


def _revision(form: Mapping[str, str]) -> int:
    """The one that was seen; text that is none is no revision there ever was."""
    text = form.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _words() -> dict[str, Any]:
    return {"groups": GROUPS, "settings": SETTINGS, "more_sources": MORE_SOURCES}
