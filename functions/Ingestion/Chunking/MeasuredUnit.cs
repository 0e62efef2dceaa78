namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>The smallest thing that a chunk is made of: a sentence, or a piece of one that is too long by itself.</summary>
internal readonly record struct MeasuredUnit(TextSpan Span, int Tokens, int Section, int Paragraph);
