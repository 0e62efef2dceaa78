namespace Serverless.GpuWorker.Model.Weights;

/// <summary>
/// Whether lm_head's rows are dealt out among the ranks or rank 0 has them all. Dealing them out divides the reading of the widest matrix and
/// asks for the logits to be gathered, so it pays only where the matrix is large.
/// </summary>
internal static class VocabularySharding
{
    /// <summary>Elements of lm_head from which dealing it out is taken to pay: a quarter of Llama 2 7B's, 64 MiB as float16.</summary>
    public const long LeastElements = 32L << 20;

    /// <summary>Rows that a part is a multiple of: two strips of <see cref="PackedLayout"/>, and what CUDA's fused kernels of int8 go by.</summary>
    public const int RowMultiple = 32;

    /// <param name="isTied">Whether lm_head is the embedding table, which every rank has whole anyway.</param>
    public static bool IsSharded(int vocabulary, int hidden, int ranks, bool isTied) =>
        CanBeSharded(vocabulary, ranks, isTied) && (long)vocabulary * hidden >= LeastElements;

    /// <summary>The same for a matrix of any size.</summary>
    public static bool CanBeSharded(int vocabulary, int ranks, bool isTied) => ranks > 1 && !isTied && Part(vocabulary, ranks, ranks - 1) is not null;

    /// <summary>
    /// A rank's rows, as many on every rank, since that is what a gather takes. Where the vocabulary does not divide (32,001 tokens, 32,016 among eight), the last rank's rows begin within those of the
    /// one before: a few are computed twice, alike, and none is made up.
    /// </summary>
    /// <returns>Null where the vocabulary is too small for so many ranks.</returns>
    public static (int First, int Rows)? Part(int vocabulary, int ranks, int rank)
    {
        int share = (vocabulary + ranks - 1) / ranks;
        int rows = Math.Min((share + RowMultiple - 1) / RowMultiple * RowMultiple, vocabulary);
        return (long)rows * (ranks - 1) < vocabulary ? (Math.Min(rank * rows, vocabulary - rows), rows) : null;
    }
}
