import SRMUDP

/// How a key link is.
///
///     waiting ──▸ established ──▸ reconnecting ──▸ established ...
///        └─────────────┴───────────────┴──▸ failed
///
/// `established` after `reconnecting(.silence)` is the same connection: nothing was lost. After
/// `reconnecting(.lost)` it is another one, with a far end that may know nothing of the one before.
package enum KeyLinkState: Equatable {
    /// The other end was not heard yet. It is called for as long as it takes; the obstacle says what
    /// may stand in the way, if anything is known.
    case waiting(KeyLinkObstacle?)
    /// Messages travel.
    case established
    /// The other end was there and is not now. What is sent waits.
    case reconnecting(KeyLinkInterruption)
    /// The link is over.
    case failed(KeyLinkFailure)
}

/// What may keep a link from coming about. All of these are tried again.
package enum KeyLinkObstacle: Equatable {
    /// The name of the remote end leads nowhere; in words.
    case unresolvable(String)
    /// Nothing was heard for a while: nobody is there, something is in between, or the keys differ.
    /// From outside these look alike.
    case unanswered
    /// Somebody answers from there who says that it speaks other versions of the protocol.
    case otherVersion
    /// The other end holds the key, but has a link with another process that holds it too.
    case occupied
}

/// Why a link that was established is not.
package enum KeyLinkInterruption: Equatable {
    /// Nothing is heard. The connection is kept, and goes on where it was.
    case silence
    /// The connection is gone. `unconfirmed` messages had left: whether they arrived is not known,
    /// and they are not sent again. Those that had not left are sent over the next connection.
    case lost(ConnectionError, unconfirmed: Int)
}

/// Why a link is over.
package enum KeyLinkFailure: Error, Equatable {
    /// `KeyLink.close` was called, or the hub was closed.
    case closed
    /// A newer link with the same key to the same remote end took its place.
    case takenOver
    /// A link that was opened earlier uses the same key, written in another way.
    case keyInUse
    /// The system has no thread for the key's password.
    case system(String)
}

/// Why a message was not taken.
package enum KeyLinkSendError: Error, Equatable {
    /// Longer than `KeyLinkMessage.longest`.
    case tooLong
    case notUTF8
    /// More would wait than may (`KeyLink.queueLimit`); ask `queuedCount` before.
    case queueFull
    /// The link is over.
    case closed
}

extension KeyLinkObstacle: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unresolvable(let reason): "the remote end's name leads nowhere: \(reason)"
        case .unanswered: "no answer: nobody is there, it is blocked, or its key is another one"
        case .otherVersion: "the remote end speaks another version of the protocol"
        case .occupied: "the remote end has a link with another process that holds the key"
        }
    }
}

extension KeyLinkInterruption: CustomStringConvertible {
    package var description: String {
        switch self {
        case .silence: return "nothing is heard; waiting for it"
        case .lost(let error, 0): return "\(error)"
        case .lost(let error, let count):
            let messages = count == 1 ? "1 message" : "\(count) messages"
            return "\(error); whether \(messages) arrived is not known"
        }
    }
}

extension KeyLinkFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .closed: "closed"
        case .takenOver: "a newer link with the same key took its place"
        case .keyInUse: "another link uses this key"
        case .system(let reason): reason
        }
    }
}

extension KeyLinkSendError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong: "a message has at most \(KeyLinkMessage.longest) bytes"
        case .notUTF8: "a text message must be UTF-8"
        case .queueFull: "more waits to be sent than may"
        case .closed: "the link is over"
        }
    }
}
