internal import Synchronization

/// A name that the server has told a client (`STOU`), and which no other upload is given until this one has ended.
final class ReservedName: Sendable {
    private struct Place: Hashable {
        var device: UInt64
        var inode: UInt64
        var name: String
    }

    private static let places = Mutex<Set<Place>>([])

    private let place: Place

    private init(_ place: Place) { self.place = place }

    /// Nil when another upload has the name.
    static func take(_ name: String, in directory: FileInformation) -> ReservedName? {
        let place = Place(device: directory.device, inode: directory.inode, name: name)
        return places.withLock { $0.insert(place).inserted } ? ReservedName(place) : nil
    }

    deinit {
        _ = Self.places.withLock { [place] in $0.remove(place) }
    }
}
