using System.Runtime.CompilerServices;

namespace Serverless.GpuWorker.Constraints.Quotes;

/// <summary>
/// The answers that quote nothing but what stands in their sources: well-formed UTF-8 in which whatever follows an opening quotation mark occurs in a source up to
/// the closing one, which comes between characters and after enough of them. No quotation mark is part of a quote. An answer does not end within a quote, unless it is cut off. From
/// every state but the dead one some answer can be completed. Immutable.
/// </summary>
internal sealed class QuoteAutomaton : IByteAutomaton<QuoteState>
{
    // The choices and prompts of a request have one rule, whose sources are read once.
    private static readonly ConditionalWeakTable<QuoteRule, QuoteAutomaton> Read = [];

    private readonly SourceAutomaton _sources;
    private readonly int _least, _most;
    private readonly bool _canQuote;

    private QuoteAutomaton(QuoteRule rule)
    {
        (_least, _most) = (Math.Max(1, rule.MinLength), rule.MaxLength);
        _sources = SourceAutomaton.Of(rule.Sources);
        _canQuote = _sources.Reach(SourceAutomaton.Root) >= _least;
    }

    /// <summary>About what it takes.</summary>
    public long Bytes => _sources.Bytes;

    /// <exception cref="ArgumentException">A source holds half of a surrogate pair.</exception>
    public static QuoteAutomaton Of(QuoteRule rule) => Read.GetValue(rule, static rule => new QuoteAutomaton(rule));

    public bool IsDead(QuoteState state) => state.IsDead;

    public QuoteState Next(QuoteState state, byte value) => state.Pair switch
    {
        QuoteState.Never => state,
        QuoteState.Outside => Outside(state, value),
        _ => Within(state, value),
    };

    /// <summary>Where a text leads.</summary>
    public QuoteState Next(QuoteState state, ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
            state = Next(state, value);

        return state;
    }

    private QuoteState Outside(QuoteState state, byte value)
    {
        int utf8 = Utf8Steps.Next(state.Utf8, value);
        if (utf8 == Utf8Steps.Broken)
            return QuoteState.Dead;

        uint begun = state.Begun << 8 | value;
        if (utf8 != Utf8Steps.Whole)
            return QuoteState.Start with { Utf8 = (byte)utf8, Begun = begun };

        int pair = MarkBytes.Find(begun);
        if (pair == MarkBytes.None)
            return QuoteState.Start;

        return pair >= 0 && _canQuote ? new QuoteState((sbyte)pair, SourceAutomaton.Root, 0, 0, 0, 0) : QuoteState.Dead;
    }

    private QuoteState Within(QuoteState state, byte value)
    {
        bool closes = false;
        if (state.Closing > 0 || (state.Characters >= _least && _sources.IsWhole(state.Node)))
        {
            (closes, bool completes) = MarkBytes.Close(state.Pair, state.Closing, value);
            if (completes)
                return QuoteState.Start;
        }
        // The source may hold a character that begins as the mark does.
        int node = state.Node == SourceAutomaton.None ? SourceAutomaton.None : _sources.Next(state.Node, value);
        int characters = state.Characters + (SourceAutomaton.IsLead(value) ? 1 : 0);
        if (node != SourceAutomaton.None && (characters > _most || (long)characters + _sources.Reach(node) < _least))
            node = SourceAutomaton.None;

        if (node == SourceAutomaton.None && !closes)
            return QuoteState.Dead;

        return state with { Node = node, Characters = node == SourceAutomaton.None ? state.Characters : characters, Closing = (byte)(closes ? state.Closing + 1 : 0) };
    }
}
