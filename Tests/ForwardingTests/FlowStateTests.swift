import TestSupport
import Testing

@testable import Forwarding

@Suite struct FlowStateTests {
    typealias Event = FlowState.Event
    typealias Actions = FlowState.Actions

    @Test("both directions end one after the other, in either order, and the socket closes once")
    func halfClose() {
        var uploadFirst = FlowState(isOpener: false)
        #expect(uploadFirst.handle(.socketEnded) == .finishStream)
        #expect(uploadFirst.upload == .draining)
        #expect(uploadFirst.download == .open)
        #expect(uploadFirst.handle(.streamEnded) == .closeSocket)
        #expect(!uploadFirst.isEnded)
        #expect(uploadFirst.handle(.streamClosed) == [])
        #expect(uploadFirst.isEnded)

        var downloadFirst = FlowState(isOpener: false)
        #expect(downloadFirst.handle(.streamEnded) == .shutdownSocket)
        #expect(downloadFirst.upload == .open)
        #expect(downloadFirst.handle(.socketEnded) == [.finishStream, .closeSocket])
        #expect(downloadFirst.handle(.streamClosed) == [])
        #expect(downloadFirst.isEnded)
    }

    @Test("an opener may send before the reply, and a refusal resets its socket")
    func reply() {
        var refused = FlowState(isOpener: true)
        #expect(refused.handle(.replyRefused) == [.resetStream, .stopReading, .abortSocket])
        #expect(refused.isEnded)

        var accepted = FlowState(isOpener: true)
        #expect(accepted.handle(.socketEnded) == .finishStream)
        #expect(accepted.handle(.replyAccepted) == [])
        #expect(accepted.download == .open)
        #expect(accepted.handle(.streamEnded) == .closeSocket)

        var silent = FlowState(isOpener: true)
        #expect(silent.handle(.streamEnded).contains(.abortSocket))
    }

    @Test("a refusal still reaches an opener that was asked to stop sending")
    func stopBeforeRefusal() {
        var state = FlowState(isOpener: true)

        #expect(state.handle(.streamStopped) == .resetStream)
        #expect(state.download == .awaitingReply)
        #expect(state.handle(.replyRefused) == [.stopReading, .abortSocket])
    }

    @Test("a failed socket gives up both directions")
    func socketFailure() {
        var state = FlowState(isOpener: false)

        #expect(state.handle(.socketFailed) == [.resetStream, .stopReading, .abortSocket])
        #expect(state.isEnded)
    }

    @Test("what a socket sent before its FIN is delivered though it fails later")
    func failureAfterEnd() {
        var state = FlowState(isOpener: false)
        _ = state.handle(.socketEnded)

        #expect(state.handle(.socketFailed) == [.stopReading, .abortSocket])
        #expect(state.upload == .draining)
        _ = state.handle(.streamClosed)
        #expect(state.upload == .finished)
    }

    @Test("a reset stream resets the socket and gives up the other direction")
    func streamReset() {
        var state = FlowState(isOpener: false)

        #expect(state.handle(.streamReset) == [.resetStream, .abortSocket])
        #expect(state.isEnded)
    }

    @Test("a peer that stops reading still has its own direction delivered, then a RST follows")
    func stopped() {
        var state = FlowState(isOpener: false)

        #expect(state.handle(.streamStopped) == .resetStream)
        #expect(state.download == .open)
        #expect(state.handle(.streamEnded) == .abortSocket)
    }

    @Test("a stream that is over without having been reset has come to its end")
    func closedWithoutReset() {
        var state = FlowState(isOpener: false)
        _ = state.handle(.socketEnded)
        #expect(state.handle(.streamClosed) == .closeSocket)
        #expect(state.upload == .finished && state.download == .finished)

        var silent = FlowState(isOpener: true)
        #expect(silent.handle(.streamClosed) == .abortSocket)
    }

    @Test("random events never close the socket twice, nor speak to it afterwards")
    func randomEvents() {
        let seed: UInt64 = 0xf10e
        print("FlowStateTests seed=\(seed)")
        let random = SeededRandomSource(seed: seed)
        for _ in 0..<10_000 {
            var state = FlowState(isOpener: random.next(below: 2) == 0)
            var closes = 0
            for _ in 0..<12 {
                let wasEnded = state.isEnded
                let index = Int(random.next(below: UInt64(Event.allCases.count)))
                let actions = state.handle(Event.allCases[index])
                if closes > 0 { #expect(!actions.contains(.shutdownSocket)) }
                if actions.contains(.closeSocket) { closes += 1 }
                if actions.contains(.abortSocket) { closes += 1 }
                if wasEnded { #expect(actions.isEmpty && state.isEnded) }
            }
            #expect(closes <= 1)
            #expect(!state.isEnded || closes == 1)
        }
    }

    @Test(
        "a flow knows who ended it: the first that gave up, else the first that finished",
        arguments: [
            ([.socketEnded, .streamEnded, .streamClosed], .closed(by: .near)),
            ([.streamEnded, .socketEnded, .streamClosed], .closed(by: .far)),
            ([.socketEnded, .streamClosed], .closed(by: .near)),
            ([.socketFailed, .streamReset, .streamClosed], .reset(by: .near)),
            ([.streamReset, .socketFailed, .streamClosed], .reset(by: .far)),
            ([.streamStopped, .socketFailed], .reset(by: .far)),
            ([.socketEnded, .streamReset], .reset(by: .far)),
            ([.streamEnded, .socketFailed], .reset(by: .near)),
            ([.socketEnded, .carrierLost], .sessionLost),
            ([.carrierLost, .withdrawn], .sessionLost),
            ([.sessionClosed, .streamClosed], .sessionClosed),
            ([.cancelled, .socketFailed, .streamClosed], .cancelled),
            ([.withdrawn, .socketFailed, .streamClosed], .notPermitted),
            ([.socketEnded, .streamEnded, .streamClosed, .carrierLost], .closed(by: .near)),
        ] as [([FlowState.Event], FlowEnd)])
    func end(events: [Event], end: FlowEnd) {
        var state = FlowState(isOpener: false)
        #expect(state.end == nil)

        for event in events { _ = state.handle(event) }

        #expect(state.end == end)
    }

    @Test("a refused flow was refused")
    func refusedEnd() {
        var state = FlowState(isOpener: true)

        _ = state.handle(.replyRefused)
        _ = state.handle(.streamClosed)

        #expect(state.end == .refused)
    }
}
