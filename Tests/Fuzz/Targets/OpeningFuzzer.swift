import Forwarding
import SRMUDP

/// The first bytes of a stream in both directions: whatever is understood is written back so that
/// it is understood as the same.
///
/// The first byte chooses the message: 0 an OpenRequest, 1 an OpenReply, 3 a MeasureResult, else
/// a ListenAnswer.
package enum OpeningFuzzer {
    package static func run(_ input: [UInt8]) {
        let bytes = input.dropFirst()
        switch input.first {
        case 0?:
            guard let request = request(in: bytes) else { return }
            precondition(self.request(in: request.encoded[...]) == request, "a request changed")
            precondition(!request.description.isEmpty)
        case 1?:
            guard let reply = reply(in: bytes) else { return }
            precondition(self.reply(in: reply.encoded[...]) == reply, "a reply changed")
        case 3?:
            guard let result = MeasureResult(encoded: Array(bytes)) else { return }
            precondition(result.encoded == Array(bytes), "a result changed")
            precondition(result.bitsPerSecond >= 0)
        case .some:
            guard let answer = answer(in: bytes) else { return }
            precondition(self.answer(in: answer.encoded[...]) == answer, "an answer changed")
        case nil: break
        }
    }

    private static func request(in bytes: ArraySlice<UInt8>) -> OpenRequest? {
        var parser = OpenRequestParser()
        do {
            for byte in bytes {
                if let request = try parser.receive(byte) { return request }
            }
        } catch {
            return nil
        }
        return nil
    }

    private static func reply(in bytes: ArraySlice<UInt8>) -> OpenReply? {
        var parser = OpenReplyParser()
        do {
            for byte in bytes {
                if let reply = try parser.receive(byte) { return reply }
            }
        } catch {
            return nil
        }
        return nil
    }

    private static func answer(in bytes: ArraySlice<UInt8>) -> ListenAnswer? {
        var parser = ListenAnswerParser()
        for byte in bytes {
            if let answer = parser.receive(byte) { return answer }
        }
        return nil
    }
}
