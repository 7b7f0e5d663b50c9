import Presentation

/// The alternatives that remain after some levels of `BaseURL` (ISO/IEC 23009-1 §5.6), absolute, preferred first.
struct BaseURLChain: Sendable, Hashable {
    let urls: [String]

    /// What the manifest itself was fetched from.
    init(document url: String) {
        urls = [url]
    }

    /// In bytes, of all alternatives together.
    var length: Int { urls.reduce(0) { $0 + $1.utf8.count } }

    private init(urls: [String]) {
        self.urls = urls
    }

    /// One level further down. Every alternative there goes with every one from above; equal results count once.
    func appending(_ level: [BaseURL]) throws(ManifestError) -> BaseURLChain {
        guard !level.isEmpty else { return self }
        guard level.count * urls.count <= Self.maximumCount else {
            throw ManifestError(.limitExceeded, "more than \(Self.maximumCount) alternatives by BaseURL")
        }
        var resolved: [String] = []
        for parent in urls {
            for base in level {
                let url = URIReference.resolve(base.url, against: parent)
                if !resolved.contains(url) { resolved.append(url) }
            }
        }
        return BaseURLChain(urls: resolved)
    }

    private static var maximumCount: Int { 16 }
}
