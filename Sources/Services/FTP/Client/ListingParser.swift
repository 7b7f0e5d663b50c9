internal import Foundation

/// Reads what servers say of files.
enum ListingParser {
    /// What a line of a listing says.
    enum Line: Hashable {
        case entry(FTPListing.Entry)
        /// Nothing that can be fetched: the directory itself, its parent, a link, a device, a sum.
        case other
        /// It is not understood, or the name is none.
        case refused
    }

    /// A line of `MLSD` (RFC 3659 §7.2).
    static func machine(_ line: String) -> Line {
        guard !line.isEmpty else { return .other }
        guard let space = line.firstIndex(of: " ") else { return .refused }
        var entry = FTPListing.Entry(name: String(line[line.index(after: space)...]), isDirectory: false)
        var type = ""
        for fact in line[..<space].split(separator: ";") {
            let parts = fact.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            switch parts[0].lowercased() {
            case "type": type = parts[1].lowercased()
            case "size":
                guard let size = Int64(parts[1]), size >= 0 else { return .refused }
                entry.size = size
            case "modify": entry.modified = FTPDate.parse(parts[1])
            default: break
            }
        }
        switch type {
        case "file": break
        case "dir":
            entry.isDirectory = true
            entry.size = nil
        case "": return .refused
        default: return .other
        }
        return named(entry)
    }

    /// A line of `LIST` as `ls -l` has it. The time is not read: it has no year, or no hour, and no zone.
    static func long(_ line: String) -> Line {
        var rest = line[...]
        var fields: [Substring] = []
        // Mode, links, owner, group, size, month, day, time or year; then one space and the name.
        while fields.count < 8 {
            rest = rest.drop { $0 == " " }
            let field = rest.prefix { $0 != " " }
            guard !field.isEmpty else { break }
            fields.append(field)
            rest = rest.dropFirst(field.count)
        }
        guard let mode = fields.first else { return .other }
        // "total 12", in whatever language.
        if fields.count == 2, Int(fields[1]) != nil { return .other }
        guard (10...11).contains(mode.count), let type = mode.first,
            mode.dropFirst().prefix(9).allSatisfy({ "rwxsStTlL-".contains($0) })
        else { return .refused }
        switch type {
        case "-", "d":
            guard fields.count == 8, let size = Int64(fields[4]), size >= 0, Int(fields[6]) != nil else {
                return .refused
            }
            return named(
                FTPListing.Entry(
                    name: String(rest.dropFirst()), isDirectory: type == "d", size: type == "d" ? nil : size))
        case "l", "b", "c", "p", "s", "D": return .other
        default: return .refused
        }
    }

    /// The entry, if its name can stand for a file in a directory, here as there.
    private static func named(_ entry: FTPListing.Entry) -> Line {
        if entry.name == "." || entry.name == ".." { return .other }
        guard !entry.name.isEmpty, !entry.name.utf8.contains(UInt8(ascii: "/")),
            !entry.name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return .refused }
        return .entry(entry)
    }
}
