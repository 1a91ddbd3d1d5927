import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite struct MetricsTextTests {
    private var text = MetricsText()

    @Test("a metric has its help, its type and its samples")
    mutating func plain() {
        text.write(
            MetricDefinition("a_total", .counter, "What is counted.", labels: ["kind", "way"]),
            [MetricSample(["x", "up"], count: .max), MetricSample(["x", "down"], count: 0)])
        text.write(MetricDefinition("b_seconds", .gauge, "How long."), MetricSample([], 0.25))

        #expect(
            text.text == """
                # HELP a_total What is counted.
                # TYPE a_total counter
                a_total{kind="x",way="up"} 18446744073709551615
                a_total{kind="x",way="down"} 0
                # HELP b_seconds How long.
                # TYPE b_seconds gauge
                b_seconds 0.25

                """)
    }

    @Test("a histogram counts each class with all below it")
    mutating func histogram() {
        var histogram = DurationHistogram(bounds: [.milliseconds(5), .seconds(1)])
        for length: Interval in [.milliseconds(1), .milliseconds(2), .seconds(1), .seconds(8)] {
            histogram.observe(length)
        }
        text.write(
            MetricDefinition("a_seconds", .histogram, "H.", labels: ["way"]),
            [MetricSample(["up"], histogram)])

        #expect(
            text.text.split(separator: "\n").dropFirst(2) == [
                "a_seconds_bucket{way=\"up\",le=\"0.005\"} 2",
                "a_seconds_bucket{way=\"up\",le=\"1\"} 3",
                "a_seconds_bucket{way=\"up\",le=\"+Inf\"} 4",
                "a_seconds_sum{way=\"up\"} 9.003", "a_seconds_count{way=\"up\"} 4",
            ])
    }

    @Test("what would end a value or a line is escaped, each where it would")
    mutating func escaping() {
        text.write(
            MetricDefinition("a", .gauge, "A \"b\"\\\nc", labels: ["peer"]),
            [MetricSample(["A \"b\"\\\nc é"], count: 1)])

        #expect(
            text.text == """
                # HELP a A "b"\\\\\\nc
                # TYPE a gauge
                a{peer="A \\"b\\"\\\\\\nc é"} 1

                """)
    }

    @Test(
        "numbers read as Prometheus reads them",
        arguments: [
            (0.0, "0"), (-3, "-3"), (1.5, "1.5"), (1e-7, "1e-07"), (1e20, "1e+20"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1_764_000_000, "1764000000"),
        ] as [(Double, String)])
    mutating func numbers(number: Double, written: String) {
        text.write(MetricDefinition("a", .gauge, "A."), MetricSample([], number))

        #expect(text.text.hasSuffix("\na \(written)\n"))
    }

    @Test("what breaks the rules for names ends the program")
    func names() async {
        await #expect(processExitsWith: .failure) { _ = MetricDefinition("a", .counter, "A.") }
        await #expect(processExitsWith: .failure) { _ = MetricDefinition("a-b", .gauge, "A.") }
        await #expect(processExitsWith: .failure) { _ = MetricDefinition("a_ms", .gauge, "A.") }
        await #expect(processExitsWith: .failure) { _ = MetricDefinition("a_total", .gauge, "A.") }
        await #expect(processExitsWith: .failure) {
            _ = MetricDefinition("a", .gauge, "A.", labels: ["le"])
        }
    }

    @Test("two samples with the same labels end the program")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            var text = MetricsText()
            text.write(
                MetricDefinition("a", .gauge, "A.", labels: ["peer"]),
                [MetricSample(["x"], count: 1), MetricSample(["x"], count: 2)])
        }
    }
}
