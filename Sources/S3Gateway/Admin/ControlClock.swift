// Why this file exists: whether locks expire is the operator's business, so the clock is told over the control socket.
public import ObjectCore

/// The store's clock as the control socket tells it.
public struct ControlClock: Sendable, Codable, Equatable {
    /// Milliseconds since 1970.
    public var now: Int64
    /// The time at which locks are judged; it stands still while expiry is held.
    public var trusted: Int64
    /// Why expiry is held, or nil.
    public var hold: ClockHold?

    public init(_ reading: ClockReading) {
        now = reading.now.milliseconds
        trusted = reading.trusted.milliseconds
        hold = reading.hold
    }
}
