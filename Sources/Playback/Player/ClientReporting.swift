package import Client
import Foundation

/// Who a player is to servers that are told (CTA-5004), and how they are told.
package struct ClientReporting: Sendable, Hashable {
    package var transmission: CommonMediaClientData.Transmission
    /// The key `sid`.
    package var sessionID: String
    /// The key `cid`; nil for none.
    package var contentID: String?

    package init(transmission: CommonMediaClientData.Transmission, sessionID: String, contentID: String? = nil) {
        self.transmission = transmission
        self.sessionID = sessionID
        self.contentID = contentID
    }

    /// A player of the manifest at `url` with a session identifier of its own.
    package init(_ transmission: CommonMediaClientData.Transmission, of url: String) {
        // The manifest names the content alike in every session; there is room for 64 characters.
        self.init(transmission: transmission, sessionID: UUID().uuidString, contentID: String(url.suffix(64)))
    }

    /// `data` with the names of session and content.
    func naming(_ data: CommonMediaClientData) -> CommonMediaClientData {
        var data = data
        data.sessionID = sessionID
        data.contentID = contentID
        return data
    }
}
