namespace Serverless.Documents.Latex;

/// <summary>A stretch of a source: from one character to before another.</summary>
internal readonly record struct LatexSpan(int Start, int End);
