internal import Foundation

/// An open file; it closes when nobody holds it any more.
package final class ObjectFile: Sendable {
    /// For reading with an offset (`pread`, `sendfile`): its own position is shared and means nothing.
    package let descriptor: CInt

    /// Takes over an open descriptor.
    package init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}
