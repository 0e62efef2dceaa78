namespace Serverless.GpuWorker.Conversion;

/// <summary>A weight that is written, and how the file that holds it stood then.</summary>
/// <param name="Index">The weight's place in the conversion's order.</param>
/// <param name="Length">Bytes of its file.</param>
/// <param name="Sha256">Of those bytes.</param>
/// <param name="Error">Sum of the squares of what was lost.</param>
/// <param name="Norm">Sum of the squares of the source's weights.</param>
internal sealed record JournalEntry(int Index, long Length, string Sha256, double Error, double Norm);
