"""svartid: a contact centre's queues as they happen. The way of an event is told in ARCHITECTURE.md."""
