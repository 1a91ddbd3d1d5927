/// The half-close machine of a flow: two half pipes that end independently of each other.
///
/// `upload` runs from the socket to the stream, `download` from the stream to the socket. An event
/// changes the states and returns actions; carrying out an action never changes a state.
///
///     event           upload                           download
///     --------------  -------------------------------  ------------------------------------------
///     replyAccepted                                    awaitingReply > open
///     replyRefused    open > aborted, resetStream      awaitingReply > aborted, stopReading;
///                                                      abortSocket
///     socketEnded     open > draining, finishStream
///     socketFailed    open > aborted, resetStream      not ended > aborted, stopReading;
///                                                      abortSocket
///     streamEnded                                      open > finished, shutdownSocket
///                                                      awaitingReply: as replyRefused
///     streamReset     open > aborted, resetStream      not ended > aborted; abortSocket
///     streamStopped   not ended > aborted, resetStream
///     streamClosed    draining > finished; open >      open > finished, shutdownSocket
///                     aborted                          awaitingReply > aborted, abortSocket
///     carrierLost     not ended > aborted              not ended > aborted; abortSocket
///     sessionClosed   as carrierLost
///     withdrawn       as carrierLost
///     cancelled       as carrierLost
///
/// Once neither half needs the socket it is closed, with RST when one of them was aborted: TCP
/// has no other word for "what you sent did not arrive". A half that is `draining` needs no socket
/// any more: its last bytes are in the stream's buffer.
///
/// `end` tells why the flow ended: the first event that aborted a half, else the one that finished
/// the first of them.
package struct FlowState: Equatable {
    package enum Upload: Equatable {
        /// Bytes of the socket go into the stream.
        case open
        /// The socket has ended and the stream with it; not everything is acknowledged.
        case draining
        /// The peer has everything.
        case finished
        /// The rest is given up.
        case aborted
    }

    package enum Download: Equatable {
        /// The far side has not said yet whether it could connect. Only the opener begins here.
        case awaitingReply
        /// Bytes of the stream go into the socket.
        case open
        /// The socket has taken everything, and our FIN behind it.
        case finished
        /// The rest is given up.
        case aborted
    }

    package enum Event: Equatable, CaseIterable {
        case replyAccepted
        case replyRefused
        /// The socket's peer ended its direction (FIN).
        case socketEnded
        /// The socket failed or was reset.
        case socketFailed
        /// All bytes of the stream and its FIN went into the socket.
        case streamEnded
        case streamReset
        case streamStopped
        case streamClosed
        case carrierLost
        /// This node or the peer's ends the session.
        case sessionClosed
        /// The right to the flow was taken away.
        case withdrawn
        /// This side's user ends the flow.
        case cancelled
    }

    package struct Actions: OptionSet {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// End our direction of the stream.
        package static let finishStream = Actions(rawValue: 1)
        /// Give up our direction of the stream.
        package static let resetStream = Actions(rawValue: 2)
        /// Ask the peer to give up its direction of the stream.
        package static let stopReading = Actions(rawValue: 4)
        /// Send a FIN to the socket.
        package static let shutdownSocket = Actions(rawValue: 8)
        /// Close the socket in good order.
        package static let closeSocket = Actions(rawValue: 16)
        /// Close the socket with a RST.
        package static let abortSocket = Actions(rawValue: 32)
    }

    package private(set) var upload: Upload = .open
    package private(set) var download: Download
    private(set) var isSocketClosed = false
    /// Nil while neither half has come to an end.
    package private(set) var end: FlowEnd?

    init(restoring snapshot: FlowSnapshot) {
        upload = snapshot.upload
        download = snapshot.download
        isSocketClosed = snapshot.isSocketClosed
        end = snapshot.end
    }

    package init(isOpener: Bool) { download = isOpener ? .awaitingReply : .open }

    /// True when both halves have come to an end of one kind or another.
    package var isEnded: Bool {
        (upload == .finished || upload == .aborted)
            && (download == .finished || download == .aborted)
    }

    package mutating func handle(_ event: Event) -> Actions {
        note(end(by: event))
        var actions: Actions
        switch event {
        case .replyAccepted: actions = replyAccepted()
        case .replyRefused: actions = replyRefused()
        case .socketEnded: actions = socketEnded()
        case .socketFailed: actions = socketFailed()
        case .streamEnded: actions = streamEnded()
        case .streamReset: actions = streamReset()
        case .streamStopped: actions = abortUpload()
        case .streamClosed: actions = streamClosed()
        case .carrierLost, .sessionClosed, .withdrawn, .cancelled: actions = carrierLost()
        }
        addSocketClose(to: &actions)
        return actions
    }

    private mutating func note(_ newEnd: FlowEnd?) {
        guard let newEnd else { return }
        guard let end else { return self.end = newEnd }
        if end.isOrderly, !newEnd.isOrderly { self.end = newEnd }
    }

    /// What `event` is to a flow in this state; nil where it does not end anything.
    private func end(by event: Event) -> FlowEnd? {
        let isDownloadOver = download == .finished || download == .aborted
        switch event {
        case .replyAccepted: return nil
        case .replyRefused: return download == .awaitingReply ? .refused : nil
        case .socketEnded: return upload == .open ? .closed(by: .near) : nil
        case .socketFailed: return upload == .open || !isDownloadOver ? .reset(by: .near) : nil
        case .streamEnded: return download == .open ? .closed(by: .far) : nil
        case .streamReset: return upload == .open || !isDownloadOver ? .reset(by: .far) : nil
        case .streamStopped: return upload == .open || upload == .draining ? .reset(by: .far) : nil
        case .streamClosed: return download == .open ? .closed(by: .far) : nil
        case .carrierLost: return isEnded ? nil : .sessionLost
        case .sessionClosed: return isEnded ? nil : .sessionClosed
        case .withdrawn: return isEnded ? nil : .notPermitted
        case .cancelled: return isEnded ? nil : .cancelled
        }
    }

    private mutating func replyAccepted() -> Actions {
        switch download {
        case .awaitingReply: download = .open
        case .open, .finished, .aborted: break
        }
        return []
    }

    private mutating func replyRefused() -> Actions {
        switch download {
        case .awaitingReply:
            download = .aborted
            return abortUpload().union([.abortSocket, .stopReading])
        case .open, .finished, .aborted:
            return []
        }
    }

    private mutating func socketEnded() -> Actions {
        switch upload {
        case .open:
            upload = .draining
            return .finishStream
        case .draining, .finished, .aborted:
            return []
        }
    }

    private mutating func socketFailed() -> Actions {
        var actions: Actions = .abortSocket
        // What the socket sent before its FIN is still worth delivering, so `draining` goes on.
        if upload == .open { actions.formUnion(abortUpload()) }
        switch download {
        case .awaitingReply, .open:
            download = .aborted
            actions.insert(.stopReading)
        case .finished, .aborted:
            break
        }
        return actions
    }

    private mutating func streamEnded() -> Actions {
        switch download {
        case .awaitingReply:
            return replyRefused()
        case .open:
            download = .finished
            return .shutdownSocket
        case .finished, .aborted:
            return []
        }
    }

    private mutating func streamReset() -> Actions {
        var actions: Actions = []
        switch download {
        case .awaitingReply, .open:
            download = .aborted
            actions.insert(.abortSocket)
        case .finished, .aborted:
            break
        }
        if upload == .open { actions.formUnion(abortUpload()) }
        return actions
    }

    private mutating func streamClosed() -> Actions {
        switch upload {
        case .open: upload = .aborted
        case .draining: upload = .finished
        case .finished, .aborted: break
        }
        switch download {
        case .awaitingReply: return abortDownload()
        // A reset would have been told before: the end came alone, when all bytes had been read.
        case .open: return streamEnded()
        case .finished, .aborted: return []
        }
    }

    private mutating func carrierLost() -> Actions {
        switch upload {
        case .open, .draining: upload = .aborted
        case .finished, .aborted: break
        }
        return abortDownload()
    }

    private mutating func abortUpload() -> Actions {
        switch upload {
        case .open, .draining:
            upload = .aborted
            return .resetStream
        case .finished, .aborted:
            return []
        }
    }

    private mutating func abortDownload() -> Actions {
        switch download {
        case .awaitingReply, .open:
            download = .aborted
            return .abortSocket
        case .finished, .aborted:
            return []
        }
    }

    /// Closes the socket once, when neither half needs it any more or an action aborts it.
    private mutating func addSocketClose(to actions: inout Actions) {
        let uploadIsDone = upload != .open
        let downloadIsDone = download == .finished || download == .aborted
        let close = actions.contains(.abortSocket) || (uploadIsDone && downloadIsDone)
        actions.subtract([.abortSocket, .closeSocket])
        guard close, !isSocketClosed else {
            if isSocketClosed { actions.remove(.shutdownSocket) }
            return
        }
        isSocketClosed = true
        actions.remove(.shutdownSocket)
        let isAborted = upload == .aborted || download == .aborted
        actions.insert(isAborted ? .abortSocket : .closeSocket)
    }
}
