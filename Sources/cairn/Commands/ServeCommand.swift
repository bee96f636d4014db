// Why this file exists: the life of a server: open, greet, wait for signals, close. The wiring is in ServerProcess.
private import Glibc
import ObjectCore
import S3Gateway

/// `cairn serve`
struct ServeCommand: Command {
    static let specification = CommandSpecification(
        path: ["serve"], summary: "serve a folder as S3; makes the folder and its first key",
        arguments: [.data], options: Setting.options,
        examples: [("cairn serve ./data --listen 0.0.0.0:9000", "")],
        notes: ["Ready when the port accepts. SIGTERM ends it when requests in flight are done; a second one at once."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        AllocatorSettings.apply()
        let data = arguments.argument("DATA")
        let resolved = try ConfigurationLoader.load(arguments, environment: context.environment)
        let configuration = try ServeConfiguration(resolved)
        let log = EventLog(isJSON: context.isJSON)
        // Before anything is open, so that no signal finds the default action.
        let watcher = SignalWatcher()
        let store: ObjectStore
        do throws(StoreError) {
            var options = StoreOptions()
            options.archiveDirectory = configuration.archiveDirectory
            options.uploadMemoryBytes = configuration.uploadMemoryMebibytes << 20
            store = try ObjectStore.open(data, options: options)
        } catch {
            throw CommandFailure(OperatorError(error))
        }
        let process: ServerProcess
        do throws(CommandFailure) {
            process = try ServerProcess(store: store, data: data, configuration: configuration, log: log)
        } catch {
            await store.close()
            throw error
        }
        do throws(CommandFailure) {
            // The addresses are taken, so the key is not made in vain; it is printed before the port accepts, so that
            // who waits for the port finds it; and nothing between these two lines can fail.
            let newKey = try await FirstKey.make(in: store, chosen: configuration.firstKey)
            greet(data, process, configuration, newKey: newKey, isJSON: context.isJSON)
            try process.start()
        } catch {
            await process.stop(grace: .zero)
            throw error
        }
        let collection = collectRepeatedly(process, every: configuration.collectionIntervalSeconds, log: log)
        let housekeeping = Housekeeping.start(process, configuration, log: log)
        KeyringLoader.warnings(configuration.keyring).forEach { log.warning($0) }
        if process.clockHold != nil, process.hasLocks {
            log.warning("locks do not expire until the time is confirmed; see `cairn clock`")
        }
        let isStopped = await waitForStop(watcher, process, log: log)
        collection?.cancel()
        for task in housekeeping { task.cancel() }
        if isStopped {
            log.info("stopping: requests in flight have \(configuration.shutdownGraceSeconds) s; again to cut them")
            cutOnSecondSignal(watcher.signals)
        }
        await process.stop(grace: .seconds(configuration.shutdownGraceSeconds))
        log.info("stopped")
        return .success
    }

    private static func greet(
        _ data: String, _ process: ServerProcess, _ configuration: ServeConfiguration, newKey: AccessKey?,
        isJSON: Bool
    ) {
        let greeting = Greeting(
            data: data, endpoints: process.endpoints, adminEndpoint: process.adminEndpoint,
            isSecure: configuration.tls != nil, region: configuration.region, newKey: newKey,
            accessLogPath: configuration.accessLog?.path, masterKeyPath: configuration.masterKeyPath,
            collectionIntervalSeconds: configuration.collectionIntervalSeconds)
        if isJSON {
            Terminal.printResult(Terminal.json(greeting.document))
            return
        }
        // One write, so that a reader sees all lines or none.
        if let exports = greeting.exports { Terminal.printResult(exports.joined(separator: "\n")) }
        Terminal.printMessage(greeting.summary)
    }

    private static func collectRepeatedly(
        _ process: ServerProcess, every seconds: Int64?, log: EventLog
    ) -> Task<Void, Never>? {
        guard let seconds else { return nil }
        return Task {
            // What somebody was told is erased does not wait for the interval: a crash may have kept it from going.
            if process.hasErasedContent { await process.collectGarbage(log: log) }
            var waited: Int64 = 0
            while (try? await Task.sleep(for: .seconds(shortageCheckSeconds))) != nil {
                waited += shortageCheckSeconds
                guard waited >= seconds || process.isShortOfSpace else { continue }
                waited = 0
                await process.collectGarbage(log: log)
            }
        }
    }

    /// How often it is looked whether the disk is nearly full: then garbage is collected at once.
    private static let shortageCheckSeconds: Int64 = 10

    /// Serves until a stop signal; reloads on the way.
    private static func waitForStop(_ watcher: SignalWatcher, _ process: ServerProcess, log: EventLog) async -> Bool {
        for await signal in watcher.signals {
            switch signal {
            case .reload: process.reload(log: log)
            case .stop: return true
            }
        }
        return false
    }

    /// An impatient operator may cut at any time: what was acknowledged is durable, so nothing is lost by it.
    private static func cutOnSecondSignal(_ signals: AsyncStream<ServerSignal>) {
        Task {
            for await signal in signals {
                // By convention of shells: 128 and the signal's number. See: 'man 1 bash', "EXIT STATUS".
                if case .stop(let number) = signal { _exit(128 + number) }
            }
        }
    }
}
