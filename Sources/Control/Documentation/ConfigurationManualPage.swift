/// The manual page p2pfwd.yaml(5).
struct ConfigurationManualPage {
    var text: String {
        var page = RoffText("P2PFWD.YAML", section: 5, about: "File Formats")
        page.section("Name")
        page.line("p2pfwd.yaml - configuration of p2pfwd")
        page.section("Description")
        for (index, paragraph) in ConfigurationReference.about.enumerated() {
            if index == 0 { page.line(paragraph) } else { page.paragraph(paragraph) }
        }
        page.section("Example")
        page.example(ConfigurationReference.example)
        for group in ConfigurationKey.groups {
            page.section(group.title)
            page.line(group.about)
            for key in group.keys { write(key, into: &page) }
        }
        page.section("See also")
        page.line("p2pfwd(1)")
        return page.text
    }

    private func write(_ key: ConfigurationKey, into page: inout RoffText) {
        let reference = ConfigurationReference()
        var sentences = [key.summary, "default: \(key.plainFallback)"]
        if !key.form.unit.isEmpty { sentences.append(key.form.unit) }
        if let same = reference.equivalent(of: key) { sentences.append("the same as \(same)") }
        if key.place == .both { sentences.append("also of one peer") }
        let text = sentences.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
        page.item("\(key.name): \(key.placeholder)", text.joined(separator: " "))
    }
}
