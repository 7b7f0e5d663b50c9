internal import HTTP
internal import SegmentStore

extension ObjectFile: SendableFile {}
