import Testing

@testable import Control

@Suite("Reloading")
struct ReloadingTests {
    @Test("parts are taken over in their order, and only when all are ready")
    func order() {
        var reloading = Reloading()
        var taken: [Int] = []
        reloading.add { taken.append(1) }
        reloading.leave("listen")
        reloading.add { taken.append(2) }
        #expect(taken.isEmpty)

        reloading.takeOver()

        #expect(taken == [1, 2])
        #expect(reloading.laterKeys == ["listen"])
    }
}
