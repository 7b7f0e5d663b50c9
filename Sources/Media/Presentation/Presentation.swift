/// One piece of content as a client sees it: what can be played, in which versions, cut how.
///
/// The application model of CMAF (ISO/IEC 23000-19 §6): a presentation holds switching sets, a switching set holds
/// tracks that may replace one another at segment boundaries, a track holds segments. Segmenting produces it, a
/// manifest serialises it, a rate-determination algorithm chooses in it.
package struct Presentation: Sendable, Hashable {
    /// A name for people, when the manifest has one.
    package var title: String?
    /// Length on the presentation timeline, in seconds.
    package var duration: Double
    /// How much the client should have buffered before it starts, in seconds (`MPD@minBufferTime`); each track's
    /// ``Track/bandwidth`` is stated against it.
    package var minBufferTime: Double
    /// At most one video and one audio switching set are played together.
    package var switchingSets: [SwitchingSet]
    /// What follows in periods whose tracks do not continue those before (ISO/IEC 23009-1 §5.3.2): switching sets in
    /// place of the ones so far, their segments' times from the presentation's start as well. Mostly empty.
    package var laterPeriods: [[SwitchingSet]]

    package init(
        title: String? = nil, duration: Double, minBufferTime: Double, switchingSets: [SwitchingSet],
        laterPeriods: [[SwitchingSet]] = []
    ) {
        self.title = title
        self.duration = duration
        self.minBufferTime = minBufferTime
        self.switchingSets = switchingSets
        self.laterPeriods = laterPeriods
    }

    /// The switching sets of every period, in order.
    package var periods: [[SwitchingSet]] {
        get { [switchingSets] + laterPeriods }
        set {
            switchingSets = newValue.first ?? []
            laterPeriods = Array(newValue.dropFirst())
        }
    }

    /// One of ``periods``.
    package func sets(inPeriod index: Int) -> [SwitchingSet] {
        index == 0 ? switchingSets : laterPeriods[index - 1]
    }

    /// The first switching set of `kind`, the one that a client without preferences plays.
    package func switchingSet(_ kind: MediaKind) -> SwitchingSet? {
        switchingSets.first { $0.kind == kind }
    }
}

/// What a track carries.
package enum MediaKind: String, Sendable, Hashable, Codable, CaseIterable {
    case video
    case audio
}

/// Tracks of the same content among which a client may switch at any segment boundary (MPEG-DASH: an adaptation set).
package struct SwitchingSet: Sendable, Hashable {
    package var kind: MediaKind
    /// RFC 5646 language tag, when known.
    package var language: String?
    /// Ascending by ``Track/bandwidth``; never empty.
    package var tracks: [Track]

    package init(kind: MediaKind, language: String? = nil, tracks: [Track]) {
        self.kind = kind
        self.language = language
        self.tracks = tracks
    }
}
