import SRMUDP

/// The tokens of the web endpoint that are still good for something.
///
/// The file `web-tokens`: first line `p2pfwd web tokens 1`, then one line per token (`WebToken`),
/// with the digest of its text only: whoever reads the file cannot use them. That a use is counted
/// is on disk before the token is honoured. Expired tokens are unknown at once, and vanish from the
/// file with the next change.
package final class WebTokenBook {
    package enum Failure: Error, Equatable {
        /// As many tokens are there as may be.
        case full
        case file(FileError)
    }

    /// How many tokens there may be. The file has room for 10,000 of those without permissions of
    /// their own.
    package static let limit = 10_000

    private let file: RecordFile<WebToken>

    private static let header = "p2pfwd web tokens 1"

    package init(file: DurableFile) throws(FileError) {
        self.file = try RecordFile(
            file: file, header: Self.header, parse: Self.parse, line: \.line)
    }

    /// Those that have not expired.
    package func tokens(now: UnixTime) throws(FileError) -> [WebToken] {
        _ = try file.reloadIfChanged()
        return file.records.filter { now < $0.expiry }
    }

    /// Makes a token and remembers it; when this returns, it is on disk.
    ///
    /// - Returns: its text, which nobody knows but the caller, and what is remembered.
    package func issue(
        _ request: WebTokenRequest, now: UnixTime, random: any RandomSource
    ) throws(Failure) -> (text: String, token: WebToken) {
        let text = TextCoding.base64URL.encode(random.bytes(count: WebToken.secretLength))
        let token = WebToken(
            digest: WebToken.digest(of: text), label: request.label,
            expiry: UnixTime(seconds: now.seconds + request.seconds), usesLeft: request.uses,
            permissions: request.permissions)
        var isFull = false
        do throws(FileError) {
            try change(now: now) { tokens in
                isFull = tokens.count >= Self.limit
                if !isFull { tokens.append(token) }
            }
        } catch .tooLarge {
            isFull = true
        } catch {
            throw .file(error)
        }
        guard !isFull else { throw .full }
        return (text, token)
    }

    /// The token with this text, if it may still be used. Counts nothing.
    package func check(_ text: String, now: UnixTime) throws(FileError) -> WebToken? {
        _ = try file.reloadIfChanged()
        guard let index = Self.index(of: WebToken.digest(of: text), in: file.records),
            now < file.records[index].expiry
        else { return nil }
        return file.records[index]
    }

    /// The same, and counts a use; when this returns, that is on disk.
    ///
    /// - Returns: the token as it was before; nil if it is of no use.
    package func redeem(_ text: String, now: UnixTime) throws(FileError) -> WebToken? {
        guard let known = try check(text, now: now) else { return nil }
        guard known.usesLeft != nil else { return known }
        var redeemed: WebToken?
        try change(now: now) { tokens in
            // Another process may have counted meanwhile.
            guard let index = Self.index(of: known.digest, in: tokens) else { return }
            redeemed = tokens[index]
            guard let rest = tokens[index].used else {
                tokens.remove(at: index)
                return
            }
            tokens[index] = rest
        }
        return redeemed
    }

    /// Forgets a token; when this returns, it opens nothing any more.
    ///
    /// - Returns: whether there was one.
    package func revoke(id: String, now: UnixTime) throws(FileError) -> Bool {
        try remove(now: now) { $0.id == id }
    }

    /// The same, by its text.
    package func revoke(text: String, now: UnixTime) throws(FileError) -> Bool {
        let digest = WebToken.digest(of: text)
        return try remove(now: now) { constantTimeEqual($0.digest, digest) }
    }

    /// What is said where a token is sought in vain. Its ID is not repeated: it could be the text
    /// of a token.
    static let noSuchToken = ControlError(
        CommandError(
            "web tokens", "there is none with this id", hint: "web.token.list tells the ids",
            .failure))

    // MARK: Parts

    private func remove(
        now: UnixTime, where isMeant: (WebToken) -> Bool
    ) throws(FileError) -> Bool {
        guard try tokens(now: now).contains(where: isMeant) else { return false }
        var hasRemoved = false
        try change(now: now) { tokens in
            hasRemoved = tokens.contains(where: isMeant)
            tokens.removeAll(where: isMeant)
        }
        return hasRemoved
    }

    private func change(
        now: UnixTime, _ body: (inout [WebToken]) -> Void
    ) throws(FileError) {
        try file.change { tokens in
            tokens.removeAll { $0.expiry <= now }
            body(&tokens)
        }
    }

    /// Compares with every token in the same way, so that the time says nothing about any.
    private static func index(of digest: [UInt8], in tokens: [WebToken]) -> Int? {
        var found: Int?
        for (index, token) in tokens.enumerated() where constantTimeEqual(token.digest, digest) {
            found = index
        }
        return found
    }

    private static func parse(
        _ line: String, after _: [WebToken]
    ) throws(TextLines.Complaint) -> WebToken {
        try WebToken(line: line)
    }
}
