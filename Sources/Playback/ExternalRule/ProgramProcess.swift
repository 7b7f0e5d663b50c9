import Glibc
import Synchronization

/// A program that answers lines with lines: its standard input and output are pipes to here, its standard error is ours.
///
/// Calls block, within a time limit. The program is ended when this is let go.
///
/// Sendable: only ever used under the lock of the rule that owns it.
final class ProgramProcess: @unchecked Sendable {
    /// Why a program gave no answer.
    struct Failure: Error {
        let description: String
    }

    private let process: pid_t
    private let input: Int32
    private let output: Int32
    private var received: [UInt8] = []
    /// How it ended, as `waitpid` says; nil while it runs.
    private var status: Int32?

    /// An answer beyond this is refused, in bytes.
    private static let longestLine = 1 << 20

    /// One program is started at a time, so that none inherits the pipes of another.
    private static let starting = Mutex(())
    /// Writing to a program that has ended is an error, and not the end of this process.
    private static let ignoresBrokenPipes: Void = { signal(SIGPIPE, SIG_IGN) }()

    /// Starts the program at `path`, without arguments.
    ///
    /// - Throws: ``Failure`` when it cannot be started.
    convenience init(path: String) throws(Failure) {
        let (process, input, output) = try Self.starting.withLock { _ throws(Failure) in try Self.start(path) }
        self.init(process: process, input: input, output: output)
    }

    private init(process: pid_t, input: Int32, output: Int32) {
        self.process = process
        self.input = input
        self.output = output
        _ = fcntl(input, F_SETFL, O_NONBLOCK)
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
    }

    /// The process, and this side's ends of its input and output.
    private static func start(_ path: String) throws(Failure) -> (pid_t, Int32, Int32) {
        ignoresBrokenPipes
        var toProgram: [Int32] = [-1, -1]
        var fromProgram: [Int32] = [-1, -1]
        guard pipe(&toProgram) == 0 else { throw Self.failure("has no pipe", errno) }
        guard pipe(&fromProgram) == 0 else {
            let number = errno
            for file in toProgram { close(file) }
            throw Self.failure("has no pipe", number)
        }
        for file in toProgram + fromProgram { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toProgram[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromProgram[1], STDOUT_FILENO)
        // This process ignores a broken pipe; others expect to be ended by one.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
            close(toProgram[0])
            close(fromProgram[1])
        }
        var process: pid_t = 0
        let name = strdup(path)
        defer { free(name) }
        var arguments: [UnsafeMutablePointer<CChar>?] = [name, nil]
        var error = posix_spawn(&process, path, &actions, &attributes, &arguments, environ)
        // A file that was written a moment ago may still be open in a process that another thread is starting.
        for _ in 0..<50 where error == ETXTBSY {
            usleep(2_000)
            error = posix_spawn(&process, path, &actions, &attributes, &arguments, environ)
        }
        guard error == 0 else {
            close(toProgram[1])
            close(fromProgram[0])
            throw Self.failure("cannot be started", error)
        }
        return (process, toProgram[1], fromProgram[0])
    }

    deinit {
        // The end of its input tells a program that the session is over; one that does not heed it is ended.
        close(input)
        close(output)
        awaitEnd()
        guard status == nil else { return }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// Gives a program that is ending the tenth of a second that this may take.
    private func awaitEnd() {
        var status: Int32 = 0
        for _ in 0..<50 where self.status == nil {
            if waitpid(process, &status, WNOHANG) == process { self.status = status } else { usleep(2_000) }
        }
    }

    /// Sends a line and waits for the next one that the program writes.
    ///
    /// - Parameters:
    ///   - line: without a line end.
    ///   - seconds: how long to wait.
    /// - Throws: ``Failure`` when it takes too long, or the program ends.
    func ask(_ line: [UInt8], within seconds: Double) throws(Failure) -> [UInt8] {
        let deadline = Self.now + seconds
        var rest = (line + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            try wait(for: Int16(POLLOUT), on: input, until: deadline, seconds)
            let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) }
            if count < 0, errno != EAGAIN, errno != EINTR { throw ending() }
        }
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let answer = Array(received[..<end])
                received.removeFirst(end + 1)
                return answer
            }
            guard received.count <= Self.longestLine else {
                throw Failure(description: "answers with a line of more than \(Self.longestLine >> 20) MiB")
            }
            try wait(for: Int16(POLLIN), on: output, until: deadline, seconds)
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = read(output, &buffer, buffer.count)
            if count == 0 { throw ending() }
            if count > 0 { received += buffer[..<count] }
            if count < 0, errno != EAGAIN, errno != EINTR { throw ending() }
        }
    }

    private func wait(
        for events: Int16, on file: Int32, until deadline: Double, _ seconds: Double
    ) throws(Failure) {
        while true {
            let left = deadline - Self.now
            guard left > 0 else { throw Failure(description: "gives no answer within \(seconds) s") }
            var state = pollfd(fd: file, events: events, revents: 0)
            if poll(&state, 1, Int32((left * 1000).rounded(.up))) > 0 { return }
        }
    }

    /// How the program ended, which closed its side.
    private func ending() -> Failure {
        awaitEnd()
        guard let status else { return Failure(description: "has closed its output") }
        let signal = status & 0x7f
        if signal != 0 { return Failure(description: "was ended by signal \(signal)") }
        return Failure(description: "ended, with status \((status >> 8) & 0xff), instead of answering")
    }

    private static func failure(_ what: String, _ number: Int32) -> Failure {
        Failure(description: "\(what): \(String(cString: strerror(number)))")
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
