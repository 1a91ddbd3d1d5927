/// How the peer broke the rules of streams; each one closes the Connection.
package enum StreamError: Error, Equatable {
    /// More bytes than were granted (RFC 9000 section 4.1).
    case flowControl
    /// The end of a stream moved, or bytes came beyond it (section 4.5).
    case finalSize
    /// More streams than were granted (section 4.6).
    case streamLimit
    /// A frame for a stream that the receiver of the frame would have had to open first.
    case streamState
    /// Bytes that had arrived before came again with other content (section 2.2).
    case changedData
    /// Bytes came in so many separate pieces that no loss explains it.
    case fragmentation
    /// Streams were opened and reset at once, hundreds a second for seconds.
    case churn
}
