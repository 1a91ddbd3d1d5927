import Control

/// What a client writes to the control socket, and what a node answers, in pieces.
///
/// Input: one byte that says who reads, one for the size of the pieces, and the stream. In pieces
/// it must have the lines that it has in one, and what is understood must mean the same when it is
/// written and read again.
package enum ControlLineFuzzer {
    private static let limit = 400

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let isServer = input.byte() & 1 == 0
        let pieceLength = Int(input.byte()) + 1
        let bytes = input.rest()
        let lines = read(bytes, pieceLength)
        precondition(lines == read(bytes, max(bytes.count, 1)), "lines depend on how they are cut")
        for line in lines {
            precondition(line.count <= limit, "a line is too long")
            if isServer { request(line) } else { answer(line) }
        }
    }

    /// The lines up to the end, or to one that is too long.
    private static func read(_ bytes: [UInt8], _ pieceLength: Int) -> [[UInt8]] {
        var framing = LineFraming(limit: limit)
        var lines: [[UInt8]] = []
        var offset = 0
        while offset < bytes.count {
            let end = min(bytes.count, offset + pieceLength)
            framing.append([UInt8](bytes[offset..<end]))
            offset = end
            do throws(LineFraming.TooLong) {
                while let line = try framing.next() { lines.append(line) }
            } catch {
                return lines
            }
            precondition(framing.count <= limit, "framing has no bound")
        }
        return lines
    }

    private static func request(_ line: [UInt8]) {
        do throws(ControlRequest.Refusal) {
            let request = try ControlRequest(line)
            let message = ControlMessage.request(
                id: request.id, method: request.method, parameters: request.parameters)
            precondition(again(message) == request, "a request changed when it was read again")
            look(into: ControlParameters(request.parameters))
        } catch {
            let failure = ControlMessage.failure(id: error.id, error.error)
            precondition(
                ControlMessage.received(failure.line.dropLast()) == failure,
                "a refusal cannot be read")
            precondition([-32_700, -32_600, -32_602].contains(error.error.code), "a strange code")
        }
    }

    private static func again(_ message: ControlMessage) -> ControlRequest? {
        try? ControlRequest(message.line.dropLast())
    }

    /// Reads the parameters in every way: what each answers or refuses is up to it.
    private static func look(into parameters: ControlParameters) {
        do throws(ControlError) {
            try parameters.expect(["a", "b", "c"])
            if let number = try parameters.optionalInteger("a", in: 1...9) {
                precondition((1...9).contains(number), "a number is out of its range")
            }
            _ = try parameters.textMembers("b")
            for inner in try parameters.objects("c") {
                _ = try inner.optionalStrings("a")
                _ = try inner.flag("b")
                let text = try inner.string("c")
                precondition(!text.utf8.contains(0), "a text would end too early")
            }
        } catch {
            precondition(error.code == -32_602, "a strange code")
        }
    }

    private static func answer(_ line: [UInt8]) {
        guard let message = ControlMessage.received(line) else { return }
        precondition(
            ControlMessage.received(message.line.dropLast()) == message,
            "a message changed when it was read again")
        guard case .failure(_, let error) = message else { return }
        precondition(error.commandError.exitCode != .success, "a failure succeeds")
    }
}
