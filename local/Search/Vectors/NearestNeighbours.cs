using System.Numerics.Tensors;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Vectors;

/// <summary>Exact k nearest neighbours by a flat scan, which beats a graph at this machine's sizes and never misses.</summary>
internal static class NearestNeighbours
{
    /// <summary>The <paramref name="k"/> best of <paramref name="candidates"/>, best first, ties by slot.</summary>
    public static List<(int Slot, double Score)> Find(IndexField field, ReadOnlySpan<float> query, int k, IEnumerable<IndexedDocument> candidates)
    {
        var queryNorm = TensorPrimitives.Norm(query);

        // The worst on top, to be pushed out.
        var best = new PriorityQueue<(int Slot, double Score), (double Score, int Slot)>(Comparer<(double Score, int Slot)>.Create(
            (a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Slot.CompareTo(a.Slot)));
        foreach (var document in candidates)
        {
            if (document.Values[field.Ordinal] is not float[] vector)
                continue;
            var score = Score(field.Metric!.Value, query, queryNorm, vector, document.Norms[field.Ordinal]);
            if (best.Count < k)
                best.Enqueue((document.Slot, score), (score, document.Slot));
            else if (k > 0)
                best.EnqueueDequeue((document.Slot, score), (score, document.Slot));
        }

        var found = new List<(int, double)>(best.Count);
        while (best.TryDequeue(out var item, out _))
            found.Add(item);
        found.Reverse();
        return found;
    }

    /// <summary>
    /// AI Search's score: 1 / (1 + distance), with 1 - cos as the cosine distance (so cos = 2 - 1/score), the dot product itself for dotProduct.
    /// A zero vector has a cosine of 0 with everything.
    /// </summary>
    private static double Score(VectorMetric metric, ReadOnlySpan<float> query, float queryNorm, ReadOnlySpan<float> vector, float norm) => metric switch
    {
        VectorMetric.Cosine => 1 / (2 - (queryNorm == 0 || norm == 0 ? 0 : Math.Clamp(TensorPrimitives.Dot(query, vector) / ((double)queryNorm * norm), -1, 1))),
        VectorMetric.DotProduct => TensorPrimitives.Dot(query, vector),
        _ => 1 / (1.0 + TensorPrimitives.Distance(query, vector)),
    };
}
