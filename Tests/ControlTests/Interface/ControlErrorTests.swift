import Testing

@testable import Control

@Suite("ControlError")
struct ControlErrorTests {
    @Test("an error of a command survives the way through the socket", arguments: ExitCode.allCases)
    func commands(code: ExitCode) {
        guard code != .success else { return }
        let error = CommandError("peer 'a: b'", "it is: unknown", hint: "try c", code)

        let received = ControlError(error)

        #expect(received.message == "peer 'a: b': it is: unknown")
        #expect(received.commandError == error)
    }

    @Test("an error of a foreign program is split as well as can be")
    func foreign() {
        let error = ControlError(code: 4, message: "homebox: asleep: still", data: nil)
        let plain = ControlError(code: 4_294_967_297, message: "asleep", data: nil)

        #expect(error.commandError == CommandError("homebox", "asleep: still", .notReachable))
        #expect(plain.commandError == CommandError("control", "asleep", .internalError))
    }

    @Test("a mistyped method is told its neighbour")
    func unknownMethod() {
        let error = ControlError.unknownMethod("node.inf", nearest: "node.info")

        #expect(error.code == -32_601 && error.commandError.exitCode == .usage)
        #expect(error.commandError.hint == "did you mean 'node.info'?")
    }
}
