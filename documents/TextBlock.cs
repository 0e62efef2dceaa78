namespace Serverless.Documents;

/// <summary>A stretch of extracted text that is cut between lines only: [Start, End) in UTF-16 code units.</summary>
public sealed record TextBlock(TextBlockKind Kind, int Start, int End);
