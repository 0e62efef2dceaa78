namespace Serverless.GpuWorker.Tokenization;

/// <summary>One entry of a vocabulary; its id is its place.</summary>
/// <param name="Text">The piece, spaces written as U+2581.</param>
/// <param name="Score">BPE: minus the rank of the merge; Unigram: log probability.</param>
public readonly record struct SentencePiece(string Text, float Score, SentencePieceType Type);
