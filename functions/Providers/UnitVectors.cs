namespace Serverless.Functions.Providers;

/// <summary>Checks what a provider calls embeddings: one for each text, all of one length, finite, and of unit norm (made so where they are not).</summary>
internal static class UnitVectors
{
    public static IReadOnlyList<ReadOnlyMemory<float>> Check(IReadOnlyList<float[]?> vectors)
    {
        var dimensions = vectors.Count > 0 ? vectors[0]?.Length ?? 0 : 0;
        var checkedVectors = new ReadOnlyMemory<float>[vectors.Count];
        for (var i = 0; i < vectors.Count; i++)
        {
            if (vectors[i] is not { Length: > 0 } vector || vector.Length != dimensions) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            var norm = Math.Sqrt(vector.Sum(x => (double)x * x));
            if (!double.IsFinite(norm) || norm == 0) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            if (Math.Abs(norm - 1) > 1e-3)
            {
                for (var j = 0; j < vector.Length; j++) vector[j] = (float)(vector[j] / norm);
            }

            checkedVectors[i] = vector;
        }

        return checkedVectors;
    }
}
