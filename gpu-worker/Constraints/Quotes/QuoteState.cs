namespace Serverless.GpuWorker.Constraints.Quotes;

/// <summary>How far an answer has come: outside quotes within a character, or within a quote.</summary>
/// <param name="Pair">Which marks the quote stands in; <see cref="Outside"/> or <see cref="Never"/>.</param>
/// <param name="Node">Within a quote where its source goes on, or <see cref="SourceAutomaton.None"/> where only the closing mark can.</param>
/// <param name="Characters">Of the quote, those begun counted.</param>
/// <param name="Closing">Bytes of the closing mark that have come.</param>
/// <param name="Utf8">Outside, within a character: as <see cref="Utf8Steps"/> has it.</param>
/// <param name="Begun">Outside, the bytes of the character so far.</param>
internal readonly record struct QuoteState(sbyte Pair, int Node, int Characters, byte Closing, byte Utf8, uint Begun)
{
    public const sbyte Outside = -1;
    public const sbyte Never = -2;

    /// <summary>Outside any quote, between characters.</summary>
    public static readonly QuoteState Start = new(Outside, 0, 0, 0, 0, 0);

    /// <summary>No answer goes on.</summary>
    public static readonly QuoteState Dead = new(Never, 0, 0, 0, 0, 0);

    public bool IsDead => Pair == Never;

    /// <summary>Whether an answer may end here.</summary>
    public bool CanEnd => Pair == Outside && Utf8 == Utf8Steps.Whole;
}
