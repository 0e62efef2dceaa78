using Serverless.GpuWorker.Constraints.Nodes;
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

    private readonly Dictionary<AnswerForm, TokenConstraint> _kept = [];
    private readonly Queue<AnswerForm> _order = new();

    /// <summary>Where an answer begins that quotes nothing but its sources.</summary>
    public QuoteCursor Begin(QuoteAutomaton quotes) => new(quotes, trie, eosTokens);

    /// <param name="form">As the request has it.</param>
    /// <param name="read">The same, read.</param>
    public TokenConstraint Compile(AnswerForm form, ReadForm read)
    {
        if (_kept.TryGetValue(form, out var constraint))
            return constraint;

        constraint = new TokenConstraint(new SchemaAutomaton(read, form), trie, eosTokens);
        if (_order.Count == MaxKept)
            _kept.Remove(_order.Dequeue());

        _order.Enqueue(form);
        return _kept[form] = constraint;
    }
}
