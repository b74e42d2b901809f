"""One transaction over all stores: `with unit_of_work(database) as work: work.deliveries.record(…)`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.engine import Connection

from register.accounts import AccountStore
from register.assignments import AssignmentStore
from register.audit import AuditChain
from register.changes import ChangeStore
from register.database import Database
from register.deliveries import DeliveryLedger
from register.discrepancies import DiscrepancyStore
from register.entities import EntityStore
from register.grants import GrantStore
from register.hand_ins import HandInStore
from register.integrations import IntegrationStore
from register.leases import LeaseStore
from register.link_decisions import LinkDecisions
from register.lookup import PersonLookup
from register.nights import NightLedger
from register.quality import QualityStore
from register.retention import Retention
from register.reveals import RevealStore
from register.rules import RuleStore
from register.saved_views import SavedViews
from register.worklists import WorklistStore


@dataclass(frozen=True)
class UnitOfWork:
    """The stores of one transaction."""

    connection: Connection

    @cached_property
    def accounts(self) -> AccountStore:
        return AccountStore(self.connection)

    @cached_property
    def assignments(self) -> AssignmentStore:
        return AssignmentStore(self.connection)

    @cached_property
    def leases(self) -> LeaseStore:
        return LeaseStore(self.connection)

    @cached_property
    def saved_views(self) -> SavedViews:
        return SavedViews(self.connection)

    @cached_property
    def audit(self) -> AuditChain:
        return AuditChain(self.connection)

    @cached_property
    def changes(self) -> ChangeStore:
        return ChangeStore(self.connection)

    @cached_property
    def deliveries(self) -> DeliveryLedger:
        return DeliveryLedger(self.connection)

    @cached_property
    def discrepancies(self) -> DiscrepancyStore:
        return DiscrepancyStore(self.connection)

    @cached_property
    def entities(self) -> EntityStore:
        return EntityStore(self.connection)

    @cached_property
    def grants(self) -> GrantStore:
        return GrantStore(self.connection)

    @cached_property
    def hand_ins(self) -> HandInStore:
        return HandInStore(self.connection)

    @cached_property
    def integrations(self) -> IntegrationStore:
        return IntegrationStore(self.connection)

    @cached_property
    def link_decisions(self) -> LinkDecisions:
        return LinkDecisions(self.connection)

    @cached_property
    def nights(self) -> NightLedger:
        return NightLedger(self.connection)

    @cached_property
    def people(self) -> PersonLookup:
        return PersonLookup(self.connection)

    @cached_property
    def quality(self) -> QualityStore:
        return QualityStore(self.connection)

    @cached_property
    def retention(self) -> Retention:
        return Retention(self.connection)

    @cached_property
    def reveals(self) -> RevealStore:
        return RevealStore(self.connection)

    @cached_property
    def rules(self) -> RuleStore:
        return RuleStore(self.connection)

    @cached_property
    def worklists(self) -> WorklistStore:
        return WorklistStore(self.connection)


@contextmanager
def unit_of_work(database: Database) -> Iterator[UnitOfWork]:
    """Committed as a whole at the end, rolled back as a whole by an exception."""
    with database.begin() as connection:
        yield UnitOfWork(connection)
