/// Names that no server is asked for (RFC 6761, RFC 7686, RFC 8482).
enum SpecialNames {
    private static let localhost = name("localhost.")
    private static let absent = [name("invalid."), name("onion.")]
    private static let reverse = [
        name("1.0.0.127.in-addr.arpa."),
        name("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa."),
    ]

    private static func name(_ text: String) -> DomainName { (try? DomainName(text)) ?? .root }

    /// The answer, if it needs nobody.
    static func answer(_ question: DNSMessage.Question) -> Resolution? {
        let (name, type) = (question.name, question.type)
        if type == .any {
            // RFC 8482 §4.2: who asks for everything gets something small.
            let data = RecordData(texts: ["RFC8482", ""])
            return Resolution(answers: [ResourceRecord(name: name, type: .hinfo, ttl: 3_600, data: data)])
        }
        if name.isWithin(localhost) {
            let text: String? = type == .a ? "127.0.0.1" : type == .aaaa ? "::1" : nil
            return Resolution(
                answers: text.flatMap { IPAddress($0) }.map {
                    [ResourceRecord(name: name, type: type, ttl: 3_600, data: RecordData($0))]
                } ?? [])
        }
        if reverse.contains(name) {
            guard type == .ptr else { return Resolution() }
            return Resolution(
                answers: [ResourceRecord(name: name, type: .ptr, ttl: 3_600, data: RecordData(localhost))])
        }
        return absent.contains { name.isWithin($0) } ? Resolution(responseCode: .nameError) : nil
    }
}
