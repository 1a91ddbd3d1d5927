/// Why something cannot go on in another program: words for people, as the end of a sentence.
package struct HandoverObstacle: Error, Equatable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
