internal import Glibc

/// Weighted rendezvous hashing (Thaler and Ravishankar, IEEE/ACM ToN 6(1), 1998; weights by Schindelhauer and Schomaker,
/// SPAA 2005): every edge has a score for every key, and the highest wins. Who leaves gives only its own keys away, and who
/// comes takes from each of the others its part.
struct Rendezvous {
    private let key: UInt64

    /// - Parameter key: the same for all servers of a name.
    init(key: some Sequence<UInt8>) { self.key = Self.hash(key, 0xcbf2_9ce4_8422_2325) }

    /// Above 0; the part of all keys for which an edge has the highest score is its share of all weights.
    func score(of edge: String, weight: Double) -> Double {
        let mixed = Self.mixed(Self.hash(edge.utf8, key))
        // Evenly between 0 and 1, neither of which it reaches.
        let uniform = (Double(mixed >> 11) + 0.5) * 0x1p-53
        return weight / -log(uniform)
    }

    /// FNV-1a of 64 bits, with an end mark so that no two pairs of key and edge are one.
    private static func hash(_ octets: some Sequence<UInt8>, _ start: UInt64) -> UInt64 {
        func step(_ hash: UInt64, _ octet: UInt8) -> UInt64 { (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
        return step(octets.reduce(start, step), 0xFF)
    }

    /// MurmurHash3's finaliser: every bit of the input changes half of those of the output.
    private static func mixed(_ hash: UInt64) -> UInt64 {
        var hash = hash
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 33
    }
}
