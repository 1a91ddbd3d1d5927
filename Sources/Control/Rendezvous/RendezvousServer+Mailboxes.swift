import SRMUDP

/// Codes: an issuer claims a nameplate, joiners find its mailbox by it, messages go to and fro.
///
/// A nameplate that is unknown, one that is over and one that was never given out are answered with
/// the same bytes, after the same look into one table.
extension RendezvousServer {
    func claim(ttl: UInt32, uses: UInt8, from client: ClientRegistry.Client, now: Instant) {
        let source = client.place.source
        guard !penalties.isKeptAway(source, now: now), claimRates.take(source, now: now),
            mailboxes.openCount < limits.openNameplates,
            mailboxes.openCount(of: source) < limits.openNameplatesPerSource,
            let nameplate = takeNameplate(), mailboxes.code(nameplate) == nil
        else {
            counters.claimsOverQuota += 1
            return refuse(client.id, .claim, reference: 0, .quota)
        }
        counters.claims += 1
        let expiry = now + .seconds(Int64(ttl))
        let issuer = MailboxTable.Party(mailbox: makeMailboxID(), client: client.id)
        mailboxes.insert(
            MailboxTable.Code(
                nameplate: nameplate, issuer: issuer, source: source, uses: uses, expiry: expiry))
        clients.add(issuer.mailbox, to: client.id)
        deadlines.insert(.code(nameplate), at: expiry)
        send(.claimed(issuer.mailbox, nameplate, ttl: ttl), to: client.id)
    }

    func join(
        _ nameplate: Nameplate, _ first: [UInt8], from client: ClientRegistry.Client, now: Instant
    ) {
        let source = client.place.source
        let reference = UInt64(nameplate.number)
        guard !penalties.isKeptAway(source, now: now) else {
            return refuse(client.id, .join, reference: reference, .quota)
        }
        guard let code = mailboxes.code(nameplate) else {
            counters.joinsUnknown += 1
            penalties.add(limits.refusalPenalty, to: source, now: now)
            return refuse(client.id, .join, reference: reference, .nameplateUnknown)
        }
        let party = MailboxTable.Party(mailbox: makeMailboxID(), client: client.id, messages: 1)
        guard code.joiners.count < Int(code.uses) + limits.extraParties,
            let number = mailboxes.add(party, to: nameplate)
        else {
            counters.codesCrowded += 1
            penalties.add(limits.refusalPenalty, to: source, now: now)
            refuse(client.id, .join, reference: reference, .crowded)
            return close(nameplate, .crowded)
        }
        counters.joins += 1
        clients.add(party.mailbox, to: client.id)
        send(.entered(party.mailbox, party: 0, []), to: client.id)
        send(.entered(code.issuer.mailbox, party: number, first), to: code.issuer.client)
    }

    /// Hands a message to the other party: the issuer's to the joiner it names, a joiner's (who
    /// names 0) to the issuer.
    func post(
        _ bytes: [UInt8], from mailbox: MailboxID, to party: UInt8, of client: ClientRegistry.Client
    ) {
        guard client.mailboxes.contains(mailbox), let place = mailboxes.place(mailbox),
            let code = mailboxes.code(place.nameplate), (place.party == 0) == (party != 0),
            let recipient = code.party(party)
        else { return refuse(client.id, .post, reference: mailbox.value, .nameplateUnknown) }
        let joiner = max(party, place.party)
        let count = mailboxes.countMessage(place.nameplate, joiner: joiner) ?? .max
        guard count <= limits.messagesPerParty else {
            refuse(client.id, .post, reference: mailbox.value, .tooMany)
            return closeJoiner(joiner, of: place.nameplate, .tooManyMessages)
        }
        send(.message(recipient.mailbox, party: place.party, bytes), to: recipient.client)
    }

    /// The issuer gives its code up, or a joiner its mailbox; a wrong code is void for all.
    func burn(_ mailbox: MailboxID, _ ending: MailboxEnding, of client: ClientRegistry.Client) {
        guard client.mailboxes.contains(mailbox), let place = mailboxes.place(mailbox) else {
            return refuse(client.id, .burn, reference: mailbox.value, .nameplateUnknown)
        }
        if ending == .wrongCode { counters.codesBurnt += 1 }
        if place.party == 0 || ending == .wrongCode {
            close(place.nameplate, ending)
        } else {
            closeJoiner(place.party, of: place.nameplate, ending)
        }
    }

    func codeDue(_ nameplate: Nameplate, now: Instant) {
        guard let code = mailboxes.code(nameplate), code.expiry <= now else { return }
        counters.codesExpired += 1
        close(nameplate, .expired)
    }

    /// A client is gone: its codes are over. That a joiner left nobody is told; its partner waits
    /// for messages, and not for ever.
    func closeMailboxes(of client: ClientRegistry.Client) {
        for mailbox in client.mailboxes.sorted(by: { $0.value < $1.value }) {
            guard let place = mailboxes.place(mailbox) else { continue }
            if place.party == 0 {
                close(place.nameplate, .issuerGone)
            } else {
                _ = mailboxes.removeJoiner(place.party, of: place.nameplate)
            }
        }
    }

    private func close(_ nameplate: Nameplate, _ ending: MailboxEnding) {
        guard let code = mailboxes.remove(nameplate) else { return }
        for party in code.parties { tellClosed(party, ending) }
        sweepDeadlines()
    }

    private func closeJoiner(_ number: UInt8, of nameplate: Nameplate, _ ending: MailboxEnding) {
        guard let party = mailboxes.removeJoiner(number, of: nameplate) else { return }
        tellClosed(party, ending)
    }

    private func tellClosed(_ party: MailboxTable.Party, _ ending: MailboxEnding) {
        // Not one that has just been forgotten.
        guard clients[party.client] != nil else { return }
        clients.remove(party.mailbox, from: party.client)
        send(.closed(party.mailbox, ending), to: party.client)
    }

    /// A number that no mailbox has.
    private func makeMailboxID() -> MailboxID {
        while true {
            let id = MailboxID(random.next())
            if id.value != 0, mailboxes.place(id) == nil { return id }
        }
    }
}
