namespace Serverless.GpuWorker.Tokenization;

/// <summary>Cuts normalised text into pieces. Thread-safe.</summary>
internal interface ISegmenter
{
    /// <summary>The pieces of <paramref name="text"/> in order, together the whole of it.</summary>
    /// <param name="text">Normalised UTF-8.</param>
    /// <param name="operations">Elementary steps taken: what grows when an input is hard.</param>
    List<PieceSpan> Segment(ReadOnlySpan<byte> text, out long operations);
}
