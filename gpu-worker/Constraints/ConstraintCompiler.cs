namespace Serverless.GpuWorker.Constraints;

/// <summary>
/// Makes schemas into automata over a vocabulary's tokens, and keeps those used of late. Not thread-safe.
/// </summary>
/// <param name="trie">A vocabulary that has every byte as a token.</param>
/// <param name="eosTokens">Ids that end a document.</param>
internal sealed class ConstraintCompiler(TokenTrie trie, IReadOnlyList<int> eosTokens)
{
    private const int MaxKept = 16;

    private readonly Dictionary<string, TokenConstraint> _kept = [];
    private readonly Queue<string> _order = new();

    /// <exception cref="SchemaException">The schema cannot be enforced.</exception>
    public TokenConstraint Compile(string schema)
    {
        if (_kept.TryGetValue(schema, out var constraint))
            return constraint;

        constraint = new TokenConstraint(SchemaAutomaton.Of(schema), trie, eosTokens);
        if (_order.Count == MaxKept)
            _kept.Remove(_order.Dequeue());

        _order.Enqueue(schema);
        return _kept[schema] = constraint;
    }
}
