using Serverless.GpuWorker.Constraints.Quotes;

namespace Serverless.GpuWorker.Constraints;

/// <summary>
/// Makes schemas into automata over a vocabulary's tokens, and keeps those used of late: what one request has met serves the next. Not thread-safe.
/// </summary>
/// <param name="trie">A vocabulary that has every byte as a token.</param>
/// <param name="eosTokens">Ids that end a document.</param>
internal sealed class ConstraintCompiler(TokenTrie trie, IReadOnlyList<int> eosTokens)
{
    private const int MaxKept = 16;

    private readonly Dictionary<string, TokenConstraint> _kept = [];
    private readonly Queue<string> _order = new();

    /// <summary>Where an answer begins that quotes nothing but its sources.</summary>
    public QuoteCursor Begin(QuoteAutomaton quotes) => new(quotes, trie, eosTokens);

    public TokenConstraint Compile(JsonSchema schema)
    {
        if (_kept.TryGetValue(schema.Text, out var constraint))
            return constraint;

        constraint = new TokenConstraint(new SchemaAutomaton(schema), trie, eosTokens);
        if (_order.Count == MaxKept)
            _kept.Remove(_order.Dequeue());

        _order.Enqueue(schema.Text);
        return _kept[schema.Text] = constraint;
    }
}
