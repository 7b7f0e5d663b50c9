internal import Foundation

/// Segments that have a second name.
enum MediaLinks {
    /// Gives the files below a folder second names (hard links) below another one. Those that are there already stay.
    ///
    /// - Throws: what keeps one of them from it; those before it stay then.
    static func link(_ folder: String, as other: String) throws {
        let manager = FileManager.default
        for path in try manager.subpathsOfDirectory(atPath: folder) {
            let (source, target) = ("\(folder)/\(path)", "\(other)/\(path)")
            var isDirectory: ObjCBool = false
            guard manager.fileExists(atPath: source, isDirectory: &isDirectory), !manager.fileExists(atPath: target)
            else {
                continue
            }
            if isDirectory.boolValue {
                try manager.createDirectory(atPath: target, withIntermediateDirectories: true)
            } else {
                try manager.createDirectory(
                    atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try manager.linkItem(atPath: source, toPath: target)
            }
        }
    }
}
