namespace Serverless.GpuWorker.Tokenization;

/// <summary>A run of bytes of the normalised text and the piece that it is; -1 when no piece matches.</summary>
internal readonly record struct PieceSpan(int Start, int Length, int Id);
