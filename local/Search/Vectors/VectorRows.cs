using System.Numerics.Tensors;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Vectors;

/// <summary>
/// The vectors of one field, for exact nearest neighbours: a scan of 8-bit codes says within bounds how near each vector is, and only those that may be among the nearest are compared themselves. That
/// beats a graph at this machine's sizes and never misses. Its owner holds one lock; a scan uses all cores.
/// </summary>
internal sealed class VectorRows(IndexField field)
{
    /// <summary>Rows that one core scans before it takes the next ones.</summary>
    private const int RowsAtOnce = 4096;

    private readonly List<Row> _rows = [];
    private readonly QuantizedRows _codes = new(field.Dimensions);
    private readonly Dictionary<int, int> _places = [];

    // Upper bounds of the last scan: its owner holds one lock.
    private float[] _bounds = [];

    /// <summary>Adds or replaces the vector of a slot; null removes it. The array is kept, not copied.</summary>
    public void Put(int slot, float[]? vector)
    {
        Remove(slot);
        if (vector is null)
            return;
        var norm = TensorPrimitives.Norm<float>(vector);
        var inverseNorm = norm == 0 ? 0 : 1 / norm;
        _places[slot] = _rows.Count;
        _rows.Add(new Row(vector, inverseNorm, slot));
        var scaled = vector;
        if (field.Metric == VectorMetric.Cosine) TensorPrimitives.Multiply(vector, inverseNorm, scaled = new float[vector.Length]);
        // |q - v|^2 = |q|^2 - 2 (q·v - |v|^2 / 2).
        _codes.Add(scaled, field.Metric == VectorMetric.Euclidean ? -norm * norm / 2 : 0);
    }

    public void Remove(int slot)
    {
        if (!_places.Remove(slot, out var place))
            return;
        var last = _rows[^1];
        _rows.RemoveAt(_rows.Count - 1);
        _codes.RemoveAt(place);
        if (last.Slot == slot)
            return;
        _rows[place] = last;
        _places[last.Slot] = place;
    }

    /// <summary>The <paramref name="k"/> best, best first, ties by slot.</summary>
    /// <param name="query">As long as the field's vectors.</param>
    /// <param name="k">How many at most.</param>
    /// <param name="accepts">The filter, by slot; null for none.</param>
    public List<(int Slot, double Score)> Find(float[] query, int k, Func<int, bool>? accepts)
    {
        if (k <= 0)
            return [];
        var norm = TensorPrimitives.Norm<float>(query);
        var inverseNorm = norm == 0 ? 0 : 1 / norm;
        var near = Scan(query, inverseNorm, k, accepts);
        var best = new NearestList(k);
        if (!near.IsFull)
        {
            // The filter accepts no others.
            foreach (var slot in near.Slots) best.Offer(slot, Score(query, inverseNorm, _rows[_places[slot]]));
            return best.Ordered();
        }

        for (var place = 0; place < _rows.Count; place++)
        {
            // k others are at least so near; the filter costs more than the score.
            if (_bounds[place] < near.Worst)
                continue;
            var row = _rows[place];
            var score = Score(query, inverseNorm, row);
            if (best.Wants(score) && (accepts is null || accepts(row.Slot)))
                best.Offer(row.Slot, score);
        }

        return best.Ordered();
    }

    /// <summary>Bounds every row from above, in <see cref="_bounds"/>.</summary>
    /// <returns>The k that reach furthest at least.</returns>
    private NearestList Scan(float[] query, float inverseNorm, int k, Func<int, bool>? accepts)
    {
        var scaled = query;
        if (field.Metric == VectorMetric.Cosine) TensorPrimitives.Multiply(query, inverseNorm, scaled = new float[query.Length]);
        var codes = QuantizedQuery.Of(scaled);
        if (_bounds.Length < _rows.Count) _bounds = new float[Math.Max(_rows.Count, 2 * _bounds.Length)];
        var best = new NearestList(k);
        Parallel.For(
            0,
            (_rows.Count + RowsAtOnce - 1) / RowsAtOnce,
            () => new NearestList(k),
            (part, _, mine) =>
            {
                for (var place = part * RowsAtOnce; place < Math.Min((part + 1) * RowsAtOnce, _rows.Count); place++)
                {
                    (var least, _bounds[place]) = _codes.Bounds(codes, place);
                    if (mine.Wants(least) && (accepts is null || accepts(_rows[place].Slot)))
                        mine.Offer(_rows[place].Slot, least);
                }

                return mine;
            },
            mine =>
            {
                lock (best) best.Merge(mine);
            });
        return best;
    }

    /// <summary>
    /// AI Search's score: 1 / (1 + distance), with 1 - cos as the cosine distance (so cos = 2 - 1/score), the dot product itself for dotProduct.
    /// A zero vector has a cosine of 0 with everything.
    /// </summary>
    private double Score(float[] query, float inverseNorm, in Row row) => field.Metric switch
    {
        VectorMetric.Cosine => 1 / (2 - Math.Clamp((double)TensorPrimitives.Dot<float>(query, row.Vector) * inverseNorm * row.InverseNorm, -1, 1)),
        VectorMetric.DotProduct => TensorPrimitives.Dot<float>(query, row.Vector),
        _ => 1 / (1.0 + TensorPrimitives.Distance<float>(query, row.Vector)),
    };

    private readonly record struct Row(float[] Vector, float InverseNorm, int Slot);
}
