import BanyanRegistry
import Testing

@Suite("Data templates and the values that are held against them")
struct TemplateRulesTests {
    private func item(
        _ name: String, _ index: UInt32, required: Bool = false, enabled: Bool = true, _ lengths: (Int, Int) = (0, 8)
    ) -> TemplateItem {
        TemplateItem(
            name: name, type: "t\(index)", index: index, isRequired: required, isEnabled: enabled,
            lengthMin: lengths.0, lengthMax: lengths.1)
    }

    private func template(_ items: TemplateItem...) -> Template {
        Template(
            prefix: "88.118.8", version: "v", number: 1, industry: ["C", "34", "344", "3441"], type: 2,
            description: nil, items: items)
    }

    private func value(_ index: UInt32, _ text: String, type: String? = nil) -> TemplateRules.Value {
        TemplateRules.Value(index: index, type: type ?? "t\(index)", text: text)
    }

    @Test("each rule has a nearest thing that it lets in and one that it does not")
    func values() throws {
        let rules = TemplateRules(
            template(item("甲", 2_000, required: true, (1, 2)), item("乙", 2_001), item("丙", 2_002, enabled: false)))
        try rules.check([value(2_000, "两字"), value(2_001, "")])
        func violation(_ values: TemplateRules.Value..., before: Set<UInt32> = []) -> TemplateViolation? {
            do throws(TemplateViolation) {
                try rules.check(values, before: before)
                return nil
            } catch {
                return error
            }
        }
        let right = value(2_000, "a")
        #expect(violation(value(2_001, "a")) == .missingItem(name: "甲"))
        #expect(violation(value(2_000, "")) == .tooShort(name: "甲", lengthMin: 1))
        #expect(violation(value(2_000, "三个字")) == .tooLong(name: "甲", lengthMax: 2))
        #expect(violation(right, value(2_003, "a")) == .unknownIndex(2_003))
        #expect(violation(right, right) == .repeatedIndex(2_000))
        #expect(violation(right, value(2_001, "a", type: "t2000")) == .otherType(2_001))
        #expect(violation(right, value(1_001, "a")) == .reservedIndex(1_001))
        #expect(violation(right, value(2_002, "a")) == .disabledItem(name: "丙"))
        #expect(violation(right, value(2_002, "a"), before: [2_002]) == nil)
    }

    @Test("a template is refused where names, types or indexes meet, or lengths make no sense")
    func templates() throws {
        try template(item("甲", 2_000), item("乙", 2_001)).check()
        #expect(throws: TemplateViolation.noItems) { try template().check() }
        #expect(throws: TemplateViolation.repeatedName("甲")) {
            try template(item("甲", 2_000), item("甲", 2_001)).check()
        }
        #expect(throws: TemplateViolation.repeatedType("t2000")) {
            try template(item("甲", 2_000), item("乙", 2_000)).check()
        }
        #expect(throws: TemplateViolation.reservedIndex(1_999)) { try template(item("甲", 1_999)).check() }
        #expect(throws: TemplateViolation.invalidLengths(name: "甲")) {
            try template(item("甲", 2_000, (5, 4))).check()
        }
    }

    @Test("merging changes what is there, adds what is new, and removes nothing")
    func merge() {
        var merged = template(item("甲", 2_000), item("乙", 2_001))
        merged.merge([item("改", 2_001, enabled: false), item("新", 2_002)])
        #expect(merged.items.map(\.name) == ["甲", "改", "新"])
        #expect(merged.items.map(\.isEnabled) == [true, false, true])
    }
}
