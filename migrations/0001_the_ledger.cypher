// The counter that numbers every change, and the identity by which a restored or different database is noticed.
MERGE (ledger:Ledger {name: 'ledger'})
ON CREATE SET ledger.id = randomUUID(), ledger.next = 1, ledger.at = datetime.realtime('UTC')
