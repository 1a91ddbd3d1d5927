import SRMUDP

// Methods about pairing by codes.
extension NodeHost {
    /// Makes a code; what becomes of it is told to this client as events.
    func invite(_ call: ControlCall) throws(ControlError) {
        let parameters = call.parameters
        try parameters.expect(["name", "words", "expiresSeconds", "uses"])
        // Events tell the code.
        let client = try connection(of: call)
        let name = try parameters.optionalString("name")
        if let name, !Peer.isValid(name: name) {
            throw ControlError(CommandError("name", PeerError.badName(name: name)))
        }
        var options = InvitationOptions()
        options.wordCount = Int(try parameters.optionalInteger("words", in: 2...4) ?? 2)
        options.uses = Int(try parameters.optionalInteger("uses", in: 1...16) ?? 1)
        let seconds = try parameters.optionalInteger("expiresSeconds", in: 1...86_400)
        if let lifetime = seconds.flatMap({ Lifetime(seconds: $0) }) { options.lifetime = lifetime }
        invitationCount += 1
        let label = "i\(invitationCount)"
        let invitation = CodeInvitation(
            options: options,
            profile: { [unowned self] in
                node.profile(offers: [], isServing: self.options.linger == nil)
            },
            meeting: node.meeting, loop: runner.loop, random: context.random, logger: nodeLogger
        ) { [weak self, weak client] change in
            self?.handle(change, of: label, peerName: name, options, client)
        }
        invitations.append((label, invitation))
        call.answer(.object([("invitation", .string(label))]))
        client.whenGone { [weak self] in self?.cancelInvitation(label) }
        invitation.start()
    }

    func cancelInvitation(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["invitation"])
        let name = try call.parameters.string("invitation")
        guard invitations.contains(where: { $0.name == name }) else {
            throw ControlError(
                CommandError("pair", "there is no invitation '\(name.escapedForMessage)'", .failure)
            )
        }
        cancelInvitation(name)
        call.answer()
    }

    private func cancelInvitation(_ name: String) {
        invitations.first { $0.name == name }?.invitation.cancel()
    }

    private func handle(
        _ change: CodeInvitation.Change, of label: String, peerName: String?,
        _ options: InvitationOptions, _ client: ControlConnection?
    ) {
        let own: [JSONValue.Member] = [("invitation", .string(label))]
        switch change {
        case .ready(let code, let isLocalOnly):
            // Who else listens is not told the secret.
            tell(
                client,
                NodeEvent(
                    .pair, "code", "p2pfwd pair \(code.text)",
                    own + [
                        ("code", .string(code.text)),
                        ("command", .string("p2pfwd pair \(code.text)")),
                        ("seconds", .number(options.lifetime.seconds)),
                        ("localOnly", .bool(isLocalOnly)),
                    ]))
        case .paired(let paired, let usesLeft):
            do throws(PeerError) {
                let peer = try node.directory.peers.save(
                    paired, name: peerName, now: Program.now())
                node.reload()
                let more = own + [("usesLeft", .number(Int64(usesLeft)))]
                tell(client, Self.event(peer, paired, more))
                journal.tell(Self.event(peer, paired, []))
            } catch {
                tell(client, Self.failure(CommandError("pair", error), own))
            }
        case .finished:
            tell(client, NodeEvent(.pair, "finished", "the code is used up", own))
            forget(label)
        case .failed(let failure):
            tell(client, Self.failure(.pairing(failure), own))
            forget(label)
        case .serverLost(let reason):
            nodeLogger.warning("the server with the code is lost (\(reason))")
        }
    }

    private func forget(_ label: String) {
        // The invitation is still at work when it says this.
        runner.loop.schedule(after: .zero) { [weak self] in
            self?.invitations.removeAll { $0.name == label }
            self?.armIdleTimer()
        }
    }

    private func tell(_ client: ControlConnection?, _ event: NodeEvent) {
        client?.notify("event", event.json(at: Program.now()))
    }

    private static func event(
        _ peer: Peer, _ paired: PairedPeer, _ more: [JSONValue.Member]
    ) -> NodeEvent {
        NodeEvent(
            .pair, "paired",
            "paired with '\(peer.name)'; check phrase: \(paired.checkPhraseText)",
            [
                ("peer", .string(peer.name)), ("id", .string("\(NodeID(peer.publicKey))")),
                ("checkPhrase", .string(paired.checkPhraseText)),
            ] + more)
    }

    private static func failure(
        _ error: CommandError, _ more: [JSONValue.Member]
    ) -> NodeEvent {
        NodeEvent(.pair, "failed", error.why, more + [("reason", .string(error.why))])
    }

    // MARK: The other machine's code

    func join(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["code", "name"])
        let text = try call.parameters.string("code")
        let name = try call.parameters.optionalString("name")
        let code: PairingCode
        do throws(CommandError) {
            code = try PairCommand.code(text)
        } catch {
            throw ControlError(error)
        }
        var entry: CodeEntry?
        let newEntry = CodeEntry(
            code: code, profile: node.profile(offers: [], isServing: options.linger == nil),
            meeting: node.meeting, loop: runner.loop, random: context.random, logger: nodeLogger
        ) { [weak self] change in
            let servers = entry?.refusalText
            self?.joined(change, name: name, servers: servers, call)
            // Its last words have to leave before it goes.
            self?.runner.loop.schedule(after: CodeEntry.farewellTime) {
                self?.entries.removeAll { $0 === entry }
                entry = nil
            }
        }
        entry = newEntry
        entries.append(newEntry)
        newEntry.start()
    }

    private func joined(
        _ change: CodeEntry.Change, name: String?, servers: String?, _ call: ControlCall
    ) {
        switch change {
        case .paired(let paired):
            do throws(PeerError) {
                let peer = try node.directory.peers.save(paired, name: name, now: Program.now())
                node.reload()
                journal.tell(Self.event(peer, paired, []))
                call.answer(
                    .object([
                        ("peer", .string(peer.name)),
                        ("id", .string("\(NodeID(peer.publicKey))")),
                        ("checkPhrase", .string(paired.checkPhraseText)),
                        ("offers", .array(paired.profile.offers.map { .string($0) })),
                    ]))
            } catch {
                call.fail(ControlError(CommandError("pair", error)))
            }
        case .failed(let failure):
            call.fail(ControlError(.pairing(failure, servers: servers)))
        }
    }
}
