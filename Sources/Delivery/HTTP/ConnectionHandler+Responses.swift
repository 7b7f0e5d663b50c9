internal import Foundation
internal import NIOCore
internal import NIOPosix

extension ConnectionHandler {
    /// What is sent of a file.
    struct FilePart {
        var file: any SendableFile
        /// Behind the last byte.
        var end: Int

        /// Whether the file no longer has all of it: someone writes into it, against the rule that files appear whole.
        var isTruncated: Bool {
            var status = stat()
            return fstat(file.descriptor, &status) == 0 && status.st_size < end
        }
    }

    /// Bodies up to this many bytes are copied behind their head, which costs less than a second buffer to write.
    private static var inlineBound: Int { 4096 }

    /// Writes `response`'s head, and its body as far as the socket takes it.
    func send(_ response: Response, _ context: ChannelHandlerContext, lingers: Bool) {
        let framing = framing(of: response)
        if framing == .close { keepsAlive = false }
        let sendsBody = method != .head && framing != .bodiless && framing != .unknown
        var reserved = 0
        if case .bytes(let bytes) = response.body, bytes.readableBytes <= Self.inlineBound {
            reserved = bytes.readableBytes
        }
        var head = headWriter.head(
            of: response, framing: framing, keepsAlive: keepsAlive, minorVersion: minorVersion, reserving: reserved,
            allocator: context.channel.allocator)
        guard sendsBody else {
            write(.byteBuffer(head))
            if case .stream(let stream, _) = response.body { stream.cancel() }
            finishResponse(lingers: lingers)
            return
        }
        switch response.body {
        case .empty, .omitted:
            write(.byteBuffer(head))
            finishResponse(lingers: lingers)
        case .bytes(let bytes):
            if bytes.readableBytes <= Self.inlineBound {
                head.writeImmutableBuffer(bytes)
                write(.byteBuffer(head))
            } else {
                write(.byteBuffer(head))
                write(.byteBuffer(bytes))
            }
            finishResponse(lingers: lingers)
        case .file(let file, let range):
            write(.byteBuffer(head))
            writeFile(file, range, context)
            finishResponse(lingers: lingers)
        case .stream(let stream, let length):
            write(.byteBuffer(head))
            phase = .streaming(stream, framing, remaining: length)
            pump()
        }
    }

    /// NIO's handle must be told not to close the descriptor, which is the file's, once the bytes have left.
    private func writeFile(_ file: any SendableFile, _ range: Range<Int>, _ context: ChannelHandlerContext) {
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
        let promise = context.eventLoop.makePromise(of: Void.self)
        filesUnderWay.append(FilePart(file: file, end: range.upperBound))
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.filesUnderWay.removeFirst()
            withExtendedLifetime(file) { _ = try? handle.takeDescriptorOwnership() }
        }
        write(
            .fileRegion(FileRegion(fileHandle: handle, readerIndex: range.lowerBound, endIndex: range.upperBound)),
            promise: promise)
    }

    private func framing(of response: Response) -> ResponseHeadWriter.Framing {
        if response.status == 204 || response.status == 304 { return .bodiless }
        switch response.body {
        case .empty: return .length(0)
        case .omitted(let length): return length.map { .length($0) } ?? .unknown
        case .bytes(let bytes): return .length(bytes.readableBytes)
        case .file(_, let range): return .length(range.count)
        case .stream(_, let length):
            if let length { return .length(length) }
            if method == .head { return .unknown }
            return minorVersion == 1 ? .chunked : .close
        }
    }

    /// Moves bytes from the stream to the socket while it takes them.
    func pump() {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        while case .streaming(let stream, let framing, let remaining) = phase {
            guard context.channel.isWritable else { break }
            let read = stream.read(wake: { eventLoop.execute { bound.value.resume() } })
            switch read {
            case .pending:
                context.flush()
                return
            case .bytes(let bytes):
                let left = remaining.map { $0 - bytes.readableBytes }
                guard left ?? 0 >= 0 else {
                    // More than was promised: a defect upstream of us that must not run into the next response.
                    stream.cancel()
                    abort(framing)
                    return
                }
                phase = .streaming(stream, framing, remaining: left)
                writePiece(bytes, framing)
            case .end:
                guard remaining ?? 0 == 0 else {
                    abort(framing)
                    return
                }
                if framing == .chunked { write(.byteBuffer(ByteBuffer(staticString: "0\r\n\r\n"))) }
                finishResponse()
            case .failed:
                abort(framing)
                return
            }
        }
        context.flush()
    }

    private func resume() {
        guard case .streaming = phase else { return }
        pump()
        processInput()
        readMore()
    }

    private func writePiece(_ bytes: ByteBuffer, _ framing: ResponseHeadWriter.Framing) {
        guard bytes.readableBytes > 0 else { return }
        guard framing == .chunked else {
            write(.byteBuffer(bytes))
            return
        }
        write(.byteBuffer(ByteBuffer(string: String(bytes.readableBytes, radix: 16) + "\r\n")))
        write(.byteBuffer(bytes))
        write(.byteBuffer(ByteBuffer(staticString: "\r\n")))
    }

    /// Cuts the connection, so that the client sees an incomplete response: a length not reached, a last chunk that
    /// never came, or, where only the end of the connection ends the body, a reset.
    private func abort(_ framing: ResponseHeadWriter.Framing) {
        guard let context else { return }
        keepsAlive = false
        if framing == .close {
            phase = .closed
            // On the event loop the option is set before this returns.
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            context.close(promise: nil)
        } else {
            closeWhenWritten()
        }
    }
}
