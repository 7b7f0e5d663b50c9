import Foundation

/// A movie as Sabre's JSON describes it: one medium, segments of one length, a size for each in every version.
package struct SabreMovie: Sendable, Hashable {
    /// In milliseconds.
    package let segmentDuration: Double
    /// Bits per millisecond, ascending.
    package let bitRates: [Double]
    /// Bits, by segment and version.
    package let sizes: [[Double]]

    private struct Document: Decodable {
        var segment_duration_ms: Double
        var bitrates_kbps: [Double]
        var segment_sizes_bits: [[Double]]
    }

    /// - Throws: ``SimulationError`` for what is no such document, or describes nothing that can be played.
    package init(parsing json: [UInt8], of name: String) throws(SimulationError) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(json))
        } catch {
            throw SimulationError(
                description:
                    "\(name): not a movie: segment_duration_ms, bitrates_kbps and segment_sizes_bits are needed")
        }
        func isSensible(_ number: Double) -> Bool { number > 0 && number <= 1e15 }
        let rates = document.bitrates_kbps
        guard isSensible(document.segment_duration_ms), !rates.isEmpty, rates.allSatisfy(isSensible),
            zip(rates, rates.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw SimulationError(description: "\(name): durations and bit rates must be above 0, rates ascending") }
        guard !document.segment_sizes_bits.isEmpty,
            document.segment_sizes_bits.allSatisfy({ $0.count == rates.count && $0.allSatisfy(isSensible) })
        else {
            throw SimulationError(
                description: "\(name): each segment needs \(rates.count) sizes above 0, one for each bit rate")
        }
        segmentDuration = document.segment_duration_ms
        bitRates = rates
        sizes = document.segment_sizes_bits
    }
}
