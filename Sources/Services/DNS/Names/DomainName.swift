/// A domain name: labels from the host up to the root, at most 255 octets on the wire (RFC 1035 §3.1).
///
/// Names keep the case they came with and compare without regard to that of ASCII letters (RFC 4343).
package struct DomainName: Sendable {
    /// As on the wire without compression: each label behind its length, and the root's empty label last.
    package let wire: [UInt8]

    /// The root.
    package static let root = DomainName(unchecked: [0])

    /// Octets of a name on the wire at most, and of a label.
    package static let maximumLength = 255
    package static let maximumLabelLength = 63

    init(unchecked wire: [UInt8]) { self.wire = wire }

    /// Takes labels, the host's first, without the root's.
    ///
    /// - Throws: ``DNSError/Code/malformedName`` for labels that are empty or too long, or too many.
    package init(labels: some Sequence<some Collection<UInt8>>) throws(DNSError) {
        var wire: [UInt8] = []
        for label in labels {
            guard (1...Self.maximumLabelLength).contains(label.count) else {
                throw DNSError(.malformedName, "a label has 1 to 63 octets, not \(label.count)")
            }
            wire.append(UInt8(label.count))
            wire.append(contentsOf: label)
        }
        wire.append(0)
        guard wire.count <= Self.maximumLength else {
            throw DNSError(.malformedName, "a name has at most 255 octets, not \(wire.count)")
        }
        self.init(unchecked: wire)
    }

    package var isRoot: Bool { wire.count == 1 }

    /// Labels, the host's first, without the root's.
    package var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var position = 0
        while wire[position] > 0 {
            let end = position + 1 + Int(wire[position])
            labels.append(wire[position + 1..<end])
            position = end
        }
        return labels
    }

    /// Without the root's.
    package var labelCount: Int {
        var (count, position) = (0, 0)
        while wire[position] > 0 {
            count += 1
            position += 1 + Int(wire[position])
        }
        return count
    }

    /// The name without its first label; nil for the root.
    package var parent: DomainName? {
        isRoot ? nil : DomainName(unchecked: Array(wire[(1 + Int(wire[0]))...]))
    }

    /// The last `count` labels, all of them if there are fewer.
    package func suffix(_ count: Int) -> DomainName {
        var (position, surplus) = (0, labelCount - count)
        while surplus > 0 {
            position += 1 + Int(wire[position])
            surplus -= 1
        }
        return position == 0 ? self : DomainName(unchecked: Array(wire[position...]))
    }

    /// The name below this one.
    ///
    /// - Throws: ``DNSError/Code/malformedName`` when that is too long.
    package func child(_ label: some Collection<UInt8>) throws(DNSError) -> DomainName {
        guard (1...Self.maximumLabelLength).contains(label.count), wire.count + label.count < Self.maximumLength else {
            throw DNSError(.malformedName, "the name is too long with another label of \(label.count) octets")
        }
        return DomainName(unchecked: [UInt8(label.count)] + label + wire)
    }

    /// This name, and behind it another one in place of the root: `www` and `example.org`.
    ///
    /// - Throws: ``DNSError/Code/malformedName`` when that is too long.
    package func appending(_ name: DomainName) throws(DNSError) -> DomainName {
        guard wire.count - 1 + name.wire.count <= Self.maximumLength else {
            throw DNSError(.malformedName, "a name has at most 255 octets: \(self) is too long below \(name)")
        }
        return DomainName(unchecked: wire.dropLast() + name.wire)
    }

    /// Whether it is `other` or below that.
    package func isWithin(_ other: DomainName) -> Bool {
        let surplus = wire.count - other.wire.count
        guard surplus >= 0 else { return false }
        var position = 0
        while position < surplus { position += 1 + Int(wire[position]) }
        return position == surplus && Self.areEqual(wire[surplus...], other.wire[...])
    }

    /// The name in lower case: RFC 4034 §6.2's canonical form.
    package var canonical: DomainName { DomainName(unchecked: wire.map(Self.folded)) }

    /// A letter of ASCII in lower case. Lengths of labels are no letters: they are below 64.
    @inline(__always)
    static func folded(_ octet: UInt8) -> UInt8 { octet &- 65 < 26 ? octet | 32 : octet }

    private static func areEqual(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                for index in left.indices where left[index] != right[index] {
                    guard folded(left[index]) == folded(right[index]) else { return false }
                }
                return true
            }
        }
    }
}

extension DomainName: Hashable {
    package static func == (left: DomainName, right: DomainName) -> Bool { areEqual(left.wire[...], right.wire[...]) }

    package func hash(into hasher: inout Hasher) {
        // All at once: octet by octet takes several times as long.
        withUnsafeTemporaryAllocation(byteCount: wire.count, alignment: 8) { memory in
            wire.withUnsafeBytes { wire in
                for index in wire.indices { memory[index] = Self.folded(wire[index]) }
            }
            hasher.combine(bytes: UnsafeRawBufferPointer(memory))
        }
    }
}

/// Canonical order: by labels from the root down, each as octets in lower case (RFC 4034 §6.1).
extension DomainName: Comparable {
    package static func < (left: DomainName, right: DomainName) -> Bool {
        let (ours, theirs) = (left.labels.reversed(), right.labels.reversed())
        for (one, other) in zip(ours, theirs) {
            for (a, b) in zip(one, other) where folded(a) != folded(b) { return folded(a) < folded(b) }
            if one.count != other.count { return one.count < other.count }
        }
        return ours.count < theirs.count
    }
}
