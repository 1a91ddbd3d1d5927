import SRMUDP

// Methods about the tokens of the web endpoint. Its routes say and do the same.
extension NodeHost: WebTokenIssuer {
    /// The tokens of this home, which may be made before there is anything that takes them.
    func tokenBook() throws(CommandError) -> WebTokenBook {
        if let openTokenBook { return openTokenBook }
        do throws(FileError) {
            let book = try WebTokenBook(file: context.home.webTokens)
            openTokenBook = book
            return book
        } catch {
            throw CommandError("web tokens", error)
        }
    }

    /// The one gate for all routes, so that guesses at each count together.
    func tokenGate() throws(CommandError) -> WebTokenGate {
        if let openTokenGate { return openTokenGate }
        let gate = WebTokenGate(book: try tokenBook(), clock: Program.now, logger: nodeLogger)
        openTokenGate = gate
        return gate
    }

    func makeToken(_ call: ControlCall) throws(ControlError) {
        try requireOwner(call)
        call.answer(try makeToken(try WebTokenRequest(call.parameters)))
    }

    func listTokens(_ call: ControlCall) throws(ControlError) {
        try requireOwner(call)
        try call.parameters.expect([])
        call.answer(try listTokens())
    }

    func revokeToken(_ call: ControlCall) throws(ControlError) {
        try requireOwner(call)
        try call.parameters.expect(["id"])
        try revokeToken(try call.parameters.string("id"))
        call.answer()
    }

    /// A token that may call methods must not make itself one that may do more.
    private func requireOwner(_ call: ControlCall) throws(ControlError) {
        guard call.connection == nil else { return }
        throw ControlError(
            CommandError(
                call.method, "a token opens no way to other tokens",
                hint: "use /v0/token on this machine, or the control socket", .refused))
    }

    // MARK: For calls and routes alike

    func makeToken(_ request: WebTokenRequest) throws(ControlError) -> JSONValue {
        try checkPeers(of: request)
        do throws(CommandError) {
            let (text, token) = try issue(request)
            nodeLogger.info("web: token \(token.id) was made; it expires \(token.expiry)")
            return .object([("token", .string(text))] + token.members)
        } catch {
            throw ControlError(error)
        }
    }

    func listTokens() throws(ControlError) -> JSONValue {
        do throws(CommandError) {
            let book = try tokenBook()
            do throws(FileError) {
                let tokens = try book.tokens(now: Program.now())
                return .object([("tokens", .array(tokens.map { .object($0.members) }))])
            } catch {
                throw CommandError("web tokens", error)
            }
        } catch {
            throw ControlError(error)
        }
    }

    func revokeToken(_ id: String) throws(ControlError) {
        let isRevoked: Bool
        do throws(CommandError) {
            let book = try tokenBook()
            do throws(FileError) {
                isRevoked = try book.revoke(id: id, now: Program.now())
            } catch {
                throw CommandError("web tokens", error)
            }
        } catch {
            throw ControlError(error)
        }
        guard isRevoked else { throw WebTokenBook.noSuchToken }
        nodeLogger.info("web: token \(id) was revoked")
    }

    private func issue(
        _ request: WebTokenRequest
    ) throws(CommandError) -> (text: String, token: WebToken) {
        let book = try tokenBook()
        do throws(WebTokenBook.Failure) {
            return try book.issue(request, now: Program.now(), random: context.random)
        } catch {
            switch error {
            case .full:
                throw CommandError(
                    "web tokens", "there are as many as may be",
                    hint: "revoke some, or wait until some have expired", .failure)
            case .file(let error): throw CommandError("web tokens", error)
            }
        }
    }

    /// A misspelt name would make a token that opens nothing.
    private func checkPeers(of request: WebTokenRequest) throws(ControlError) {
        node.directory.reload()
        for name in request.permissions.peers.keys.sorted() {
            do throws(PeerError) {
                _ = try node.directory.peers.peer(named: name)
            } catch {
                throw .invalidParameters("'peers': \(error)", hint: error.hint)
            }
        }
    }
}
