namespace Serverless.Functions.Retrieval.Citing;

/// <summary>Where a sentence of an answer stands word by word in a document.</summary>
/// <param name="Start">Offset of its first character in the document's extracted text.</param>
/// <param name="End">Offset after its last character.</param>
public sealed record Quote(int Start, int End);
