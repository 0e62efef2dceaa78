namespace Serverless.Contracts.Tokenize;

/// <summary>The answer of <c>POST /tokenize</c>.</summary>
/// <param name="Count">Tokens of the first text.</param>
/// <param name="Counts">Tokens of each text, in order.</param>
/// <param name="Tokens">The ids of each text; null when not asked for.</param>
public sealed record TokenizeResponse(int Count, IReadOnlyList<int> Counts, int? MaxModelLen, IReadOnlyList<int[]>? Tokens = null);
