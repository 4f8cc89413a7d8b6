"""Validates a history as a FHIR R5 Bundle with PyPI fhir.resources 8.3.0: python3 read_fhir.py FILE AUDIT_EVENTS CONSENTS"""

import sys

from fhir.resources.bundle import Bundle

path, events, consents = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
bundle = Bundle.model_validate_json(open(path, "rb").read())
kinds = [entry.resource.get_resource_type() for entry in bundle.entry]
assert kinds.count("AuditEvent") == events, kinds
assert kinds.count("Consent") == consents, kinds
for entry in bundle.entry:
    resource = entry.resource
    if resource.get_resource_type() == "AuditEvent":
        assert resource.outcome.code.code in ("success", "warning", "error", "information"), resource.id
        assert resource.agent[0].requestor, resource.id
    else:
        assert resource.status in ("active", "inactive"), resource.id
        assert resource.regulatoryBasis and resource.provision[0].purpose, resource.id
print(f"fhir.resources: {events} AuditEvents and {consents} Consents hold")
