import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct WordListTests {
    private let words = WordList.words

    @Test("there are 2,048 distinct words in order, of 3 to 8 lower-case letters")
    func form() {
        #expect(words.count == WordList.count)
        #expect(Set(words).count == words.count)
        #expect(words == words.sorted())
        for word in words {
            #expect((3...8).contains(word.utf8.count), "\(word)")
            #expect(word.utf8.allSatisfy { (0x61...0x7a).contains($0) }, "\(word)")
        }
    }

    @Test("four letters tell any two words apart")
    func prefixes() {
        #expect(Set(words.map { $0.prefix(4) }).count == words.count)
    }

    @Test("no typing error of one letter leads to another word")
    func distances() {
        let known = Set(words.map { Array($0.utf8) })
        var patterns: Set<[UInt8]> = []
        for word in words.map({ Array($0.utf8) }) {
            for place in word.indices {
                var letterMissing = word
                letterMissing.remove(at: place)
                #expect(!known.contains(letterMissing), "\(word)")
                var anyLetter = word
                anyLetter[place] = UInt8(ascii: "?")
                #expect(patterns.insert(anyLetter).inserted, "\(word)")
                guard place + 1 < word.count, word[place] != word[place + 1] else { continue }
                var exchanged = word
                exchanged.swapAt(place, place + 1)
                #expect(!known.contains(exchanged), "\(word)")
            }
        }
    }

    @Test("no word is the plural of another")
    func plurals() {
        let known = Set(words)
        for word in words { #expect(!known.contains(word + "s") && !known.contains(word + "es")) }
    }

    @Test("words are found by their beginning and by a near miss")
    func lookup() {
        #expect(WordList.words(startingWith: "tun") == words.filter { $0.hasPrefix("tun") })
        #expect(WordList.words(startingWith: "tundra") == ["tundra"])
        #expect(WordList.words(startingWith: "qx").isEmpty)
        #expect(WordList.nearest(to: "tundar") == "tundra")
        #expect(WordList.nearest(to: "xqxqxq") == nil)
    }

    @Test("a phrase is three words, and follows from the key alone")
    func phrases() {
        let key = SecretBytes([UInt8](repeating: 7, count: 32))
        let other = SecretBytes([UInt8](repeating: 8, count: 32))

        let phrase = WordList.phrase(of: key)

        #expect(phrase.count == 3 && phrase.allSatisfy(words.contains))
        #expect(phrase == WordList.phrase(of: key) && phrase != WordList.phrase(of: other))
    }
}
