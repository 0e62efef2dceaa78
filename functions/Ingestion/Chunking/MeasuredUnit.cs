namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>The smallest thing that a chunk is made of: a sentence, a row, some lines of code, or a piece of one that is too long by itself.</summary>
/// <param name="Weight">Its tokens, or what its bytes count for where that is more; negative while unknown.</param>
internal readonly record struct MeasuredUnit(TextSpan Span, int Weight, int Section, int Paragraph);
