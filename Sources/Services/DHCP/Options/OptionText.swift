/// Values of options as people write and read them.
extension OptionFormat {
    /// Reads a value from the words of a configuration: one for each address, name or route.
    ///
    /// Any option can be given as `hex:0A0B` in one word.
    ///
    /// - Throws: ``DHCPError`` that says what was expected.
    package func value(_ words: [String]) throws(DHCPError) -> [UInt8] {
        if words.count == 1, words[0].lowercased().hasPrefix("hex:") {
            let value = try Self.octets(hexadecimal: String(words[0].dropFirst(4)))
            guard fits(value) else { throw expected(words[0]) }
            return value
        }
        switch self {
        case .nothing:
            guard words.isEmpty || words == ["true"] else { throw expected(words[0]) }
            return []
        case .flag:
            switch try single(words).lowercased() {
            case "true", "1", "yes", "on": return [1]
            case "false", "0", "no", "off": return [0]
            case let word: throw expected(word)
            }
        case .octet: return [try number(try single(words))]
        case .short: return try short(try single(words))
        case .shorts:
            let values = try words.flatMapThrowing { word throws(DHCPError) in try short(word) }
            return try filled(values, words)
        case .long:
            let word = try single(words)
            guard let number = Int64(word), (Int64(Int32.min)...Int64(UInt32.max)).contains(number) else {
                throw expected(word)
            }
            return IPv4Address(rawValue: UInt32(truncatingIfNeeded: number)).octets
        case .duration:
            let word = try single(words)
            guard let seconds = DurationText.seconds(word) else { throw expected(word) }
            return IPv4Address(rawValue: seconds).octets
        case .address, .addresses, .addressPairs:
            let list =
                self == .address ? [try single(words)] : words.flatMap { $0.split(separator: " ").map(String.init) }
            let values = try list.flatMapThrowing { word throws(DHCPError) in
                guard let address = IPv4Address(word) else { throw expected(word) }
                return address.octets
            }
            guard fits(values) else { throw expected(words.joined(separator: ", ")) }
            return values
        case .text:
            let word = try single(words)
            guard !word.isEmpty, !word.utf8.contains(0) else { throw expected(word) }
            return Array(word.utf8)
        case .names:
            guard !words.isEmpty else { throw expected("") }
            return try DomainSearch.value(words)
        case .routes:
            let routes = try words.flatMapThrowing { word throws(DHCPError) in
                guard let route = ClasslessRoute(word) else { throw expected(word) }
                return [route]
            }
            return try filled(ClasslessRoute.value(routes), words)
        case .codes:
            return try words.flatMapThrowing { word throws(DHCPError) in
                guard let code = OptionCode(word) else { throw expected(word) }
                return [code.rawValue]
            }
        case .octets, .structured:
            // What no table knows may still be a word.
            let word = try single(words)
            guard !word.isEmpty else { throw expected(word) }
            return Array(word.utf8)
        }
    }

    /// A value as words that ``value(_:)`` reads; in hexadecimal where it does not have its form.
    package func words(_ value: [UInt8]) -> [String] {
        guard fits(value) else { return [Self.hexadecimal(value)] }
        switch self {
        case .nothing: return []
        case .flag: return [value[0] == 1 ? "true" : "false"]
        case .octet: return ["\(value[0])"]
        case .short, .shorts:
            return stride(from: 0, to: value.count, by: 2).map { "\(UInt16(value[$0]) << 8 | UInt16(value[$0 + 1]))" }
        case .long: return ["\(value.reduce(UInt32(0)) { $0 << 8 | UInt32($1) })"]
        case .duration: return ["\(value.reduce(UInt32(0)) { $0 << 8 | UInt32($1) })"]
        case .address, .addresses, .addressPairs:
            return stride(from: 0, to: value.count, by: 4).compactMap {
                IPv4Address(octets: value[$0..<$0 + 4])?.description
            }
        case .text:
            let text = value.prefix { $0 != 0 }
            let isPrintable = !text.isEmpty && text.allSatisfy { (32..<127).contains($0) }
            return [isPrintable ? String(decoding: text, as: UTF8.self) : Self.hexadecimal(value)]
        case .names: return (try? DomainSearch.names(in: value)) ?? []
        case .routes: return ((try? ClasslessRoute.routes(in: value)) ?? []).map(\.description)
        case .codes: return value.map { OptionCode(rawValue: $0).description }
        case .octets, .structured: return [Self.hexadecimal(value)]
        }
    }

    private func single(_ words: [String]) throws(DHCPError) -> String {
        guard words.count == 1 else { throw expected(words.joined(separator: ", ")) }
        return words[0]
    }

    private func filled(_ value: [UInt8], _ words: [String]) throws(DHCPError) -> [UInt8] {
        guard !value.isEmpty else { throw expected(words.joined(separator: ", ")) }
        return value
    }

    private func number(_ word: String) throws(DHCPError) -> UInt8 {
        guard let number = UInt8(word) else { throw expected(word) }
        return number
    }

    private func short(_ word: String) throws(DHCPError) -> [UInt8] {
        guard let number = UInt16(word) else { throw expected(word) }
        return [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    private func expected(_ word: String) -> DHCPError {
        DHCPError(.malformedOption, "\"\(word.prefix(80))\" is not \(expectation)")
    }

    private var expectation: String {
        switch self {
        case .nothing: "\"true\": the option has no value"
        case .flag: "true or false"
        case .octet: "a number from 0 to 255"
        case .short: "a number from 0 to 65535"
        case .shorts: "a list of numbers from 0 to 65535"
        case .long: "a number of 32 bits"
        case .duration: "a time such as 600 or 1h30m"
        case .address: "an IPv4 address"
        case .addresses: "a list of IPv4 addresses"
        case .addressPairs: "a list of pairs of IPv4 addresses"
        case .text: "text"
        case .names: "a list of domain names"
        case .routes: "a list of routes such as 10.0.0.0/8 via 192.0.2.1"
        case .codes: "a list of options"
        case .octets, .structured: "text, or octets such as hex:0A0B"
        }
    }

    // MARK: Octets

    /// `hex:` and two digits an octet.
    static func hexadecimal(_ value: [UInt8]) -> String {
        "hex:" + value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Reads two digits an octet, with colons, spaces or nothing between octets.
    static func octets(hexadecimal text: String) throws(DHCPError) -> [UInt8] {
        let digits = Array(text.filter { $0 != ":" && $0 != " " })
        var octets: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard place + 1 < digits.count, let high = digits[place].hexDigitValue,
                let low = digits[place + 1].hexDigitValue
            else { throw DHCPError(.malformedOption, "\"\(text.prefix(80))\" is no row of hexadecimal octets") }
            octets.append(UInt8(high << 4 | low))
        }
        return octets
    }
}

/// Lengths of time as configurations write them.
package enum DurationText {
    /// Reads `600`, `90s`, `1h30m`, `7d`, `2w`, `infinite`; nil for anything else, and for more than 32 bits hold.
    package static func seconds(_ text: some StringProtocol) -> UInt32? {
        if text == "infinite" { return .max }
        var (total, number, hasDigits) = (UInt64(0), UInt64(0), false)
        for character in text.utf8 {
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                number = number * 10 + UInt64(character - UInt8(ascii: "0"))
                hasDigits = true
                guard number <= UInt32.max else { return nil }
            default:
                let units: [UInt8: UInt64] = [
                    UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600, UInt8(ascii: "d"): 86_400,
                    UInt8(ascii: "w"): 604_800,
                ]
                guard hasDigits, let unit = units[character] else { return nil }
                total += number * unit
                guard total <= UInt32.max else { return nil }
                (number, hasDigits) = (0, false)
            }
        }
        // A number without a unit stands alone.
        guard total == 0 || !hasDigits, !text.isEmpty else { return nil }
        return hasDigits ? UInt32(number) : UInt32(total)
    }
}

extension Sequence {
    /// `flatMap` that keeps the type of what is thrown.
    func flatMapThrowing<Value, Failure: Error>(
        _ body: (Element) throws(Failure) -> [Value]
    ) throws(Failure) -> [Value] {
        var values: [Value] = []
        for element in self { values += try body(element) }
        return values
    }
}
