import SRMUDP

/// The open codes, by nameplate and by the mailboxes of their parties.
struct MailboxTable {
    struct Party {
        let mailbox: MailboxID
        let client: RendezvousServer.ClientID
        /// Messages between it and the issuer so far.
        var messages = 0
    }

    struct Code {
        let nameplate: Nameplate
        /// Party 0.
        let issuer: Party
        let source: SourceNetwork
        let uses: UInt8
        let expiry: Instant
        /// Parties 1, 2 ...; nil where one has left.
        var joiners: [Party?] = []

        /// All who are there.
        var parties: [Party] { [issuer] + joiners.compactMap(\.self) }

        func party(_ number: UInt8) -> Party? {
            if number == 0 { return issuer }
            return Int(number) <= joiners.count ? joiners[Int(number) - 1] : nil
        }
    }

    /// To whom a mailbox belongs.
    struct Place {
        let nameplate: Nameplate
        let party: UInt8
    }

    private var codes: [Nameplate: Code] = [:]
    private var places: [MailboxID: Place] = [:]
    private var bySource: [SourceNetwork: Int] = [:]

    var openCount: Int { codes.count }

    func openCount(of source: SourceNetwork) -> Int { bySource[source] ?? 0 }
    func code(_ nameplate: Nameplate) -> Code? { codes[nameplate] }
    func place(_ mailbox: MailboxID) -> Place? { places[mailbox] }

    mutating func insert(_ code: Code) {
        codes[code.nameplate] = code
        places[code.issuer.mailbox] = Place(nameplate: code.nameplate, party: 0)
        bySource[code.source, default: 0] += 1
    }

    /// - Returns: the number of the new party; nil if there is no such code.
    mutating func add(_ party: Party, to nameplate: Nameplate) -> UInt8? {
        guard var code = codes[nameplate], code.joiners.count < UInt8.max else { return nil }
        code.joiners.append(party)
        codes[nameplate] = code
        let number = UInt8(code.joiners.count)
        places[party.mailbox] = Place(nameplate: nameplate, party: number)
        return number
    }

    /// Counts a message between the issuer and a joiner.
    /// - Returns: how many there were with it; nil if there is no such joiner.
    mutating func countMessage(_ nameplate: Nameplate, joiner: UInt8) -> Int? {
        let index = Int(joiner) - 1
        guard let joiners = codes[nameplate]?.joiners, joiners.indices.contains(index),
            var party = joiners[index]
        else { return nil }
        party.messages += 1
        codes[nameplate]?.joiners[index] = party
        return party.messages
    }

    mutating func removeJoiner(_ number: UInt8, of nameplate: Nameplate) -> Party? {
        let index = Int(number) - 1
        guard let joiners = codes[nameplate]?.joiners, joiners.indices.contains(index),
            let party = joiners[index]
        else { return nil }
        codes[nameplate]?.joiners[index] = nil
        places[party.mailbox] = nil
        return party
    }

    mutating func remove(_ nameplate: Nameplate) -> Code? {
        guard let code = codes.removeValue(forKey: nameplate) else { return nil }
        for party in code.parties { places[party.mailbox] = nil }
        let rest = (bySource[code.source] ?? 1) - 1
        bySource[code.source] = rest > 0 ? rest : nil
        return code
    }
}
