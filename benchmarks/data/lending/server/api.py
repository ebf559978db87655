"""The desk over HTTP: paths and bodies in, status and bodies out. Knows no web framework."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from .errors import LendingError, UnknownItem
from .loans import Desk, Loan
from .members import Member

Answer = tuple[int, dict]
Handler = Callable[[Desk, Member, dict], dict]


def loan_as_json(loan: Loan) -> dict:
    """A loan as the web client knows it."""
    return {"number": loan.item.number, "title": loan.item.title, "due": loan.due.isoformat(), "renewals": loan.renewals}


def handle_lend(desk: Desk, member: Member, body: dict) -> dict:
    """Answer a request to borrow an item."""
    return loan_as_json(desk.lend(body["number"], member, date.fromisoformat(body["today"])))


def handle_renew(desk: Desk, member: Member, body: dict) -> dict:
    """Answer a request for more time."""
    return {"due": desk.renew(body["number"], date.fromisoformat(body["today"])).isoformat()}


def handle_list(desk: Desk, member: Member, body: dict) -> dict:
    """Answer with everything that a member has at home."""
    return {"loans": [loan_as_json(loan) for loan in desk.loans_of(member)], "owed": member.owed_cents}


ROUTES: dict[str, Handler] = {"/lend": handle_lend, "/renew": handle_renew, "/loans": handle_list}


def dispatch(desk: Desk, member: Member, path: str, text: str) -> Answer:
    """Find the handler for a path and turn what it raises into a status code."""
    handler = ROUTES.get(path)
    if handler is None:
        return 404, {"error": f"there is nothing at {path}"}
    try:
        return 200, handler(desk, member, json.loads(text or "{}"))
    except UnknownItem as error:
        return 404, {"error": str(error)}
    except LendingError as error:
        return 409, {"error": str(error)}
    except (KeyError, ValueError) as error:
        return 400, {"error": f"the request makes no sense: {error}"}
