// Why this file exists: a closure that is too large for one answer is told in pages, so that neither side holds it whole.
// Invariant: the pages of a closure at one journal index have each of its nodes and each of its edges exactly once, the
// nodes aside that an edge of a later page leads back to: these come again with it.

extension LineageQuestions {
    /// The page of a closure behind so many of its nodes. Nodes are in the order of their depth, and of their numbers
    /// where that is equal, whatever order the walk had.
    func page(
        of closure: Closure, _ query: ClosureQuery, after: Int, limit: Int, _ sight: Sight
    ) throws(LineageError) -> LineageAnswer {
        let steps = closure.steps.sorted { ($0.depth, $0.node) < ($1.depth, $1.node) }
        let start = min(after, steps.count)
        let end = min(start + min(limit, QuestionOptions.nodesMaximum), steps.count)
        let earlier = Set(steps[..<start].lazy.map(\.node))
        let edges = try graph.edges(
            of: steps[start..<end].map(\.node), after: earlier, within: closure, query)
        let again = Set(edges.lazy.flatMap { [$0.from, $0.to] }).intersection(earlier)
        let shown = steps[start..<end] + steps[..<start].filter { again.contains($0.node) }
        var answer = try answer(Array(shown), edges, sight)
        answer.direction = query.direction
        answer.next = end < steps.count ? end : nil
        if closure.isPartial { answer.gaps.insert(.limit(steps.count), at: 0) }
        return answer
    }
}
