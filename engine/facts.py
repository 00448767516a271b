"""The facts that the product establishes about a project: key, what it says, who publishes it, when it is stale.

A fact that nobody publishes yet stays unknown; an item bound to it is then ticked by a person, with a reason.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactKind:
    """One kind of fact. `stale_after_hours`: older than this it is no longer shown as good.

    `only_after`: it can be true after go-live alone, so that nobody waits for it before.
    """

    key: str
    title: str
    says: str
    published_by: str
    stale_after_hours: int
    only_after: bool = False


_DAY, _WEEK, _QUARTER = 24, 24 * 7, 24 * 91

_KINDS = [
    FactKind("inventory.decided", "Inventory decided", "Every asset has its required status.", "assets", _QUARTER),
    FactKind("inventory.captured", "Captures complete", "What must be rebuilt is saved.", "assets", _QUARTER),
    FactKind("inventory.essentials_built", "Pages built", "What domains will show is built.", "assets", _QUARTER),
    FactKind("contacts.validated", "Contact files judged", "No file has errors.", "contacts", _QUARTER),
    FactKind("contacts.consent_split", "Consent split", "Every contact's consent is known.", "contacts", _QUARTER),
    FactKind("contacts.within_limits", "Limits kept", "The files fit the target's importer.", "contacts", _QUARTER),
    FactKind("contacts.tags_mapped", "Tags mapped", "Every tag has its name in the target.", "contacts", _QUARTER),
    FactKind("contacts.sample_imported", "Sample imported", "A sample arrived as it was sent.", "contacts", _QUARTER),
    FactKind("contacts.packs_imported", "Contacts imported", "Every pack has been imported.", "contacts", _QUARTER),
    FactKind("contacts.reconciled", "Import compared", "What arrived equals what was sent.", "contacts", _QUARTER),
    FactKind("domains.checked", "Domains checked", "Every domain's records could be read.", "domains", _WEEK),
    FactKind("domains.snapshot_taken", "DNS snapshot", "The records to go back to are kept.", "domains", _QUARTER),
    FactKind("domains.ttl_lowered", "Time to live lowered", "Changes will be seen within minutes.", "domains", _DAY),
    FactKind("domains.target_authenticated", "New sender authenticated", "Its records are right.", "domains", _DAY),
    FactKind("domains.pages_pointed", "Domains pointed", "They lead to the new platform.", "domains", _DAY, True),
    FactKind("domains.old_sender_gone", "Old sender gone", "None of its records is left.", "domains", _WEEK, True),
    FactKind("domains.no_unknown_senders", "Senders known", "Every sender found is expected.", "domains", _WEEK),
    FactKind("domains.stable", "DNS stable", "Nothing changed unasked.", "domains", _DAY),
    FactKind("cutover.redirects_prepared", "Redirects prepared", "Every old address has its target.", "cutover", _WEEK),
    FactKind("cutover.redirects_right", "Redirects right", "Old addresses lead to new ones.", "cutover", _DAY, True),
    FactKind("cutover.journeys_passed", "Journeys passed", "Every test journey has passed.", "cutover", _WEEK),
    FactKind("cutover.payments_decided", "Payments decided", "Each paying member is decided.", "cutover", _QUARTER),
    FactKind("cutover.rollback_ready", "Rollback ready", "The way back is written and tried.", "cutover", _QUARTER),
    FactKind("cutover.warmed_up", "Sender warmed up", "Everybody was mailed by the rules.", "cutover", _QUARTER, True),
    FactKind("cutover.watch_calm", "72 hours watched", "The numbers were within bounds.", "cutover", _QUARTER, True),
    FactKind("cutover.hold_over", "Hold period over", "The old system is no longer needed.", "cutover", _QUARTER, True),
    FactKind("cutover.accounts_closed", "Old accounts closed", "Nothing is paid twice.", "cutover", _QUARTER, True),
]
FACTS: dict[str, FactKind] = {kind.key: kind for kind in _KINDS}
