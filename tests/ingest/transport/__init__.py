"""The contract of the transport: what it relies on of Faust and aiokafka, each in a test that says it."""
