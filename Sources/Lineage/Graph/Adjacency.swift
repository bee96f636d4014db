// Why this file exists: the edges in memory, small enough for a hundred million of them and laid out for walking: all
// links of a node lie side by side (compressed sparse rows), those that came since in an overlay, which is folded in
// when it has grown to a share of the whole.
// Invariant: what is here is what the database had when a transaction of the graph ended. The rows are the truth.

/// One end of an edge as the other end sees it, in 12 bytes.
struct Link {
    let node: UInt32
    private let firstLow: UInt32
    private let firstHigh: UInt16
    private let kindAndEvidence: UInt16

    /// - Parameter first: 48 bits of it are kept: 281 trillion journal entries.
    init(node: UInt32, kind: EdgeKind, evidence: Evidence, first: Int64) {
        self.node = node
        firstLow = UInt32(truncatingIfNeeded: first)
        firstHigh = UInt16(truncatingIfNeeded: first >> 32)
        kindAndEvidence = UInt16(kind.rawValue) << 8 | UInt16(evidence.rawValue)
    }

    var first: Int64 { Int64(firstHigh) << 32 | Int64(firstLow) }
    var kind: UInt8 { UInt8(truncatingIfNeeded: kindAndEvidence >> 8) }
    var evidence: UInt8 { UInt8(truncatingIfNeeded: kindAndEvidence) }
}

/// An edge that is new to the graph, or began earlier than was known.
struct NewLink {
    var from: UInt32
    var to: UInt32
    var kind: EdgeKind
    var evidence: Evidence
    var first: Int64
}

/// All links of one direction.
struct LinkRows {
    /// Where the links of a node begin; one more entry than nodes.
    private var starts: [Int] = [0]
    private var links: [Link] = []
    private var overlay: [UInt32: [Link]] = [:]
    private var overlayCount = 0

    /// The least number of links in the overlay before they are folded in.
    private static let overlayMinimum = 65_536

    var count: Int { links.count + overlayCount }

    /// Calls `body` for each link of a node.
    @inline(__always)
    func forEach(_ node: UInt32, _ body: (Link) -> Void) {
        let index = Int(node)
        if index + 1 < starts.count {
            for position in starts[index]..<starts[index + 1] { body(links[position]) }
        }
        if overlayCount > 0, let more = overlay[node] { for link in more { body(link) } }
    }

    mutating func append(_ link: Link, to node: UInt32) {
        overlay[node, default: []].append(link)
        overlayCount += 1
    }

    /// Folds the overlay in, if it is worth it.
    mutating func settle(nodeCount: Int) {
        guard overlayCount >= max(LinkRows.overlayMinimum, links.count / 8) else { return }
        var counts = [Int](repeating: 0, count: nodeCount + 1)
        for node in 0..<nodeCount {
            let base = node + 1 < starts.count ? starts[node + 1] - starts[node] : 0
            counts[node] = base + (overlay[UInt32(node)]?.count ?? 0)
        }
        var merged: [Link] = []
        merged.reserveCapacity(count)
        var newStarts: [Int] = []
        newStarts.reserveCapacity(nodeCount + 1)
        for node in 0..<nodeCount {
            newStarts.append(merged.count)
            if node + 1 < starts.count { merged.append(contentsOf: links[starts[node]..<starts[node + 1]]) }
            if let more = overlay[UInt32(node)] { merged.append(contentsOf: more) }
        }
        newStarts.append(merged.count)
        starts = newStarts
        links = merged
        overlay = [:]
        overlayCount = 0
    }

    /// Lays out many links at once: each is counted first, then put in its place.
    /// - Parameter each: calls its argument with (node, link) for all links, twice and in the same order.
    init(nodeCount: Int, _ each: ((UInt32, Link) -> Void) -> Void) {
        var counts = [Int](repeating: 0, count: nodeCount + 1)
        var total = 0
        each { node, _ in
            counts[Int(node)] += 1
            total += 1
        }
        starts = [Int](repeating: 0, count: nodeCount + 1)
        var sum = 0
        for node in 0..<nodeCount {
            starts[node] = sum
            sum += counts[node]
        }
        starts[nodeCount] = sum
        var next = starts
        links = [Link](unsafeUninitializedCapacity: total) { buffer, filled in
            each { node, link in
                (buffer.baseAddress! + next[Int(node)]).initialize(to: link)
                next[Int(node)] += 1
            }
            filled = total
        }
    }

    init() {}
}

/// The graph in memory.
struct Adjacency {
    /// By node: its type, and whether it is a copy.
    private(set) var nodes: [UInt8] = []
    private(set) var out = LinkRows()
    private(set) var back = LinkRows()
    /// By node: the walk that saw it last.
    var seen: [UInt32] = []
    var walk: UInt32 = 0

    static let copyBit: UInt8 = 0x80

    var edgeCount: Int { out.count }

    init() {}

    /// - Parameters:
    ///   - nodes: types and copy bits in the order of numbers.
    ///   - links: all edges.
    init(nodes: [UInt8], links: [NewLink]) {
        self.nodes = nodes
        seen = [UInt32](repeating: 0, count: nodes.count)
        out = LinkRows(nodeCount: nodes.count) { put in
            for link in links { put(link.from, link.forward) }
        }
        back = LinkRows(nodeCount: nodes.count) { put in
            for link in links { put(link.to, link.backward) }
        }
    }

    func type(_ node: UInt32) -> NodeType? {
        Int(node) < nodes.count ? NodeType(rawValue: nodes[Int(node)] & ~Adjacency.copyBit) : nil
    }

    func isCopy(_ node: UInt32) -> Bool { nodes[Int(node)] & Adjacency.copyBit != 0 }

    /// Takes what one transaction added.
    mutating func add(_ delta: GraphDelta) {
        // Some may be known: when the graph was loaded after that transaction and before this.
        let new = delta.nodes.dropFirst(max(nodes.count - delta.firstNode, 0))
        nodes.append(contentsOf: new)
        seen.append(contentsOf: repeatElement(0, count: new.count))
        for link in delta.links {
            out.append(link.forward, to: link.from)
            back.append(link.backward, to: link.to)
        }
        out.settle(nodeCount: nodes.count)
        back.settle(nodeCount: nodes.count)
    }
}

/// What one transaction added to the graph.
struct GraphDelta {
    /// The new nodes' types and copy bits, in the order of their numbers.
    var nodes: [UInt8] = []
    /// The number of the first of them.
    var firstNode = 0
    var links: [NewLink] = []
}

extension NewLink {
    fileprivate var forward: Link { Link(node: to, kind: kind, evidence: evidence, first: first) }
    fileprivate var backward: Link { Link(node: from, kind: kind, evidence: evidence, first: first) }
}
